"""Mean and maximum over the entries of each row: the plain definition, and where it is computed."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from hrm_toolkit.solvers.networks.batch import Ragged, Table
from hrm_toolkit.solvers.networks.layers import gather, max_over_group, ragged_max, ragged_sum


def pool(
    h: Float[Tensor, "p d"], pooled: Table | Ragged, weight_proj: nn.Module | None = None
) -> Float[Tensor, "m 2*d"]:
    """Sum over a divisor, and maximum, of each row's entries; both 0 for a row without entries.

    Args:
        h: states of the places, or the messages they send.
        pooled: the entries of each row.
        weight_proj: what an entry's weight adds to its message, or None.
    """
    if isinstance(pooled, Table):
        rows = gather(h, pooled.index)
        return torch.cat([rows.mean(1), max_over_group(rows)], -1)
    if weight_proj is not None and pooled.weights is not None:
        entries = gather(h, pooled.source) + weight_proj(pooled.weights)
        return pool_entries(entries, None, pooled)
    return pool_entries(h, pooled.source, pooled)


def pool_entries(
    h: Float[Tensor, "p d"], source: Tensor | None, pooled: Ragged
) -> Float[Tensor, "m 2*d"]:
    """The same over rows of ``h`` at ``source``, or over its rows one after another."""
    if _compiled(h):
        from hrm_toolkit.solvers.kernels.pool_cpu import pool_rows

        return pool_rows(h, source, pooled.start, pooled.divisor)
    return pool_plain(h if source is None else gather(h, source), pooled)


def pool_plain(entries: Float[Tensor, "e d"], pooled: Ragged) -> Float[Tensor, "m 2*d"]:
    """The definition, in operators that every device has."""
    rows = len(pooled.divisor)
    total = ragged_sum(entries, pooled.row, rows) / pooled.divisor
    return torch.cat([total, ragged_max(entries, pooled.row, rows)], -1)


def _compiled(h: Tensor) -> bool:
    """Whether the compiled kernel is worth its start-up."""
    return h.device.type == "cpu" and h.dtype == torch.float32 and len(h) >= 1024
