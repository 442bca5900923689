"""What is asked of an environment: how it is made, its actions, its observations as numbers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import EnumType
from typing import Any

import numpy as np

from hrm_toolkit.core import InputError, shorten

MOST_NUMBERS = 4_096
"""Numbers of an observation."""
MOST_VALUES = 2_048
"""Different words that a network reads of observations."""

_NAME = re.compile(r"(?:[A-Za-z0-9_-]+/)?[A-Za-z0-9_.-]{1,80}")
_ACTIONS = {
    "FrozenLake": ("left", "down", "right", "up"),
    "Taxi": ("south", "north", "east", "west", "pickup", "dropoff"),
    "CliffWalking": ("up", "right", "down", "left"),
}


def makes(name: str, options: dict[str, Any]) -> Callable[[], Any]:
    """What makes an environment by its name in gymnasium.

    Raises:
        InputError: without gymnasium, or for a name that is none; a module's name before a colon,
            which gymnasium would import, is none.
    """
    if not _NAME.fullmatch(name):
        raise InputError(
            f'"{shorten(name, 80)}" is no environment\'s name', expected="such as Taxi-v4"
        )
    try:
        import gymnasium
    except ImportError:
        raise InputError(
            "gymnasium is not installed", hint="pip install 'hrm-toolkit[gym]'"
        ) from None
    if name.startswith(("MiniGrid-", "BabyAI-")):
        try:
            import minigrid  # noqa: F401  (it registers its environments)
        except ImportError:
            raise InputError("minigrid is not installed", hint="pip install minigrid") from None

    def make() -> Any:
        try:
            return gymnasium.make(name, **options)
        except (gymnasium.error.Error, TypeError, ValueError, KeyError) as error:
            raise InputError(
                f"gymnasium does not make {name}: {shorten(str(error), 200)}"
            ) from None

    return make


def read_name(text: str) -> tuple[str, dict[str, Any]]:
    """Name and options of ``FrozenLake-v1?is_slippery=false&map_name=8x8``; values are JSON where
    they can be, else texts.

    Example:
        >>> read_name("FrozenLake-v1?is_slippery=false&map_name=8x8")
        ('FrozenLake-v1', {'is_slippery': False, 'map_name': '8x8'})
    """
    name, _, rest = text.partition("?")
    options = dict[str, Any]()
    for part in rest.split("&") if rest else ():
        key, equals, value = part.partition("=")
        if not equals or not key.isidentifier():
            raise InputError(f'"{shorten(part, 60)}" is no option', expected="name=value")
        try:
            options[key] = json.loads(value)
        except ValueError:
            options[key] = value
    return name, options


def full_name(name: str, options: dict[str, Any]) -> str:
    """The text that ``read_name`` reads."""
    try:
        parts = [
            f"{key}={value if _plain(value) else json.dumps(value)}"
            for key, value in options.items()
        ]
    except TypeError:
        raise InputError(
            f"the options of {name} are no JSON", hint="give a function that makes it"
        ) from None
    return name + ("?" + "&".join(parts) if parts else "")


def _plain(value: Any) -> bool:
    """Whether a text reads as itself, without quotes."""
    if not isinstance(value, str) or "&" in value:
        return False
    try:
        json.loads(value)
    except ValueError:
        return True
    return False


def action_names(env: Any, name: str) -> tuple[str, ...]:
    """Names of the actions 0 to n - 1.

    Raises:
        InputError: where actions are not so many numbers.
    """
    space = env.action_space
    count, first = getattr(space, "n", None), getattr(space, "start", 0)
    if count is None or int(first) != 0:
        raise InputError(
            f"the actions of {name} are {shorten(str(space), 80)}", expected="Discrete(n)"
        )
    for start, names in _ACTIONS.items():
        if name.removeprefix("gym:").startswith(start) and len(names) == count:
            return names
    said = getattr(env.unwrapped, "actions", None)
    if isinstance(said, EnumType) and len(said) == count:
        # As MiniGrid has it.
        return tuple(said.__members__)
    return tuple(map(str, range(int(count))))


@dataclass(frozen=True)
class Numbers:
    """How an observation is read as whole numbers: of each the least and the largest value.

    Attributes:
        low: shape (N,).
        high: likewise.
    """

    low: tuple[int, ...]
    high: tuple[int, ...]

    @classmethod
    def of(cls, space: Any, name: str) -> Numbers:
        """Of a space: discrete, boxes of whole numbers, and dictionaries and tuples of these.

        Raises:
            InputError: for others, and for large ones.
        """
        bounds = list(_bounds(space, name))
        if len(bounds) > MOST_NUMBERS or sum(high - low + 1 for low, high in bounds) > MOST_VALUES:
            raise InputError(
                f"an observation of {name} has too many values for a network to read",
                expected=f"{MOST_VALUES:,} at most, over all its numbers",
            )
        return cls(tuple(low for low, _ in bounds), tuple(high for _, high in bounds))

    @property
    def words(self) -> tuple[str, ...]:
        """A word for each number and value."""
        return tuple(
            f"{at}={value}"
            for at, (low, high) in enumerate(zip(self.low, self.high, strict=True))
            for value in range(low, high + 1)
        )


def _bounds(space: Any, name: str) -> Sequence[tuple[int, int]]:
    inner = getattr(space, "spaces", None)
    if inner is not None:
        parts = [inner[key] for key in sorted(inner)] if hasattr(inner, "keys") else list(inner)
        return [pair for part in parts for pair in _bounds(part, name)]
    if getattr(space, "nvec", None) is not None:
        return [(0, int(n) - 1) for n in np.ravel(space.nvec)]
    if getattr(space, "n", None) is not None and np.ndim(space.n) == 0:
        first = int(getattr(space, "start", 0))
        return [(first, first + int(space.n) - 1)]
    low, high = getattr(space, "low", None), getattr(space, "high", None)
    if low is None or high is None or not np.issubdtype(np.asarray(low).dtype, np.integer):
        raise InputError(
            f"an observation of {name} is {shorten(str(space), 80)}",
            expected="discrete, a box of whole numbers, or a dictionary or tuple of these",
        )
    return [(int(a), int(b)) for a, b in zip(np.ravel(low), np.ravel(high), strict=True)]


def flat(observation: Any) -> tuple[int, ...]:
    """The numbers of an observation, in the order of ``Numbers``."""
    if hasattr(observation, "keys"):
        return tuple(n for key in sorted(observation) for n in flat(observation[key]))
    if isinstance(observation, tuple):
        return tuple(n for part in observation for n in flat(part))
    return tuple(int(n) for n in np.ravel(observation))
