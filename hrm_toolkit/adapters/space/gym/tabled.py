"""Environments that tell their transitions, as Gymnasium's toy text does."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from hrm_toolkit.adapters.space.gym.adapter import RUNNING, WON, At, GymAdapter, lost_return
from hrm_toolkit.adapters.space.gym.models import Outcome, Table
from hrm_toolkit.adapters.space.plan import Plan
from hrm_toolkit.adapters.space.search import costs
from hrm_toolkit.adapters.space.shown import with_plan, without_plan
from hrm_toolkit.adapters.space.view import View
from hrm_toolkit.core import InputError, OptionError, Size


class TableAdapter(GymAdapter):
    """Of an environment that tells its transitions (``env.unwrapped.P``).

    Every state is a puzzle. The goal is where episodes end with the largest reward; their costs
    to it are found once, backwards, over all states.

    Example:
        >>> from hrm_toolkit.adapters.space.gym import gym_adapter  # doctest: +SKIP
        >>> taxi = gym_adapter("Taxi-v4")  # doctest: +SKIP
        >>> taxi.exact(taxi.parse("state 314")).answer.actions[:2]  # doctest: +SKIP
        ('north', 'north')
    """

    def __init__(self, task: str, make: Callable[[], Any], **options: Any) -> None:
        self.table = Table(make(), task)
        over = [o.reward for row in self.table.rows.values() for o in row if o.over]
        if not over:
            raise InputError(f"no episode of {task} ends", expected="a goal in it")
        self._best_end = max(over)
        super().__init__(task, make, **options)
        self._require_costs()

    def _words(self) -> tuple[str, ...]:
        decoded = [self._parts(state) for state in self.table.rows]
        return tuple(
            f"{at}={value}"
            for at, values in enumerate(zip(*decoded, strict=True))
            for value in sorted(set(values))
        )

    def _parts(self, state: int) -> tuple[int, ...]:
        """What a state is made of, where the environment tells (as Taxi does); else itself."""
        decode = getattr(self.env.unwrapped, "decode", None)
        return (state,) if decode is None else tuple(int(part) for part in decode(state))

    def _require_costs(self) -> None:
        """Refuse rewards of which the shortest way does not follow."""
        steps = {o.reward for row in self.table.rows.values() for o in row if not o.over}
        if self._cost is lost_return and 0.0 in steps and min(steps) < 0:
            raise InputError(
                f"steps of {self.task} take 0 and {-min(steps):g} of the return",
                hint="give cost, a function of a reward, that is more than 0",
            )

    def _fields(self) -> dict[str, Any]:
        return {"state": (Annotated[int, Field(ge=0)], ...)}

    def _is_best(self, reward: float) -> bool:
        return reward == self._best_end

    def _outcome(self, state: Any, action: int) -> Outcome:
        return self.table.outcome(state, action)

    def puzzle_of(self, seed: int, observation: Any) -> Any:
        return self.at(None, At(int(observation)))

    def start(self, puzzle: Any) -> At:
        if puzzle.state not in self.table.rows:
            last = max(self.table.rows)
            raise InputError(f"{self.task} has no state {puzzle.state}", expected=f"0 to {last}")
        return At(puzzle.state)

    def at(self, puzzle: Any, state: At) -> Any:
        return self.puzzle_type(task=self.task, state=state.state)

    def coerce(self, value: Any) -> Any:
        """As every adapter; a state's number is read too."""
        if isinstance(value, int | np.integer):
            value = {"state": int(value)}
        puzzle = super().coerce(value)
        self.start(puzzle)
        return puzzle

    def goals(self, puzzle: Any) -> Sequence[At]:
        return self._goals

    @cached_property
    def _goals(self) -> tuple[At, ...]:
        found = {goal for goal in self._earlier if goal.status == WON}
        return tuple(sorted(found, key=lambda goal: goal.state))

    @cached_property
    def _earlier(self) -> dict[At, list[tuple[At, str]]]:
        """From where actions lead to each state."""
        found = dict[At, list[tuple[At, str]]]()
        for number in self.table.rows:
            for action in self.names:
                after = self.step(At(number), action)
                found.setdefault(after, []).append((At(number), action))
        return found

    @cached_property
    def _solvable(self) -> list[int]:
        """States from which a goal can be reached, of those that the goals' costs list.

        One to which others lead by an end alone is none: no episode goes on there.
        """
        near = costs(self, self._goals, most=self.perimeter)
        come, ended = set[int](), set[int]()
        for state, row in self.table.rows.items():
            for outcome in row:
                if outcome.state != state:
                    (ended if outcome.over else come).add(int(outcome.state))
        over = ended - come
        return sorted(at.state for at in near.of if at.status == RUNNING and at.state not in over)

    def back(self, state: At) -> Sequence[tuple[At, str]]:
        return self._earlier.get(state, ())

    def begin(self, rng: np.random.Generator, size: Size | None, difficulty: str | None) -> Any:
        """Any state from which the goal can be reached."""
        if size is not None:
            raise OptionError(f"{self.task} has one size", hint="leave out size", got=size)
        return self.at(None, At(self._solvable[int(rng.integers(len(self._solvable)))]))

    def view(self, state: At) -> View:
        """A place for each number that the state is made of."""
        return View([f"{at}={n}" for at, n in enumerate(self._parts(state.state))])

    def render(self, puzzle: Any, answer: Plan | None = None) -> str:
        return with_plan(f"{self.task}: state {puzzle.state}", answer)

    def parse(self, text: str) -> Any:
        """A state ("state 314"), or where an episode begins ("seed 7").

        Raises:
            InputError: for anything else.
        """
        said = re.fullmatch(r"(?s)(?:.*:)?\s*(state|seed)\s+(\d{1,9})", without_plan(text).strip())
        if not said:
            raise InputError(f"this is no puzzle of {self.task}", expected='"state 3" or "seed 7"')
        if said[1] == "state":
            return self.coerce(int(said[2]))
        return self.puzzle_of(int(said[2]), self.env.reset(seed=int(said[2]))[0])
