"""Commands for clients and language models."""
