"""A solve of the network alone, watched segment by segment."""

from __future__ import annotations

from collections.abc import Iterator

from hrm_toolkit.core import Deadline, Puzzle, Segment, Stopwatch
from hrm_toolkit.solvers.attempt import settled
from hrm_toolkit.solvers.proposer import Proposer
from hrm_toolkit.solvers.runners.runner import Rolling, Row
from hrm_toolkit.solvers.spaces.outlooks import by_action
from hrm_toolkit.solvers.spaces.watched import actions_of


def segments_of(
    proposer: Proposer,
    puzzle: Puzzle,
    segments: int,
    *,
    stop: bool,
    seconds: float | None = None,
    states: bool = False,
) -> Iterator[Segment]:
    """The answer as it stands after each segment; of a task that is solved action by action, the
    plan so far after each action.

    Each part of a task goes through the network beside the others of its shape; an answer that the
    rules are asked about is joined from all of them.

    Args:
        proposer: the network on its task.
        puzzle: what to run it on.
        segments: the most, of each action where there are several.
        stop: end at the first answer that the rules have nothing to add to.
        seconds: the most wall-clock time; as long as the longest segment so far must be left.
        states: keep the states of each cycle in the segments.

    Raises:
        InputError: for a puzzle that the network cannot take.
        OptionError: when the states of all segments would not fit into memory.
    """
    if by_action(proposer.adapter, puzzle):
        yield from actions_of(proposer, puzzle, segments, seconds=seconds, states=states)
        return
    deadline, longest, watch = Deadline.after(seconds), 0.0, Stopwatch()
    parts = proposer.adapter.parts(puzzle)
    batches: dict[tuple[int, int], Rolling[int]] = {}
    for place, part in enumerate(parts):
        encoded = proposer.encode(part)
        key = proposer.runner.shape_class(encoded)
        batch = batches.setdefault(key, proposer.runner.rolling())
        batch.add([(place, encoded)])
    if states:
        each = sum(batch.state_bytes for batch in batches.values())
        proposer.runner.require_room(segments, each)
    for index in range(1, segments + 1):
        if deadline.over or deadline.left < longest:
            return
        taken = Stopwatch()
        rows: dict[int, Row[int]] = {
            row.key: row for batch in batches.values() for row in batch.advance(states=states)
        }
        attempts = [proposer.read(part, rows[place]) for place, part in enumerate(parts)]
        attempt = proposer.joined(puzzle, attempts)
        verdict = attempt.verdict
        if not proposer.adapter.verifiable and attempt.answer is not None:
            verdict = proposer.adapter.rules.check(puzzle, attempt.answer)
        longest = max(longest, taken.seconds)
        certainty = attempt.certainty if len(parts) == 1 else attempt.certainty.alone
        kept = tuple(rows[place].states for place in range(len(parts)))
        segment = Segment(
            index=index,
            total=segments,
            halt=attempt.halt,
            answer=attempt.answer,
            verdict=verdict,
            confidence=certainty.confidence,
            filled=certainty.filled,
            sure=certainty.sure,
            hints=certainty.hints,
            seconds=watch.seconds,
        )
        yield segment.kept(tuple(own for own in kept if own is not None))
        if stop and settled(verdict):
            return
