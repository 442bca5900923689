"""Named recipes, a TOML file each: those sized for two CPU cores, and the published ones."""

from __future__ import annotations

import functools
import tomllib
from pathlib import Path

from hrm_toolkit.adapters.registry import adapter_names, get_adapter
from hrm_toolkit.core import UnknownNameError, validate
from hrm_toolkit.train.recipe import Recipe, read_recipe

_FOLDER = Path(__file__).parent / "recipes"
_OBTAIN = Path(__file__).parent / "obtain.toml"


def recipe_names() -> list[str]:
    """Names that ``named_recipe`` knows."""
    return sorted(file.stem for file in _FOLDER.glob("*.toml"))


@functools.cache
def named_recipe(name: str) -> Recipe:
    """A recipe by name.

    Raises:
        UnknownNameError: with the nearest known name.

    Example:
        >>> named_recipe("maze").adapter
        'maze'
    """
    known = recipe_names()
    if name not in known:
        raise UnknownNameError("recipe", name, known)
    return read_recipe(_FOLDER / f"{name}.toml")


@functools.cache
def published_recipes() -> dict[str, Recipe]:
    """The published recipes by name: those that name their training data."""
    named = {name: named_recipe(name) for name in recipe_names()}
    return {name: recipe for name, recipe in named.items() if recipe.training_data is not None}


def how_to_obtain(path: str) -> str | None:
    """The command that makes the data which a named recipe asks for, by the end of its path."""
    ways: dict[str, str] = tomllib.loads(_OBTAIN.read_text(encoding="utf-8"))
    return next((how for name, how in ways.items() if path.endswith(name)), None)


def default_recipe(adapter: str) -> Recipe:
    """The recipe named like the adapter, or what the adapter says, and else every default."""
    if adapter in recipe_names():
        return named_recipe(adapter)
    own = get_adapter(adapter).recipe if adapter in adapter_names() else {}
    return validate(Recipe, {"adapter": adapter, "minutes": 10, **own})
