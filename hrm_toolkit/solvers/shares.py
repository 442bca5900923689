"""How the time of a solve is shared, and whether a network can do anything within its share.

The network has the first half, search led by it half of what is then left, and exact search the
rest; each has what those before it did not need. A puzzle far beyond the sizes that a network is
known to solve goes to exact search at once where the network could not finish even half of its
segments within its share: it would take the time and the memory, and give nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from hrm_toolkit.core import Budget, InputError, Puzzle
from hrm_toolkit.solvers.inputs.keeping import SEGMENTS

if TYPE_CHECKING:
    from hrm_toolkit.solvers.attempt import Attempt
    from hrm_toolkit.solvers.proposer import Proposer
    from hrm_toolkit.solvers.solver import Solver

NETWORK_PART = 0.5
"""Of the time that there is, what the network may take before exact search has its turn."""

NETWORK_SECONDS = 5.0
"""What the network may take of a puzzle beyond its known sizes where nobody set a time."""

ATTEMPTS = {"neural": 2e11, "verified": 5e10}
"""Floating-point operations that further attempts at one puzzle may take unless their number is
said: about two seconds of a core with native code where the network is alone, and half a second
where search follows. A number of operations, not seconds, so that the same seed gives the same."""

MOST_ATTEMPTS = 128
"""Attempts at one puzzle unless their number is said."""

MOST_KEEPING = 640
"""Likewise, of attempts that keep a part of another."""

_LEAST = 1e8
"""What a segment counts as at least, see ``ATTEMPTS``: there is more to one than arithmetic."""

_READS = 3
"""To decode and check one answer costs about as much as to look so often at what is given."""


def known_length(solver: Solver) -> int:
    """The most tokens that a network was built for, or that its bundle tells a rate for."""
    built = 0 if solver.config is None else solver.config.longest or 0
    return max(built, solver.manifest.longest if solver.manifest else 0)


def attempts(proposer: Proposer, puzzle: Puzzle, segments: int, strategy: str) -> int:
    """How many attempts at a puzzle are made unless their number is said: those that cost little.

    Args:
        proposer: the network on its task.
        puzzle: one that the network can take.
        segments: the most of each attempt.
        strategy: ``neural`` or ``verified``.
    """
    if not (proposer.adapter.verifiable and proposer.runner.config.restarts_pay):
        return 1
    parts = proposer.adapter.parts(puzzle)
    places = sum(len(proposer.encode(part).places.position) for part in parts)
    most, least = MOST_ATTEMPTS, _LEAST
    if proposer.keeps:
        # Those that keep a part of another are short, and have about half of the places.
        segments, most, least = min(segments, SEGMENTS), MOST_KEEPING, least / 2
    each = segments * max(proposer.runner.operations(places), least)
    return 1 + min(int(ATTEMPTS[strategy] / each), most - 1)


def restarts(
    solver: Solver, puzzle: Puzzle, made: Sequence[Attempt], budget: Budget, strategy: str
) -> tuple[int, ...]:
    """The most attempts at each form of a puzzle, for each of the networks that vote: what costs
    one of them little can cost another much.

    Args:
        made: the first of each.
        budget: with its segments filled in.
    """
    # Search goes on from where the first walk was, which pays more than another walk.
    searched = strategy == "verified" and any(attempt.outlooks for attempt in made)
    found = []
    for number, voter in enumerate(solver.voters):
        # One that is solved action by action took more than an attempt's.
        taken = max((a.segments for a in made if a.voter == number), default=0)
        most = budget.restarts
        if not taken or (searched and not most):
            most = 1  # Without a segment the network cannot take it, and would refuse it again.
        segments = max(budget.segments, taken)
        found.append(most or attempts(voter.proposer(), puzzle, segments, strategy))
    return tuple(found)


class Reach(NamedTuple):
    """What a network can do for puzzles of some sizes.

    Attributes:
        proposer: the network on its task.
        known: tokens of the longest puzzles that it is known to solve.
        segments: the most of an attempt, or fewer where it was validated with fewer.
        said: whether somebody asked for so many, and not the network's own recipe.
        alone: whether nothing but the network is to be asked.
    """

    proposer: Proposer
    known: int
    segments: int
    said: bool
    alone: bool

    def too_far(self, puzzle: Puzzle, share: float, look: Callable[[bool], float]) -> str | None:
        """Why a puzzle is not for the network, or None.

        A puzzle of a known size is for it wherever one segment fits into its share.

        Args:
            puzzle: as given.
            share: seconds that the network has.
            look: seconds of this thread that the rules take to look at what is given; told
                whether a rough number will do.
        """
        parts = self.proposer.adapter.parts(puzzle)
        try:
            tokens = max(map(self.proposer.adapter.codec.length, parts))
            far = tokens > self.known and not self.alone
            if far and not self.said:
                share = min(share, NETWORK_SECONDS)
            if not math.isfinite(share):
                return None
            needed = max(self.segments // 2, 1) if far else 1
            most = share / needed
            seconds = self._seconds(tokens * len(parts))
            if far and seconds <= most:
                seconds += _READS * look(seconds > most / 4)
            if far and seconds <= most:
                # Only what may be in reach is looked at closely, which can be dear itself.
                seconds = max(seconds, self._seconds(self._places(parts)))
        except InputError:
            # The proposer says it better.
            return None
        return None if seconds <= most else self._why(tokens, needed, needed * seconds, share)

    def _why(self, tokens: int, needed: int, seconds: float, share: float) -> str:
        known = f", and the largest it is known to solve have {self.known:,}" if self.known else ""
        count = "a segment" if needed == 1 else f"{needed:,} of its {self.segments:,} segments"
        return (
            f"the network was not asked: the puzzle has {tokens:,} tokens{known}; "
            f"{count} would take it about {_round(seconds)} s, and its share is {_round(share)} s"
        )

    def _seconds(self, places: int) -> float:
        return self.proposer.runner.segment_seconds(places)

    def _places(self, parts: Sequence[Puzzle]) -> int:
        return sum(len(self.proposer.encode(part).places.position) for part in parts)


def _round(seconds: float) -> str:
    return f"{seconds:,.0f}" if seconds >= 10 else f"{seconds:.2g}"
