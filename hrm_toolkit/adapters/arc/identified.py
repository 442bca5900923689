"""ARC for networks that have learned an embedding for each task, as published ones do.

Such a network never reads a task's demonstrations: the rule lies in the embedding of the task's
identifier. What it has no embedding for, it cannot solve.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from hrm_toolkit.adapters.arc.adapter import ArcAdapter, ArcSymmetry
from hrm_toolkit.adapters.arc.editions import digest
from hrm_toolkit.adapters.arc.rules import ArcAnswer, ArcPuzzle
from hrm_toolkit.adapters.arc.search import SIDE
from hrm_toolkit.adapters.arc.variants import parse_name
from hrm_toolkit.adapters.grid import coordinates
from hrm_toolkit.core import Identifiers, Identity, Structure, Symmetry

UNKNOWN = (
    "the network has learned no embedding for this task, so what it says of it is chance: train "
    "on a folder that has the task's demonstrations"
)


class IdentifiedArc(ArcAdapter):
    """ARC with a puzzle embedding for each task and each of its variants.

    A task is found by its name, or else by its demonstrations: each must be one of a task that is
    known. The symmetries of a task are its variants that have embeddings of their own. Test inputs
    are asked one by one.

    Args:
        identifiers: of the embedding's rows.

    Example:
        >>> known = IdentifiedArc(Identifiers(names=("<blank>", "a", "a|||t4|||0213456789")))
        >>> task = ArcPuzzle(name="a", train=[{"input": [[1]], "output": [[2]]}],
        ...                  test=[{"input": [[1, 0]]}])
        >>> other = known.symmetry(task, np.random.default_rng(0)).apply(task)
        >>> known.identify(task), known.identify(other), other.test[0].input
        (1, 2, ((0, 2),))
    """

    def __init__(self, identifiers: Identifiers) -> None:
        self.identifiers: Identifiers = identifiers
        self._rows = {name: row for row, name in enumerate(identifiers.names)}

    def identify(self, puzzle: ArcPuzzle) -> int:
        named = self._rows.get(puzzle.name or "", 0)
        if named:
            return named
        shown = (self.identifiers.shown.get(digest(p.input, p.output), ()) for p in puzzle.train)
        return min(set.intersection(*map(set, shown)), default=0)

    def symmetry(
        self, puzzle: ArcPuzzle, rng: np.random.Generator
    ) -> Symmetry[ArcPuzzle, ArcAnswer]:
        """The variant of one of the task's other rows; nothing where there are none."""
        rows = self._variants.get(self.identify(puzzle), ())
        if not rows:
            return Identity()
        name = self.identifiers.names[rows[rng.integers(len(rows))]]
        done = parse_name(name)[1]
        return NamedSymmetry(done.move, done.colours, name, puzzle.name)

    @cached_property
    def _variants(self) -> dict[int, list[int]]:
        """Rows of the variants of each task, by the task's row."""
        found: dict[int, list[int]] = {}
        for row, name in enumerate(self.identifiers.names):
            task = parse_name(name)[0]
            if task != name and task in self._rows:
                found.setdefault(self._rows[task], []).append(row)
        return found

    def learned(self, puzzle: ArcPuzzle) -> bool:
        """Whether a test's pair was shown, or the task of this name with pairs of another edition.

        That demonstrations were shown is no leak: without them it has no embedding for the task.
        """
        shown = self.identifiers.shown
        if any(t.output and digest(t.input, t.output) in shown for t in puzzle.test):
            return True
        row = self._rows.get(puzzle.name or "", 0)
        demonstrations = {digest(pair.input, pair.output) for pair in puzzle.train}
        return bool(row) and bool(self._shown_of.get(row, set()) - demonstrations)

    @cached_property
    def _shown_of(self) -> dict[int, set[str]]:
        """Digests of what was shown of each task, by its row."""
        found: dict[int, set[str]] = {}
        for pair, rows in self.identifiers.shown.items():
            for row in rows:
                found.setdefault(row, set()).add(pair)
        return found

    def structure(self, puzzle: ArcPuzzle) -> Structure:
        """Places alone, which is all that networks with embeddings read."""
        return places(len(puzzle.test))

    def parts(self, puzzle: ArcPuzzle) -> Sequence[ArcPuzzle]:
        return [puzzle.model_copy(update={"test": (test,)}) for test in puzzle.test]

    def join(self, puzzle: ArcPuzzle, answers: Sequence[ArcAnswer | None]) -> ArcAnswer | None:
        if not any(answers):
            return None
        return ArcAnswer(attempts=tuple(a.attempts[0] if a else () for a in answers))

    def notes(self, puzzle: ArcPuzzle) -> tuple[str, ...]:
        return () if self.identify(puzzle) else (UNKNOWN,)


@dataclass(frozen=True)
class NamedSymmetry(ArcSymmetry):
    """What makes a variant of a task, its name too."""

    name: str
    original: str | None

    def apply(self, puzzle: ArcPuzzle) -> ArcPuzzle:
        return super().apply(puzzle).model_copy(update={"name": self.name})

    def undo(self, puzzle: ArcPuzzle) -> ArcPuzzle:
        return super().undo(puzzle).model_copy(update={"name": self.original})


@lru_cache(maxsize=8)
def places(tests: int) -> Structure:
    """Row and column of each of the tokens of some test inputs."""
    return Structure(coordinates=np.tile(coordinates(SIDE, SIDE), (tests, 1)))
