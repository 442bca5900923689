"""The published settings of HRM and TRM as recipes; they train on files of the user's.

Numbers are those of the papers (arXiv 2506.21734, arXiv 2510.04871) and of the configurations and
commands published with them. Where they differ by the number of GPUs, the settings for one are
taken. An update here is a step there: one segment of every slot. So updates are epochs x puzzles
over the batch: 20,000 x 1,000 / 384 for HRM's Sudoku, 50,000 x 1,000 / 768 for TRM's.
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

PUBLISHED: dict[str, Recipe] = {
    # lr 7e-5 at a batch of 384 is for one GPU; for eight 1e-4 at 768.
    "sudoku-extreme-1k": Recipe(
        **_HRM
        | _SUDOKU
        | {
            "network": {"preset": "hrm"},
            "batch_size": 384,
            "learning_rate": 7e-5,
            "puzzle_learning_rate": 7e-5,
            "updates": 52_083,
        }
    ),
    "sudoku-extreme-1k-trm": Recipe(
        **_TRM | _SUDOKU | {"network": {"preset": "trm-mlp"}, "updates": 65_104}
    ),
    "sudoku-extreme-1k-trm-att": Recipe(
        **_TRM | _SUDOKU | {"network": {"preset": "trm-att"}, "updates": 65_104}
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
}

HOW: dict[str, str] = {
    "data/sudoku-extreme-1k-aug-1000": (
        "hrm-toolkit convert-dataset SUDOKU_EXTREME.csv --to published "
        "--out data/sudoku-extreme-1k-aug-1000 --augmentations 1000"
    ),
    "data/maze-30x30-hard-1k": (
        "hrm-toolkit convert-dataset MAZE_30X30_HARD.csv --to published "
        "--out data/maze-30x30-hard-1k"
    ),
}
"""How to make the data that a recipe names, from the published files, by the recipe's path."""
