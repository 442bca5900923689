"""One solve of some puzzles: the network, search led by it, exact search, each in its share."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any

from hrm_toolkit.adapters.formats.given import Read
from hrm_toolkit.adapters.pictures import AdapterDrawing
from hrm_toolkit.core import (
    Adapter,
    AnyAdapter,
    Budget,
    Deadline,
    Exact,
    Puzzle,
    Result,
    Verdict,
    Violation,
    search,
)
from hrm_toolkit.core.clock import Stopwatch, thread
from hrm_toolkit.core.search import Found
from hrm_toolkit.solvers.attempt import Attempt, best, enough, settled, standing
from hrm_toolkit.solvers.inputs.keeping import Chain
from hrm_toolkit.solvers.options import budget_of
from hrm_toolkit.solvers.shares import NETWORK_PART, Reach, known_length, restarts

if TYPE_CHECKING:
    from hrm_toolkit.solvers.proposer import Proposer
    from hrm_toolkit.solvers.solver import Solver

_SLOW = 0.02
"""Seconds of a look that may matter."""
_OTHERWISE_SECONDS = 1.0
"""Seconds for what else may be meant, where a puzzle has no answer."""

Watch = Callable[[int, list[Attempt]], None]


@dataclass
class Job:
    """A puzzle being solved.

    Attributes:
        puzzle: what is to be solved.
        attempts: what the network made of it.
        restarts: the most attempts of each voter at each of its forms, once somebody asked.
        chain: of its attempts as it is given.
        notes: what its reader assumed.
        nodes: states that search visited.
        unsolvable: whether there is proof that it has no answer.
        looked: seconds of this thread that the rules took to look at what is given.
        began: reading of its route's watch since when its seconds count; infinite before its turn.
        skipped: why the network was not asked, where it was not.
        told: what each part did that came to no end.
        result: once it is known.
    """

    puzzle: Puzzle
    attempts: list[Attempt] = field(default_factory=list)
    restarts: tuple[int, ...] = ()
    chain: Chain = field(default_factory=Chain)
    notes: tuple[str, ...] = ()
    nodes: int = 0
    unsolvable: bool = False
    looked: float = 0.0
    began: float = math.inf
    skipped: str | None = None
    told: list[str] = field(default_factory=list)
    result: Result | None = None

    @classmethod
    def of(cls, read: Read) -> Job:
        """The job of a puzzle that was read."""
        return cls(read.puzzle, notes=read.notes)


_warmed: set[type[AnyAdapter]] = set()


def warm(adapter: AnyAdapter, puzzle: Puzzle) -> None:
    """Let a task's exact search load and compile what it needs, once, before a clock runs."""
    if type(adapter) not in _warmed:
        _warmed.add(type(adapter))
        adapter.exact(puzzle, seconds=1e-3)


class Route:
    """How one call of ``Solver.solve_many`` goes.

    Args:
        solver: whose adapter and network.
        budget: as it was asked for, segments perhaps unsaid.
        strategy: see ``Solver.solve_many``.
        seed: of whatever is drawn.
        deadline: when to stop, unless the budget's seconds end before.
        proposer: the network's half for a solver; None for the solver's own.
        pulse: called at each state that a search visits; what it raises ends the solve.
    """

    def __init__(
        self,
        solver: Solver,
        budget: Budget | None,
        strategy: str,
        seed: int,
        *,
        deadline: Deadline = Deadline.never(),
        proposer: Callable[[Solver], Proposer] | None = None,
        pulse: Callable[[], None] | None = None,
    ) -> None:
        asked = budget_of(budget)
        self.solver, self.adapter = solver, solver.adapter
        self.budget = solver.complete(asked)
        self.strategy, self.seed = strategy, seed
        self.deadline, self._seconds = deadline, asked.seconds
        self._proposer = proposer or (lambda asked: asked.proposer())
        self._pulse = pulse or (lambda: None)
        self._segments_said = asked.segments > 0
        self._open, self._spent = 1, Stopwatch()

    def results(self, jobs: Sequence[Job], watch: Watch | None = None) -> list[Result]:
        """The result of each job, in order; the budget's time counts from now on."""
        bounded = self._seconds is not None or self.deadline.finite
        if bounded and jobs and self.strategy != "neural":
            warm(self.adapter, jobs[0].puzzle)
        self.deadline = self.deadline.within(self._seconds)
        # With an end in sight, some are answered before others are looked at.
        size = self.solver.batch_size if self.deadline.finite else len(jobs)
        for begin in range(0, len(jobs), max(size, 1)):
            self._together(jobs[begin : begin + size], begin, watch)
        return [job.result for job in jobs if job.result is not None]

    def _together(self, jobs: Sequence[Job], begin: int, watch: Watch | None) -> None:
        """Bring jobs to their results, side by side as far as the network goes."""
        self._spent = Stopwatch()
        for job in jobs:
            job.result = self._not_reached(job) if self.deadline.over else self._contradicted(job)
        if self.strategy != "exact" and self.solver.config is not None:
            self._propose([job for job in jobs if job.result is None])
        if watch is not None:
            for place, job in enumerate(jobs, begin):
                if job.result is None:
                    watch(place, job.attempts)
        shared = self._spent.seconds / max(len(jobs), 1)
        for number, job in enumerate(jobs):
            job.began = self._spent.seconds - shared
            self._open = len(jobs) - number
            result = job.result or self._conclude(job)
            if job.result is not None:
                result = result.model_copy(update={"seconds": self._spent.seconds - job.began})
            job.result = result.drawn_by(AdapterDrawing(self.adapter, job.puzzle))

    def _propose(self, jobs: list[Job]) -> None:
        """Let each network attempt each puzzle, for each vote and restart, until one is right."""
        solver, budget = self.solver, self.budget
        part = 1.0 if self.strategy == "neural" or budget.nodes == 0 else NETWORK_PART
        first = self._proposer(solver)
        jobs = self._within_reach(jobs, part, first)
        deadline = self.deadline.within(part * self.deadline.left)
        jobs, size = self._attempted(jobs, 0, first, deadline), max(solver.batch_size, 1)
        # So many at a time: what is told of a puzzle is kept for the last few alone.
        for begin in range(0, len(jobs), size):
            left, restart = jobs[begin : begin + size], 1
            while left and not deadline.over:
                left = [job for job in left if restart < max(self._restarts(job))]
                left, restart = self._attempted(left, restart, first, deadline), restart + 1

    def _attempted(
        self, jobs: list[Job], restart: int, first: Proposer, deadline: Deadline
    ) -> list[Job]:
        """Let each network attempt each form of each puzzle; those that it left unsolved."""
        budget = self.budget
        for number, (voter, asked) in product(range(budget.votes), enumerate(self.solver.voters)):
            due = [job for job in jobs if not restart or restart < self._restarts(job)[voter]]
            if not due or deadline.over:
                continue
            made = (self._proposer(asked) if voter else first).vote(
                [job.puzzle for job in due],
                number,
                restart=restart,
                seed=self.seed,
                segments=budget.segments,
                until_settled=self.strategy != "neural",
                deadline=deadline,
                nodes=[budget.nodes - job.nodes for job in due] if budget.nodes else None,
                chains=[job.chain for job in due],
            )
            for job, attempt in zip(due, made, strict=True):
                attempt.voter, attempt.by = voter, attempt.by or ("votes" if voter else "")
                if attempt.tried:
                    # Of many attempts at many puzzles the logits are most of the memory.
                    job.attempts.append(attempt.bare if job.attempts else attempt)
                    job.nodes += len(attempt.outlooks)
            jobs = [j for j in jobs if not (j.attempts and settled(j.attempts[-1].verdict))]
        return jobs

    def _restarts(self, job: Job) -> tuple[int, ...]:
        """The most attempts of each voter at each form of a puzzle that was not solved at once."""
        if not job.restarts:
            asked = self.solver, job.puzzle, job.attempts, self.budget, self.strategy
            job.restarts = restarts(*asked)
        return job.restarts

    def _within_reach(self, jobs: list[Job], part: float, proposer: Proposer) -> list[Job]:
        """The jobs that are for the network; the others know why they are not."""
        alone, known = self.strategy == "neural", known_length(self.solver)
        segments = min(self.budget.segments, self.solver.segments)
        reach = Reach(proposer, known, segments, self._segments_said, alone)
        for job in jobs:
            share = part * self.deadline.left
            job.skipped = reach.too_far(job.puzzle, share, partial(self._look, job))
        return [job for job in jobs if job.skipped is None]

    def _look(self, job: Job, roughly: bool) -> float:
        """Seconds that the rules take for the puzzle's givens; again where they may have been
        the first to be looked at, since much is loaded and compiled then."""
        if roughly or job.looked < _SLOW:
            return job.looked
        watch = Stopwatch(thread)
        self.adapter.rules.diagnose(job.puzzle)
        job.looked = min(job.looked, watch.seconds)
        return job.looked

    def _conclude(self, job: Job) -> Result:
        """The best attempt, or search where the strategy goes on to it."""
        asks = self.strategy != "exact" and self.solver.config is not None
        if job.attempts:
            chosen, source = self.best(job)
            alone = self.strategy == "neural" or not self.adapter.verifiable
            if alone or enough(chosen.verdict, job.attempts, self.budget.nodes):
                return self._result(job, chosen, source)
            if chosen.answer is None:
                source = "none"
            self._tell_attempts(job)
        elif self.deadline.over or self.strategy == "neural":
            refused = self.strategy == "neural" and job.skipped is not None
            return self._result(job) if refused else self._not_reached(job)
        else:
            chosen, source = Attempt(), "none"
        if asks and (job.attempts or self.budget.nodes is not None):
            chosen, source = self._led(job, chosen, source)
            if job.unsolvable or settled(chosen.verdict) or self.budget.nodes is not None:
                return self._result(job, chosen, source)
        return self._result(job, *self._exact(job, chosen, source))

    def best(self, job: Job) -> tuple[Attempt, str]:
        """The best attempt and its source."""
        chosen = best(job.attempts)
        first = next(a for a in job.attempts if a is chosen or a.answer == chosen.answer)
        config = self.solver.voters[first.voter].config
        family = self._family if config is None else config.family
        return chosen, f"{family}+{first.by}" if first.by else family

    def _led(self, job: Job, chosen: Attempt, source: str) -> tuple[Attempt, str]:
        """What search led by the network finds, where that is better."""
        from hrm_toolkit.solvers.search import searches

        # What is left to others of what search may take before exact search has its share.
        deadline = self.deadline.within(NETWORK_PART / self._open * self.deadline.left)
        first, before, budget = next(iter(job.attempts), None), job.nodes, self.budget
        if (first is None or first.logits is None) and budget.nodes is None:
            return chosen, source
        if budget.nodes is not None and first is not None:
            # Search itself takes off what the first attempt has had.
            left = budget.nodes - (before - len(first.outlooks))
            budget = budget.model_copy(update={"nodes": max(left, 0)})
        how: Any = {"seed": self.seed, "deadline": deadline, "pulse": self._pulse}
        found = searches(self._proposer(self.solver), job.puzzle, first, budget, **how)
        for one, asked in found:
            if asked is not None:
                job.attempts.append(asked)
            chosen, source = self._better(job, one, chosen, source, (asked or chosen).halt)
            done = enough(chosen.verdict, job.attempts, budget.nodes)
            if job.unsolvable or done or one.answer is None:
                break
        if job.nodes > before:
            job.told.append(f"search led by the network visited {job.nodes - before:,} states")
        return chosen, source

    def _better(
        self, job: Job, found: Found[Any], chosen: Attempt, source: str, halt: float
    ) -> tuple[Attempt, str]:
        """What a search came to, or what was chosen before where that is no worse."""
        job.nodes += found.nodes
        job.unsolvable = found.exhausted and found.answer is None
        if found.answer is not None:
            verdict = self.adapter.rules.check(job.puzzle, found.answer)
            if standing(verdict) > standing(chosen.verdict):
                return Attempt(found.answer, verdict, halt), f"{self._family}+search"
        return chosen, source

    @property
    def _family(self) -> str:
        return "" if self.solver.config is None else self.solver.config.family

    def _exact(self, job: Job, chosen: Attempt, source: str) -> tuple[Attempt, str]:
        """What exact search finds in the time that is left, where that is better."""
        seconds = self.adapter.patience(job.puzzle)
        if self.deadline.finite:
            left = self.deadline.left
            seconds = min(left, max(left / self._open, seconds))
        if seconds <= 0:
            job.told.append("no time was left for exact search")
            return chosen, source
        watch = Stopwatch()
        warm(self.adapter, job.puzzle)
        # To load or compile the search is no puzzle's time.
        job.began += watch.seconds
        watch = Stopwatch()
        found = self._oracle(job.puzzle, seconds)
        job.nodes += found.nodes
        job.unsolvable = found.unsolvable
        if found.answer is not None:
            verdict = self.adapter.rules.check(job.puzzle, found.answer)
            if chosen.answer is None or standing(verdict) > standing(chosen.verdict):
                return Attempt(found.answer, verdict, chosen.halt), "exact"
        job.told.append(f"exact search ran {watch.seconds:.2g} s")
        return chosen, source

    def _oracle(self, puzzle: Puzzle, seconds: float) -> Exact[Any]:
        """The task's own exact search; the plain one can be ended from outside."""
        if type(self.adapter).exact is not Adapter.exact:
            return self.adapter.exact(puzzle, seconds=seconds)
        how: Any = {"deadline": Deadline.after(seconds), "pulse": self._pulse}
        found = search(self.adapter.rules, puzzle, nodes=10_000_000, **how)
        return Exact(found.answer, found.exhausted and found.answer is None, found.nodes)

    def _contradicted(self, job: Job) -> Result | None:
        """The result for a puzzle whose own givens contradict each other, else None."""
        watch = Stopwatch(thread)
        violations: list[Violation] = self.adapter.rules.diagnose(job.puzzle)
        job.looked = watch.seconds
        if not violations:
            return None
        job.unsolvable = True
        return self._result(job, Attempt(None, Verdict(valid=False, violations=tuple(violations))))

    def _not_reached(self, job: Job) -> Result:
        """The result for a puzzle of which nothing is known."""
        message = "not reached: the time was spent before its turn"
        unknown = Verdict(valid=False, violations=(Violation(rule="not_reached", message=message),))
        result = self._result(job, Attempt(None, unknown), "none")
        return result.model_copy(update={"reached": False, "notes": ()})

    def _tell_attempts(self, job: Job) -> None:
        spent, most = sum(a.segments for a in job.attempts), sum(self._restarts(job))
        made = f"{len(job.attempts):,} of at most {self.budget.votes * most:,} attempts"
        job.told.append(f"the network took {spent:,} segments in {made}")

    def _result(self, job: Job, attempt: Attempt | None = None, source: str = "none") -> Result:
        """A result as it stands; see ``Result`` for what its fields mean."""
        attempt = attempt or Attempt()
        if not self.adapter.verifiable and attempt.answer is not None:
            # It was chosen without the known answer, and is now held against it.
            verdict = self.adapter.rules.check(job.puzzle, attempt.answer)
            attempt = replace(attempt, verdict=verdict)
        notes = job.notes
        if job.attempts:
            notes = (*notes, *self.adapter.notes(job.puzzle))
        if len(self.solver.voters) > 1 and job.attempts:
            notes = (*notes, self._voted(job))
        if job.skipped is not None:
            notes = (*notes, job.skipped)
        if not attempt.verdict.valid and not job.unsolvable and job.told:
            notes = (*notes, f"what was tried: {'; '.join(job.told)}")
        if job.unsolvable:
            seconds = min(_OTHERWISE_SECONDS, self.deadline.left)
            notes = (*notes, *self.adapter.otherwise(job.puzzle, seconds=seconds))
        return Result(
            task=job.puzzle.task,
            answer=attempt.answer,
            verdict=attempt.verdict,
            source=source,
            abstained=not attempt.verdict.valid,
            unsolvable=job.unsolvable,
            confidence=attempt.halt if job.attempts else None,
            segments=sum(a.segments for a in job.attempts),
            nodes=job.nodes,
            seconds=max(self._spent.seconds - job.began, 0.0),
            seed=self.seed,
            solver=self.solver.name,
            bundle=self.solver.manifest.sha256 if self.solver.manifest else None,
            notes=notes,
        )

    def _voted(self, job: Job) -> str:
        """How many solvers had a say, and whose: those after a verified answer were not asked."""
        known, asked = self.solver.voter_names, sorted({a.voter for a in job.attempts})
        names = ", ".join(known[voter] for voter in asked)
        return f"{len(asked)} of {len(known)} solvers voted: {names}"

    def standing(self, job: Job) -> Result:
        """What a job's attempts, at least one, come to when nothing more is tried."""
        return self._result(job, *self.best(job))
