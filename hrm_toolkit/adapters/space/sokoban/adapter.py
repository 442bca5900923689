"""Sokoban: states, what a network reads, and levels and plans as people write them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np

from hrm_toolkit.adapters.grid import Dihedral, place, sides
from hrm_toolkit.adapters.space.plan import Plan
from hrm_toolkit.adapters.space.shown import with_plan
from hrm_toolkit.adapters.space.sokoban import files, scene, walking
from hrm_toolkit.adapters.space.sokoban.draw import KINDS, State, draw, farthest
from hrm_toolkit.adapters.space.sokoban.level import (
    WAYS,
    Level,
    bare,
    bits,
    drawn,
    level_of,
    places,
)
from hrm_toolkit.adapters.space.sokoban.puzzle import SokobanPlan, SokobanPuzzle
from hrm_toolkit.adapters.space.symmetry import BoardSymmetry
from hrm_toolkit.adapters.space.task import SpaceAdapter
from hrm_toolkit.adapters.space.view import View
from hrm_toolkit.core import (
    Answer,
    InputError,
    OptionError,
    Palette,
    Relation,
    Size,
    Symmetry,
    Violation,
    WrongAnswer,
)
from hrm_toolkit.core.files import Form
from hrm_toolkit.core.scene import Scene
from hrm_toolkit.core.structure import IntArray

_LEAST, _MOST = 5, 20
_ROOMY = 7
"""The shortest side on which boxes come into each other's way often enough to be drawn so."""
_TRIES = 2_000
_NAMED = 6


class SokobanAdapter(SpaceAdapter[SokobanPuzzle, State]):
    """Sokoban on levels of up to 64x64.

    An action is a push; the walks between pushes follow from it, and a plan costs its pushes. Plans
    are read and shown as LURD too.

    Sizes are the side of a square or (height, width), walls included.

    Example:
        >>> sokoban = SokobanAdapter()
        >>> puzzle = sokoban.parse("#####\\n#@$.#\\n#####")
        >>> sokoban.exact(puzzle).answer.actions
        ('push 2 3 right',)
        >>> sokoban.parse_answer(puzzle, "R").actions
        ('push 2 3 right',)
        >>> wrong = sokoban.parse_answer(puzzle, "l")
        >>> print(sokoban.rules.check(puzzle, wrong).violations[0].message.partition(": ")[2])
        move 1 leads the player left from row 2 column 2 into the wall at row 2 column 1
    """

    task: ClassVar[str] = "sokoban"
    title: ClassVar[str] = "Sokoban"
    summary: ClassVar[str] = "push every box onto a goal"
    puzzle_type = SokobanPuzzle
    answer_type = SokobanPlan
    claims: ClassVar[tuple[str, ...]] = ("moves", "lurd")
    difficulties: ClassVar[tuple[str, ...]] = tuple(KINDS)
    default_sizes: ClassVar[tuple[Size, ...]] = (7, (7, 8), 8)
    words = (
        *(f"{what}{how}" for what in ("floor", "dead floor", "goal") for how in ("", " reached")),
        "box",
        "box on goal",
    )
    kinds = WAYS
    between: ClassVar[tuple[str, ...]] = ("north", "south", "west", "east")
    thought: ClassVar[int] = 3_000
    stray: ClassVar[float] = 0.5

    def start(self, puzzle: SokobanPuzzle) -> State:
        level = level_of(bare(puzzle))
        boxes, player = places(level, puzzle)
        return level, boxes, level.flood(1 << player, level.open & ~boxes)

    def at(self, puzzle: SokobanPuzzle, state: State) -> SokobanPuzzle:
        level, boxes, reach = state
        player = places(level, puzzle)[1]
        return drawn(level, boxes, player if reach >> player & 1 else next(bits(reach)))

    def actions(self, state: State) -> Sequence[str]:
        level, boxes, reach = state
        return [level.named[push] for push in level.pushes(boxes, reach)]

    def step(self, state: State, action: str) -> State:
        level, boxes, _ = state
        return level, *level.pushed(boxes, *level.meant[action])

    def is_goal(self, state: State) -> bool:
        return not state[1] & ~state[0].goals

    def heuristic(self, state: State) -> float:
        """The cheapest way to give each box a goal, by pushes without the other boxes."""
        return state[0].least(state[1])

    def is_dead(self, state: State) -> bool:
        return state[0].is_lost(state[1])

    def back(self, state: State) -> Sequence[tuple[State, str]]:
        level, boxes, reach = state
        pulls = level.pulls(boxes, reach)
        return [((level, *level.pulled(boxes, *pull)), level.named[pull]) for pull in pulls]

    def kind(self, action: str) -> str:
        return action.rpartition(" ")[2]

    def unmet(self, state: State, done: int) -> str:
        level, boxes, _ = state
        away = [place(level.cell(bit)) for bit in bits(boxes & ~level.goals)]
        named = ", ".join(away[:_NAMED]) + (" and more" if away[_NAMED:] else "")
        many = "1 box is" if len(away) == 1 else f"{len(away)} boxes are"
        return f"after {done} {_pushes(done)} {many} on no goal: {named}"

    def refused(self, state: State, action: str) -> str:
        """Why the player cannot push so, or cannot walk so."""
        level, boxes, reach = state
        parts = action.split()
        match parts:
            case ["push", row, column, way] if (
                row.isdecimal() and column.isdecimal() and way in WAYS
            ):
                cell = int(row) - 1, int(column) - 1
                bit = level.bit(cell)
                if not level.open >> bit & 1:
                    return f"there is no box at {place(cell)}"
                return walking.why_no_push(level, boxes, reach, bit, way)
            case ["move", number, way, "from", row, column] if (
                number.isdecimal() and row.isdecimal() and column.isdecimal()
            ):
                player = level.bit((int(row) - 1, int(column) - 1))
                if player and way in WAYS:
                    return walking.why_no_move(level, boxes, int(number), way, player)
        return ""

    def impossible(self, puzzle: SokobanPuzzle) -> Sequence[Violation]:
        """Boxes that are off the goals and never come to one, where that shows at sight."""
        level, boxes, _ = self.start(puzzle)
        lost = boxes & level.dead
        why = "comes to no goal, whatever is pushed"
        if not lost:
            lost = level.stuck(boxes) & ~level.goals
            why = "is stuck: no box that holds it can be the first to move"
        return tuple(
            Violation(
                rule="dead",
                message=f"the box at {place(level.cell(bit))} {why}",
                places=(level.cell(bit),),
            )
            for bit in bits(lost)
        )

    def begin(
        self, rng: np.random.Generator, size: Size | None, difficulty: str | None
    ) -> SokobanPuzzle:
        if size is None:
            size = self.default_sizes[int(rng.integers(len(self.default_sizes)))]
        height, width = _sides(size)
        kind = difficulty or self.difficulties[int(rng.integers(len(self.difficulties)))]
        if kind == "expert" and min(height, width) < _ROOMY:
            raise OptionError(
                "expert levels of this size are not made",
                expected=f"sides of at least {_ROOMY}, or another difficulty",
                got=f"{height}x{width}",
            )
        for _ in range(_TRIES):
            found = draw(rng, height, width, kind)
            if found is None:
                continue
            puzzle = drawn(*found)
            if kind != "expert":
                return puzzle
            far = farthest(self, self.start(puzzle), self.heuristic)
            if far is not None:
                return self.at(puzzle, far)
        raise InputError(f"no {kind} level of {height}x{width} was found in {_TRIES:,} draws")

    def view(self, state: State) -> View:
        level, boxes, reach = state
        room, sides, at = _room(level, _part(level, reach))
        words = []
        for bit in room:
            home = level.goals >> bit & 1
            if boxes >> bit & 1:
                words.append("box on goal" if home else "box")
                continue
            what = "goal" if home else "dead floor" if level.dead >> bit & 1 else "floor"
            words.append(f"{what} reached" if reach >> bit & 1 else what)
        touches = {
            level.named[bit, way]: (room[bit], room[bit + level.offsets[way]])
            for bit, way in level.pushes(boxes, reach)
        }
        return View(words, sides, touches, at)

    def symmetry(
        self, puzzle: SokobanPuzzle, rng: np.random.Generator
    ) -> Symmetry[SokobanPuzzle, Plan]:
        return BoardSymmetry(Dihedral.draw(rng), *puzzle.shape, SokobanPuzzle.moved)

    def canonical(self, puzzle: SokobanPuzzle) -> str:
        least = min("\n".join(dihedral.text(puzzle.grid)) for dihedral in Dihedral.all())
        return hashlib.sha256(least.encode()).hexdigest()

    def lurd(self, puzzle: SokobanPuzzle, answer: Plan) -> str | None:
        """A plan as moves of the player, a capital for each push; None where one cannot be made."""
        level, boxes, _ = self.start(puzzle)
        pushes = [level.meant.get(action, (0, 0)) for action in answer.actions]
        return walking.lurd(level, boxes, places(level, puzzle)[1], pushes)

    def render(self, puzzle: SokobanPuzzle, answer: Plan | None = None) -> str:
        """The level; below it the answer as moves (LURD) and as pushes."""
        text = files.render(puzzle)
        if answer is None:
            return text
        moves = self.lurd(puzzle, answer)
        walked = [] if moves is None else [f"moves ({len(moves):,}): {moves}"]
        return with_plan("\n".join((text, *walked)), answer)

    def scene(self, puzzle: SokobanPuzzle, answer: Plan | None = None) -> Scene:
        level = self.start(puzzle)[0]
        pushes = [level.meant[a] for a in (answer.actions if answer else ()) if a in level.meant]
        return scene.draw(
            puzzle,
            [(level.cell(bit), level.cell(bit + level.offsets[way])) for bit, way in pushes],
        )

    @property
    def palette(self) -> Palette:
        signs = ((" ", "floor"), ("#", "wall"), ("$", "box"), (".", "goal"), ("@", "player"))
        both = (("*", "box on a goal"), ("+", "player on a goal"))
        return Palette((*signs, *both), once="@+")

    def parse(self, text: str) -> SokobanPuzzle:
        return files.parse(text)

    def forms(self) -> Sequence[Form]:
        return files.FORMS

    def parse_answer(self, puzzle: SokobanPuzzle, text: str) -> Plan:
        """A plan from LURD, move by move, or from pushes.

        Raises:
            InputError: for another text, which refutes nothing.
        """
        if text.lstrip()[:1] in ("{", "["):
            return super().parse_answer(puzzle, text)
        moves = files.moves(text)
        if moves is not None:
            return self._walked_by(puzzle, moves)
        pushes = files.pushes(text)
        if pushes is None:
            raise InputError("this names no moves", expected=files.EXPECTED, got=text.strip()[:80])
        return self.plan_of(pushes)

    def _walked_by(self, puzzle: SokobanPuzzle, moves: Sequence[int]) -> Plan:
        """The pushes of moves; one that cannot be made is the last action, for the rules."""
        level, boxes, _ = self.start(puzzle)
        pushes, failed = walking.played(level, boxes, places(level, puzzle)[1], moves)
        actions = [level.named[push] for push in pushes]
        if failed is not None:
            number, way, player = failed
            row, column = level.cell(player)
            actions.append(f"move {number} {WAYS[way]} from {row + 1} {column + 1}")
        return self.plan_of(actions)

    def coerce_answer(self, puzzle: SokobanPuzzle, value: Any) -> Plan:
        """As every state space; moves (LURD) under "moves" or "lurd" are read too."""
        if isinstance(value, dict) and not isinstance(value, Answer) and "actions" not in value:
            named = next((value[name] for name in self.claims if name in value), None)
            if isinstance(named, str):
                return self.parse_answer(puzzle, named)
        return super().coerce_answer(puzzle, value)

    def wrong_answers(self) -> Sequence[WrongAnswer[SokobanPuzzle, Plan]]:
        puzzle = self.parse("#######\n#.$@  #\n#   $.#\n#######")
        wrong = {
            "after 0 pushes 2 boxes are on no goal: row 2 column 3, row 3 column 5": (),
            "after 1 push 1 box is on no goal: row 3 column 5": ("push 2 3 left",),
            "there is no box at row 2 column 4": ("push 2 4 left",),
            "stand at row 4 column 5, where a wall is": ("push 3 5 up",),
            "would go into the wall at row 4 column 5": ("push 3 5 down",),
            "right from row 2 column 6 into the wall at row 2 column 7": ("move 3 right from 2 6",),
        }
        return [WrongAnswer(puzzle, self.plan_of(plan), says) for says, plan in wrong.items()]


@lru_cache(maxsize=256)
def _part(level: Level, reach: int) -> int:
    """The part of a level that the player can come to, were there no box."""
    return level.flood(reach & -reach, level.open)


@lru_cache(maxsize=256)
def _room(level: Level, part: int) -> tuple[dict[int, int], tuple[Relation, ...], IntArray]:
    """Places of a part by the bits of its cells, neighbours, rows and columns."""
    room = {bit: at for at, bit in enumerate(bits(part))}
    sides = tuple(
        Relation.neighbours(name, [room.get(bit + offset, -1) for bit in room])
        for name, offset in zip(SokobanAdapter.between, level.offsets, strict=True)
    )
    at = np.array([level.cell(bit) for bit in room], np.int32).reshape(-1, 2)
    return room, sides, at


def _pushes(count: int) -> str:
    return "push" if count == 1 else "pushes"


def _sides(size: Size) -> tuple[int, int]:
    """Height and width of a size, or an OptionError."""
    height, width = sides(size)
    if not (_LEAST <= height <= _MOST and _LEAST <= width <= _MOST):
        raise OptionError(
            "levels of this size are not made",
            expected=f"a side from {_LEAST} to {_MOST}, walls included, or (height, width)",
            got=size,
        )
    return height, width
