"""How one puzzle went: what a solver made of it, held against what is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hrm_toolkit.core import Answer, AnyAdapter, Budget, Result, Tokens
from hrm_toolkit.solvers.attempt import Attempt, settled
from hrm_toolkit.solvers.options import Strategy
from hrm_toolkit.solvers.solver import Solver
from hrm_toolkit.solvers.spaces.outlooks import by_action
from hrm_toolkit.train.data.stream import AnyExample

_CLOSE = 1e-9


@dataclass(frozen=True)
class Case:
    """A puzzle with what an answer to it is measured against.

    Attributes:
        example: the puzzle with its answer.
        labels: shape (L,), 0 where nothing is scored.
        best: cost of the best answer known, or None where answers have no cost.
    """

    example: AnyExample
    labels: Tokens
    best: float | None

    @classmethod
    def of(cls, adapter: AnyAdapter, example: AnyExample) -> Case:
        """The case of an example."""
        puzzle, rules = example.puzzle, adapter.rules
        verdict = rules.check(puzzle, example.answer)
        if verdict.optimal is False:
            answer = adapter.exact(puzzle).answer
            verdict = verdict if answer is None else rules.check(puzzle, answer)
        return cls(example, adapter.codec.labels(puzzle, example.answer), verdict.cost)


@dataclass(frozen=True)
class Score:
    """How one puzzle went; the fields are those of ``Evaluation``, for one."""

    length: int
    size: str
    difficulty: str | None
    source: str
    verified: bool
    exact: bool
    tokens: float | None
    optimal: bool | None
    gap: float | None
    segments: int
    seconds: float


@dataclass(frozen=True)
class Solved:
    """A result, the attempts that led to it, and the budget it was found with."""

    result: Result
    attempts: Sequence[Attempt]
    budget: Budget


def solve_cases(
    solver: Solver,
    cases: Sequence[Case],
    kept: Sequence[Solved | None],
    budget: Budget,
    strategy: Strategy,
) -> list[Solved]:
    """What becomes of each case with a budget; solved only where that can be news."""
    attempts: dict[int, list[Attempt]] = {}
    standing = [s if s is not None and stands(s, budget, strategy) else None for s in kept]
    results = iter(
        solver.solve_many(
            [c.example.puzzle for c, s in zip(cases, standing, strict=True) if s is None],
            budget=budget,
            strategy=strategy,
            watch=attempts.__setitem__,
        )
    )
    fresh = (Solved(r, attempts.get(place, ()), budget) for place, r in enumerate(results))
    return [next(fresh) if s is None else s for s in standing]


def stands(solved: Solved, now: Budget, strategy: Strategy) -> bool:
    """Whether another budget leaves a result as it is, segment by segment."""
    before, attempts = solved.budget, solved.attempts
    if strategy == "exact" or not attempts:
        return True
    if strategy == "neural":
        if any(a.segments >= before.segments or a.segments > now.segments for a in attempts):
            return False
        # The network halted every attempt by itself, below the bound.
        if (before.votes, before.restarts) == (now.votes, now.restarts):
            return True
    if not settled(attempts[-1].verdict):
        return False
    if len(attempts) == 1:
        return attempts[0].segments <= now.segments
    # Each vote is tried once before any is tried again, so the first attempts are the same.
    same = len(attempts) <= min(before.votes, now.votes)
    if before.votes == now.votes:
        same = len(attempts) <= now.votes * now.restarts
    return now.segments == before.segments and same


def score(adapter: AnyAdapter, case: Case, solved: Solved) -> Score:
    """Hold a result against its case."""
    result, labels, puzzle = solved.result, case.labels, case.example.puzzle
    tokens = gap = None
    if solved.attempts:
        said, scored = solved.attempts[0].logits, labels != 0
        right = 0.0 if said is None else float((said.argmax(1) == labels)[scored].mean())
        tokens = right if scored.any() else None
    cost = result.verdict.cost if result.verdict.valid else None
    if cost is not None and case.best:
        gap = cost / case.best - 1
    return Score(
        length=len(labels),
        size=puzzle.size_words,
        # Of a task that is several in one, puzzles of files are told apart by their own.
        difficulty=case.example.difficulty
        or (case.example.puzzle.task if adapter.read_as is None else None),
        source=result.source if result.verdict.valid else "none",
        verified=result.verdict.valid,
        exact=_as_labelled(adapter, case, result, gap),
        tokens=tokens,
        optimal=result.verdict.optimal,
        gap=gap,
        segments=result.segments,
        seconds=result.seconds,
    )


def _as_labelled(adapter: AnyAdapter, case: Case, result: Result, gap: float | None) -> bool:
    """Whether an answer is the one that the labels stand for, or a plan as good as the best."""
    puzzle = case.example.puzzle
    if by_action(adapter, puzzle):
        # Labels stand for a first action, of perhaps several that are as good.
        return gap is not None and gap <= _CLOSE and result.verdict.optimal is not False
    answer: Answer = adapter.codec.decode(puzzle, case.labels)
    return result.answer == answer
