"""Curves of training runs, read from the rows that they append as they go."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hrm_toolkit.core import InputError, UnknownNameError
from hrm_toolkit.core.plain import read_rows

METRICS = "metrics.jsonl"
_MOST_BYTES = 8 << 20
_MOST_POINTS = 500
_SERIES = {
    "loss": "update",
    "exact": "update",
    "verified_rate": "validation",
    "exact_accuracy": "validation",
}
"""What is drawn of a run, and the rows that have it."""


def curves(runs: Mapping[str, Path], run: str) -> dict[str, Any]:
    """How a run is getting on.

    Args:
        runs: folders by name.
        run: one of the names.

    Returns:
        ``run``, ``update`` and ``seconds`` of its last row, and ``curves``: by name, of at most
        500 points [update, value] each, evenly spread, the last one always.

    Raises:
        UnknownNameError: for another name.
        InputError: when the rows cannot be read.
    """
    if run not in runs:
        raise UnknownNameError("run", run, runs)
    try:
        rows = read_rows(runs[run] / METRICS, _MOST_BYTES)
    except FileNotFoundError:
        rows = []
    except OSError as error:
        why = error.strerror or str(error)
        raise InputError(f"the rows of the run {run} cannot be read: {why}") from None
    last = rows[-1] if rows else {}
    found = {name: _points(rows, name, event) for name, event in _SERIES.items()}
    return {
        "run": run,
        "update": last.get("update", 0),
        "seconds": last.get("seconds", 0.0),
        "curves": {name: _spread(points) for name, points in found.items() if points},
    }


def _points(rows: list[dict[str, Any]], name: str, event: str) -> list[list[float]]:
    there = {
        row["update"]: row[name]
        for row in rows
        if row.get("event") == event and type(row.get(name)) in (int, float)
    }
    return [[update, value] for update, value in there.items()]


def _spread(points: list[list[float]]) -> list[list[float]]:
    stride = -(-len(points) // _MOST_POINTS)
    # From the end, so that the newest is always among them.
    return points[::-1][::stride][::-1]
