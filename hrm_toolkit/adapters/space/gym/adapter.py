"""What adapters of Gymnasium's environments share: an episode's start is a puzzle."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import create_model

from hrm_toolkit.adapters.space.gym.environment import action_names
from hrm_toolkit.adapters.space.gym.models import Outcome
from hrm_toolkit.adapters.space.plan import Plan
from hrm_toolkit.adapters.space.task import SpaceAdapter
from hrm_toolkit.core import InputError, Puzzle

RUNNING, WON, LOST = "running", "won", "lost"


@dataclass(frozen=True)
class At:
    """Where an episode is.

    Attributes:
        state: of the environment.
        status: whether it goes on, has reached the goal, or has ended without it.
        reward: that ended it; 0 where it goes on.
    """

    state: Any
    status: str = RUNNING
    reward: float = 0.0


class GymAdapter(SpaceAdapter[Any, At]):
    """What adapters of environments share; ``gym_adapter`` makes one.

    An episode that ends with a reward that ``goal`` takes has reached the goal. An action costs
    what it takes of the return, and 1 where it takes nothing.

    Args:
        task: the adapter's name.
        make: makes the environment.
        goal: whether an episode that ended with a reward has reached the goal.
        cost: of an action, more than 0, by its reward.
    """

    family = "Gymnasium"
    summary = "an environment of Gymnasium, planned in"

    def __init__(
        self,
        task: str,
        make: Callable[[], Any],
        goal: Callable[[float], bool] | None = None,
        cost: Callable[[float], float] | None = None,
    ) -> None:
        self.task = self.title = task  # type: ignore[misc]
        self.make = make
        self.env = make()
        self.names = action_names(self.env, task)
        self.kinds = self.names
        self.words = self._words()
        tag: Any = (Literal[task], task)
        self.puzzle_type = create_model("GymPuzzle", __base__=Puzzle, task=tag, **self._fields())
        self.answer_type = create_model("GymPlan", __base__=Plan, task=tag)
        self._goal, self._cost = goal or self._is_best, cost or lost_return
        super().__init__()

    @abstractmethod
    def _words(self) -> tuple[str, ...]:
        """What may stand at a place of ``view``."""

    @abstractmethod
    def _fields(self) -> dict[str, Any]:
        """The fields of a puzzle, for pydantic."""

    @abstractmethod
    def _is_best(self, reward: float) -> bool:
        """Whether an episode that ended so has reached the goal, where nobody said."""

    @abstractmethod
    def _outcome(self, state: Any, action: int) -> Outcome:
        """What comes of an action."""

    @abstractmethod
    def puzzle_of(self, seed: int, observation: Any) -> Any:
        """The puzzle that begins where ``reset(seed=seed)`` does."""

    def won(self, reward: float) -> bool:
        """Whether an episode that ended with this reward has reached the goal."""
        return self._goal(reward)

    def actions(self, state: At) -> Sequence[str]:
        return self.names if state.status == RUNNING else ()

    def outcome(self, state: At, action: str) -> Outcome:
        """What the environment says of an action.

        Raises:
            InputError: where it pays for what is no goal: then the shortest way is not the best.
        """
        found = self._outcome(state.state, self.names.index(action))
        if found.reward > 0 and not found.over and self._cost is lost_return:
            raise InputError(
                f"{self.task} pays {found.reward:g} on the way: its best return is no plan's cost",
                hint="give cost, a function of a reward, or use value_iteration",
            )
        return found

    def step(self, state: At, action: str) -> At:
        found = self.outcome(state, action)
        if not found.over:
            return At(found.state)
        status = WON if self._goal(found.reward) else LOST
        return At(found.state, status, found.reward)

    def cost(self, state: At, action: str) -> float:
        return self._cost(self.outcome(state, action).reward)

    def is_goal(self, state: At) -> bool:
        return state.status == WON

    def is_dead(self, state: At) -> bool:
        return state.status == LOST

    def kind(self, action: str) -> str:
        return action

    def unmet(self, state: At, done: int) -> str:
        if state.status == LOST:
            return f"the episode ends with a reward of {state.reward:g} and not in the goal"
        return super().unmet(state, done)


def lost_return(reward: float) -> float:
    """What an action takes of the return; 1 where it takes nothing."""
    return -reward if reward < 0 else 1.0
