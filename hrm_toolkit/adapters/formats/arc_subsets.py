"""Folders of ARC tasks: subsets of challenges with their solutions, or of one file a task."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from hrm_toolkit.adapters.arc.rules import ArcPuzzle
from hrm_toolkit.adapters.arc.text import from_json
from hrm_toolkit.adapters.formats.arc import is_challenges, is_task
from hrm_toolkit.adapters.formats.source import read_source
from hrm_toolkit.adapters.json_text import read_json
from hrm_toolkit.core import InputError, UnknownNameError
from hrm_toolkit.core.files import placed

CHALLENGES, SOLUTIONS = "_challenges", "_solutions"
_EXPECTED = (
    "NAME_challenges.json with NAME_solutions.json, or task files such as training/007bbfb7.json"
)


def read_arc_subsets(
    folder: str | os.PathLike[str], names: Sequence[str] | None = None
) -> dict[str, tuple[ArcPuzzle, ...]]:
    """The tasks of a folder, by subset.

    Three layouts are known: ``arc-agi_training_challenges.json`` beside
    ``arc-agi_training_solutions.json`` (the ARC Prize; subset ``training``), folders of task files
    (``training/*.json``, or deeper), and task files right there (one subset, named as the folder).
    Tasks are in the order of a challenge file, or of the paths of task files.

    Args:
        folder: where they lie.
        names: the subsets to read, in this order; None reads all, in the published order:
            training ones, those of evaluation, others.

    Raises:
        InputError: when there are none, naming the file at fault.
        UnknownNameError: for a subset that is not there.
    """
    try:
        found = _found(Path(folder))
    except OSError as error:
        raise InputError(f"the folder cannot be read: {error.strerror}", path=str(folder)) from None
    if not found:
        raise InputError("there are no ARC tasks here", path=str(folder), expected=_EXPECTED)
    for name in names or ():
        if name not in found:
            raise UnknownNameError("subset of tasks", name, found)
    read = {name: found[name] for name in names or sorted(found, key=_order)}
    return {name: reader(path) for name, (reader, path) in read.items()}


def default_test_set(subsets: Iterable[str]) -> str:
    """The subset whose tests are held out unless said: the first of evaluation, else the last."""
    names = list(subsets)
    return next(filter(_is_evaluation, names), names[-1])


def _order(name: str) -> tuple[bool, bool, str]:
    return not name.startswith("train"), not _is_evaluation(name), name


def _is_evaluation(name: str) -> bool:
    return name.startswith("eval")


_Found = tuple[Callable[[Path], tuple[ArcPuzzle, ...]], Path]


def _found(root: Path) -> dict[str, _Found]:
    """By subset, how to read it and from where."""
    files = sorted(root.glob(f"*{CHALLENGES}.json"))
    if files:
        stems = [path.stem.removesuffix(CHALLENGES) for path in files]
        short = [stem.rpartition("_")[2] for stem in stems]
        names = short if len({*short}) == len(short) else stems
        return {name: (_challenges, path) for name, path in zip(names, files, strict=True)}
    folders = [path for path in root.iterdir() if path.is_dir() and any(path.rglob("*.json"))]
    if folders:
        return {path.name: (_files, path) for path in folders}
    return {root.resolve().name: (_files, root)} if any(root.glob("*.json")) else {}


def _challenges(path: Path) -> tuple[ArcPuzzle, ...]:
    data = placed(str(path), read_json, read_source(path)[0])
    if not is_challenges(data):
        raise InputError("this is no challenge set", path=str(path), expected="ARC tasks by id")
    stem = path.stem.removesuffix(CHALLENGES)
    beside = path.with_name(f"{stem}{SOLUTIONS}.json")
    solutions: Any = {}
    if beside.is_file():
        solutions = placed(str(beside), read_json, read_source(beside)[0])
        if not isinstance(solutions, dict):
            raise InputError("these are no solutions", path=str(beside), expected="outputs by id")
    return tuple(
        placed(f'{path}: task "{name}"', _solved, name, task, solutions.get(name))
        for name, task in data.items()
    )


def _solved(name: str, task: Any, outputs: Any) -> ArcPuzzle:
    """A task, its tests with the outputs that the file of solutions gives."""
    if outputs is None:
        return from_json(task, name)
    tests = task["test"]
    if not isinstance(outputs, list) or not isinstance(tests, list) or len(outputs) != len(tests):
        raise InputError(
            "the solutions do not fit the tests", expected="an output for each test input"
        )
    both = zip(tests, outputs, strict=True)
    solved = [{**test, "output": o} if isinstance(test, dict) else test for test, o in both]
    return from_json({**task, "test": solved}, name)


def _files(folder: Path) -> tuple[ArcPuzzle, ...]:
    return tuple(placed(str(path), _one, path) for path in sorted(folder.rglob("*.json")))


def _one(path: Path) -> ArcPuzzle:
    data = read_json(read_source(path)[0])
    if not is_task(data):
        raise InputError("this is no ARC task", expected='{"train": [...], "test": [...]}')
    return from_json(data, path.stem)
