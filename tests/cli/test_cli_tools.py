"""``tools``: what is printed for a model."""

from __future__ import annotations

import json

import pytest
from running import Command

from hrm_toolkit.planner.tools.export import FORMATS, export
from hrm_toolkit.planner.tools.toolbox import CORE, MORE


@pytest.mark.parametrize("format", FORMATS)
def test_tools_prints_what_export_makes(command: Command, format: str) -> None:
    ran = command("tools", "--format", format)
    assert ran.status == 0
    assert json.loads(ran.out) == export(CORE, format)
    full = command("tools", "--format", format, "--full", "--json").object
    assert full == {"format": format, "tools": export((*CORE, *MORE), format)}


def test_another_format_is_refused_with_the_nearest(command: Command) -> None:
    ran = command("tools", "--format", "open-ai")
    assert ran.status == 2
    assert 'did you mean "openai"?' in ran.err
    assert ran.out == ""
