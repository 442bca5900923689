"""The published training step of HRM and TRM, number for number.

``hrm_toolkit.train.run`` trains by the same ideas in a form of its own; this is for who must
compare with the papers. Differences that change no number are in docs/parity.md.
"""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.func import functional_call

from hrm_toolkit.core import Structure
from hrm_toolkit.solvers.inputs.batch import StructureBatch, collate
from hrm_toolkit.solvers.inputs.places import Encoded
from hrm_toolkit.solvers.networks.network import Carry, SegmentOutput, wants_halt
from hrm_toolkit.solvers.networks.transformer import Transformer
from hrm_toolkit.train.objective import Loss, continue_target, segment_loss
from hrm_toolkit.train.optim import AdamATan2, Average, SparseSignSGD
from hrm_toolkit.train.recipe import Recipe

TABLE = "puzzle_embedding"
UNSCORED = -100
"""The published label of what is not scored; token 0 may be."""


class Rows(NamedTuple):
    """Puzzles side by side.

    Attributes:
        tokens: shape (B, L).
        labels: shape (B, L); -100 is not scored.
        puzzle_ids: rows of the puzzle embedding, shape (B,).
    """

    tokens: Int[Tensor, "b l"]
    labels: Int[Tensor, "b l"]
    puzzle_ids: Int[Tensor, "b"]


@dataclass(frozen=True)
class State:
    """What goes on from segment to segment.

    Attributes:
        carry: of the network.
        rows: the puzzles in the slots.
        ages: segments each row has had, shape (B,).
        halted: rows to be replaced, shape (B,).
    """

    carry: Carry
    rows: Rows
    ages: Int[Tensor, "b"]
    halted: Bool[Tensor, "b"]


class Exploration(NamedTuple):
    """What is drawn for one segment.

    Attributes:
        uniform: from 0 to 1, shape (B,); below ``halt_exploration`` the row is explored.
        least: segments an explored row must have, from 2 to ``max_segments``, shape (B,).
    """

    uniform: Float[Tensor, "b"]
    least: Int[Tensor, "b"]

    @classmethod
    def draw(cls, rng: np.random.Generator, rows: int, max_segments: int) -> Exploration:
        """One segment's draws for a batch of ``rows``."""
        uniform = torch.from_numpy(rng.random(rows, dtype=np.float32))
        least = torch.from_numpy(rng.integers(2, max(max_segments, 2) + 1, rows))
        return cls(uniform, least)


class Metrics(NamedTuple):
    """Sums over a batch, as the published code logs them.

    The first five are over rows that halted and have something to score; losses are over all.
    """

    rows: int
    accuracy: float
    exact_accuracy: int
    q_halt_accuracy: int
    steps: int
    lm_loss: float
    q_halt_loss: float
    q_continue_loss: float


class Outcome(NamedTuple):
    """One segment of a batch: outputs, mean loss to differentiate, sums to log."""

    output: SegmentOutput
    total: Float[Tensor, ""]
    q_target: Float[Tensor, "b"] | None
    metrics: Metrics


def published_rate(recipe: Recipe, update: int) -> float:
    """The share of the learning rate at an update, counted from 1: warm-up, then a cosine.

    Example:
        >>> recipe = Recipe(adapter="sudoku", warmup=10, updates=110, final_rate=0.0)
        >>> published_rate(recipe, 60)
        0.5
    """
    if update < recipe.warmup:
        return update / recipe.warmup
    left = max((recipe.updates or 0) - recipe.warmup, 1)
    done = min((update - recipe.warmup) / left, 1.0)
    return recipe.final_rate + (1 - recipe.final_rate) * 0.5 * (1 + math.cos(math.pi * done))


class PublishedTraining:
    """Trains a network in place, one optimizer step per segment.

    Each call runs one segment of every row; rows that had halted are replaced first, by the same
    row of the offered batch, and the other rows of that batch are dropped.

    Args:
        network: an HRM or TRM.
        recipe: its losses, rates and halting, such as those of the recipe ``arc-1``.
    """

    def __init__(self, network: Transformer, recipe: Recipe) -> None:
        # What a bundle of it then says of how it halts.
        network.config = network.config.model_copy(update={"q_continue": recipe.q_continue})
        self.network = network
        self.recipe = recipe
        self.update = 0
        self._structure: StructureBatch | None = None
        self.sparse: SparseSignSGD | None = None
        table = network.puzzle_embedding
        if table is not None and recipe.puzzle_learning_rate is not None:
            # Each update sees a few of its rows; they are copied out, and stepped on their own.
            table.requires_grad_(False)
            self.sparse = SparseSignSGD(
                table, recipe.puzzle_learning_rate, recipe.puzzle_weight_decay
            )
        self.optimizer = AdamATan2(
            [p for p in network.parameters() if p.requires_grad],
            recipe.learning_rate,
            (recipe.beta1, recipe.beta2),
            recipe.weight_decay,
        )
        self.average = Average(network, recipe.ema, rising=False) if recipe.ema else None

    def start(self, rows: Rows) -> State:
        """The state before the first segment: every row is to be replaced."""
        carry = self.network.initial_carry(rows.tokens, self._structures(rows.tokens))
        device = rows.tokens.device
        ages = torch.zeros(len(rows.tokens), dtype=torch.long, device=device)
        return State(carry, rows, ages, torch.ones_like(ages, dtype=torch.bool))

    def step(self, state: State, offered: Rows, exploration: Exploration) -> tuple[State, Outcome]:
        """One segment and one update of the weights.

        Args:
            state: from ``start`` or the step before.
            offered: replaces the rows that have halted.
            exploration: this segment's draws.
        """
        self.update += 1
        state = self._refill(state, offered)
        table, local = self.network.puzzle_embedding, None
        if table is not None and self.sparse is not None:
            local = table[state.rows.puzzle_ids].detach().requires_grad_()
        state, outcome = self._segment(state, exploration, local)
        self.network.zero_grad(set_to_none=True)
        outcome.total.backward()  # type: ignore[no-untyped-call]
        share = published_rate(self.recipe, self.update)
        if self.sparse is not None and local is not None and local.grad is not None:
            self.sparse.lr = (self.recipe.puzzle_learning_rate or 0.0) * share
            self.sparse.step(state.rows.puzzle_ids, local.grad)
        for group in self.optimizer.param_groups:
            group["lr"] = self.recipe.learning_rate * share
        self.optimizer.step()
        if self.average is not None:
            self.average.update(self.network, self.update)
        return state, outcome

    def segment(
        self, state: State, offered: Rows, exploration: Exploration | None = None
    ) -> tuple[State, Outcome]:
        """One segment without an update.

        Args:
            state: from ``start`` or the segment before.
            offered: replaces the rows that have halted.
            exploration: this segment's draws; None evaluates: every row has all its segments.
        """
        return self._segment(self._refill(state, offered), exploration, None)

    def _segment(
        self, state: State, exploration: Exploration | None, local: Float[Tensor, "b d"] | None
    ) -> tuple[State, Outcome]:
        recipe = self.recipe
        rows = state.rows
        carry, output = self._call(state.carry, rows, local)
        ages = state.ages + 1
        last = ages >= recipe.max_segments
        halted, target = last, None
        if exploration is not None and recipe.max_segments > 1:
            explored = exploration.uniform < recipe.halt_exploration
            least = torch.where(explored, exploration.least, 0)
            halted = last | (wants_halt(output, q_continue=recipe.q_continue) & (ages >= least))
            if recipe.q_continue:
                with torch.no_grad():
                    after = self._call(carry, rows, local)[1]
                target = continue_target(after, last)
        outcome = self._outcome(output, rows, target, ages, halted)
        return State(carry, rows, ages, halted), outcome

    def averaged(self) -> Transformer:
        """A copy with the averaged weights, or the weights as they are where none are averaged."""
        network = copy.deepcopy(self.network)
        if self.average is not None:
            self.average.apply(network)
        return network.eval()

    def _refill(self, state: State, offered: Rows) -> State:
        """Halted rows replaced, with a fresh carry."""
        fresh = self.network.initial_carry(offered.tokens, self._structures(offered.tokens))
        halted = state.halted

        def choose(new: Tensor, old: Tensor) -> Tensor:
            return torch.where(halted.view(-1, *[1] * (new.ndim - 1)), new, old)

        carry = Carry(*map(choose, fresh, state.carry))
        rows = Rows(*map(choose, offered, state.rows))
        ages = torch.where(halted, 0, state.ages)
        return State(carry, rows, ages, torch.zeros_like(halted))

    def _call(
        self, carry: Carry, rows: Rows, local: Float[Tensor, "b d"] | None
    ) -> tuple[Carry, SegmentOutput]:
        structure, ids, weights = self._structures(rows.tokens), rows.puzzle_ids, {}
        if local is not None:
            weights = {TABLE: local}
            ids = torch.arange(len(ids), device=ids.device)
        result: tuple[Carry, SegmentOutput] = functional_call(
            self.network, weights, (carry, rows.tokens, ids, structure)
        )
        return result

    def _outcome(
        self,
        output: SegmentOutput,
        rows: Rows,
        target: Float[Tensor, "b"] | None,
        ages: Int[Tensor, "b"],
        halted: Bool[Tensor, "b"],
    ) -> Outcome:
        recipe, labels = self.recipe, rows.labels
        loss = segment_loss(
            output,
            labels,
            loss=recipe.loss,
            halt_weight=recipe.halt_weight,
            q_target=target,
            unscored=UNSCORED,
        )
        metrics = _metrics(output, labels, loss, ages, halted)
        return Outcome(output, loss.total, target, metrics)

    def _structures(self, tokens: Int[Tensor, "b l"]) -> StructureBatch:
        """The structure that these networks do not read, of a batch of this shape."""
        if self._structure is None or len(self._structure.lengths) != len(tokens):
            blank = Encoded(np.zeros(tokens.shape[1], np.int32), Structure())
            self._structure = collate([blank] * len(tokens)).structure.to(tokens.device)
        return self._structure


def _metrics(
    output: SegmentOutput,
    labels: Int[Tensor, "b l"],
    loss: Loss,
    ages: Int[Tensor, "b"],
    halted: Bool[Tensor, "b"],
) -> Metrics:
    scored = labels != UNSCORED
    right = ((output.logits.argmax(-1) == labels) & scored).sum(1)
    counted = halted & (scored.sum(1) > 0)
    share = torch.where(counted, right.float() / scored.sum(1).clamp(min=1), 0.0)
    judged = (output.q_halt >= 0) == loss.exact
    every = len(labels)
    return Metrics(
        rows=int(counted.sum()),
        accuracy=float(share.sum()),
        exact_accuracy=int((counted & loss.exact).sum()),
        q_halt_accuracy=int((counted & judged).sum()),
        steps=int(torch.where(counted, ages, 0).sum()),
        lm_loss=every * float(loss.answer),
        q_halt_loss=every * float(loss.halting),
        q_continue_loss=every * float(loss.continuing),
    )
