"""Graph path: a cheapest way from a start to a goal, edges directed or not, weighted or not."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from hrm_toolkit.adapters.graph import scene
from hrm_toolkit.adapters.graph.answers import (
    claimed_cost,
    claiming,
    fields_of,
    known_words,
    path_of,
)
from hrm_toolkit.adapters.graph.convert import from_networkx, networkx_draft
from hrm_toolkit.adapters.graph.paths import Network, distances
from hrm_toolkit.adapters.graph.puzzle import GraphAnswer, GraphPuzzle
from hrm_toolkit.adapters.graph.rules import GraphRules, GraphState
from hrm_toolkit.adapters.graph.text import render_text
from hrm_toolkit.adapters.graph.weights import is_number
from hrm_toolkit.core import (
    NOT_YET,
    Adapter,
    Codec,
    Deadline,
    Exact,
    Example,
    InputError,
    OptionError,
    Probabilities,
    Process,
    Size,
    Structure,
    Symmetry,
    Tokens,
    TokenSpec,
    WrongAnswer,
)
from hrm_toolkit.core.codec import wave_words
from hrm_toolkit.core.files import Form, Loaded, ReadOptions
from hrm_toolkit.core.rules import Place
from hrm_toolkit.core.scene import Scene

_EDGE_SECONDS = 1e-4

NODE, START, GOAL, PATH = 1, 2, 3, 4
_ROUNDS = 64


class GraphCodec(Codec[GraphPuzzle, GraphAnswer]):
    """One token a node, in the puzzle's order; edges are declared structure."""

    spec = TokenSpec(vocabulary=("<pad>", "node", "start", "goal", "path"))
    hints: ClassVar[int] = NOT_YET + 3
    hint_words: ClassVar[Mapping[int, str]] = wave_words("the goal")

    def encode(self, puzzle: GraphPuzzle) -> Tokens:
        tokens = np.empty(len(puzzle.nodes), np.int32)
        tokens.fill(NODE)
        tokens[puzzle.nodes.index(puzzle.start)] = START
        tokens[puzzle.nodes.index(puzzle.goal)] = GOAL
        return tokens

    def length(self, puzzle: GraphPuzzle) -> int:
        return len(puzzle.nodes)

    def labels(self, puzzle: GraphPuzzle, answer: GraphAnswer) -> Tokens:
        """The graph with every node on some shortest path marked, whatever ``answer`` is.

        Start and goal keep their tokens. Where edges of weight 0 make ties, shortest paths are
        those with the fewest of them.
        """
        tokens = self.encode(puzzle)
        network = Network.of(puzzle)
        tokens[list(network.on_shortest() - {network.start, network.goal})] = PATH
        return tokens

    def process(self, puzzle: GraphPuzzle) -> Process:
        """Rounds of Bellman and Ford from the goal, then the way back from the start.

        In each round a node reads its successors. From the round in which one of them has a way to
        the goal it knows how many edges the shortest such way has, modulo 3. When the cheapest way
        from the start is known, the nodes next to it on shortest paths are marked, one round later
        those next to them, and so on.
        """
        network = Network.of(puzzle)
        hints, hint_steps, label_steps = np.zeros((3, len(puzzle.nodes)), np.int32)
        hints[:] = NOT_YET
        unit = [dict.fromkeys(arcs, 1) for arcs in network.backward]
        for node, edges in distances(unit, network.goal).items():
            hints[node], hint_steps[node] = NOT_YET + 1 + edges % 3, edges
        for node, round_ in network.marked_in().items():
            label_steps[node] = round_
        return Process(hints, hint_steps, label_steps)

    def decode(self, puzzle: GraphPuzzle, tokens: Tokens) -> GraphAnswer:
        """A walk over the nodes marked as path, which breaks off where the marks do.

        Marked nodes are numbered by their distance from the start through marked nodes, and the
        walk follows edges whose length is the difference, in ties to the first node in order. It
        never turns back and leaves no marked node, so it is no search: on the nodes of all
        shortest paths each such edge leads on to the goal, and on others it may end in a path
        that the rules refute.

        Raises:
            InputError: when there is not one token a node.
        """
        if tokens.shape != (len(puzzle.nodes),):
            raise InputError(
                f"the tokens have shape {tokens.shape}",
                expected=f"({len(puzzle.nodes)},), one a node",
            )
        return GraphAnswer(path=Network.of(puzzle).through(_marked(tokens)))

    def may_be_right(self, puzzle: GraphPuzzle, tokens: Tokens) -> bool:
        """Whether the marked nodes lead from the start to the goal."""
        return Network.of(puzzle).reaches_goal(_marked(tokens))

    def preference(
        self, puzzle: GraphPuzzle, state: GraphState, action: Any, probabilities: Probabilities
    ) -> float:
        """The probability of ``path`` at the node stepped to; 1 for the goal."""
        if action == puzzle.goal:
            return 1.0
        return float(probabilities[state.network.index[action], PATH])


@dataclass(frozen=True)
class NodeOrder(Symmetry[GraphPuzzle, GraphAnswer]):
    """Another order of the nodes: position ``i`` takes the node at ``order[i]``; names stay."""

    order: tuple[int, ...]

    def apply(self, puzzle: GraphPuzzle) -> GraphPuzzle:
        return puzzle.model_copy(update={"nodes": tuple(puzzle.nodes[i] for i in self.order)})

    def apply_answer(self, answer: GraphAnswer) -> GraphAnswer:
        return answer

    def undo(self, puzzle: GraphPuzzle) -> GraphPuzzle:
        back = np.argsort(self.order).tolist()
        return puzzle.model_copy(update={"nodes": tuple(puzzle.nodes[i] for i in back)})

    def undo_answer(self, answer: GraphAnswer) -> GraphAnswer:
        return answer


class GraphAdapter(Adapter[GraphPuzzle, GraphAnswer]):
    """Cheapest paths in graphs.

    Example:
        >>> adapter = GraphAdapter()
        >>> puzzle = adapter.parse("start A\\ngoal C\\nA -- B 2\\nB -- C 2\\nA -- C 5")
        >>> adapter.exact(puzzle).answer.path
        ('A', 'B', 'C')
        >>> adapter.rules.check(puzzle, adapter.coerce_answer(puzzle, ["A", "C"])).optimal
        False
    """

    task: ClassVar[str] = "graph"
    summary: ClassVar[str] = "a cheapest path through a graph, directed or not, weighted or not"
    puzzle_type = GraphPuzzle
    answer_type = GraphAnswer
    rules = GraphRules()
    codec = GraphCodec()
    difficulties: ClassVar[tuple[str, ...]] = (
        "tree",
        "grid",
        "geometric",
        "small-world",
        "barabasi",
        "gnp",
    )
    default_sizes: ClassVar[tuple[Size, ...]] = tuple(range(8, 25))
    relations: ClassVar[tuple[str, ...]] = ("in", "out")
    claims: ClassVar[tuple[str, ...]] = ("cost",)

    def generate(
        self,
        rng: np.random.Generator,
        *,
        size: Size | None = None,
        difficulty: str | None = None,
    ) -> Example[GraphPuzzle, GraphAnswer]:
        """A graph with a start and a goal that a path joins.

        Args:
            rng: what it depends on.
            size: number of nodes, 2 to 2,000; None draws from 8 to 24.
            difficulty: the family of graphs; None draws one.

        Raises:
            OptionError: for another size or family.
        """
        from hrm_toolkit.adapters.graph.generate import draw

        self.require_difficulty(difficulty)
        if size is None:
            size = self.default_sizes[rng.integers(len(self.default_sizes))]
        family = difficulty or self.difficulties[rng.integers(len(self.difficulties))]
        puzzle = draw(rng, size, family)
        path = Network.of(puzzle).shortest()
        return Example(puzzle, GraphAnswer(path=path or ()), family, size)

    def render(self, puzzle: GraphPuzzle, answer: GraphAnswer | None = None) -> str:
        """An edge list; with an answer, the path and its cost in the first line."""
        return render_text(puzzle, answer, Network.of(puzzle).cost(answer.path) if answer else None)

    def scene(self, puzzle: GraphPuzzle, answer: GraphAnswer | None = None) -> Scene:
        return scene.draw(puzzle, answer)

    def parse(self, text: str) -> GraphPuzzle:
        """The puzzle of a text in any form that ``forms`` declares.

        Raises:
            InputError: saying what was found and what was expected.
        """
        from hrm_toolkit.adapters.graph.files import read_graph

        return read_graph(text)

    def parse_answer(self, puzzle: GraphPuzzle, text: str) -> GraphAnswer:
        """The path in a text: ``A -> B -> C``, nodes apart by blanks, commas or line ends.

        Whatever ``render`` draws and the command line prints is read too.

        Raises:
            InputError: when the text cannot be read as a path, which refutes nothing.
        """
        path = path_of(text, known_words(puzzle))
        if len(path) == 1 and is_number(path[0]) and puzzle.start != puzzle.goal:
            raise InputError(
                "a number alone may be a node or a cost", expected='a path such as "A -> B -> C"'
            )
        return claiming(puzzle, super().coerce_answer(puzzle, path), claimed_cost(text))

    def coerce_answer(self, puzzle: GraphPuzzle, value: Any) -> GraphAnswer:
        """An answer from an answer, a list of nodes, an object that holds one, or a text."""
        claim = None
        if isinstance(value, dict) and "cost" in value:
            cost = value["cost"]
            if isinstance(cost, int | float) and not isinstance(cost, bool):
                claim = float(cost)
            said = {name: held for name, held in value.items() if name != "cost"}
            value = said["path"] if set(said) == {"path"} else said
        answer = super().coerce_answer(puzzle, fields_of(value, known_words(puzzle)))
        return claiming(puzzle, answer, claim)

    def forms(self) -> Sequence[Form]:
        from hrm_toolkit.adapters.graph.files import FORMS

        return FORMS

    def coerce(self, value: Any) -> GraphPuzzle:
        """A puzzle from a puzzle, its fields, a graph in any JSON form, a networkx graph, or text.

        A networkx graph names its ends in graph attributes ``start`` and ``goal`` or by a node
        attribute ``role``, or is given as ``{"graph": G, "start": a, "goal": b}``.
        """
        if isinstance(value, dict):
            from hrm_toolkit.adapters.graph.files import records

            graph = value.get("graph")
            if graph is not None and not isinstance(graph, dict | list | str):
                ends = (value.get("start"), value.get("goal"), value.get("weight"))
                return self._from_library(graph, *ends)
            if not records.is_own(value) and records.claims(value).strength:
                return records.read(value)[0]
        return super().coerce(value)

    def _coerce_other(self, value: Any) -> GraphPuzzle:
        return self._from_library(value)

    def read_object(self, value: Any, options: ReadOptions) -> Loaded | None:
        """A networkx graph, or one in a dict with its ends: nodes of it or their names."""
        import networkx as nx

        fields = value if isinstance(value, dict) else {"graph": value}
        if not isinstance(fields.get("graph"), nx.Graph):
            return None
        if options.box is not None:
            raise OptionError("a graph has no boxes", hint="leave out box")
        ends = (options.start, fields.get("start")), (options.goal, fields.get("goal"))
        start, goal = (next((str(e) for e in pair if e is not None), None) for pair in ends)
        weight = options.weight or fields.get("weight")
        puzzle, notes = networkx_draft(fields["graph"]).finish(start, goal, weight)
        return Loaded.of("networkx graph", [(puzzle, None)], notes)

    def _from_library(
        self, value: Any, start: Any = None, goal: Any = None, weight: str | None = None
    ) -> GraphPuzzle:
        import networkx as nx

        if isinstance(value, nx.Graph):
            return from_networkx(value, start, goal, weight)
        raise InputError(
            f"a {type(value).__name__} is no graph",
            expected="a networkx graph, a dict with edges, start and goal, or text",
        )

    def symmetry(self, puzzle: GraphPuzzle, rng: np.random.Generator) -> NodeOrder:
        """A drawn order of the nodes."""
        return NodeOrder(tuple(rng.permutation(len(puzzle.nodes)).tolist()))

    def places(self, puzzle: GraphPuzzle) -> Sequence[Place]:
        return [(name,) for name in puzzle.nodes]

    def structure(self, puzzle: GraphPuzzle) -> Structure:
        """``in``: a node reads its predecessors; ``out``: its successors. Weights are 0 to 1.

        In an undirected graph both are the neighbours. Weights are relative to the largest.

        Raises:
            InputError: when a node has so many neighbours that the tables would not fit.
        """
        return Network.of(puzzle).structure

    def patience(self, puzzle: GraphPuzzle) -> float:
        """10 seconds, and 100 for each million edges: Dijkstra's algorithm takes a tenth of it."""
        return 10.0 + _EDGE_SECONDS * len(puzzle.edges.weights)

    def exact(self, puzzle: GraphPuzzle, *, seconds: float | None = None) -> Exact[GraphAnswer]:
        """Dijkstra's algorithm.

        Args:
            seconds: wall-clock bound; None for ``patience``.
        """
        try:
            bound = Deadline.after(self.patience(puzzle) if seconds is None else seconds)
            path = Network.of(puzzle).shortest(bound)
        except TimeoutError:
            return Exact(None)
        return Exact(GraphAnswer(path=path) if path else None, unsolvable=path is None)

    def partial(self, puzzle: GraphPuzzle) -> GraphAnswer | None:
        """The start alone, unless it is the goal."""
        return None if puzzle.start == puzzle.goal else GraphAnswer(path=(puzzle.start,))

    def canonical(self, puzzle: GraphPuzzle) -> str:
        """Equal for graphs that differ in names and order alone (Weisfeiler and Leman, 1968).

        Colours of nodes are refined by the colours and weights around them. Some different graphs
        share it as well: those that refinement cannot tell apart.
        """
        network = Network.of(puzzle)
        outs = [list(there.items()) for there in network.weights]
        ins: list[list[tuple[int, float]]] = [[] for _ in outs]
        for source, there in enumerate(outs if puzzle.directed else ()):
            for target, weight in there:
                ins[target].append((source, weight))
        colours = [2 * (n == network.start) + (n == network.goal) for n in range(len(outs))]
        digest = hashlib.sha256(f"{puzzle.directed} {sorted(colours)}".encode())
        kinds = 0
        for _ in range(_ROUNDS):
            seen = [
                (own, _around(after, colours), _around(before, colours))
                for own, after, before in zip(colours, outs, ins, strict=True)
            ]
            digest.update(repr(sorted(seen)).encode())
            ranks = {view: rank for rank, view in enumerate(sorted(set(seen)))}
            colours = [ranks[view] for view in seen]
            if len(ranks) == kinds:
                break
            kinds = len(ranks)
        return digest.hexdigest()

    def wrong_answers(self) -> list[WrongAnswer[GraphPuzzle, GraphAnswer]]:
        text = "start Ash\ngoal Elm\nAsh -> Birch 2\nBirch -> Elm 3\nElm -> Ash\nAsh -> Ivy"
        puzzle = self.parse(text)
        cases = {
            (): "the path is empty",
            ("Birch", "Elm"): 'the path starts at "Birch", but the start is "Ash"',
            ("Ash", "Birch"): 'the path ends at "Birch", but the goal is "Elm"',
            ("Ash", "Elm"): 'no edge leads from "Ash" to "Elm", only the other way',
            ("Ash", "Ivy", "Elm"): 'no edge leads from "Ivy" to "Elm"',
            ("Ash", "Brich", "Elm"): 'is no node of the graph; did you mean "Birch"?',
        }
        return [WrongAnswer(puzzle, GraphAnswer(path=p), says) for p, says in cases.items()]


def _marked(tokens: Tokens) -> list[int]:
    """Numbers of the nodes that are marked as path."""
    marked: list[int] = (tokens == PATH).nonzero()[0].tolist()
    return marked


def _around(
    arcs: Sequence[tuple[int, float]], colours: Sequence[int]
) -> tuple[tuple[int, float], ...]:
    return tuple(sorted((colours[node], weight) for node, weight in arcs))
