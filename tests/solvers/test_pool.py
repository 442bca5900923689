"""Pooling over ragged rows: the compiled kernel is the plain definition."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from hrm_toolkit.solvers.kernels.pool import pool, pool_plain
from hrm_toolkit.solvers.kernels.pool_cpu import pool_rows
from hrm_toolkit.solvers.networks.batch import Ragged
from hrm_toolkit.solvers.networks.layers import gather


def rows(counts, places, seed):
    """Rows of so many entries each, drawn from the places."""
    rng = np.random.default_rng(seed)
    count = np.array(counts)
    return Ragged(
        source=torch.from_numpy(rng.integers(0, places, count.sum())),
        row=torch.from_numpy(np.repeat(np.arange(len(count)), count)),
        start=torch.from_numpy(np.concatenate([[0], np.cumsum(count)])),
        divisor=torch.from_numpy(rng.uniform(1, 3, (len(count), 1)).astype(np.float32)),
        weights=None,
    )


@given(counts=st.lists(st.integers(0, 6), min_size=1, max_size=12), seed=st.integers(0, 1000))
def test_values_and_gradients_are_those_of_the_definition(counts, seed):
    pooled = rows(counts, 7, seed)
    generator = torch.Generator().manual_seed(seed)
    # Few values, so that there are ties.
    h = torch.randint(-2, 3, (7, 5), generator=generator).float().requires_grad_()
    back = torch.randn(len(counts), 10, generator=generator)
    plain = pool_plain(gather(h, pooled.source), pooled)
    ours = pool_rows(h, pooled.source, pooled.start, pooled.divisor)
    torch.testing.assert_close(ours, plain)
    (wanted,) = torch.autograd.grad(plain, h, back)
    (found,) = torch.autograd.grad(ours, h, back)
    torch.testing.assert_close(found, wanted)


def test_a_large_batch_takes_the_kernel_and_gets_the_same():
    pooled = rows([3, 0, 5] * 400, 2000, 0)
    h = torch.randn(2000, 8, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(pool(h, pooled), pool_plain(gather(h, pooled.source), pooled))


@pytest.mark.parametrize("places", [10, 2000])
def test_a_row_without_entries_pools_to_zero(places):
    h = torch.randn(places, 4, generator=torch.Generator().manual_seed(0))
    assert (pool(h, rows([2, 0, 1], places, 1))[1] == 0).all()
