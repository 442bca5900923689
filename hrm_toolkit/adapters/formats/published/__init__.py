"""Data sets of the published code, read and written."""
