"""The network as a browser runs it, against the Python solver, under node; see network.js."""

from __future__ import annotations

import json
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hrm_toolkit.planner.serve
from hrm_toolkit import Solver
from hrm_toolkit.core import Puzzle
from hrm_toolkit.solvers.bundles.elsewhere import code, network_data
from hrm_toolkit.solvers.inputs.places import Encoded
from hrm_toolkit.solvers.kernels.cpu import native
from hrm_toolkit.solvers.kernels.cpu.build import WASM, digest

PAGE = Path(hrm_toolkit.planner.serve.__file__).with_name("page")
SEGMENTS = 16
SIZES: dict[str, dict[str, Any]] = {
    "sudoku": {"size": 9, "difficulty": "medium"},
    "maze": {},
    "sudoku-4x4": {"size": 4},
    "graph": {},
}
SCRIPT = """
const [page, wasm] = process.argv.slice(1);
const { load } = await import(`${page}/network.js`);
const { kindOf } = await import(`${page}/kinds.js`);
const fs = require("fs");
const { net, texts, segments, changes } = JSON.parse(fs.readFileSync(0, "utf8"));
const network = await load(fs.readFileSync(wasm), net);
const kind = kindOf(net);
console.log(JSON.stringify(texts.map((text, nth) => {
  let thing = kind.read(text, net);
  let given = kind.encode(net, thing);
  let thought = network.think(given, thing);
  if (!thought) return kind.lacks(net, thing);
  const said = [];
  for (let k = 0; k < segments; k += 1) {
    if (changes && k === 2) {
      thing = kind.read(changes[nth], net);
      given = kind.encode(net, thing);
      thought = thought.change(given, thing);
    }
    const { tokens, halt, segment } = thought.segment();
    const { right, best } = kind.judge(net, given, [...tokens], thing);
    said.push([[...tokens], halt, right, right && best, segment]);
    if (right && best) break;
  }
  return said;
})));
"""
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="there is no node here")


@cache
def solver(name: str) -> Solver:
    return Solver.load(name)


def puzzles(name: str, count: int) -> list[Puzzle]:
    adapter = solver(name).adapter
    rngs = (np.random.default_rng([7, 1, index]) for index in range(count))
    return [adapter.generate(rng, **SIZES[name]).puzzle for rng in rngs]


def written(puzzle: Any) -> str:
    """The text that the page reads."""
    if puzzle.task == "graph":
        return solver("graph").adapter.render(puzzle)
    signs = [["." if sign in (0, ".") else str(sign) for sign in row] for row in puzzle.grid]
    return "\n".join(" ".join(row) for row in signs)


def thought(name: str, texts: list[str], first: Puzzle, **more: Any) -> list[Any]:
    asked = {"net": network_data(solver(name), first), "texts": texts, "segments": SEGMENTS}
    command = ["node", "-e", f"(async () => {{{SCRIPT}}})()", PAGE.as_uri(), str(WASM)]
    said = json.dumps({**asked, **more})
    done = subprocess.run(command, input=said, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


def run(name: str, puzzle: Puzzle, variant: str | None) -> list[Any]:
    """What native code and the rules say, segment by segment, until the rules accept the answer."""
    asked = solver(name)
    adapter, recurrence = asked.adapter, asked.runner().recurrence  # type: ignore[attr-defined]
    engine = native.Native(recurrence.config, recurrence._weights, variant)
    prepared = recurrence.prepare(Encoded(adapter.codec.encode(puzzle), adapter.structure(puzzle)))
    state, said = recurrence.start(prepared), []
    for number in range(1, SEGMENTS + 1):
        outcome = engine.run(prepared, state, 1, "segment")
        verdict = adapter.rules.check(puzzle, adapter.codec.decode(puzzle, outcome.tokens))
        halt = 1 / (1 + np.exp(-outcome.q_halt))
        best = verdict.valid and verdict.optimal is not False
        said.append([outcome.tokens.tolist(), halt, verdict.valid, best, number])
        if best:
            break
    return said


def test_the_file_for_browsers_was_built_of_these_sources() -> None:
    assert code() is not None, f"{WASM.name} is not of source {digest()}: make wasm"
    assert WASM.stat().st_size <= 60_000


@needs_node
def test_the_file_for_browsers_asks_nothing_from_outside() -> None:
    script = "const m = new WebAssembly.Module(require('fs').readFileSync(process.argv[1]));"
    script += "console.log(WebAssembly.Module.imports(m).length)"
    done = subprocess.run(["node", "-e", script, str(WASM)], capture_output=True, check=True)
    assert done.stdout.strip() == b"0"


@needs_node
@pytest.mark.skipif(native.unsupported(solver("maze").config) is not None, reason="no native code")
@pytest.mark.parametrize(
    ("name", "count"),
    [
        pytest.param("sudoku", 50, marks=pytest.mark.long),
        pytest.param("maze", 50, marks=pytest.mark.long),
        pytest.param("graph", 50, marks=pytest.mark.long),
        ("sudoku", 2),
        ("maze", 3),
        ("sudoku-4x4", 3),
        ("graph", 5),
    ],
)
def test_a_browser_answers_as_the_python_solver_does(name: str, count: int) -> None:
    asked = puzzles(name, count)
    found = thought(name, [written(puzzle) for puzzle in asked], asked[0])
    library = native.library()
    assert not isinstance(library, str)
    # Without fused multiply-add sums are the same to the bit, and so is what never settles.
    plain = library.variants[0]
    alike = plain == "x86-64-v2"
    for puzzle, told in zip(asked, found, strict=True):
        expected = run(name, puzzle, plain)
        if alike or expected[-1][2]:
            assert [one[:1] + one[2:] for one in told] == [one[:1] + one[2:] for one in expected]
            np.testing.assert_allclose([one[1] for one in told], [one[1] for one in expected], 1e-3)
    fast = [list(solver(name).trace(puzzle, segments=SEGMENTS))[-1] for puzzle in asked]
    solved = [told[-1][2] for told in found]
    assert sum(solved) >= 0.9 * count
    assert abs(sum(one.verdict.valid for one in fast) - sum(solved)) <= 0.02 * count
    adapter = solver(name).adapter
    for puzzle, told, traced in zip(asked, found, fast, strict=True):
        if told[-1][2] and traced.verdict.valid:
            assert adapter.codec.decode(puzzle, np.array(told[-1][0])) == traced.answer


@needs_node
def test_a_thought_goes_on_about_a_grid_that_was_changed() -> None:
    before = ["S....", ".###.", "....G"]
    after = ["S....", ".####", "....G"]
    adapter = solver("maze").adapter
    (said,) = thought(
        "maze", ["\n".join(before)], adapter.parse("\n".join(before)), changes=["\n".join(after)]
    )
    assert [one[4] for one in said] == [*range(1, len(said) + 1)]
    tokens, _, right, best, _ = said[-1]
    answer = adapter.codec.decode(adapter.parse("\n".join(after)), np.array(tokens))
    assert right
    assert best
    assert adapter.rules.check(adapter.parse("\n".join(after)), answer).optimal


@needs_node
def test_a_size_that_was_not_sent_along_is_refused_in_words() -> None:
    (first,) = puzzles("sudoku", 1)
    (said,) = thought("sudoku", ["\n".join(["." * 8] * 8)], first)
    assert said == "A 8x8 is none of the sizes that this page holds: 4x4, 6x6, 9x9."


@needs_node
def test_a_thought_goes_on_about_a_graph_in_which_an_edge_is_opened() -> None:
    opened = "start A\ngoal D\nA -- B 1\nB -- D 1.5\nA -- C 2\nC -- E 3\nD -- F"
    closed = opened.replace("B -- D", "# B -- D")
    adapter = solver("graph").adapter
    (said,) = thought("graph", [closed], adapter.parse(opened), changes=[opened])
    assert [one[2] for one in said[:2]] == [False, False], "no way leads to the goal"
    tokens, _, _, best, segment = said[-1]
    assert best
    assert segment == len(said) > 2
    answer = adapter.codec.decode(adapter.parse(opened), np.array(tokens))
    assert answer.path == ("A", "B", "D")


def test_what_a_browser_cannot_run_is_not_offered() -> None:
    graph = Solver.load("graph")
    large = graph.adapter.generate(np.random.default_rng(0), size=500).puzzle
    assert network_data(graph, large) is None
