"""The 2x2x2 cube, solved by turns of three of its faces."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field, field_validator

from hrm_toolkit.adapters.space.plan import Plan
from hrm_toolkit.adapters.space.puzzles import corners
from hrm_toolkit.adapters.space.shown import film, text_form, with_plan, without_plan
from hrm_toolkit.adapters.space.task import SpaceAdapter
from hrm_toolkit.adapters.space.view import View
from hrm_toolkit.core import InputError, OptionError, Puzzle, Relation, Size, ToolkitError
from hrm_toolkit.core.files import MAYBE, NO, SURE, Claim, Form, Sample
from hrm_toolkit.core.scene import INK, Rectangle, Scene, Shape, Words

_COLOURS = {
    "U": "#ffffff",
    "R": "#c8102e",
    "F": "#1f9d3a",
    "D": "#f5d000",
    "L": "#ff7f0e",
    "B": "#1f4fd6",
}
_AT = {"U": (2, 0), "L": (0, 2), "F": (2, 2), "R": (4, 2), "B": (6, 2), "D": (2, 4)}
"""Column and row of each face's upper left sticker in the unfolded cube."""


class CubePuzzle(Puzzle):
    """A 2x2x2 cube, held still.

    Attributes:
        facelets: the colours of the 24 stickers, any six letters or digits: those of the faces
            U, R, F, D, L, B, each row by row as one who looks at it sees them.
    """

    task: Literal["cube"] = "cube"
    facelets: Annotated[str, Field(min_length=24, max_length=24)]

    @field_validator("facelets")
    @classmethod
    def _turns_lead_there(cls, facelets: str) -> str:
        colours = Counter(facelets)
        if len(colours) != 6 or set(colours.values()) != {4} or not facelets.isalnum():
            said = ", ".join(f"{number} of {colour}" for colour, number in colours.items())
            raise ValueError(f"a cube has 4 stickers of each of 6 colours, and this {said[:80]}")
        try:
            corners.state_of(facelets)
        except ToolkitError as error:
            raise ValueError(str(error)) from None
        return facelets

    @property
    def size_words(self) -> str:
        return "2x2x2"


class CubePlan(Plan):
    """Turns of the faces U, R and F: a quarter clockwise, a half (2) or a quarter back (')."""

    task: Literal["cube"] = "cube"


class CubeAdapter(SpaceAdapter[CubePuzzle, int]):
    """The half-turn metric: every turn costs 1, and 11 solve any cube.

    The corner at the back, left and below stays where it is, so that turns of three faces are
    enough. The distances of all 3,674,160 states are found at the first use, in a second or two.

    Example:
        >>> cube = CubeAdapter()
        >>> puzzle = cube.parse("UUUUBBRRRRFFDDDDFFLLLLBB")
        >>> cube.exact(puzzle).answer.actions
        ("U'",)
    """

    task: ClassVar[str] = "cube"
    title: ClassVar[str] = "2x2x2 cube"
    summary: ClassVar[str] = "solve a 2x2x2 cube by turns of its faces U, R and F"
    puzzle_type = CubePuzzle
    answer_type = CubePlan
    difficulties: ClassVar[tuple[str, ...]] = ("easy", "medium", "hard")
    words = tuple(corners.FACES)
    kinds = corners.MOVES
    between: ClassVar[tuple[str, ...]] = (*corners.MOVES, "face", "corner")
    horizon: ClassVar[int] = 11

    def start(self, puzzle: CubePuzzle) -> int:
        return corners.state_of(puzzle.facelets)

    def at(self, puzzle: CubePuzzle, state: int) -> CubePuzzle:
        named = {face: colour for colour, face in corners.faces_of(puzzle.facelets).items()}
        facelets = "".join(named[face] for face in corners.stickers(state))
        return CubePuzzle.model_construct(task="cube", facelets=facelets)

    def actions(self, state: int) -> Sequence[str]:
        return corners.MOVES

    def step(self, state: int, action: str) -> int:
        return corners.turned(state, corners.MOVES.index(action))

    def is_goal(self, state: int) -> bool:
        return state == corners.SOLVED

    def heuristic(self, state: int) -> float:
        return float(corners.distances()[state])

    def unmet(self, state: int, done: int) -> str:
        shown = corners.stickers(state)
        mixed = [
            face
            for face, four in zip(corners.FACES, _fours(shown), strict=True)
            if len(set(four)) > 1
        ]
        after = f"after {done} {'turn' if done == 1 else 'turns'}"
        return f"{after} the face {mixed[0]} has several colours"

    def begin(
        self, rng: np.random.Generator, size: Size | None, difficulty: str | None
    ) -> CubePuzzle:
        if size not in (None, 2):
            raise OptionError("cubes of this size are not made", expected="2", got=size)
        low, high = _TURNS.get(difficulty or "", (1, 11))
        far = int(rng.integers(low, high + 1))
        # Most states are 8 to 10 turns away: nearer ones are walked to.
        state = corners.SOLVED if far < 8 else int(rng.integers(1, corners.STATES))
        while not low <= corners.distances()[state] <= high or corners.distances()[state] < far < 8:
            state = corners.turned(state, int(rng.integers(9)))
        return self.at(_SOLVED, state)

    def view(self, state: int) -> View:
        """A place a sticker, which reads the sticker that each turn brings there."""
        words = corners.stickers(state)
        return View(words, _relations(), _TOUCHES)

    def render(self, puzzle: CubePuzzle, answer: Plan | None = None) -> str:
        """The unfolded cube: U above, L F R B from the left, D below."""
        cells = {at: puzzle.facelets[number] for number, at in enumerate(_cells())}
        rows = [
            "".join(cells.get((column, row), " ") for column in range(8)).rstrip()
            for row in range(6)
        ]
        return with_plan("\n".join(rows), answer)

    def parse(self, text: str) -> CubePuzzle:
        """A cube from 24 letters or digits, face by face (URFDLB) or unfolded as ``render`` does.

        Raises:
            InputError: where there are not as many, or no turns lead to such a cube.
        """
        body = without_plan(text)
        rows = [re.sub(r"\s", "", line) for line in body.splitlines() if line.strip()]
        if [len(row) for row in rows] == [2, 2, 8, 8, 2, 2]:
            rows = [f"  {row}" if len(row) == 2 else row for row in rows]
            return CubePuzzle(facelets="".join(rows[row][column] for column, row in _cells()))
        facelets = "".join(rows)
        if len(facelets) != 24:
            raise InputError(
                f"the text has {len(facelets)} stickers",
                expected="24: the faces U, R, F, D, L, B one after another, or unfolded",
            )
        return CubePuzzle(facelets=facelets)

    def parse_answer(self, puzzle: CubePuzzle, text: str) -> Plan:
        """As every state space; turns apart by blanks are read too."""
        body = text.rpartition("plan:")[2].strip()
        if body and not set(body) - set("URF2' ,\n"):
            return self.plan_of(body.replace(",", " ").split())
        return super().parse_answer(puzzle, text)

    def forms(self) -> Sequence[Form]:
        return (text_form(self, _claims),)

    def scene(self, puzzle: CubePuzzle, answer: Plan | None = None) -> Scene:
        return film(self, puzzle, answer, _draw)


_TURNS = {"easy": (1, 4), "medium": (5, 8), "hard": (9, 11)}
_SOLVED = CubePuzzle(facelets=corners.stickers(corners.SOLVED))
_TOUCHES = {
    move: tuple(to for to, source in enumerate(corners.sources(number)) if to != source)
    for number, move in enumerate(corners.MOVES)
}


def _fours(shown: str) -> list[str]:
    return [shown[first : first + 4] for first in range(0, 24, 4)]


@cache
def _relations() -> tuple[Relation, ...]:
    turns = (
        Relation.neighbours(move, [-1 if to == a else a for to, a in enumerate(sources)])
        for move, sources in ((m, corners.sources(n)) for n, m in enumerate(corners.MOVES))
    )
    faces = [range(first, first + 4) for first in range(0, 24, 4)]
    held = set(range(24)).difference(*corners.STICKERS)
    whole = [*corners.STICKERS, sorted(held)]
    return (*turns, Relation.groups("face", faces, 24), Relation.groups("corner", whole, 24))


def _cells() -> list[tuple[int, int]]:
    """Column and row of each sticker in the unfolded cube."""
    return [
        (_AT[face][0] + number % 2, _AT[face][1] + number // 2)
        for face in corners.FACES
        for number in range(4)
    ]


def _claims(sample: Sample) -> Claim:
    rows = [re.sub(r"\s", "", line) for line in without_plan(sample.text).splitlines()]
    rows = [row for row in rows if row]
    colours = Counter("".join(rows))
    if len(colours) != 6 or set(colours.values()) != {4}:
        return NO
    return SURE if [len(row) for row in rows] == [2, 2, 8, 8, 2, 2] else MAYBE


def _draw(state: int) -> Scene:
    shapes: list[Shape] = []
    for (column, row), face in zip(_cells(), corners.stickers(state), strict=True):
        shapes.append(Rectangle(column, row, 1, 1, INK))
        shapes.append(Rectangle(column + 0.04, row + 0.04, 0.92, 0.92, _COLOURS[face]))
    shapes += [Words(x + 1, y + 1, 0.6, face) for face, (x, y) in _AT.items()]
    return Scene(8, 6, tuple(shapes))
