"""The route: puzzle -> tokens -> carry -> logits -> answer -> verdict."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any, Literal

import torch

from hrm_toolkit.core import (
    AnyAdapter,
    Budget,
    OptionError,
    Puzzle,
    Result,
    Segment,
    UnknownNameError,
    Verdict,
    Violation,
)
from hrm_toolkit.core.search import Found
from hrm_toolkit.solvers.attempts import Attempt, Proposer, best, settled, standing
from hrm_toolkit.solvers.bundle import (
    Manifest,
    bundle_folder,
    read_adapter,
    read_manifest,
    read_network,
    write_bundle,
)
from hrm_toolkit.solvers.halting import Rolling
from hrm_toolkit.solvers.model import Network
from hrm_toolkit.solvers.search import searches

Strategy = Literal["neural", "verified", "exact"]
STRATEGIES: tuple[Strategy, ...] = ("neural", "verified", "exact")
_EXACT_SECONDS = 10.0


@dataclass
class _Job:
    """A puzzle being solved."""

    puzzle: Puzzle
    attempts: list[Attempt] = field(default_factory=list)
    nodes: int = 0
    unsolvable: bool = False


class Solver:
    """A network and an adapter. Without a network only exact search is left.

    Args:
        adapter: the task.
        network: trained for the adapter's tokens, or None.
        name: what results call it.
        manifest: of the bundle it was loaded from.
        device: ``cpu``, ``cuda`` or another torch device.
        batch_size: rows that run side by side in ``solve_many``.

    Example:
        >>> solver = Solver.load("sudoku-4x4")
        >>> result = solver.solve("1...  ..3.  .4..  ...2")
        >>> result.solved, result.verdict.valid
        (True, True)
    """

    def __init__(
        self,
        adapter: AnyAdapter,
        network: Network | None,
        *,
        name: str = "",
        manifest: Manifest | None = None,
        device: str | torch.device = "cpu",
        batch_size: int = 64,
    ) -> None:
        self.adapter = adapter
        self.device = torch.device(device)
        self.network = None if network is None else network.eval().to(self.device)
        self.name = name or ("exact" if network is None else network.config.family)
        self.manifest = manifest
        self.batch_size = batch_size

    @classmethod
    def load(cls, source: str | os.PathLike[str], *, device: str | torch.device = "cpu") -> Solver:
        """A solver from a bundled name or a bundle folder; nothing is ever downloaded.

        Raises:
            UnknownNameError: when there is no such bundle.
            BundleError: when its parts disagree.
        """
        folder = bundle_folder(source)
        manifest = read_manifest(folder)
        adapter = read_adapter(folder, manifest)
        network = read_network(folder, manifest, adapter)
        return cls(adapter, network, name=manifest.name, manifest=manifest, device=device)

    def save(self, folder: str | os.PathLike[str], *, name: str | None = None) -> Manifest:
        """Write this solver as a bundle folder.

        Raises:
            OptionError: when there is no network to save.
        """
        if self.network is None:
            raise OptionError("this solver has no network to save")
        kept = self.manifest
        self.manifest = write_bundle(
            Path(folder),
            self.network,
            self.adapter,
            name=name or self.name,
            recipe=kept.recipe if kept else None,
            evaluation=kept.evaluation if kept else None,
            training=kept.training if kept else None,
        )
        return self.manifest

    def solve(
        self,
        puzzle: Any,
        *,
        budget: Budget | None = None,
        strategy: Strategy = "verified",
        seed: int = 0,
    ) -> Result:
        """Solve one puzzle; see ``solve_many``."""
        return self.solve_many([puzzle], budget=budget, strategy=strategy, seed=seed)[0]

    def solve_many(
        self,
        puzzles: Sequence[Any],
        *,
        budget: Budget | None = None,
        strategy: Strategy = "verified",
        seed: int = 0,
        watch: Callable[[int, list[Attempt]], None] | None = None,
    ) -> list[Result]:
        """Solve puzzles side by side; each answer is that of a lone run.

        Args:
            puzzles: puzzles, or what the adapter coerces: text, nested lists, dicts.
            budget: segments, votes, restarts, seconds for the whole call, search nodes for each
                puzzle.
            strategy: ``neural`` is the network alone, halting by its own estimate; ``verified``
                adds votes over symmetries, restarts and search ordered by the network, and stops
                at the first answer the rules accept; ``exact`` uses no network.
            seed: of the drawn symmetries and restarts.
            watch: told each puzzle's place and what the network attempted, once that is done.

        Raises:
            InputError: when a puzzle cannot be read.
            OptionError: for an unknown strategy, or ``neural`` without a network.
        """
        self.check_options(strategy, seed)
        budget = self.complete(budget)
        start = time.perf_counter()
        deadline = None if budget.seconds is None else start + budget.seconds
        jobs = [_Job(self.adapter.coerce(puzzle)) for puzzle in puzzles]
        results: list[Result | None] = [self._contradicted(job, seed) for job in jobs]
        open_jobs = [job for job, result in zip(jobs, results, strict=True) if result is None]
        if strategy != "exact":
            self._propose(open_jobs, budget, strategy, seed, deadline)
        if watch is not None:
            for place, job in enumerate(jobs):
                watch(place, job.attempts)
        shared = (time.perf_counter() - start) / max(len(jobs), 1)
        finished = []
        for job, result in zip(jobs, results, strict=True):
            began = time.perf_counter()
            concluded = result or self._conclude(job, budget, strategy, seed, deadline)
            seconds = shared + time.perf_counter() - began
            finished.append(concluded.model_copy(update={"seconds": seconds}))
        return finished

    @property
    def segments(self) -> int:
        """Network calls an attempt may take unless said: as in its recipe's validations, or 16."""
        recipe = self.manifest.recipe if self.manifest else {}
        return int(recipe.get("validation_segments", 16))

    def complete(self, budget: Budget | None) -> Budget:
        """A budget with the number of segments filled in."""
        budget = budget or Budget()
        return budget.model_copy(update={"segments": budget.segments or self.segments})

    def check_options(self, strategy: str, seed: int) -> None:
        """Refuse what ``solve`` cannot do; see there."""
        if strategy not in STRATEGIES:
            raise UnknownNameError("strategy", strategy, STRATEGIES)
        if strategy == "neural":
            self.proposer()
        if seed < 0:
            raise OptionError("the seed is negative", expected="0 or more", got=seed)

    def trace(
        self, puzzle: Any, *, segments: int | None = None, stop: bool = True
    ) -> Iterator[Segment]:
        """The answer as it stands after each segment.

        Args:
            puzzle: a puzzle, or what the adapter coerces.
            segments: the most to run; None as in ``segments``.
            stop: end at the first answer that the rules accept and know no better one for.

        Raises:
            OptionError: when there is no network.
        """
        puzzle = self.adapter.coerce(puzzle)
        proposer, segments = self.proposer(), segments or self.segments
        rolling: Rolling[int] = Rolling(proposer.network, self.device)
        rolling.add([(0, proposer.encode(puzzle))])
        for index in range(1, segments + 1):
            attempt = proposer.read(puzzle, rolling.advance()[0])
            confidence = 0.0
            if attempt.probabilities is not None:
                confidence = float(attempt.probabilities.max(1).mean())
            yield Segment(
                index=index,
                total=segments,
                halt=attempt.halt,
                answer=attempt.answer,
                verdict=attempt.verdict,
                confidence=confidence,
            )
            if stop and settled(attempt.verdict):
                return

    def standing(self, puzzle: Puzzle, attempts: Sequence[Attempt], *, seed: int = 0) -> Result:
        """What some attempts, at least one, come to when nothing more is tried."""
        job = _Job(puzzle, list(attempts))
        return self._result(job, *self._best(job), seed)

    def pulse(self) -> None:
        """Called at each state that a search visits; what an override raises ends the solve."""

    def proposer(self) -> Proposer:
        """The network's half of the route, made anew for each use; an override may bring its own.

        Raises:
            OptionError: when there is no network.
        """
        if self.network is None:
            raise OptionError(
                f"there is no trained network for {self.adapter.task}",
                hint="use strategy exact, or train one",
            )
        return Proposer(self.adapter, self.network, self.device, self.batch_size)

    def _propose(
        self,
        jobs: list[_Job],
        budget: Budget,
        strategy: Strategy,
        seed: int,
        deadline: float | None,
    ) -> None:
        """Let the network attempt each puzzle, for each vote and restart; verified ones leave."""
        if self.network is None:
            return
        for restart, number in product(range(budget.restarts), range(budget.votes)):
            tried = restart or number
            if not jobs or (tried and deadline is not None and time.perf_counter() > deadline):
                return
            attempts = self.proposer().vote(
                [job.puzzle for job in jobs],
                number,
                restart=restart,
                seed=seed,
                segments=budget.segments,
                until_settled=strategy == "verified",
                deadline=deadline,
            )
            for job, attempt in zip(jobs, attempts, strict=True):
                job.attempts.append(attempt)
            if strategy == "verified":
                jobs = [job for job in jobs if not settled(job.attempts[-1].verdict)]

    def _conclude(
        self,
        job: _Job,
        budget: Budget,
        strategy: Strategy,
        seed: int,
        deadline: float | None,
    ) -> Result:
        """The best attempt, or search where the strategy goes on to it."""
        left = None if deadline is None else max(deadline - time.perf_counter(), 0.001)
        if strategy == "exact" or self.network is None:
            return self._exact(job, seed, left)
        chosen, source = self._best(job)
        if strategy == "neural" or settled(chosen.verdict):
            return self._result(job, chosen, source, seed)
        return self._search(job, chosen, source, budget, seed, left)

    def _best(self, job: _Job) -> tuple[Attempt, str]:
        """The best attempt and its source."""
        chosen = best(job.attempts)
        by = next(a.by for a in job.attempts if a.answer == chosen.answer)
        return chosen, f"{self._family}+{by}" if by else self._family

    def _search(
        self,
        job: _Job,
        chosen: Attempt,
        source: str,
        budget: Budget,
        seed: int,
        seconds: float | None,
    ) -> Result:
        """Search led by the network, as far as it finds what is better."""
        if chosen.answer is None:
            source = "none"
        deadline = None if seconds is None else time.perf_counter() + seconds
        first = job.attempts[0].probabilities
        options: Any = {"seed": seed, "deadline": deadline, "pulse": self.pulse}
        for found, asked in searches(self.proposer(), job.puzzle, first, budget, **options):
            if asked is not None:
                job.attempts.append(asked)
            halt = chosen.halt if asked is None else asked.halt
            chosen, source = self._better(job, found, chosen, source, halt)
            if job.unsolvable or settled(chosen.verdict) or found.answer is None:
                break
        return self._result(job, chosen, source, seed)

    def _better(
        self, job: _Job, found: Found[Any], chosen: Attempt, source: str, halt: float
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
        return "" if self.network is None else self.network.config.family

    def _exact(self, job: _Job, seed: int, seconds: float | None) -> Result:
        found = self.adapter.exact(job.puzzle, seconds=seconds or _EXACT_SECONDS)
        job.nodes, job.unsolvable = found.nodes, found.unsolvable
        if found.answer is None:
            return self._result(job, Attempt(), "none", seed)
        verdict = self.adapter.rules.check(job.puzzle, found.answer)
        return self._result(job, Attempt(found.answer, verdict), "exact", seed)

    def _contradicted(self, job: _Job, seed: int) -> Result | None:
        """The result for a puzzle whose own givens contradict each other, else None."""
        violations: list[Violation] = self.adapter.rules.diagnose(job.puzzle)
        if not violations:
            return None
        job.unsolvable = True
        refuted = Attempt(None, Verdict(valid=False, violations=tuple(violations)))
        return self._result(job, refuted, "none", seed)

    def _result(self, job: _Job, attempt: Attempt, source: str, seed: int) -> Result:
        return Result(
            task=self.adapter.task,
            answer=attempt.answer,
            verdict=attempt.verdict,
            source=source,
            abstained=not attempt.verdict.valid,
            unsolvable=job.unsolvable,
            confidence=attempt.halt if job.attempts else None,
            segments=sum(a.segments for a in job.attempts),
            nodes=job.nodes,
            seed=seed,
            solver=self.name,
            bundle=self.manifest.sha256 if self.manifest else None,
            notes=self.adapter.notes(job.puzzle) if job.attempts else (),
        )
