"""``import-checkpoint``: a published checkpoint becomes a bundle that solves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from hrm_toolkit.cli import main
from hrm_toolkit.core import BundleError, Structure
from hrm_toolkit.solvers.bundles.bundle import MANIFEST, read_manifest
from hrm_toolkit.solvers.inputs.batch import Encoded, collate
from hrm_toolkit.solvers.published.files import CONFIG
from hrm_toolkit.solvers.solver import Solver

SUDOKU = "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79"


@pytest.fixture
def imported(golden, tmp_path, capsys) -> Path:
    """A published Sudoku checkpoint of 11 tokens, imported by the command line."""
    vectors = golden("trm_mlp_tiny")
    source = tmp_path / "published"
    source.mkdir()
    torch.save(vectors.group("init"), source / "step_7")
    (source / CONFIG).write_text(
        "arch:\n  H_cycles: 3\n  L_cycles: 6\n  num_heads: 4\n  puzzle_emb_len: 16\nseed: 0\n"
    )
    out = tmp_path / "bundle"
    arguments = ["import-checkpoint", source / "step_7", "--adapter", "sudoku", "--out", out]
    assert main([*map(str, arguments), "--name", "tiny", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["name"], said["task"], said["imported"]) == ("tiny", "sudoku", "step_7")
    assert said["network"]["max_length"] == 81
    return out


def test_an_imported_bundle_says_what_the_checkpoint_does(golden, imported):
    """The command line's network, on a puzzle, against the same weights called by hand."""
    solver = Solver.load(imported)
    assert solver.manifest.tokens.vocabulary == ("<pad>", "blank", *"123456789")
    assert solver.manifest.tokens.vocabulary == solver.adapter.codec.spec.vocabulary[:11]
    result = solver.solve(SUDOKU, strategy="neural")
    assert result.source == "trm"
    assert result.answer is not None
    network = golden("trm_mlp_tiny").network()
    trace = next(iter(solver.trace(SUDOKU, segments=1)))
    puzzle = solver.adapter.coerce(SUDOKU)
    batch = collate([Encoded(solver.adapter.codec.encode(puzzle), Structure())])
    with torch.no_grad():
        carry = network.initial_carry(batch.tokens, batch.structure)
        output = network(carry, batch.tokens, None, batch.structure)[1]
    assert trace.halt == pytest.approx(float(output.q_halt.sigmoid()[0]), abs=1e-6)
    expected = solver.adapter.codec.decode(puzzle, output.logits[0].argmax(-1).int().numpy())
    assert trace.answer == expected
    assert solver.solve(SUDOKU).solved, "search orders by probabilities of eleven tokens"


def test_sizes_that_an_imported_network_does_not_know(imported):
    solver = Solver.load(imported)
    grid = [[0] * 16 for _ in range(16)]
    for cell, says in ((0, "the puzzle has 256 tokens"), (12, 'has "12", which the network does')):
        grid[0][0] = cell
        result = solver.solve(grid, strategy="neural")
        assert result.abstained
        assert says in result.verdict.violations[0].message


def test_a_manifest_that_names_other_tokens_than_the_network_knows(imported):
    data = json.loads((imported / MANIFEST).read_text())
    data["tokens"]["vocabulary"].append("10")
    (imported / MANIFEST).write_text(json.dumps(data))
    with pytest.raises(BundleError, match="knows 11 tokens and the manifest names 12"):
        Solver.load(imported)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--adapter", "soduku"], 'did you mean "sudoku"?'),
        (["--adapter", "maze"], "the network knows 11 tokens and the maze adapter 6"),
        (["--adapter", "sudoku", "--set", "heads"], '"heads" sets nothing; expected key=value'),
        (["--adapter", "sudoku", "--config", "nowhere.yaml"], "nowhere.yaml: cannot be read"),
    ],
)
def test_the_command_refuses_in_one_line(golden, tmp_path, capsys, arguments, says):
    vectors = golden("trm_tiny")
    torch.save(vectors.group("init"), tmp_path / "file")
    settings = [f"--set={key}={value}" for key, value in vectors.settings.items()]
    out = tmp_path / "out"
    command = ["import-checkpoint", str(tmp_path / "file"), "--out", str(out)]
    assert main([*command, *settings, *arguments]) == 2
    line = capsys.readouterr().err
    assert says in line
    assert line.count("\n") == 1
    assert not (out / MANIFEST).exists()


def test_a_bundle_is_not_written_over(imported, tmp_path, capsys):
    before = read_manifest(imported)
    arguments = ["import-checkpoint", str(tmp_path / "published" / "step_7"), "--adapter", "sudoku"]
    assert main([*arguments, "--out", str(imported)]) == 2
    assert "already holds a bundle" in capsys.readouterr().err
    assert read_manifest(imported) == before


def test_what_is_missing_is_told_with_the_usual_length(golden, tmp_path, capsys):
    torch.save({"model": golden("hrm_tiny").group("init"), "step": 3}, tmp_path / "file")
    command = ["import-checkpoint", str(tmp_path / "file"), "--adapter", "sudoku"]
    assert main([*command, "--out", str(tmp_path / "out")]) == 2
    line = capsys.readouterr().err
    assert "do not tell heads, high_cycles, low_cycles, positions, max_length" in line
    assert "max_length is 81 for 9x9 sudoku" in line
    assert line.count("\n") == 1


def test_a_pickled_object_is_refused_in_our_words(tmp_path, capsys):
    class Config:
        def __reduce__(self):
            return Path, ("x",)

    torch.save(Config(), tmp_path / "file")
    command = ["import-checkpoint", str(tmp_path / "file"), "--adapter", "sudoku"]
    assert main([*command, "--out", str(tmp_path / "out")]) == 2
    line = capsys.readouterr().err
    assert "this is no state dict; expected tensors by name; got a pickled object" in line
    assert "torch.load" not in line
    torch.save({"model": Config(), "step": 1}, tmp_path / "file")
    assert main([*command, "--out", str(tmp_path / "out")]) == 2
    assert "weights alone: model is a pickled object, and none is ever" in capsys.readouterr().err


def test_a_choice_of_state_dict(golden, tmp_path, capsys):
    state = golden("hrm_tiny").group("init")
    torch.save({"model": state, "ema": state}, tmp_path / "file")
    settings = [f"--set={key}={value}" for key, value in golden("hrm_tiny").settings.items()]
    command = ["import-checkpoint", str(tmp_path / "file"), "--adapter", "sudoku", *settings]
    assert main([*command, "--out", str(tmp_path / "out")]) == 2
    assert "2 state dicts: model, ema" in capsys.readouterr().err
    assert main([*command, "--out", str(tmp_path / "out"), "--key", "ema"]) == 0
