"""Adapters by name: ours, those a program registers, and those that packages bring.

Nothing is imported before it is asked for, so listing names costs nothing.
"""

from __future__ import annotations

import importlib
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from hrm_toolkit.core import Adapter, AnyAdapter, InputError, ToolkitError, UnknownNameError

GROUP = "hrm_toolkit.adapters"
"""The entry-point group in which a package names its adapter classes."""

BUILT_IN = {
    "arc": "hrm_toolkit.adapters.arc:ArcAdapter",
    "graph": "hrm_toolkit.adapters.graph:GraphAdapter",
    "maze": "hrm_toolkit.adapters.maze:MazeAdapter",
    "sudoku": "hrm_toolkit.adapters.sudoku:SudokuAdapter",
}

_registered: dict[str, AnyAdapter] = {}
_loaded: dict[str, AnyAdapter] = {}


def adapter_names() -> list[str]:
    """Names that ``get_adapter`` knows, sorted; nothing is imported to find them.

    Example:
        >>> {"arc", "graph", "maze", "sudoku"} <= set(adapter_names())
        True
    """
    return sorted({*BUILT_IN, *_registered, *_plugins()})


def get_adapter(name: str) -> AnyAdapter:
    """The adapter called ``name``: one instance a process.

    Args:
        name: the task tag, such as ``sudoku``.

    Raises:
        UnknownNameError: with the nearest known name.
        InputError: when the adapter exists but cannot be loaded, with the reason.

    Example:
        >>> get_adapter("sudoku").task
        'sudoku'
    """
    if name in _registered:
        return _registered[name]
    if name not in _loaded:
        _loaded[name] = _load(name)
    return _loaded[name]


def register(adapter: AnyAdapter | type[AnyAdapter]) -> AnyAdapter:
    """Make an adapter known to this process under its task name, and return its instance.

    For programs and notebooks; a package names its adapter in the entry-point group
    ``hrm_toolkit.adapters`` instead. Registering a name again replaces the earlier one.

    Args:
        adapter: an adapter, or its class.

    Raises:
        InputError: when it is no adapter, or has the name of a built-in one.
    """
    instance = _instance(adapter, "register")
    if instance.task in BUILT_IN:
        raise InputError(
            f'the name "{instance.task}" belongs to a built-in adapter',
            expected="a task name of its own",
            hint="change the adapter's task",
        )
    _registered[instance.task] = instance
    return instance


def registered() -> dict[str, AnyAdapter]:
    """The adapters that this process has registered, by name."""
    return dict(_registered)


def broken_adapters() -> dict[str, str]:
    """Each installed plugin that cannot be used, with the reason.

    Loads every plugin to find out. Adapters that work are not affected by broken ones.
    """
    reasons = {}
    for point in entry_points(group=GROUP):
        try:
            if point.name in BUILT_IN:
                raise _shadowing(point)
            if point.name not in _registered:
                get_adapter(point.name)
        except ToolkitError as error:
            reasons[_label(point)] = str(error)
    return reasons


def _plugins() -> dict[str, EntryPoint]:
    return {p.name: p for p in entry_points(group=GROUP) if p.name not in BUILT_IN}


def _load(name: str) -> AnyAdapter:
    if name in BUILT_IN:
        module, _, attribute = BUILT_IN[name].partition(":")
        return _instance(getattr(importlib.import_module(module), attribute), name)
    points = [p for p in entry_points(group=GROUP) if p.name == name]
    if not points:
        raise UnknownNameError("adapter", name, adapter_names())
    if len({p.value for p in points}) > 1:
        packages = ", ".join(sorted(p.dist.name for p in points if p.dist))
        raise InputError(
            f'{len(points)} packages bring an adapter called "{name}": {packages}',
            hint="uninstall all but one",
        )
    return _load_plugin(points[0])


def _load_plugin(point: EntryPoint) -> AnyAdapter:
    try:
        adapter = _instance(point.load(), point.name)
    except ToolkitError as error:
        raise error.at(_label(point)) from None
    except Exception as error:
        # A plugin's module may raise anything; whatever it is must not reach other adapters.
        raise InputError(
            f'the adapter "{point.name}" cannot be loaded: {type(error).__name__}: {error}',
            path=_label(point),
            hint="repair or uninstall that package",
        ) from error
    if adapter.task != point.name:
        raise InputError(
            f'the entry point "{point.name}" brings an adapter for the task "{adapter.task}"',
            path=_label(point),
            expected="the same name on both sides",
        )
    return adapter


def _instance(adapter: Any, name: str) -> AnyAdapter:
    if isinstance(adapter, type) and issubclass(adapter, Adapter):
        missing = ", ".join(sorted(adapter.__abstractmethods__))
        if missing:
            raise InputError(
                f"{adapter.__name__} lacks {missing}", hint="implement what is missing"
            )
        adapter = adapter()
    if not isinstance(adapter, Adapter):
        raise InputError(
            f'"{name}" is not an adapter',
            expected="a subclass of hrm_toolkit.Adapter, or an instance of one",
            got=repr(adapter),
        )
    return adapter


def _shadowing(point: EntryPoint) -> InputError:
    return InputError(
        f'the name "{point.name}" belongs to a built-in adapter, which stays in place',
        hint="rename the entry point and the adapter's task",
    )


def _label(point: EntryPoint) -> str:
    package = point.dist.name if point.dist else "an unnamed package"
    return f"{point.name} = {point.value} of {package}"
