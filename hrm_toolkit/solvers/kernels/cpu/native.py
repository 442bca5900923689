"""Native code: which file fits this machine, and what it can run."""

from __future__ import annotations

from hrm_toolkit.solvers.kernels.cpu.prepared import Outcome, Prepared, State, Until, Weights
from hrm_toolkit.solvers.networks.config import StructuredConfig


def available() -> str | None:
    """None where native code runs here, else why not, in one sentence."""
    return "no native code was built with this installation"


def variant() -> str:
    """Which build of the native code runs here, such as ``x86-64-v3``; empty where none does."""
    return ""


def unsupported(config: StructuredConfig) -> str | None:
    """None where native code runs a network here, else why not, in one sentence."""
    return available()


class Native:
    """The recurrence of one network in native code."""

    def __init__(self, config: StructuredConfig, weights: Weights) -> None:
        self._config = config

    def run(self, prepared: Prepared, state: State, segments: int, until: Until) -> Outcome:
        """See ``Recurrence.run``."""
        raise NotImplementedError
