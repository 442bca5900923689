"""The page on a problem of one's own: its task is short, keeps the laws and is solved."""

from __future__ import annotations

import itertools
import re
import sys
import types
from pathlib import Path

import pytest

from hrm_toolkit.adapters import registry
from hrm_toolkit.adapters.check import check_adapter
from hrm_toolkit.adapters.constraint.stated.rules import KINDS
from hrm_toolkit.adapters.formats import read_text
from hrm_toolkit.core import InputError

PAGE = Path(__file__).parents[3] / "docs" / "your-own-problem.md"


def python_blocks() -> list[str]:
    return re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)


def test_the_page_does_what_it_says(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(registry, "_registered", {})
    task, use, _ = python_blocks()
    declared = [line for line in task.splitlines() if line.strip() and "import" not in line]
    assert len(declared) <= 40
    # Pydantic looks names of types up in the module of a class.
    module = types.ModuleType("binary")
    monkeypatch.setitem(sys.modules, "binary", module)
    exec(task, module.__dict__)  # noqa: S102
    exec(use, module.__dict__)  # noqa: S102
    assert re.match(r"row \d column \d is [01], by ", capsys.readouterr().out)
    ours = registry.get_adapter("binary")
    puzzle = ours.parse("1 .\n. .")
    shown = ours.render(puzzle, ours.parse_answer(puzzle, "1 0\n0 1"))
    assert shown.splitlines()[1:] == ["1 0", "0 1"]
    with pytest.raises(InputError, match=r"the answer has '\.'; expected 1 or 0"):
        ours.parse_answer(puzzle, "1 0\n0 .")


def test_the_task_of_numbers_on_the_page_keeps_the_laws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_registered", {})
    *_, task = python_blocks()
    module = types.ModuleType("spaced")
    monkeypatch.setitem(sys.modules, "spaced", module)
    exec(task, module.__dict__)  # noqa: S102
    adapter = registry.register(module.SpacedAdapter)
    assert check_adapter(adapter, samples=1, sizes=(5,))
    solved = adapter.exact(adapter.parse("1 3 5 2 4" + "\n. . . . ." * 4)).answer
    assert all(abs(a - b) > 1 for row in solved.grid for a, b in itertools.pairwise(row))


def test_the_problem_in_json_is_solved_as_it_stands() -> None:
    (stated,) = re.findall(r"```json\n(.*?)```", PAGE.read_text(), re.DOTALL)
    adapter = registry.get_adapter("problem")
    (puzzle,) = read_text(stated).puzzles
    answer = adapter.exact(puzzle).answer
    assert adapter.rules.check(puzzle, answer)
    assert (answer.values["apples"], answer.values["pears"]) == (6, 3)
    (row, *_) = answer.values["x"]
    assert row == (1, 0, 1)
    for kind in KINDS:
        assert f"`{kind}`" in PAGE.read_text()
