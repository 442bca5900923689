"""Environments whose copies are stepped, MiniGrid's among them."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from hrm_toolkit.adapters.grid import DIRECTIONS, neighbours
from hrm_toolkit.adapters.space.gym.adapter import At, GymAdapter
from hrm_toolkit.adapters.space.gym.environment import Numbers, flat
from hrm_toolkit.adapters.space.gym.models import Copies, Outcome, Seen
from hrm_toolkit.adapters.space.plan import Plan
from hrm_toolkit.adapters.space.shown import with_plan, without_plan
from hrm_toolkit.adapters.space.view import View, longer
from hrm_toolkit.core import Exact, InputError, OptionError, Size

MOST_STEPS = 10_000
_SEEDS = 1_000_000


class CopiedAdapter(GymAdapter):
    """Of an environment whose copies are stepped, such as MiniGrid's.

    A puzzle is where an episode begins, by its seed, after some actions. The goal is the end of
    an episode with a reward above 0.
    """

    thought = 5_000

    def __init__(
        self,
        task: str,
        make: Callable[[], Any],
        key: Callable[[Any, Any], Hashable] | None = None,
        **options: Any,
    ) -> None:
        self.copies = Copies(make, task, key)
        super().__init__(task, make, **options)

    def _words(self) -> tuple[str, ...]:
        return Numbers.of(self.env.observation_space, self.task).words

    def _fields(self) -> dict[str, Any]:
        name: Any = Literal[self.names]
        return {
            "seed": (Annotated[int, Field(ge=0, le=2**31 - 1)], ...),
            "done": (Annotated[tuple[name, ...], Field(max_length=MOST_STEPS)], ()),
        }

    def _is_best(self, reward: float) -> bool:
        return reward > 0

    def _outcome(self, state: Any, action: int) -> Outcome:
        return self.copies.outcome(state, action)

    def puzzle_of(self, seed: int, observation: Any) -> Any:
        return self.puzzle_type(task=self.task, seed=seed)

    def start(self, puzzle: Any) -> At:
        return At(self.copies.start(puzzle.seed, tuple(map(self.names.index, puzzle.done))))

    def at(self, puzzle: Any, state: At) -> Any:
        seen: Seen = state.state
        done = tuple(self.names[number] for number in self.copies.actions(seen))
        return self.puzzle_type(task=self.task, seed=seen.seed, done=done)

    def exact(self, puzzle: Any, *, seconds: float = 10.0) -> Exact[Plan]:
        """As every state space; the plan is then held to the environment itself."""
        found = super().exact(puzzle, seconds=seconds)
        if found.answer is not None:
            state, outcomes = self.start(puzzle), []
            before = [self.names.index(action) for action in puzzle.done]
            for action in found.answer.actions:
                outcomes.append(self.outcome(state, action))
                state = self.step(state, action)
            after = [self.names.index(action) for action in found.answer.actions]
            self.copies.replayed(puzzle.seed, before, after, outcomes)
        return found

    def begin(self, rng: np.random.Generator, size: Size | None, difficulty: str | None) -> Any:
        """Where an episode with a drawn seed begins."""
        if size is not None:
            raise OptionError(f"{self.task} has one size", hint="leave out size", got=size)
        return self.puzzle_type(task=self.task, seed=int(rng.integers(_SEEDS)))

    def view(self, state: At) -> View:
        """A place a number of the observation."""
        numbers = flat(self.copies.observation(state.state))
        return View([f"{at}={number}" for at, number in enumerate(numbers)])

    def render(self, puzzle: Any, answer: Plan | None = None) -> str:
        done = f" after {', '.join(puzzle.done)}" if puzzle.done else ""
        return with_plan(f"{self.task}: seed {puzzle.seed}{done}", answer)

    def parse(self, text: str) -> Any:
        """Where an episode begins, "seed 7", or how it goes on, "seed 7 after left, forward".

        Raises:
            InputError: for anything else.
        """
        body = without_plan(text).strip()
        said = re.fullmatch(r"(?s)(?:.*:)?\s*seed\s+(\d{1,10})(?:\s+after\s+(.+))?", body)
        if not said:
            raise InputError(f"this is no puzzle of {self.task}", expected='"seed 7"')
        done = [part.strip() for part in said[2].split(",")] if said[2] else []
        return self.coerce({"seed": int(said[1]), "done": done})


class GridAdapter(CopiedAdapter):
    """Of a MiniGrid, of which a network reads the whole grid and not what the agent sees."""

    between: ClassVar[tuple[str, ...]] = tuple(DIRECTIONS)

    def _words(self) -> tuple[str, ...]:
        return _grid_words()

    def view(self, state: At) -> View:
        """A place a cell, row by row, and one for what is carried."""
        return _grid_view(self.copies.environment(state.state))


_KINDS, _COLOURS, _STATES = 11, 6, 4


def _grid_words() -> tuple[str, ...]:
    cells = (
        f"{kind} {colour} {state}"
        for kind in range(_KINDS)
        for colour in range(_COLOURS)
        for state in range(_STATES)
    )
    carried = (f"carries {kind} {colour}" for kind in range(_KINDS) for colour in range(_COLOURS))
    return (*cells, "carries nothing", *carried)


def _grid_view(env: Any) -> View:
    """Cells row by row; MiniGrid's own arrays have x before y."""
    cells = np.array(env.grid.encode()).transpose(1, 0, 2)
    height, width, _ = cells.shape
    column, row = (int(n) for n in env.agent_pos)
    cells[row, column] = (10, 0, int(env.agent_dir))
    words = [" ".join(str(int(n)) for n in cell) for cell in cells.reshape(-1, 3)]
    held = "nothing"
    if env.carrying is not None:
        held = " ".join(str(int(n)) for n in env.carrying.encode()[:2])
    around = neighbours(np.ones((height, width), np.bool_))
    reached = [row * width + column]
    down, right = ((0, 1), (1, 0), (0, -1), (-1, 0))[int(env.agent_dir)]
    ahead = (row + down, column + right)
    if 0 <= ahead[0] < height and 0 <= ahead[1] < width:
        reached.append(ahead[0] * width + ahead[1])
    touches = dict.fromkeys(env.actions.__members__, reached)
    # What is carried has a place of its own, after the cells.
    relations = tuple(longer(relation, len(words) + 1) for relation in around)
    return View([*words, f"carries {held}"], relations, touches)
