"""Named recipes: those sized for two CPU cores, and the published ones."""

from __future__ import annotations

from hrm_toolkit.core import Settings, UnknownNameError
from hrm_toolkit.train.published_recipes import HOW, PUBLISHED
from hrm_toolkit.train.recipe import Recipe

_SMALL = {"family": "structured", "width": 32, "inner": 64}
# Gradient through the whole of a segment: where what is learned is a step of a method, of four
# steps; else of the usual two cycles.
_STEPWISE = {**_SMALL, "high_cycles": 4, "low_cycles": 1, "gradient_cycles": 4}
_DEEP = {**_SMALL, "gradient_cycles": 2}

_RECIPES = {
    **PUBLISHED,
    "maze": Recipe(
        adapter="maze",
        network=_STEPWISE,
        data=Settings(sizes=tuple(range(5, 14))),
        samples=0,
        batch_size=32,
        pace=4,
        max_segments=48,
        minutes=10,
        validation_segments=64,
        validations=6,
    ),
    "maze-large": Recipe(
        adapter="maze",
        network=_STEPWISE,
        data=Settings(
            sizes=(5, 7, 8, 9, 10, 11, 12, 13, 14, 16, 20, 24),
            difficulties=("random", "random", "perfect", "loops", "long"),
        ),
        samples=0,
        batch_size=32,
        pace=4,
        max_segments=80,
        ema=0.999,
        minutes=60,
        validation=200,
        validation_segments=128,
        validations=10,
    ),
    "graph": Recipe(
        adapter="graph",
        network={**_DEEP, "random_carry": 1.0},
        data=Settings(sizes=(*range(8, 25, 2), *range(28, 49, 4), 56, 64, 80, 100, 140, 200)),
        batch_size=32,
        samples=0,
        max_segments=24,
        ema=0.999,
        minutes=45,
        validation=200,
        validation_segments=64,
    ),
    "sequence": Recipe(
        adapter="sequence",
        network={"family": "hrm", "width": 128, "heads": 4, "layers": 2, "expansion": 2},
        samples=0,
        batch_size=32,
        optimizer="adam_atan2",
        learning_rate=5e-4,
        loss="stablemax",
        minutes=10,
    ),
    "sudoku-4x4": Recipe(
        adapter="sudoku",
        network=_SMALL,
        data=Settings(sizes=(4,)),
        samples=0,
        minutes=5,
    ),
    "sudoku-4x4-hrm": Recipe(
        adapter="sudoku",
        network={
            "family": "hrm",
            "width": 128,
            "heads": 4,
            "layers": 2,
            "expansion": 2,
            "positions": "rope2d",
        },
        data=Settings(sizes=(4,)),
        samples=0,
        batch_size=32,
        optimizer="adam_atan2",
        learning_rate=5e-4,
        loss="stablemax",
        minutes=10,
    ),
    "sudoku": Recipe(
        adapter="sudoku",
        network=_DEEP,
        data=Settings(
            sizes=(9, 9, 9, 9, 9, 9, 6, 4),
            difficulties=("nearly", "easy", "medium", "minimal", "minimal", "hard", "hard", "hard"),
        ),
        samples=0,
        batch_size=32,
        ema=0.999,
        minutes=120,
        validation=200,
    ),
}


def recipe_names() -> list[str]:
    """Names that ``named_recipe`` knows."""
    return sorted(_RECIPES)


def named_recipe(name: str) -> Recipe:
    """A recipe by name.

    Raises:
        UnknownNameError: with the nearest known name.

    Example:
        >>> named_recipe("maze").adapter
        'maze'
    """
    if name not in _RECIPES:
        raise UnknownNameError("recipe", name, _RECIPES)
    return _RECIPES[name]


def how_to_obtain(path: str) -> str | None:
    """The command that makes the data which a named recipe asks for, by the end of its path."""
    return next((how for name, how in HOW.items() if path.endswith(name)), None)


def default_recipe(adapter: str) -> Recipe:
    """The recipe named like the adapter, or one with every default."""
    return _RECIPES.get(adapter) or Recipe(adapter=adapter, minutes=10)
