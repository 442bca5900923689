"""The published settings of HRM and TRM as recipes; they train on files of the user's.

Numbers are those of the papers (arXiv 2506.21734, arXiv 2510.04871) and of the configurations and
commands published with them. Where they differ by the number of GPUs, the settings for one are
taken. An update here is a step there: one segment of every slot. So updates are epochs x puzzles
over the batch: 20,000 x 1,000 / 384 for HRM's Sudoku, 50,000 x 1,000 / 768 for TRM's. For ARC they
are 100,000 x rows of a pass / 768, and taken from the names of TRM's published checkpoints,
``step_518071`` and ``step_723914``.
"""

from __future__ import annotations

from typing import Any

from hrm_toolkit.core import Settings
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
