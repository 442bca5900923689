"""The page clicked through in a real browser: Debian's chromium, driven by Selenium.

Run by ``make browser`` alone; skipped where chromium or the extra ``browser`` is missing.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hrm_toolkit.planner.serve.listen import listen
from hrm_toolkit.planner.service import Service
from hrm_toolkit.planner.tools.toolbox import Toolbox

axe = pytest.importorskip("axe_core_python", reason="the extra browser is not installed")

PATIENCE = 120.0
SUDOKU = "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79"
WRONG = "11.. .... .... ...."
WIDTHS = {1280: 900, 360: 740}
AXE = """
const done = arguments[arguments.length - 1];
axe.run(document).then((found) => done(found.violations.map(
  (one) => `${one.id}: ${one.help}: ${one.nodes.map((node) => node.html).join(" ")}`)));
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a training run that goes on."""
    return tmp_path_factory.mktemp("maze-0-1")


@pytest.fixture(scope="module")
def address(run: Path) -> Iterator[str]:
    import uvicorn

    from hrm_toolkit.planner.serve.http import make_app

    with Service(runs={run.name: run}) as service, listen("127.0.0.1", 0) as listening:
        app = make_app(Toolbox(service, full=True))
        server = uvicorn.Server(uvicorn.Config(app, log_config=None))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        server.should_exit = True
        thread.join(PATIENCE)


class Page:
    """The page as somebody uses it."""

    def __init__(self, browser: Any, address: str) -> None:
        self.browser = browser
        self.look(1280, dark=False)
        browser.get("about:blank")
        browser.get(address)
        self.wait("document.querySelectorAll('#task option').length > 20")

    def look(self, width: int, *, dark: bool) -> None:
        shape = {"width": width, "height": WIDTHS[width], "deviceScaleFactor": 1}
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        calm = {"name": "prefers-reduced-motion", "value": "reduce"}
        command = self.browser.execute_cdp_cmd
        command("Emulation.setDeviceMetricsOverride", {**shape, "mobile": width < 500})
        command("Emulation.setEmulatedMedia", {"features": [scheme, calm]})

    def wait(self, condition: str) -> None:
        from selenium.webdriver.support.ui import WebDriverWait

        waiting = WebDriverWait(self.browser, PATIENCE, 0.05)
        waiting.until(lambda now: now.execute_script(f"return {condition}"), condition)

    def click(self, id: str) -> None:
        self.wait(f"!document.getElementById('{id}').disabled")
        self.browser.execute_script(f"document.getElementById('{id}').click()")

    def text(self, id: str) -> str:
        return str(self.browser.execute_script(f"return document.getElementById('{id}').innerText"))

    def type(self, id: str, value: str) -> None:
        code = f"const one = document.getElementById('{id}'); one.value = arguments[0];"
        code += "for (const kind of ['input', 'change']) one.dispatchEvent(new Event(kind));"
        self.browser.execute_script(code, value)

    def example(self, task: str) -> None:
        self.type("task", task)
        self.click("example")
        self.wait("document.getElementById('picture').naturalWidth > 0")
        self.wait("document.getElementById('puzzle-read').textContent")

    def solve(self) -> str:
        self.click("solve")
        done = "!document.getElementById('solve').disabled"
        outcome = "(!document.getElementById('outcome').hidden || "
        self.wait(f"{done} && {outcome} document.getElementById('solve-error').textContent)")
        return self.text("status")

    def violations(self) -> list[str]:
        self.browser.execute_script(Path(axe.__file__).with_name("axe.min.js").read_text())
        return list(self.browser.execute_async_script(AXE))

    def complaints(self) -> list[str]:
        """What the console was told, but for statuses of HTTP that the page words itself."""
        said = [entry["message"] for entry in self.browser.get_log("browser")]
        return [line for line in said if "the server responded with a status of 4" not in line]


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Page]:
    made = Page(browser, address)
    yield made
    assert made.complaints() == []


@pytest.mark.parametrize("task", ["sudoku", "maze", "graph", "lightup", "futoshiki", "hanoi"])
def test_a_task_of_each_family_is_solved_by_clicking(page: Page, task: str) -> None:
    page.example(task)
    assert page.text("summary")
    page.solve()
    assert "accepted by the rules" in page.text("caption")
    assert page.text("result").startswith("outcome\nsolved")
    assert '"solved": true' in page.text("call-data")


def test_segments_are_stepped_through_with_keys_and_buttons(page: Page) -> None:
    page.type("puzzle", SUDOKU)
    page.wait("document.getElementById('puzzle-read').textContent.includes('9x9 sudoku')")
    assert page.solve().startswith("Solved: 9x9 sudoku")
    # The caption comes before its picture.
    page.wait("document.getElementById('picture').alt.startsWith('The answer')")
    answer = page.browser.execute_script("return document.getElementById('picture').src")
    for _ in range(20):
        if page.text("caption").startswith("The puzzle"):
            break
        key = "document.body.dispatchEvent(new KeyboardEvent('keydown',"
        page.browser.execute_script(key + "{key: 'ArrowLeft', bubbles: true}))")
    assert page.text("caption") == "The puzzle: 9x9 sudoku"
    page.click("forth")
    page.wait("document.getElementById('caption').textContent.startsWith('After segment 1 of')")
    assert "halting probability" in page.text("facts")
    assert page.browser.execute_script("return document.querySelectorAll('#chart circle').length")
    page.click("last")
    page.wait("document.getElementById('caption').textContent.startsWith('The answer')")
    page.wait(f"document.getElementById('picture').src === {answer!r}")


def test_strategies_stand_side_by_side(page: Page) -> None:
    page.example("maze")
    page.click("compare")
    page.wait("document.querySelectorAll('#cards dl div').length > 15")
    page.wait("!document.getElementById('solve').disabled")
    cards = page.text("cards")
    assert cards.count("solved: the rules accept it") == 3
    assert {"The network alone", "Verified", "Exact search alone"} <= {*cards.splitlines()}


def test_a_hint_is_told_with_its_reason_where_the_task_has_hints(page: Page) -> None:
    page.example("sudoku")
    page.click("hint")
    page.wait("document.querySelectorAll('#hint-why li').length > 0")
    assert page.text("hint-says").startswith("So row ")
    page.example("maze")
    page.wait("document.getElementById('hint').hidden")


def test_mistakes_are_told_in_place_and_nothing_is_taken_for_html(page: Page) -> None:
    page.type("puzzle", "<img src=x onerror=alert(1)>")
    page.wait("document.getElementById('puzzle-error').textContent")
    assert page.browser.execute_script("return document.querySelectorAll('img').length") == 1
    page.type("puzzle", WRONG)
    page.wait("document.getElementById('puzzle-read').textContent.includes('two 1s')")
    assert page.text("puzzle-error") == ""


def test_a_link_holds_the_puzzle_and_a_made_one_can_be_shared(page: Page, address: str) -> None:
    page.type("task", "maze")
    page.wait("document.getElementById('size').options.length > 2")
    page.type("size", "7")
    page.click("generate")
    page.wait("document.getElementById('puzzle-read').textContent.includes('7x7 maze')")
    page.click("share")
    page.wait("location.hash.includes('puzzle=')")
    link, text = (
        page.browser.current_url,
        page.browser.execute_script("return document.getElementById('puzzle').value"),
    )
    again = Page(page.browser, link)
    again.wait("document.getElementById('puzzle-read').textContent.includes('7x7 maze')")
    held = again.browser.execute_script("return document.getElementById('puzzle').value")
    assert held == text


class Grid:
    """The grid that a puzzle is drawn in, by pointer and keys as the browser makes them."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.wait("!document.getElementById('grid-box').hidden")

    def shape(self) -> str:
        rows = "document.querySelectorAll('#grid [role=row]').length"
        cells = "document.querySelectorAll('#grid [role=gridcell]').length"
        return str(
            self.page.browser.execute_script(f"return `${{{rows}}} rows, ${{{cells}}} cells`")
        )

    def cell(self, row: int, column: int) -> Any:
        path = f"#grid [role=row]:nth-child({row}) [role=gridcell]:nth-child({column})"
        return self.page.browser.find_element("css selector", path)

    def pen(self, sign: str) -> None:
        self.page.browser.find_element("css selector", f"#pens [data-sign='{sign}']").click()

    def drag(self, *places: tuple[int, int]) -> None:
        from selenium.webdriver import ActionChains

        way = ActionChains(self.page.browser, duration=20)
        way.move_to_element(self.cell(*places[0])).click_and_hold()
        for place in places[1:]:
            way.move_to_element(self.cell(*place))
        way.release().perform()

    def keys(self, *keys: str) -> None:
        from selenium.webdriver import ActionChains

        ActionChains(self.page.browser).send_keys(*keys).perform()

    def text(self) -> str:
        return str(
            self.page.browser.execute_script("return document.getElementById('puzzle').value")
        )


def test_a_line_of_digits_is_a_square_that_keys_fill_and_undo_takes_back(page: Page) -> None:
    from selenium.webdriver.common.keys import Keys

    page.type("task", "sudoku")
    page.type("puzzle", SUDOKU)
    grid = Grid(page)
    assert grid.shape() == "9 rows, 81 cells"
    assert grid.cell(1, 5).get_attribute("aria-label") == "row 1 column 5: 7"
    grid.cell(1, 2).click()  # the pen, 1, in place of the 3
    assert grid.text() == SUDOKU.replace("53", "51", 1)
    grid.keys(Keys.ARROW_RIGHT, "4", Keys.ARROW_DOWN, "2", Keys.BACKSPACE)
    assert grid.text() == SUDOKU.replace("53.", "514", 1)
    page.click("undo")
    assert grid.cell(2, 3).get_attribute("aria-label") == "row 2 column 3: 2"
    for _ in range(3):
        page.click("undo")
    assert grid.text() == SUDOKU
    page.click("redo")
    assert grid.text() == SUDOKU.replace("53", "51", 1)
    page.type("puzzle", SUDOKU[:-1])
    page.wait("document.getElementById('grid-box').hidden")


def test_a_maze_is_drawn_from_an_empty_grid_and_solved(page: Page) -> None:
    page.type("task", "maze")
    page.wait("!document.getElementById('drawing').hidden")
    page.type("rows", "4")
    page.type("columns", "5")
    page.click("empty")
    grid = Grid(page)
    assert grid.shape() == "4 rows, 20 cells"
    page.wait("document.getElementById('puzzle-error').textContent")
    grid.pen("S")
    grid.cell(4, 4).click()
    grid.cell(1, 1).click()  # there is one start: the former is open again
    grid.pen("G")
    grid.cell(4, 5).click()
    grid.pen("#")
    grid.drag((2, 1), (2, 2), (2, 3), (2, 4))
    assert grid.text() == "S....\n####.\n.....\n....G"
    page.click("undo")
    assert grid.text() == "S....\n.....\n.....\n....G"
    page.click("redo")
    grid.drag((2, 1), (2, 2))  # a wall drawn over is open again
    assert grid.text() == "S....\n..##.\n.....\n....G"
    page.wait("document.getElementById('puzzle-read').textContent.includes('4x5 maze')")
    page.solve()
    assert "accepted by the rules" in page.text("caption")


def test_clues_of_a_pencil_puzzle_are_written_in_place(page: Page) -> None:
    text = "tapa 3x4\n.   1,1 .   .\n.   .   .   .\n2   .   .   5"
    page.type("puzzle", text)
    page.wait("document.getElementById('puzzle-read').textContent.includes('3x4 tapa')")
    grid = Grid(page)
    assert grid.cell(1, 2).text == "1,1"
    grid.pen("?")
    grid.cell(2, 4).click()
    grid.cell(3, 2).click()
    grid.keys("2", ",", "3")
    wanted = "tapa 3x4\n.   1,1 .   .\n.   .   .   ?\n2   2,3 .   5"
    assert grid.text() == wanted
    page.wait("!document.getElementById('solve').disabled")
    page.type("puzzle", "lits 2x2\n+---+---+\n| .   . |\n+   +   +\n| .   . |\n+---+---+")
    page.wait("document.getElementById('puzzle-read').textContent.includes('lits')")
    page.wait("document.getElementById('grid-box').hidden")


def test_the_network_thinks_in_the_browser_and_follows_what_is_drawn(page: Page) -> None:
    page.type("puzzle", "S....\n.###.\n....G")
    page.wait("document.getElementById('puzzle-read').textContent.includes('3x5 maze')")
    page.click("think-here")
    page.wait("document.getElementById('think-said').textContent.startsWith('Solved after')")
    grid = Grid(page)
    first = page.text("think-caption")
    grid.pen("#")
    grid.cell(2, 5).click()
    page.wait("document.getElementById('think-at').max > 1")
    page.wait("document.getElementById('think').textContent === 'Think'")
    page.wait("document.getElementById('think-said').textContent.startsWith('Solved after')")
    assert page.text("think-caption") != first
    page.example("queens")
    page.wait("document.getElementById('here').hidden")
    page.click("think-here")
    page.wait("document.getElementById('solve-error').textContent.includes('No browser can')")


def test_a_graph_thinks_in_the_browser_whatever_form_it_has(page: Page) -> None:
    page.type("task", "graph")
    roads = [{"source": a, "target": b, "weight": 1} for a, b in ("AB", "BD", "AC", "CE", "ED")]
    nodes = [{"id": name} for name in "ABCDE"]
    fields = {"nodes": nodes, "links": roads, "graph": {"start": "A", "goal": "D"}}
    page.type("puzzle", json.dumps({"directed": False, "multigraph": False, **fields}))
    page.wait("document.getElementById('puzzle-read').textContent.includes('5-node graph')")
    page.click("think-here")
    page.wait("document.getElementById('think-said').textContent.startsWith('Solved after')")
    written = page.browser.execute_script("return document.getElementById('puzzle').value")
    assert written.startswith("graph undirected\nstart A\ngoal D\n")
    label = "return document.querySelector('#think-picture svg').getAttribute('aria-label')"
    assert page.browser.execute_script(label).endswith("the way so far A, B, D")
    page.type("puzzle", written.replace("B -- D", "# B -- D"))
    page.wait("document.getElementById('think').textContent === 'Think'")
    page.wait("document.getElementById('think-said').textContent.startsWith('Solved after')")
    assert page.browser.execute_script(label).endswith("the way so far A, C, E, D")
    assert page.violations() == []


def test_curves_of_a_training_run_grow_as_it_goes_on(page: Page, run: Path) -> None:
    rows = run / "metrics.jsonl"
    row = '{"event": "update", "update": %d, "seconds": 2.0, "loss": %f}\n'
    rows.write_text(row % (50, 1.5) + row % (100, 1.25))
    page.wait("document.querySelector('#curves svg') !== null")
    assert "loss\n1.25" in page.text("run-facts")
    with rows.open("a") as file:
        file.write(row % (150, 0.75))
    page.wait("document.getElementById('run-facts').innerText.includes('0.75')")
    points = "document.querySelector('#curves polyline').getAttribute('points').split(' ').length"
    assert page.browser.execute_script(f"return {points}") == 3


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [*WIDTHS])
def test_the_page_fits_and_axe_finds_nothing(page: Page, width: int, dark: bool) -> None:
    page.look(width, dark=dark)
    page.example("sudoku")
    page.wait("!document.getElementById('grid-box').hidden")
    page.click("hint")
    page.wait("!document.getElementById('hint-box').hidden")
    page.click("think-here")
    page.wait("document.getElementById('think-said').textContent")
    page.browser.execute_script(
        "for (const one of document.querySelectorAll('details')) one.open = true"
    )
    page.solve()
    assert page.browser.execute_script("return document.documentElement.scrollWidth") <= width
    assert page.violations() == []
    page.type("puzzle", "nothing that can be read")
    page.wait("document.getElementById('puzzle-error').textContent")
    assert page.browser.execute_script("return document.documentElement.scrollWidth") <= width
    assert page.violations() == []
