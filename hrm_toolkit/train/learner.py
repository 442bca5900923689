"""What learns: a network, its optimizer and the average of its weights."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from hrm_toolkit.core import AnyAdapter, InputError, Settings
from hrm_toolkit.solvers.inputs.config import (
    NetworkConfig,
    expanded,
    factor_kinds,
    parse_config,
    relation_specs,
)
from hrm_toolkit.solvers.networks.network import Network
from hrm_toolkit.train.data.stream import AnyExample, Split, draw
from hrm_toolkit.train.distributed import Ranks, reduce_gradients
from hrm_toolkit.train.guard import gradient_norms, update_ratios, weights
from hrm_toolkit.train.objective import Continuing
from hrm_toolkit.train.optim import Average
from hrm_toolkit.train.recipe import Recipe


def network_config(
    recipe: Recipe,
    adapter: AnyAdapter,
    examples: Sequence[AnyExample] = (),
    started: Mapping[str, Any] | None = None,
) -> NetworkConfig:
    """The recipe's network, completed by the adapter: vocabulary, relations, longest sequence.

    Args:
        examples: what it must fit, where that is not generated.
        started: configuration of the network whose weights it starts from. What the recipe leaves
            open is then as there, and the vocabulary too; both grow where the puzzles ask for it.

    Raises:
        InputError: when the recipe, the adapter, the puzzles and the weights do not go together.
    """
    data = expanded(recipe.network)
    if data.setdefault("q_continue", recipe.q_continue) != recipe.q_continue:
        raise InputError(
            "the network and the recipe disagree about q_continue",
            path="network.q_continue",
            hint="set it in the recipe alone",
        )
    if started is not None and started.get("family") == data.get("family"):
        _inherit(data, recipe.network, started)
    else:
        started = None
    if recipe.pace:
        _hinted(data, adapter)
    if adapter.identifiers is not None:
        _embed_each(data, len(adapter.identifiers.names), recipe)
    structured = data.get("family") == "structured"
    samples = list(examples) or _drawn(recipe, adapter, every_size=not structured)
    _know_tokens(data, adapter, samples, grows=started is not None and not structured)
    if structured:
        structure = adapter.structure(samples[0].puzzle)
        data.setdefault("relations", [s.model_dump() for s in relation_specs(structure.relations)])
        data.setdefault("symbols", len(structure.symbols) > 0)
        if structure.factors:
            drawn = list(examples) or _drawn(recipe, adapter, every_size=True)
            some = drawn[:: math.ceil(len(drawn) / _LOOKED_AT)]
            data.setdefault("factors", factor_kinds(adapter.structure(e.puzzle) for e in some))
    else:
        _reach(data, adapter, samples, drawn=not examples, started=started)
    try:
        return parse_config(data)
    except InputError as error:
        error.path = f"network.{error.path}" if error.path else "network"
        raise


def _inherit(data: dict[str, Any], said: Mapping[str, Any], started: Mapping[str, Any]) -> None:
    """What the recipe does not say itself of its network is that of the weights it starts from.

    What its preset says gives way. Tokens mean the same in each, so a vocabulary may be larger.

    Raises:
        InputError: for a vocabulary that is said to be smaller than that of the weights.
    """
    asked, known = said.get("vocabulary"), started.get("vocabulary")
    if isinstance(asked, int) and isinstance(known, int) and asked < known:
        raise InputError(
            f"the recipe says vocabulary = {asked}, and the weights to start from know {known} "
            "tokens",
            path="network.vocabulary",
            expected=f"{known} or more",
            hint="leave network.vocabulary out: it is that of the weights",
        )
    for key, value in started.items():
        if key not in (*said, "max_length", "q_continue"):
            data[key] = value


_DRAWS = 3
_LOOKED_AT = 500
"""Puzzles of a file, evenly apart, whose kinds of factor are known by name."""


def _drawn(recipe: Recipe, adapter: AnyAdapter, *, every_size: bool) -> list[AnyExample]:
    """Some puzzles of each size that the recipe generates, or one of the first size."""
    sizes = recipe.data.sizes or adapter.default_sizes
    kinds = [Settings(sizes=(size,)) for size in dict.fromkeys(sizes)] or [recipe.data]
    return [
        draw(adapter, kind, recipe.seed, Split.VALIDATION, number)
        for kind in (kinds if every_size else kinds[:1])
        for number in range(_DRAWS if every_size else 1)
    ]


def _know_tokens(
    data: dict[str, Any], adapter: AnyAdapter, samples: Sequence[AnyExample], *, grows: bool
) -> None:
    """Settle the vocabulary, and refuse one that lacks a token of the puzzles."""
    spec = adapter.codec.spec
    needed = max(adapter.codec.vocabulary(example.puzzle) for example in samples)
    known = data.setdefault("vocabulary", needed)
    if not isinstance(known, int) or known >= spec.size:
        return
    codec = adapter.codec
    largest = max(
        int(tokens.max())
        for example in samples
        for tokens in (codec.encode(example.puzzle), codec.labels(example.puzzle, example.answer))
    )
    if largest < known:
        return
    if not grows:
        raise InputError(
            f'the puzzles have "{spec.vocabulary[largest]}", and the network knows the first '
            f"{known} tokens of the task alone",
            path="network.vocabulary",
            expected=f"{max(largest + 1, needed)} to {spec.size}",
            hint=f"set network.vocabulary={max(largest + 1, needed)}, or train on smaller puzzles",
        )
    data["vocabulary"] = max(largest + 1, needed)


def _reach(
    data: dict[str, Any],
    adapter: AnyAdapter,
    samples: Sequence[AnyExample],
    *,
    drawn: bool,
    started: Mapping[str, Any] | None,
) -> None:
    """Settle the longest sequence, and refuse one that is shorter than the puzzles."""
    sizes: dict[Any, set[int]] = {}
    for example in samples:
        for shown in (example, *_along(adapter, example)):
            for part in adapter.parts(shown.puzzle):
                sizes.setdefault(example.size, set()).add(len(adapter.codec.encode(part)))
            drawn = drawn or shown is not example
    longest = needed = max(max(lengths) for lengths in sizes.values())
    if drawn and any(len(lengths) > 1 for lengths in sizes.values()):
        longest += longest // 2  # where puzzles of a size differ, the longest was hardly drawn
    if started is not None:
        # The tables of some networks are as long as their sequence, and others reach anywhere.
        fixed = data.get("positions") == "learned" or data.get("mixer") == "mlp"
        longest = started["max_length"] if fixed else max(longest, started["max_length"])
    length = data.setdefault("max_length", longest)
    if isinstance(length, int) and length < needed:
        raise InputError(
            f"the puzzles have up to {needed} tokens, and the network is built for {length}",
            path="network.max_length",
            expected=f"at least {needed}",
            hint="its weights are of that length: train on puzzles that fit"
            if started is not None and "max_length" in started
            else f"set network.max_length={needed}, or leave it out",
        )


def _along(adapter: AnyAdapter, example: AnyExample) -> list[AnyExample]:
    """Some of the states that a network is shown of an example, where those are others."""
    rng = np.random.default_rng(0)
    shown = [adapter.along(example, rng) for _ in range(_DRAWS)]
    return [one for one in shown if one is not example]


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
            hint="train by a recipe for such data (--recipe), or set network.puzzle_width",
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
        norms: gradient norm of the last ``measure`` by module and in total, before clipping.
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

    def forget(self) -> None:
        """Drop the gradients of the update before."""
        self.optimizer.zero_grad(set_to_none=True)

    def add(self, loss: Tensor) -> None:
        """Add the gradients of a loss to those that there are."""
        loss.backward()  # type: ignore[no-untyped-call]

    def measure(self) -> None:
        """Take the norms of the gradients."""
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
        self.average.moved_by(self.optimizer, self.network, update)
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
