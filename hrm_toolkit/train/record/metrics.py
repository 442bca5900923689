"""What a run tells of itself: progress to a listener, rows to ``metrics.jsonl`` and trackers."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from hrm_toolkit.core.errors import shorten
from hrm_toolkit.core.plain import open_plain, read_rows
from hrm_toolkit.train.progress import Counters, Progress

Listener = Callable[[Progress], None]


Row = Mapping[str, Any]


@runtime_checkable
class Tracker(Protocol):
    """Somewhere that the rows of a run go.

    Every row has ``event``, ``update`` and ``seconds``. After a resumption updates come again that
    were seen before: the later row is the one that counts.
    """

    name: str

    def start(self, out: Path, config: Mapping[str, Any], update: int) -> None:
        """Begin.

        Args:
            out: the run's folder.
            config: its recipe, as JSON can hold it.
            update: where it stands; more than 0 when it is resumed.
        """

    def metrics(self, row: Row) -> None:
        """Numbers: the row of an ``update`` or a ``validation``."""

    def event(self, row: Row) -> None:
        """What happened: a row of ``guard``, ``resume`` or ``warning``."""

    def finish(self) -> None:
        """The run's process is done with it; an interrupted run may be resumed later."""


class JsonLines:
    """Rows as JSON objects, one a line, appended as they come to ``metrics.jsonl``."""

    name = "metrics.jsonl"

    def __init__(self, path: Path) -> None:
        self.path = path

    def start(self, out: Path, config: Mapping[str, Any], update: int) -> None:
        """A run that was killed while it wrote must not spoil the next row."""
        # A rank that does not lead writes to nowhere, which is no file to mend.
        if not self.path.exists() or self.path == Path(os.devnull):
            return
        with open_plain(self.path) as rows:
            rows.seek(max(0, rows.seek(0, os.SEEK_END) - 1))
            whole = rows.read(1) == b"\n"
        if not whole:
            with self.path.open("ab") as file:
                file.write(b"\n")

    def metrics(self, row: Row) -> None:
        """Append one row."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(_plain(dict(row))) + "\n")

    def event(self, row: Row) -> None:
        """Append one row."""
        self.metrics(row)

    def finish(self) -> None:
        """Nothing is left open."""


class Metrics:
    """What a run tells, handed to ``metrics.jsonl`` and to other trackers.

    A tracker that fails is dropped, and a ``warning`` row says so: it never stops the training.

    Args:
        path: of ``metrics.jsonl``.
        counters: of the run, read at each row.
        trackers: others, told the same.
        config: the run's recipe, for them.
    """

    def __init__(
        self,
        path: Path,
        counters: Counters,
        trackers: Iterable[Tracker] = (),
        config: Mapping[str, Any] | None = None,
    ) -> None:
        self.path = path
        self.counters = counters
        self._lines = JsonLines(path)
        self._lines.start(path.parent, {}, counters.update)
        self._trackers = list(trackers)
        self._tell(lambda tracker: tracker.start(path.parent, config or {}, counters.update))

    def write(self, event: str, **row: Any) -> None:
        """Tell one row."""
        counters = self.counters
        head = {"event": event, "update": counters.update, "seconds": round(counters.seconds, 1)}
        whole = {**head, **row}
        if event in _NUMBERS:
            self._lines.metrics(whole)
            self._tell(lambda tracker: tracker.metrics(whole))
        else:
            self._lines.event(whole)
            self._tell(lambda tracker: tracker.event(whole))

    def close(self) -> None:
        """Let the trackers end what they keep open."""
        trackers, self._trackers = self._trackers, []
        self._warn(_failures(trackers, lambda tracker: tracker.finish()))

    def _tell(self, say: Callable[[Tracker], None]) -> None:
        failures = _failures(self._trackers, say)
        names = {name for name, _ in failures}
        self._trackers = [tracker for tracker in self._trackers if tracker.name not in names]
        self._warn(failures)

    def _warn(self, failures: Iterable[tuple[str, Exception]]) -> None:
        for name, error in failures:
            cause = shorten(f"{type(error).__name__}: {error}", 400)
            self.write("warning", cause=f"{name} is dropped: {cause}")


def _failures(
    trackers: Iterable[Tracker], say: Callable[[Tracker], None]
) -> list[tuple[str, Exception]]:
    """Say it to each; the names of those that failed, and how."""
    failures: list[tuple[str, Exception]] = []
    for tracker in trackers:
        try:
            # Trackers like to talk, and stdout is for results.
            with redirect_stdout(sys.stderr):
                say(tracker)
        except Exception as error:
            failures.append((tracker.name, error))
    return failures


_NUMBERS = ("update", "validation")


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
    rows, told = read_rows(path, limit), set[tuple[str, int]]()
    kept = []
    for row in reversed(rows):
        number = (str(row.get("event")), row["update"])
        # A run that is resumed at its end validates again.
        if number[0] not in _NUMBERS or number not in told:
            kept.append(row)
        told.add(number)
    return kept[::-1]
