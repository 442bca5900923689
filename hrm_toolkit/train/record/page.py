"""``report.html``: one self-contained page on a run, with curves, tables and puzzles drawn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hrm_toolkit.adapters.marking import answered, marked
from hrm_toolkit.core import Adapter, AnyAdapter, Budget, Result
from hrm_toolkit.core.plain import replace_file
from hrm_toolkit.core.telling import interval, number_of, percent
from hrm_toolkit.train.data.stream import AnyExample
from hrm_toolkit.train.rates.evaluate import Evaluation, Group, Survey
from hrm_toolkit.train.record.curves import (
    MOST_EVENTS,
    Points,
    Row,
    curve,
    curves,
    escape,
    marks,
)

REPORT = "report.html"

_SAMPLES = 3
_MOST_DRAWN = 150_000
"""Letters of a drawing; a larger one is shown as text."""

_STYLE = """
:root { color-scheme: light dark; --ink: #222; --quiet: #555; --line: #ccc; --sheet: #fff;
  --panel: #f6f7f9; --good: #2f8f4e; --bad: #b3261e; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 100em; margin: 2em auto; padding: 0 1.5em;
  color: var(--ink); background: var(--sheet) }
h1 { font-size: 1.6em; margin: 0 } h2 { font-size: 1.15em; margin: 2em 0 .6em }
.lead { font-size: 1.1em; margin: .4em 0 } .quiet { color: var(--quiet) }
code { font-size: .9em; background: var(--panel); padding: .15em .4em; border-radius: 4px;
  overflow-wrap: anywhere }
.curves { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(18em, 100%), 1fr));
  gap: 1.2em; margin-top: 1.5em }
figure { margin: 0 } figcaption { font-weight: 600; margin-bottom: .2em }
.curve svg { display: block; width: 100%; height: auto; background: var(--panel);
  border-radius: 6px }
.curve text { font: 12px system-ui, sans-serif; fill: var(--quiet) }
.wide { overflow-x: auto }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { padding: .2em .9em; text-align: left; border-bottom: 1px solid var(--line) }
th { font-weight: 600; color: var(--quiet) }
td:first-child, th:first-child { padding-left: 0 }
.rates th:not(:first-child), .rates td:not(:first-child) { text-align: right }
.puzzles { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(19em, 100%), 1fr));
  gap: 1.5em }
.puzzles svg { display: block; width: 100%; max-height: 26em; background: #fff;
  border-radius: 6px; border: 1px solid var(--line) }
pre { line-height: 1.15; margin: .3em 0; overflow-x: auto } summary { cursor: pointer }
.solved { color: var(--good) } .failed { color: var(--bad) }
@media (prefers-color-scheme: dark) {
  :root { --ink: #ddd; --quiet: #a5abb5; --line: #3a3f48; --sheet: #16181c; --panel: #20242b;
    --good: #6cc58c; --bad: #f08a80 }
}
"""


@dataclass(frozen=True)
class Final:
    """The measurement at the end of a run.

    Attributes:
        evaluation: what came of it.
        seconds: that it took, with getting its puzzles.
    """

    evaluation: Evaluation
    seconds: float


@dataclass(frozen=True)
class Sample:
    """A validation puzzle as the network answered it.

    Attributes:
        drawn: the puzzle with the answer in its place, as text.
        solved: whether the rules accept the answer.
        says: the first violations, where they do not.
        picture: the same as SVG, with what is wrong marked; empty where the task has none.
    """

    drawn: str
    solved: bool
    says: tuple[str, ...] = ()
    picture: str = ""


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
            kept.append(
                Sample(drawn, verdict.valid, says, _picture(self._adapter, example, result))
            )

    def __iter__(self) -> Iterator[Sample]:
        yield from (*self._kept[True], *self._kept[False])


def _picture(adapter: AnyAdapter, example: AnyExample, result: Result) -> str:
    """A drawing with the answer, and red frames where the rules refute it."""
    if type(adapter).scene is Adapter.scene:
        return ""
    puzzle = adapter.shown(example.puzzle)
    drawn = answered(adapter.scene(puzzle, result.answer), adapter.scene(puzzle))
    verdict = None if result.answer is None else result.verdict
    svg = marked(drawn, verdict=verdict).svg()
    return svg if len(svg) <= _MOST_DRAWN else ""


def write_report(
    path: Path,
    rows: Sequence[Row],
    *,
    title: str,
    facts: Mapping[str, Any],
    evaluation: Evaluation | None = None,
    samples: Iterable[Sample] = (),
    final: Final | None = None,
    command: str = "",
) -> None:
    """Write the page whole.

    Args:
        rows: of ``metrics.jsonl``.
        facts: what to say of the run, shown as a table.
        evaluation: the last validation.
        samples: puzzles of it.
        final: the measurement at the end, where there was one.
        command: that made the run.
    """
    parts = [
        f"<h1>{escape(title)}</h1>",
        *([f'<p class="lead">{_lead(evaluation, final)}</p>'] if evaluation else ()),
        *([f"<p>Made by <code>{escape(command)}</code></p>"] if command else ()),
        '<div class="curves">',
        *(curve(name, series, marks(rows)) for name, series in curves(rows).items()),
        "</div>",
        *(_rates(evaluation, final) if evaluation else ()),
        *_puzzles(list(samples)),
        *_events(rows),
        "<h2>The run</h2>",
        table(("", ""), facts.items()),
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
        f"<h1>{escape(title)}</h1>",
        table(("", ""), facts.items()),
        "<h2>By budget</h2>",
        table(BUDGET_COLUMNS, budget_rows(survey.budgets), kind="rates"),
    ]
    if len(survey.budgets) > 1:
        sorted_lines = {name: sorted(points) for name, points in lines.items()}
        drawn = curve("Verified rate, by segments", sorted_lines)
        parts.append(f'<div class="curves">{drawn}</div>')
    for kind in ("by_difficulty", "by_size"):
        for evaluation in survey.budgets:
            parts += _groups(kind, evaluation)
    _write_page(path, title, parts)


def _write_page(path: Path, title: str, parts: Iterable[str]) -> None:
    head = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>"
    )
    replace_file(path, (head + "\n".join(parts) + "</body></html>\n").encode())


def table(head: Sequence[str], rows: Iterable[Iterable[Any]], kind: str = "facts") -> str:
    """A table; of ``rates`` all but the first column stands at the right."""
    parts = [f'<div class="wide"><table class="{kind}">']
    if any(head):
        parts.append("<tr>" + "".join(f"<th>{escape(name)}</th>" for name in head) + "</tr>")
    for row in rows:
        cells = "".join(f"<td>{escape(_said(value))}</td>" for value in row)
        parts.append(f"<tr>{cells}</tr>")
    return "".join([*parts, "</table></div>"])


def _said(value: Any) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return format(value, ",.4g" if isinstance(value, float) else ",")
    return str(value)


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
        table((name, *GROUP_COLUMNS), group_rows(groups), kind="rates"),
    ]


def _lead(evaluation: Evaluation, final: Final | None) -> str:
    """What came of a run, in a sentence or two."""
    rate = percent(evaluation.verified_rate)
    said = f"The network alone solves {rate} of {evaluation.n:,} held-out puzzles"
    if final is None:
        return f"{said}, by the last validation."
    last = final.evaluation
    return (
        f"The network alone solves <b>{percent(last.verified_rate)}</b> of {last.n:,} puzzles, "
        f"measured at the end in {final.seconds:.0f} s (95 % interval "
        f"{interval(last.verified_interval)}); {rate} of {evaluation.n:,} at the last validation."
    )


def _rates(evaluation: Evaluation, final: Final | None) -> list[str]:
    shown = evaluation if final is None else final.evaluation
    said = f"<p class=quiet>On {shown.n:,} puzzles: {escape(shown.data)}.</p>"
    return [
        "<h2>Last validation</h2>",
        table(BUDGET_COLUMNS, budget_rows([evaluation]), kind="rates"),
        *(
            ["<h2>At the end</h2>", table(BUDGET_COLUMNS, budget_rows([shown]), kind="rates")]
            if final
            else ()
        ),
        said,
        *_groups("by_difficulty", shown),
        *_groups("by_size", shown),
    ]


def _puzzles(samples: Sequence[Sample]) -> list[str]:
    if not samples:
        return []
    parts = ["<h2>Validation puzzles as the network answers them</h2>", '<div class="puzzles">']
    for sample in samples:
        kind = "solved" if sample.solved else "failed"
        says = "".join(f"<br>{escape(sentence)}" for sentence in sample.says)
        text = f"<pre>{escape(sample.drawn)}</pre>"
        if sample.picture:
            text = f"{sample.picture}<details><summary>as text</summary>{text}</details>"
        parts.append(f'<div><p class="{kind}"><b>{kind}</b>{says}</p>{text}</div>')
    return [*parts, "</div>"]


def _events(rows: Sequence[Row]) -> list[str]:
    found = [row for row in rows if row["event"] == "guard"]
    if not found:
        return []
    shown = [(row["update"], row.get("action", ""), row.get("cause", "")) for row in found]
    return [
        f"<h2>What the guard saw ({len(found):,} events)</h2>",
        table(("update", "done", "cause"), shown[-MOST_EVENTS:]),
    ]
