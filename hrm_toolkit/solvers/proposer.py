"""Attempts: what the network alone proposes, on a puzzle as given or on a symmetry of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import groupby
from typing import Any, TypeVar

import numpy as np

from hrm_toolkit.core import Answer, AnyAdapter, Deadline, InputError, Puzzle, Tokens, Verdict
from hrm_toolkit.core.clock import now
from hrm_toolkit.solvers.attempt import Attempt, no_answer, settled, standing, told
from hrm_toolkit.solvers.inputs.keeping import SEGMENTS, Chain
from hrm_toolkit.solvers.inputs.places import Encoded
from hrm_toolkit.solvers.runners.runner import Restart, Rolling, Row, Runner
from hrm_toolkit.solvers.spaces.outlooks import by_action
from hrm_toolkit.solvers.spaces.walk import walks

MOST_TOKENS = 100_000
"""Tokens that run side by side, unless one puzzle alone has more."""

NEVER = Deadline.never()

_SEGMENTS_AHEAD = 8
"""Segments that a batch should have time for at the least."""

_CAUTION = 4.0
"""How much more than its arithmetic a segment may take, as long as none was timed."""


class Proposer:
    """The network's half of the route: puzzles -> tokens -> carry -> logits -> attempts.

    Args:
        adapter: the task.
        runner: of a network trained for its tokens.
        batch_size: rows that run side by side.
    """

    def __init__(self, adapter: AnyAdapter, runner: Runner, batch_size: int) -> None:
        self.adapter = adapter
        self.runner = runner
        self.batch_size = batch_size

    def encode(self, puzzle: Puzzle) -> Encoded:
        """A puzzle as the network sees it.

        Raises:
            InputError: for a token beyond the network's vocabulary, more than it can take, or a
                declared structure that does not fit.
        """
        tokens = self.adapter.codec.encode(puzzle)
        config = self.runner.config
        if len(tokens) and tokens.max() >= (known := config.vocabulary):
            names = self.adapter.codec.spec.vocabulary
            raise InputError(
                f'the puzzle has "{names[tokens.max()]}", which the network does not know',
                expected=f'tokens up to "{names[known - 1]}"',
            )
        longest = config.longest
        if longest is not None and len(tokens) > longest:
            raise InputError(
                f"the puzzle has {len(tokens)} tokens",
                expected=f"at most {longest}, which this network was built for",
            )
        structure = self.adapter.structure(puzzle)
        if (places := self.runner.places(structure, len(tokens))) is None:
            structure.require(len(tokens), self.adapter.codec.spec.size)
        if config.needs_factors and not structure.factors:
            raise InputError(
                "the puzzle has no factors", expected="those that the network was made to read"
            )
        sides, at = config.side_limit, structure.coordinates
        if sides is not None and at is not None and at.max(initial=0) >= sides:
            raise InputError(
                f"the puzzle has {at.max() + 1} rows or columns",
                expected=f"at most {sides}, which this network was built for",
            )
        return Encoded(tokens, structure, self.adapter.identify(puzzle), True, places)

    def read(self, puzzle: Puzzle, row: Row[Any]) -> Attempt:
        """A row's answer and what the rules say of it."""
        attempt = Attempt(**told(row))
        try:
            attempt.answer = self.adapter.codec.decode(puzzle, row.tokens)
        except InputError as error:
            attempt.verdict = no_answer(error)
        else:
            attempt.verdict = self.judged(puzzle, attempt.answer)
        return attempt

    def judged(self, puzzle: Puzzle, answer: Answer) -> Verdict:
        """What the rules say; without the known answer, where they only compare with that.

        It may judge what was chosen in the end, and must not choose.
        """
        if not self.adapter.verifiable:
            puzzle = self.adapter.shown(puzzle)
        return self.adapter.rules.check(puzzle, answer)

    def propose(
        self,
        puzzles: Sequence[Puzzle],
        *,
        segments: int,
        until_settled: bool,
        deadline: Deadline = NEVER,
        restart: Restart | None = None,
        nodes: Sequence[int] | None = None,
        chains: Sequence[Chain] | None = None,
    ) -> list[Attempt]:
        """Run the network; rows that halt leave the batch, waiting ones take their place.

        A puzzle that the network cannot take has no answer; the others are not held up by it.
        Where a task is solved action by action, the network is asked about each state on the way,
        and halts by itself there; see ``spaces.walk``.

        Args:
            segments: the most for each puzzle.
            until_settled: halt a row when the rules have nothing to add to its answer, and keep
                the best answer that they accept; else, and where the rules only compare with a
                known answer, halt it when the network holds its answer
                to be right, and keep the last.
            deadline: when to stop.
            restart: noise on the network's initial carry, or None for none.
            nodes: of each puzzle the most states to ask about, where it is solved action by action;
                None for no bound but the walk's own.
            chains: of earlier attempts at each puzzle; one that begins from noise keeps a part of
                the best of them, and is the next.
        """
        if puzzles and by_action(self.adapter, puzzles[0]):
            how: Any = {"deadline": deadline, "restart": restart, "nodes": nodes}
            return walks(self, puzzles, segments=segments, **how)
        until_settled = until_settled and self.adapter.verifiable
        parts = [self.adapter.parts(puzzle) for puzzle in puzzles]
        asked = [part for own in parts for part in own]
        chains = chains if chains and self.keeps and len(asked) == len(puzzles) else None
        attempts = iter(self._propose(asked, segments, until_settled, deadline, restart, chains))
        joined = [
            self.joined(puzzle, [next(attempts) for _ in own])
            for puzzle, own in zip(puzzles, parts, strict=True)
        ]
        for chain, attempt in zip(chains or (), joined, strict=False):
            if attempt.logits is not None:
                chain.take(attempt.logits.argmax(1).astype(np.int32), attempt.verdict)
        return joined

    def joined(self, puzzle: Puzzle, attempts: Sequence[Attempt]) -> Attempt:
        """The attempt at a puzzle that those at its parts come to."""
        if len(attempts) == 1:
            return attempts[0]
        said = [attempt.logits for attempt in attempts if attempt.logits is not None]
        joined = Attempt(
            self.adapter.join(puzzle, [attempt.answer for attempt in attempts]),
            halt=min(attempt.halt for attempt in attempts),
            segments=sum(attempt.segments for attempt in attempts),
            verdict=attempts[0].verdict,
            logits=np.concatenate(said) if len(said) == len(attempts) else None,
            residual=max(attempt.residual for attempt in attempts),
        )
        if joined.answer is not None:
            joined.verdict = self.judged(puzzle, joined.answer)
        return joined

    def _propose(
        self,
        puzzles: Sequence[Puzzle],
        segments: int,
        until_settled: bool,
        deadline: Deadline,
        restart: Restart | None,
        chains: Sequence[Chain] | None,
    ) -> list[Attempt]:
        runs: dict[int, Run] = {}
        refused: dict[int, Attempt] = {}
        for i, puzzle in enumerate(puzzles):
            if deadline.over:
                break
            try:
                encoded, most = self.encode(puzzle), segments
            except InputError as error:
                refused[i] = Attempt(verdict=no_answer(error))
                continue
            if chains is not None and restart is not None and not chains[i].begin():
                most = min(segments, SEGMENTS)
                encoded = self._keeping(puzzle, encoded, chains[i], restart.seed)
            runs[i] = self.run(puzzle, encoded, most, until_settled, restart)
        self.advance(list(runs.values()), deadline)
        for run in runs.values():
            run.read()
        ended = {i: run.attempt for i, run in runs.items()} | refused
        return [ended.get(i) or Attempt() for i in range(len(puzzles))]

    def _keeping(
        self, puzzle: Puzzle, encoded: Encoded, chain: Chain, seed: Sequence[int]
    ) -> Encoded:
        """A puzzle that gives besides a part of the best answer so far."""
        places, rng = self.adapter.places(puzzle), np.random.default_rng(seed)
        at = chain.kept(encoded.structure, places, rng)
        if chain.answer is None or not len(at):
            return encoded
        codec, tokens, structure = self.adapter.codec, encoded.tokens, encoded.structure
        told = codec.given(tokens, structure, chain.answer, at)
        return encoded if told is None else Encoded(*told, encoded.puzzle_id, checked=True)

    def run(
        self,
        puzzle: Puzzle,
        encoded: Encoded,
        segments: int,
        until_settled: bool,
        restart: Restart | None,
    ) -> Run:
        """Make the run of one form of a puzzle; see ``Run``."""
        return Run(self, puzzle, encoded, segments, until_settled, restart=restart)

    def advance(self, runs: Sequence[Run], deadline: Deadline) -> None:
        """Bring runs to their ends, or as far as the time goes."""
        waiting: dict[tuple[int, int], deque[Run]] = {}
        for run in runs:
            waiting.setdefault(run.shape_class, deque()).append(run)
        pace = _CAUTION * self.runner.segment_seconds(1)
        for queue in waiting.values():
            rolling: Rolling[Run] = self.runner.rolling()
            while queue or len(rolling):
                left = deadline.left
                inside = _tokens(rolling.keys)
                if left <= pace * inside or left <= 0:
                    return
                ahead = left / (_SEGMENTS_AHEAD * pace)
                joining = self._joining(queue, rolling, inside, ahead) if queue else []
                join(rolling, joining)
                began = now()
                # Where time is short, each segment is a moment to stop.
                most = 1 if deadline.finite else min(run.unseen for run in rolling.keys)
                rolling.drop([row.key for row in rolling.advance(most=most) if row.key.take(row)])
                taken = max(now() - began, 1e-9)
                pace = taken / max(inside + _tokens(joining), 1)

    def _joining(
        self, queue: deque[Run], rolling: Rolling[Run], taken: int, most: float
    ) -> list[Run]:
        """The runs that a batch of so many tokens has room for, one at the least: so few that it
        fits into memory, and has no more tokens than the time that is left allows."""
        most, joining = min(most, MOST_TOKENS), list[Run]()
        while queue and len(rolling) + len(joining) < self.batch_size:
            taken += len(queue[0].encoded.tokens)
            if taken > most and (len(rolling) or joining):
                break
            joining.append(queue.popleft())
        return joining

    def vote(
        self,
        puzzles: Sequence[Puzzle],
        number: int,
        *,
        restart: int = 0,
        seed: int,
        segments: int,
        until_settled: bool,
        deadline: Deadline = NEVER,
        nodes: Sequence[int] | None = None,
        chains: Sequence[Chain] | None = None,
    ) -> list[Attempt]:
        """Propose answers by way of a form of each puzzle: as given for number 0, else a drawn
        symmetry of it, from (seed, number).

        Restart 0 begins with the network's own initial carry, each other with noise on it from
        (seed, number, restart), and keeps a part of the best answer before where the network was
        trained to go on from one.
        """
        propose = partial(
            self.propose,
            segments=segments,
            until_settled=until_settled,
            deadline=deadline,
            restart=self._restart((seed, number, restart)) if restart else None,
            nodes=nodes,
        )
        if number == 0:
            attempts = propose(puzzles, chains=chains)
        else:
            symmetries = [
                self.adapter.symmetry(puzzle, np.random.default_rng([seed, number]))
                for puzzle in puzzles
            ]
            attempts = propose([s.apply(p) for s, p in zip(symmetries, puzzles, strict=True)])
            for puzzle, symmetry, attempt in zip(puzzles, symmetries, attempts, strict=True):
                if attempt.answer is not None:
                    attempt.answer = symmetry.undo_answer(attempt.answer)
                    attempt.verdict = self.judged(puzzle, attempt.answer)
        for attempt in attempts:
            attempt.by = "restarts" if restart else "votes" if number else ""
        return attempts

    @property
    def keeps(self) -> bool:
        """Whether further attempts keep a part of the best before."""
        return self.runner.config.given > 0

    def _restart(self, seed: tuple[int, ...]) -> Restart:
        return Restart(self.runner.config.random_carry or 1.0, seed)


@dataclass(eq=False)
class Run:
    """One puzzle on its way through the network.

    Attributes:
        proposer: whose network and rules.
        puzzle: the form of it that is run.
        encoded: the same as the network sees it.
        segments: the most.
        until_settled: see ``Proposer.propose``.
        watched: whether somebody looks at every segment's answer.
        restart: see ``Rolling.add``.
        attempt: what it has come to, as of the last segment that was read; replaced, never changed.
        meanwhile: of a state on the way: what stands, in place of an answer of its own.
    """

    proposer: Proposer
    puzzle: Puzzle
    encoded: Encoded
    segments: int
    until_settled: bool
    watched: bool = False
    restart: Restart | None = None
    attempt: Attempt = field(default_factory=Attempt)
    meanwhile: Attempt | None = None
    _unread: Row[Any] | None = None
    _last: tuple[Tokens, Attempt] | None = None

    @property
    def shape_class(self) -> tuple[int, int]:
        """What it shares with the rows it may run beside."""
        return self.proposer.runner.shape_class(self.encoded)

    @property
    def unseen(self) -> int:
        """Segments that it may have before anybody looks at it, while its answer stays."""
        had = self._unread.segment if self._unread is not None else self.attempt.segments
        return 1 if self.watched else max(self.segments - had, 1)

    def take(self, row: Row[Any]) -> bool:
        """Heed what a segment said, and say whether that was the last one."""
        self._unread = row
        halts = row.segment >= self.segments or (row.wants_halt and not self.until_settled)
        if halts or self.watched or (self.until_settled and self._may_settle(row)):
            self.read()
        return halts or (self.until_settled and settled(self.attempt.verdict))

    def read(self) -> None:
        """Let the rules judge the last segment's answer, where that was not done."""
        row, self._unread = self._unread, None
        if row is None:
            return
        if self.meanwhile is not None:
            self.attempt = replace(self.meanwhile, **told(row))
            return
        if self._last is not None and np.array_equal(self._last[0], row.tokens):
            now = replace(self._last[1], **told(row))
        else:
            now = self.proposer.read(self.puzzle, row)
        self._last = row.tokens, now
        self.attempt = _kept(self.attempt, now) if self.until_settled else now

    def _may_settle(self, row: Row[Any]) -> bool:
        """Whether the rules may accept an answer that they were not asked about."""
        if self._last is not None and np.array_equal(self._last[0], row.tokens):
            return False
        return self.proposer.adapter.codec.may_be_right(self.puzzle, row.tokens)


R = TypeVar("R", bound=Run)


def join(rolling: Rolling[R], runs: Sequence[R]) -> None:
    """Let runs of one shape class join a batch."""

    def begins(run: R) -> tuple[Restart | None, int]:
        return run.restart, 0 if run.restart is None else len(run.encoded.tokens)

    for (restart, _), group in groupby(runs, key=begins):
        rolling.add([(run, run.encoded) for run in group], restart)


def _tokens(runs: Sequence[Run]) -> int:
    return sum(len(run.encoded.tokens) for run in runs)


def _kept(before: Attempt, now: Attempt) -> Attempt:
    """The better by the rules, the later of equals: more segments must not lose an answer."""
    if before.verdict.valid and standing(before.verdict) > standing(now.verdict):
        return replace(before, segments=now.segments)
    return now
