"""Graph path: what a user sees of puzzles, rules, codec, structure, generator and text."""

import itertools
import json
import math
from collections import Counter

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hrm_toolkit.adapters import check_adapter
from hrm_toolkit.adapters.graph import (
    GraphAdapter,
    GraphAnswer,
    GraphEdge,
    GraphPuzzle,
    from_networkx,
    to_networkx,
)
from hrm_toolkit.adapters.graph.paths import Network
from hrm_toolkit.core import (
    NOT_YET,
    InputError,
    OptionError,
    Relation,
    UnknownNameError,
    search,
    validate,
)

ADAPTER = GraphAdapter()
RULES, CODEC = ADAPTER.rules, ADAPTER.codec
NODE, START, GOAL, PATH = 1, 2, 3, 4


def make(edges, start, goal, **fields) -> GraphPuzzle:
    return validate(GraphPuzzle, {"edges": edges, "start": start, "goal": goal, **fields})


SQUARE = make([["A", "B", 1], ["B", "D", 1], ["A", "C", 1], ["C", "D", 1], ["A", "D", 3]], "A", "D")


WEIGHTS = st.integers(1, 4)


@st.composite
def puzzles(draw, weights=WEIGHTS):
    count = draw(st.integers(1, 8))
    node = st.integers(0, count - 1)
    edges = draw(st.lists(st.tuples(node, node, weights), max_size=16))
    return make(
        edges,
        draw(node),
        draw(node),
        nodes=draw(st.permutations(range(count))),
        directed=draw(st.booleans()),
    )


def on_shortest_paths(puzzle) -> set[str]:
    """The nodes of all shortest simple paths, as networkx lists them."""
    paths = nx.all_shortest_paths(to_networkx(puzzle), puzzle.start, puzzle.goal, weight="weight")
    try:
        return set(itertools.chain.from_iterable(paths))
    except nx.NetworkXNoPath:
        return set()


def marked(puzzle) -> set[str]:
    labels = CODEC.labels(puzzle, GraphAnswer(path=()))
    assert labels.dtype == np.int32
    return {name for name, token in zip(puzzle.nodes, labels, strict=True) if token == PATH}


def test_every_law_holds():
    report = check_adapter(ADAPTER, samples=40)
    assert report, str(report)


@given(puzzles())
def test_labels_are_the_nodes_of_all_shortest_paths(puzzle):
    assert marked(puzzle) == on_shortest_paths(puzzle) - {puzzle.start, puzzle.goal}


@given(puzzles())
def test_the_process_is_that_of_bellman_and_ford(puzzle):
    process, network = CODEC.process(puzzle), Network(puzzle)
    labels = CODEC.labels(puzzle, GraphAnswer(path=()))
    count, start, goal = len(puzzle.nodes), network.start, network.goal
    rounds = [{goal: 0}]
    for _ in range(count):
        last = rounds[-1]
        ways = [
            {n: length + last[n] for n, length in network.forward[node].items() if n in last}
            for node in range(count)
        ]
        rounds.append(
            {node: min(found.values()) for node, found in enumerate(ways) if found} | {goal: 0}
        )
    for node in range(count):
        reached = next((t for t, known in enumerate(rounds) if node in known), None)
        expected = NOT_YET if reached is None else NOT_YET + 1 + reached % 3
        assert process.hints[node] == expected
        assert process.hint_steps[node] == (reached or 0)
    final = rounds[-1]
    if start not in final:
        assert not (labels == PATH).any()
        return
    marked = {start: next(t for t, known in enumerate(rounds) if known.get(start) == final[start])}
    for _ in range(count):
        for node, round_ in list(marked.items()):
            for n, length in network.forward[node].items():
                if final.get(n, math.inf) + length == final[node]:
                    marked[n] = min(marked.get(n, 10**9), round_ + 1)
    assert {n: process.label_steps[n] for n in marked} == marked
    assert set(np.flatnonzero(labels == PATH)) | {start, goal} == marked.keys()


@given(puzzles(weights=st.sampled_from([0, 0.1, 0.2, 0.3, 2])))
def test_decoding_the_labels_gives_the_exact_answer_even_with_edges_that_cost_nothing(puzzle):
    exact = ADAPTER.exact(puzzle)
    decoded = CODEC.decode(puzzle, CODEC.labels(puzzle, GraphAnswer(path=())))
    if RULES.diagnose(puzzle):
        assert exact.unsolvable
        assert not RULES.check(puzzle, decoded)
    else:
        graph = to_networkx(puzzle)
        verdict = RULES.check(puzzle, decoded)
        assert verdict.valid
        assert verdict.optimal
        assert verdict.cost == pytest.approx(
            nx.dijkstra_path_length(graph, puzzle.start, puzzle.goal)
        )
        assert decoded == exact.answer


@given(puzzles(), st.integers(0, 2**32 - 1))
def test_symmetry_moves_tokens_and_undoes_itself(puzzle, seed):
    drawn = ADAPTER.symmetry(puzzle, np.random.default_rng(seed))
    moved = drawn.apply(puzzle)
    assert drawn.undo(moved) == puzzle
    assert marked(moved) == marked(puzzle)
    assert CODEC.encode(moved).tolist() == CODEC.encode(puzzle)[list(drawn.order)].tolist()
    assert ADAPTER.canonical(moved) == ADAPTER.canonical(puzzle)


@given(puzzles(), st.randoms(use_true_random=False))
def test_canonical_forgets_names_and_order(puzzle, random):
    names = dict(zip(puzzle.nodes, random.sample(range(100), len(puzzle.nodes)), strict=True))
    edges = [[names[e.source], names[e.target], e.weight] for e in puzzle.edges]
    if not puzzle.directed:
        edges = [[v, u, w] if random.random() < 0.5 else [u, v, w] for u, v, w in edges]
    random.shuffle(edges)
    renamed = make(
        edges,
        names[puzzle.start],
        names[puzzle.goal],
        nodes=sorted(names.values()),
        directed=puzzle.directed,
    )
    assert ADAPTER.canonical(renamed) == ADAPTER.canonical(puzzle)


def test_canonical_tells_weights_directions_and_ends_apart():
    edges = [["A", "B", 1], ["B", "C", 2], ["C", "D", 2]]
    different = [
        make(edges, "A", "D"),
        make(edges, "A", "C"),
        make(edges, "D", "A"),
        make(edges, "A", "D", directed=True),
        make([["A", "B", 1], ["B", "C", 2], ["C", "D", 1]], "A", "D"),
    ]
    assert len({ADAPTER.canonical(puzzle) for puzzle in different}) == len(different)


names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)


@given(
    st.lists(names, min_size=1, max_size=5, unique=True),
    st.data(),
    st.booleans(),
)
def test_text_reads_back_whatever_the_names(nodes, data, directed):
    node = st.sampled_from(nodes)
    weight = st.floats(0, 1e100)
    edges = data.draw(
        st.lists(st.tuples(node, node) | st.tuples(node, node, weight, names), max_size=6)
    )
    puzzle = make(edges, data.draw(node), data.draw(node), nodes=nodes, directed=directed)
    assert ADAPTER.parse(ADAPTER.render(puzzle)) == puzzle


@given(puzzles())
def test_networkx_round_trip(puzzle):
    back = from_networkx(to_networkx(puzzle))

    def bag(p):
        ends = [
            (e.source, e.target) if p.directed else (*sorted([e.source, e.target]),)
            for e in p.edges
        ]
        return Counter((*pair, e.weight) for pair, e in zip(ends, p.edges, strict=True))

    assert (back.nodes, back.start, back.goal) == (puzzle.nodes, puzzle.start, puzzle.goal)
    assert back.directed == puzzle.directed
    assert bag(back) == bag(puzzle)
    assert ADAPTER.coerce(to_networkx(puzzle)) == back


@settings(max_examples=30)
@given(puzzles(), st.integers(0, 2**32 - 1))
def test_decode_never_leaves_the_marks_nor_walks_without_end(puzzle, seed):
    tokens = np.random.default_rng(seed).integers(0, 5, len(puzzle.nodes)).astype(np.int32)
    path = CODEC.decode(puzzle, tokens).path
    allowed = {n for n, token in zip(puzzle.nodes, tokens, strict=True) if token == PATH}
    assert len(set(path)) == len(path)
    assert set(path) <= allowed | {puzzle.start, puzzle.goal}


def test_tokens_of_a_square():
    assert CODEC.encode(SQUARE).tolist() == [START, NODE, GOAL, NODE]
    assert CODEC.labels(SQUARE, GraphAnswer(path=())).tolist() == [START, PATH, GOAL, PATH]


def test_a_mark_missing_breaks_the_walk_off():
    chain = make([["A", "B"], ["B", "C"], ["C", "D"]], "A", "D")
    tokens = np.array([START, PATH, NODE, GOAL], np.int32)
    answer = CODEC.decode(chain, tokens)
    assert answer.path == ("A", "B")
    assert not RULES.check(chain, answer)
    with pytest.raises(InputError, match=r"one a node"):
        CODEC.decode(chain, tokens[:3])


def test_start_that_is_the_goal():
    loop = make([["A", "B"]], "A", "A")
    assert CODEC.decode(loop, CODEC.encode(loop)).path == ("A",)
    verdict = RULES.check(loop, GraphAnswer(path=["A"]))
    assert verdict.optimal
    assert verdict.cost == 0
    assert ADAPTER.partial(loop) is None
    assert not RULES.check(loop, GraphAnswer(path=["A", "B", "A"])).optimal


def test_a_dearer_path_is_valid_and_not_optimal():
    verdict = RULES.check(SQUARE, GraphAnswer(path=["A", "D"]))
    assert (verdict.valid, verdict.optimal, verdict.cost) == (True, False, 3.0)
    assert RULES.check(SQUARE, GraphAnswer(path=["A", "C", "D"])).optimal


def test_decimal_ties_count_as_ties():
    puzzle = make([["A", "B", 0.1], ["B", "D", 0.2], ["A", "D", 0.3]], "A", "D")
    assert marked(puzzle) == {"B"}
    assert RULES.check(puzzle, GraphAnswer(path=["A", "B", "D"])).optimal
    assert RULES.check(puzzle, GraphAnswer(path=["A", "D"])).optimal


def test_of_parallel_edges_the_cheapest_counts():
    puzzle = make([["A", "B", 9], ["B", "A", 2], ["A", "B", 5], ["A", "A", 0]], "A", "B")
    assert RULES.check(puzzle, GraphAnswer(path=["A", "B"])).cost == 2
    directed = puzzle.model_copy(update={"directed": True})
    assert RULES.check(directed, GraphAnswer(path=["A", "B"])).cost == 5


@pytest.mark.parametrize(
    ("path", "rule", "says", "places"),
    [
        ([], "start", "the path is empty", (("A",),)),
        (["B", "C"], "start", 'starts at "B", but the start is "A"', (("B",), ("A",))),
        (["A", "B"], "goal", 'ends at "B", but the goal is "C"', (("B",), ("C",))),
        (["A", "C"], "edge", 'no edge leads from "A" to "C", only the other', (("A",), ("C",))),
        (["A", "B", "D", "C"], "edge", 'hop 3 of the path: no edge leads from "D"', None),
        (["A", "b", "C"], "node", 'did you mean "B"?', (("b",),)),
    ],
)
def test_violations_name_the_nodes(path, rule, says, places):
    text = "start A\ngoal C\nA -> B\nB -> C\nC -> A\nB -> D"
    puzzle = ADAPTER.parse(text)
    verdict = RULES.check(puzzle, GraphAnswer(path=path))
    assert not verdict
    assert verdict.cost is None
    broken = verdict.violations[0]
    assert broken.rule == rule
    assert says in broken.message
    assert places is None or broken.places == places


def test_a_disconnected_goal_is_diagnosed():
    puzzle = make([["A", "B"], ["C", "D"]], "A", "D")
    (found,) = RULES.diagnose(puzzle)
    assert found.message == 'no path leads from the start "A" to the goal "D"'
    assert found.places == (("A",), ("D",))
    assert ADAPTER.exact(puzzle).unsolvable
    assert marked(puzzle) == set()
    assert search(RULES, puzzle).exhausted


def test_direction_decides_what_is_reachable():
    edges = [["A", "B"], ["C", "B"]]
    assert not RULES.diagnose(make(edges, "A", "C"))
    assert RULES.diagnose(make(edges, "A", "C", directed=True))


@settings(max_examples=40)
@given(puzzles())
def test_searching_the_rules_is_dijkstra(puzzle):
    found = search(RULES, puzzle)
    exact = ADAPTER.exact(puzzle)
    assert (found.answer is None) == exact.unsolvable
    if found.answer is not None:
        assert RULES.check(puzzle, found.answer).optimal


def test_exact_keeps_its_time_bound():
    found = ADAPTER.exact(SQUARE.model_copy(), seconds=-1.0)
    assert found.answer is None
    assert not found.unsolvable


def test_states_are_walks():
    state = RULES.initial(SQUARE)
    assert RULES.actions(state) == ["B", "C", "D"]
    assert RULES.step_cost(state, "D") == 3
    after = RULES.step(RULES.step(state, "B"), "D")
    assert RULES.actions(after) == []
    assert RULES.result(state) is None
    assert RULES.result(after) == GraphAnswer(path=["A", "B", "D"])
    assert RULES.plan(SQUARE, RULES.result(after)) == ["B", "D"]
    with pytest.raises(InputError, match='no step leads from "A" to "X"; expected one of "B", "C"'):
        RULES.step(state, "X")
    with pytest.raises(InputError, match="expected no step"):
        RULES.step(after, "B")


def test_preference_is_the_networks_word():
    probabilities = np.zeros((4, 5), np.float32)
    probabilities[1, PATH] = 0.25
    state = RULES.initial(SQUARE)
    assert CODEC.preference(SQUARE, state, "B", probabilities) == 0.25
    assert CODEC.preference(SQUARE, state, "D", probabilities) == 1.0


def neighbours(relation: Relation, position: int) -> dict[int, float]:
    row = relation.row(position)
    return dict(zip(relation.source[row].tolist(), relation.weights[row].tolist(), strict=True))


def test_structure_of_a_directed_graph():
    puzzle = make([[0, 1, 1], [0, 2, 4], [0, 2, 9], [2, 2, 10]], 0, 2, directed=True)
    ins, outs = ADAPTER.structure(puzzle).relations
    assert (ins.name, outs.name) == ADAPTER.relations
    assert neighbours(outs, 0) == pytest.approx({1: 0.1, 2: 0.4})
    assert neighbours(ins, 2) == pytest.approx({0: 0.4})
    assert neighbours(ins, 0) == neighbours(outs, 2) == {}


def test_structure_of_an_undirected_graph_is_the_neighbours_twice():
    ins, outs = ADAPTER.structure(SQUARE).relations
    assert neighbours(ins, 0) == pytest.approx({1: 1 / 3, 3: 1 / 3, 2: 1.0})
    assert all(neighbours(ins, i) == neighbours(outs, i) for i in range(4))
    free = make([["A", "B", 0]], "A", "B")
    assert neighbours(ADAPTER.structure(free).relations[0], 0) == {1: 0.0}


def test_structure_of_a_star_takes_room_for_its_edges_alone():
    star = make([["hub", node] for node in range(20_000)], "hub", 1)
    for relation in ADAPTER.structure(star).relations:
        assert len(relation.source) == 40_000
        assert sorted(neighbours(relation, 0)) == list(range(1, 20_001))


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"edges": [["A", "B", -3]]}, 'between "A" and "B" has a negative weight.*got -3.0'),
        ({"edges": [["A", "B", math.nan]]}, "a number from 0 to 1e\\+100; got nan"),
        ({"edges": [["A", "B", math.inf]]}, "got inf"),
        ({"edges": [["A", "B", 10**400]]}, "edges.0.weight"),
        ({"edges": [["A", "B", "far"]]}, "no number.*far"),
        ({"edges": [["A"]]}, r"an edge has 1 entries; expected \[source, target\]"),
        ({"edges": ["AB"]}, "edges.0"),
        ({"edges": 3}, "edges"),
        ({"nodes": 3}, "nodes"),
        ({"edges": [{"source": "A", "target": "B", "wieght": 3}]}, "edges.0.wieght"),
        ({"nodes": ["A", "B", "A"]}, 'the node "A" is listed twice'),
        ({"nodes": ["A", "B"], "edges": [["A", "Bee"]]}, 'a node "Bee".*did you mean "B"'),
        ({"start": "a"}, 'the start names a node "a".*did you mean "A"'),
        ({"goal": None}, "the graph has no goal"),
        ({"nodes": [""], "edges": []}, "nodes.0"),
        ({"nodes": range(1_000_001), "edges": []}, "1,000,001 nodes; expected at most 1,000,000"),
        ({"edges": [["A", "B"]] * 3_000_001}, "3,000,001 edges; expected at most 3,000,000"),
    ],
)
def test_bad_graphs_are_refused_in_a_sentence(fields, says):
    if isinstance(fields.get("nodes"), range):
        fields = {**fields, "nodes": list(fields["nodes"])}
    with pytest.raises(InputError, match=says):
        ADAPTER.coerce({"edges": [["A", "B"]], "start": "A", "goal": "B", **fields})


def test_errors_are_ours_when_constructed_directly():
    with pytest.raises(InputError, match="negative weight"):
        GraphEdge(source="A", target="B", weight=-1)
    with pytest.raises(InputError, match="has no start"):
        GraphPuzzle.model_validate({"goal": "A"})


def test_numbers_become_names_when_read():
    puzzle = ADAPTER.coerce({"edges": [[1, 2], [2, 3]], "start": 1, "goal": 3})
    assert puzzle.nodes == ("1", "2", "3")
    assert ADAPTER.coerce_answer(puzzle, [1, 2, 3]) == GraphAnswer(path=("1", "2", "3"))


def test_coerce_reads_networkx_and_node_link_data():
    graph = nx.Graph(start="a", goal="c")
    graph.add_edge("a", "b", weight=2, name="lane")
    graph.add_edge("b", "c")
    puzzle = ADAPTER.coerce(graph)
    assert puzzle.edges[0] == GraphEdge(source="a", target="b", weight=2, name="lane")
    assert puzzle.edges[1].weight == 1
    data = json.loads(json.dumps(nx.node_link_data(graph, edges="links")))
    assert ADAPTER.coerce(data) == puzzle
    with pytest.raises(InputError, match="has no goal"):
        ADAPTER.coerce(nx.Graph(start="a"))
    with pytest.raises(InputError, match="a float is no graph"):
        ADAPTER.coerce(1.5)


def test_from_networkx_reads_multigraphs_and_other_weights():
    graph = nx.MultiDiGraph()
    graph.add_edge((0, 0), (0, 1), key="a", km=5)
    graph.add_edge((0, 0), (0, 1), km=np.float32(2))
    puzzle = from_networkx(graph, (0, 0), (0, 1), weight="km")
    assert puzzle.directed
    assert [edge.weight for edge in puzzle.edges] == [5, 2]
    assert [edge.name for edge in puzzle.edges] == ["a", None]
    assert puzzle.start == "(0, 0)"
    graph.add_edge((0, 1), (0, 2), km=-1)
    with pytest.raises(InputError, match="negative weight"):
        from_networkx(graph, (0, 0), (0, 2), weight="km")
    mixed = nx.Graph([(1, "1")])
    with pytest.raises(InputError, match='"1" is listed twice'):
        from_networkx(mixed, 1, "1")


def test_render_shows_the_path_and_its_cost():
    puzzle = make([["Aldmoor", "Port Vesper", 2.5, "old road"]], "Aldmoor", "Port Vesper")
    assert ADAPTER.render(puzzle, GraphAnswer(path=["Aldmoor", "Port Vesper"])).split("\n") == [
        'Aldmoor -> "Port Vesper"  (cost 2.5)',
        "graph undirected",
        "start Aldmoor",
        'goal "Port Vesper"',
        'Aldmoor -- "Port Vesper" 2.5 "old road"',
    ]
    assert ADAPTER.render(puzzle, GraphAnswer(path=["x", "y"])).startswith("x -> y\ngraph")


@pytest.mark.parametrize("family", GraphAdapter.difficulties)
def test_families_differ_and_join_start_and_goal(family):
    examples = [
        ADAPTER.generate(np.random.default_rng(seed), size=20, difficulty=family)
        for seed in range(40)
    ]
    again = ADAPTER.generate(np.random.default_rng(7), size=20, difficulty=family)
    assert again == examples[7]
    assert all(len(e.puzzle.nodes) == 20 for e in examples)
    assert all(RULES.check(e.puzzle, e.answer).optimal for e in examples)
    assert all(e.puzzle.start != e.puzzle.goal for e in examples)
    assert {e.puzzle.directed for e in examples} == {True, False}
    assert {len({edge.weight for edge in e.puzzle.edges}) > 1 for e in examples} == {True, False}
    assert np.mean([len(e.answer.path) for e in examples]) > 3


@pytest.mark.parametrize("size", [2, 3, 200])
@pytest.mark.parametrize("family", GraphAdapter.difficulties)
def test_sizes_at_the_ends_generate(family, size):
    example = ADAPTER.generate(np.random.default_rng(size), size=size, difficulty=family)
    assert RULES.check(example.puzzle, example.answer).optimal


@pytest.mark.parametrize("size", [1, 2_001, (3, 3), True])
def test_other_sizes_are_refused(size):
    with pytest.raises(OptionError, match="nodes from 2 to 2,000"):
        ADAPTER.generate(np.random.default_rng(0), size=size)


def test_an_unknown_family_gets_a_near_miss():
    with pytest.raises(UnknownNameError, match='did you mean "barabasi"'):
        ADAPTER.generate(np.random.default_rng(0), difficulty="barabassi")
