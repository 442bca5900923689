"""Answers on one line, for readers of text alone where there is no room for a picture."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hrm_toolkit.planner.reply import Reply

_MOVES = {(-1, 0): "U", (1, 0): "D", (0, -1): "L", (0, 1): "R"}
MOST_LINE = 24_000
"""Characters of an answer on a line."""

_BESIDE = ("puzzle", "picture", "puzzles", "best", "replies")
"""Fields that the text has too, or that can be asked for again."""
_KEPT = ("status", "handle", "task", "answer", "verdict", "error")


def answer_line(answer: Mapping[str, Any], most: int = MOST_LINE) -> str:
    """An answer's fields as one line: moves for a path through cells, else JSON.

    Args:
        answer: as JSON values, such as ``Reply.data["answer"]``.
        most: characters; beyond them it is cut, and says so.

    Example:
        >>> answer_line({"task": "maze", "path": [[0, 0], [0, 1], [1, 1]]})
        'moves from the start (U up, D down, L left, R right): RD'
        >>> answer_line({"task": "graph", "path": ["A", "F"]})
        'path: ["A","F"]'
    """
    fields = {name: value for name, value in answer.items() if name != "task"}
    moves = _moves(fields.get("path"))
    if moves:
        label, whole = "moves from the start (U up, D down, L left, R right)", moves
    elif len(fields) == 1:
        ((label, value),) = fields.items()
        whole = json.dumps(value, separators=(",", ":"))
    else:
        label, whole = "the answer", json.dumps(fields, separators=(",", ":"))
    if len(whole) <= most:
        return f"{label}: {whole}"
    return f"{label}, the first {most:,} of {len(whole):,} characters: {whole[:most]}"


def _moves(path: Any) -> str | None:
    """One letter a step; None for what is no path through neighbouring cells."""
    if not isinstance(path, Sequence) or not all(_is_cell(cell) for cell in path):
        return None
    steps = [(b[0] - a[0], b[1] - a[1]) for a, b in itertools.pairwise(path)]
    if not all(step in _MOVES for step in steps):
        return None
    return "".join(_MOVES[step] for step in steps)


def _is_cell(cell: Any) -> bool:
    return isinstance(cell, Sequence) and len(cell) == 2 and all(isinstance(n, int) for n in cell)


def bounded(reply: Reply, most: int) -> dict[str, Any]:
    """A reply's data, without what its text has as well where the two together are too long.

    An answer is never left out, but where several replies are it is what remains of each.

    Args:
        reply: the reply.
        most: characters of text and data, written as JSON.

    Returns:
        Its data; ``left_out`` names the fields that it has no longer.
    """
    data = dict(reply.data)
    left_out: list[str] = []
    for name in _BESIDE:
        if len(reply.text) + len(json.dumps(data)) <= most:
            break
        if name in data:
            left_out.append(name)
            data[name] = _shortened(data[name])
    return {**data, "left_out": left_out} if left_out else data


def _shortened(value: Any) -> Any:
    """What is told of a field that is too long: for a list of objects what they are named by."""
    if isinstance(value, list):
        return [{k: _counted(v) for k, v in one.items() if k in _KEPT} for one in value]
    return {} if isinstance(value, dict) else ""


def _counted(value: Any) -> Any:
    """A verdict whose violations are counted and not told; anything else as it is."""
    told = isinstance(value, dict) and "violations_in_all" in value
    return {**value, "violations": []} if told else value
