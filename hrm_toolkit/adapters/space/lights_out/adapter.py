"""Lights out: states, exact answers by linear algebra, and what a network reads."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np

from hrm_toolkit.adapters.grid import Dihedral, coordinates, neighbours, place, sides
from hrm_toolkit.adapters.space.lights_out import files, scene
from hrm_toolkit.adapters.space.lights_out.algebra import buttons
from hrm_toolkit.adapters.space.lights_out.puzzle import LIMIT, LightsOutPlan, LightsOutPuzzle
from hrm_toolkit.adapters.space.plan import Plan
from hrm_toolkit.adapters.space.shown import with_plan
from hrm_toolkit.adapters.space.symmetry import BoardSymmetry
from hrm_toolkit.adapters.space.task import SpaceAdapter
from hrm_toolkit.adapters.space.view import View
from hrm_toolkit.core import (
    Answer,
    Exact,
    OptionError,
    Palette,
    Size,
    Symmetry,
    Violation,
    WrongAnswer,
)
from hrm_toolkit.core.files import Form
from hrm_toolkit.core.scene import Scene

State = tuple[int, int, int]
"""Height, width, and the lights that are on as ``algebra`` numbers them."""

_PRESSED = {"easy": 6, "medium": 3, "hard": 2}
"""By difficulty, what part of the buttons is pressed in a drawn board, at most or on average."""
_NAMED = 8


class LightsOutAdapter(SpaceAdapter[LightsOutPuzzle, State]):
    """Lights out on boards of up to 20 rows and columns.

    A press switches a light and those above, below, left and right of it; all lights must go out.
    Answers are exact for every board, by linear algebra: the fewest presses, or why there are none.

    Sizes are the side of a square or (height, width).

    Example:
        >>> lights = LightsOutAdapter()
        >>> puzzle = lights.parse("OO.\\nO..\\n...")
        >>> lights.exact(puzzle).answer.actions
        ('press 1 1',)
        >>> lights.impossible(lights.parse("O...\\n....\\n....\\n...."))[0].rule
        'quiet'
    """

    task: ClassVar[str] = "lights-out"
    title: ClassVar[str] = "lights out"
    summary: ClassVar[str] = (
        "press buttons that switch their neighbours too until all lights are out"
    )
    puzzle_type = LightsOutPuzzle
    answer_type = LightsOutPlan
    difficulties: ClassVar[tuple[str, ...]] = tuple(_PRESSED)
    default_sizes: ClassVar[tuple[Size, ...]] = (3, 4, 5, 6)
    words: tuple[str, ...] = ("off", "on")
    kinds: tuple[str, ...] = ("press",)
    between: ClassVar[tuple[str, ...]] = ("north", "south", "east", "west")

    def start(self, puzzle: LightsOutPuzzle) -> State:
        return *puzzle.shape, puzzle.lit

    def at(self, puzzle: LightsOutPuzzle, state: State) -> LightsOutPuzzle:
        return LightsOutPuzzle.of(*state)

    def actions(self, state: State) -> Sequence[str]:
        return _presses(state[0], state[1])

    def step(self, state: State, action: str) -> State:
        height, width, lit = state
        return height, width, lit ^ _switched(height, width)[action]

    def is_goal(self, state: State) -> bool:
        return not state[2]

    def heuristic(self, state: State) -> float:
        """The fewest presses, which algebra knows."""
        sets = _sets(*state)
        return sets[0].bit_count() if sets else float("inf")

    def unmet(self, state: State, done: int) -> str:
        _, width, lit = state
        on = _places(lit, width)
        many = f"{len(on)} lights are" if len(on) > 1 else "1 light is"
        return f"{many} still on after {done} {_times(done)}: {_listed(on)}"

    def impossible(self, puzzle: LightsOutPuzzle) -> Sequence[Violation]:
        """A quiet pattern of which an odd number of lights is on, where there is one."""
        quiet = buttons(*puzzle.shape).obstacle(puzzle.lit)
        if quiet is None:
            return ()
        width = puzzle.shape[1]
        pattern = _places(quiet, width)
        on = (quiet & puzzle.lit).bit_count()
        message = (
            f"no presses put every light out: {on} of the lights at {_listed(pattern)} "
            f"{'are' if on > 1 else 'is'} on, an odd number, and every button switches an even "
            "number of them"
        )
        return (Violation(rule="quiet", message=message, places=tuple(pattern)),)

    def notes(self, puzzle: LightsOutPuzzle) -> tuple[str, ...]:
        """How many sets of buttons solve it, where there are several."""
        quiet = len(buttons(*puzzle.shape).quiet)
        if not quiet or self.impossible(puzzle):
            return ()
        return (
            f"{1 << quiet:,} sets of buttons put all lights out: on a board of {puzzle.size_words} "
            f"there are {(1 << quiet) - 1:,} quiet patterns, whose buttons together switch nothing",
        )

    def count_solutions(
        self, puzzle: LightsOutPuzzle, limit: int = 2, *, seconds: float = 10.0
    ) -> int:
        """How many sets of buttons solve it; the order in which they are pressed is no matter."""
        known = buttons(*puzzle.shape)
        return 0 if known.obstacle(puzzle.lit) is not None else min(limit, 1 << len(known.quiet))

    def cheapest(self, puzzle: LightsOutPuzzle, towards: tuple[State, ...] = ()) -> Plan | None:
        """The fewest presses, in reading order, and every button that another such set presses."""
        height, width, lit = self.start(puzzle)
        names = _presses(height, width)
        sets = _sets(height, width, lit)
        actions, best = list[str](), list[tuple[str, ...]]()
        while sets and sets[0]:
            some = 0
            for pressed in sets:
                some |= pressed
            best.append(tuple(names[button] for button in _bits(some)))
            actions.append(best[-1][0])
            # Once one is pressed, the smallest sets are those it is in, without it.
            first = some & -some
            sets = tuple(pressed ^ first for pressed in sets if pressed & first)
        return self.plan_of(actions).knowing(tuple(best)) if sets else None

    def bound(self, puzzle: LightsOutPuzzle) -> tuple[float, float]:
        fewest = self.heuristic(self.start(puzzle))
        return fewest, fewest

    def exact(self, puzzle: LightsOutPuzzle, *, seconds: float = 10.0) -> Exact[Plan]:
        """The fewest presses, or the proof that there are none; time is not asked for."""
        answer = self.cheapest(puzzle)
        return Exact(answer, answer is None, 1 << len(buttons(*puzzle.shape).quiet))

    def begin(
        self, rng: np.random.Generator, size: Size | None, difficulty: str | None
    ) -> LightsOutPuzzle:
        if size is None:
            size = self.default_sizes[int(rng.integers(len(self.default_sizes)))]
        height, width = _sides(size)
        kind = difficulty or self.difficulties[int(rng.integers(len(self.difficulties)))]
        count = height * width
        switched, lit = buttons(height, width).switched, 0
        while not lit:
            pressed = rng.random(count) < 0.5
            if kind != "hard":
                most = max(count // _PRESSED[kind], 1)
                pressed = rng.permutation(count) < rng.integers(1, most + 1)
            for button in np.flatnonzero(pressed).tolist():
                lit ^= switched[button]
        return LightsOutPuzzle.of(height, width, lit)

    def view(self, state: State) -> View:
        height, width, lit = state
        relations, at, touches = _board(height, width)
        words = [self.words[lit >> cell & 1] for cell in range(height * width)]
        return View(words, relations, touches, at)

    def symmetry(
        self, puzzle: LightsOutPuzzle, rng: np.random.Generator
    ) -> Symmetry[LightsOutPuzzle, Plan]:
        return BoardSymmetry(Dihedral.draw(rng), *puzzle.shape, LightsOutPuzzle.moved)

    def canonical(self, puzzle: LightsOutPuzzle) -> str:
        least = min(str(dihedral.table(puzzle.grid)) for dihedral in Dihedral.all())
        return hashlib.sha256(least.encode()).hexdigest()

    def render(self, puzzle: LightsOutPuzzle, answer: Plan | None = None) -> str:
        """A heading and rows of ``O`` (on) and ``.`` (off); the buttons to press below them."""
        return with_plan(files.render(puzzle), answer)

    def scene(self, puzzle: LightsOutPuzzle, answer: Plan | None = None) -> Scene:
        actions = answer.actions if answer else ()
        names = _presses(*puzzle.shape)
        odd = [button for button, name in enumerate(names) if actions.count(name) % 2]
        return scene.draw(puzzle, odd)

    @property
    def palette(self) -> Palette:
        return Palette(((".", "off"), ("O", "on")))

    def parse(self, text: str) -> LightsOutPuzzle:
        return files.parse(text)

    def forms(self) -> Sequence[Form]:
        return files.FORMS

    def parse_answer(self, puzzle: LightsOutPuzzle, text: str) -> Plan:
        """The buttons that a text names, one by one or in a grid with 1 for each to press."""
        if text.lstrip()[:1] in ("{", "["):
            return super().parse_answer(puzzle, text)
        return self.plan_of(files.presses(puzzle, text))

    def coerce_answer(self, puzzle: LightsOutPuzzle, value: Any) -> Plan:
        """As every state space; a grid with 1 for each button to press is read too."""
        if isinstance(value, list | tuple) and value and isinstance(value[0], list | tuple):
            return self.plan_of(files.pressed(puzzle, value))
        if isinstance(value, Answer):
            return super().coerce_answer(puzzle, value)
        if isinstance(value, dict) and "grid" in value:
            return self.plan_of(files.pressed(puzzle, value["grid"]))
        return super().coerce_answer(puzzle, value)

    def wrong_answers(self) -> Sequence[WrongAnswer[LightsOutPuzzle, Plan]]:
        puzzle = self.parse("OO.\nO..\n...")
        wrong = {
            "3 lights are still on after 0 presses: row 1 column 1, row 1 column 2 and row 2": (),
            "still on after 2 presses": ("press 1 1", "press 1 1"),
            '"press 4 1", is not possible': ("press 4 1",),
        }
        return [WrongAnswer(puzzle, self.plan_of(plan), says) for says, plan in wrong.items()]


@lru_cache(maxsize=64)
def _presses(height: int, width: int) -> tuple[str, ...]:
    return tuple(f"press {r} {c}" for r in range(1, height + 1) for c in range(1, width + 1))


@lru_cache(maxsize=64)
def _switched(height: int, width: int) -> dict[str, int]:
    return dict(zip(_presses(height, width), buttons(height, width).switched, strict=True))


@lru_cache(maxsize=4096)
def _sets(height: int, width: int, lit: int) -> tuple[int, ...]:
    return buttons(height, width).sets(lit)


@lru_cache(maxsize=64)
def _board(height: int, width: int) -> tuple[Any, Any, dict[str, tuple[int]]]:
    """What a network reads of every board of this size."""
    touches = {action: (cell,) for cell, action in enumerate(_presses(height, width))}
    return neighbours(np.ones((height, width), np.bool_)), coordinates(height, width), touches


def _bits(number: int) -> list[int]:
    return [bit for bit in range(number.bit_length()) if number >> bit & 1]


def _places(lights: int, width: int) -> list[tuple[int, int]]:
    return [divmod(cell, width) for cell in _bits(lights)]


def _listed(cells: Sequence[tuple[int, int]]) -> str:
    named = [place(cell) for cell in cells[:_NAMED]]
    if len(cells) > _NAMED:
        named.append(f"{len(cells) - _NAMED} more")
    return " and ".join([", ".join(named[:-1]), named[-1]] if named[1:] else named)


def _times(count: int) -> str:
    return "press" if count == 1 else "presses"


def _sides(size: Size) -> tuple[int, int]:
    """Height and width of a size, or an OptionError."""
    height, width = sides(size)
    if not (1 <= height <= LIMIT and 1 <= width <= LIMIT):
        raise OptionError(
            "this is no size of a board of lights",
            expected=f"a side from 1 to {LIMIT}, or (height, width)",
            got=size,
        )
    return height, width
