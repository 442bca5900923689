"""What learns: a network, its optimizer and the average of its weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from hrm_toolkit.core import AnyAdapter, InputError, Settings
from hrm_toolkit.solvers.model import Network, NetworkConfig, parse_config
from hrm_toolkit.solvers.presets import expanded
from hrm_toolkit.solvers.structured import relation_specs
from hrm_toolkit.train.continuing import Continuing
from hrm_toolkit.train.data import AnyExample, Split, draw
from hrm_toolkit.train.distributed import Ranks, reduce_gradients
from hrm_toolkit.train.guard import gradient_norms, update_ratios, weights
from hrm_toolkit.train.optim import Average
from hrm_toolkit.train.recipe import Recipe


def network_config(
    recipe: Recipe, adapter: AnyAdapter, examples: Sequence[AnyExample] = ()
) -> NetworkConfig:
    """The recipe's network, completed by the adapter: vocabulary, relations, longest sequence.

    Args:
        examples: what it must fit, where that is not generated.
    """
    data = expanded(recipe.network)
    if data.setdefault("q_continue", recipe.q_continue) != recipe.q_continue:
        raise InputError(
            "the network and the recipe disagree about q_continue",
            path="network.q_continue",
            hint="set it in the recipe alone",
        )
    data.setdefault("vocabulary", adapter.codec.spec.size)
    if recipe.pace:
        _hinted(data, adapter)
    if adapter.identifiers is not None:
        _embed_each(data, len(adapter.identifiers.names), recipe)
    samples = (
        list(examples)
        or [
            draw(adapter, Settings(sizes=(size,)), recipe.seed, Split.VALIDATION, 0)
            for size in recipe.data.sizes or adapter.default_sizes[:1]
        ]
        or [draw(adapter, recipe.data, recipe.seed, Split.VALIDATION, 0)]
    )
    if data.get("family") == "structured":
        structure = adapter.structure(samples[0].puzzle)
        data.setdefault("relations", [s.model_dump() for s in relation_specs(structure.relations)])
        data.setdefault("symbols", len(structure.symbols) > 0)
    else:
        asked = (part for example in samples for part in adapter.parts(example.puzzle))
        longest = max(len(adapter.codec.encode(part)) for part in asked)
        data.setdefault("max_length", longest)
    return parse_config(data)


def _hinted(data: dict[str, Any], adapter: AnyAdapter) -> None:
    """Give the network a head for the hints of the adapter's process."""
    if not adapter.codec.hints:
        raise InputError(
            f"the task {adapter.task} has no stepwise method to train on",
            path="pace",
            hint="set pace = 0",
        )
    if data.get("family") != "structured":
        raise InputError(
            "this network learns no hints", path="pace", hint="use family structured, or pace = 0"
        )
    data.setdefault("hints", adapter.codec.hints)


def _embed_each(data: dict[str, Any], rows: int, recipe: Recipe) -> None:
    """Give the network a row of the puzzle embedding for each identifier."""
    if "puzzle_width" not in data:
        raise InputError(
            f"this network learns no embeddings, and the data has {rows} identifiers",
            path="network",
            hint="train by a recipe such as arc-1 (--recipe), or set network.puzzle_width",
        )
    if recipe.network.get("puzzle_ids", rows) != rows:
        raise InputError(
            f"the network has {recipe.network['puzzle_ids']} embeddings",
            path="network.puzzle_ids",
            expected=f"{rows}, one for each identifier of the data",
            hint="leave it out",
        )
    data["puzzle_ids"] = rows


@dataclass
class Learner:
    """The three together.

    Attributes:
        network: in training.
        optimizer: over its parameters.
        average: of its weights, which is what validations and bundles take.
        clip: largest gradient norm of an update.
        continuing: gives the targets of Q-continue, or None where that is not learned.
        norms: gradient norm of the last ``backward`` by module and in total, before clipping.
        ratios: update-to-weight ratio of the last ``step`` by module.
    """

    network: Network
    optimizer: torch.optim.Optimizer
    average: Average
    clip: float
    continuing: Continuing | None = None
    norms: dict[str, float] = field(default_factory=dict)
    ratios: dict[str, float] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """The learning rate."""
        return float(self.optimizer.param_groups[0]["lr"])

    @rate.setter
    def rate(self, rate: float) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group.get("relative", 1.0)

    def backward(self, loss: Tensor) -> None:
        """Gradients of a loss, and their norms."""
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self.norms = gradient_norms(self.network)

    def combine(self, ranks: Ranks, share: float, others: Tensor) -> Tensor:
        """Make the gradients those of all ranks' rows; returns the sums of ``others``.

        Args:
            ranks: of the run.
            share: of the global batch that this rank computed.
            others: numbers to sum along the way, shape (n,), float32.
        """
        trained = [p for p in self.network.parameters() if p.requires_grad]
        found = reduce_gradients(ranks, trained, share, others)
        self.norms = gradient_norms(self.network)
        return found

    def step(self, update: int) -> None:
        """Change the weights by the gradients; ``update`` counts from 1."""
        before = weights(self.network)
        total = torch.tensor(self.norms["total"], device=next(self.network.parameters()).device)
        torch.nn.utils.clip_grads_with_norm_(self.network.parameters(), self.clip, total)
        self.optimizer.step()
        self.ratios = update_ratios(self.network, before)
        self.average.update(self.network, update)
        if self.continuing is not None:
            self.continuing.update()

    def tensors(self) -> dict[str, dict[str, Tensor]]:
        """All that a checkpoint keeps, by group."""
        return {
            "network": self.network.state_dict(),
            "average": self.average.shadow,
            "optimizer": optimizer_tensors(self.optimizer),
            "target": {} if self.continuing is None else self.continuing.state(),
        }

    def restore(self, groups: dict[str, dict[str, Tensor]]) -> None:
        """Put back what ``tensors`` took."""
        self.network.load_state_dict(groups["network"])
        self.average.shadow = groups["average"]
        restore_optimizer(self.optimizer, groups.get("optimizer", {}))
        if self.continuing is not None:
            self.continuing.restore(groups.get("target", {}))


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Every tensor of an optimizer's state, by "parameter number/name"."""
    return {
        f"{number}/{name}": value
        for number, state in optimizer.state_dict()["state"].items()
        for name, value in state.items()
        if isinstance(value, Tensor)
    }


def restore_optimizer(optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    """Put back what ``optimizer_tensors`` took."""
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        number, name = key.split("/")
        state.setdefault(int(number), {})[name] = value
    optimizer.load_state_dict(
        {"state": state, "param_groups": optimizer.state_dict()["param_groups"]}
    )
