"""Curves of a run as SVG."""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from hrm_toolkit.core.errors import visible_lines

Row = Mapping[str, Any]
Points = list[tuple[float, float]]

MOST_EVENTS = 200
"""Events of the guard that are shown."""

_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 480, 200, 56, 26
_MOST_POINTS = 500
_COLOURS = ("#3385d6", "#d9702e", "#3da35d", "#9268c4")
_ROUND = (1.0, 1.2, 1.6, 2.0, 2.4, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


def escape(text: str) -> str:
    """What a page shows as it is, a line break as one; no mark turns the line that it is in."""
    return html.escape(visible_lines(text))


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
    return sorted({float(row["update"]) for row in found})[:MOST_EVENTS]


def curve(title: str, series: Mapping[str, Points], events: Iterable[float] = ()) -> str:
    """One figure: lines over updates, dashed lines where the guard stepped in.

    Example:
        >>> "<polyline" in curve("loss", {"loss": [(0.0, 2.0), (50.0, 1.0)]})
        True
        >>> "nothing logged yet" in curve("loss", {"loss": []})
        True
    """
    caption = f'<figure class="curve"><figcaption>{escape(title)}</figcaption>'
    drawn = {name: thinned(points) for name, points in series.items() if points}
    if not drawn:
        return f"{caption}<p>nothing logged yet</p></figure>"
    xs = [x for points in drawn.values() for x, _ in points]
    ys = [y for points in drawn.values() for _, y in points]
    right, top = max(xs) or 1.0, _rounded(max([*ys, 0.0])) or 1.0
    bottom = -_rounded(-min([*ys, 0.0]))

    def across(x: float) -> float:
        return round(_LEFT + x / right * (_WIDTH - _LEFT - 10), 1)

    def down(y: float) -> float:
        share = (y - bottom) / (top - bottom)
        return round(10 + (1 - share) * (_HEIGHT - _BOTTOM - 10), 1)

    parts = [f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(title)}">']
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
        parts.append(
            f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="1.6"/>'
        )
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


def _rounded(most: float) -> float:
    """A number of few digits, not below another and not far above it."""
    if most <= 0:
        return 0.0
    power = 10.0 ** math.floor(math.log10(most))
    return next(
        float(f"{step * power:.6g}") for step in _ROUND if step * power >= most * (1 - 1e-9)
    )
