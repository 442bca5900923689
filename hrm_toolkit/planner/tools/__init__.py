"""The tools that a program or a language model calls."""
