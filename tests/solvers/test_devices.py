"""Whether torch is asked for a GPU depends on what the machine shows."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from hrm_toolkit.solvers.devices import may_have_gpu


@pytest.mark.skipif(sys.platform == "win32", reason="Windows shows no devices as files")
@pytest.mark.parametrize(
    ("name", "there"),
    [("nvidia0", True), ("dxg", True), ("kfd", True), ("nvidiactl", False), ("null", False)],
)
def test_a_gpu_is_looked_for_where_the_system_shows_it(
    tmp_path: Path, name: str, there: bool
) -> None:
    assert not may_have_gpu(tmp_path)
    (tmp_path / name).touch()
    assert may_have_gpu(tmp_path) is there
