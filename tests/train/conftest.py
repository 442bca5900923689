"""What tests of training share."""

from __future__ import annotations

import pytest

from hrm_toolkit.core import Settings
from hrm_toolkit.train.recipe import Recipe


@pytest.fixture
def tiny() -> Recipe:
    """A hundred updates of the smallest network, with validations in between."""
    return Recipe(
        adapter="maze",
        network={"family": "structured", "width": 4, "inner": 4, "low_cycles": 1},
        data=Settings(sizes=(4,)),
        samples=6,
        batch_size=3,
        updates=100,
        max_segments=3,
        validation=2,
        validation_segments=2,
        validations=2,
    )
