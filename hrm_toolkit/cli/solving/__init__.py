"""Commands that solve, watch and check puzzles."""
