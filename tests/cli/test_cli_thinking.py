"""``solve --picture out.html``: a page that thinks, where a browser can run the network."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest
from running import Command

PUZZLES = {
    "sudoku": "1...  ..3.  .4..  ...2",
    "maze": "S..\n##.\nG..",
    "graph": "start A\ngoal C\nA -- B 1\nB -- C 2",
}


@pytest.mark.parametrize("name", [*PUZZLES])
def test_a_page_holds_puzzle_network_and_code_and_lets_nothing_in(
    command: Command, name: str, tmp_path: Path
) -> None:
    puzzle, page = tmp_path / "puzzle.txt", tmp_path / "out.html"
    puzzle.write_text(PUZZLES[name])
    assert command("solve", puzzle, "--picture", page).status == 0
    html = page.read_text()
    assert len(html.encode()) < 1_000_000
    assert not re.search(r"(?:src|href)=|https?://(?!www\.w3\.org/2000/svg)|\son\w+=|eval\(", html)
    policy = re.search(r'content-security-policy" content="([^"]+)"', html)
    assert policy
    assert policy[1].startswith("default-src 'none'; script-src 'sha256-")
    for tag in ("style", 'script type="module"'):
        (inside,) = re.findall(rf"<{tag}>(.*?)</{tag.split()[0]}>", html, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy[1]
        assert not re.search(r"^(import|export) ", inside, re.MULTILINE)
    (network,) = re.findall(r'id="network">(.*?)</script>', html)
    assert json.loads(network)["config"]["width"] == 32
    (code,) = re.findall(r'id="code">(.*?)</script>', html)
    assert base64.b64decode(code).startswith(b"\0asm")


def test_without_a_network_a_page_has_pictures_alone(command: Command, tmp_path: Path) -> None:
    puzzle, page = tmp_path / "puzzle.txt", tmp_path / "out.html"
    puzzle.write_text(PUZZLES["maze"])
    asked = ("solve", puzzle, "--strategy", "exact", "--picture", page)
    assert command(*asked).err.endswith(f"drew {page}\n")
    assert "<svg" in page.read_text()
    assert "<script" not in page.read_text()


def test_where_no_browser_can_think_the_page_plays_what_was_thought(
    command: Command, tmp_path: Path
) -> None:
    puzzle, page = tmp_path / "puzzle.txt", tmp_path / "out.html"
    puzzle.write_text("\n".join(["S" + "." * 50, *["." * 51] * 49, "." * 50 + "G"]))
    asked = ("solve", puzzle, "--segments", "1", "--picture", page)
    assert command(*asked).err.endswith(f"drew {page}\n")
    html = page.read_text()
    assert "'wasm-unsafe-eval'" not in html
    assert 'id="network">null<' in html
    (tape,) = re.findall(r'id="tape">(.*?)</script>', html)
    stages = json.loads(tape)["stages"]
    assert len(stages) > 2
    assert stages[1]["facts"]["halting probability"]
    assert page.stat().st_size < 1_000_000
