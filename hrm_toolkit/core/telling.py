"""What came of a puzzle, in words: the same ones in a terminal, a notebook and a program."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hrm_toolkit.core.puzzle import Puzzle
    from hrm_toolkit.core.result import Result
    from hrm_toolkit.core.rules import Verdict

MOST_VIOLATIONS = 5


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
    return "one rule" if count == 1 else f"the rules in {count} places"


def violation_lines(verdict: Verdict) -> list[str]:
    """The first violations, and how many more there are."""
    shown = [violation.message for violation in verdict.violations[:MOST_VIOLATIONS]]
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
        parts.append(f"{result.segments} segment{'s' if result.segments > 1 else ''}")
    if result.nodes:
        parts.append(f"{result.nodes:,} search node{'s' if result.nodes > 1 else ''}")
    parts += [f"{result.seconds:.3g} s", f"solver {result.solver}"]
    return " · ".join(parts)
