"""Further attempts at a puzzle that keep a part of the best answer before.

What a network got wrong is often a small part of its answer. An attempt that is given most of the
rest, and begins from noise where it is not, is both likelier to be right and cheaper than one that
begins anew: with what it is given, few places are open. A network must have been trained to go on
from parts of an answer, see ``NetworkConfig.given``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from hrm_toolkit.core import Structure, Tokens, Verdict
from hrm_toolkit.core.codec import Positions
from hrm_toolkit.core.rules import Place

SEGMENTS = 6
"""Of an attempt that keeps a part of another: what it can set right it does soon."""
_AROUND, _AT_WRONG = 0.5, 0.8
"""Attempts that keep all but a neighbourhood, and those of them that have it at something wrong."""
_NEAR, _FAR = 3, 6
"""Steps from its middle to its edge, at the least and at the most."""
_LEAST, _MOST = 0.3, 0.95
"""Shares of the open positions that are kept."""
_REACH = 2
"""Steps from what the rules complain of within which nothing is kept, at the most."""
_PATIENCE = 25
"""Attempts in a row that made nothing better, after which one begins anew."""


def open_positions(structure: Structure) -> Positions:
    """Positions of which more than one symbol is allowed, ascending; none where nothing is told.

    Example:
        >>> allowed = np.array([[True, False], [True, True]])
        >>> open_positions(Structure(symbols=np.array([1, 2], np.int32), allowed=allowed)).tolist()
        [1]
    """
    if structure.allowed is None:
        return np.zeros(0, np.intp)
    return np.flatnonzero(structure.allowed.sum(1) > 1)


@dataclass
class Chain:
    """Attempts at one puzzle, of which each keeps a part of the best so far.

    Attributes:
        answer: output tokens of the best, shape (L,), None as long as there is none.
        verdict: what the rules say of it.
        idle: attempts since one was better.
    """

    answer: Tokens | None = None
    verdict: Verdict | None = None
    idle: int = 0

    def take(self, answer: Tokens, verdict: Verdict) -> None:
        """Go on from an attempt if it is no worse: the fewer rules it breaks, the better."""
        before = None if self.verdict is None else len(self.verdict.violations)
        now = len(verdict.violations)
        self.idle = 0 if before is None or now < before else self.idle + 1
        if before is None or now <= before:
            self.answer, self.verdict = answer, verdict

    def begin(self) -> bool:
        """Whether the next attempt begins anew, as the first does and one after many in vain."""
        if self.idle > _PATIENCE:
            self.answer = self.verdict = None
            self.idle = 0
        return self.answer is None

    def kept(
        self, structure: Structure, places: Sequence[Place], rng: np.random.Generator
    ) -> Positions:
        """Positions of which the next attempt keeps the best answer.

        In half of the attempts all but one neighbourhood, most often around something that the
        rules complain of; else a share that is drawn of all that are open, and none near what the
        rules complain of.

        Args:
            structure: of the puzzle.
            places: of its positions, as violations say them; maybe none.
        """
        at = open_positions(structure)
        found = () if self.verdict is None else self.verdict.violations
        named = {place for violation in found for place in violation.places}
        wrong = [k for k, place in enumerate(places) if place in named]
        if len(at) and len(places) and rng.random() < _AROUND:
            ends = wrong if wrong and rng.random() < _AT_WRONG else at.tolist()
            reach = int(rng.integers(_NEAR, _FAR + 1))
            return _away(at, places, [ends[int(rng.integers(len(ends)))]], reach)
        share = _LEAST + (_MOST - _LEAST) * rng.random()
        at = at[rng.random(len(at)) < share]
        return _away(at, places, wrong, int(rng.integers(1, _REACH + 1)))


def _away(at: Positions, places: Sequence[Place], ends: Sequence[int], reach: int) -> Positions:
    """Positions that are more than so many steps along rows and columns from each of ``ends``."""
    near = {place for end in ends for place in _around(places[end], reach)}
    return at[[places[k] not in near for k in at.tolist()]] if near else at


def _around(place: Place, reach: int) -> Iterator[Place]:
    """The cells within so many steps of one; of what is no row and column, itself alone."""
    match place:
        case (int(row), int(column)):
            for down in range(-reach, reach + 1):
                right = reach - abs(down)
                for across in range(-right, right + 1):
                    yield row + down, column + across
        case _:
            yield place
