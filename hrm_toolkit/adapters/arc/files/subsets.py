"""Folders of ARC tasks: subsets of challenges with their solutions, or of one file a task."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from hrm_toolkit.adapters.arc.files.tasks import CHALLENGES, is_challenges, is_task, read_challenges
from hrm_toolkit.adapters.arc.rules import ArcPuzzle
from hrm_toolkit.adapters.arc.text import from_json
from hrm_toolkit.adapters.formats.source import read_source
from hrm_toolkit.adapters.json_text import read_json
from hrm_toolkit.core import InputError, UnknownNameError
from hrm_toolkit.core.files import placed

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
    puzzles = placed(str(path), read_challenges, data, path).puzzles
    return tuple(puzzle for puzzle in puzzles if isinstance(puzzle, ArcPuzzle))


def _files(folder: Path) -> tuple[ArcPuzzle, ...]:
    return tuple(placed(str(path), _one, path) for path in sorted(folder.rglob("*.json")))


def _one(path: Path) -> ArcPuzzle:
    data = read_json(read_source(path)[0])
    if not is_task(data):
        raise InputError("this is no ARC task", expected='{"train": [...], "test": [...]}')
    return from_json(data, path.stem)
