"""What reading a puzzle loads."""

import subprocess
import sys

ASKED = """
import sys
from hrm_toolkit.adapters.formats import read_puzzles
print(read_puzzles({text!r}).kind)
print(*sorted(name for name in sys.modules if name.startswith("hrm_toolkit.adapters.")))
"""


def test_an_object_that_names_its_task_loads_no_other() -> None:
    text = b'{"task": "maze", "grid": ["S.G"]}'
    command = [sys.executable, "-c", ASKED.format(text=text)]
    kind, loaded = subprocess.run(
        command, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert kind == "maze puzzle, JSON"
    assert "hrm_toolkit.adapters.maze.adapter" in loaded
    assert "hrm_toolkit.adapters.arc" not in loaded
    assert "hrm_toolkit.adapters.graph.adapter" not in loaded
