"""A segment's graph: the carry that begins, the family's updates, and what is handed out."""

from __future__ import annotations

from hrm_toolkit.core import BundleError
from hrm_toolkit.solvers.networks.network import Network
from hrm_toolkit.solvers.networks.structured import Structured
from hrm_toolkit.solvers.networks.transformer import Transformer
from hrm_toolkit.solvers.onnx.family import FamilyGraph
from hrm_toolkit.solvers.onnx.graph import Graph
from hrm_toolkit.solvers.onnx.structured import StructuredGraph
from hrm_toolkit.solvers.onnx.transformer import TransformerGraph


def segment_graph(network: Network) -> Graph:
    """The graph that ``export_segment`` describes.

    Raises:
        BundleError: for a family that has no graph.
    """
    graph = Graph(network)
    family = _family(graph, network)
    state, vocabulary = family.carry_shape, network.config.vocabulary
    fresh = graph.input("fresh", "bool", ["batch"])
    given = [graph.input(name, "float32", state) for name in ("z_high", "z_low")]
    tokens = graph.input("tokens", "int64", ["batch", "length"])
    begins = graph("Unsqueeze", fresh, graph.constant(list(range(1, len(state)))))
    own = (graph.weight(network.get_buffer(name)) for name in ("high_init", "low_init"))
    z_high, z_low = (graph("Where", begins, first, z) for first, z in zip(own, given, strict=True))
    high, low, logits, q = family.segment(z_high, z_low, tokens)
    q_halt, q_continue = (graph("Gather", q, graph.constant(i), axis=1) for i in (0, 1))
    # As ``halting.wants_halt``.
    least = q_continue if network.config.q_continue else graph.constant(0.0)
    graph.output("z_high_next", high, "float32", state)
    graph.output("z_low_next", low, "float32", state)
    graph.output("logits", logits, "float32", ["batch", "length", vocabulary])
    graph.output("q_halt", q_halt, "float32", ["batch"])
    graph.output("q_continue", q_continue, "float32", ["batch"])
    graph.output("halts", graph("Greater", q_halt, least), "bool", ["batch"])
    return graph


def _family(graph: Graph, network: Network) -> FamilyGraph:
    if isinstance(network, Structured):
        return StructuredGraph(graph, network)
    if isinstance(network, Transformer):
        return TransformerGraph(graph, network)
    raise BundleError(f"there is no ONNX graph for the family {network.config.family}")
