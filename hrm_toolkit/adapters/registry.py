"""Adapters by name: ours, those a program registers, and those that packages bring.

Nothing is imported before it is asked for, so listing names costs nothing.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import sys
from collections.abc import Callable, Iterable
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from hrm_toolkit.core import Adapter, AnyAdapter, InputError, ToolkitError, UnknownNameError

GROUP = "hrm_toolkit.adapters"
"""The entry-point group in which a package names its adapter classes."""

_PENCIL = "hrm_toolkit.adapters.constraint.pencil"
_NUMBERS = "hrm_toolkit.adapters.constraint.numbers"
_SPACE = "hrm_toolkit.adapters.space"

BUILT_IN = {
    "arc": "hrm_toolkit.adapters.arc:ArcAdapter",
    "graph": "hrm_toolkit.adapters.graph:GraphAdapter",
    "maze": "hrm_toolkit.adapters.maze:MazeAdapter",
    "pddl": "hrm_toolkit.adapters.space.pddl:PddlAdapter",
    "sequence": "hrm_toolkit.adapters.sequence:SequenceAdapter",
    "sudoku": "hrm_toolkit.adapters.sudoku:SudokuAdapter",
    "lights-out": f"{_SPACE}.lights_out:LightsOutAdapter",
    "sokoban": f"{_SPACE}.sokoban:SokobanAdapter",
    "sliding": f"{_SPACE}.sliding:SlidingAdapter",
    "futoshiki": f"{_NUMBERS}.futoshiki:FutoshikiAdapter",
    "kakuro": f"{_NUMBERS}.kakuro:KakuroAdapter",
    "constraints": "hrm_toolkit.adapters.constraint.mixture.adapter:ConstraintsAdapter",
    "latin": f"{_NUMBERS}.latin:LatinAdapter",
    "queens": f"{_NUMBERS}.queens:QueensAdapter",
    "sudoku-variant": f"{_NUMBERS}.variants:VariantAdapter",
    "heyawake": f"{_PENCIL}.shading.heyawake:HeyawakeAdapter",
    "hitori": f"{_PENCIL}.shading.hitori:HitoriAdapter",
    "kurodoko": f"{_PENCIL}.shading.kurodoko:KurodokoAdapter",
    "lightup": f"{_PENCIL}.shading.lightup:LightupAdapter",
    "lits": f"{_PENCIL}.shading.lits:LitsAdapter",
    "norinori": f"{_PENCIL}.shading.norinori:NorinoriAdapter",
    "nurikabe": f"{_PENCIL}.shading.nurikabe:NurikabeAdapter",
    "nurimaze": f"{_PENCIL}.shading.nurimaze:NurimazeAdapter",
    "nurimisaki": f"{_PENCIL}.shading.nurimisaki:NurimisakiAdapter",
    "shakashaka": f"{_PENCIL}.shading.shakashaka:ShakashakaAdapter",
    "tapa": f"{_PENCIL}.shading.tapa:TapaAdapter",
    "country": f"{_PENCIL}.loops.country:CountryAdapter",
    "firefly": f"{_PENCIL}.loops.firefly:FireflyAdapter",
    "masyu": f"{_PENCIL}.loops.masyu:MasyuAdapter",
    "slitherlink": f"{_PENCIL}.loops.slitherlink:SlitherlinkAdapter",
    "yajilin": f"{_PENCIL}.loops.yajilin:YajilinAdapter",
    "dbchoco": f"{_PENCIL}.division.dbchoco:DbchocoAdapter",
    "sashigane": f"{_PENCIL}.division.sashigane:SashiganeAdapter",
    "shikaku": f"{_PENCIL}.division.shikaku:ShikakuAdapter",
    "colouring": "hrm_toolkit.adapters.constraint.colouring.adapter:ColouringAdapter",
    "problem": "hrm_toolkit.adapters.constraint.stated.adapter:ProblemAdapter",
    "nonogram": "hrm_toolkit.adapters.constraint.nonogram.adapter:NonogramAdapter",
    "pancake": f"{_SPACE}.puzzles.pancake:PancakeAdapter",
    "cube": f"{_SPACE}.puzzles.cube:CubeAdapter",
    "hanoi": f"{_SPACE}.puzzles.hanoi:HanoiAdapter",
    "peg-solitaire": f"{_SPACE}.puzzles.pegs:PegAdapter",
    "rush-hour": f"{_SPACE}.puzzles.rush_hour:RushHourAdapter",
}

FAMILIES = {"gym": f"{_SPACE}.gym:gym_adapter"}
"""What makes the adapter ``FAMILY:NAME`` of its name, where there are too many to list."""

_registered: dict[str, AnyAdapter] = {}
_loaded: dict[str, AnyAdapter] = {}
_files: dict[str, Path] = {}


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
    if not isinstance(name, str):
        raise UnknownNameError("adapter", name, adapter_names())
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


def loadable() -> list[AnyAdapter]:
    """Every adapter that can be loaded, by name: a broken plug-in must not keep others back."""
    found = []
    for name in adapter_names():
        with contextlib.suppress(ToolkitError):
            found.append(get_adapter(name))
    return found


def registered() -> dict[str, AnyAdapter]:
    """The adapters that this process has registered, by name."""
    return dict(_registered)


def load_adapter_file(path: str | Path) -> AnyAdapter:
    """The one adapter of a Python file, made known to this process; this runs the file.

    The file is imported under its own name from its own folder, so that processes that this one
    starts can import it too.

    Args:
        path: a ``.py`` file that defines one adapter class and does not import it from elsewhere.

    Raises:
        InputError: when there is no such file, it fails, or it holds no adapter or several.
    """
    file = Path(path).absolute()
    if not file.is_file():
        raise InputError("there is no such file", path=str(path), expected="a task's Python file")
    if not file.stem.isidentifier():
        raise InputError(
            "this file's name is no module name", path=str(path), hint="use letters, digits and _"
        )
    known = sys.modules.get(file.stem)
    if file.stem in sys.stdlib_module_names or (
        known is not None and getattr(known, "__file__", None) != str(file)
    ):
        raise InputError(
            f"a module called {file.stem} is there already", path=str(path), hint="rename the file"
        )
    if str(file.parent) not in sys.path:
        sys.path.append(str(file.parent))
    try:
        module = importlib.import_module(file.stem)
    except ToolkitError as error:
        raise error.at(str(path)) from None
    except Exception as error:
        raise InputError(
            f"the file cannot be loaded: {type(error).__name__}: {error}", path=str(path)
        ) from error
    if getattr(module, "__file__", None) != str(file):
        raise InputError(
            f"a module called {file.stem} is there already", path=str(path), hint="rename the file"
        )
    found = [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Adapter)
        and value.__module__ == module.__name__
    ]
    finished = [value for value in found if not value.__abstractmethods__] or found
    if len(finished) != 1:
        names = ", ".join(value.__name__ for value in finished) or "none"
        raise InputError(
            f"the file defines {len(finished)} adapters ({names})", path=str(path), expected="one"
        )
    adapter = register(finished[0])
    _files[adapter.task] = file
    return adapter


def adapter_file(task: str) -> Path | None:
    """The file that a task was loaded from by ``load_adapter_file``, if it was."""
    return _files.get(task)


def broken_adapters() -> dict[str, str]:
    """Each installed plugin that cannot be used, with the reason.

    Loads every plugin to find out. Adapters that work are not affected by broken ones.
    """
    reasons = {}
    for point in _points():
        try:
            if point.name in BUILT_IN:
                raise _shadowing(point)
            if point.name not in _registered:
                get_adapter(point.name)
        except ToolkitError as error:
            reasons[_label(point)] = str(error)
    return reasons


def _points() -> tuple[EntryPoint, ...]:
    """The entry points of adapters, looked for once: each look reads every package's metadata."""
    return _found(entry_points, tuple(sys.path))


@functools.lru_cache(maxsize=4)
def _found(
    look: Callable[..., Iterable[EntryPoint]], path: tuple[str, ...]
) -> tuple[EntryPoint, ...]:
    return tuple(look(group=GROUP))


def _plugins() -> dict[str, EntryPoint]:
    return {p.name: p for p in _points() if p.name not in BUILT_IN}


def _load(name: str) -> AnyAdapter:
    if name in BUILT_IN:
        module, _, attribute = BUILT_IN[name].partition(":")
        return _instance(getattr(importlib.import_module(module), attribute), name)
    family, colon, member = name.partition(":")
    if colon and family in FAMILIES:
        module, _, attribute = FAMILIES[family].partition(":")
        return _instance(getattr(importlib.import_module(module), attribute)(member), name)
    points = [p for p in _points() if p.name == name]
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
