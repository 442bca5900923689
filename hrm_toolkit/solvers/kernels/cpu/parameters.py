"""The weights of a structured network by name, and what reads which."""

from __future__ import annotations

from typing import NamedTuple

from hrm_toolkit.solvers.inputs.config import TOLD, StructuredConfig

FACTOR_WEIGHTS = ("in", "weight", "told", "out")


class PooledNames(NamedTuple):
    """Weights of a pooled relation within a block.

    Attributes:
        projection: of mean and maximum, shape (D, 2 D).
        message: what a place sends, shape (D, D), or None where it sends its state.
        weight: what an entry's weight adds to its message, shape (D, 1), or None.
    """

    projection: str
    message: str | None = None
    weight: str | None = None


class FactorNames(NamedTuple):
    """Weights of what a block reads of factors.

    Attributes:
        inward: of scaled sum and maximum of a factor's places, shape (D, 2 D).
        weight: what an entry's weight beyond 1 adds to its state, shape (D, 1).
        told: of what is told of a factor, shape (D, TOLD).
        out: of scaled sum and maximum of a place's factors, shape (D, 2 D).
    """

    inward: str
    weight: str
    told: str
    out: str


class BlockNames(NamedTuple):
    """Weights of one block.

    Attributes:
        own: of the state itself, shape (D, D).
        gate: shape (I, D).
        up: shape (I, D).
        down: shape (D, I).
        neighbours: of the R neighbours side by side, shape (D, R D), or None.
        pooled: of each pooled relation, in the order of ``Prepared.rows``.
        factors: of the factors, or None.
    """

    own: str
    gate: str
    up: str
    down: str
    neighbours: str | None
    pooled: tuple[PooledNames, ...]
    factors: FactorNames | None = None


def block_names(config: StructuredConfig, level: str, index: int) -> BlockNames:
    """Names of one block of a level, ``high`` or ``low``."""
    block = f"{level}.blocks.{index}"
    mixer = f"{block}.mixer"
    kinds = {
        kind: [spec.name for spec in config.relations if spec.kind == kind]
        for kind in ("neighbour", "pool", "weighted")
    }
    pooled = [PooledNames(f"{mixer}.symbol_proj.weight")] if config.symbols else []
    pooled += [PooledNames(f"{mixer}.pool_proj.{name}.weight") for name in kinds["pool"]]
    pooled += [
        PooledNames(
            f"{mixer}.weighted_proj.{name}.weight",
            f"{mixer}.message_proj.{name}.weight",
            f"{mixer}.weight_proj.{name}.weight",
        )
        for name in kinds["weighted"]
    ]
    return BlockNames(
        f"{mixer}.self_proj.weight",
        f"{block}.gate_proj.weight",
        f"{block}.up_proj.weight",
        f"{block}.down_proj.weight",
        f"{mixer}.neighbour_proj.weight" if kinds["neighbour"] else None,
        tuple(pooled),
        FactorNames(*(f"{mixer}.factors.{name}_proj.weight" for name in FACTOR_WEIGHTS))
        if config.factors is not None
        else None,
    )


def shapes(config: StructuredConfig) -> dict[str, tuple[int, ...]]:
    """The shape of every weight that the recurrence reads, by name."""
    width, inner = config.width, config.inner
    neighbours = sum(spec.kind == "neighbour" for spec in config.relations)
    found: dict[str, tuple[int, ...]] = {
        "embedding": (config.vocabulary + 2, width),
        "token_head.weight": (config.vocabulary, width),
        "halt_head.weight": (2, 2 * width),
        "halt_head.bias": (2,),
        "high_init": (width,),
        "low_init": (width,),
    }
    if config.symbols:
        found["symbol_head.weight"] = (1, width)
    for level in ("low", "high"):
        for index in range(config.layers):
            names = block_names(config, level, index)
            found[names.own] = (width, width)
            found[names.gate] = found[names.up] = (inner, width)
            found[names.down] = (width, inner)
            if names.neighbours is not None:
                found[names.neighbours] = (width, neighbours * width)
            for pooled in names.pooled:
                found[pooled.projection] = (width, 2 * width)
                if pooled.message is not None and pooled.weight is not None:
                    found[pooled.message] = (width, width)
                    found[pooled.weight] = (width, 1)
            if names.factors is not None:
                found[names.factors.inward] = found[names.factors.out] = (width, 2 * width)
                found[names.factors.weight] = (width, 1)
                found[names.factors.told] = (width, TOLD)
    return found
