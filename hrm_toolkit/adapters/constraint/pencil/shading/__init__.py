"""Pencil puzzles that are solved by shading cells."""
