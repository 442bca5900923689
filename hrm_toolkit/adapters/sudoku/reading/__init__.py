"""Sudokus from what people have: lines, drawings and values; symbols and shapes settled."""
