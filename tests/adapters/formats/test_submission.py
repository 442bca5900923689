"""ARC Prize submissions are written whole and read back."""

import json
import os

import pytest

from hrm_toolkit.adapters.arc import ArcAnswer
from hrm_toolkit.adapters.arc.files import read_submission, write_submission
from hrm_toolkit.core import InputError

ONE, TWO = ((1, 2),), ((3,), (4,))


def test_the_shape_is_that_of_the_prize(tmp_path):
    path = tmp_path / "submission.json"
    answers = {
        "aa": ArcAnswer(attempts=((ONE, TWO), (TWO,))),
        "bb": ArcAnswer(attempts=((),)),
    }
    write_submission(path, answers)
    assert json.loads(path.read_text()) == {
        "aa": [
            {"attempt_1": [[1, 2]], "attempt_2": [[3], [4]]},
            {"attempt_1": [[3], [4]], "attempt_2": [[3], [4]]},
        ],
        "bb": [{"attempt_1": [[0]], "attempt_2": [[0]]}],
    }
    assert read_submission(path)["aa"].attempts == ((ONE, TWO), (TWO, TWO))


def test_a_failed_write_leaves_the_old_file_and_no_draft(tmp_path, monkeypatch):
    path = tmp_path / "submission.json"
    path.write_text("old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(InputError, match=r"submission.json: .*No space left"):
        write_submission(path, {"aa": ArcAnswer(attempts=((ONE,),))})
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["submission.json"]


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(InputError, match="cannot be written: No such file"):
        write_submission(tmp_path / "none" / "submission.json", {})


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"[]", "this is no submission"),
        (b'{"a": [{"attempt_3": [[1]]}]}', "this is no submission"),
        (b'{"a": [{"attempt_1": [[10]]}]}', 'task "a": attempts.0.0.0.0: .*9; got 10'),
        (b'{"a": ', "the text ends too early"),
    ],
)
def test_what_is_no_submission_is_refused(content, says):
    with pytest.raises(InputError, match=says):
        read_submission(content)
