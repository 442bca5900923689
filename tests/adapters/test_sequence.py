"""Sequences: the rule of equality, text and JSON, and folders of one's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hrm_toolkit.adapters import get_adapter
from hrm_toolkit.adapters.formats import read_puzzles, read_text, write_published
from hrm_toolkit.adapters.sequence import SequenceAdapter, SequenceAnswer, SequencePuzzle
from hrm_toolkit.core import Example, InputError, OptionError, Verdict

PUZZLE = SequencePuzzle(tokens=(3, 1, 2, 6), label=(0, 2, 1, 0), vocabulary=7)


def verdict(puzzle: SequencePuzzle, *tokens: int) -> Verdict:
    return SequenceAdapter().rules.check(puzzle, SequenceAnswer(tokens=tokens))


def folder_of(
    where: Path, rows: Any, labels: Any, *, split: str = "train", groups: Any = None, **facts: Any
) -> Path:
    """A dataset folder in the published layout, as somebody's own script writes it."""
    inputs, labels = np.array(rows), np.array(labels)
    count, length = inputs.shape
    groups = np.arange(count + 1) if groups is None else np.array(groups)
    (where / split).mkdir(parents=True)
    said = {
        "pad_id": 0, "ignore_label_id": 0, "blank_identifier_id": 0, "vocab_size": 7,
        "seq_len": length, "num_puzzle_identifiers": 1, "total_groups": len(groups) - 1,
        "mean_puzzle_examples": 1, "sets": ["all"], **facts,
    }  # fmt: skip
    (where / split / "dataset.json").write_text(json.dumps(said))
    arrays = {
        "inputs": inputs, "labels": labels, "puzzle_identifiers": np.zeros(count, np.int32),
        "puzzle_indices": np.arange(count + 1), "group_indices": groups,
    }  # fmt: skip
    for name, array in arrays.items():
        np.save(where / split / f"all__{name}.npy", array)
    return where


def test_the_label_decides_where_it_is_asked_and_nowhere_else() -> None:
    assert verdict(PUZZLE, 0, 2, 1, 0)
    assert verdict(PUZZLE, 5, 2, 1, 5)
    wrong = verdict(PUZZLE, 0, 2, 2, 0)
    assert [v.message for v in wrong.violations] == ["position 3 is not 2"]
    assert wrong.violations[0].places == ((2,),)
    assert "3 tokens, and the sequence has 4" in verdict(PUZZLE, 0, 2, 1).violations[0].message


def test_without_a_label_nothing_is_verified() -> None:
    hidden = SequenceAdapter().shown(PUZZLE)
    assert hidden.label is None
    assert hidden.places == PUZZLE.places
    assert [v.rule for v in verdict(hidden, 0, 2, 1, 0).violations] == ["unverifiable"]
    assert SequenceAdapter().exact(PUZZLE).answer is None, "it is not looked up either"


@pytest.mark.parametrize(
    "puzzle",
    [
        PUZZLE,
        SequenceAdapter().shown(PUZZLE),
        SequencePuzzle(tokens=(1, 0, 4)),
        SequencePuzzle(tokens=(1, 400, 4), label=(3, 2, 400)),
    ],
)
def test_text_and_json_say_the_same_puzzle(puzzle: SequencePuzzle) -> None:
    adapter = SequenceAdapter()
    assert read_text(adapter.render(puzzle)).puzzles == (puzzle,)
    loaded = read_text(puzzle.model_dump_json())
    assert loaded.puzzles == (puzzle,)
    known = None if puzzle.label is None else SequenceAnswer(tokens=puzzle.label)
    assert loaded.answers == (known,)


def test_records_of_ones_own_are_read(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"tokens": [1, 2, 3], "label": [3, 2, 1]}\n{"tokens": [5], "label": [5]}\n')
    loaded = read_puzzles(path)
    assert [puzzle.ids for puzzle in loaded.puzzles] == [4, 6]
    assert loaded.answers[0] == SequenceAnswer(tokens=(3, 2, 1))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("sequence of 4 ids\ngiven 1 9", "token 9 is beyond the vocabulary of 4"),
        ("given 1 2\nlabel 1", "the label has 1 tokens, and the sequence 2"),
        ("given 1 2\nlabel ? 1", "known in part"),
        ("given 1 x", "entry 2 is no token"),
        ("given 1 2\nlabel . .", "nothing is asked"),
        ("given 1 2\ngiven 1 2", "this is no sequence"),
    ],
)
def test_what_is_no_sequence_is_refused(text: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        SequenceAdapter().parse(text)


def test_a_folder_of_any_length_and_vocabulary_is_read(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = rng.integers(1, 7, size=(5, 20))
    labels = rows[:, ::-1].copy()
    labels[:, :3] = -100
    folder_of(tmp_path, rows, labels, ignore_label_id=-100)
    loaded = read_puzzles(tmp_path)
    assert loaded.kind == (
        "published dataset folder of sequences of 20 tokens out of 7, split train"
    )
    first = loaded.puzzles[0]
    assert isinstance(first, SequencePuzzle)
    assert (first.tokens, first.vocabulary) == (tuple(rows[0].tolist()), 7)
    assert first.label == (0, 0, 0, *labels[0, 3:].tolist())
    with pytest.raises(InputError, match="expected a square number of cells"):
        read_puzzles(tmp_path, adapter="maze")


def test_rows_that_a_sequence_cannot_keep_whole_are_refused(tmp_path: Path) -> None:
    rows = [[1, 2, 3], [2, 3, 1]]
    scored = folder_of(tmp_path / "scored", rows, [[0, 1, 1], [1, 1, 1]], ignore_label_id=None)
    with pytest.raises(InputError, match="label 0 is scored"):
        read_puzzles(scored)
    named = folder_of(tmp_path / "named", rows, rows, num_puzzle_identifiers=3)
    np.save(named / "train" / "all__puzzle_identifiers.npy", np.array([1, 2]))
    with pytest.raises(InputError, match="identifiers of their own"):
        read_puzzles(named)


def test_rows_of_the_shape_of_a_known_task_name_the_way_to_read_them(tmp_path: Path) -> None:
    folder_of(tmp_path, [[10] * 16], [[2] * 16], vocab_size=11)
    with pytest.raises(InputError, match=r"position 1 has token 10.*--adapter sequence"):
        read_puzzles(tmp_path)
    assert read_puzzles(tmp_path, adapter="sequence").puzzles[0].task == "sequence"


def test_what_is_generated_can_be_written_as_such_a_folder(tmp_path: Path) -> None:
    adapter = get_adapter("sequence")
    examples = [adapter.generate(np.random.default_rng(i), size=9) for i in range(4)]
    made = write_published(tmp_path, "train", examples, adapter)
    assert (made.seq_len, made.vocab_size) == (9, 12)
    again = read_puzzles(tmp_path)
    pairs = zip(again.puzzles, again.answers, strict=True)
    assert [Example(puzzle, answer) for puzzle, answer in pairs] == examples


@pytest.mark.parametrize("size", [1, (3, 3), 10**9])
def test_lengths_that_are_none_are_refused(size: Any) -> None:
    with pytest.raises(OptionError, match="no length of a sequence"):
        SequenceAdapter().generate(np.random.default_rng(0), size=size)
