"""``report.html``: one self-contained page on a run, with curves, tables and puzzles drawn."""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hrm_toolkit.core import AnyAdapter, Budget, Result
from hrm_toolkit.core.errors import visible_lines
from hrm_toolkit.core.plain import replace_file
from hrm_toolkit.core.telling import interval, number_of, percent
from hrm_toolkit.train.data.stream import AnyExample
from hrm_toolkit.train.rates.evaluate import Evaluation, Group, Survey

REPORT = "report.html"
Row = Mapping[str, Any]
Points = list[tuple[float, float]]

_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 620, 200, 64, 26
_MOST_POINTS = 500
_MOST_EVENTS = 200
_SAMPLES = 3
_COLOURS = ("#1f6fb2", "#c2571a", "#2f8f4e", "#7b4fa3")
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 68em; margin: 2em auto; padding: 0 1em;
  color: #222; background: #fff }
h1 { font-size: 1.5em } h2 { font-size: 1.15em; margin-top: 2em }
.curves { display: flex; flex-wrap: wrap; gap: 1em } figure { margin: 0 }
figcaption { font-weight: 600 } svg { max-width: 100%; height: auto; background: #fafafa }
text { font: 11px system-ui, sans-serif; fill: #555 }
table { border-collapse: collapse } th, td { padding: .15em .8em; text-align: left }
th { border-bottom: 1px solid #999 } td.number { text-align: right }
.puzzles { display: flex; flex-wrap: wrap; gap: 1.5em } pre { line-height: 1.15; margin: .3em 0 }
.solved { color: #2f8f4e } .failed { color: #b3261e }
@media (prefers-color-scheme: dark) {
  body { color: #ddd; background: #16181c } svg { background: #20242b } text { fill: #aaa }
  .solved { color: #6cc58c } .failed { color: #f08a80 } a { color: #8ab8e8 }
}
"""


@dataclass(frozen=True)
class Sample:
    """A validation puzzle as the network answered it.

    Attributes:
        drawn: the puzzle with the answer in its place, as text.
        solved: whether the rules accept the answer.
        says: the first violations, where they do not.
    """

    drawn: str
    solved: bool
    says: tuple[str, ...] = ()


def _escape(text: str) -> str:
    """What a page shows as it is, a line break as one; no mark turns the line that it is in."""
    return html.escape(visible_lines(text))


class Samples:
    """The first three solved and three failed puzzles of a validation, drawn."""

    def __init__(self, adapter: AnyAdapter) -> None:
        self._adapter = adapter
        self._kept: dict[bool, list[Sample]] = {True: [], False: []}

    def take(self, example: AnyExample, result: Result) -> None:
        """Draw a puzzle as it was answered, unless there are enough of its kind."""
        kept, verdict = self._kept[result.verdict.valid], result.verdict
        if len(kept) < _SAMPLES:
            drawn = self._adapter.render(example.puzzle, result.answer)
            says = tuple(violation.message for violation in verdict.violations[:3])
            kept.append(Sample(drawn, verdict.valid, says))

    def __iter__(self) -> Iterator[Sample]:
        yield from (*self._kept[True], *self._kept[False])


def write_report(
    path: Path,
    rows: Sequence[Row],
    *,
    title: str,
    facts: Mapping[str, Any],
    evaluation: Evaluation | None = None,
    samples: Iterable[Sample] = (),
) -> None:
    """Write the page whole.

    Args:
        rows: of ``metrics.jsonl``.
        facts: what to say of the run, shown as a table.
        evaluation: the last validation.
        samples: puzzles of it.
    """
    parts = [
        f"<h1>{_escape(title)}</h1>",
        table(("", ""), facts.items()),
        '<div class="curves">',
        *(curve(name, series, marks(rows)) for name, series in curves(rows).items()),
        "</div>",
        *(_rates(evaluation) if evaluation else ()),
        *_puzzles(list(samples)),
        *_events(rows),
    ]
    _write_page(path, title, parts)


def write_survey(path: Path, survey: Survey) -> None:
    """A page on a solver at several budgets: one line each, then by difficulty and size."""
    best = survey.largest
    title = f"{best.solver}: {best.task}"
    facts = {
        "puzzles": best.n if survey.complete else f"{best.n} of {survey.asked}, {survey.why_fewer}",
        "from": best.data,
        "seed": "" if best.seed is None else best.seed,
        "strategy": best.strategy,
    }
    if survey.oracle is not None:
        oracle = survey.oracle
        facts["exact search"] = (
            f"{oracle.answered} of {oracle.n} answered within {oracle.limit:g} s, "
            f"median {1000 * oracle.median_seconds:.3g} ms"
        )
    lines: dict[str, Points] = {}
    for evaluation in survey.budgets:
        budget = evaluation.budget
        points = lines.setdefault(_tries(budget), [])
        points.append((float(budget.segments), evaluation.verified_rate))
    parts = [
        f"<h1>{_escape(title)}</h1>",
        table(("", ""), facts.items()),
        "<h2>By budget</h2>",
        table(BUDGET_COLUMNS, budget_rows(survey.budgets)),
    ]
    if len(survey.budgets) > 1:
        sorted_lines = {name: sorted(points) for name, points in lines.items()}
        parts.append(curve("Verified rate, by segments", sorted_lines))
    for kind in ("by_difficulty", "by_size"):
        for evaluation in survey.budgets:
            parts += _groups(kind, evaluation)
    _write_page(path, title, parts)


def _write_page(path: Path, title: str, parts: Iterable[str]) -> None:
    head = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{_escape(title)}</title><style>{_STYLE}</style></head><body>"
    )
    replace_file(path, (head + "\n".join(parts) + "</body></html>\n").encode())


def curves(rows: Sequence[Row]) -> dict[str, dict[str, Points]]:
    """The series of each curve of the page, by update."""
    updates = [row for row in rows if row["event"] == "update"]
    validations = [row for row in rows if row["event"] == "validation"]

    def series(source: Sequence[Row], pick: Callable[[Row], Any]) -> Points:
        points = [(float(row["update"]), pick(row)) for row in source]
        return [(x, float(y)) for x, y in points if isinstance(y, int | float) and math.isfinite(y)]

    def one(source: Sequence[Row], key: str) -> Points:
        return series(source, lambda row: row.get(key))

    gradients = {
        name: series(updates, lambda row, name=name: row.get("gradient_norm", {}).get(name))  # type: ignore[misc]
        for name in ("total", "high", "low", "heads")
    }
    return {
        "Loss (nats, smoothed)": {"loss": one(updates, "loss")},
        "Verified rate": {"verified": one(validations, "verified_rate")},
        "Gradient norm before clipping": gradients,
        "Halting depth (mean segments)": {"segments": one(validations, "mean_segments")},
        "Learning rate": {"rate": one(updates, "learning_rate")},
    }


def marks(rows: Sequence[Row]) -> list[float]:
    """Updates at which the guard stepped in."""
    found = (row for row in rows if row["event"] == "guard" and row.get("action") != "noted")
    return sorted({float(row["update"]) for row in found})[:_MOST_EVENTS]


def curve(title: str, series: Mapping[str, Points], events: Iterable[float] = ()) -> str:
    """One figure: lines over updates, dashed lines where the guard stepped in.

    Example:
        >>> "<polyline" in curve("loss", {"loss": [(0.0, 2.0), (50.0, 1.0)]})
        True
        >>> "nothing logged yet" in curve("loss", {"loss": []})
        True
    """
    caption = f"<figure><figcaption>{_escape(title)}</figcaption>"
    drawn = {name: thinned(points) for name, points in series.items() if points}
    if not drawn:
        return f"{caption}<p>nothing logged yet</p></figure>"
    xs = [x for points in drawn.values() for x, _ in points]
    ys = [y for points in drawn.values() for _, y in points]
    right, top = max(xs) or 1.0, max([*ys, 0.0]) or 1.0
    bottom = min([*ys, 0.0])

    def across(x: float) -> float:
        return round(_LEFT + x / right * (_WIDTH - _LEFT - 10), 1)

    def down(y: float) -> float:
        share = (y - bottom) / (top - bottom)
        return round(10 + (1 - share) * (_HEIGHT - _BOTTOM - 10), 1)

    parts = [f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" role="img">']
    for share in (0.0, 0.5, 1.0):
        value, x = bottom + share * (top - bottom), right * share
        height = down(value)
        # The last number ends at the edge of the drawing, which would cut what is centred there.
        anchor = "end" if share == 1 else "middle"
        parts += [
            f'<line x1="{_LEFT}" x2="{_WIDTH - 10}" y1="{height}" y2="{height}" stroke="#8884"/>',
            f'<text x="{_LEFT - 6}" y="{height + 4}" text-anchor="end">{value:.3g}</text>',
            f'<text x="{across(x)}" y="{_HEIGHT - 8}" text-anchor="{anchor}">{x:,.0f}</text>',
        ]
    parts += [
        f'<line x1="{across(x)}" x2="{across(x)}" y1="10" y2="{_HEIGHT - _BOTTOM}" '
        'stroke="#b3261e" stroke-dasharray="3 3"/>'
        for x in events
        if x <= right
    ]
    for number, (name, points) in enumerate(drawn.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        line = " ".join(f"{across(x)},{down(y)}" for x, y in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}"/>')
        if len(points) == 1:
            x, y = points[0]
            parts.append(f'<circle cx="{across(x)}" cy="{down(y)}" r="3" fill="{colour}"/>')
        if len(drawn) > 1:
            place = f'x="{_WIDTH - 14}" y="{22 + 14 * number}" text-anchor="end"'
            parts.append(f'<text {place} style="fill:{colour}">{_escape(name)}</text>')
    return "".join([caption, *parts, "</svg></figure>"])


def thinned(points: Points, most: int = _MOST_POINTS) -> Points:
    """At most ``most`` of the points, evenly, the last among them.

    Example:
        >>> thinned([(float(i), 0.0) for i in range(10)], 3)
        [(3.0, 0.0), (6.0, 0.0), (9.0, 0.0)]
    """
    if len(points) <= most:
        return points
    last = len(points) - 1
    return [points[last - (most - 1 - i) * last // most] for i in range(most)]


def table(head: Sequence[str], rows: Iterable[Iterable[Any]]) -> str:
    """A table; numbers stand at the right."""
    parts = ["<table>"]
    if any(head):
        parts.append("<tr>" + "".join(f"<th>{_escape(name)}</th>" for name in head) + "</tr>")
    for row in rows:
        cells = []
        for value in row:
            number = isinstance(value, int | float) and not isinstance(value, bool)
            said = format(value, ",.4g" if isinstance(value, float) else ",") if number else value
            cells.append(f"<td{' class=number' if number else ''}>{_escape(str(said))}</td>")
        parts.append(f"<tr>{''.join(cells)}</tr>")
    return "".join([*parts, "</table>"])


BUDGET_COLUMNS = (
    *("segments", "votes", "restarts", "verified", "95 % interval", "exact", "tokens", "optimal"),
    *("gap", "mean segments", "ms a puzzle"),
)
GROUP_COLUMNS = ("puzzles", "verified", "95 % interval", "exact", "optimal", "mean segments")


def budget_rows(evaluations: Iterable[Evaluation]) -> list[tuple[str, ...]]:
    """A row of ``BUDGET_COLUMNS`` for each evaluation; nothing where a number is not known, or
    where no attempt is made twice."""
    evaluations = list(evaluations)
    restarts = any(e.budget.restarts > 1 for e in evaluations)
    return [
        (
            str(e.budget.segments),
            str(e.budget.votes),
            str(e.budget.restarts) if restarts else "",
            percent(e.verified_rate),
            interval(e.verified_interval),
            percent(e.exact_accuracy),
            percent(e.token_accuracy),
            percent(e.optimal_rate),
            percent(e.optimality_gap),
            f"{e.mean_segments:.1f}",
            f"{1000 * e.seconds / e.n:.3g}",
        )
        for e in evaluations
    ]


def group_rows(groups: Mapping[str, Group]) -> list[tuple[str, ...]]:
    """A row for each group: its name, then ``GROUP_COLUMNS``."""
    return [
        (
            name,
            str(group.n),
            percent(group.verified_rate),
            interval(group.verified_interval),
            percent(group.exact_accuracy),
            percent(group.optimal_rate),
            f"{group.mean_segments:.1f}",
        )
        for name, group in groups.items()
    ]


def budget_line(budget: Budget) -> str:
    """A budget for a reader.

    Example:
        >>> budget_line(Budget(segments=32, votes=4)), budget_line(Budget(segments=16, restarts=8))
        ('32 segments, 4 votes', '16 segments, 1 vote, 8 restarts')
    """
    return f"{number_of(budget.segments, 'segment')}, {_tries(budget)}"


def _tries(budget: Budget) -> str:
    again = f", {budget.restarts} restarts" if budget.restarts > 1 else ""
    again = again or (", restarts by their cost" if budget.restarts + budget.segments == 0 else "")
    return f"{number_of(budget.votes, 'vote')}{again}"


def _groups(kind: str, evaluation: Evaluation) -> list[str]:
    groups: Mapping[str, Group] = getattr(evaluation, kind)
    if not groups:
        return []
    name = kind.removeprefix("by_")
    return [
        f"<h2>By {name}, at {budget_line(evaluation.budget)}</h2>",
        table((name, *GROUP_COLUMNS), group_rows(groups)),
    ]


def _rates(evaluation: Evaluation) -> list[str]:
    return [
        "<h2>Last validation</h2>",
        table(BUDGET_COLUMNS, budget_rows([evaluation])),
        *_groups("by_difficulty", evaluation),
        *_groups("by_size", evaluation),
    ]


def _puzzles(samples: Sequence[Sample]) -> list[str]:
    if not samples:
        return []
    parts = ["<h2>Validation puzzles as the network answers them</h2>", '<div class="puzzles">']
    for sample in samples:
        kind = "solved" if sample.solved else "failed"
        says = "".join(f"<br>{_escape(sentence)}" for sentence in sample.says)
        parts.append(
            f'<div><span class="{kind}">{kind}{says}</span><pre>{_escape(sample.drawn)}</pre></div>'
        )
    return [*parts, "</div>"]


def _events(rows: Sequence[Row]) -> list[str]:
    found = [row for row in rows if row["event"] == "guard"]
    if not found:
        return []
    shown = [(row["update"], row.get("action", ""), row.get("cause", "")) for row in found]
    return [
        f"<h2>What the guard saw ({len(found):,} events)</h2>",
        table(("update", "done", "cause"), shown[-_MOST_EVENTS:]),
    ]
