"""One voter: a small network that is trained on some of a puzzle's demonstrations."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from hrm_toolkit.core import AnyAdapter, Settings
from hrm_toolkit.core.structure import Lesson, Lessons
from hrm_toolkit.solvers.inputs.batch import collate
from hrm_toolkit.solvers.inputs.config import NetworkConfig, parse_config, relation_specs
from hrm_toolkit.solvers.inputs.places import Encoded
from hrm_toolkit.solvers.networks.families import build_network
from hrm_toolkit.solvers.networks.network import Network
from hrm_toolkit.train.data.stream import Shown, Split, Stream
from hrm_toolkit.train.learner import Learner
from hrm_toolkit.train.optim import Average, build_optimizer, learning_rate
from hrm_toolkit.train.recipe import Recipe
from hrm_toolkit.train.step import Segments

Ballot = dict[Hashable, float]
"""Shares of one vote, by solution; None stands for what holds none. They sum to 1."""

VOTING = 2
"""The last segments of an attempt, each of which has a share of its vote."""
LEARNED = 20
"""Updates in a row that find nothing wrong, after which there is nothing left to learn."""


@dataclass(frozen=True)
class Plan:
    """What a voter is trained on.

    Attributes:
        held: the demonstration that it is not shown, counted from 0; None where it is shown all.
        views: the views it is trained in, and asked in.
        seed: of its weights and of the order of its lessons.
    """

    held: int | None
    views: tuple[int, ...]
    seed: int

    @property
    def weight(self) -> float:
        """Votes that it has: 1, twice as many with several views, half where one is held back."""
        return (2.0 if len(self.views) > 1 else 1.0) * (1.0 if self.held is None else 0.5)


class Member:
    """A network in training, which then votes.

    Args:
        adapter: of the puzzle.
        lessons: of the demonstrations that it is shown, asking what it is to vote on.
        plan: of its training.
        recipe: of its training, which ``updates`` bounds.
    """

    def __init__(
        self, adapter: AnyAdapter, lessons: Lessons[Any], plan: Plan, recipe: Recipe
    ) -> None:
        self._lessons, self._plan = lessons, plan
        numbers = range(lessons.demonstrations)
        rows = [lessons.shown(n, view) for n in numbers for view in plan.views]
        self._recipe = recipe.model_copy(
            update={"seed": plan.seed, "batch_size": min(recipe.batch_size, len(rows))}
        )
        self.network = build_network(config_for(rows, lessons, recipe), plan.seed)
        self._learner = Learner(
            self.network,
            build_optimizer(self.network, self._recipe),
            Average(self.network, recipe.ema),
            recipe.gradient_clip,
        )
        stream = LessonStream(adapter, rows, plan.seed)
        self._segments = Segments(self._recipe, self._learner, stream, torch.device("cpu"))
        self.updates = 0
        self._right = 0

    @property
    def done(self) -> float:
        """The share of its training that it has had, 0 to 1."""
        learned = self._right >= LEARNED * len(self._segments.slots.rows)
        return 1.0 if learned else self.updates / (self._recipe.updates or 1)

    def advance(self, share: float = 0.0) -> None:
        """Make one update.

        Args:
            share: of its training at least that it has had, by whatever else bounds it.
        """
        done = max(self.done, share)
        self._learner.rate = learning_rate(self._recipe, self.updates + 1, done)
        made = self._segments.update(self.updates + 1)
        self.updates += 1
        right = int(made.loss.exact.sum())
        self._right = self._right + right if right == len(made.loss.exact) else 0

    def vote(self) -> list[Ballot]:
        """Its ballot on each question, by the average of its weights."""
        voter = build_network(self.network.config, 0)
        voter.load_state_dict({**self.network.state_dict(), **self._learner.average.shadow})
        voter.eval()
        return [self._ballot(voter, number) for number in range(self._lessons.questions)]

    def _ballot(self, voter: Network, number: int) -> Ballot:
        views, most = self._plan.views, self._recipe.max_segments
        asked = [self._lessons.asked(number, view) for view in views]
        batch = collate([Encoded(lesson.tokens, lesson.structure) for lesson in asked])
        carry = voter.initial_carry(batch.tokens, batch.structure)
        ballot: Ballot = {}
        voting = min(VOTING, most)
        for segment in range(most):
            # With gradients on, though none is asked for, compiled code runs a batch at once.
            carry, output = voter(carry, batch.tokens, None, batch.structure)
            if segment < most - voting:
                continue
            said = output.logits.detach().argmax(-1).numpy().astype(np.int32)
            for view, lesson, tokens in zip(views, asked, said, strict=True):
                read = self._lessons.read(number, view, tokens[: len(lesson.tokens)])
                ballot[read] = ballot.get(read, 0.0) + 1 / (voting * len(views))
        return ballot


class LessonStream(Stream):
    """Lessons without end, each pass in a new order.

    Args:
        adapter: of the puzzle.
        rows: the lessons.
        seed: of the orders.
    """

    def __init__(self, adapter: AnyAdapter, rows: Sequence[Lesson], seed: int) -> None:
        super().__init__(adapter, [], Settings(), augment=False, seed=seed)
        self._shown = [Shown(Encoded(row.tokens, row.structure), row.labels) for row in rows]

    def show(self, number: int) -> Shown:
        """Showing ``number``, from 0."""
        epoch, place = divmod(number, len(self._shown))
        if epoch != self._pass:
            rng = np.random.default_rng([self._seed, Split.ORDER, epoch])
            self._order, self._pass = rng.permutation(len(self._shown)), epoch
        return self._shown[int(self._order[place])]


def config_for(rows: Sequence[Lesson], lessons: Lessons[Any], recipe: Recipe) -> NetworkConfig:
    """The recipe's network for some lessons; it reads the relations that any of them has."""
    kinds = rows[0].structure.relations
    columns = zip(*(row.structure.relations for row in rows), strict=True)
    used = [
        specs
        for specs, column in zip(relation_specs(kinds), columns, strict=True)
        if any(len(relation.source) for relation in column)
    ]
    data = {
        "family": "structured",
        **recipe.network,
        "vocabulary": lessons.vocabulary,
        "relations": [spec.model_dump() for spec in used],
        "symbols": len(rows[0].structure.symbols) > 0,
    }
    return parse_config(data)
