"""Rates of solvers, and estimates of runs."""
