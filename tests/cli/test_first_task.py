"""The page that leads from an idea to a trained task: its file, and the commands around it."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from running import EXAMPLES, Command

PAGE = (EXAMPLES.parent / "docs" / "first-task.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file to copy, in a reader's folder, with the puzzle that the page writes beside it."""
    folder = tmp_path_factory.mktemp("idea")
    (text,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    (folder / "xsquare.py").write_text(text)
    (said,) = re.findall(r"^printf (.*) > puzzle.txt$", PAGE, re.MULTILINE)
    (puzzle,) = shlex.split(said)
    (folder / "puzzle.txt").write_text(puzzle.replace("\\n", "\n"))
    return folder / "xsquare.py"


@pytest.fixture(autouse=True)
def _there(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(file.parent)


def test_the_file_keeps_the_laws_that_the_page_shows(command: Command, file: Path) -> None:
    ran = command("adapters", "check", file, "--samples", 2)
    (shown,) = re.findall(r"^xsquare: \d+ laws, 0 broken$", PAGE, re.MULTILINE)
    assert ran.status == 0
    assert ran.out.startswith(shown)


def test_the_puzzle_is_solved_and_its_answer_verified(command: Command, file: Path) -> None:
    solved = command("solve", "puzzle.txt", "--adapter", file, "--strategy", "exact")
    assert "solved: 5x5 xsquare, verified by the rules" in solved.out
    file.with_name("answer.txt").write_text(solved.out)
    verified = command("verify", "puzzle.txt", "answer.txt", "--adapter", file)
    assert verified.out.endswith("valid: 5x5 xsquare\n")
    file.with_name("answer.txt").write_text(solved.out.replace("5 2 1 4 3", "5 5 1 4 3"))
    refuted = command("verify", "puzzle.txt", "answer.txt", "--adapter", file)
    assert refuted.status == 1
    assert "row 1 holds 5 twice" in refuted.out


def test_an_answer_that_is_not_there_is_told_with_how_one_is_made(
    command: Command, file: Path
) -> None:
    ran = command("verify", "puzzle.txt", "nofile", "--adapter", file)
    assert ran.status == 2
    assert ran.err.startswith("error: nofile: there is no such file; expected a file that holds an")
    assert "hrm-toolkit solve" in ran.err


def test_regions_of_a_puzzle_of_its_own_need_no_file(command: Command, tmp_path: Path) -> None:
    (stated,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "jigsaw.json").write_text(stated)
    ran = command("solve", tmp_path / "jigsaw.json", "--strategy", "exact", "--json")
    assert ran.status == 0, ran.err
    grid, regions = ran.object["answer"]["grid"], json.loads(stated)["regions"]
    cells = [(r, c) for r in range(4) for c in range(4)]
    for groups in (regions, [[r] * 4 for r in range(4)], [[*range(4)]] * 4):
        for number in range(4):
            own = [grid[r][c] for r, c in cells if groups[r][c] == number]
            assert sorted(own) == [1, 2, 3, 4]
