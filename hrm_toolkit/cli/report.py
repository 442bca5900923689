"""Results as JSON objects, as sentences and as exit statuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hrm_toolkit.core import Puzzle, Result, Verdict

MOST_VIOLATIONS = 5
EXACT_ONLY = "no trained solver for {task} is bundled: exact search only"


def result_object(result: Result, read_as: str) -> dict[str, Any]:
    """What ``--json`` prints of a result."""
    fields = result.model_dump(mode="json")
    first = ("task", "verdict", "answer", "source", "abstained", "segments", "seconds", "solver")
    ordered = {name: fields.pop(name) for name in first}
    return {
        "task": ordered.pop("task"),
        "solved": result.solved,
        **ordered,
        **fields,
        "read_as": read_as,
    }


def kind_of(puzzle: Puzzle) -> str:
    """A puzzle's size and task: "9x9 sudoku", "9-node graph"."""
    grid, nodes = getattr(puzzle, "grid", None), getattr(puzzle, "nodes", None)
    if grid:
        return f"{len(grid)}x{len(grid[0])} {puzzle.task}"
    return f"{len(nodes)}-node {puzzle.task}" if nodes else puzzle.task


def headline(result: Result, puzzle: Puzzle) -> str:
    """One sentence: what came of it."""
    kind = kind_of(puzzle)
    if result.solved:
        return f"solved: {kind}, verified by the rules"
    if result.unsolvable:
        return f"not solved: this {kind} has no answer"
    if result.answer is None:
        return f"not solved: {kind}, no answer found within the budget"
    return f"not solved: {kind}, the best answer breaks {breaks(result.verdict)}"


def breaks(verdict: Verdict) -> str:
    """How many rules an answer breaks, in words."""
    count = len(verdict.violations)
    return "one rule" if count == 1 else f"the rules in {count} places"


def violation_lines(verdict: Verdict) -> list[str]:
    """The first violations, and how many more there are."""
    shown = [violation.message for violation in verdict.violations[:MOST_VIOLATIONS]]
    more = len(verdict.violations) - len(shown)
    return [*shown, f"and {more} more"] if more > 0 else shown


def facts(result: Result) -> str:
    """Cost, source, segments, time and solver, on one line."""
    verdict = result.verdict
    parts = []
    if verdict.cost is not None:
        optimal = {True: " (optimal)", False: " (not optimal)", None: ""}[verdict.optimal]
        parts.append(f"cost {verdict.cost:g}{optimal}")
    parts.append(f"source {result.source}")
    if result.segments:
        parts.append(f"{result.segments} segment{'s' if result.segments > 1 else ''}")
    if result.nodes:
        parts.append(f"{result.nodes:,} search node{'s' if result.nodes > 1 else ''}")
    parts += [f"{result.seconds:.3g} s", f"solver {result.solver}"]
    return " · ".join(parts)


def percent(rate: float | None) -> str:
    """A rate for a reader.

    Example:
        >>> percent(0.985)
        '98.5 %'
    """
    return "unknown" if rate is None else f"{100 * rate:.1f} %"


def rate_line(evaluation: dict[str, Any]) -> str:
    """An evaluation's verified rate with its interval and n."""
    low, high = evaluation["verified_interval"]
    return (
        f"{percent(evaluation['verified_rate'])} verified "
        f"(95 % interval {percent(low)} to {percent(high)}, n = {evaluation['n']})"
    )
