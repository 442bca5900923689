"""Exported segments: onnxruntime computes what PyTorch does, and halts where it halts."""

from __future__ import annotations

import copy
import json
import runpy
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch

from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import Budget, BundleError, InputError, MissingExtraError, Settings
from hrm_toolkit.solvers.bundles.bundle import bundle_folder, bundled_names, read_manifest
from hrm_toolkit.solvers.inputs.batch import collate
from hrm_toolkit.solvers.inputs.config import parse_config
from hrm_toolkit.solvers.inputs.places import Encoded
from hrm_toolkit.solvers.networks.families import build_network
from hrm_toolkit.solvers.networks.network import Network
from hrm_toolkit.solvers.onnx.export import compare, export_segment, export_solver
from hrm_toolkit.solvers.onnx.inputs import blank_carry, segment_inputs
from hrm_toolkit.solvers.solver import Solver
from hrm_toolkit.train.data.stream import Split, draw

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "onnx" / "solve.py"
SIZES = {"graph": (7, 24), "maze": (5, 12), "sudoku": (4, 9), "sudoku-4x4": (4, 4)}
# What reads factors has no ONNX form.
NAMES = [
    n for n in bundled_names() if read_manifest(bundle_folder(n)).network.get("factors") is None
]


def session_of(network: Network) -> Any:
    return onnxruntime.InferenceSession(export_segment(network))


def shapes_of(session: Any) -> dict[str, list[Any]]:
    return {given.name: given.shape for given in session.get_inputs()}


def puzzles_of(solver: Solver, size: int, count: int) -> list[Any]:
    settings = Settings(sizes=(size,))
    return [draw(solver.adapter, settings, 3, Split.TEST, i).puzzle for i in range(count)]


def run_torch(network: Network, puzzles: Sequence[Encoded], segments: int) -> list[Any]:
    """Carries and outputs of each segment, as float64."""
    batch = collate(puzzles)
    carry = network.initial_carry(batch.tokens, batch.structure)
    found = []
    for _ in range(segments):
        with torch.no_grad():
            carry, output = network(carry, batch.tokens, batch.puzzle_ids, batch.structure)
        parts = (*carry, output.logits, output.q_halt, output.q_continue)
        found.append([part.double().numpy() for part in parts])
    return found


def run_onnx(session: Any, puzzles: Sequence[Encoded], segments: int) -> list[Any]:
    """The same by onnxruntime; a row that begins is given a carry of NaN."""
    shapes = shapes_of(session)
    inputs = segment_inputs(puzzles, shapes)
    high = low = np.full_like(blank_carry(shapes["z_high"], inputs), np.nan)
    found = []
    for segment in range(segments):
        fresh = np.full(len(puzzles), segment == 0)
        given = {"fresh": fresh, "z_high": high, "z_low": low}
        high, low, *rest = session.run(None, inputs | given)
        found.append([high, low, *rest])
    return found


def require_same(network: Network, puzzles: Sequence[Encoded], segments: int = 4) -> None:
    """Errors against the network in float64 are of the size of PyTorch's own."""
    session = session_of(network)
    exact = run_torch(copy.deepcopy(network).double(), puzzles, segments)
    plain = run_torch(network, puzzles, segments)
    found = run_onnx(session, puzzles, segments)
    tokens = collate(puzzles).tokens.numpy() != 0
    weighs = network.config.q_continue
    for reference, ours, (*theirs, halts) in zip(exact, plain, found, strict=True):
        q_halt, q_continue = theirs[3:]
        assert halts.tolist() == (q_halt > (q_continue if weighs else 0)).tolist()
        own = apart(reference, ours, tokens)
        assert apart(reference, theirs, tokens) <= 10 * own + 1e-6


def apart(reference: Sequence[Any], found: Sequence[Any], tokens: Any) -> float:
    """Largest error of a segment's carry, logits and halting, each over its largest value."""
    errors = []
    for place, (true, other) in enumerate(zip(reference, found, strict=True)):
        assert true.shape == other.shape
        # Logits at padding have no meaning.
        used = tokens if place == 2 else np.s_[:]
        errors.append(np.abs(other - true)[used].max() / max(np.abs(true[used]).max(), 1.0))
    return max(errors)


@pytest.mark.parametrize("name", NAMES)
def test_a_bundles_segments_are_those_of_pytorch_at_any_batch_and_size(name: str) -> None:
    solver = Solver.load(name)
    small, large = SIZES[name]
    for size, count in ((small, 1), (large, 3)):
        encoded = [solver.proposer().encode(p) for p in puzzles_of(solver, size, count)]
        require_same(solver.network, encoded, segments=5)


@pytest.mark.parametrize("name", NAMES)
def test_the_example_gives_the_answers_of_the_network_alone_and_halts_where_it_does(
    name: str,
) -> None:
    solve = runpy.run_path(str(EXAMPLE))["solve"]
    solver = Solver.load(name)
    session = session_of(solver.network)
    puzzles = puzzles_of(solver, SIZES[name][0], 8)
    results = solver.solve_many(puzzles, strategy="neural", budget=Budget(segments=12))
    for puzzle, result in zip(puzzles, results, strict=True):
        answer, verdict, segments = solve(session, solver.adapter, puzzle, segments=12)
        assert (answer, segments) == (result.answer, result.segments)
        assert bool(verdict) == result.solved
    assert any(result.solved for result in results)
    assert any(result.segments < 12 for result in results)


def lively(network: Network) -> Network:
    """Heads and embeddings start at zero, which would hide what becomes of them."""
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name.startswith(("halt_head", "q_head", "puzzle_embedding")):
                parameter.normal_(generator=generator)
    return network.eval()


SMALL = {"width": 16, "heads": 2, "vocabulary": 27, "max_length": 20}
# Random weights multiply rounding errors at each update.
SMALL |= {"layers": 2, "high_cycles": 2, "low_cycles": 2}
TRANSFORMERS = {
    "hrm": {"family": "hrm"},
    "hrm that learned what going on is worth": {"family": "hrm", "q_continue": True},
    "levels of unequal depth": {"family": "hrm", "high_layers": 1},
    "positions along a grid": {"family": "hrm", "positions": "rope2d"},
    "positions by row and column": {"family": "hrm", "positions": "row_column", "max_side": 5},
    "learned positions": {"family": "hrm", "positions": "learned"},
    "trm with attention": {"family": "trm", "modules": 1},
    "trm without attention": {"family": "trm", "modules": 1, "mixer": "mlp", "positions": "none"},
    "a puzzle embedding": {
        "family": "trm",
        "puzzle_ids": 3,
        "puzzle_width": 24,
        "puzzle_slots": 3,
    },
}


@pytest.mark.parametrize("change", TRANSFORMERS.values(), ids=TRANSFORMERS)
def test_a_recurrent_transformers_segments_are_those_of_pytorch(change: dict[str, Any]) -> None:
    config = parse_config({**SMALL, **change})
    network = lively(build_network(config, seed=2))
    maze = get_adapter("maze")
    texts = ("S...\n.##.\n....\n.#..\n...G", "S.\n.G")
    puzzles = [maze.coerce(text) for text in texts]
    encoded = [
        Encoded(maze.codec.encode(puzzle), maze.structure(puzzle), puzzle_id)
        for puzzle, puzzle_id in zip(puzzles, (1, 2) if config.puzzle_ids else (0, 0), strict=True)
    ]
    for batch in (encoded[:1], encoded[1:], encoded):
        require_same(network, batch, segments=2)


@pytest.mark.parametrize("task", ["graph", "maze", "sudoku"])
def test_a_structured_network_of_several_blocks_that_weighs_going_on(
    untrained: Callable[..., Solver], task: str
) -> None:
    solver = untrained(task, q_continue=True)
    config = solver.network.config.model_copy(update={"layers": 2, "high_cycles": 3})
    network = lively(build_network(config, seed=4))
    wrong = solver.adapter.wrong_answers()[:2]
    for puzzle in wrong:
        require_same(network, [solver.proposer().encode(puzzle.puzzle)], segments=2)


def test_a_graph_without_edges_and_a_maze_of_one_cell_are_computed_too() -> None:
    for name, text in (("graph", "graph undirected\nstart a\ngoal b\nnode a b"), ("maze", "SG")):
        solver = Solver.load(name)
        require_same(solver.network, [solver.proposer().encode(solver.adapter.coerce(text))])


def test_a_row_that_begins_among_others_is_as_if_alone() -> None:
    solver = Solver.load("maze")
    session = session_of(solver.network)
    first, second = (solver.proposer().encode(p) for p in puzzles_of(solver, 7, 2))
    shapes = shapes_of(session)
    alone = run_onnx(session, [second], 1)[0]
    begun = run_onnx(session, [first], 2)
    blank = np.full_like(alone[0], np.nan)
    given = {
        "fresh": np.array([False, True]),
        "z_high": np.concatenate([begun[0][0], blank]),
        "z_low": np.concatenate([begun[0][1], blank]),
    }
    both = session.run(None, segment_inputs([first, second], shapes) | given)
    np.testing.assert_allclose(both[2][0], begun[1][2][0], rtol=1e-5, atol=1e-4)
    np.testing.assert_allclose(both[2][1], alone[2][0], rtol=1e-5, atol=1e-4)


def test_the_file_says_where_it_came_from_and_was_compared() -> None:
    solver = Solver.load("maze")
    exported = export_solver(solver)
    assert exported.compared == len(solver.adapter.wrong_answers())
    assert 0 < exported.error < 1e-5
    kept = onnxruntime.InferenceSession(exported.data).get_modelmeta().custom_metadata_map
    said = json.loads(kept["hrm_toolkit"])
    assert (said["task"], said["sha256"]) == ("maze", solver.manifest.sha256)


def test_a_network_that_multiplies_rounding_errors_is_exported_too() -> None:
    config = parse_config({**SMALL, "family": "trm", "high_cycles": 4, "low_cycles": 6})
    network = build_network(config, seed=2)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.mul_(2)
    assert export_solver(Solver(get_adapter("sudoku"), network)).error > 1e-4


def test_a_network_in_bfloat16_is_exported_in_float32() -> None:
    config = parse_config({**SMALL, "family": "hrm", "forward_dtype": "bfloat16"})
    exported = export_solver(Solver(get_adapter("sudoku"), build_network(config)))
    assert exported.error < 1e-4


def test_a_graph_that_is_not_the_networks_is_refused() -> None:
    solver = Solver.load("maze")
    encoded = [solver.proposer().encode(p) for p in puzzles_of(solver, 7, 1)]
    other = build_network(solver.network.config, seed=9)
    with pytest.raises(BundleError, match="does not compute what the network does"):
        compare(export_segment(other), solver.network, encoded)


def test_inputs_of_another_task_are_refused_by_name() -> None:
    names = shapes_of(session_of(Solver.load("sudoku-4x4").network))
    maze = get_adapter("maze")
    puzzle = maze.coerce("S.\n.G")
    encoded = Encoded(maze.codec.encode(puzzle), maze.structure(puzzle))
    with pytest.raises(InputError, match=r"takes candidates\.divisor, which this task does not"):
        segment_inputs([encoded], names)


def test_a_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    solver = Solver.load("sudoku-4x4")
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingExtraError, match=r"package onnxruntime.*hrm-toolkit\[onnx\]"):
        export_solver(solver)
    monkeypatch.setitem(sys.modules, "onnx", None)
    for name in ("graph", "segment"):
        monkeypatch.delitem(sys.modules, f"hrm_toolkit.solvers.onnx.{name}")
    with pytest.raises(MissingExtraError, match=r"package onnx,.*hrm-toolkit\[onnx\]"):
        export_solver(solver)


def test_the_example_runs_without_torch(tmp_path: Path) -> None:
    file = tmp_path / "sudoku.onnx"
    file.write_bytes(export_solver(Solver.load("sudoku-4x4")).data)
    code = (
        "import runpy, sys; main = runpy.run_path(sys.argv[1])['main'];"
        "status = main(*sys.argv[2:]); print(status, 'torch' in sys.modules)"
    )
    puzzle = str(ROOT / "examples" / "sudoku-4x4.txt")
    command = [sys.executable, "-c", code, str(EXAMPLE), str(file), puzzle]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "verified by the rules, " in done.stdout
    assert done.stdout.splitlines()[-1] == "0 False"
