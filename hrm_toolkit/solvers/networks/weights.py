"""A structured network as arrays: what a CPU runs without torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from hrm_toolkit.solvers.inputs.config import StructuredConfig

_STATES = ("high_init", "low_init")


@dataclass(frozen=True, eq=False)
class Weights:
    """The configuration and the numbers of a structured network.

    Attributes:
        config: of the network.
        arrays: float32, by their names in the state dict of ``structured.Structured``.
    """

    config: StructuredConfig
    arrays: Mapping[str, npt.NDArray[np.float32]]

    @property
    def parameters(self) -> int:
        """Trained numbers; the initial states are drawn once and not trained."""
        return sum(a.size for name, a in self.arrays.items() if name not in _STATES)

    @cached_property
    def matrices(self) -> int:
        """Numbers that a state is multiplied with in an update or after it."""
        return sum(a.size for n, a in self.arrays.items() if a.ndim > 1 and n != "embedding")
