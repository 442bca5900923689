"""Typed task adapters, recurrent reasoning solvers and verified answers."""

__version__ = "0.1.0"
