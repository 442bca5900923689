"""The report: one page, self-contained, that shows what the run logged and escapes it."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

import hrm_toolkit
from hrm_toolkit.adapters.registry import adapter_names, get_adapter
from hrm_toolkit.core import Budget, Example, Result, Settings
from hrm_toolkit.core.scene import NEW, WRONG
from hrm_toolkit.solvers.bundles.bundle import read_manifest
from hrm_toolkit.solvers.solver import Solver
from hrm_toolkit.train.data.stream import Split, draw_distinct
from hrm_toolkit.train.measure.bundle import measure_bundle
from hrm_toolkit.train.rates.evaluate import survey
from hrm_toolkit.train.recipe import Recipe
from hrm_toolkit.train.record.checkpoint import BUNDLE
from hrm_toolkit.train.record.curves import curve, marks, thinned
from hrm_toolkit.train.record.manifest import read_run_manifest
from hrm_toolkit.train.record.metrics import read_metrics
from hrm_toolkit.train.record.page import (
    BUDGET_COLUMNS,
    REPORT,
    Sample,
    Samples,
    interval,
    table,
    write_report,
    write_survey,
)
from hrm_toolkit.train.run import METRICS, Run

MAZE = Recipe(
    adapter="maze",
    network={"family": "structured", "width": 4, "inner": 4, "low_cycles": 1},
    data=Settings(sizes=(3, 5)),
    samples=12,
    batch_size=3,
    updates=100,
    max_segments=3,
    validation=8,
    validation_segments=2,
    validations=2,
)
_EMPTY = {"meta", "line", "polyline", "circle", "br", "rect"}


class Page(HTMLParser):
    """Counts tags, checks that they close, and collects what could reach the network."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: dict[str, int] = {}
        self.open: list[str] = []
        self.links: list[str] = []
        self.said = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] = self.tags.get(tag, 0) + 1
        self.links += [name for name, _ in attrs if name in ("href", "src") or name[:2] == "on"]
        if tag not in _EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        assert tag in _EMPTY

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said += data


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "a <b> run"
    run = Run(MAZE, out)
    bundle = run.train()
    by_validation = Page((out / REPORT).read_text(encoding="utf-8"))
    assert "At the end" not in by_validation.said
    measure_bundle(run, bundle)
    return out


def test_a_run_leaves_a_page_of_its_own(finished: Path) -> None:
    page = Page((finished / REPORT).read_text(encoding="utf-8"))
    # A curve each, as two updates and validations are logged, and mazes as drawings.
    assert page.tags["svg"] == 5 + page.tags["pre"]
    assert page.links == []
    assert "script" not in page.tags
    assert "Training a network to solve maze puzzles: run a <b> run" in page.said
    for heading in ("Loss", "Verified rate", "Gradient norm", "Halting depth", "Learning rate"):
        assert heading in page.said
    assert 1 <= page.tags["pre"] <= 6
    validation = read_manifest(finished / BUNDLE).evaluation["validation"]
    for group in ("By difficulty", *validation["by_difficulty"], *validation["by_size"]):
        assert group in page.said
    assert {*validation["by_size"]} == {"3x3", "5x5"}


def test_the_page_shows_the_last_validation(finished: Path) -> None:
    page = Page((finished / REPORT).read_text(encoding="utf-8"))
    rows = [row for row in read_metrics(finished / METRICS) if row["event"] == "validation"]
    assert f"{100 * rows[-1]['verified_rate']:.1f} %" in page.said
    assert "updates100" in page.said
    assert page.said.index(f"{BUDGET_COLUMNS[0]}") < page.said.index("The run")


def test_the_page_tells_the_end_the_command_and_the_toolkit(finished: Path) -> None:
    page = Page((finished / REPORT).read_text(encoding="utf-8"))
    rate = 100 * read_manifest(finished / BUNDLE).evaluation["test"]["verified_rate"]
    assert re.search(
        rf"solves {rate:.1f} % of 200 puzzles, measured at the end in \d+ s", page.said
    )
    manifest = read_run_manifest(finished)
    assert manifest is not None
    assert f"Made by {manifest.started.command}" in page.said
    assert manifest.command in page.said
    assert f"toolkit{hrm_toolkit.__version__}, {Path(hrm_toolkit.__file__).parent}" in page.said


def test_everything_is_escaped(tmp_path: Path) -> None:
    evil = "<script>alert('&')</script>"
    rows = [
        {"event": "guard", "update": 3, "action": "lowered", "cause": evil},
        {"event": "update", "update": 5, "loss": 1.0, "gradient_norm": {"total": None}},
    ]
    write_report(
        tmp_path / "page.html",
        rows,
        title=evil,
        facts={evil: evil},
        samples=[Sample(evil, solved=False, says=(evil,))],
    )
    page = Page((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert "script" not in page.tags
    assert page.said.count(evil) == 7, "title twice, both cells, drawing, sentence and event"


def test_a_page_of_an_empty_run(tmp_path: Path) -> None:
    write_report(tmp_path / "page.html", [], title="new", facts={})
    page = Page((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert page.said.count("nothing logged yet") == 5


def test_lines_are_where_the_numbers_are() -> None:
    drawn = curve("x", {"a": [(0.0, 0.0), (50.0, 1.0), (100.0, 0.5)]}, [50.0, 500.0])
    (points,) = re.findall(r'<polyline points="([^"]+)"', drawn)
    (x0, y0), (x1, y1), (x2, y2) = (map(float, p.split(",")) for p in points.split())
    assert x1 - x0 == pytest.approx(x2 - x1, abs=0.2)
    assert y0 - y2 == pytest.approx(y2 - y1, abs=0.2)
    assert y1 < y2 < y0, "up is more"
    assert drawn.count("dasharray") == 1, "an event beyond the line is not drawn"
    assert f'x1="{x1}"' in drawn
    negative = curve("x", {"a": [(0.0, -2.0)], "b": [(0.0, 0.0)]})
    assert ">-2<" in negative
    assert ">1<" in curve("x", {"a": [(0.0, 0.0), (9.0, 0.809)]}), "numbers at lines are round"
    assert negative.count("<circle") == 2


def test_long_series_are_thinned_and_keep_their_end() -> None:
    points = [(float(i), float(i)) for i in range(12_345)]
    few = thinned(points)
    assert len(few) == 500
    assert few[-1] == points[-1]
    assert few == sorted(set(few))


def test_only_what_the_guard_did_is_marked() -> None:
    rows = [
        {"event": "guard", "update": update, "action": action}
        for update, action in ((4, "noted"), (6, "lowered"), (6, "rolled back"), (9, "skipped"))
    ]
    assert marks(rows) == [6.0, 9.0]


def test_tables() -> None:
    assert "<td>1,234,567</td></tr></table>" in table(("a",), [(1_234_567,)])
    assert "<tr><td>x</td><td>True</td></tr></table>" in table(("", ""), [("x", True)])


def test_what_failed_is_drawn_with_its_way_and_the_place_that_is_wrong() -> None:
    maze = get_adapter("maze")
    found = []
    for wrong in maze.wrong_answers():
        samples = Samples(maze)
        verdict = maze.rules.check(wrong.puzzle, wrong.answer)
        result = Result(
            task="maze", answer=wrong.answer, verdict=verdict, source="x", abstained=True
        )
        samples.take(Example(wrong.puzzle, wrong.answer), result)
        found += [sample.picture for sample in samples]
    lines = [{*re.findall(r'<polyline [^>]*stroke="(#\w+)"', svg)} for svg in found]
    assert {NEW, WRONG} in lines
    assert "red frame" in found[lines.index({NEW, WRONG})]


def test_a_task_without_a_drawing_is_shown_as_text(tmp_path: Path) -> None:
    samples = Samples(get_adapter("sequence"))
    wrong = get_adapter("sequence").wrong_answers()[0]
    verdict = samples._adapter.rules.check(wrong.puzzle, wrong.answer)
    result = Result(
        task="sequence", answer=wrong.answer, verdict=verdict, source="x", abstained=True
    )
    samples.take(Example(wrong.puzzle, wrong.answer), result)
    write_report(tmp_path / "page.html", [], title="x", facts={}, samples=samples)
    page = Page((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert (page.tags["pre"], page.tags.get("svg", 0)) == (1, 0)


@pytest.mark.parametrize("task", adapter_names())
def test_refuted_answers_can_be_drawn(task: str) -> None:
    adapter = get_adapter(task)
    for wrong in adapter.wrong_answers():
        assert adapter.render(wrong.puzzle, wrong.answer)


def test_rows_of_a_run_that_was_killed(tmp_path: Path) -> None:
    path = tmp_path / METRICS
    rows = [{"event": "update", "update": update} for update in (50, 100)]
    path.write_text("\n".join(map(json.dumps, rows)) + '\n[1]\n{"event": "update", "upd')
    assert read_metrics(path) == rows
    assert read_metrics(tmp_path / "none") == []


def test_samples_are_the_first_solved_and_failed_ones_of_all() -> None:
    maze = get_adapter("maze")
    samples = Samples(maze)
    shown = draw_distinct(maze, Settings(sizes=(4,)), 0, Split.TEST, 20)
    for number, example in enumerate(shown):
        verdict = maze.rules.check(example.puzzle, example.answer)
        if number == 17:
            verdict = maze.rules.check(
                example.puzzle, example.answer.model_copy(update={"path": ()})
            )
        result = Result(
            task="maze", answer=example.answer, verdict=verdict, source="x", abstained=False
        )
        samples.take(example, result)
    drawn = list(samples)
    assert [sample.solved for sample in drawn] == [True, True, True, False]
    assert drawn[0].drawn == maze.render(shown[0].puzzle, shown[0].answer)
    assert drawn[3].drawn == maze.render(shown[17].puzzle, shown[17].answer)
    assert drawn[3].says


def test_a_page_on_several_budgets(tmp_path: Path) -> None:
    solver = Solver.load("sudoku-4x4")
    examples = draw_distinct(solver.adapter, Settings(sizes=(4,)), 0, Split.TEST, 6)
    budgets = [Budget(segments=s, votes=v) for s in (1, 2) for v in (1, 2)]
    found = survey(solver, examples, budgets, oracle_seconds=1.0, data="made <up>", seed=4)
    write_survey(tmp_path / "page.html", found)
    page = Page((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert page.tags["polyline"] == 2, "a line for each number of votes"
    assert "script" not in page.tags
    assert page.links == []
    for words in ("made <up>", "6 of 6 answered", "1 vote", "2 votes", *BUDGET_COLUMNS):
        assert words in page.said
    for evaluation in found.budgets:
        assert interval(evaluation.verified_interval) in page.said
    half = found.model_copy(update={"asked": 12, "oracle": None})
    write_survey(tmp_path / "page.html", half)
    page = Page((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert "6 of 12, interrupted" in page.said
    assert "exact search" not in page.said


def test_no_number_under_a_curve_is_cut() -> None:
    drawn = curve("loss", {"loss": [(0.0, 2.0), (1_034_000.0, 1.0)]})
    (width,) = re.findall(r'viewBox="0 0 (\d+) ', drawn)
    (last,) = re.findall(r'<text x="([\d.]+)" y="\d+" text-anchor="end">1,034,000<', drawn)
    assert float(last) < float(width)
