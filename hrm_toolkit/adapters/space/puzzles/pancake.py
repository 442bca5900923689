"""Pancakes: sort a stack by turning over what lies on top."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field, field_validator

from hrm_toolkit.adapters.space.plan import Plan
from hrm_toolkit.adapters.space.shown import film, text_form, with_plan, without_plan
from hrm_toolkit.adapters.space.task import SpaceAdapter
from hrm_toolkit.adapters.space.view import View
from hrm_toolkit.core import InputError, OptionError, Puzzle, Relation, Size
from hrm_toolkit.core.files import NO, SURE, Claim, Form, Sample
from hrm_toolkit.core.scene import INK, NEW, Line, Rectangle, Scene

MOST = 100
Stack = tuple[int, ...]


class PancakePuzzle(Puzzle):
    """A stack of pancakes.

    Attributes:
        stack: their sizes from the top, each of 1 to n once.
    """

    task: Literal["pancake"] = "pancake"
    stack: Annotated[Stack, Field(min_length=2, max_length=MOST)]

    @field_validator("stack")
    @classmethod
    def _sizes_are_each_there(cls, stack: Stack) -> Stack:
        if sorted(stack) != list(range(1, len(stack) + 1)):
            raise ValueError(f"{len(stack)} pancakes have the sizes 1 to {len(stack)}, each once")
        return stack

    @property
    def size_words(self) -> str:
        return f"{len(self.stack)}-high"


class PancakePlan(Plan):
    """Flips, such as "flip 3": the three uppermost are turned over."""

    task: Literal["pancake"] = "pancake"


class PancakeAdapter(SpaceAdapter[PancakePuzzle, Stack]):
    """Sizes are the number of pancakes.

    Example:
        >>> pancake = PancakeAdapter()
        >>> puzzle = pancake.parse("pancakes: 2 3 1")
        >>> pancake.exact(puzzle).answer.actions
        ('flip 2', 'flip 3')
    """

    task: ClassVar[str] = "pancake"
    title: ClassVar[str] = "pancake"
    summary: ClassVar[str] = "sort a stack of pancakes by turning over the uppermost ones"
    puzzle_type = PancakePuzzle
    answer_type = PancakePlan
    difficulties: ClassVar[tuple[str, ...]] = ("easy", "hard")
    default_sizes: ClassVar[tuple[Size, ...]] = (5, 6, 7, 8)
    words = ("joined", "gap", "plate")
    kinds = ("flip",)
    between: ClassVar[tuple[str, ...]] = ("above", "below", "larger", "smaller", "top")

    def start(self, puzzle: PancakePuzzle) -> Stack:
        return puzzle.stack

    def at(self, puzzle: PancakePuzzle, state: Stack) -> PancakePuzzle:
        return PancakePuzzle.model_construct(task="pancake", stack=state)

    def actions(self, state: Stack) -> Sequence[str]:
        return _FLIPS[: len(state) - 1]

    def step(self, state: Stack, action: str) -> Stack:
        count = int(action[5:])
        return state[count - 1 :: -1] + state[count:]

    def is_goal(self, state: Stack) -> bool:
        return all(size == place for place, size in enumerate(state, 1))

    def heuristic(self, state: Stack) -> float:
        """The number of gaps: of neighbours, the plate being one, that differ by more than 1.

        A flip parts one pair of neighbours alone, so that it closes one gap at most.
        """
        return float(sum(_gaps(state)))

    def begin(
        self, rng: np.random.Generator, size: Size | None, difficulty: str | None
    ) -> PancakePuzzle:
        if size is None:
            size = self.default_sizes[int(rng.integers(len(self.default_sizes)))]
        if not isinstance(size, int) or not 2 <= size <= MOST:
            raise OptionError("this is no number of pancakes", expected=f"2 to {MOST}", got=size)
        stack = tuple(range(1, size + 1))
        if difficulty == "easy":
            # Some flips away from the goal; others are drawn from all stacks.
            for _ in range(int(rng.integers(1, max(size // 2, 2)))):
                stack = self.step(stack, f"flip {rng.integers(2, size + 1)}")
        while self.is_goal(stack):
            stack = tuple(int(number) + 1 for number in rng.permutation(size))
        return self.at(PancakePuzzle(stack=stack), stack)

    def view(self, state: Stack) -> View:
        """A place for each pancake and one for the plate; "gap" where it lies on no neighbour."""
        size = len(state)
        gaps = _gaps(state)
        at = {number: place for place, number in enumerate((*state, size + 1))}
        places = range(size + 1)
        numbers = (*state, size + 1)
        relations = (
            Relation.neighbours("above", [place - 1 for place in places]),
            Relation.neighbours("below", [*range(1, size + 1), -1]),
            Relation.neighbours("larger", [at.get(n + 1, -1) for n in numbers]),
            Relation.neighbours("smaller", [at.get(n - 1, -1) for n in numbers]),
            Relation.neighbours("top", [0] * (size + 1)),
        )
        words = [*("gap" if gap else "joined" for gap in gaps), "plate"]
        touches = {f"flip {count}": (count - 1, count) for count in range(2, size + 1)}
        return View(words, relations, touches)

    def render(self, puzzle: PancakePuzzle, answer: Plan | None = None) -> str:
        return with_plan("pancakes: " + " ".join(map(str, puzzle.stack)), answer)

    def parse(self, text: str) -> PancakePuzzle:
        """A stack as its sizes from the top, "pancakes:" before them or not.

        Raises:
            InputError: where there is something else.
        """
        body = re.sub(r"^\s*pancakes?\s*:?", "", without_plan(text), flags=re.IGNORECASE)
        words = re.sub(r"[\[\](),;]", " ", body).split()
        if not words or not all(word.isdecimal() and len(word) < 4 for word in words):
            raise InputError(
                "this is no stack of pancakes",
                expected="their sizes from the top, such as pancakes: 3 1 2",
                got=text[:80],
            )
        return PancakePuzzle(stack=tuple(map(int, words)))

    def forms(self) -> Sequence[Form]:
        return (text_form(self, _claims),)

    def scene(self, puzzle: PancakePuzzle, answer: Plan | None = None) -> Scene:
        return film(self, puzzle, answer, _draw)


_FLIPS = tuple(f"flip {count}" for count in range(2, MOST + 1))


def _gaps(state: Stack) -> list[bool]:
    """Whether each pancake lies on something else than a neighbour in size."""
    below = (*state[1:], len(state) + 1)
    return [abs(upper - lower) > 1 for upper, lower in zip(state, below, strict=True)]


def _claims(sample: Sample) -> Claim:
    return SURE if re.match(r"pancakes?\s*:", sample.first, re.IGNORECASE) else NO


def _draw(state: Stack) -> Scene:
    size = len(state)
    width, thick = 6.0, 0.5
    shapes: list[Rectangle | Line] = [
        Rectangle(
            width * (1 - number / size * 0.9) / 2,
            place * thick + 0.05,
            width * number / size * 0.9,
            thick - 0.1,
            NEW if gap else "#c98a3d",
        )
        for place, (number, gap) in enumerate(zip(state, _gaps(state), strict=True))
    ]
    plate = size * thick + 0.1
    shapes.append(Line(((0.0, plate), (width, plate)), INK, 0.1))
    return Scene(width, plate + 0.2, tuple(shapes))
