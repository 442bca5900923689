"""Optimizers, the learning-rate schedule and the average of weights."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable
from typing import Any, overload

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from hrm_toolkit.solvers.kernels.ops import adam_atan2, sign_descent
from hrm_toolkit.train.recipe import Recipe


class AdamATan2(torch.optim.Optimizer):
    """Adam with atan2 in place of the division, hence without epsilon (arXiv 2407.05872).

    Follows the published adam-atan2 package: the first bias correction scales the step outside
    atan2, the second is inside, no further constants.

    Args:
        params: parameters or groups.
        lr: step size, above 0.
        betas: decay of the two moments.
        weight_decay: decoupled, on every parameter.

    Attributes:
        averages: of parameters, which a step moves too.
        keep: the share of itself that an average keeps.
    """

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[dict[str, Any]],
        lr: float = 1e-4,
        betas: tuple[float, float] = (0.9, 0.95),
        weight_decay: float = 0.1,
    ) -> None:
        super().__init__(params, {"lr": lr, "betas": betas, "weight_decay": weight_decay})
        self.averages: dict[Tensor, Tensor] = {}
        self.keep = 0.0

    def __setstate__(self, state: dict[str, Any]) -> None:
        # A copy averages nothing: whose averages those would be is not known.
        super().__setstate__(state)
        self.averages, self.keep = {}, 0.0

    @overload
    def step(self, closure: None = None) -> None: ...

    @overload
    def step(self, closure: Callable[[], float]) -> float: ...

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """One update of every parameter that has a gradient."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            params = [p for p in group["params"] if p.grad is not None]
            if params and group.get("signs"):
                self._move_by_signs(params, group)
            elif params:
                self._update(params, group)
        return loss

    def _move_by_signs(self, params: list[Tensor], group: dict[str, Any]) -> None:
        """What ``SparseSignSGD`` does, from a gradient over the whole table."""
        for table in params:
            if table.grad is not None:
                sign_descent(table, table.grad, group["lr"], group["weight_decay"])

    def _update(self, params: list[Tensor], group: dict[str, Any]) -> None:
        for p in params:
            if not self.state[p]:
                self.state[p] = {
                    "step": torch.zeros(()),
                    "exp_avg": torch.zeros_like(p),
                    "exp_avg_sq": torch.zeros_like(p),
                }
            self.state[p]["step"] += 1
        # Those that took part in as many updates, which are all but in odd cases.
        steps = [int(self.state[p]["step"]) for p in params]
        for step in dict.fromkeys(steps):
            own = [p for p, its in zip(params, steps, strict=True) if its == step]
            adam_atan2(
                own,
                [p.grad for p in own if p.grad is not None],
                [self.state[p]["exp_avg"] for p in own],
                [self.state[p]["exp_avg_sq"] for p in own],
                [self.averages.get(p) for p in own],
                group["lr"],
                group["betas"],
                group["weight_decay"],
                step,
                self.keep,
            )


class SparseSignSGD:
    """Sign descent on those rows of a table that a batch read, as published for puzzle embeddings.

    A row that several puzzles of the batch share moves by the sign of their gradients' sum. Rows
    that the batch did not read are left alone, without decay.

    Args:
        table: shape (R, D); changed in place.
        lr: step size, above 0.
        weight_decay: decoupled.

    Example:
        >>> table = torch.zeros(3, 2)
        >>> step = SparseSignSGD(table, lr=0.5)
        >>> step.step(torch.tensor([1, 1]), torch.tensor([[3.0, 1.0], [1.0, -1.0]]))
        >>> table.tolist()
        [[0.0, 0.0], [-0.5, 0.0], [0.0, 0.0]]
    """

    def __init__(self, table: Tensor, lr: float = 1e-2, weight_decay: float = 0.0) -> None:
        self.table = table
        self.lr = lr
        self.weight_decay = weight_decay

    @torch.no_grad()
    def step(self, ids: Int[Tensor, "b"], grads: Float[Tensor, "b d"]) -> None:
        """One update from the gradient of each read row."""
        rows, place = torch.unique(ids.long(), return_inverse=True)
        total = torch.zeros_like(self.table[rows]).index_add_(0, place, grads)
        kept = self.table[rows].mul_(1 - self.lr * self.weight_decay)
        self.table[rows] = kept.add_(total.sign_(), alpha=-self.lr)


def build_optimizer(network: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """The recipe's optimizer over every parameter."""
    betas = (recipe.beta1, recipe.beta2)
    if recipe.optimizer == "adam_atan2":
        groups = _groups(network, recipe)
        return AdamATan2(groups, recipe.learning_rate, betas, recipe.weight_decay)
    return torch.optim.AdamW(
        network.parameters(),
        lr=recipe.learning_rate,
        betas=betas,
        weight_decay=recipe.weight_decay,
        foreach=True,
    )


def embeddings_apart(recipe: Recipe) -> tuple[str, ...]:
    """Names of the parameters that move by the signs of their gradients."""
    return () if recipe.puzzle_learning_rate is None else ("puzzle_embedding",)


def _groups(network: nn.Module, recipe: Recipe) -> list[dict[str, Any]]:
    """All parameters; the puzzle embedding apart where it has a rate of its own.

    ``relative`` is a group's learning rate over the recipe's.
    """
    named = dict(network.named_parameters())
    tables = [named.pop(name) for name in embeddings_apart(recipe) if name in named]
    if recipe.puzzle_learning_rate is None or not tables:
        return [{"params": list(named.values())}]
    return [
        {"params": list(named.values())},
        {
            "params": tables,
            "signs": True,
            "lr": recipe.puzzle_learning_rate,
            "relative": recipe.puzzle_learning_rate / recipe.learning_rate,
            "weight_decay": recipe.puzzle_weight_decay,
        },
    ]


def learning_rate(recipe: Recipe, update: int, progress: float) -> float:
    """Linear warm-up by updates, then a cosine over the run.

    Args:
        update: counted from 1.
        progress: share of the run done, 0 to 1.
    """
    cosine = 0.5 * (1 + math.cos(math.pi * min(max(progress, 0.0), 1.0)))
    decayed = recipe.final_rate + (1 - recipe.final_rate) * cosine
    return recipe.learning_rate * min(1.0, update / max(recipe.warmup, 1)) * decayed


class Average:
    """Exponential moving average of a network's parameters that take a gradient.

    Args:
        network: where the average starts.
        decay: share of the average that an update keeps.
        rising: let the decay start low, so that short runs are not averages of noise.
        followed: names of parameters that are taken as they are, without averaging.
    """

    def __init__(
        self,
        network: nn.Module,
        decay: float,
        *,
        rising: bool = True,
        followed: Collection[str] = (),
    ) -> None:
        self.decay = decay
        self.rising = rising
        self.followed = followed
        self._taken: set[str] = set()
        self.shadow = {
            name: p.detach().clone() for name, p in network.named_parameters() if p.requires_grad
        }

    def kept(self, update: int) -> float:
        """The share of itself that the average keeps after ``update`` updates."""
        return min(self.decay, (1 + update) / (10 + update)) if self.rising else self.decay

    def moved_by(self, optimizer: torch.optim.Optimizer, network: nn.Module, update: int) -> None:
        """Let the optimizer's next step, number ``update``, take in what it changes, in one pass.

        Call it before the step, and ``update`` after it.
        """
        self._taken = set()
        if not isinstance(optimizer, AdamATan2):
            return
        named = [(n, p) for n, p in network.named_parameters() if n in self.shadow]
        signs = {p for g in optimizer.param_groups if g.get("signs") for p in g["params"]}
        ours = [
            (name, p)
            for name, p in named
            if name not in self.followed and p.grad is not None and p not in signs
        ]
        optimizer.averages = {p: self.shadow[name] for name, p in ours}
        optimizer.keep = self.kept(update)
        self._taken = {name for name, _ in ours}

    @torch.no_grad()
    def update(self, network: nn.Module, update: int) -> None:
        """Take in the parameters after ``update`` updates, but for those that a step took in."""
        decay, taken = self.kept(update), self._taken
        self._taken = set()
        named = [(name, p) for name, p in network.named_parameters() if name in self.shadow]
        for name, p in named:
            if name in self.followed:
                self.shadow[name].copy_(p)
        named = [(n, p) for n, p in named if n not in self.followed and n not in taken]
        if not named:
            return
        shadow = [self.shadow[name] for name, _ in named]
        torch._foreach_lerp_(shadow, [p.detach() for _, p in named], 1 - decay)

    def apply(self, network: nn.Module) -> None:
        """Copy the averaged weights into another network of the same kind."""
        with torch.no_grad():
            for name, p in network.named_parameters():
                if name in self.shadow:
                    p.copy_(self.shadow[name])
