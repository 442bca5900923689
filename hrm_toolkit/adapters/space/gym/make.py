"""The adapter of an environment, by its name or by what makes it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from hrm_toolkit.adapters.space.gym.adapter import GymAdapter
from hrm_toolkit.adapters.space.gym.copied import CopiedAdapter, GridAdapter
from hrm_toolkit.adapters.space.gym.environment import full_name, makes, read_name
from hrm_toolkit.adapters.space.gym.models import is_grid
from hrm_toolkit.adapters.space.gym.tabled import TableAdapter
from hrm_toolkit.core import OptionError


def gym_adapter(
    environment: str | Callable[[], Any],
    *,
    task: str | None = None,
    key: Callable[[Any, Any], Hashable] | None = None,
    goal: Callable[[float], bool] | None = None,
    cost: Callable[[float], float] | None = None,
    **options: Any,
) -> GymAdapter:
    """An environment as a task.

    Args:
        environment: its name, such as ``Taxi-v4`` or ``FrozenLake-v1?is_slippery=false``; or what
            makes one, with its ``task``.
        task: what to call it; ``gym:`` and the name unless said.
        key: what tells states apart where the environment has no table ``P``: a function of
            ``env.unwrapped`` and the observation. Unless said all of a MiniGrid, or the
            observation, which then must say all.
        goal: whether an episode that ends with a reward has reached the goal. Unless said the
            largest reward of a table's ends, or one above 0.
        cost: of an action by its reward, more than 0. Unless said what it takes of the return, or
            1 where it takes nothing.
        options: of ``gymnasium.make``, such as ``is_slippery=False``.

    Raises:
        InputError: where gymnasium is missing or does not make it; where chance has a part; for
            actions or observations that are no whole numbers.
    """
    if isinstance(environment, str):
        name, named = read_name(environment.removeprefix("gym:"))
        options = {**named, **options}
        make = makes(name, options)
        task = task or f"gym:{full_name(name, options)}"
    else:
        if task is None or options:
            raise OptionError("an environment of your own needs a task, its name, and no options")
        make = environment
    env = make().unwrapped
    if getattr(env, "P", None) is not None and key is None:
        return TableAdapter(task, make, goal=goal, cost=cost)
    kind = GridAdapter if is_grid(env) else CopiedAdapter
    return kind(task, make, key, goal=goal, cost=cost)
