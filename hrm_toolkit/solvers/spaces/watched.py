"""A walk that is watched, action by action."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from hrm_toolkit.core import Deadline, Puzzle, Segment, States, Stopwatch, Verdict
from hrm_toolkit.solvers.attempt import NO_ANSWER, Attempt
from hrm_toolkit.solvers.runners.runner import Rolling
from hrm_toolkit.solvers.spaces.outlooks import outlook_of
from hrm_toolkit.solvers.spaces.walk import Walk

if TYPE_CHECKING:
    from hrm_toolkit.solvers.proposer import Proposer


def actions_of(
    proposer: Proposer,
    puzzle: Puzzle,
    segments: int,
    *,
    seconds: float | None = None,
    states: bool = False,
) -> Iterator[Segment]:
    """The plan so far after each action of the network's walk; one alone where none is needed.

    Args:
        proposer: the network on a task that is solved action by action.
        puzzle: where the walk begins.
        segments: the most of each call of the network.
        seconds: the most wall-clock time.
        states: keep the states of each cycle, of the last segment of each call.

    Raises:
        InputError: for a puzzle that the network cannot take.
        OptionError: when the states of a call would not fit into memory.
    """
    deadline, watch = Deadline.after(seconds), Stopwatch()
    walk = Walk(proposer.adapter, puzzle)
    said, kept = Attempt(), None
    index = 0
    while not deadline.over and (index == 0 or not walk.over):
        index += 1
        if not walk.over:
            said, kept = _called(proposer, walk, segments, states)
        answer = walk.plan
        verdict = _verdict(proposer, puzzle, walk)
        confidence, filled, *_ = said.certainty
        segment = Segment(
            index=index,
            total=max(index, walk.expected),
            halt=said.halt,
            answer=answer,
            verdict=verdict,
            confidence=confidence,
            filled=filled,
            seconds=watch.seconds,
        )
        yield segment.kept(() if kept is None else (kept,))


def _called(
    proposer: Proposer, walk: Walk, segments: int, states: bool
) -> tuple[Attempt, States | None]:
    """One call of the network, by which the walk goes on."""
    from hrm_toolkit.solvers.attempt import told

    left = walk.question.left(proposer.adapter)
    rolling: Rolling[Any] = proposer.runner.rolling()
    rolling.add([(0, proposer.encode(left))])
    if states:
        proposer.runner.require_room(1, rolling.state_bytes)
    row = rolling.advance(states=states)[0]
    while row.segment < segments and not row.wants_halt:
        row = rolling.advance(states=states)[0]
    said = Attempt(**told(row))
    walk.take(outlook_of(proposer.adapter, left, walk.state, said), said)
    return said, row.states


def _verdict(proposer: Proposer, puzzle: Puzzle, walk: Walk) -> Verdict:
    answer = walk.plan
    return NO_ANSWER if answer is None else proposer.adapter.rules.check(puzzle, answer)
