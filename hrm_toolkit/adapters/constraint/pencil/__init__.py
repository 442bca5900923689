"""Pencil puzzles on boards: their models, text, pictures, and a file a kind."""
