"""Task adapters, their registry, their laws and the readers of puzzle files."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hrm_toolkit.adapters.arc import ArcAdapter, ArcAnswer, ArcPuzzle
    from hrm_toolkit.adapters.check import Report, check_adapter
    from hrm_toolkit.adapters.formats import load_puzzle, read_puzzles, read_text
    from hrm_toolkit.adapters.graph import GraphAdapter
    from hrm_toolkit.adapters.maze import MazeAdapter
    from hrm_toolkit.adapters.registry import adapter_names, get_adapter, register
    from hrm_toolkit.adapters.sudoku import SudokuAdapter

_HOME = {
    "ArcAdapter": "arc",
    "ArcAnswer": "arc",
    "ArcPuzzle": "arc",
    "GraphAdapter": "graph",
    "MazeAdapter": "maze",
    "Report": "check",
    "SudokuAdapter": "sudoku",
    "adapter_names": "registry",
    "check_adapter": "check",
    "get_adapter": "registry",
    "load_puzzle": "formats",
    "read_puzzles": "formats",
    "read_text": "formats",
    "register": "registry",
}

__all__ = [
    "ArcAdapter",
    "ArcAnswer",
    "ArcPuzzle",
    "GraphAdapter",
    "MazeAdapter",
    "Report",
    "SudokuAdapter",
    "adapter_names",
    "check_adapter",
    "get_adapter",
    "load_puzzle",
    "read_puzzles",
    "read_text",
    "register",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
