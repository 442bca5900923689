"""Everything here runs in Triton's interpreter, with memory that nobody wrote full of NaN."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.interpreted)
            if os.environ.get("TRITON_INTERPRET") != "1":
                item.add_marker(pytest.mark.skip(reason="make kernels runs it"))


@pytest.fixture(autouse=True)
def _poisoned() -> Iterator[None]:
    # Deterministic algorithms fill what is not initialised, by torch.utils.deterministic.
    torch.use_deterministic_algorithms(True)
    assert torch.empty(3).isnan().all()
    assert torch.zeros(1).new_empty(3).isnan().all()
    yield
    torch.use_deterministic_algorithms(False)
