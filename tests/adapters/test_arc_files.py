"""ARC files and answers as people bring them."""

import json
import re

import pytest

from hrm_toolkit.adapters import ArcAdapter
from hrm_toolkit.adapters.formats import read_answer, read_puzzles, read_text
from hrm_toolkit.core import InputError

ARC = ArcAdapter()
TASK = {
    "train": [{"input": [[1]], "output": [[2]]}],
    "test": [{"input": [[3]], "output": [[4]]}],
}


def test_what_else_a_task_file_says_is_no_matter_and_an_id_names_the_task():
    more = {"id": "own 1", "tags": ["x"], "author": "me", "name": "old"}
    pairs = {part: [{**pair, "comment": "?", "id": 3} for pair in TASK[part]] for part in TASK}
    loaded = read_text(json.dumps({**pairs, **more}))
    assert loaded.puzzles == read_text(json.dumps({**TASK, "name": "own 1"})).puzzles
    for key in ("id", "task_id", "name"):
        assert read_text(json.dumps({**TASK, key: "a7"})).puzzles[0].name == "a7"
    lines = "\n".join(json.dumps({**TASK, "id": number}) for number in (1, 2))
    assert [puzzle.name for puzzle in read_text(lines).puzzles] == ["1", "2"]


def test_an_empty_output_of_a_test_is_none_that_is_known():
    data = {**TASK, "test": [{"input": [[3]], "output": []}]}
    loaded = read_text(json.dumps(data))
    assert (loaded.puzzles[0].test[0].output, loaded.answers[0]) == (None, None)


def test_pairs_without_train_and_test_are_named():
    pair = TASK["train"][0]
    with pytest.raises(InputError, match="2 ARC pairs without train and test"):
        read_text(json.dumps([pair, pair]))
    with pytest.raises(InputError, match='it has no "test"'):
        read_text(json.dumps({"train": [pair]}))


@pytest.fixture
def kaggle(tmp_path):
    """A challenge set of two tasks, one of two tests, with its solutions beside it."""
    asked = [{"input": [[3]]}, {"input": [[5]]}]
    sets = {name: {**TASK, "test": asked[:n]} for name, n in (("0aa", 1), ("0bb", 2))}
    outputs = {"0aa": [[[4]]], "0bb": [[[4]], [[6]]]}
    (tmp_path / "x_challenges.json").write_text(json.dumps(sets))
    (tmp_path / "x_solutions.json").write_text(json.dumps(outputs))
    return tmp_path / "x_challenges.json"


def test_solutions_beside_a_challenge_set_are_its_outputs(kaggle):
    loaded = read_puzzles(kaggle)
    assert loaded.notes == ("the outputs of the tests are those of x_solutions.json",)
    assert [len(answer.attempts) for answer in loaded.answers] == [1, 2]
    assert all(map(ARC.rules.check, loaded.puzzles, loaded.answers))
    solutions = kaggle.with_name("x_solutions.json")
    with pytest.raises(InputError, match=r"these are ARC solutions, .*challenge set"):
        read_puzzles(solutions)
    for puzzle in loaded.puzzles:
        assert ARC.rules.check(puzzle, read_answer(solutions, ARC, puzzle))
    wrong = json.dumps({"0bb": [[[4]]]}).encode()
    with pytest.raises(InputError, match="for 1 test inputs; expected for 2"):
        read_answer(wrong, ARC, loaded.puzzles[1])
    with pytest.raises(InputError, match='no answer for task "0aa" here'):
        read_answer(wrong, ARC, loaded.puzzles[0])
    solutions.write_text(json.dumps({"0bb": [[[4]]]}))
    with pytest.raises(InputError, match=r'x_solutions.json: task "0bb": the solutions do not fit'):
        read_puzzles(kaggle)


@pytest.mark.parametrize(
    ("tests", "text"),
    [
        (1, "12\n34"),
        (1, "1 2\n3 4\n"),
        (1, "1, 2\r\n3, 4\r\n"),
        (1, "[[1, 2], [3, 4]]"),
        (1, "[[[1, 2], [3, 4]]]"),
        (1, "[[[9]], [[1, 2], [3, 4]]]"),
        (1, "[[[[9]], [[1, 2], [3, 4]]]]"),
        (1, '[{"attempt_1": [[9]], "attempt_2": [[1, 2], [3, 4]]}]'),
        (1, '[{"output": [[1, 2], [3, 4]]}]'),
        (1, "test 1\n3  ->  9  or  12\n              34"),
        (2, "12\n34\n \n12\n34"),
        (2, "[[[1, 2], [3, 4]], [[1, 2], [3, 4]]]"),
        (2, "[[[[1, 2], [3, 4]]], [[[9]], [[1, 2], [3, 4]]]]"),
        (2, "test 1\n3  ->  12\n       34\ntest 2\n3  ->  12\n       34"),
    ],
)
def test_answers_are_read_in_every_usual_form(tests, text):
    test = {"input": [[3]], "output": [[1, 2], [3, 4]]}
    puzzle = ARC.coerce({**TASK, "test": [test] * tests})
    assert ARC.rules.check(puzzle, read_answer(text.encode(), ARC, puzzle))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("12 34", "a row holds several numbers"),
        ("12\n34\n\n12\n34", "for 2 test inputs; expected for 1"),
        ("x", "whole number"),
        ("test 1\n3  ->  ?", "drawn without an answer"),
        ('[{"attempt": [[9]]}]', "an entry has no attempt"),
    ],
)
def test_what_cannot_be_read_as_an_answer_refutes_nothing(text, says):
    puzzle = ARC.coerce(TASK)
    with pytest.raises(InputError, match=says):
        read_answer(text.encode(), ARC, puzzle)


def test_messages_are_in_words_of_ours():
    pair = {"input": [[1]], "output": [[2]]}
    for change in (
        {"input": []},
        {"input": [["x"]]},
        {"input": [[99]]},
        {"input": 3},
        {"input": 0},
    ):
        with pytest.raises(InputError) as error:
            ARC.coerce({"train": [{**pair, **change}], "test": [pair]})
        assert not re.search("Tuple|Input|inputs|validation|should|valid ", str(error.value))
