"""Typed task adapters, recurrent reasoning solvers and verified answers.

Public names load on first use, so that ``import hrm_toolkit`` brings in neither torch nor NumPy.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hrm_toolkit.adapters.check import check_adapter
    from hrm_toolkit.adapters.formats import load_puzzle
    from hrm_toolkit.adapters.registry import get_adapter, register
    from hrm_toolkit.core import (
        Adapter,
        Answer,
        Budget,
        Codec,
        Deadline,
        Puzzle,
        Result,
        Rules,
        Verdict,
    )
    from hrm_toolkit.planner.agent.planner import Planner
    from hrm_toolkit.planner.service import Service
    from hrm_toolkit.planner.tools.toolbox import Toolbox
    from hrm_toolkit.solvers.many.choice import Solvers
    from hrm_toolkit.solvers.many.work import Work
    from hrm_toolkit.solvers.solver import Solver
    from hrm_toolkit.train.data.fresh import fresh_examples
    from hrm_toolkit.train.many.seeds import train_seeds
    from hrm_toolkit.train.measure.bundle import measure_bundle
    from hrm_toolkit.train.progress import Listener
    from hrm_toolkit.train.recipe import Recipe
    from hrm_toolkit.train.recipes import find_recipe

__version__ = "0.1.0"

_HOME = {
    "Adapter": "core",
    "Answer": "core",
    "Budget": "core",
    "Codec": "core",
    "Deadline": "core",
    "Listener": "train.progress",
    "Planner": "planner.agent.planner",
    "Puzzle": "core",
    "Recipe": "train.recipe",
    "Result": "core",
    "Rules": "core",
    "Service": "planner.service",
    "Solver": "solvers.solver",
    "Solvers": "solvers.many.choice",
    "Toolbox": "planner.tools.toolbox",
    "Verdict": "core",
    "Work": "solvers.many.work",
    "check_adapter": "adapters.check",
    "find_recipe": "train.recipes",
    "fresh_examples": "train.data.fresh",
    "get_adapter": "adapters.registry",
    "load_puzzle": "adapters.formats",
    "measure_bundle": "train.measure.bundle",
    "register": "adapters.registry",
    "train_seeds": "train.many.seeds",
}

__all__ = [
    "Adapter",
    "Answer",
    "Budget",
    "Codec",
    "Deadline",
    "Listener",
    "Planner",
    "Puzzle",
    "Recipe",
    "Result",
    "Rules",
    "Service",
    "Solver",
    "Solvers",
    "Toolbox",
    "Verdict",
    "Work",
    "__version__",
    "check_adapter",
    "find_recipe",
    "fresh_examples",
    "get_adapter",
    "load_puzzle",
    "measure_bundle",
    "register",
    "train_seeds",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
