"""Sliding tiles: states, drawing of boards, and what a network reads."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np

from hrm_toolkit.adapters.grid import Dihedral, coordinates, neighbours, sides
from hrm_toolkit.adapters.space.plan import Plan
from hrm_toolkit.adapters.space.search import Way
from hrm_toolkit.adapters.space.shown import with_plan
from hrm_toolkit.adapters.space.sliding import files, scene
from hrm_toolkit.adapters.space.sliding.board import Board, board
from hrm_toolkit.adapters.space.sliding.draw import WALKS, draw
from hrm_toolkit.adapters.space.sliding.puzzle import (
    LIMIT,
    Ends,
    SlidingPlan,
    SlidingPuzzle,
)
from hrm_toolkit.adapters.space.sliding.symmetry import SlidingSymmetry
from hrm_toolkit.adapters.space.task import EXACT_NODES, SpaceAdapter
from hrm_toolkit.adapters.space.view import View
from hrm_toolkit.core import (
    Deadline,
    Exact,
    InputError,
    OptionError,
    Relation,
    Size,
    Symmetry,
    Violation,
    WrongAnswer,
)
from hrm_toolkit.core.files import Form
from hrm_toolkit.core.scene import Scene

State = tuple[int, int, Ends, bytes]
"""Height, width, where the blank belongs, and the tiles, row-major."""

_SMALL, _MIDDLE = 9, 16
"""Cells up to which A* suffices, and up to which pattern databases do."""
_FAR = 30
"""Where so many slides are left at least, on a larger board, a search as short as that of what a
network is taught finds no cheapest plan, and is spared."""
_ENDLESS = 10**12


class SlidingAdapter(SpaceAdapter[SlidingPuzzle, State]):
    """Sliding tiles on boards from 2x2 to 8x8.

    A tile next to the blank slides into it; ``5 up`` is tile 5, which moves up. At the goal the
    tiles are in order and the blank is last, or first where the puzzle says so.

    Sizes are the side of a square or (height, width).

    Example:
        >>> sliding = SlidingAdapter()
        >>> puzzle = sliding.parse("1 2 3\\n4 5 6\\n_ 7 8")
        >>> sliding.exact(puzzle).answer.actions
        ('7 left', '8 left')
        >>> sliding.parse_answer(puzzle, "7, 8") == sliding.parse_answer(puzzle, "left left")
        True
    """

    task: ClassVar[str] = "sliding"
    title: ClassVar[str] = "sliding tiles"
    summary: ClassVar[str] = "slide tiles into the blank until they are in order (8-, 15-puzzle)"
    puzzle_type = SlidingPuzzle
    answer_type = SlidingPlan
    difficulties: ClassVar[tuple[str, ...]] = (*WALKS, "hard")
    default_sizes: ClassVar[tuple[Size, ...]] = (3, (2, 4))
    words = (
        "blank",
        *(
            f"{down:+d} {right:+d} to its place"
            for down in range(1 - LIMIT, LIMIT)
            for right in range(1 - LIMIT, LIMIT)
        ),
    )
    kinds = ("up", "down", "left", "right")
    between: ClassVar[tuple[str, ...]] = ("north", "south", "east", "west", "its place", "its tile")
    horizon: ClassVar[int] = 80
    thought: ClassVar[int] = 2_000

    def start(self, puzzle: SlidingPuzzle) -> State:
        return *puzzle.shape, puzzle.blank, bytes(tile for row in puzzle.grid for tile in row)

    def at(self, puzzle: SlidingPuzzle, state: State) -> SlidingPuzzle:
        height, width, blank, tiles = state
        return SlidingPuzzle.of(height, width, tiles, blank)

    def actions(self, state: State) -> Sequence[str]:
        tiles = state[3]
        return [f"{tiles[at]} {way}" for at, way in board(*state[:3]).slides[tiles.index(0)]]

    def step(self, state: State, action: str) -> State:
        tiles = bytearray(state[3])
        tile, blank = int(action.partition(" ")[0]), tiles.index(0)
        tiles[tiles.index(tile)], tiles[blank] = 0, tile
        return *state[:3], bytes(tiles)

    def is_goal(self, state: State) -> bool:
        return state[3] == board(*state[:3]).goal

    def heuristic(self, state: State) -> float:
        """Manhattan distance with linear conflicts."""
        return board(*state[:3]).least(state[3])

    def goals(self, puzzle: SlidingPuzzle) -> Sequence[State]:
        height, width = puzzle.shape
        return ((height, width, puzzle.blank, self._board(puzzle).goal),)

    def back(self, state: State) -> Sequence[tuple[State, str]]:
        """The tile that has just slid slides back."""
        found = []
        for action in self.actions(state):
            tile, _, way = action.partition(" ")
            found.append((self.step(state, action), f"{tile} {files.OPPOSITE[way]}"))
        return found

    def kind(self, action: str) -> str:
        return action.partition(" ")[2]

    def unmet(self, state: State, done: int) -> str:
        goal = board(*state[:3]).goal
        away = sorted(t for t, g in zip(state[3], goal, strict=True) if t != g and t)
        named = ", ".join(map(str, away[:8])) + (f" and {len(away) - 8} more" if away[8:] else "")
        slides = f"{done} {'slide' if done == 1 else 'slides'}"
        if len(away) == 1:
            return f"after {slides} tile {named} is not in its place"
        return f"after {slides} {len(away)} tiles are not in their places: {named}"

    def impossible(self, puzzle: SlidingPuzzle) -> Sequence[Violation]:
        """That two tiles are swapped, where an odd number of exchanges is left."""
        if self._board(puzzle).solvable(self.start(puzzle)[3]):
            return ()
        message = (
            f"no slides put the tiles in order with the blank {puzzle.blank}: two tiles are "
            "swapped (all boards fall into two halves, and this is in the other)"
        )
        return (Violation(rule="parity", message=message),)

    def otherwise(self, puzzle: SlidingPuzzle, *, seconds: float = 1.0) -> tuple[str, ...]:
        """Whether it can be solved to the other of the two usual goals."""
        other: Ends = "first" if puzzle.blank == "last" else "last"
        turned = puzzle.model_copy(update={"blank": other})
        if self.impossible(turned):
            return ()
        return (
            f'with the blank {other} at the goal it can be solved: "blank": "{other}" in JSON, or '
            f'a first line "sliding {puzzle.size_words} blank {other}"',
        )

    def begin(
        self, rng: np.random.Generator, size: Size | None, difficulty: str | None
    ) -> SlidingPuzzle:
        if size is None:
            size = self.default_sizes[int(rng.integers(len(self.default_sizes)))]
        height, width = _sides(size)
        kind = difficulty or self.difficulties[int(rng.integers(len(self.difficulties)))]
        known = board(height, width, "last")
        return SlidingPuzzle.of(height, width, draw(known, rng, kind), "last")

    def cheapest(self, puzzle: SlidingPuzzle, towards: tuple[State, ...] = ()) -> Plan | None:
        if self.impossible(puzzle):
            return None
        if self._tabled(puzzle):
            return _cheapest(self, puzzle)
        far = self.heuristic(self.start(puzzle)) > _FAR and len(self._board(puzzle).goal) > _MIDDLE
        return None if far else super().cheapest(puzzle, towards)

    def taught(self, puzzle: SlidingPuzzle, answer: Plan) -> Plan:
        # Whoever made a long plan has searched for a cheapest one already.
        far = self.heuristic(self.start(puzzle)) > _FAR
        return answer if far else super().taught(puzzle, answer)

    def exact(self, puzzle: SlidingPuzzle, *, seconds: float = 10.0) -> Exact[Plan]:
        """A cheapest plan: of 10 to 16 cells by pattern databases, else as any state space's."""
        if self.impossible(puzzle):
            return Exact(None, unsolvable=True)
        if not self._tabled(puzzle):
            return super().exact(puzzle, seconds=seconds)
        from hrm_toolkit.adapters.space.sliding.tables import tables

        # The first of a process makes the tables, which is no part of its time.
        known = tables(*puzzle.shape, puzzle.blank)
        whole, half = Deadline.after(seconds), Deadline.after(seconds / 2)
        found = known.cheapest(self.start(puzzle)[3], nodes=_ENDLESS, deadline=half)
        plan = None if found.slid is None else self.slides(puzzle, found.slid)
        self._learn(puzzle, Way(plan.actions if plan else None, found.least, found.least))
        if plan is not None:
            return Exact(plan, nodes=found.nodes)
        way = self.search(puzzle, weight=5.0, nodes=EXACT_NODES, deadline=whole)
        self._learn(puzzle, way)
        plan = None if way.actions is None else self.plan_of(way.actions)
        return Exact(plan, nodes=found.nodes + way.nodes)

    def slides(self, puzzle: SlidingPuzzle, places: Sequence[int]) -> Plan:
        """The plan of the tiles that slide at these places, one after another."""
        state, taken = self.start(puzzle), list[str]()
        for place in places:
            taken.append(self.slide(state, place))
            state = self.step(state, taken[-1])
        return self.plan_of(taken)

    def slide(self, state: State, place: int) -> str:
        """The action in which the tile at a place slides."""
        tiles = state[3]
        ways = dict(board(*state[:3]).slides[tiles.index(0)])
        return f"{tiles[place]} {ways[place]}"

    def near(self, puzzle: SlidingPuzzle) -> Plan | None:
        """A plan by searches that are the greedier the larger the board is."""
        first = 2.0 if len(self._board(puzzle).goal) <= _MIDDLE else 4.0
        for weight in (first, 2 * first, 4 * first):
            way = self.search(puzzle, weight=weight, nodes=self.thought)
            if way.actions is not None:
                return self.plan_of(way.actions)
        return None

    def view(self, state: State) -> View:
        height, width, ends, tiles = state
        known = board(height, width, ends)
        words = ["blank"] * len(tiles)
        for at, tile in enumerate(tiles):
            if tile:
                words[at] = _offset(known, at, tile)
        home = np.array([known.home[tile] for tile in tiles], np.int32)
        stands = np.empty_like(home)
        stands[home] = np.arange(len(home), dtype=np.int32)
        sides, at_ = _sheet(height, width)
        blank = tiles.index(0)
        touches = {f"{tiles[at]} {way}": (at, blank) for at, way in known.slides[blank]}
        own = (Relation.neighbours("its place", home), Relation.neighbours("its tile", stands))
        return View(words, (*sides, *own), touches, at_)

    def symmetry(
        self, puzzle: SlidingPuzzle, rng: np.random.Generator
    ) -> Symmetry[SlidingPuzzle, Plan]:
        turn = bool(rng.integers(2))
        return SlidingSymmetry(
            Dihedral(bool(rng.integers(2)), turn, turn), *puzzle.shape, puzzle.blank
        )

    def canonical(self, puzzle: SlidingPuzzle) -> str:
        turned = [puzzle.moved(Dihedral(t, f, f)) for t in (False, True) for f in (False, True)]
        least = min(f"{one.grid} {one.blank}" for one in turned)
        return hashlib.sha256(least.encode()).hexdigest()

    def render(self, puzzle: SlidingPuzzle, answer: Plan | None = None) -> str:
        """A heading and the tiles, ``_`` for the blank; the slides below them."""
        return with_plan(files.render(puzzle), answer)

    def scene(self, puzzle: SlidingPuzzle, answer: Plan | None = None) -> Scene:
        state = self.start(puzzle)
        way = [state[3].index(0)]
        for action in answer.actions if answer else ():
            if action not in self.actions(state):
                break
            state = self.step(state, action)
            way.append(state[3].index(0))
        return scene.draw(puzzle, self._board(puzzle).home, way)

    def parse(self, text: str) -> SlidingPuzzle:
        return files.parse(text)

    def forms(self) -> Sequence[Form]:
        return files.FORMS

    def parse_answer(self, puzzle: SlidingPuzzle, text: str) -> Plan:
        """A plan by the tiles that slide, by the directions in which they do, or both.

        Raises:
            InputError: for another text, and for directions that are right for the blank alone.
        """
        if text.lstrip()[:1] == "{":
            return super().parse_answer(puzzle, text)
        said = files.slides(text)
        if said is None:
            raise InputError("this names no slides", expected=files.EXPECTED, got=text.strip())

        plan = self._played(puzzle, said)
        if said and all(tile is None for tile, _ in said) and not self.rules.check(puzzle, plan):
            turned = [(tile, way and files.OPPOSITE[way]) for tile, way in said]
            other = self._played(puzzle, turned)
            if self.rules.check(puzzle, other):
                raise InputError(
                    "these directions solve it if they are those of the blank",
                    expected=files.EXPECTED,
                )
        return plan

    def coerce_answer(self, puzzle: SlidingPuzzle, value: Any) -> Plan:
        """As every state space; tiles' numbers alone are read too."""
        if isinstance(value, dict) and isinstance(value.get("actions"), list):
            value = value["actions"]
        if isinstance(value, list) and all(isinstance(item, int | str) for item in value):
            text = ", ".join(map(str, value))
            if files.slides(text) is not None:
                return self.parse_answer(puzzle, text)
            return self.plan_of(map(str, value))
        return super().coerce_answer(puzzle, value)

    def wrong_answers(self) -> Sequence[WrongAnswer[SlidingPuzzle, Plan]]:
        puzzle = self.parse("1 2 3\n4 5 6\n_ 7 8")
        wrong = {
            "after 0 slides 2 tiles are not in their places: 7, 8": (),
            "after 1 slide tile 8 is not in its place": ("7 left",),
            'action 2, "3 down", is not possible; possible there: 5 down': ("7 left", "3 down"),
        }
        return [WrongAnswer(puzzle, self.plan_of(plan), says) for says, plan in wrong.items()]

    def _played(self, puzzle: SlidingPuzzle, said: Sequence[files.Slide]) -> Plan:
        """The actions that slides are; those after one that is not possible stay as they are."""
        state: State | None = self.start(puzzle)
        taken = list[str]()
        for tile, way in said:
            there = [
                action
                for action in (() if state is None else self.actions(state))
                if tile in (None, int(action.split()[0])) and way in (None, self.kind(action))
            ]
            named = " ".join(str(part) for part in (tile, way) if part is not None)
            taken.append(there[0] if there else named)
            state = self.step(state, there[0]) if there and state is not None else None
        return self.plan_of(taken)

    def _tabled(self, puzzle: SlidingPuzzle) -> bool:
        return _SMALL < len(self._board(puzzle).goal) <= _MIDDLE

    def _board(self, puzzle: SlidingPuzzle) -> Board:
        return board(*puzzle.shape, puzzle.blank)


@lru_cache(maxsize=256)
def _cheapest(sliding: SlidingAdapter, puzzle: SlidingPuzzle) -> Plan | None:
    from hrm_toolkit.adapters.space.sliding.tables import tables

    state, known = sliding.start(puzzle), tables(*puzzle.shape, puzzle.blank)
    found = known.cheapest(state[3])
    if found.slid is None:
        return None
    plan = sliding.slides(puzzle, found.slid).found(puzzle, proved=True)
    places, best = known.first(state[3], found.slid), list[tuple[str, ...]]()
    if places is None:
        return plan
    for action, own in zip(plan.actions, places, strict=True):
        begin = {sliding.slide(state, place) for place in own}
        best.append(tuple(one for one in sliding.actions(state) if one in begin))
        state = sliding.step(state, action)
    return plan.knowing(tuple(best))


def _offset(known: Board, at: int, tile: int) -> str:
    row, column = divmod(at, known.width)
    to_row, to_column = divmod(known.home[tile], known.width)
    return f"{to_row - row:+d} {to_column - column:+d} to its place"


@lru_cache(maxsize=64)
def _sheet(height: int, width: int) -> tuple[Any, Any]:
    return neighbours(np.ones((height, width), np.bool_)), coordinates(height, width)


def _sides(size: Size) -> tuple[int, int]:
    """Height and width of a size, or an OptionError."""
    height, width = sides(size)
    if not (2 <= height <= LIMIT and 2 <= width <= LIMIT):
        raise OptionError(
            "this is no size of a board of tiles",
            expected=f"a side from 2 to {LIMIT}, or (height, width)",
            got=size,
        )
    return height, width
