"""The towers of Hanoi: from any arrangement of disks on pegs to any other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from hrm_toolkit.adapters.space.plan import Plan
from hrm_toolkit.adapters.space.shown import film, text_form, with_plan, without_plan
from hrm_toolkit.adapters.space.task import SpaceAdapter
from hrm_toolkit.adapters.space.view import View
from hrm_toolkit.core import InputError, OptionError, Puzzle, Relation, Size
from hrm_toolkit.core.files import NO, SURE, Claim, Form, Sample
from hrm_toolkit.core.scene import INK, NEW, Line, Rectangle, Scene, Shape, Words

MOST_DISKS, MOST_PEGS = 16, 10
_TABLE = 5_000
"""Arrangements whose distances are tabled at once where there are more than three pegs."""

Places = tuple[int, ...]
"""The peg of each disk, the smallest first."""
State = tuple[Places, Places, int]
"""Where the disks are, where they go, and the number of pegs."""
Pegs = Annotated[
    tuple[Annotated[tuple[int, ...], Field(max_length=MOST_DISKS)], ...],
    Field(min_length=3, max_length=MOST_PEGS),
]


class HanoiPuzzle(Puzzle):
    """Two arrangements of disks 1 (the smallest) to n.

    Attributes:
        start: the disks of each peg, from below.
        goal: likewise.
    """

    task: Literal["hanoi"] = "hanoi"
    start: Pegs
    goal: Pegs

    @model_validator(mode="after")
    def _disks_are_each_there(self) -> HanoiPuzzle:
        if len(self.start) != len(self.goal):
            raise ValueError(f"start has {len(self.start)} pegs and goal {len(self.goal)}")
        for name, pegs in (("start", self.start), ("goal", self.goal)):
            disks = sorted(disk for peg in pegs for disk in peg)
            if not disks or disks != list(range(1, len(disks) + 1)):
                raise ValueError(f"{name} has the disks {disks}, and not each of 1 to n once")
            for letter, peg in zip(_LETTERS, pegs, strict=False):
                if list(peg) != sorted(peg, reverse=True):
                    raise ValueError(f"in {name} a disk of peg {letter} lies on a smaller one")
        if sum(map(len, self.start)) != sum(map(len, self.goal)):
            raise ValueError("start and goal have not as many disks")
        return self

    @property
    def size_words(self) -> str:
        return f"{sum(map(len, self.start))}-disk"


class HanoiPlan(Plan):
    """Moves, such as "2 A>C": disk 2 from peg A to peg C."""

    task: Literal["hanoi"] = "hanoi"


class HanoiAdapter(SpaceAdapter[HanoiPuzzle, State]):
    """Sizes are the number of disks, with three pegs, or (disks, pegs).

    With three pegs the length of a shortest plan is known at once. With more, disks are taken in
    groups, each group's distances are tabled, and what they add up to is a lower bound; up to
    six disks on four pegs are one group, and the bound is exact.

    Example:
        >>> hanoi = HanoiAdapter()
        >>> puzzle = hanoi.parse("hanoi 2")
        >>> hanoi.exact(puzzle).answer.actions
        ('1 A>B', '2 A>C', '1 B>C')
    """

    task: ClassVar[str] = "hanoi"
    title: ClassVar[str] = "towers of Hanoi"
    summary: ClassVar[str] = "move disks between pegs, none on a smaller one"
    puzzle_type = HanoiPuzzle
    answer_type = HanoiPlan
    difficulties: ClassVar[tuple[str, ...]] = ("gather", "any", "tower")
    default_sizes: ClassVar[tuple[Size, ...]] = (3, 4, 5, (4, 4), (5, 4))
    words = ("disk", "home", "peg")
    kinds = ("move",)
    between: ClassVar[tuple[str, ...]] = ("on", "holds", "aim", "aimed", "smaller", "larger")
    horizon: ClassVar[int] = 127

    def start(self, puzzle: HanoiPuzzle) -> State:
        return _places(puzzle.start), _places(puzzle.goal), len(puzzle.start)

    def at(self, puzzle: HanoiPuzzle, state: State) -> HanoiPuzzle:
        pegs = _stacks(state[0], state[2])
        return HanoiPuzzle.model_construct(task="hanoi", start=pegs, goal=puzzle.goal)

    def actions(self, state: State) -> Sequence[str]:
        return [
            f"{disk + 1} {_LETTERS[here]}>{_LETTERS[there]}"
            for disk, here, there in _moves(state[0], state[2])
        ]

    def step(self, state: State, action: str) -> State:
        places, goal, pegs = state
        disk, _, there = _read(action)
        return (*places[:disk], there, *places[disk + 1 :]), goal, pegs

    def is_goal(self, state: State) -> bool:
        return state[0] == state[1]

    def kind(self, action: str) -> str:
        return "move"

    def heuristic(self, state: State) -> float:
        places, goal, pegs = state
        if pegs == 3:
            return float(_three(places, goal))
        size = 1
        while pegs ** (size + 1) <= _TABLE:
            size += 1
        groups = range(0, len(places), size)
        return float(
            sum(_table(goal[at : at + size], pegs)[places[at : at + size]] for at in groups)
        )

    def unmet(self, state: State, done: int) -> str:
        places, goal, _ = state
        disk = max(disk for disk in range(len(goal)) if places[disk] != goal[disk])
        here, there = _LETTERS[places[disk]], _LETTERS[goal[disk]]
        return f"disk {disk + 1} is on peg {here} and not on peg {there} at the end"

    def begin(
        self, rng: np.random.Generator, size: Size | None, difficulty: str | None
    ) -> HanoiPuzzle:
        disks, pegs = _size(size if size is not None else self.default_sizes[rng.integers(5)])
        difficulty = difficulty or ("gather", "any")[rng.integers(2)]
        last = (pegs - 1,) * disks
        if difficulty == "tower":
            return _puzzle((0,) * disks, last, pegs)
        while True:
            start, goal = rng.integers(pegs, size=(2, disks)).tolist()
            goal = last if difficulty == "gather" else tuple(goal)
            if tuple(start) != goal:
                return _puzzle(tuple(start), goal, pegs)

    def view(self, state: State) -> View:
        """A place for each disk, "home" where it is to go, and for each peg."""
        places, goal, pegs = state
        disks = len(places)
        length, none = disks + pegs, [-1] * pegs
        on = [disks + peg for peg in places]
        aim = [disks + peg for peg in goal]
        relations = (
            Relation.neighbours("on", on + none),
            Relation.edges("holds", list(enumerate(on)), length),
            Relation.neighbours("aim", aim + none),
            Relation.edges("aimed", list(enumerate(aim)), length),
            Relation.neighbours("smaller", [*range(-1, disks - 1), *none]),
            Relation.neighbours("larger", [*range(1, disks), -1, *none]),
        )
        words = ["home" if a == b else "disk" for a, b in zip(places, goal, strict=True)]
        touches = {}
        for action in self.actions(state):
            disk, _, there = _read(action)
            touches[action] = (disk, disks + there)
        return View([*words, *["peg"] * pegs], relations, touches)

    def render(self, puzzle: HanoiPuzzle, answer: Plan | None = None) -> str:
        lines = [f"{name}: {_line(pegs)}" for name, pegs in _named(puzzle)]
        return with_plan("\n".join(["hanoi", *lines]), answer)

    def parse(self, text: str) -> HanoiPuzzle:
        """Lines "start:" and "goal:" with the pegs' disks from below, "-" for none, apart by "/";
        or "hanoi 4", four disks from the first of three pegs to the last; "hanoi 4 5" has five.

        Raises:
            InputError: for anything else.
        """
        body = without_plan(text).strip()
        classic = re.fullmatch(r"(?:hanoi\s+)?(\d{1,2})(?:\s+(\d{1,2}))?", body, re.IGNORECASE)
        if classic:
            disks, pegs = _size((int(classic[1]), int(classic[2] or 3)))
            return _puzzle((0,) * disks, (pegs - 1,) * disks, pegs)
        lines = [line.strip() for line in body.splitlines() if line.strip()]
        said: dict[str, Sequence[Sequence[int]]] = {}
        for line in lines:
            name, colon, rest = line.lower().partition(":")
            if colon and name in ("start", "goal") and name not in said:
                said[name] = _read_pegs(rest)
            elif name != "hanoi" or colon:
                raise InputError(
                    "this is no towers of Hanoi",
                    expected='"start: 3 2 1 / - / -" and "goal: - / - / 3 2 1", or "hanoi 3"',
                    got=line[:80],
                )
        if "start" not in said:
            raise InputError("no line says the start", expected="start: 3 2 1 / - / -")
        if "goal" not in said:
            everything = sorted((disk for peg in said["start"] for disk in peg), reverse=True)
            said["goal"] = [[]] * (len(said["start"]) - 1) + [everything]
        return self.coerce(said)

    def forms(self) -> Sequence[Form]:
        return (text_form(self, _claims),)

    def scene(self, puzzle: HanoiPuzzle, answer: Plan | None = None) -> Scene:
        return film(self, puzzle, answer, _draw)


_LETTERS = "ABCDEFGHIJ"


def _places(pegs: Sequence[Sequence[int]]) -> Places:
    found = {disk: number for number, peg in enumerate(pegs) for disk in peg}
    return tuple(found[disk] for disk in sorted(found))


def _stacks(places: Places, pegs: int) -> tuple[tuple[int, ...], ...]:
    """The disks of each peg from below, numbered from 1."""
    disks = range(len(places), 0, -1)
    return tuple(tuple(d for d in disks if places[d - 1] == peg) for peg in range(pegs))


def _puzzle(start: Places, goal: Places, pegs: int) -> HanoiPuzzle:
    stacks = (_stacks(places, pegs) for places in (start, goal))
    return HanoiPuzzle.model_construct(task="hanoi", start=next(stacks), goal=next(stacks))


def _moves(places: Places, pegs: int) -> list[tuple[int, int, int]]:
    """Each move that is possible: disk, peg that it leaves, peg that it comes to."""
    top = [len(places)] * pegs
    for disk in range(len(places) - 1, -1, -1):
        top[places[disk]] = disk
    return [
        (top[here], here, there)
        for here in range(pegs)
        for there in range(pegs)
        if top[here] < top[there]
    ]


def _read(action: str) -> tuple[int, int, int]:
    disk, _, way = action.partition(" ")
    return int(disk) - 1, _LETTERS.index(way[0]), _LETTERS.index(way[2])


def _tower(places: Places, count: int, peg: int) -> int:
    """Moves that bring the smallest disks to one of three pegs."""
    total = 0
    for disk in range(count - 1, -1, -1):
        if places[disk] != peg:
            # It moves once; the smaller ones wait on the third peg, and follow as a tower.
            total += 1 << disk
            peg = 3 - peg - places[disk]
    return total


def _three(places: Places, goal: Places) -> int:
    """The length of a shortest plan with three pegs: the largest disk that changes its peg moves
    once or, by way of the third peg, twice."""
    count = len(places)
    while count and places[count - 1] == goal[count - 1]:
        count -= 1
    if not count:
        return 0
    rest, here, there = count - 1, places[count - 1], goal[count - 1]
    third = 3 - here - there
    once = _tower(places, rest, third) + 1 + _tower(goal, rest, third)
    twice = _tower(places, rest, there) + (1 << rest) + 1 + _tower(goal, rest, here)
    return min(once, twice)


@lru_cache(maxsize=256)
def _table(goal: Places, pegs: int) -> dict[Places, int]:
    """Moves from every arrangement of some disks to one of them, breadth first."""
    far = {goal: 0}
    queue = [goal]
    for places in queue:
        for disk, _, there in _moves(places, pegs):
            after = (*places[:disk], there, *places[disk + 1 :])
            if after not in far:
                far[after] = far[places] + 1
                queue.append(after)
    return far


def _size(size: Size) -> tuple[int, int]:
    disks, pegs = size if isinstance(size, tuple | list) else (size, 3)
    if not (1 <= disks <= MOST_DISKS and 3 <= pegs <= MOST_PEGS):
        raise OptionError(
            "this is no size of towers",
            expected=f"1 to {MOST_DISKS} disks, or (disks, pegs) with 3 to {MOST_PEGS} pegs",
            got=size,
        )
    return disks, pegs


def _named(puzzle: HanoiPuzzle) -> list[tuple[str, tuple[tuple[int, ...], ...]]]:
    return [("start", puzzle.start), ("goal", puzzle.goal)]


def _line(pegs: Sequence[Sequence[int]]) -> str:
    return " / ".join(" ".join(map(str, peg)) or "-" for peg in pegs)


def _read_pegs(text: str) -> list[list[int]]:
    pegs = [peg.replace("-", " ").split() for peg in re.split("[/|]", text)]
    if not all(word.isdecimal() and len(word) < 4 for peg in pegs for word in peg):
        raise InputError("a disk is no number", expected="3 2 1 / - / -", got=text.strip()[:80])
    return [[int(word) for word in peg] for peg in pegs]


def _claims(sample: Sample) -> Claim:
    return SURE if re.match(r"hanoi\b", sample.first, re.IGNORECASE) else NO


def _draw(state: State) -> Scene:
    places, goal, pegs = state
    disks = len(places)
    wide, thick = 3.0, 0.4
    height = (disks + 1) * thick
    shapes: list[Shape] = []
    for peg in range(pegs):
        middle = (peg + 0.5) * wide
        shapes.append(Line(((middle, 0.2), (middle, height)), INK, 0.08))
        shapes.append(Words(middle, height + 0.5, 0.5, _LETTERS[peg]))
        stack = [disk for disk in range(disks - 1, -1, -1) if places[disk] == peg]
        for level, disk in enumerate(stack, 1):
            across = wide * 0.9 * (disk + 2) / (disks + 1)
            colour = NEW if places[disk] == goal[disk] else "#c98a3d"
            top = height - level * thick
            shapes.append(Rectangle(middle - across / 2, top + 0.03, across, thick - 0.06, colour))
    shapes.append(Line(((0.1, height), (pegs * wide - 0.1, height)), INK, 0.1))
    return Scene(pegs * wide, height + 0.9, tuple(shapes))
