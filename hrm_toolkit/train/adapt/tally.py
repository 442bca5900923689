"""The count of votes: solutions by question, and the demonstrations that voters reproduced."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from hrm_toolkit.core.structure import Lessons
from hrm_toolkit.train.adapt.member import Ballot, Plan


class Tally:
    """Votes of networks on what a puzzle asks, and what they make of its demonstrations.

    Args:
        lessons: of the puzzle.
    """

    def __init__(self, lessons: Lessons[Any]) -> None:
        self._lessons = lessons
        self._questions: list[Ballot] = [{} for _ in range(lessons.questions)]
        self._seen: list[Ballot] = [{} for _ in range(lessons.demonstrations)]
        self._unseen: list[Ballot] = [{} for _ in range(lessons.demonstrations)]
        self.voters = 0

    def add(self, plan: Plan, ballots: Sequence[Ballot]) -> None:
        """Count a voter.

        Args:
            plan: of the voter.
            ballots: on the demonstration that it was not shown, or on each where it was shown all;
                then on each question.
        """
        about = self._seen if plan.held is None else [self._unseen[plan.held]]
        counted = zip([*about, *self._questions], ballots, strict=True)
        for kept, ballot in counted:
            for said, share in ballot.items():
                kept[said] = kept.get(said, 0.0) + plan.weight * share
        self.voters += 1

    def ranked(self, question: int) -> list[tuple[Hashable, float]]:
        """Solutions with their shares of all votes, 0 to 1, most first.

        What stands for no solution takes its share and is none.
        """
        ballot = self._questions[question]
        whole = sum(ballot.values()) or 1.0
        return [(said, n / whole) for said, n in _most_first(ballot) if said is not None]

    @property
    def seen(self) -> int:
        """Demonstrations that most votes of networks that were shown them reproduce."""
        return self._right(self._seen)

    @property
    def unseen(self) -> int:
        """Demonstrations that most votes of networks that were not shown them reproduce."""
        return self._right(self._unseen)

    def _right(self, ballots: Sequence[Ballot]) -> int:
        return sum(
            bool(ballot) and _most_first(ballot)[0][0] == self._lessons.solution(number)
            for number, ballot in enumerate(ballots)
        )


def _most_first(ballot: Ballot) -> list[tuple[Hashable, float]]:
    """Solutions with their votes; of equal ones the first said goes first."""
    return sorted(ballot.items(), key=lambda said: -said[1])
