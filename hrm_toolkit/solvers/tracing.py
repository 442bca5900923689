"""A solve of the network alone, watched segment by segment."""

from __future__ import annotations

import time
from collections.abc import Iterator

from hrm_toolkit.core import Puzzle, Segment
from hrm_toolkit.solvers.attempts import Proposer, settled
from hrm_toolkit.solvers.halting import Rolling, Row, shape_class
from hrm_toolkit.solvers.shares import Clock


def segments_of(
    proposer: Proposer, puzzle: Puzzle, segments: int, *, stop: bool, seconds: float | None = None
) -> Iterator[Segment]:
    """The answer as it stands after each segment.

    Each part of a task goes through the network beside the others of its shape; an answer that the
    rules are asked about is joined from all of them.

    Args:
        proposer: the network on its task.
        puzzle: what to run it on.
        segments: the most.
        stop: end at the first answer that the rules have nothing to add to.
        seconds: the most wall-clock time; as long as the longest segment so far must be left.

    Raises:
        InputError: for a puzzle that the network cannot take.
    """
    clock, longest = Clock.of(seconds), 0.0
    parts = proposer.adapter.parts(puzzle)
    batches: dict[tuple[int, int], Rolling[int]] = {}
    for place, part in enumerate(parts):
        encoded = proposer.encode(part)
        key = shape_class(encoded, proposer.network)
        batch = batches.setdefault(key, Rolling(proposer.network, proposer.device))
        batch.add([(place, encoded)])
    for index in range(1, segments + 1):
        if clock.over or clock.left < longest:
            return
        began = time.perf_counter()
        rows: dict[int, Row[int]] = {
            row.key: row for batch in batches.values() for row in batch.advance()
        }
        attempts = [proposer.read(part, rows[place]) for place, part in enumerate(parts)]
        attempt = proposer.joined(puzzle, attempts)
        verdict = attempt.verdict
        if not proposer.adapter.verifiable and attempt.answer is not None:
            verdict = proposer.adapter.rules.check(puzzle, attempt.answer)
        longest = max(longest, time.perf_counter() - began)
        confidence = 0.0
        if attempt.probabilities is not None:
            confidence = float(attempt.probabilities.max(1).mean())
        yield Segment(
            index=index,
            total=segments,
            halt=attempt.halt,
            answer=attempt.answer,
            verdict=verdict,
            confidence=confidence,
        )
        if stop and settled(verdict):
            return
