"""The page of ``solve`` and ``trace`` with ``--picture out.html``, opened as a file: segments are
stepped through, and it thinks, without any server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.cli import main

axe = pytest.importorskip("axe_core_python", reason="the extra browser is not installed")

PATIENCE = 120.0
PUZZLES = {
    "sudoku": "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79",
    "maze": "S....#\n.##..#\n.#...#\n...#..\n##.##.\n.....G",
    "graph": "start A\ngoal D\nA -- B 1\nB -- D 1\nA -- C 2\nC -- D 3",
}
AXE = """
const done = arguments[arguments.length - 1];
axe.run(document).then((found) => done(found.violations.map(
  (one) => `${one.id}: ${one.help}: ${one.nodes.map((node) => node.html).join(" ")}`)));
"""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder, pages = tmp_path_factory.mktemp("pages"), {}
    for name, puzzle in PUZZLES.items():
        (folder / f"{name}.txt").write_text(puzzle)
        pages[name] = folder / f"{name}.html"
        assert main(["solve", str(folder / f"{name}.txt"), "--picture", str(pages[name])]) == 0
        assert pages[name].stat().st_size < 1_000_000
    return pages


class Offline:
    """A page that is a file, as somebody uses it."""

    def __init__(self, browser: Any, file: Path) -> None:
        self.browser = browser
        calm = {"name": "prefers-reduced-motion", "value": "reduce"}
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [calm]})
        browser.get(file.as_uri())
        self.wait("!document.getElementById('think').disabled")

    def wait(self, condition: str) -> None:
        from selenium.webdriver.support.ui import WebDriverWait

        waiting = WebDriverWait(self.browser, PATIENCE, 0.02)
        waiting.until(lambda now: now.execute_script(f"return {condition}"), condition)

    def click(self, id: str) -> None:
        self.browser.execute_script(f"document.getElementById('{id}').click()")

    def text(self, id: str) -> str:
        return str(self.browser.execute_script(f"return document.getElementById('{id}').innerText"))

    def type(self, value: str) -> None:
        code = "const box = document.getElementById('puzzle'); box.value = arguments[0];"
        self.browser.execute_script(code + "box.dispatchEvent(new Event('input'));", value)

    def solved(self) -> list[str]:
        """The answer's signs once the page says that its rules accept it."""
        self.wait("document.getElementById('think').innerText === 'Think'")
        self.wait("document.getElementById('think-said').innerText")
        assert self.text("think-said").startswith("Solved after"), self.text("think-said")
        label = "return document.querySelector('#think-picture svg').getAttribute('aria-label')"
        return str(self.browser.execute_script(label)).partition(": ")[2].split("; ")


def test_a_graph_page_thinks_on_where_an_edge_is_closed(pages: Any) -> None:
    page = pages("graph")
    page.click("think")
    page.wait("document.getElementById('think-said').innerText.startsWith('Solved after')")
    label = "return document.querySelector('#think-picture svg').getAttribute('aria-label')"
    assert page.browser.execute_script(label).endswith("the way so far A, B, D")
    assert page.browser.execute_script("return document.querySelectorAll('.likely').length") >= 1
    after = int(page.browser.execute_script("return document.getElementById('think-at').max"))
    value = "return document.getElementById('puzzle').value"
    line = page.browser.execute_script(value).splitlines().index("B -- D")
    click = "dispatchEvent(new MouseEvent('click', {bubbles: true}))"
    page.browser.execute_script(f"document.querySelector('[data-line=\"{line}\"] .reach').{click}")
    page.wait(f"Number(document.getElementById('think-at').max) > {after}")
    page.wait("document.getElementById('think').innerText === 'Think'")
    page.wait("document.getElementById('think-said').innerText.startsWith('Solved after')")
    assert page.browser.execute_script(label).endswith("the way so far A, C, D")
    assert page.browser.execute_script("return document.querySelectorAll('.closed').length") >= 1
    page.type("goal D\nA -- B")
    assert "There is no start" in page.text("think-error")
    page.type("nothing of the kind")
    assert "no graph in lines" in page.text("think-error")


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with the segments of two solvers."""
    folder = tmp_path_factory.mktemp("traced")
    puzzle, page = folder / "maze.txt", folder / "maze.html"
    puzzle.write_text(PUZZLES["maze"])
    assert main(["trace", str(puzzle), "--beside", "maze", "--picture", str(page)]) == 0
    assert page.stat().st_size < 1_000_000
    return page


@pytest.fixture
def pages(browser: Any, written: dict[str, Path]) -> Iterator[Any]:
    yield lambda name: Offline(browser, written[name])
    assert [entry["message"] for entry in browser.get_log("browser")] == []


def test_a_sudoku_page_solves_its_own_and_any_other(pages: Any) -> None:
    page = pages("sudoku")
    page.click("think")
    adapter = get_adapter("sudoku")
    for text in (PUZZLES["sudoku"], "1...  ..3.  .4..  ...2"):
        if text != PUZZLES["sudoku"]:
            page.type(text)
            page.click("think")
        puzzle = adapter.parse(text)
        answer = adapter.parse_answer(puzzle, "\n".join(page.solved()))
        assert adapter.rules.check(puzzle, answer)
    page.type(PUZZLES["sudoku"][:-1])
    assert "no grid" in page.text("think-error")
    page.type("\n".join(["." * 8] * 8))
    assert "8x8 is none of the sizes" in page.text("think-error")
    page.click("held")
    page.wait("!document.getElementById('think').disabled")


def test_a_maze_page_thinks_on_where_a_wall_is_drawn(pages: Any) -> None:
    page = pages("maze")
    page.click("think")
    first = page.solved()
    after = int(page.browser.execute_script("return document.getElementById('think-at').max"))
    assert after > 1
    changed = PUZZLES["maze"].replace("...#..", "..##..", 1)
    assert changed != PUZZLES["maze"]
    page.type(changed)
    page.wait(f"Number(document.getElementById('think-at').max) > {after}")
    assert page.solved() != first
    slider = "const at = document.getElementById('think-at'); at.value = 1;"
    page.browser.execute_script(slider + "at.dispatchEvent(new Event('input'))")
    assert page.text("think-caption").startswith("After segment 1")
    # The wave that the network was taught has left the goal.
    noted = "return document.querySelectorAll('.noted').length"
    early = page.browser.execute_script(noted)
    page.browser.execute_script(slider.replace("= 1;", "= at.max;") + "at.oninput({target: at})")
    assert page.browser.execute_script(noted) > early > 0
    assert page.browser.execute_script("return document.querySelectorAll('.likely').length") > 5


def test_a_trace_is_stepped_through(browser: Any, traced: Path) -> None:
    page = Offline(browser, traced)
    page.wait("document.getElementById('violations').innerText === 'None.'")
    last = int(browser.execute_script("return document.getElementById('at').max"))
    assert last > 1
    assert page.text("caption").startswith(f"Segment {last} of ")
    page.click("first")
    assert page.text("caption") == "The puzzle: 6x6 maze"
    page.wait("document.getElementById('picture').naturalWidth > 0")
    early = browser.execute_script("return document.getElementById('picture').src")
    key = "{key: 'ArrowRight', bubbles: true}"
    browser.execute_script(f"document.body.dispatchEvent(new KeyboardEvent('keydown', {key}))")
    page.wait("document.getElementById('violations').innerText.includes('the path ends at')")
    assert page.text("caption").startswith("Segment 1 of ")
    assert "halting probability, maze (2)" in page.text("facts")
    assert browser.execute_script("return document.getElementById('picture').src") != early
    slider = "const at = document.getElementById('at'); at.value = 2;"
    browser.execute_script(slider + "at.dispatchEvent(new Event('input'))")
    assert page.text("caption").startswith("Segment 2 of ")
    assert browser.execute_script("return document.querySelectorAll('#chart polyline').length") == 2
    page.click("play")
    page.wait("document.getElementById('play').innerText === 'Play'")
    assert page.text("caption").startswith(f"Segment {last} of ")
    browser.execute_script(Path(axe.__file__).with_name("axe.min.js").read_text())
    assert browser.execute_async_script(AXE) == []
    assert [entry["message"] for entry in browser.get_log("browser")] == []


@pytest.mark.parametrize("name", [*PUZZLES])
def test_an_offline_page_has_a_strict_policy_and_axe_finds_nothing(pages: Any, name: str) -> None:
    page = pages(name)
    page.click("think")
    page.wait("document.getElementById('think-said').innerText.startsWith('Solved after')")
    html = page.browser.page_source
    assert "default-src 'none'" in html
    asked = page.browser.execute_script("return performance.getEntriesByType('resource').length")
    assert asked == 0
    # Scripts of the driver's own come in past the policy.
    page.browser.execute_script(Path(axe.__file__).with_name("axe.min.js").read_text())
    assert page.browser.execute_async_script(AXE) == []
