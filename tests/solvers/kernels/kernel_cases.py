"""One row an operation that has a kernel: what drives its tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

Made = tuple[Any, ...]


@dataclass(frozen=True)
class Case:
    """Inputs of an operation.

    Attributes:
        operation: its name in the table of backends.
        name: what is odd about them.
        make: makes them from a generator; the first are tensors that take a gradient.
        learns: how many of the first do.
    """

    operation: str
    name: str
    make: Callable[[torch.Generator], Made]
    learns: int = 1

    def __str__(self) -> str:
        return f"{self.operation}: {self.name}"


def _normal(*shape: int) -> Callable[[torch.Generator], Made]:
    return lambda g: (torch.randn(*shape, generator=g), 1e-5)


def _two(*shape: int) -> Callable[[torch.Generator], Made]:
    return lambda g: (torch.randn(*shape, generator=g), torch.randn(*shape, generator=g), 1e-5)


def _gates(*shape: int, inner: int) -> Callable[[torch.Generator], Made]:
    weight = 2 * inner, shape[-1]
    return lambda g: (torch.randn(*shape, generator=g), torch.randn(*weight, generator=g))


def _heads(batch: int, length: int, heads: int, width: int, *, each: bool) -> Callable[..., Made]:
    def make(g: torch.Generator) -> Made:
        x = torch.randn(batch, length, heads * width, generator=g)
        qkv = torch.randn(3 * heads * width, heads * width, generator=g)
        tables = (batch, length) if each else (length,)
        angle = torch.rand(*tables, width // 2, generator=g).repeat(*[1] * len(tables), 2)
        return x, qkv, angle.cos(), angle.sin(), heads

    return make


def _logits(
    rows: int, length: int, size: int, scale: float, *, stable: bool
) -> Callable[[torch.Generator], Made]:
    def make(g: torch.Generator) -> Made:
        logits = scale * torch.randn(rows, length, size, generator=g)
        targets, labels = torch.randint(0, size, (2, rows, length), generator=g)
        # Some are right, some are not scored, and a row may have none that is.
        labels[:, ::2] = logits.argmax(-1)[:, ::2]
        targets[:, 1::3] = labels[:, 1::3]
        labels[:, length // 2 :: 5] = -100
        labels[:1] = -100
        return logits, targets, labels, -100, stable

    return make


def _strided(g: torch.Generator) -> Made:
    return torch.randn(9, 14, generator=g).t()[::2], 1e-5


def _rows(counts: list[int], places: int, *, ties: bool = False) -> Callable[..., Made]:
    def make(g: torch.Generator) -> Made:
        # Few values, so that there are ties.
        drawn = torch.randint(-2, 3, (places, 5), generator=g).float()
        h = drawn if ties else torch.randn(places, 5, generator=g)
        source = torch.randint(0, places, (sum(counts),), generator=g)
        start = torch.tensor([0, *counts]).cumsum(0)
        return h, source, start, 1 + torch.rand(len(counts), 1, generator=g)

    return make


def _distinct(g: torch.Generator) -> Made:
    start = torch.tensor([0, 3, 3, 8, 9])
    divisor = 1 + torch.rand(4, 1, generator=g)
    return torch.randn(9, 5, generator=g), torch.randperm(9, generator=g), start, divisor


CASES = (
    Case("rms_norm", "rows of 32", _normal(33, 32)),
    Case("rms_norm", "an odd width", _normal(5, 3, 7)),
    Case("rms_norm", "one number", _normal(1, 1)),
    Case("rms_norm", "no row", _normal(0, 8)),
    Case("rms_norm", "strided", _strided),
    Case("rms_norm", "zeros", lambda g: (torch.zeros(3, 8), 1e-5)),
    Case("rms_norm", "large", lambda g: (1e15 * torch.randn(3, 8, generator=g), 1e-5)),
    Case("add_rms_norm", "rows of 32", _two(33, 32), 2),
    Case("add_rms_norm", "an odd width", _two(5, 3, 7), 2),
    Case("add_rms_norm", "no row", _two(0, 8), 2),
    Case("swiglu", "an odd width", _gates(3, 5, 6, inner=9), 2),
    Case("swiglu", "more columns than a program", _gates(2, 4, inner=1500), 2),
    Case("swiglu", "no row", _gates(0, 4, inner=8), 2),
    Case("turned_heads", "one table", _heads(2, 5, 2, 8, each=False), 2),
    Case("turned_heads", "a table each, odd sizes", _heads(3, 7, 3, 6, each=True), 2),
    Case("row_entropies", "softmax", _logits(3, 13, 11, 5.0, stable=False)),
    Case("row_entropies", "softmax of 300 tokens", _logits(2, 9, 300, 50.0, stable=False)),
    Case("row_entropies", "stablemax", _logits(3, 13, 11, 5.0, stable=True)),
    Case("row_entropies", "logits of 1e30", _logits(4, 40, 37, 1e30, stable=True)),
    Case("row_entropies", "no row", _logits(0, 5, 7, 1.0, stable=True)),
    Case("pool_rows", "rows of many lengths", _rows([3, 0, 5, 1, 0], 7)),
    Case("pool_rows", "no place twice", _distinct),
    Case("pool_rows", "ties", _rows([4, 6, 2, 0], 7, ties=True)),
    Case("pool_rows", "no entry at all", _rows([0, 0], 4)),
    Case("pool_rows", "many rows", _rows([3, 0, 5] * 400, 2000)),
)
