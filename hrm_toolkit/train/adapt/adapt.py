"""Training on one puzzle's own demonstrations: networks that vote, beside exact search."""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterator, Sequence
from typing import Any

from hrm_toolkit.core import AnyAdapter, Deadline, OptionError, Puzzle, Result
from hrm_toolkit.core.clock import Stopwatch, processor
from hrm_toolkit.core.structure import Lessons
from hrm_toolkit.train.adapt.adapted import Adapted, Attempt
from hrm_toolkit.train.adapt.member import Member, Plan
from hrm_toolkit.train.adapt.tally import Tally
from hrm_toolkit.train.progress import SILENT, Listener
from hrm_toolkit.train.recipe import Recipe
from hrm_toolkit.train.record.checkpoint import deferred_interrupt

ATTEMPTS = 2
"""Solutions that are given to each question."""
_SEARCH = 0.1
"""Share of the time that exact search gets."""
_MOST_SEARCH = 10.0
_PART = 3
"""A network gets one part in so many of the whole budget at most."""


def recipe_for(task: str) -> Recipe:
    """How each network is trained: what a CPU-minute teaches best, see docs/experiments.md."""
    return Recipe(
        adapter=task,
        network={"family": "structured", "width": 32, "inner": 64},
        samples=0,
        augment=False,
        batch_size=8,
        updates=150,
        max_segments=3,
        halt_exploration=0.0,
        learning_rate=5e-3,
        final_rate=0.05,
        warmup=10,
        weight_decay=0.1,
        gradient_clip=1.0,
        ema=0.95,
        halt_weight=0.0,
    )


def adapt(
    adapter: AnyAdapter,
    puzzle: Puzzle,
    *,
    minutes: float | None = 1.0,
    updates: int | None = None,
    seed: int = 0,
    recipe: Recipe | None = None,
    listener: Listener = SILENT,
) -> Adapted:
    """Train networks on a puzzle's demonstrations until the budget is spent, and let them vote.

    Each is small, starts from weights that are drawn, and is trained until it has learned its
    lessons: all demonstrations, or all but one, as they are or in every view. What most of them
    say goes first, but for what exact search finds, which is asked beside. It ends early after a
    round (each demonstration was kept from one network) after which all first attempts are
    verified. An interrupt (Ctrl-C) ends it between two updates with what there is by then.

    Args:
        adapter: of a task whose puzzles have lessons.
        puzzle: one of them. Answers that it brings are for the rules alone.
        minutes: of processor time, of all threads; None for no bound.
        updates: optimizer steps in all; None for no bound. With them, and time that suffices, the
            answer depends on the puzzle and the seed alone.
        seed: of everything drawn.
        recipe: of each network's training; its ``updates`` bound one network.
        listener: shown how much of the budget is spent.

    Raises:
        OptionError: for a task whose puzzles demonstrate nothing, or no bound at all.

    Example:
        >>> from hrm_toolkit.adapters import get_adapter
        >>> arc = get_adapter("arc")
        >>> pair = {"input": [[1, 0]], "output": [[0, 1]]}
        >>> task = arc.coerce({"train": [pair], "test": [{"input": [[2, 0]]}]})
        >>> found = adapt(arc, task, minutes=None, updates=1)
        >>> found.result.answer.attempts[0][0], found.attempts[0][0].source, found.verified
        (((0, 2),), 'exact', True)
    """
    lessons = adapter.lessons(puzzle)
    if lessons is None:
        raise OptionError(
            f"{adapter.title} puzzles demonstrate nothing to train on",
            hint="adapt to tasks that show solved examples of their own",
        )
    if minutes is None and updates is None:
        raise OptionError("nothing bounds the training", expected="minutes or updates")
    adaptation = _Adaptation(adapter, puzzle, lessons, seed, recipe or recipe_for(adapter.task))
    adaptation.bound(minutes, updates)
    found = None
    try:
        with deferred_interrupt() as interrupted:
            adaptation.search()
            total = updates or round(60 * (minutes or 0))
            unit = "updates" if updates else "CPU seconds"
            with listener.bar("training on the demonstrations", total, unit=unit) as bar:
                for spent in adaptation.train():
                    bar(min(spent, 1.0) * total)
                    if interrupted():
                        break
            found = adaptation.result()
    except KeyboardInterrupt:
        if found is None:
            raise
        return found.model_copy(update={"interrupted": True})
    return found


class _Adaptation:
    """The networks of one puzzle, one after another, and their votes so far."""

    def __init__(
        self,
        adapter: AnyAdapter,
        puzzle: Puzzle,
        lessons: Lessons[Any],
        seed: int,
        recipe: Recipe,
    ) -> None:
        self._adapter, self._puzzle, self._lessons = adapter, puzzle, lessons
        self._seed, self._recipe = seed, recipe
        self._tally = Tally(lessons)
        self._proved: Sequence[Sequence[Hashable]] = [()] * lessons.questions
        self._asked = range(lessons.questions)
        self._updates = self._nodes = 0
        self._cpu, self._wall = Stopwatch(processor), Stopwatch()
        self._seconds: float | None = None
        self._most: int | None = None

    def bound(self, minutes: float | None, updates: int | None) -> None:
        """Set what the training may spend."""
        self._seconds = None if minutes is None else 60 * minutes
        self._most = updates
        self._deadline = Deadline.after(self._seconds, processor)

    def search(self) -> None:
        """Ask exact search."""
        share = _MOST_SEARCH if self._seconds is None else _SEARCH * self._seconds
        shown = self._adapter.shown(self._puzzle)
        found = self._adapter.exact(shown, seconds=min(share, _MOST_SEARCH))
        self._nodes = found.nodes
        if found.answer is not None:
            self._proved = self._lessons.solutions(found.answer)

    def train(self) -> Iterator[float]:
        """Train round after round of networks; yields the share of the budget that is spent."""
        for plans in rounds(self._lessons.demonstrations, self._lessons.views, self._seed):
            for plan in plans:
                yield from self._train_one(plan)
                if self._over:
                    return
            if self._settled:
                return

    def _train_one(self, plan: Plan) -> Iterator[float]:
        lessons = self._lessons.questions_of_all()
        if plan.held is not None:
            lessons = self._lessons.without(plan.held)
        member = Member(self._adapter, lessons, plan, self._recipe)
        began = self._spent
        while member.done < 1 and not self._over:
            member.advance(_PART * (self._spent - began))
            self._updates += 1
            yield self._spent
            if _PART * (self._spent - began) >= 1:
                break
        # One that has just begun knows nothing; but the only one is better than none.
        if member.done >= 0.5 or not self._tally.voters:
            self._tally.add(plan, member.vote())

    @property
    def _settled(self) -> bool:
        """Whether the first attempt at each question is verified.

        After a round further ones could only say again what every demonstration speaks for.
        """
        tried = [attempts for _, attempts in map(self._tried, self._asked)]
        return all(attempts and attempts[0].verified for attempts in tried)

    @property
    def _spent(self) -> float:
        """The share of the budget that is spent; of updates alone where they are bounded."""
        if self._most is not None:
            return self._updates / self._most
        return 1 - self._deadline.left / (self._seconds or 1)

    @property
    def _over(self) -> bool:
        return self._deadline.over or (self._most is not None and self._updates >= self._most)

    def result(self) -> Adapted:
        """What there is by now."""
        tried = [self._tried(question) for question in self._asked]
        return self._told([order for order, _ in tried], tuple(each for _, each in tried))

    def _tried(self, question: int) -> tuple[list[Hashable], tuple[Attempt, ...]]:
        """The solutions to a question, best first, and what stands behind each."""
        tally, count = self._tally, self._lessons.demonstrations
        sound = count > 1 and tally.seen == tally.unseen == count
        said = dict(tally.ranked(question))
        proved = self._proved[question]
        order = list(dict.fromkeys((*proved, *said)))[:ATTEMPTS]
        first = next(iter(said), None)
        return order, tuple(
            Attempt(
                source="exact" if each in proved else "structured",
                agreement=said.get(each, 0.0) if tally.voters else None,
                verified=each in proved or (sound and each == first),
            )
            for each in order
        )

    def _told(
        self, ranked: Sequence[Sequence[Hashable]], attempts: tuple[tuple[Attempt, ...], ...]
    ) -> Adapted:
        tally = self._tally
        answer = self._lessons.answer(ranked)
        sources = {tried[0].source for tried in attempts if tried}
        shares = [tried[0].agreement for tried in attempts if tried]
        known = [share for share in shares if share is not None]
        adapted = Adapted(
            result=Result(
                task=self._adapter.task,
                answer=answer,
                verdict=self._adapter.rules.check(self._puzzle, answer),
                source="+".join(sorted(sources)) or "none",
                abstained=True,
                confidence=min(known) if known and len(known) == len(attempts) else None,
                nodes=self._nodes,
                seconds=self._wall.seconds,
                seed=self._seed,
                solver="adapted",
            ),
            attempts=attempts,
            demonstrations=self._lessons.demonstrations,
            seen=tally.seen,
            unseen=tally.unseen,
            voters=tally.voters,
            updates=self._updates,
            cpu_seconds=self._cpu.seconds,
        )
        result = adapted.result.model_copy(update={"abstained": not adapted.verified})
        return adapted.model_copy(update={"result": result})


def rounds(demonstrations: int, views: int, seed: int) -> Iterator[list[Plan]]:
    """Voters without end, in rounds: two that are shown all, one without each demonstration.

    Of the two one sees the demonstrations as they are, and one in every view; the others do so in
    turn, round by round.

    Example:
        >>> first, second = itertools.islice(rounds(2, 8, 0), 2)
        >>> [(plan.held, len(plan.views)) for plan in first]
        [(None, 1), (None, 8), (0, 1), (1, 1)]
        >>> [(plan.held, len(plan.views)) for plan in second]
        [(None, 1), (None, 8), (0, 8), (1, 8)]
    """
    every, one = tuple(range(views)), (0,)
    numbers = itertools.count(1_000_000 * seed)
    for turn in itertools.count():
        shown = [(None, one), *([(None, every)] if views > 1 else [])]
        apart = range(demonstrations) if demonstrations > 1 else ()
        held = [(number, every if turn % 2 else one) for number in apart]
        yield [Plan(*each, next(numbers)) for each in (*shown, *held)]
