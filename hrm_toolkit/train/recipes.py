"""Named recipes: those sized for two CPU cores, and the published ones."""

from __future__ import annotations

from typing import Any

from hrm_toolkit.core import Settings, UnknownNameError
from hrm_toolkit.train.recipe import Recipe

# Both repositories' defaults: constant rate after warm-up, no clipping, stablemax, 16 segments.
_COMMON: dict[str, Any] = {
    "samples": 0,
    "batch_size": 768,
    "max_segments": 16,
    "halt_exploration": 0.1,
    "optimizer": "adam_atan2",
    "learning_rate": 1e-4,
    "final_rate": 1.0,
    "warmup": 2000,
    "beta1": 0.9,
    "beta2": 0.95,
    "gradient_clip": 1e9,
    "loss": "stablemax",
    "halt_weight": 0.5,
    "validation_segments": 16,
    "validations": 10,
    "checkpoint_minutes": 10.0,
}
# HRM learns what going on is worth and averages no weights; TRM the other way round.
_HRM: dict[str, Any] = {**_COMMON, "q_continue": True, "ema": 0.0}
_TRM: dict[str, Any] = {**_COMMON, "q_continue": False, "ema": 0.999}
# One kind of puzzle, one embedding, which keeps the pace of the weights.
_ONE_KIND = {"weight_decay": 1.0, "puzzle_learning_rate": 1e-4, "puzzle_weight_decay": 1.0}

# The published vocabulary of 9x9; ours begins with it and goes on for larger grids.
_DIGITS = {"vocabulary": 11}
_SUDOKU: dict[str, Any] = {
    "adapter": "sudoku",
    "training_data": "data/sudoku-extreme-1k-aug-1000",
    # Of this kind where puzzles are generated; the published ones are of the kind "extreme".
    "data": Settings(sizes=(9,), difficulties=("hard",)),
    "augmentations": 1000,
    **_ONE_KIND,
}
_MAZE: dict[str, Any] = {
    "adapter": "maze",
    "training_data": "data/maze-30x30-hard-1k",
    "data": Settings(sizes=(30,), difficulties=("long",)),
    **_ONE_KIND,
}

_ARC: dict[str, Any] = {
    "adapter": "arc",
    # Rows are shown as the folder has them: variants, each with an embedding of its own.
    "augment": False,
    "weight_decay": 0.1,
    "puzzle_learning_rate": 1e-2,
    "puzzle_weight_decay": 0.1,
}
_ARC_HRM: dict[str, Any] = {**_HRM, **_ARC, "network": {"preset": "hrm"}}
_ARC_TRM: dict[str, Any] = {**_TRM, **_ARC, "network": {"preset": "trm-att", "low_cycles": 4}}

PUBLISHED: dict[str, Recipe] = {
    # lr 7e-5 at a batch of 384 is for one GPU; for eight 1e-4 at 768.
    "sudoku-extreme-1k": Recipe(
        **_HRM
        | _SUDOKU
        | {
            "network": {"preset": "hrm", **_DIGITS},
            "batch_size": 384,
            "learning_rate": 7e-5,
            "puzzle_learning_rate": 7e-5,
            "updates": 52_083,
        }
    ),
    "sudoku-extreme-1k-trm": Recipe(
        **_TRM | _SUDOKU | {"network": {"preset": "trm-mlp", **_DIGITS}, "updates": 65_104}
    ),
    "sudoku-extreme-1k-trm-att": Recipe(
        **_TRM | _SUDOKU | {"network": {"preset": "trm-att", **_DIGITS}, "updates": 65_104}
    ),
    # HRM's mazes are shown as they are; TRM's under all eight moves of the square.
    "maze-30x30-1k": Recipe(
        **_HRM | _MAZE | {"network": {"preset": "hrm"}, "augmentations": 0, "updates": 26_041}
    ),
    # A batch of 128 is for one GPU, "with no noticeable loss"; 768 for four.
    "maze-30x30-1k-trm": Recipe(
        **_TRM
        | _MAZE
        | {
            "network": {"preset": "trm-att", "low_cycles": 4},
            "augmentations": 7,
            "batch_size": 128,
            "updates": 390_625,
        }
    ),
    # Both are of ARC-1 with ConceptARC; so is TRM's ARC-2, and HRM's is without: that is 723,914
    # less what ConceptARC takes, 518,071 less 100,000 x 3,081 rows of ARC-1 / 768.
    "arc-1": Recipe(**_ARC_HRM, training_data="data/arc-aug-1000", updates=518_071),
    "arc-2": Recipe(**_ARC_HRM, training_data="data/arc-2-aug-1000", updates=607_015),
    "arc-1-trm": Recipe(**_ARC_TRM, training_data="data/arc1concept-aug-1000", updates=518_071),
    "arc-2-trm": Recipe(**_ARC_TRM, training_data="data/arc2concept-aug-1000", updates=723_914),
}

_ARC_HOW = "hrm-toolkit convert-dataset ARC_TASKS --to published --augmentations 1000 --seed 42"
# ARC_TASKS is a folder that holds each subset. The seed is TRM's.

HOW: dict[str, str] = {
    "data/sudoku-extreme-1k-aug-1000": (
        "hrm-toolkit convert-dataset SUDOKU_EXTREME.csv --to published "
        "--out data/sudoku-extreme-1k-aug-1000 --augmentations 1000"
    ),
    "data/maze-30x30-hard-1k": (
        "hrm-toolkit convert-dataset MAZE_30X30_HARD.csv --to published "
        "--out data/maze-30x30-hard-1k"
    ),
    "data/arc-aug-1000": (
        f"{_ARC_HOW} --subsets training,evaluation,concept --test-set evaluation "
        "--out data/arc-aug-1000"
    ),
    "data/arc-2-aug-1000": (
        f"{_ARC_HOW} --subsets training,evaluation --test-set evaluation --out data/arc-2-aug-1000"
    ),
    "data/arc1concept-aug-1000": (
        f"{_ARC_HOW} --subsets training,evaluation,concept --test-set evaluation "
        "--out data/arc1concept-aug-1000"
    ),
    "data/arc2concept-aug-1000": (
        f"{_ARC_HOW} --subsets training2,evaluation2,concept --test-set evaluation2 "
        "--out data/arc2concept-aug-1000"
    ),
}
"""How to make the data that a recipe names, from the published files, by the recipe's path."""


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
