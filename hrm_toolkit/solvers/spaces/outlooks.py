"""What a network says of states of a task that is solved action by action."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from hrm_toolkit.core import Adapter, AnyAdapter, Deadline, InputError, Puzzle
from hrm_toolkit.solvers.attempt import Attempt, Outlook, no_answer
from hrm_toolkit.solvers.runners.runner import Restart

if TYPE_CHECKING:
    from hrm_toolkit.solvers.proposer import Proposer, Run


def by_action(adapter: AnyAdapter, puzzle: Puzzle) -> bool:
    """Whether a task is solved action by action: it says what puzzle begins at a state."""
    if type(adapter).onward is Adapter.onward:
        return False
    return adapter.onward(puzzle, adapter.rules.initial(puzzle)) is not None


@dataclass(frozen=True, eq=False)
class Question:
    """A state about which a network is asked.

    Attributes:
        puzzle: whose.
        state: of the rules.
        meanwhile: what those who watch are told as long as the network computes.
    """

    puzzle: Puzzle
    state: Any
    meanwhile: Attempt

    def left(self, adapter: AnyAdapter) -> Puzzle:
        """The puzzle that begins at the state."""
        return cast(Puzzle, adapter.onward(self.puzzle, self.state))


def ask(
    proposer: Proposer,
    questions: Sequence[Question],
    *,
    segments: int,
    deadline: Deadline,
    restart: Restart | None = None,
) -> list[tuple[Outlook | None, Attempt]]:
    """Ask about states side by side; each call halts by the network's own estimate.

    Args:
        segments: the most of each call.
        deadline: when to stop; what was not asked then has no outlook and no segments.

    Returns:
        For each state the outlook, None where the network cannot take it, and the call.
    """
    adapter = proposer.adapter
    runs: dict[int, Run] = {}
    refused: dict[int, Attempt] = {}
    for place, question in enumerate(questions):
        left = question.left(adapter)
        try:
            encoded = proposer.encode(left)
        except InputError as error:
            refused[place] = Attempt(verdict=no_answer(error))
            continue
        runs[place] = proposer.run(left, encoded, segments, False, restart)
        runs[place].meanwhile = question.meanwhile
    proposer.advance(list(runs.values()), deadline)
    said = list[tuple[Outlook | None, Attempt]]()
    for place, question in enumerate(questions):
        if place in refused:
            said.append((None, refused[place]))
            continue
        run = runs[place]
        run.read()
        said.append((outlook_of(adapter, run.puzzle, question.state, run.attempt), run.attempt))
    return said


def outlook_of(adapter: AnyAdapter, left: Puzzle, state: Any, attempt: Attempt) -> Outlook | None:
    """What a call says of the state in which a puzzle begins; None where it said nothing."""
    said = attempt.probabilities
    if said is None:
        return None
    codec = adapter.codec
    chances = {a: codec.preference(left, state, a, said) for a in adapter.rules.actions(state)}
    return Outlook(chances, codec.togo(left, said))
