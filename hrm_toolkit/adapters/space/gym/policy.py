"""Plans as policies that gymnasium plays, and value iteration where there is no plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from hrm_toolkit.adapters.space.gym.adapter import RUNNING, At, GymAdapter
from hrm_toolkit.adapters.space.gym.environment import makes, read_name
from hrm_toolkit.adapters.space.gym.tabled import TableAdapter
from hrm_toolkit.adapters.space.plan import Plan
from hrm_toolkit.core import InputError

_MOST_STEPS = 10_000
"""Steps after which an episode that nothing ends is left: some environments set no limit."""
_SWEEPS = 100_000
_CLOSE = 1e-10


class Policy:
    """What to do at an observation, by plans.

    Of a table's environment the observation is the state, and the policy a function of it. Of
    others it follows the episode from ``begin`` on, and is called once a step.

    Args:
        adapter: of the environment.
        solve: a plan for a puzzle, or None; exact search unless said. Of a solver
            ``lambda puzzle: solver.solve(puzzle).answer``.

    Attributes:
        method: what it is, in words.
        abstained: calls at which no plan was known; action 0 was taken.
    """

    def __init__(
        self, adapter: GymAdapter, solve: Callable[[Any], Plan | None] | None = None
    ) -> None:
        self.adapter = adapter
        self.method = "plan"
        self.abstained = 0
        self._solve = solve or (lambda puzzle: adapter.exact(puzzle).answer)
        self._next: dict[At, str] = {}
        self._at: At | None = None

    def begin(self, seed: int, observation: Any) -> None:
        """An episode begins, which ``reset(seed=seed)`` has started."""
        self._at = self.adapter.start(self.adapter.puzzle_of(seed, observation))

    def __call__(self, observation: Any) -> int:
        """The number of an action."""
        if isinstance(self.adapter, TableAdapter):
            self._at = At(int(observation))
        if self._at is None:
            raise InputError("no episode has begun", hint="call begin after reset")
        state = self._at
        if state not in self._next and state.status == RUNNING:
            self._think(state)
        if state not in self._next:
            self.abstained += 1
        action = self._next.get(state, self.adapter.names[0])
        if state.status == RUNNING:
            self._at = self.adapter.step(state, action)
        return self.adapter.names.index(action)

    def _think(self, state: At) -> None:
        plan = self._solve(self.adapter.at(None, state))
        for action in () if plan is None else plan.actions:
            if action not in self.adapter.actions(state):
                break
            self._next.setdefault(state, action)
            state = self.adapter.step(state, action)


class TablePolicy:
    """The best action of each state, by value iteration: of returns that are expected, no plan.

    Attributes:
        method: what it is, in words.
        values: the discounted return that is expected from each state, shape (S,).
        best: the action of each state, shape (S,).
    """

    def __init__(self, values: Any, best: Any) -> None:
        self.method = "value iteration, not a plan"
        self.values, self.best = values, best

    def begin(self, seed: int, observation: Any) -> None:
        """Nothing is to be known of an episode."""

    def __call__(self, observation: Any) -> int:
        """The number of an action."""
        return int(self.best[int(observation)])


def value_iteration(
    environment: str | Callable[[], Any], *, discount: float = 0.99, **options: Any
) -> TablePolicy:
    """The policy of the best expected return, of an environment that tells its transitions.

    For environments in which chance has a part, where no plan is sure.

    Args:
        environment: as of ``gym_adapter``.
        discount: of a reward a step later, 0 to 1; below 1 it always comes to an end.
        options: of ``gymnasium.make``.

    Raises:
        InputError: where there is no table ``P``, or values do not settle.
    """
    if isinstance(environment, str):
        name, named = read_name(environment.removeprefix("gym:"))
        environment = makes(name, {**named, **options})
    rows = getattr(environment().unwrapped, "P", None)
    if rows is None:
        raise InputError("the environment tells no transitions", expected="env.unwrapped.P")
    states, actions = len(rows), max(map(len, rows.values()))
    flat = [
        (state * actions + action, chance, after, reward, over)
        for state in rows
        for action in range(len(rows[state]))
        for chance, after, reward, over in rows[state][action]
    ]
    # (T,) transitions; pair is state x actions + action.
    pair, chance, after, reward, over = (np.array(column) for column in zip(*flat, strict=True))
    gain = np.bincount(pair, chance * reward, states * actions)
    weight = np.where(over, 0.0, chance * discount)
    values = np.zeros(states)
    for _ in range(_SWEEPS):
        returns = gain + np.bincount(pair, weight * values[after], states * actions)
        best = returns.reshape(states, actions).max(axis=1)
        if np.abs(best - values).max() < _CLOSE:
            return TablePolicy(best, returns.reshape(states, actions).argmax(axis=1))
        values = best
    raise InputError("values do not settle", hint="take a discount below 1")


@dataclass(frozen=True)
class Evaluation:
    """What came of episodes.

    Attributes:
        method: of the policy, in words.
        episodes: how many were played.
        mean_return: the sum of an episode's rewards, on average.
        success: share of episodes that ended in the goal.
        truncated: share of those that were cut off, by the environment's limit or after 10,000
            steps where it has none.
        mean_steps: of an episode.
    """

    method: str
    episodes: int
    mean_return: float
    success: float
    truncated: float
    mean_steps: float


def evaluate(
    environment: str | Callable[[], Any] | GymAdapter,
    policy: Policy | TablePolicy,
    *,
    episodes: int = 100,
    seed: int = 0,
    goal: Callable[[float], bool] | None = None,
    **options: Any,
) -> Evaluation:
    """Let the environment itself play episodes, as gymnasium makes it, with its limit of steps.

    Args:
        environment: as of ``gym_adapter``, or an adapter.
        policy: what to do at an observation.
        episodes: how many, reset with the seeds ``seed``, ``seed + 1`` and so on.
        goal: whether an end with a reward is the goal; the adapter's, or a reward above 0.
        options: of ``gymnasium.make``.
    """
    if isinstance(environment, GymAdapter):
        goal, make = goal or environment.won, environment.make
    elif isinstance(environment, str):
        name, named = read_name(environment.removeprefix("gym:"))
        make = makes(name, {**named, **options})
    else:
        make = environment
    if episodes < 1:
        raise InputError("no episode is played", expected="1 or more", got=episodes)
    env, won = make(), goal or (lambda reward: reward > 0)
    returns, successes, cut, steps = 0.0, 0, 0, 0
    for number in range(seed, seed + episodes):
        observation, _ = env.reset(seed=number)
        policy.begin(number, observation)
        over = truncated = False
        reward = 0.0
        for _ in range(_MOST_STEPS):
            observation, reward, over, truncated, _ = env.step(policy(observation))
            returns += float(reward)
            steps += 1
            if over or truncated:
                break
        successes += bool(over and won(float(reward)))
        cut += not over
    return Evaluation(
        policy.method,
        episodes,
        returns / episodes,
        successes / episodes,
        cut / episodes,
        steps / episodes,
    )
