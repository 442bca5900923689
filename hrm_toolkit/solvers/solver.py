"""The route: puzzle -> tokens -> carry -> logits -> answer -> verdict."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import (
    Answer,
    AnyAdapter,
    Budget,
    InputError,
    OptionError,
    Probabilities,
    Puzzle,
    Result,
    Segment,
    UnknownNameError,
    Verdict,
    Violation,
)
from hrm_toolkit.core.search import search
from hrm_toolkit.solvers.batch import Encoded
from hrm_toolkit.solvers.bundle import (
    Manifest,
    bundle_folder,
    read_manifest,
    read_network,
    write_bundle,
)
from hrm_toolkit.solvers.halting import Rolling, Row, shape_class
from hrm_toolkit.solvers.model import Network

Strategy = Literal["neural", "verified", "exact"]
STRATEGIES: tuple[Strategy, ...] = ("neural", "verified", "exact")
NO_ANSWER = Verdict(
    valid=False, violations=(Violation(rule="no_answer", message="there is no answer"),)
)


@dataclass
class Attempt:
    """One run of the network on one form of a puzzle, as it stands.

    Attributes:
        answer: decoded from the last segment seen, mapped back to the puzzle as given.
        verdict: what the rules say of it.
        halt: the network's own estimate that it is right, 0 to 1.
        segments: segments spent.
        probabilities: shape (L, V), of the last segment, for the form that was run.
    """

    answer: Answer | None = None
    verdict: Verdict = NO_ANSWER
    halt: float = 0.0
    segments: int = 0
    probabilities: Probabilities | None = None


@dataclass
class _Task:
    """A puzzle being solved."""

    puzzle: Puzzle
    attempts: list[Attempt] = field(default_factory=list)
    nodes: int = 0
    unsolvable: bool = False
    notes: tuple[str, ...] = ()


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
        adapter = get_adapter(manifest.task)
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
    ) -> list[Result]:
        """Solve puzzles side by side; each answer is that of a lone run.

        Args:
            puzzles: puzzles, or what the adapter coerces: text, nested lists, dicts.
            budget: segments, votes, seconds for the whole call, search nodes for each puzzle.
            strategy: ``neural`` is the network alone, halting by its own estimate; ``verified``
                adds votes over symmetries and search ordered by the network, and stops at the
                first answer the rules accept; ``exact`` uses no network.
            seed: of the drawn symmetries.

        Raises:
            InputError: when a puzzle cannot be read.
            OptionError: for an unknown strategy, or ``neural`` without a network.
        """
        if strategy not in STRATEGIES:
            raise UnknownNameError("strategy", strategy, STRATEGIES)
        if strategy == "neural" and self.network is None:
            raise OptionError(
                f"there is no trained network for {self.adapter.task}",
                hint="use strategy exact, or train one",
            )
        budget = budget or Budget()
        start = time.perf_counter()
        deadline = None if budget.seconds is None else start + budget.seconds
        tasks = [_Task(self.adapter.coerce(puzzle)) for puzzle in puzzles]
        seconds = [0.0] * len(tasks)
        results: list[Result | None] = [None] * len(tasks)
        open_ = []
        for i, task in enumerate(tasks):
            contradictions = self.adapter.rules.diagnose(task.puzzle)
            if contradictions:
                results[i] = self._contradiction(task, contradictions, seed)
            else:
                open_.append(i)
        if self.network is not None and strategy != "exact":
            for vote in range(budget.votes):
                self._vote([tasks[i] for i in open_], vote, budget, strategy, seed, deadline)
                if strategy == "verified":
                    open_ = [i for i in open_ if not tasks[i].attempts[-1].verdict]
        shared = time.perf_counter() - start
        for i, task in enumerate(tasks):
            if results[i] is not None:
                continue
            began = time.perf_counter()
            results[i] = self._conclude(task, budget, strategy, seed, deadline)
            seconds[i] = time.perf_counter() - began
        share = shared / max(len(tasks), 1)
        return [
            result.model_copy(update={"seconds": share + own})
            for result, own in zip(results, seconds, strict=True)
            if result is not None
        ]

    def trace(self, puzzle: Any, *, segments: int = 16, stop: bool = True) -> Iterator[Segment]:
        """The answer as it stands after each segment.

        Args:
            puzzle: a puzzle, or what the adapter coerces.
            segments: the most to run.
            stop: end at the first answer the rules accept.

        Raises:
            OptionError: when there is no network.
        """
        puzzle = self.adapter.coerce(puzzle)
        rolling = self._rolling()
        rolling.add([(0, self.encode(puzzle))])
        for index in range(1, segments + 1):
            attempt = self._read(puzzle, rolling.advance()[0])
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
            if stop and attempt.verdict:
                return

    def encode(self, puzzle: Puzzle) -> Encoded:
        """A puzzle as the network sees it."""
        return Encoded(self.adapter.codec.encode(puzzle), self.adapter.structure(puzzle))

    def _rolling(self) -> Rolling[int]:
        if self.network is None:
            raise OptionError(f"there is no trained network for {self.adapter.task}")
        return Rolling(self.network, self.device)

    def _read(self, puzzle: Puzzle, row: Row[int]) -> Attempt:
        """A row's answer and what the rules say of it."""
        tokens = row.logits.argmax(-1).to(torch.int32).cpu().numpy()
        attempt = Attempt(
            halt=float(torch.sigmoid(torch.tensor(row.q_halt))),
            segments=row.segment,
            probabilities=_probabilities(row.logits),
        )
        try:
            attempt.answer = self.adapter.codec.decode(puzzle, tokens)
        except InputError as error:
            violation = Violation(rule="no_answer", message=error.message)
            attempt.verdict = Verdict(valid=False, violations=(violation,))
        else:
            attempt.verdict = self.adapter.rules.check(puzzle, attempt.answer)
        return attempt

    def _vote(
        self,
        tasks: Sequence[_Task],
        vote: int,
        budget: Budget,
        strategy: Strategy,
        seed: int,
        deadline: float | None,
    ) -> None:
        """Run the network once on a form of each puzzle: as given, then drawn symmetries."""
        forms: list[Any] = []
        symmetries = []
        for task in tasks:
            drawn = None
            if vote:
                drawn = self.adapter.symmetry(task.puzzle, np.random.default_rng([seed, vote]))
            symmetries.append(drawn)
            forms.append(drawn.apply(task.puzzle) if drawn else task.puzzle)
        attempts = self._run(forms, budget.segments, strategy, deadline)
        for task, attempt, drawn in zip(tasks, attempts, symmetries, strict=True):
            if drawn is not None and attempt.answer is not None:
                attempt.answer = drawn.undo_answer(attempt.answer)
                attempt.verdict = self.adapter.rules.check(task.puzzle, attempt.answer)
            task.attempts.append(attempt)

    def _run(
        self,
        puzzles: Sequence[Puzzle],
        segments: int,
        strategy: Strategy,
        deadline: float | None,
    ) -> list[Attempt]:
        """Rows that halt leave the batch, waiting ones of the same shape take their place."""
        attempts = [Attempt() for _ in puzzles]
        waiting: dict[tuple[int, int], list[tuple[int, Encoded]]] = {}
        for i, puzzle in enumerate(puzzles):
            encoded = self.encode(puzzle)
            waiting.setdefault(shape_class(encoded), []).append((i, encoded))
        for queue in waiting.values():
            rolling = self._rolling()
            queue.reverse()
            while queue or len(rolling):
                if deadline is not None and time.perf_counter() > deadline:
                    return attempts
                free = self.batch_size - len(rolling)
                rolling.add([queue.pop() for _ in range(min(free, len(queue)))])
                done = []
                for row in rolling.advance():
                    last = row.segment >= segments or (strategy == "neural" and row.wants_halt)
                    if last or strategy == "verified" or deadline is not None:
                        attempts[row.key] = self._read(puzzles[row.key], row)
                    if last or (strategy == "verified" and attempts[row.key].verdict):
                        done.append(row.key)
                rolling.drop(done)
        return attempts

    def _conclude(
        self,
        task: _Task,
        budget: Budget,
        strategy: Strategy,
        seed: int,
        deadline: float | None,
    ) -> Result:
        """The best attempt, or search where the strategy goes on to it."""
        if strategy == "exact" or self.network is None:
            return self._exact(task, budget, seed, deadline)
        family = self.network.config.family
        best = _best(task.attempts)
        if strategy == "neural" or best.verdict:
            source = family if best is task.attempts[0] else f"{family}+votes"
            return self._result(task, best, source, seed)
        return self._search(task, best, budget, seed, deadline)

    def _search(
        self, task: _Task, best: Attempt, budget: Budget, seed: int, deadline: float | None
    ) -> Result:
        first = task.attempts[0].probabilities
        codec, puzzle = self.adapter.codec, task.puzzle
        left = None if deadline is None else max(deadline - time.perf_counter(), 0.0)
        found = search(
            self.adapter.rules,
            puzzle,
            preference=None
            if first is None
            else lambda state, action: codec.preference(puzzle, state, action, first),
            nodes=budget.nodes,
            seconds=left,
        )
        task.nodes = found.nodes
        task.unsolvable = found.exhausted and found.answer is None
        family = "" if self.network is None else self.network.config.family
        if found.answer is None:
            return self._result(task, best, family if best.answer else "none", seed)
        verdict = self.adapter.rules.check(puzzle, found.answer)
        answer = Attempt(found.answer, verdict, best.halt)
        return self._result(task, answer, f"{family}+search", seed)

    def _exact(self, task: _Task, budget: Budget, seed: int, deadline: float | None) -> Result:
        left = 10.0 if deadline is None else max(deadline - time.perf_counter(), 0.001)
        found = self.adapter.exact(task.puzzle, seconds=left)
        task.nodes, task.unsolvable = found.nodes, found.unsolvable
        if found.answer is None:
            return self._result(task, Attempt(), "none", seed)
        verdict = self.adapter.rules.check(task.puzzle, found.answer)
        return self._result(task, Attempt(found.answer, verdict), "exact", seed)

    def _contradiction(self, task: _Task, violations: list[Violation], seed: int) -> Result:
        task.unsolvable = True
        refuted = Attempt(None, Verdict(valid=False, violations=tuple(violations)))
        return self._result(task, refuted, "none", seed)

    def _result(self, task: _Task, attempt: Attempt, source: str, seed: int) -> Result:
        return Result(
            task=self.adapter.task,
            answer=attempt.answer,
            verdict=attempt.verdict,
            source=source,
            abstained=not attempt.verdict.valid,
            unsolvable=task.unsolvable,
            confidence=attempt.halt if task.attempts else None,
            segments=sum(a.segments for a in task.attempts),
            nodes=task.nodes,
            seed=seed,
            solver=self.name,
            bundle=self.manifest.sha256 if self.manifest else None,
            notes=task.notes,
        )


def _probabilities(logits: Tensor) -> Probabilities:
    values: Probabilities = torch.softmax(logits, -1).cpu().numpy()
    return values


def _best(attempts: Sequence[Attempt]) -> Attempt:
    """By verdict, then by agreement between attempts, then by the network's own estimate.

    The rules speak first only among several attempts: a lone attempt is what it is.
    """
    agreement = Counter(a.answer for a in attempts)
    return max(attempts, key=lambda a: (a.verdict.valid, agreement[a.answer], a.halt))
