"""Pencil puzzles that are solved by drawing a loop."""
