"""The recipe that the options of a command stand for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hrm_toolkit.cli import console

if TYPE_CHECKING:
    from hrm_toolkit.train.recipe import Recipe


def find_recipe(
    adapter: str | None, name: str | None, settings: Sequence[str], start: str | None = None
) -> Recipe:
    """The recipe that the options stand for.

    Args:
        adapter: name of a task.
        name: of a recipe or its file.
        settings: changes of it.
        start: bundle or run whose recipe it is, where no other is said.

    Raises:
        OptionError: when they name no task, or two; when a key or name is unknown.
        InputError: for a value out of range, or a file that is no recipe.
    """
    from hrm_toolkit.adapters.registry import get_adapter
    from hrm_toolkit.core import OptionError
    from hrm_toolkit.train.recipe import changed, read_recipe
    from hrm_toolkit.train.recipes import default_recipe, named_recipe

    if name is None and adapter is None and start is None:
        raise OptionError("there is no task to train", hint="name one by --adapter or --recipe")
    if adapter is not None:
        get_adapter(adapter)
    if name is None and start is not None:
        recipe = _own_recipe(start)
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

        console.remark(who_decides(recipe, name, start))
    task = get_adapter(recipe.adapter)
    for difficulty in recipe.data.difficulties:
        task.require_difficulty(difficulty)
    return recipe


def _own_recipe(start: str) -> Recipe:
    from hrm_toolkit.solvers.bundles.manifest import bundle_folder, read_manifest
    from hrm_toolkit.train.stages import start_recipe

    recipe = start_recipe(start)
    if not read_manifest(bundle_folder(start)).recipe:
        console.remark(
            f"{start} was not trained here and has no recipe: it goes on by published settings, "
            f"in batches of {recipe.batch_size} for {recipe.minutes:g} minutes unless said"
        )
    return recipe
