"""What came of a puzzle, in words and as data: the same in a terminal, a notebook, a program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hrm_toolkit.core.puzzle import Model
from hrm_toolkit.core.rules import UNVERIFIABLE, Verdict, Violation

if TYPE_CHECKING:
    from hrm_toolkit.core.puzzle import Puzzle
    from hrm_toolkit.core.result import Result, Segment

MOST_SAID = 5
"""Violations that are told in words unless said."""


class VerdictData(Model):
    """A verdict as JSON values.

    Attributes:
        violations: the first ones, where their number is bounded each with its first places.
        violations_in_all: how many there are.
    """

    valid: bool
    optimal: bool | None
    cost: float | None
    violations: tuple[Violation, ...]
    violations_in_all: int


class ResultData(Model):
    """A result as JSON values: what the command line prints, and what tools and HTTP hand out.

    The fields are those of ``Result``. Tools replace ``status`` by that of their reply, which also
    tells apart why there is no answer.
    """

    task: str
    solved: bool
    status: str
    verdict: VerdictData
    answer: dict[str, Any] | None
    source: str
    abstained: bool
    segments: int
    seconds: float
    solver: str
    unsolvable: bool
    reached: bool
    confidence: float | None
    nodes: int
    seed: int
    bundle: str | None
    notes: tuple[str, ...]


def result_data(result: Result, most: int | None = None) -> dict[str, Any]:
    """Write a result as JSON values, by the fields of ``ResultData``.

    Args:
        result: to be told.
        most: the most violations, and places of each; None for all.

    Example:
        >>> from hrm_toolkit.adapters import get_adapter
        >>> from hrm_toolkit.solvers.solver import Solver
        >>> data = result_data(Solver(get_adapter("maze"), None).solve("S.G"))
        >>> data["solved"], data["verdict"]["cost"], data["answer"]["path"]
        (True, 2.0, [[0, 0], [0, 1], [0, 2]])
    """
    fields = result.model_dump(mode="json", exclude={"verdict"})
    told = {"solved": result.solved, "status": result.status} | fields
    told["verdict"] = verdict_data(result.verdict, most)
    return {name: told[name] for name in ResultData.model_fields}


def verdict_data(verdict: Verdict, most: int | None = None) -> dict[str, Any]:
    """Write a verdict as JSON values, by the fields of ``VerdictData``; ``most`` as there."""
    told = verdict.model_dump(mode="json")
    shown = [{**one, "places": one["places"][:most]} for one in told["violations"][:most]]
    return {**told, "violations": shown, "violations_in_all": len(verdict.violations)}


def kind_of(puzzle: Puzzle) -> str:
    """A puzzle's size and task: "9x9 sudoku", "9-node graph"."""
    detail = f" with {puzzle.detail}" if puzzle.detail else ""
    return f"{puzzle.size_words} {puzzle.task}{detail}"


def headline(result: Result, puzzle: Puzzle) -> str:
    """One sentence: what came of it."""
    kind = kind_of(puzzle)
    if result.solved:
        return f"solved: {kind}, verified by the rules"
    if not result.reached:
        return f"not reached: {kind}, the time was spent before its turn"
    if result.unsolvable:
        return f"not solved: this {kind} has no answer"
    if result.answer is None:
        return f"not solved: {kind}, no answer found within the budget"
    return f"not solved: {kind}, the best answer breaks {breaks(result.verdict)}"


def breaks(verdict: Verdict) -> str:
    """How many rules an answer breaks, in words."""
    count = len(verdict.violations)
    return "one rule" if count == 1 else f"the rules in {count:,} places"


def refusal(verdict: Verdict) -> str:
    """What a verdict says against an answer: what it breaks, or that nothing could check it."""
    if all(violation.rule == UNVERIFIABLE for violation in verdict.violations):
        return "not checked: what is right is not known"
    return f"refuted: the answer breaks {breaks(verdict)}"


def violation_lines(verdict: Verdict, most: int = MOST_SAID) -> list[str]:
    """The first violations, and how many more there are."""
    shown = [violation.message for violation in verdict.violations[:most]]
    more = len(verdict.violations) - len(shown)
    return [*shown, f"and {more} more"] if more > 0 else shown


def cost_of(verdict: Verdict) -> list[str]:
    """An answer's cost and whether it is the least, or nothing where answers have none."""
    if verdict.cost is None:
        return []
    optimal = {True: " (optimal)", False: " (not optimal)", None: ""}[verdict.optimal]
    return [f"cost {verdict.cost:g}{optimal}"]


def facts(result: Result) -> str:
    """Cost, source, segments, time and solver, on one line."""
    parts = [*cost_of(result.verdict), f"source {result.source}"]
    if result.segments:
        parts.append(number_of(result.segments, "segment"))
    if result.nodes:
        parts.append(number_of(result.nodes, "search node"))
    parts += [f"{result.seconds:.3g} s", f"solver {result.solver}"]
    return " · ".join(parts)


def segment_data(segment: Segment) -> dict[str, Any]:
    """Write a segment's numbers as JSON values, as programs are told them."""
    return {
        "segment": segment.index,
        "segments": segment.total,
        "halt": segment.halt,
        "filled": segment.filled,
        "violations": len(segment.verdict.violations),
        "elapsed": segment.seconds,
    }


def segment_words(segment: Segment) -> str:
    """Write a segment's numbers on one line.

    Example:
        >>> from hrm_toolkit.core import Segment, Verdict
        >>> segment_words(Segment(index=3, total=16, halt=0.25, answer=None, filled=51,
        ...                       verdict=Verdict(valid=True), confidence=0.5))
        'segment 3 of 16, halting probability 0.25, 51 cells filled, 0 violations'
    """
    filled = "" if segment.filled is None else f", {number_of(segment.filled, 'cell')} filled"
    return (
        f"segment {segment.index:,} of {segment.total:,}, "
        f"halting probability {segment.halt:.2f}{filled}, "
        f"{number_of(len(segment.verdict.violations), 'violation')}"
    )


def number_of(number: int, thing: str) -> str:
    """A number of things in words.

    Example:
        >>> number_of(1, "segment"), number_of(2000, "segment")
        ('1 segment', '2,000 segments')
    """
    return f"{number:,} {thing}" + ("" if number == 1 else "s")


def percent(rate: float | None, unknown: str = "", *, digits: int = 1) -> str:
    """A rate for a reader.

    Args:
        rate: 0 to 1.
        unknown: what is said where there is none.
        digits: after the point.

    Example:
        >>> percent(0.985), percent(0.985, digits=0), percent(None, "unknown")
        ('98.5 %', '98 %', 'unknown')
    """
    return unknown if rate is None else f"{100 * rate:.{digits}f} %"


def interval(bounds: Sequence[float]) -> str:
    """A rate's interval for a reader.

    Example:
        >>> interval((0.5, 1.0))
        '50.0-100.0 %'
    """
    return f"{100 * bounds[0]:.1f}-{100 * bounds[1]:.1f} %"


def rate_line(evaluation: Mapping[str, Any]) -> str:
    """An evaluation's verified rate with its interval and n.

    Example:
        >>> rate_line({"verified_rate": 0.5, "verified_interval": (0.25, 0.75), "n": 14})
        '50.0 % verified (95 % interval 25.0-75.0 %, n = 14)'
    """
    return (
        f"{percent(evaluation['verified_rate'])} verified "
        f"(95 % interval {interval(evaluation['verified_interval'])}, n = {evaluation['n']})"
    )
