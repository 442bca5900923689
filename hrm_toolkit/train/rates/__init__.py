"""Rates of a solver on puzzles whose answers are known."""
