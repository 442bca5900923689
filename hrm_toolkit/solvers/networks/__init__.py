"""The network families, and what they are fed."""
