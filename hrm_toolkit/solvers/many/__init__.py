"""Puzzles of any task, one after the other: who solves each, and how a file is gone through."""
