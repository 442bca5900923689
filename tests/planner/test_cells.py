"""The page reads every task's grids as the task writes them; skipped where there is no node."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hrm_toolkit.planner.serve
from hrm_toolkit.adapters.registry import BUILT_IN, get_adapter

NODE = shutil.which("node")
if NODE is None:
    pytest.skip("there is no node here", allow_module_level=True)

CELLS = Path(hrm_toolkit.planner.serve.__file__).with_name("page") / "cells.js"
SCRIPT = """
const { read, write } = await import(process.argv[1]);
const asked = JSON.parse(require("fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(asked.map(({ text, palette, changes }) => {
  const grid = read(text, palette);
  return grid && [grid.rows, grid.columns, grid.cells.map((one) => one.sign).join(""),
    changes ? write(text, grid, changes) : null];
})));
"""
TASKS = {name: palette for name in BUILT_IN if (palette := get_adapter(name).palette)}
SUDOKU = "1...\n..3.\n.4..\n...2"


def asked(*questions: dict[str, Any]) -> list[Any]:
    command = [str(NODE), "-e", f"(async () => {{{SCRIPT}}})()", CELLS.as_uri()]
    done = subprocess.run(
        command, input=json.dumps(questions), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


def question(task: str, text: str, changes: list[list[Any]] | None = None) -> dict[str, Any]:
    return {"text": text, "palette": asdict(TASKS[task]), "changes": changes}


def test_what_a_task_renders_is_a_grid_of_its_palette() -> None:
    assert {"sudoku", "maze", "lightup", "tapa", "kakuro", "sokoban", "latin"} <= {*TASKS}
    shapes, questions = [], []
    for task in TASKS:
        adapter = get_adapter(task)
        puzzle = adapter.generate(np.random.default_rng(1)).puzzle
        shapes.append(puzzle.size_words)
        questions.append(question(task, adapter.render(puzzle)))
    found = [one and f"{one[0]}x{one[1]}" for one in asked(*questions)]
    assert dict(zip(TASKS, found, strict=True)) == dict(zip(TASKS, shapes, strict=True))


@pytest.mark.parametrize(
    ("task", "text", "shape"),
    [
        ("sudoku", SUDOKU.replace("\n", ""), (4, 4)),
        ("sudoku", SUDOKU.replace("\n", "  "), (4, 4)),
        ("sudoku", SUDOKU.replace(".", "0"), (4, 4)),
        ("sudoku", SUDOKU[:-1], None),
        ("sudoku", SUDOKU.replace("4", "5"), None),
        ("maze", "S.#\n..G", (2, 3)),
        ("maze", "S.#\n.G", None),
        ("maze", "S.#\n..x", None),
        ("lightup", "lightup 2x2\n. #\n1 .", (2, 2)),
        ("lightup", "lightup 2x3\n. #\n1 .", None),
        ("shikaku", "22\n..", (2, 2)),
    ],
)
def test_a_text_is_a_grid_or_none(task: str, text: str, shape: tuple[int, int] | None) -> None:
    (found,) = asked(question(task, text))
    assert (found and tuple(found[:2])) == shape


def test_a_changed_cell_leaves_the_rest_of_the_text_as_it_was() -> None:
    adapter = get_adapter("sudoku")
    boxed = adapter.render(adapter.parse(SUDOKU))
    tapa = "tapa 2x3\n.   1,1 .\n2   .   ."
    first, second, third = asked(
        question("sudoku", boxed, [[1, "3"], [0, "."]]),
        question("sudoku", SUDOKU.replace("\n", ""), [[15, "4"]]),
        question("tapa", tapa, [[0, "2,3"], [1, "?"], [4, "1,1"]]),
    )
    assert adapter.parse(first[3]).grid[0] == (0, 3, 0, 0)
    assert first[3].count("│") == boxed.count("│")
    assert second[3] == SUDOKU.replace("\n", "")[:-1] + "4"
    assert third[3] == "tapa 2x3\n2,3 ?   .\n2   1,1 ."
