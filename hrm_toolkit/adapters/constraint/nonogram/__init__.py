"""Nonograms: shade a picture whose rows and columns have the runs that are told."""
