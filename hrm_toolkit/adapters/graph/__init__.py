"""Graph path: a cheapest way from a start to a goal, edges directed or not, weighted or not."""

from hrm_toolkit.adapters.graph.adapter import GraphAdapter, GraphCodec
from hrm_toolkit.adapters.graph.convert import from_networkx, to_networkx
from hrm_toolkit.adapters.graph.edges import GraphEdge
from hrm_toolkit.adapters.graph.puzzle import GraphAnswer, GraphPuzzle
from hrm_toolkit.adapters.graph.rules import GraphRules, GraphState

__all__ = [
    "GraphAdapter",
    "GraphAnswer",
    "GraphCodec",
    "GraphEdge",
    "GraphPuzzle",
    "GraphRules",
    "GraphState",
    "from_networkx",
    "to_networkx",
]
