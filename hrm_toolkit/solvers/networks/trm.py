"""The Tiny Recursive Model (arXiv 2510.04871), as published."""

from __future__ import annotations

from hrm_toolkit.solvers.networks.transformer import Transformer


class TRM(Transformer):
    """One module for both states; the whole last high cycle carries gradient.

    What the HRM calls its high state is here the current answer, its low state the reasoning.

    Example:
        >>> from hrm_toolkit.solvers.inputs.config import TRMConfig
        >>> config = TRMConfig(vocabulary=11, width=32, heads=2, layers=1, max_length=16)
        >>> TRM(config).config.gradient_updates
        7
    """
