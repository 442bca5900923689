"""Kernels, each beside its plain definition."""
