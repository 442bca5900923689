"""Optimizers, the learning-rate schedule and the average of weights."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable
from typing import Any, overload

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

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
    """

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[dict[str, Any]],
        lr: float = 1e-4,
        betas: tuple[float, float] = (0.9, 0.95),
        weight_decay: float = 0.1,
    ) -> None:
        super().__init__(params, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

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
            if table.grad is None:
                continue
            rows = table.grad.abs().amax(1).nonzero().squeeze(1)
            kept = table[rows].mul_(1 - group["lr"] * group["weight_decay"])
            table[rows] = kept.add_(table.grad[rows].sign_(), alpha=-group["lr"])

    def _update(self, params: list[Tensor], group: dict[str, Any]) -> None:
        (beta1, beta2), rate = group["betas"], group["lr"]
        for p in params:
            if not self.state[p]:
                self.state[p] = {
                    "step": torch.zeros(()),
                    "exp_avg": torch.zeros_like(p),
                    "exp_avg_sq": torch.zeros_like(p),
                }
            self.state[p]["step"] += 1
        grads = [p.grad for p in params if p.grad is not None]
        first = [self.state[p]["exp_avg"] for p in params]
        second = [self.state[p]["exp_avg_sq"] for p in params]
        torch._foreach_mul_(params, 1 - rate * group["weight_decay"])
        torch._foreach_lerp_(first, grads, 1 - beta1)
        torch._foreach_mul_(second, beta2)
        torch._foreach_addcmul_(second, grads, grads, 1 - beta2)
        for p, m, v in zip(params, first, second, strict=True):
            step = float(self.state[p]["step"])
            scale = math.sqrt(1 - beta2**step)
            p.add_(torch.atan2(m, v.sqrt().div_(scale)), alpha=-rate / (1 - beta1**step))


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
    table = getattr(network, "puzzle_embedding", None)
    if table is None or recipe.puzzle_learning_rate is None:
        return [{"params": list(network.parameters())}]
    return [
        {"params": [p for p in network.parameters() if p is not table]},
        {
            "params": [table],
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
        self.shadow = {
            name: p.detach().clone() for name, p in network.named_parameters() if p.requires_grad
        }

    @torch.no_grad()
    def update(self, network: nn.Module, update: int) -> None:
        """Take in the parameters after ``update`` updates."""
        decay = min(self.decay, (1 + update) / (10 + update)) if self.rising else self.decay
        named = [(name, p) for name, p in network.named_parameters() if name in self.shadow]
        for name, p in named:
            if name in self.followed:
                self.shadow[name].copy_(p)
        named = [(name, p) for name, p in named if name not in self.followed]
        shadow = [self.shadow[name] for name, _ in named]
        torch._foreach_lerp_(shadow, [p.detach() for _, p in named], 1 - decay)

    def apply(self, network: nn.Module) -> None:
        """Copy the averaged weights into another network of the same kind."""
        with torch.no_grad():
            for name, p in network.named_parameters():
                if name in self.shadow:
                    p.copy_(self.shadow[name])
