"""Mazes in the texts that others show to language models: questions, and rows of tokens."""
