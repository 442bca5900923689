"""The Hierarchical Reasoning Model (arXiv 2506.21734), as published."""

from __future__ import annotations

from hrm_toolkit.solvers.networks.transformer import Transformer


class HRM(Transformer):
    """Two modules, of which only the very last update of each carries gradient.

    A segment is ``high_cycles`` times (``low_cycles`` low updates, then one high update).

    Example:
        >>> from hrm_toolkit.solvers.inputs.config import HRMConfig
        >>> config = HRMConfig(vocabulary=11, width=32, heads=2, layers=1, max_length=16)
        >>> HRM(config).parameter_count()
        58114
    """
