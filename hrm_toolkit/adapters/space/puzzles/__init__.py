"""Well-known puzzles that are state spaces."""
