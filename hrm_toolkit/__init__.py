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
    from hrm_toolkit.core import Adapter, Answer, Budget, Codec, Puzzle, Result, Rules, Verdict
    from hrm_toolkit.planner.agent.planner import Planner
    from hrm_toolkit.planner.service import Service
    from hrm_toolkit.planner.tools.toolbox import Toolbox
    from hrm_toolkit.solvers.solver import Solver
    from hrm_toolkit.train.recipe import Recipe

__version__ = "0.1.0"

_HOME = {
    "Adapter": "core",
    "Answer": "core",
    "Budget": "core",
    "Codec": "core",
    "Planner": "planner.agent.planner",
    "Puzzle": "core",
    "Recipe": "train.recipe",
    "Result": "core",
    "Rules": "core",
    "Service": "planner.service",
    "Solver": "solvers.solver",
    "Toolbox": "planner.tools.toolbox",
    "Verdict": "core",
    "check_adapter": "adapters.check",
    "get_adapter": "adapters.registry",
    "load_puzzle": "adapters.formats",
    "register": "adapters.registry",
}

__all__ = [
    "Adapter",
    "Answer",
    "Budget",
    "Codec",
    "Planner",
    "Puzzle",
    "Recipe",
    "Result",
    "Rules",
    "Service",
    "Solver",
    "Toolbox",
    "Verdict",
    "__version__",
    "check_adapter",
    "get_adapter",
    "load_puzzle",
    "register",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
