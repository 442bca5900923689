"""Requests from acceptance to their end: stored, scheduled, batched."""
