"""ARC: infer a rule from a few demonstrations and apply it to test inputs."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from hrm_toolkit.adapters.arc import scene
from hrm_toolkit.adapters.arc.answers import coerce_attempts, parse_attempts
from hrm_toolkit.adapters.arc.codec import FIRST, ArcCodec, places
from hrm_toolkit.adapters.arc.editions import digest, marks
from hrm_toolkit.adapters.arc.generate import STEPS, draw_task
from hrm_toolkit.adapters.arc.published.variants import parse_name
from hrm_toolkit.adapters.arc.rules import (
    ATTEMPTS,
    ArcAnswer,
    ArcPair,
    ArcPuzzle,
    ArcRules,
    ArcTest,
    Grid,
    candidates,
)
from hrm_toolkit.adapters.arc.search import COLOURS, SIDE
from hrm_toolkit.adapters.arc.symmetry import ArcSymmetry, NamedSymmetry
from hrm_toolkit.adapters.arc.text import from_json, parse_task, render_task
from hrm_toolkit.adapters.grid import Dihedral, coordinates, neighbours
from hrm_toolkit.core import (
    Adapter,
    Deadline,
    Exact,
    Example,
    Identifiers,
    Identity,
    OptionError,
    Size,
    Structure,
    Symmetry,
    WrongAnswer,
)
from hrm_toolkit.core.files import Form
from hrm_toolkit.core.scene import Mark, Scene

if TYPE_CHECKING:
    from hrm_toolkit.adapters.arc.published.layout import ArcLayout
    from hrm_toolkit.core.structure import Lessons


UNKNOWN = (
    "the network has learned no embedding for this task, so what it says of it is chance: train "
    "on a folder that has the task's demonstrations"
)
"""What is said of a task whose identifier has no embedding of its own."""


class ArcAdapter(Adapter[ArcPuzzle, ArcAnswer]):
    """ARC tasks, read from files or made up; the exact oracle is a search for short programs.

    A size is the longest side of a made-up task's inputs, 3 to 15.
    """

    task: ClassVar[str] = "arc"
    title: ClassVar[str] = "ARC"
    summary: ClassVar[str] = "infer a grid transformation from demonstrations and apply it"
    puzzle_type = ArcPuzzle
    answer_type = ArcAnswer
    rules = ArcRules()
    codec = ArcCodec()
    difficulties: ClassVar[tuple[str, ...]] = tuple(STEPS)
    default_sizes: ClassVar[tuple[Size, ...]] = (5, 8, 10)
    relations: ClassVar[tuple[str, ...]] = ("north", "south", "east", "west")

    def generate(
        self,
        rng: np.random.Generator,
        *,
        size: Size | None = None,
        difficulty: str | None = None,
    ) -> Example[ArcPuzzle, ArcAnswer]:
        self.require_difficulty(difficulty)
        side = self.default_sizes[rng.integers(len(self.default_sizes))] if size is None else size
        if not isinstance(side, int) or not 3 <= side <= 15:
            raise OptionError("no tasks are made in this size", expected="3 to 15", got=size)
        name = difficulty or str(rng.choice(self.difficulties))
        return dataclasses.replace(draw_task(rng, side, name), difficulty=name, size=side)

    def render(self, puzzle: ArcPuzzle, answer: ArcAnswer | None = None) -> str:
        return render_task(puzzle, answer)

    def scene(self, puzzle: ArcPuzzle, answer: ArcAnswer | None = None) -> Scene:
        return scene.draw(puzzle, answer)

    def marks(self, text: str) -> Sequence[Mark]:
        return scene.marks(text)

    def parse(self, text: str) -> ArcPuzzle:
        return parse_task(text)

    def coerce(self, value: Any) -> ArcPuzzle:
        return from_json(value) if isinstance(value, dict) else super().coerce(value)

    def parse_answer(self, puzzle: ArcPuzzle, text: str) -> ArcAnswer:
        return parse_attempts(puzzle, text)

    def coerce_answer(self, puzzle: ArcPuzzle, value: Any) -> ArcAnswer:
        if isinstance(value, dict | list):
            return coerce_attempts(puzzle, value)
        return super().coerce_answer(puzzle, value)

    def forms(self) -> Sequence[Form]:
        from hrm_toolkit.adapters.arc.files import FORMS

        return FORMS

    def layout(self) -> ArcLayout:
        from hrm_toolkit.adapters.arc.published.layout import ArcLayout

        return ArcLayout(self)

    def shown(self, puzzle: ArcPuzzle) -> ArcPuzzle:
        """Without the known outputs of its tests."""
        tests = tuple(ArcTest.model_construct(input=test.input) for test in puzzle.test)
        return puzzle.model_copy(update={"test": tests})

    def partial(self, puzzle: ArcPuzzle) -> ArcAnswer:
        return ArcAnswer(attempts=((),) * len(puzzle.test))

    def symmetry(
        self, puzzle: ArcPuzzle, rng: np.random.Generator
    ) -> Symmetry[ArcPuzzle, ArcAnswer]:
        return ArcSymmetry(Dihedral.draw(rng), (0, *(rng.permutation(COLOURS - 1) + 1).tolist()))

    def canonical(self, puzzle: ArcPuzzle) -> str:
        """The least of the eight moves, colours numbered as they appear; the name is no part."""
        return min(_described(puzzle, move) for move in Dihedral.all())

    def kin(self, puzzle: ArcPuzzle, *, asked: bool = False) -> frozenset[str]:
        return marks(puzzle, asked=asked)

    def structure(self, puzzle: ArcPuzzle) -> Structure:
        return _structure(len(puzzle.test))

    def lessons(self, puzzle: ArcPuzzle) -> Lessons[ArcAnswer]:
        from hrm_toolkit.adapters.arc.alone import ArcLessons

        return ArcLessons.of(puzzle)

    def submission(self, answers: Sequence[tuple[ArcPuzzle, ArcAnswer]]) -> bytes:
        from hrm_toolkit.adapters.arc.files.tasks import submission_text

        return submission_text(answers).encode()

    def identified(self, identifiers: Identifiers) -> ArcAdapter:
        return IdentifiedArc(identifiers)

    def exact(self, puzzle: ArcPuzzle, *, seconds: float = 10.0) -> Exact[ArcAnswer]:
        """Attempts by the shortest programs that reproduce every demonstration.

        Chains of two operations, and of three where those give nothing for some test input. That
        a program fits the demonstrations does not make it the right one: only known outputs can
        tell. That none fits proves nothing.
        """
        deadline = Deadline.after(seconds)
        found, tried = candidates(puzzle, seconds=seconds)
        if not all(found) and not deadline.over:
            found, more = candidates(puzzle, depth=3, seconds=deadline.left)
            tried += more
        attempts = tuple(grids[:ATTEMPTS] for grids in found)
        return Exact(ArcAnswer(attempts=attempts) if any(found) else None, nodes=tried)

    def wrong_answers(self) -> Sequence[WrongAnswer[ArcPuzzle, ArcAnswer]]:
        shown = ArcPair(input=((1, 0),), output=((0, 1),))
        known = ArcPuzzle(train=(shown,), test=(ArcTest(input=((2, 0),), output=((0, 2),)),))
        unknown = ArcPuzzle(train=(shown,), test=(ArcTest(input=((2, 0),)),))
        copy, right, tall = ((2, 0),), ((0, 2),), ((0,), (2,))
        cases: tuple[tuple[ArcPuzzle, tuple[tuple[Grid, ...], ...], str], ...] = (
            (known, ((copy,),), "row 1 column 1 is not 2, and 1 more cells are wrong"),
            (known, ((copy, tall),), "test 1 attempt 2 is 2 x 1, and the output is 1 x 2"),
            (known, ((right,), (right,)), "attempts for 2 test inputs, and the task has 1"),
            (known, ((),), "test 1 has no attempt"),
            (unknown, ((right,),), "test 1 has no known output"),
        )
        return [WrongAnswer(p, ArcAnswer(attempts=a), says) for p, a, says in cases]


def _described(puzzle: ArcPuzzle, move: Dihedral) -> str:
    """A digest of all grids, moved, with colours numbered in order of appearance."""
    pairs: tuple[ArcPair | ArcTest, ...] = (*puzzle.train, *puzzle.test)
    shown = [grid for pair in pairs for grid in (pair.input, pair.output)]
    names = {0: 0}
    digest = hashlib.sha256(bytes([len(puzzle.train), len(puzzle.test)]))
    for grid in shown:
        moved = () if grid is None else move.table(grid)
        digest.update(bytes([len(moved), len(moved[0]) if moved else 0]))
        for row in moved:
            digest.update(bytes(names.setdefault(colour, len(names)) for colour in row))
    return digest.hexdigest()


@lru_cache(maxsize=8)
def _structure(tests: int) -> Structure:
    """Neighbours within each 30 x 30 part, and each position's row and column there."""
    relations = neighbours(np.ones((tests, SIDE, SIDE), np.bool_))
    symbols = np.arange(FIRST + 1, FIRST + COLOURS, dtype=np.int32)
    return Structure(relations, symbols, np.tile(coordinates(SIDE, SIDE), (tests, 1)))


class IdentifiedArc(ArcAdapter):
    """ARC with a puzzle embedding for each task and each of its variants, as published ones have.

    Such a network never reads a task's demonstrations: the rule lies in the embedding of the
    task's identifier. What it has no embedding for, it cannot solve.

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
