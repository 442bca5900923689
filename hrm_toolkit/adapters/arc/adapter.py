"""ARC: infer a rule from a few demonstrations and apply it to test inputs."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from hrm_toolkit.adapters.arc import scene
from hrm_toolkit.adapters.arc.answers import coerce_attempts, parse_attempts
from hrm_toolkit.adapters.arc.editions import marks
from hrm_toolkit.adapters.arc.generate import STEPS, draw_task
from hrm_toolkit.adapters.arc.operations import Array
from hrm_toolkit.adapters.arc.rules import (
    ATTEMPTS,
    ArcAnswer,
    ArcPair,
    ArcPuzzle,
    ArcRules,
    ArcState,
    ArcTest,
    Grid,
    array,
    candidates,
    to_grid,
)
from hrm_toolkit.adapters.arc.search import COLOURS, SIDE
from hrm_toolkit.adapters.arc.text import from_json, parse_task, render_task
from hrm_toolkit.adapters.grid import Dihedral, coordinates, neighbours
from hrm_toolkit.core import (
    Adapter,
    Codec,
    Deadline,
    Exact,
    Example,
    Identifiers,
    OptionError,
    Probabilities,
    Size,
    Structure,
    Symmetry,
    Tokens,
    TokenSpec,
    WrongAnswer,
)
from hrm_toolkit.core.files import Form
from hrm_toolkit.core.scene import Mark, Scene

if TYPE_CHECKING:
    from hrm_toolkit.adapters.arc.published.layout import ArcLayout
    from hrm_toolkit.core.structure import Lessons

END, FIRST = 1, 2
CELLS = SIDE * SIDE


class ArcCodec(Codec[ArcPuzzle, ArcAnswer]):
    """30 x 30 tokens a test input: colour + 2, and an end marker along the grid's edges.

    The marker (1) stands just below the grid and just right of it, the corner stays empty, as in
    the published datasets. Demonstrations do not enter the tokens: there, the rule lives in an
    embedding that the network learns for the task.
    """

    spec = TokenSpec(vocabulary=("<pad>", "<eos>", *map(str, range(COLOURS))))

    def encode(self, puzzle: ArcPuzzle) -> Tokens:
        return np.concatenate([to_tokens(test.input) for test in puzzle.test])

    def labels(self, puzzle: ArcPuzzle, answer: ArcAnswer) -> Tokens:
        """The known output, or where there is none the first attempt, or nothing (0)."""
        parts = []
        for test, attempts in zip(puzzle.test, answer.attempts, strict=True):
            shown = test.output or next(iter(attempts), None)
            parts.append(np.zeros(CELLS, np.int32) if shown is None else to_tokens(shown))
        return np.concatenate(parts)

    def decode(self, puzzle: ArcPuzzle, tokens: Tokens) -> ArcAnswer:
        grids = map(from_tokens, tokens.reshape(-1, CELLS))
        return ArcAnswer(attempts=tuple(() if grid is None else (grid,) for grid in grids))

    def preference(
        self, puzzle: ArcPuzzle, state: ArcState, action: Any, probabilities: Probabilities
    ) -> float:
        """Geometric mean of the probabilities of the first attempt's tokens."""
        _, index, grids = action
        tokens = to_tokens(grids[0])
        scored = np.flatnonzero(tokens)
        chosen = probabilities[index * CELLS + scored, tokens[scored]]
        return float(np.exp(np.log(np.maximum(chosen, 1e-9)).mean()))


def to_tokens(grid: Grid) -> Tokens:
    """One grid in the upper left corner of 30 x 30 tokens, shape (900,), int32.

    Example:
        >>> to_tokens(((4, 0),)).reshape(30, 30)[:3, :4].tolist()
        [[6, 2, 1, 0], [1, 1, 0, 0], [0, 0, 0, 0]]
    """
    return tokens_at(array(grid)).astype(np.int32)


def tokens_at(cells: Array, top: int = 0, left: int = 0) -> npt.NDArray[np.uint8]:
    """One grid (H, W) with its upper left corner anywhere in 30 x 30 tokens, shape (900,)."""
    height, width = cells.shape
    bottom, right = top + height, left + width
    tokens = np.zeros((SIDE, SIDE), np.uint8)
    tokens[bottom : bottom + 1, left:right] = END
    tokens[top:bottom, right : right + 1] = END
    tokens[top:bottom, left:right] = cells + np.uint8(FIRST)
    return tokens.ravel()


def from_tokens(tokens: Tokens) -> Grid | None:
    """The largest rectangle of colour tokens in the upper left corner; None if there is none.

    Of rectangles equally large the lower one loses.
    """
    rows = tokens.reshape(SIDE, SIDE)
    coloured = (rows >= FIRST) & (rows < FIRST + COLOURS)
    widths = np.minimum.accumulate(np.where(coloured.all(1), SIDE, coloured.argmin(1)))
    height = int(np.argmax(widths * np.arange(1, SIDE + 1))) + 1
    width = int(widths[height - 1])
    return to_grid(rows[:height, :width] - FIRST) if width else None


@dataclass(frozen=True)
class ArcSymmetry(Symmetry[ArcPuzzle, ArcAnswer]):
    """Colours renamed by ``colours[colour]`` (0 stays), then every grid moved."""

    move: Dihedral
    colours: tuple[int, ...]

    def apply(self, puzzle: ArcPuzzle) -> ArcPuzzle:
        return _each(puzzle, self.grid)

    def apply_answer(self, answer: ArcAnswer) -> ArcAnswer:
        return _each_attempt(answer, self.grid)

    def undo(self, puzzle: ArcPuzzle) -> ArcPuzzle:
        return _each(puzzle, self.grid_back)

    def undo_answer(self, answer: ArcAnswer) -> ArcAnswer:
        return _each_attempt(answer, self.grid_back)

    def grid(self, grid: Grid) -> Grid:
        """One grid, transformed."""
        return self.move.table([[self.colours[colour] for colour in row] for row in grid])

    def grid_back(self, grid: Grid) -> Grid:
        """The inverse of ``grid``."""
        back = [self.colours.index(colour) for colour in range(COLOURS)]
        return tuple(tuple(back[c] for c in row) for row in self.move.inverse.table(grid))


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
        from hrm_toolkit.adapters.arc.identified import IdentifiedArc

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


def _each(puzzle: ArcPuzzle, change: Callable[[Grid], Grid]) -> ArcPuzzle:
    train = tuple(
        ArcPair.model_construct(input=change(p.input), output=change(p.output))
        for p in puzzle.train
    )
    test = tuple(
        ArcTest.model_construct(
            input=change(t.input), output=None if t.output is None else change(t.output)
        )
        for t in puzzle.test
    )
    return puzzle.model_copy(update={"train": train, "test": test})


def _each_attempt(answer: ArcAnswer, change: Callable[[Grid], Grid]) -> ArcAnswer:
    attempts = tuple(tuple(map(change, grids)) for grids in answer.attempts)
    return answer.model_copy(update={"attempts": attempts})


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
