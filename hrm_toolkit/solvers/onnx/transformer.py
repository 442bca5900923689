"""The segment of an HRM or TRM as an ONNX graph; formula by formula that of ``transformer``."""

from __future__ import annotations

import math
from itertools import pairwise

from torch import nn

from hrm_toolkit.solvers.networks.layers import Attention, GridRotary, Rotary, SwiGLU
from hrm_toolkit.solvers.networks.transformer import Block, Transformer
from hrm_toolkit.solvers.onnx.family import FamilyGraph
from hrm_toolkit.solvers.onnx.graph import Graph


class TransformerGraph(FamilyGraph):
    """Adds a recurrent transformer's segment to a graph.

    Args:
        graph: to add it to.
        network: whose segment.
    """

    def __init__(self, graph: Graph, network: Transformer) -> None:
        super().__init__(graph)
        self._network = network
        self.carry_shape = ("batch", network.config.span, network.config.width)
        self._cos = self._sin = ""

    def segment(self, z_high: str, z_low: str, tokens: str) -> tuple[str, str, str, str]:
        g, network, config = self._graph, self._network, self._network.config
        length = g.sizes(tokens, 1, 2)
        missing = g("Sub", g.constant([config.max_length]), length)
        places = self._places(missing)
        self._turns(places)
        zeros = g.constant([0, 0, 0])
        padded = g("Pad", tokens, g("Concat", zeros, missing, axis=0))
        x = self._embed(padded, places)
        high = network.low if network.high is None else network.high
        levels = high.layers, network.low.layers
        z_high, z_low = self._cycles(config, levels, (z_high, z_low), x)
        first = g("Gather", z_high, g.constant(0), axis=1)
        start = g.constant([config.prefix])
        end = g("Add", start, length)
        said = g("Slice", g.linear(z_high, network.lm_head), start, end, g.constant([1]))
        return z_high, z_low, said, g.linear(first, network.q_head)

    def _places(self, missing: str) -> str:
        """Row and column of each position, from 1; 0 for prefix slots and padding."""
        g, config = self._graph, self._network.config
        if config.positions not in ("rope2d", "row_column"):
            return ""
        given = g.input("coordinates", "int64", ["batch", "length", 2])
        before = g.constant([0, config.prefix, 0, 0])
        pads = g("Concat", before, missing, g.constant([0]), axis=0)
        return g("Pad", g("Add", given, g.constant(1)), pads)

    def _turns(self, places: str) -> None:
        """Cosines and sines that attention turns queries and keys by."""
        g, rotary = self._graph, self._network.rotary
        if isinstance(rotary, Rotary):
            self._cos, self._sin = g.weight(rotary.cos), g.weight(rotary.sin)
        elif isinstance(rotary, GridRotary):
            at = g("Unsqueeze", g.cast(places, "float32"), g.constant([3]))
            angle = g("Mul", at, g.weight(rotary.frequency))
            half = g("Reshape", angle, g.constant([0, 0, 2 * len(rotary.frequency)]))
            whole = g("Unsqueeze", g("Concat", half, half, axis=2), g.constant([1]))
            self._cos, self._sin = g("Cos", whole), g("Sin", whole)

    def _embed(self, tokens: str, places: str) -> str:
        g, network, config = self._graph, self._network, self._network.config
        x = g("Gather", g.weight(network.embed_tokens), tokens)
        if network.puzzle_embedding is not None:
            ids = g.input("puzzle_ids", "int64", ["batch"])
            slots = g("Gather", g.weight(network.puzzle_embedding), ids)
            left = config.prefix * config.width - config.puzzle_width
            slots = g("Pad", slots, g.constant([0, 0, 0, left]))
            slots = g("Reshape", slots, g.constant([-1, config.prefix, config.width]))
            x = g("Concat", slots, x, axis=1)
        half = g.constant(0.707106781)
        if network.embed_pos is not None:
            x = g("Mul", g("Add", x, g.weight(network.embed_pos)), half)
        if network.embed_place is not None:
            table = g.weight(network.embed_place)
            for axis in (0, 1):
                own = g("Gather", table, g.constant(axis))
                at = g("Gather", places, g.constant(axis), axis=2)
                x = g("Add", x, g("Gather", own, at))
            x = g("Mul", x, half)
        return g("Mul", x, g.constant(math.sqrt(config.width)))

    def _block(self, block: nn.Module, h: str) -> str:
        if not isinstance(block, Block):
            raise TypeError(type(block))
        g = self._graph
        if block.self_attn is not None:
            h = g.rms_norm(g("Add", h, self._attend(block.self_attn, h)))
        elif block.mlp_t is not None:
            along = g("Transpose", h, perm=[0, 2, 1])
            mixed = g.rms_norm(g("Add", along, self._swiglu(block.mlp_t, along)))
            h = g("Transpose", mixed, perm=[0, 2, 1])
        return g.rms_norm(g("Add", h, self._swiglu(block.mlp, h)))

    def _swiglu(self, layer: SwiGLU, x: str) -> str:
        g, both = self._graph, layer.gate_up_proj.weight
        inner = len(both) // 2
        halves = (slice(0, inner), slice(inner, 2 * inner))
        gate, up = (g("MatMul", x, g.weight(both, transposed=True, rows=rows)) for rows in halves)
        return g.linear(g.gated(gate, up), layer.down_proj)

    def _attend(self, layer: Attention, x: str) -> str:
        g, config, heads = self._graph, self._network.config, layer.heads
        each = config.width // heads
        qkv = g.linear(x, layer.qkv_proj)
        split = g("Reshape", qkv, g.constant([0, 0, 3 * heads, each]))
        turned = g("Transpose", split, perm=[0, 2, 1, 3])
        ends = [g.constant([i * heads]) for i in range(4)]
        axis = g.constant([1])
        query, key, value = (g("Slice", turned, start, end, axis) for start, end in pairwise(ends))
        if self._cos:
            query, key = self._turn(query, each), self._turn(key, each)
        scaled = g("Mul", query, g.constant(1 / math.sqrt(each)))
        scores = g("MatMul", scaled, g("Transpose", key, perm=[0, 1, 3, 2]))
        y = g("MatMul", g("Softmax", scores, axis=-1), value)
        joined = g("Transpose", y, perm=[0, 2, 1, 3])
        return g.linear(g("Reshape", joined, g.constant([0, 0, config.width])), layer.o_proj)

    def _turn(self, x: str, each: int) -> str:
        """Features i and i + d / 2 turned against each other."""
        g, axis = self._graph, self._graph.constant([3])
        ends = [g.constant([n]) for n in (0, each // 2, each)]
        first, second = (g("Slice", x, ends[i], ends[i + 1], axis) for i in (0, 1))
        rotated = g("Concat", g("Neg", second), first, axis=3)
        return g("Add", g("Mul", x, self._cos), g("Mul", rotated, self._sin))
