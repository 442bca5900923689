"""The structured family's segment as an ONNX graph; formula by formula that of ``structured``.

Poolings are padded tables here: row i lists places, P where there is none. A gather and two
reductions are what every runtime does fast, and scattering is not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from torch import nn

from hrm_toolkit.core import BundleError
from hrm_toolkit.solvers.networks.mixers import Block, Mixer
from hrm_toolkit.solvers.networks.structured import Structured
from hrm_toolkit.solvers.onnx.family import FamilyGraph
from hrm_toolkit.solvers.onnx.graph import Graph

_LEAST = float(np.finfo(np.float32).min)


@dataclass(frozen=True)
class _Pooling:
    """Values that stand for one pooling.

    Attributes:
        table: places of each row, shape (M, K).
        divisor: shape (M, 1).
        absent: very negative where a row has no entry, else 0, shape (M, K, 1).
        filled: 1 where a row has an entry, else 0, shape (M, 1).
        weights: shape (M, K, 1), or nothing.
        of: row read by each place, shape (P,), or nothing.
        reads: shape (P, 1), or nothing.
    """

    table: str
    divisor: str
    absent: str
    filled: str
    weights: str = ""
    of: str = ""
    reads: str = ""


class StructuredGraph(FamilyGraph):
    """Adds a structured network's segment to a graph.

    Args:
        graph: to add it to.
        network: whose segment.

    Raises:
        BundleError: for a network that reads factors.
    """

    def __init__(self, graph: Graph, network: Structured) -> None:
        super().__init__(graph)
        if network.config.factors is not None:
            raise BundleError(
                "the network reads factors, which have no ONNX form here",
                expected="one that reads relations alone",
            )
        self._network = network
        self._width = network.config.width
        symbols = "symbols" if network.config.symbols else 1
        self.carry_shape = ("batch", "length", symbols, self._width)

    def segment(self, z_high: str, z_low: str, tokens: str) -> tuple[str, str, str, str]:
        g, config = self._graph, self._network.config
        self._inputs()
        kinds = g("Gather", g("Reshape", tokens, g.constant([-1])), self._active)
        x = self._embed(kinds)
        shape = g("Shape", z_high)
        levels = self._network.high.blocks, self._network.low.blocks
        high, low = self._cycles(config, levels, (self._flat(z_high), self._flat(z_low)), x)
        q = g.linear(self._pool(high, self._rows), self._network.halt_head)
        logits = self._logits(high, tokens)
        return self._padded(high, shape), self._padded(low, shape), logits, q

    def _inputs(self) -> None:
        g, config = self._graph, self._network.config
        self._place = g.input("place", "int64", ["places"])
        self._active = g.input("active", "int64", ["active"])
        self._row = g.input("row", "int64", ["places"])
        count = g.sizes(self._place, 0, 1)
        self._count = g("Squeeze", count)
        self._rows = self._pooling("rows", "batch")
        self._relations: dict[str, _Pooling] = {}
        indices = []
        for relation in config.relations:
            name = f"relation.{relation.name}"
            if relation.kind == "neighbour":
                indices.append(g.input(f"{name}.index", "int64", ["places", 1]))
                continue
            weighted = relation.kind == "weighted"
            self._relations[relation.name] = self._pooling(name, weighted=weighted, read=True)
        self._neighbour = g("Concat", *indices, axis=1) if indices else ""
        if config.symbols:
            self._symbols = g.input("symbols", "int64", ["batch", "symbols"])
            self._symbol = g.input("symbol", "int64", ["places"])
            self._candidates = self._pooling("candidates", "active", read=True)

    def _pooling(
        self, name: str, rows: str = "", *, weighted: bool = False, read: bool = False
    ) -> _Pooling:
        g, m, k = self._graph, rows or f"{name}.rows", f"{name}.most"
        table = g.input(f"{name}.table", "int64", [m, k])
        missing = g("Equal", table, self._count)
        least = g("Where", missing, g.constant(_LEAST), g.constant(0.0))
        filled = g("ReduceMax", g.cast(g("Not", missing), "float32"), g.constant([1]), keepdims=1)
        weights = of = reads = ""
        if weighted:
            given = g.input(f"{name}.weights", "float32", [m, k])
            weights = g("Unsqueeze", given, g.constant([2]))
        if read:
            of = g.input(f"{name}.of", "int64", ["places"])
            reads = g.input(f"{name}.reads", "float32", ["places", 1])
        divisor = g.input(f"{name}.divisor", "float32", [m, 1])
        absent = g("Unsqueeze", least, g.constant([2]))
        return _Pooling(table, divisor, absent, filled, weights, of, reads)

    def _embed(self, kinds: str) -> str:
        g, vocabulary = self._graph, self._network.config.vocabulary
        if self._network.config.symbols:
            kinds = g("Gather", kinds, self._candidates.of)
            own = g("Gather", self._symbols, self._row)
            same = g("Equal", own, g("Unsqueeze", kinds, g.constant([1])))
            among = g("ReduceMax", g.cast(same, "int64"), g.constant([1]), keepdims=0)
            is_symbol = g.cast(among, "bool")
            other = g("Where", is_symbol, g.constant(vocabulary + 1), kinds)
            this = g("Equal", self._symbol, kinds)
            kinds = g("Where", this, g.constant(vocabulary), other)
        return self._embedded(kinds)

    def _embedded(self, kinds: str) -> str:
        g = self._graph
        rows = g("Gather", g.weight(self._network.embedding), kinds)
        return g("Mul", rows, g.constant(math.sqrt(self._width)))

    def _flat(self, z: str) -> str:
        g = self._graph
        return g("Gather", g("Reshape", z, g.constant([-1, self._width])), self._place)

    def _padded(self, z: str, shape: str) -> str:
        g = self._graph
        blank = g("ConstantOfShape", shape)
        flat = g("Reshape", blank, g.constant([-1, self._width]))
        return g("Reshape", self._put(flat, self._place, z), shape)

    def _put(self, into: str, at: str, rows: str) -> str:
        """Rows in the places of others."""
        g = self._graph
        return g("ScatterND", into, g("Unsqueeze", at, g.constant([1])), rows)

    def _block(self, block: nn.Module, h: str) -> str:
        if not isinstance(block, Block):
            raise TypeError(type(block))
        g = self._graph
        h = g.rms_norm(g("Add", self._mix(block.mixer, h), h))
        hidden = g.gated(g.linear(h, block.gate_proj), g.linear(h, block.up_proj))
        return g.rms_norm(g("Add", g.linear(hidden, block.down_proj), h))

    def _mix(self, mixer: Mixer, h: str) -> str:
        g = self._graph
        parts = [g.linear(h, mixer.self_proj)]
        if mixer.symbol_proj is not None:
            pooled = self._pool(h, self._candidates)
            parts.append(self._read(g.linear(pooled, mixer.symbol_proj), self._candidates))
        if mixer.neighbour_proj is not None:
            rows = g("Gather", self._with_none(h), self._neighbour)
            flat = g("Reshape", rows, g.constant([0, len(mixer.neighbours) * self._width]))
            parts.append(g.linear(flat, mixer.neighbour_proj))
        for name in mixer.pools:
            relation = self._relations[name]
            mapped = g.linear(self._pool(h, relation), mixer.pool_proj[name])
            parts.append(self._read(mapped, relation))
        for name in mixer.weighted:
            relation = self._relations[name]
            message = g.linear(h, mixer.message_proj[name])
            added = g.linear(relation.weights, mixer.weight_proj[name])
            pooled = self._pool(message, relation, added)
            parts.append(self._read(g.linear(pooled, mixer.weighted_proj[name]), relation))
        return g("Sum", *parts) if len(parts) > 1 else parts[0]

    def _with_none(self, h: str) -> str:
        """The states of the places, and zeros for none."""
        return self._graph("Concat", h, self._graph.constant(np.zeros((1, self._width))), axis=0)

    def _pool(self, h: str, pooling: _Pooling, added: str = "") -> str:
        """Sum over the divisor, and maximum, of each row's entries; see ``kernels.plain``.

        Args:
            added: to each entry, 0 where there is none.
        """
        g = self._graph
        rows = g("Gather", self._with_none(h), pooling.table)
        rows = g("Add", rows, added) if added else rows
        total = g("Div", g("ReduceSum", rows, g.constant([1]), keepdims=0), pooling.divisor)
        seen = g("Add", rows, pooling.absent)
        largest = g("ReduceMax", seen, g.constant([1]), keepdims=0)
        return g("Concat", total, g("Mul", largest, pooling.filled), axis=1)

    def _read(self, pooled: str, pooling: _Pooling) -> str:
        g = self._graph
        return g("Mul", g("Gather", pooled, pooling.of), pooling.reads)

    def _logits(self, z: str, tokens: str) -> str:
        """At active positions from their places, elsewhere from their token."""
        g, network = self._graph, self._network
        scores = self._scores(z)
        never = np.zeros((1, network.config.vocabulary), np.bool_)
        never[0, 0] = True
        scores = g("Where", g.constant(never), g.constant(-100.0), scores)
        flat = g("Reshape", tokens, g.constant([-1]))
        idle = g.linear(self._embedded(flat), network.token_head)
        logits = self._put(idle, self._active, scores)
        shape = g("Concat", g("Shape", tokens), g.constant([network.config.vocabulary]), axis=0)
        return g("Reshape", logits, shape)

    def _scores(self, z: str) -> str:
        """Token scores of the active positions, shape (N, V)."""
        g, network = self._graph, self._network
        if network.symbol_head is None:
            return g.linear(z, network.token_head)
        total = self._pool(z, self._candidates)
        mean = g("Slice", total, g.constant([0]), g.constant([self._width]), g.constant([1]))
        scores = g.linear(mean, network.token_head)
        # The batch row of each active position is that of any of its places.
        of = self._candidates.of
        blank = g("Expand", g.constant(0), g.sizes(self._active, 0, 1))
        first = self._put(blank, of, self._row)
        symbols = g("Gather", self._symbols, first)
        never = g("Expand", g.constant(-100.0), g("Shape", symbols))
        scores = g("ScatterElements", scores, symbols, never, axis=1)
        places = [g("Unsqueeze", i, g.constant([1])) for i in (of, self._symbol)]
        own = g("Squeeze", g.linear(z, network.symbol_head), g.constant([1]))
        return g("ScatterND", scores, g("Concat", *places, axis=1), own)
