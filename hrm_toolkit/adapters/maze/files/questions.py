"""Questions of reasoning-gym about mazes: ``shortest_path`` and ``maze``."""

from __future__ import annotations

import re
from typing import Any

from hrm_toolkit.adapters.maze.files.answers import read_maze_answer
from hrm_toolkit.adapters.maze.files.drawing import maze_of
from hrm_toolkit.adapters.maze.rules import MazeAnswer, MazePuzzle
from hrm_toolkit.core import InputError
from hrm_toolkit.core.files import NO, SURE, Claim, Loaded, ReadOptions, Sample

_LONGEST = 100_000
_SHORTEST = re.compile(r"shortest path from \* to # in the following grid:\s*\n(.*)", re.DOTALL)
_STEPS = re.compile(
    r"Navigate from '(.)' \(start\) to '(.)' \(goal\):\s*```\n(.*?)\n```\s*"
    r"Legend: '(.)' = Wall, '(.)' = Passage",
    re.DOTALL,
)
_CELLS = {"*": "S", "#": "G", "O": ".", "X": "#"}
_NO_PATH = "infeasible"
_COUNTED = (
    "its question asks for the number of steps: the path is found, and its cost is that number"
)


def claims_question(sample: Sample) -> Claim:
    """Sure of a question that is one of the two."""
    return SURE if _SHORTEST.search(sample.text) or _STEPS.search(sample.text) else NO


def read_question(text: str, options: ReadOptions) -> Loaded:
    """The maze of a question.

    Raises:
        InputError: for a grid with other signs than its legend says.
    """
    puzzle, counted = _asked(text)
    return Loaded.of("a question about a maze", [(puzzle, None)], [_COUNTED] if counted else [])


def claims_entry(value: Any) -> Claim:
    """Sure of an object with such a question, as the data set gives its entries."""
    question = value.get("question") if isinstance(value, dict) else None
    if not isinstance(question, str) or len(question) > _LONGEST:
        return NO
    return claims_question(Sample.of(question))


def read_entry(value: Any, options: ReadOptions) -> Loaded:
    """The maze of a question, with its answer where that is a path.

    That there is no path, and a number of steps, are no answers: notes say them.

    Raises:
        InputError: for an answer that is none of these.
    """
    puzzle, counted = _asked(value["question"])
    said = str(value.get("answer") or "").strip()
    answer: MazeAnswer | None = None
    notes = [_COUNTED] if counted else []
    if said == _NO_PATH:
        notes.append("its answer is that there is no path")
    elif counted and said.isdecimal():
        notes.append(f"its answer is {said} steps")
    elif said:
        answer = read_maze_answer(puzzle, said)
    return Loaded.of("a question about a maze", [(puzzle, answer)], notes)


def _asked(text: str) -> tuple[MazePuzzle, bool]:
    """The maze, and whether the number of steps alone is asked for."""
    shortest = _SHORTEST.search(text)
    if shortest:
        lines = shortest[1].strip().splitlines()
        return _drawn(["".join(line.split()) for line in lines], _CELLS), False
    steps = _STEPS.search(text)
    if steps is None:
        raise InputError("this is no question about a maze")
    start, goal, grid, wall, passage = steps.groups()
    return _drawn(grid.split("\n"), {start: "S", goal: "G", wall: "#", passage: "."}), True


def _drawn(rows: list[str], signs: dict[str, str]) -> MazePuzzle:
    for number, row in enumerate(rows, 1):
        for sign in row:
            if sign not in signs:
                raise InputError(
                    f'row {number} of the grid has "{sign}"', expected=f"one of {' '.join(signs)}"
                )
    return maze_of(["".join(signs[sign] for sign in row) for row in rows])
