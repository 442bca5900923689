"""``export``: a file that onnxruntime reads, or one line that says why there is none."""

from __future__ import annotations

from pathlib import Path

import onnxruntime
import pytest
from running import Command

from hrm_toolkit.solvers.bundles.bundle import read_manifest


def test_a_bundle_becomes_a_file(command: Command, maze_bundle: Path, tmp_path: Path) -> None:
    file = tmp_path / "maze.onnx"
    said = command("export", maze_bundle, "--onnx", file, "--json").object
    assert said["bytes"] == file.stat().st_size
    assert said["sha256"] == read_manifest(maze_bundle).sha256
    assert said["compared"] > 0
    assert said["error"] < 1e-4
    session = onnxruntime.InferenceSession(file)
    assert {given.name for given in session.get_inputs()} >= {"fresh", "z_high", "z_low", "tokens"}
    assert [given.name for given in session.get_outputs()][-1] == "halts"
    ran = command("export", maze_bundle, "--onnx", file)
    assert ran.status == 0
    assert "one segment of novice (structured)" in ran.out
    assert "largest relative error" in ran.out


@pytest.mark.parametrize(
    ("bundle", "file", "says"),
    [
        ("maze", "nowhere/maze.onnx", "--onnx names no file that can be written"),
        ("maize", "maze.onnx", 'did you mean "maze"?'),
    ],
)
def test_what_cannot_be_done_is_one_line(
    command: Command, tmp_path: Path, bundle: str, file: str, says: str
) -> None:
    ran = command("export", bundle, "--onnx", tmp_path / file)
    assert ran.status == 2
    assert says in ran.err
    assert len(ran.err.splitlines()) == 1
    assert not list(tmp_path.iterdir())
