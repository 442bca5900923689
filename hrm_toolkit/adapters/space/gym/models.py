"""What comes of an action: from an environment's own table, or from copies of it."""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np

from hrm_toolkit.adapters.space.gym.environment import flat
from hrm_toolkit.core import InputError

MOST_STATES = 100_000
"""States of a table."""
_SNAPSHOTS = 2_000
"""Copies of an environment that are kept; others are played again from the start."""
_WALKS, _WALK = 10, 40
_SURE, _ALIKE = 100, 30
"""Actions of which it is tried whether chance has a part, and states whether a key tells all."""


@dataclass(frozen=True)
class Outcome:
    """What comes of an action.

    Attributes:
        state: the next.
        reward: for the action.
        over: whether the episode has ended there, other than by a limit of its length.
    """

    state: Any
    reward: float
    over: bool


class Table:
    """Transitions as the environments of gymnasium's toy text tell them: ``env.unwrapped.P``.

    Args:
        env: whose.
        name: for messages.

    Raises:
        InputError: where chance has a part.
    """

    def __init__(self, env: Any, name: str) -> None:
        rows = env.unwrapped.P
        if len(rows) > MOST_STATES:
            raise InputError(f"{name} has {len(rows):,} states", expected=f"{MOST_STATES:,}")
        self.rows: dict[int, list[Outcome]] = {}
        for state in rows:
            self.rows[int(state)] = [
                self._only(rows[state][action], name, state, action)
                for action in range(len(rows[state]))
            ]

    @staticmethod
    def _only(outcomes: Any, name: str, state: int, action: int) -> Outcome:
        possible = {
            (int(after), float(reward), bool(over))
            for chance, after, reward, over in outcomes
            if chance > 0
        }
        if len(possible) != 1:
            raise stochastic(name, f"action {action} in state {state} has {len(possible)} outcomes")
        after, reward, over = next(iter(possible))
        return Outcome(after, reward, over)

    def outcome(self, state: Any, action: int) -> Outcome:
        """What comes of an action."""
        return self.rows[state][action]


def stochastic(name: str, why: str) -> InputError:
    """The refusal of an environment in which chance has a part."""
    return InputError(
        f"{name} leaves something to chance ({why}): no plan is sure there",
        hint="turn chance off, such as is_slippery=False (FrozenLake-v1?is_slippery=false), "
        "or use value_iteration, which is no plan",
    )


def unlike(name: str) -> InputError:
    """The refusal of an environment whose observations do not say all."""
    return InputError(
        f"two states of {name} look alike and are not: an observation does not say all",
        hint="give key, a function of the environment and the observation",
    )


@dataclass(frozen=True)
class Seen:
    """A state of an environment that is copied.

    Attributes:
        seed: with which its episode was started.
        key: what tells it from others.
    """

    seed: int
    key: Hashable


class Copies:
    """Transitions by stepping copies of an environment.

    Args:
        make: makes the environment.
        name: for messages.
        key: what tells states apart, from ``env.unwrapped`` and the observation.
    """

    def __init__(
        self,
        make: Callable[[], Any],
        name: str,
        key: Callable[[Any, Any], Hashable] | None = None,
    ) -> None:
        self._name = name
        self._key = key or key_of
        self._env = make()
        self._sure, self._alike = _SURE, _ALIKE
        if key is None and is_grid(self._env.unwrapped):
            self._alike = 0
        self._before: dict[Seen, tuple[Seen, int] | None] = {}
        self._snapshots: OrderedDict[Seen, tuple[Any, Any]] = OrderedDict()
        self._known: dict[tuple[Seen, int], Outcome] = {}

    def start(self, seed: int, actions: tuple[int, ...] = ()) -> Seen:
        """The state after some actions of an episode.

        Raises:
            InputError: where the episode ends before.
        """
        observation, _ = self._env.reset(seed=seed)
        state = Seen(seed, self._key(self._env.unwrapped, observation))
        if state not in self._before:
            self._before[state] = None
            self._keep(state, (self._copy(self._env.unwrapped), observation))
        for action in actions:
            outcome = self.outcome(state, action)
            if outcome.over:
                raise InputError("the episode is over before the puzzle begins")
            state = _seen(outcome)
        return state

    def actions(self, state: Seen) -> tuple[int, ...]:
        """Those by which a state was first come to, from the start of its episode."""
        found = []
        while (step := self._before[state]) is not None:
            state, action = step
            found.append(action)
        return tuple(reversed(found))

    def observation(self, state: Seen) -> Any:
        """What is observed there."""
        return self._snapshot(state)[1]

    def environment(self, state: Seen) -> Any:
        """The environment as it is there; it must not be stepped."""
        return self._snapshot(state)[0]

    def outcome(self, state: Seen, action: int) -> Outcome:
        """What comes of an action.

        Raises:
            InputError: where chance has a part, or states that look alike are not.
        """
        if (state, action) not in self._known:
            if self._sure:
                self._sure -= 1
                self._require_sure(state, action)
            env = self._copy(self._snapshot(state)[0])
            self._known[state, action] = self._stepped(env, state, action)
        return self._known[state, action]

    def _stepped(self, env: Any, state: Seen, action: int) -> Outcome:
        observation, reward, over, _, _ = env.step(action)
        after = Seen(state.seed, self._key(env, observation))
        if after not in self._before:
            self._before[after] = (state, action)
            self._keep(after, (env, observation))
        elif not over and self._alike:
            self._alike -= 1
            self._require_alike(after, env)
        return Outcome(after, float(reward), bool(over))

    def _require_sure(self, state: Seen, action: int) -> None:
        """Refuse an environment whose step depends on its generator."""
        told = set()
        for seed in range(3):
            env = self._copy(self._snapshot(state)[0])
            env.np_random = np.random.default_rng(seed)
            told.add(self._told(env, action))
        if len(told) > 1:
            raise stochastic(self._name, f"one action has {len(told)} outcomes")

    def _require_alike(self, state: Seen, env: Any) -> None:
        """Refuse a key that another state shares, of which something else comes: the same drawn
        actions are taken in both."""
        rng = np.random.default_rng(0)
        count = int(self._env.action_space.n)
        for _ in range(_WALKS):
            both = [self._copy(env), self._copy(self._snapshot(state)[0])]
            for action in rng.integers(count, size=_WALK).tolist():
                told = [self._told(other, action) for other in both]
                # What an episode pays may depend on how long it is.
                if (told[0][0], told[0][2]) != (told[1][0], told[1][2]):
                    raise unlike(self._name)
                if told[0][-1]:
                    break

    def replayed(
        self, seed: int, before: list[int], actions: list[int], outcomes: list[Outcome]
    ) -> None:
        """Hold what was found of actions, after others, to the environment itself.

        Raises:
            InputError: where something else comes of them: its states look alike and are not.
        """
        self._env.reset(seed=seed)
        env = self._copy(self._env.unwrapped)
        for action in before:
            env.step(action)
        for action, outcome in zip(actions, outcomes, strict=True):
            key, _, over = self._told(env, action)
            if (Seen(seed, key), over) != (outcome.state, outcome.over):
                raise unlike(self._name)

    def _told(self, env: Any, action: int) -> tuple[Hashable, float, bool]:
        observation, reward, over, _, _ = env.step(action)
        return self._key(env, observation), float(reward), bool(over)

    def _snapshot(self, state: Seen) -> tuple[Any, Any]:
        if state not in self._snapshots:
            self._env.reset(seed=state.seed)
            env = self._copy(self._env.unwrapped)
            observation = self._env.reset(seed=state.seed)[0]
            for action in self.actions(state):
                observation = env.step(action)[0]
            self._keep(state, (env, observation))
        self._snapshots.move_to_end(state)
        return self._snapshots[state]

    def _keep(self, state: Seen, snapshot: tuple[Any, Any]) -> None:
        self._snapshots[state] = snapshot
        if len(self._snapshots) > _SNAPSHOTS:
            self._snapshots.popitem(last=False)

    @staticmethod
    def _copy(env: Any) -> Any:
        # What never changes is shared: copies of spaces take most of the time.
        shared = ("observation_space", "action_space", "spec", "actions", "_np_random")
        memo = {id(vars(env)[name]): vars(env)[name] for name in shared if name in vars(env)}
        return copy.deepcopy(env, memo)


def _seen(outcome: Outcome) -> Seen:
    state = outcome.state
    if not isinstance(state, Seen):
        raise TypeError(f"{state!r} is no state of a copied environment")
    return state


def is_grid(env: Any) -> bool:
    """Whether an environment is a MiniGrid, which tells all of its state."""
    return hasattr(env, "agent_pos") and hasattr(getattr(env, "grid", None), "encode")


def key_of(env: Any, observation: Any) -> Hashable:
    """All of a MiniGrid's grid, agent and what it carries; else the observation."""
    if is_grid(env):
        carried = env.carrying
        place = tuple(int(n) for n in env.agent_pos)
        held = None if carried is None else tuple(map(int, carried.encode()))
        return env.grid.encode().tobytes(), place, int(env.agent_dir), held
    return flat(observation)
