"""The Tiny Recursive Model (arXiv 2510.04871), as published."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hrm_toolkit.solvers.networks.transformer import Gradient, Transformer, TransformerConfig


class TRMConfig(TransformerConfig):
    """Configuration of a TRM; the defaults are the published ones with attention.

    ``mixer="mlp"`` with ``positions="none"`` is the published Sudoku network. Where there is a
    puzzle embedding it has ``puzzle_slots`` slots, of which those it does not fill stay zero.
    """

    family: Literal["trm"] = "trm"
    high_cycles: int = Field(default=3, ge=1, le=64)
    low_cycles: int = Field(default=6, ge=1, le=64)
    layers: int = Field(default=2, ge=1, le=64)
    modules: Literal[1, 2] = 1
    gradient: Gradient = "last_cycle"
    puzzle_slots: int = Field(default=16, ge=0, le=1024)


class TRM(Transformer):
    """One module for both states; the whole last high cycle carries gradient.

    What the HRM calls its high state is here the current answer, its low state the reasoning.

    Example:
        >>> config = TRMConfig(vocabulary=11, width=32, heads=2, layers=1, max_length=16)
        >>> TRM(config).config.gradient_updates
        7
    """
