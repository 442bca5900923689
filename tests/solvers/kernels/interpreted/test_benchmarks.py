"""What kernels launch does not grow, and all that a GPU is to be asked runs here but the GPU."""

from __future__ import annotations

import json
from pathlib import Path

import gpu
import pytest
import roofline

MOST = {
    "structured, 4 Sudokus, 8 segments": 2,
    "structured, 4 Sudokus, forward": 14,
    "structured, 4 Sudokus, backward": 10,
    "structured, 4 Sudokus, optimizer": 1,
    "structured, 4 Sudokus, one cycle learns, forward": 14,
    "structured, 4 Sudokus, one cycle learns, backward": 10,
    "structured, 4 Sudokus, one cycle learns, optimizer": 1,
    "hrm, one Sudoku, a segment": 234,
    "hrm, one Sudoku, forward": 246,
    "hrm, one Sudoku, backward": 141,
    "hrm, one Sudoku, optimizer": 1,
    "trm-att, one Sudoku, a segment": 425,
    "trm-att, one Sudoku, forward": 437,
    "trm-att, one Sudoku, backward": 326,
    "trm-att, one Sudoku, optimizer": 1,
    "hrm in bfloat16, 2 Sudokus, forward": 250,
    "hrm in bfloat16, 2 Sudokus, backward": 144,
}
"""Launches as they were counted when they were last fewer."""
KILOBYTES = {
    "structured, 4 Sudokus, 8 segments": 2689,
    "structured, 4 Sudokus, forward": 1672,
    "structured, 4 Sudokus, backward": 2874,
    "structured, 4 Sudokus, optimizer": 1177,
    "structured, 4 Sudokus, one cycle learns, forward": 1379,
    "structured, 4 Sudokus, one cycle learns, backward": 2483,
}
"""Likewise what they move: read and written once each, what is shared by two names once."""


def test_launches_and_bytes_do_not_rise() -> None:
    found = {name: (plain, ours) for name, plain, ours in roofline.rows(8, 4, 32, 2)}
    assert found.keys() == MOST.keys()
    risen = {name: ours.launches for name, (_, ours) in found.items() if ours.launches > MOST[name]}
    assert not risen
    moved = {name: found[name][1].bytes for name in KILOBYTES}
    assert not {name: size for name, size in moved.items() if size > 1000 * KILOBYTES[name]}
    for plain, ours in found.values():
        assert ours.launches < plain.launches
        assert ours.bytes < plain.bytes
        assert all(ours.floor(card) < plain.floor(card) for card in roofline.CARDS)
    plain, ours = found["structured, 4 Sudokus, 8 segments"]
    assert 100 * ours.bytes <= plain.bytes
    parts = [found[f"structured, 4 Sudokus, {part}"] for part in ("forward", "backward")]
    parts.append(found["structured, 4 Sudokus, optimizer"])
    assert 20 * sum(ours.launches for _, ours in parts) <= sum(p.launches for p, _ in parts)
    # Of four the weights are the larger part; of 64 it is 50 times.
    assert 34 * sum(ours.bytes for _, ours in parts) <= sum(p.bytes for p, _ in parts)


def test_a_gpu_is_asked_in_stages_that_are_saved_as_they_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "gpu.md"
    words = ["--interpret", "--minutes", "0.5", "--seed", "3", "--out", str(out)]
    assert gpu.main([*words, "--stages", "ceilings", "correctness", "losses"]) == 0
    said = json.loads(out.with_suffix(".json").read_text())
    assert said["correctness"][0]["right"]
    assert said["losses"][0]["torch"] == pytest.approx(said["losses"][0]["ours"], abs=1e-4)
    assert "## ceilings" in out.read_text()
    assert "correctness" in capsys.readouterr().out
