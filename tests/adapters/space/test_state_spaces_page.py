"""The page on state spaces: its task is short, keeps the laws and is solved."""

from __future__ import annotations

import re
import sys
import types
from pathlib import Path

import pytest

from hrm_toolkit.adapters import registry
from hrm_toolkit.adapters.check import check_adapter

PAGE = Path(__file__).parents[3] / "docs" / "state-spaces.md"


def test_the_page_does_what_it_says(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(registry, "_registered", {})
    task, use = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)[:2]
    declared = [line for line in task.splitlines() if line.strip() and "import" not in line]
    assert len(declared) <= 40
    # Types are looked up in the module of a class.
    module = types.ModuleType("lamps")
    monkeypatch.setitem(sys.modules, "lamps", module)
    exec(task, module.__dict__)  # noqa: S102
    exec(use, module.__dict__)  # noqa: S102
    assert capsys.readouterr().out == "press 1 1: the goal is then reached\n"
    report = check_adapter(module.LampsAdapter(), samples=2, sizes=(3,))
    assert report, str(report)
