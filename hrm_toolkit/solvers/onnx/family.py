"""What the segments' graphs of all families share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable

from torch import nn

from hrm_toolkit.solvers.inputs.config import NetworkConfig
from hrm_toolkit.solvers.onnx.graph import Graph


class FamilyGraph(ABC):
    """Adds a network's segment to a graph.

    Args:
        graph: to add it to.

    Attributes:
        carry_shape: of ``z_high`` and ``z_low``.
    """

    carry_shape: tuple[int | str, ...]

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    @abstractmethod
    def segment(self, z_high: str, z_low: str, tokens: str) -> tuple[str, str, str, str]:
        """The carry after it, logits (B, L, V) and both halting logits side by side (B, 2)."""

    @abstractmethod
    def _block(self, block: nn.Module, h: str) -> str:
        """One block of a level."""

    def _cycles(
        self,
        config: NetworkConfig,
        levels: tuple[Iterable[nn.Module], Iterable[nn.Module]],
        carry: tuple[str, str],
        x: str,
    ) -> tuple[str, str]:
        """All updates of a segment; blocks of the high and the low level, and their states."""
        (of_high, of_low), (high, low) = levels, carry
        for _ in range(config.high_cycles):
            for _ in range(config.low_cycles):
                low = self._level(of_low, low, self._graph("Add", high, x))
            high = self._level(of_high, high, low)
        return high, low

    def _level(self, blocks: Iterable[nn.Module], h: str, injected: str) -> str:
        h = self._graph("Add", h, injected)
        for block in blocks:
            h = self._block(block, h)
        return h
