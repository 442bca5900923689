"""``report.html``: one self-contained page on a run, with curves, tables and puzzles drawn."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from hrm_toolkit.core import Budget
from hrm_toolkit.solvers.bundle import replace_file
from hrm_toolkit.solvers.solver import Solver
from hrm_toolkit.train.data import AnyExample
from hrm_toolkit.train.evaluate import Evaluation, wilson

REPORT = "report.html"
Row = Mapping[str, Any]
Points = list[tuple[float, float]]

_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 620, 200, 64, 26
_MOST_POINTS = 500
_MOST_EVENTS = 200
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


def draw_samples(
    solver: Solver, examples: Sequence[AnyExample], segments: int, *, looked_at: int = 12
) -> list[Sample]:
    """Up to three solved and three failed puzzles of the first ``looked_at``."""
    puzzles = [example.puzzle for example in examples[:looked_at]]
    found = solver.solve_many(puzzles, budget=Budget(segments=segments), strategy="neural")
    samples = [
        Sample(
            solver.adapter.render(puzzle, result.answer),
            result.verdict.valid,
            tuple(violation.message for violation in result.verdict.violations[:3]),
        )
        for puzzle, result in zip(puzzles, found, strict=True)
    ]
    solved = [sample for sample in samples if sample.solved]
    failed = [sample for sample in samples if not sample.solved]
    return solved[:3] + failed[:3]


def write_report(
    path: Path,
    rows: Sequence[Row],
    *,
    title: str,
    facts: Mapping[str, Any],
    evaluation: Evaluation | None = None,
    samples: Sequence[Sample] = (),
) -> None:
    """Write the page whole.

    Args:
        rows: of ``metrics.jsonl``.
        facts: what to say of the run, shown as a table.
        evaluation: the last validation.
        samples: puzzles of it.
    """
    parts = [
        f"<h1>{escape(title)}</h1>",
        table(("", ""), facts.items()),
        '<div class="curves">',
        *(curve(name, series, marks(rows)) for name, series in curves(rows).items()),
        "</div>",
        *(_rates(evaluation) if evaluation else ()),
        *(_puzzles(samples) if samples else ()),
        *_events(rows),
    ]
    head = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>"
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
    caption = f"<figure><figcaption>{escape(title)}</figcaption>"
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
        parts += [
            f'<line x1="{_LEFT}" x2="{_WIDTH - 10}" y1="{height}" y2="{height}" stroke="#ddd"/>',
            f'<text x="{_LEFT - 6}" y="{height + 4}" text-anchor="end">{value:.3g}</text>',
            f'<text x="{across(x)}" y="{_HEIGHT - 8}" text-anchor="middle">{x:,.0f}</text>',
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
            parts.append(f'<text {place} style="fill:{colour}">{escape(name)}</text>')
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
        parts.append("<tr>" + "".join(f"<th>{escape(name)}</th>" for name in head) + "</tr>")
    for row in rows:
        cells = []
        for value in row:
            number = isinstance(value, int | float) and not isinstance(value, bool)
            said = format(value, ",.4g" if isinstance(value, float) else ",") if number else value
            cells.append(f"<td{' class=number' if number else ''}>{escape(str(said))}</td>")
        parts.append(f"<tr>{''.join(cells)}</tr>")
    return "".join([*parts, "</table>"])


def _rates(evaluation: Evaluation) -> list[str]:
    rows: list[tuple[int | str, ...]] = []
    for length, (rate, n) in evaluation.by_length.items():
        low, high = wilson(round(rate * n), n)
        rows.append((length, n, f"{rate:.1%}", f"{low:.1%} to {high:.1%}"))
    low, high = evaluation.verified_interval
    rate = evaluation.verified_rate
    rows.append(("all", evaluation.n, f"{rate:.1%}", f"{low:.1%} to {high:.1%}"))
    return [
        "<h2>Verified rate by size, last validation</h2>",
        table(("tokens", "puzzles", "verified", "95 % interval"), rows),
    ]


def _puzzles(samples: Sequence[Sample]) -> list[str]:
    parts = ["<h2>Validation puzzles as the network answers them</h2>", '<div class="puzzles">']
    for sample in samples:
        kind = "solved" if sample.solved else "failed"
        says = "".join(f"<br>{escape(sentence)}" for sentence in sample.says)
        parts.append(
            f'<div><span class="{kind}">{kind}{says}</span><pre>{escape(sample.drawn)}</pre></div>'
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
