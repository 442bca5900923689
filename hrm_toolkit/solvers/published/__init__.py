"""Checkpoints of the published code, read as networks of ours."""
