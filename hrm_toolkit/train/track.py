"""What a run tells of itself: progress to a listener, rows to ``metrics.jsonl``."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass
class Progress:
    """What a run tells of itself after each update.

    Attributes:
        phase: ``data``, ``train`` or ``evaluate``.
        done: share of the phase, 0 to 1.
        update: optimizer steps so far.
        loss: answer loss, smoothed over recent updates, nats.
        exact: share of slots that were exactly right, smoothed.
        verified_rate: last validation's, or None before the first.
        best_rate: best validation's, or None.
        seconds_left: estimate for the phase.
    """

    phase: str
    done: float
    update: int = 0
    loss: float | None = None
    exact: float | None = None
    verified_rate: float | None = None
    best_rate: float | None = None
    seconds_left: float | None = None


Listener = Callable[[Progress], None]


@dataclass
class Counters:
    """What a run remembers besides tensors.

    Attributes:
        update: updates tried so far; those that the guard skipped count too.
        seconds: of training.
        samples: puzzles shown.
        best_rate: best verified rate at a validation; -1 before the first.
        best_update: update of that validation; 0 before the first.
        validations: how many were due so far.
        checkpointed: ``seconds`` at the last checkpoint.
        loss: answer loss, smoothed, nats.
        exact: share of slots that were exactly right, smoothed.
        halting: share of slots whose network wanted to halt, smoothed.
    """

    update: int = 0
    seconds: float = 0.0
    samples: int = 0
    best_rate: float = -1.0
    best_update: int = 0
    validations: int = 0
    checkpointed: float = 0.0
    loss: float = 0.0
    exact: float = 0.0
    halting: float = 0.0

    def smooth(self, *, loss: float, exact: float, halting: float) -> None:
        """Take in one update; the first few weigh more."""
        keep = min(0.98, self.update / (self.update + 10))
        self.loss = keep * self.loss + (1 - keep) * loss
        self.exact = keep * self.exact + (1 - keep) * exact
        self.halting = keep * self.halting + (1 - keep) * halting

    def progress(self, share: float, rate: float | None) -> Progress:
        """What a listener is told after an update, ``share`` of the training done."""
        share = max(share, 1e-9)
        return Progress(
            "train",
            min(share, 1.0),
            self.update,
            self.loss,
            self.exact,
            rate,
            self.best_rate if self.best_rate >= 0 else None,
            self.seconds * max(1 - share, 0.0) / share,
        )


class Metrics:
    """The rows of a run, one JSON object a line, appended as they come.

    Every row has ``update``, ``seconds`` and ``event``: ``update``, ``validation``, ``guard`` or
    ``resume``.
    """

    def __init__(self, path: Path, counters: Counters) -> None:
        self.path = path
        self.counters = counters
        if path.is_file() and not path.read_bytes().endswith(b"\n"):
            # A run that was killed while it wrote must not spoil the next row.
            with path.open("ab") as file:
                file.write(b"\n")

    def write(self, event: str, **row: Any) -> None:
        """Append one row."""
        counters = self.counters
        head = {"event": event, "update": counters.update, "seconds": round(counters.seconds, 1)}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(_plain({**head, **row})) + "\n")


def _plain(value: Any) -> Any:
    """The value as JSON can hold it: what is not finite becomes null."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value


def read_metrics(path: Path, *, limit: int = 64 << 20) -> list[dict[str, Any]]:
    """The rows of a run as they count: what a resumed run did again replaces what it lost.

    Lines that are cut or no JSON object are left out, since a killed run may leave one. Only the
    last ``limit`` bytes are read.

    Example:
        >>> import tempfile
        >>> folder = tempfile.TemporaryDirectory()
        >>> path = Path(folder.name) / "metrics.jsonl"
        >>> lines = ['{"event": "update", "update": 50}', '{"event": "update", "update": 100}']
        >>> again = '{"event": "resume", "update": 60}'
        >>> _ = path.write_text("\\n".join([*lines, again, '{"event": "upd']))
        >>> [row["update"] for row in read_metrics(path)]
        [50, 60]
        >>> folder.cleanup()
    """
    if not path.is_file():
        return []
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - limit))
        lines = file.read(limit).decode("utf-8", "replace").splitlines()
    rows: list[dict[str, Any]] = []
    for line in lines:
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if not isinstance(row, dict) or not isinstance(row.get("update"), int):
            continue
        while rows and rows[-1]["update"] > row["update"]:
            rows.pop()
        rows.append(row)
    return rows
