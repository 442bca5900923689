"""Puzzles as JSON: records with a ``task``, and the bare forms that other programs write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hrm_toolkit.adapters.arc.rules import ArcPuzzle
from hrm_toolkit.adapters.arc.text import from_json
from hrm_toolkit.adapters.formats import arc
from hrm_toolkit.adapters.formats.loaded import Loaded, placed
from hrm_toolkit.adapters.json_text import read_json
from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import Answer, InputError, OptionError, Puzzle, ToolkitError

Pair = tuple[Puzzle, "Answer | None"]


class JsonReader:
    """Reads JSON values as puzzles.

    Args:
        adapter: the task of every puzzle, or None to tell by the value.
        start: for graphs, see ``read_graph``.
        goal: likewise.
        name: for an ARC task that has no name of its own.
    """

    def __init__(
        self,
        adapter: str | None = None,
        start: str | None = None,
        goal: str | None = None,
        name: str | None = None,
    ) -> None:
        self.adapter, self.start, self.goal, self.name = adapter, start, goal, name

    def read(self, text: str) -> Loaded:
        """The puzzles of one JSON value, or of JSON Lines.

        Raises:
            InputError: naming the record or line at fault.
        """
        if _is_lines(text):
            lines = [(n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip()]
            pairs = [placed(f"line {n}", self._line, line) for n, line in lines]
            return Loaded.of("JSON Lines", pairs)
        value = read_json(text)
        if self.adapter in (None, "arc") and arc.is_challenges(value):
            return arc.read_challenges(value)
        if isinstance(value, list) and not self._is_grid(value):
            if not value:
                raise InputError("the JSON is an empty list", expected="a puzzle")
            pairs = [placed(f"record {n}", self.pair, item) for n, item in enumerate(value, 1)]
            return Loaded.of("JSON list", pairs)
        pair = self.pair(value)
        return Loaded.of(self._kind(value, pair[0]), [pair])

    def pair(self, value: Any) -> Pair:
        """One puzzle, with its answer where the value carries it."""
        if isinstance(value, dict) and isinstance(value.get("puzzle"), dict):
            puzzle = self._puzzle(value["puzzle"])
            answer = value.get("answer")
            if answer is None:
                return puzzle, None
            return puzzle, get_adapter(puzzle.task).coerce_answer(puzzle, answer)
        puzzle = self._puzzle(value)
        known = arc.known_answer(puzzle) if isinstance(puzzle, ArcPuzzle) else None
        return puzzle, known

    def _puzzle(self, value: Any) -> Puzzle:
        task = self._task(value)
        if task == "graph" and isinstance(value, dict):
            return self._graph(value)
        if self.start is not None or self.goal is not None:
            raise OptionError(f"start and goal are for graphs, and this is a {task} puzzle")
        if task == "arc":
            return from_json(value, self.name)
        puzzle: Puzzle = get_adapter(task).coerce(value)
        return puzzle

    def _graph(self, value: dict[str, Any]) -> Puzzle:
        from hrm_toolkit.adapters.graph.puzzle import from_node_link, is_node_link

        if is_node_link(value):
            return from_node_link(value, start=self.start, goal=self.goal)
        ends = {"start": self.start, "goal": self.goal}
        given = {end: name for end, name in ends.items() if name is not None}
        puzzle: Puzzle = get_adapter("graph").coerce({**value, **given})
        return puzzle

    def _task(self, value: Any) -> str:
        """The task of one puzzle's JSON."""
        said = value.get("task") if isinstance(value, dict) else None
        if said is not None and not isinstance(said, str):
            raise InputError("the task is no name", path="task", expected="a text", got=said)
        if said is not None:
            get_adapter(said)
        task = self.adapter or said or _recognised(value)
        if said not in (None, task):
            raise InputError(f"this is a {said} puzzle", expected=f"a {task} puzzle")
        if task is None:
            raise _unknown(value)
        return task

    def _line(self, line: str) -> Pair:
        return self.pair(read_json(line))

    def _is_grid(self, value: list[Any]) -> bool:
        """Whether a list is one puzzle's grid rather than a list of puzzles."""
        if not value or not all(isinstance(item, list | str) for item in value):
            return False
        if isinstance(value[0], str):
            return self.adapter not in (None, "sudoku") or len(value[0]) < 36
        return not (value[0] and isinstance(value[0][0], list))

    def _kind(self, value: Any, puzzle: Puzzle) -> str:
        if isinstance(value, dict) and ("task" in value or "puzzle" in value):
            return f"{puzzle.task} puzzle, JSON"
        if puzzle.task == "graph":
            return "node-link JSON"
        return "ARC task" if puzzle.task == "arc" else f"{puzzle.task} grid, JSON"


def _is_lines(text: str) -> bool:
    """Whether the first line is a JSON value by itself and more follow."""
    first, _, rest = text.strip().partition("\n")
    if not rest.strip() or first.strip() in ("{", "["):
        return False
    try:
        return isinstance(read_json(first), dict)
    except ToolkitError:
        return False


def _recognised(value: Any) -> str | None:
    """The task of a value that does not say it."""
    tests: dict[str, Callable[[], bool]] = {
        "arc": lambda: arc.is_task(value),
        "graph": lambda: isinstance(value, dict) and bool({"edges", "links"} & set(value)),
        "maze": lambda: _is_maze(value.get("grid") if isinstance(value, dict) else value),
        "sudoku": lambda: (
            (isinstance(value, dict) and "grid" in value) or isinstance(value, list | str)
        ),
    }
    return next((task for task, holds in tests.items() if holds()), None)


def _is_maze(rows: Any) -> bool:
    cells = rows[:100] if isinstance(rows, list | str) else ()
    return any(set("#SG") & set(row) for row in cells if isinstance(row, str | list) and _flat(row))


def _flat(row: Any) -> bool:
    return isinstance(row, str) or all(isinstance(cell, str) for cell in row)


def _unknown(value: Any) -> InputError:
    if arc.is_submission(value):
        return InputError("this is an ARC submission, which holds answers", expected="puzzles")
    return InputError(
        "this JSON is no puzzle that is known",
        expected='an object such as {"task": "sudoku", "grid": [...]}, an ARC task, or a graph',
        got=list(value)[:5] if isinstance(value, dict) else value,
    )
