"""What networks are made to and what they read, which kernels read too: below both."""
