"""Named recipes, a TOML file each: those sized for two CPU cores, and the published ones."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from hrm_toolkit.adapters.registry import adapter_names, get_adapter
from hrm_toolkit.core import (
    BundleError,
    OptionError,
    Settings,
    ToolkitError,
    UnknownNameError,
    validate,
)
from hrm_toolkit.solvers.bundles.manifest import Manifest, bundle_folder, read_manifest
from hrm_toolkit.solvers.inputs.config import expanded
from hrm_toolkit.train.data.stream import Split, draw
from hrm_toolkit.train.recipe import Recipe, changed, read_recipe

_FOLDER = Path(__file__).parent / "recipes"


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
        remark(who_decides(recipe, name, start))
    task = get_adapter(recipe.adapter)
    for difficulty in recipe.data.difficulties:
        task.require_difficulty(difficulty)
    return recipe


def _own_recipe(start: str, remark: Callable[[str], None]) -> Recipe:
    recipe = start_recipe(start)
    if not read_manifest(bundle_folder(start)).recipe:
        remark(
            f"{start} was not trained here and has no recipe: it goes on by published settings, "
            f"in batches of {recipe.batch_size} for {recipe.minutes:g} minutes unless said"
        )
    return recipe


def start_recipe(source: str) -> Recipe:
    """The recipe of the bundle that ``bundle_folder`` finds, to train all of it again.

    A bundle that was not trained here, such as an imported one, has none: it goes on by the
    published settings of its family and task, for ten minutes in small batches of generated
    puzzles as long as it was built for.
    """
    manifest = read_manifest(bundle_folder(source))
    recipe = manifest.recipe
    found = validate(Recipe, recipe) if recipe else _published_settings(manifest)
    # These follow from the weights, and from what the next run is trained on.
    follow = ("max_length", "puzzle_ids", "vocabulary")
    network = {k: v for k, v in found.network.items() if k not in follow}
    return found.model_copy(update={"stage": "joint", "network": network})


def start_network(source: str, task: str) -> dict[str, Any]:
    """The configuration of the network of the bundle that ``bundle_folder`` finds.

    Raises:
        BundleError: when it is of another task.
    """
    folder = bundle_folder(source)
    manifest = read_manifest(folder)
    if manifest.task != task:
        raise BundleError(
            "the bundle to start from is of another task",
            path=str(folder),
            expected=task,
            got=manifest.task,
        )
    return manifest.network


def who_decides(recipe: Recipe, name: str, source: str) -> str:
    """One sentence: what a recipe that is said decides, and what the weights to start from do.

    Args:
        recipe: as it is asked for, ``start`` among it.
        name: of the recipe, as it was said.
        source: as ``bundle_folder``.
    """
    theirs = start_network(source, recipe.adapter)
    preset = {k: v for k, v in expanded(recipe.network).items() if k not in recipe.network}
    ways = [
        f"{key} is {theirs[key]}, not {value}"
        for key, value in sorted(preset.items())
        if key in theirs and theirs[key] != value
    ]
    told = f"the recipe {name} decides how to train, and the weights of {source} the network"
    return told + (f": {', '.join(ways)}" if ways else "")


def _published_settings(manifest: Manifest) -> Recipe:
    network, task = manifest.network, manifest.task
    kept = {k: v for k, v in network.items() if k not in ("q_continue", "vocabulary")}

    def unlike(recipe: Recipe) -> tuple[bool, bool, bool]:
        theirs = expanded(recipe.network)
        mixer = theirs.get("mixer") != network.get("mixer")
        return theirs["family"] != network.get("family"), recipe.adapter != task, mixer

    nearest = min(published_recipes().values(), key=unlike)
    if unlike(nearest)[0]:
        return Recipe(adapter=task, network=kept, samples=0, minutes=10)
    return nearest.model_copy(
        update={
            "adapter": task,
            "network": kept,
            "q_continue": bool(network.get("q_continue")),
            "data": _fitting(manifest, nearest),
            "training_data": None,
            "samples": 0,
            "augmentations": None,
            "batch_size": 32,
            "updates": None,
            "minutes": 10.0,
            "warmup": 100,
            "checkpoint_minutes": 2.0,
        }
    )


def _fitting(manifest: Manifest, published: Recipe) -> Settings:
    """What to generate: puzzles of the very length that a network was built for, or shorter."""
    adapter, length = get_adapter(manifest.task), manifest.network.get("max_length", 0)
    others = published.data if published.adapter == manifest.task else Settings()
    sizes = dict.fromkeys((math.isqrt(length), *others.sizes, *adapter.default_sizes))
    best, fits = 0, Settings()
    for size in sizes:
        for difficulties in dict.fromkeys((others.difficulties, ())):
            settings = Settings(sizes=(size,), difficulties=difficulties)
            try:
                made = draw(adapter, settings, 0, Split.VALIDATION, 0)
            except ToolkitError:
                continue  # the task has none of this size or difficulty
            tokens = adapter.codec.encode(made.puzzle)
            if best < len(tokens) <= length:
                best, fits = len(tokens), settings
    return fits
