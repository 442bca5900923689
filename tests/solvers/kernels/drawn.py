"""Structured networks and puzzles of all kinds, drawn at random."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from hypothesis import strategies as st

from hrm_toolkit.core import Relation, Structure
from hrm_toolkit.core.structure import Factor, Factors
from hrm_toolkit.solvers.inputs.config import StructuredConfig
from hrm_toolkit.solvers.inputs.places import Encoded
from hrm_toolkit.solvers.kernels.cpu.parameters import shapes
from hrm_toolkit.solvers.networks.structured import Structured

V = 7


def drawn_relation(rng: np.random.Generator, name: str, kind: str, length: int) -> Relation:
    """A relation with rows of all sizes, empty ones among them."""
    if kind == "neighbour":
        return Relation.neighbours(name, rng.integers(-1, length, length))
    pairs = [
        (int(source), target)
        for target in range(length)
        for source in rng.choice(length, rng.integers(0, min(length, 4) + 1), replace=False)
    ]
    if kind == "weighted":
        return Relation.edges(name, pairs, length, rng.normal(size=len(pairs)).tolist())
    if rng.random() < 0.5:
        return Relation.edges(name, pairs, length)
    group = rng.integers(0, 4, length)
    groups = [np.flatnonzero(group == which).tolist() for which in range(3)]
    return Relation.groups(name, groups, length)


def drawn_puzzle(
    rng: np.random.Generator, config: StructuredConfig, *, symbols: int, length: int
) -> Encoded:
    relations = tuple(drawn_relation(rng, s.name, s.kind, length) for s in config.relations)
    allowed = None
    if symbols and rng.random() < 0.5:
        allowed = rng.random((length, symbols)) < 0.7
    ids = rng.permutation(np.arange(1, V))[:symbols].astype(np.int32)
    tokens = rng.integers(0, V, length).astype(np.int32)
    factors = () if config.factors is None else drawn_factors(rng, length, ids)
    return Encoded(tokens, Structure(relations, ids, None, allowed, factors))


def drawn_factors(
    rng: np.random.Generator, positions: int, tokens: npt.NDArray[np.int32]
) -> tuple[Factors, ...]:
    """Two kinds over random literals: one with bounds, one that has none."""
    every = [(p, int(t)) for p in range(positions) for t in (tokens if len(tokens) else [0])]
    made = []
    for number in range(int(rng.integers(1, 9))):
        size = int(rng.integers(1, min(len(every), 6) + 1))
        of = tuple(every[k] for k in rng.choice(len(every), size, replace=False))
        cut = int(rng.integers(0, size))
        # Numbers differ, so that no two factors say the same and no maximum is a tie.
        low = None if number % 3 == 0 else 2 * number
        weights = tuple(rng.integers(-3, 4, size - cut).tolist()) if rng.random() < 0.5 else ()
        made.append(Factor(f"f{number % 3}", of[cut:], of[:cut], low, 2 * number + 1, weights))
    return Factors.of(made, lambda literal: literal)


def drawn_weights(config: StructuredConfig, seed: int = 0) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {
        name: (rng.normal(size=shape) / np.sqrt(shape[-1])).astype(np.float32)
        for name, shape in shapes(config).items()
    }


@st.composite
def cases(draw: st.DrawFn, width: int = 8, inner: int = 12) -> tuple[Any, ...]:
    """A configuration, weights and a puzzle."""
    seed = draw(st.integers(0, 2**32 - 1))
    kinds = draw(st.lists(st.sampled_from(["neighbour", "pool", "weighted"]), max_size=4))
    reads_symbols = draw(st.booleans())
    config = StructuredConfig(
        vocabulary=draw(st.sampled_from([V, 16, 33])),
        width=width,
        inner=inner,
        layers=draw(st.integers(1, 3)),
        high_cycles=draw(st.integers(1, 2)),
        low_cycles=draw(st.integers(1, 2)),
        relations=[{"name": f"r{i}", "kind": kind} for i, kind in enumerate(kinds)],
        symbols=reads_symbols,
        q_continue=draw(st.booleans()),
        hints=draw(st.sampled_from([0, 0, 4, 17])),
        factors=draw(st.sampled_from([None, (), ("f0",)])),
    )
    symbols = draw(st.integers(0, 3)) if reads_symbols else 0
    length = draw(st.integers(1, 20))
    puzzle = drawn_puzzle(np.random.default_rng(seed), config, symbols=symbols, length=length)
    return config, drawn_weights(config, seed), puzzle


def drawn_case() -> tuple[Any, ...]:
    """One of them with everything in it."""
    kinds = ("pool", "neighbour", "weighted", "pool")
    relations = [{"name": f"r{i}", "kind": kind} for i, kind in enumerate(kinds)]
    config = StructuredConfig(
        vocabulary=V, width=32, inner=64, layers=2, relations=relations, factors=("f0",)
    )
    rng = np.random.default_rng(1)
    return config, drawn_weights(config), drawn_puzzle(rng, config, symbols=3, length=30)


def in_torch(config: StructuredConfig, weights: dict[str, Any]) -> Structured:
    network = Structured(config)
    state = {name: torch.from_numpy(array) for name, array in weights.items()}
    if network.hint_head is not None:
        # What only training reads is no weight of the recurrence.
        rng = np.random.default_rng(7)
        hints = rng.normal(size=network.hint_head.weight.shape) / np.sqrt(config.width)
        state["hint_head.weight"] = torch.from_numpy(hints.astype(np.float32))
    network.load_state_dict(state)
    return network.eval()
