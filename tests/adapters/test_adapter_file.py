"""A task in a file of its own, loaded by its path."""

import sys

import numpy as np
import pytest

from hrm_toolkit.adapters import registry
from hrm_toolkit.core import InputError

TASK = """
from typing import Literal
from hrm_toolkit.adapters.fill import FillAdapter, FillAnswer, FillCodec, FillPuzzle, FillRules
from hrm_toolkit.core import Example, WrongAnswer


class RowPuzzle(FillPuzzle):
    task: Literal["{name}"] = "{name}"


class RowAnswer(FillAnswer):
    task: Literal["{name}"] = "{name}"


class RowRules(FillRules[RowPuzzle, RowAnswer]):
    answer_type = RowAnswer

    def units(self, n):
        return {{"row": [[(r, c) for c in range(n)] for r in range(n)]}}


class RowAdapter(FillAdapter[RowPuzzle, RowAnswer]):
    task = "{name}"
    summary = "fill each row with 1..n"
    puzzle_type, answer_type = RowPuzzle, RowAnswer
    rules, codec = RowRules(), FillCodec(RowAnswer, largest=9)
    default_sizes = (3,)
    relations = ("row",)

    def generate(self, rng, *, size=None, difficulty=None):
        rows = tuple(tuple(int(v) for v in rng.permutation(3) + 1) for _ in range(3))
        return Example(RowPuzzle(grid=((0, *rows[0][1:]), *rows[1:])), RowAnswer(grid=rows))

    def wrong_answers(self):
        return []
"""


TWO = """

class Other(RowAdapter):
    task = "other"
"""


@pytest.fixture
def forgotten(monkeypatch):
    """Whatever is loaded in a test is unknown after it."""
    monkeypatch.setattr(registry, "_registered", dict(registry._registered))
    monkeypatch.setattr(registry, "_files", dict(registry._files))
    monkeypatch.setattr(sys, "path", list(sys.path))
    modules = set(sys.modules)
    yield
    for name in set(sys.modules) - modules:
        if name.startswith("own_task"):
            del sys.modules[name]


def test_a_file_is_a_task(tmp_path, forgotten):
    file = tmp_path / "own_task_rows.py"
    file.write_text(TASK.format(name="own-rows"))
    adapter = registry.load_adapter_file(file)
    assert registry.get_adapter("own-rows") is adapter
    assert registry.adapter_file("own-rows") == file
    example = adapter.generate(np.random.default_rng(0))
    assert adapter.rules.check(example.puzzle, example.answer)
    again = registry.load_adapter_file(file)
    assert type(again) is type(adapter), "the file is run once"


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("own_task_none.py", "x = 1", "defines 0 adapters"),
        ("own_task_bad.py", "1 / 0", "cannot be loaded: ZeroDivisionError"),
        (
            "own_task_two.py",
            TASK + "\n\nclass Other(RowAdapter):\n    task = 'other'\n",
            "2 adapters",
        ),
        ("random.py", "x = 1", "a module called random is there already"),
        ("own-task.py", "x = 1", "no module name"),
    ],
)
def test_other_files_are_refused_in_one_line(tmp_path, forgotten, name, text, says):
    file = tmp_path / name
    file.write_text(text.format(name="own-rows") if "{name}" in text else text)
    with pytest.raises(InputError, match=says) as error:
        registry.load_adapter_file(file)
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        registry.load_adapter_file(tmp_path / "nowhere.py")
