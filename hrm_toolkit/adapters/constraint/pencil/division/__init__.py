"""Pencil puzzles that are solved by dividing the board."""
