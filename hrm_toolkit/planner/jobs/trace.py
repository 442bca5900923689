"""What each segment of a puzzle's solve said, kept within bounds."""

from __future__ import annotations

import json
from typing import Any

from hrm_toolkit.planner.jobs.solve import Progress
from hrm_toolkit.planner.limits import MOST_TRACE

MOST_SEGMENTS = 64
FEWEST_SEGMENTS = 4
_MOST_ANSWER = 16_384


class Trace:
    """The segments of one puzzle's solve; where there are too many, evenly spread ones.

    The latest is always there. One thread adds, any may look.

    Args:
        share: the part of the bounds that it may use, 0 to 1: the puzzles of a job share them.

    Example:
        >>> trace = Trace()
        >>> for segment in range(1, 201):
        ...     trace.add(Progress(job="a", segment=segment, segments=200, halt=0.5, filled=9,
        ...                        violations=0, elapsed=1.0))
        >>> [entry["segment"] for entry in trace.entries()][:3], len(trace.entries())
        ([1, 5, 9], 51)
    """

    def __init__(self, share: float = 1.0) -> None:
        self._most = max(int(MOST_SEGMENTS * share), FEWEST_SEGMENTS)
        self._characters = int(MOST_TRACE * share)
        self._most_answer = min(_MOST_ANSWER, self._characters // 2)
        self._lines: list[str] = []
        self._latest: str | None = None
        self._seen, self._stride = 0, 1

    def add(self, progress: Progress) -> None:
        """Note a segment."""
        answer = None if progress.answer is None else progress.answer.model_dump_json()
        if answer is None or len(answer) > self._most_answer:
            answer = "null"
        numbers = progress.model_dump_json(exclude={"job"})
        line = f'{numbers[:-1]},"answer":{answer}}}'
        if self._seen % self._stride == 0:
            # Replaced, never changed: others look at it meanwhile.
            self._lines = [*self._lines, line]
        self._latest = line
        self._seen += 1
        while self._too_much():
            self._lines, self._stride = self._lines[::2], 2 * self._stride

    def _too_much(self) -> bool:
        if len(self._lines) < 2:
            return False
        return len(self._lines) > self._most or sum(map(len, self._lines)) > self._characters

    def entries(self) -> list[dict[str, Any]]:
        """The segments as JSON values.

        Each has ``segment`` (over all attempts, from 1), ``segments``, ``halt``, ``filled``,
        ``violations``, ``elapsed`` and ``answer``: as it stood then, where the network was asked
        for the puzzle as given and not for a symmetry of it, and where it is not too long.
        """
        lines, latest = self._lines, self._latest
        if latest is not None and lines[-1] is not latest:
            lines = [*lines, latest]
        return [json.loads(line) for line in lines]
