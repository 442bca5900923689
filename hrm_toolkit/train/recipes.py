"""Named recipes, a TOML file each: those sized for two CPU cores, and the published ones."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

from hrm_toolkit.adapters.registry import adapter_names, get_adapter
from hrm_toolkit.core import OptionError, UnknownNameError, validate
from hrm_toolkit.train.recipe import Recipe, changed, read_recipe

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


def find_recipe(
    adapter: str | None,
    name: str | None,
    settings: Sequence[str],
    start: str | None = None,
    *,
    remark: Callable[[str], None] = lambda text: None,
) -> Recipe:
    """Find the recipe that a task, a name and changes stand for.

    Args:
        adapter: name of a task.
        name: of a recipe or its file.
        settings: changes of it.
        start: bundle or run whose recipe it is, where no other is said.
        remark: told who decides where a recipe and a bundle are both named.

    Raises:
        OptionError: when they name no task, or two; when a key or name is unknown.
        InputError: for a value out of range, or a file that is no recipe.
    """

    if name is None and adapter is None and start is None:
        raise OptionError("there is no task to train", hint="name one by --adapter or --recipe")
    if adapter is not None:
        get_adapter(adapter)
    if name is None and start is not None:
        recipe = _own_recipe(start, remark)
    elif name is None:
        recipe = default_recipe(adapter or "")
    elif name.endswith(".toml") or "/" in name:
        recipe = read_recipe(Path(name))
    else:
        recipe = named_recipe(name)
    if adapter not in (None, recipe.adapter):
        what = f'the recipe "{name}"' if name is not None else f"the bundle {start}"
        raise OptionError(
            f"{what} is for {recipe.adapter}, and --adapter says {adapter}",
            hint="leave out one of the two",
        )
    recipe = changed(recipe, settings)
    if name is not None and start is not None:
        from hrm_toolkit.train.stages import who_decides

        remark(who_decides(recipe, name, start))
    task = get_adapter(recipe.adapter)
    for difficulty in recipe.data.difficulties:
        task.require_difficulty(difficulty)
    return recipe


def _own_recipe(start: str, remark: Callable[[str], None]) -> Recipe:
    from hrm_toolkit.solvers.bundles.manifest import bundle_folder, read_manifest
    from hrm_toolkit.train.stages import start_recipe

    recipe = start_recipe(start)
    if not read_manifest(bundle_folder(start)).recipe:
        remark(
            f"{start} was not trained here and has no recipe: it goes on by published settings, "
            f"in batches of {recipe.batch_size} for {recipe.minutes:g} minutes unless said"
        )
    return recipe
