"""What an edge of a graph costs, whatever its attribute is called and whichever file holds it."""

import json

import networkx as nx
import pytest

from hrm_toolkit.adapters.formats import read_puzzles
from hrm_toolkit.adapters.graph import GraphAdapter, from_networkx
from hrm_toolkit.core import InputError, OptionError

ADAPTER = GraphAdapter()
SQUARE = (("A", "D", 10.0), ("A", "B", 1.0), ("B", "C", 1.0), ("C", "D", 1.0))


def square(*names, kind=nx.Graph, **same) -> nx.Graph:
    """The square whose direct edge costs 10, its costs under each of some names."""
    graph = kind()
    for u, v, cost in SQUARE:
        graph.add_edge(u, v, **dict.fromkeys(names, cost), **same)
    return graph


def loaded(text, **options):
    return read_puzzles(text.encode(), **{"start": "A", "goal": "D", **options})


def graphml(graph) -> str:
    return "\n".join(nx.generate_graphml(graph))


def best(puzzle) -> tuple[tuple[str, ...], float]:
    answer = ADAPTER.exact(puzzle).answer
    return answer.path, ADAPTER.rules.check(puzzle, answer).cost


USUAL = (
    "length",
    "distance",
    "cost",
    "travel_time",
    "edgeWeight",
    "value",
    "Weight",
    "time",
    "Dist",
    "w",
    "KM",
    "duration",
    "Travel Time",
)


@pytest.mark.parametrize("name", USUAL)
def test_a_usual_name_in_any_case_is_the_cost_and_is_told(name):
    found = loaded(graphml(square(name, lanes=2)))
    assert best(found.puzzles[0]) == (("A", "B", "C", "D"), 3.0)
    assert f'the cost of an edge is its "{name}"' in found.notes[0]
    assert '"lanes"' in found.notes[0]


def forms(graph):
    """One graph in the forms whose edges carry attributes, by name."""
    link = nx.node_link_data(graph, edges="edges")
    yield "GraphML", graphml(graph)
    yield "GML", "\n".join(nx.generate_gml(graph))
    yield "GEXF", "\n".join(nx.generate_gexf(graph))
    yield "node-link JSON", json.dumps(link)
    yield "node-link JSON", json.dumps({**link, "links": link["edges"]} | {"edges": link["edges"]})
    yield "adjacency JSON", json.dumps(nx.adjacency_data(graph))
    yield "Cytoscape JSON", json.dumps(nx.cytoscape_data(graph))
    yield "list of edges", "\n".join(nx.generate_edgelist(graph))
    rows = [(u, v, *data.values()) for u, v, data in graph.edges(data=True)]
    names = list(next(iter(graph.edges(data=True)))[2])
    for delimiter in ",;\t":
        lines = [["from", "to", *names], *rows]
        yield "list of edges", "\n".join(delimiter.join(map(str, line)) for line in lines)
    body = (
        f"{u} -- {v} [{', '.join(f'{k}={x}' for k, x in data.items())}];"
        for u, v, data in graph.edges(data=True)
    )
    yield "DOT", "graph G {\n" + "\n".join(body) + "\n}"


@pytest.mark.parametrize(("kind", "text"), list(forms(square("length"))))
def test_every_form_has_the_same_rule(kind, text):
    found = loaded(text)
    assert found.kind == kind
    assert best(found.puzzles[0]) == (("A", "B", "C", "D"), 3.0)
    assert any('the cost of an edge is its "length"' in note for note in found.notes)
    assert best(loaded(text, weight="none").puzzles[0]) == (("A", "D"), 1.0)
    with pytest.raises(OptionError, match=r'no edge has an attribute "lenght".*"length" or none'):
        loaded(text, weight="lenght")


@pytest.mark.parametrize(("kind", "text"), list(forms(square("toll", "hours"))))
def test_every_form_refuses_what_is_not_clear_and_takes_what_is_said(kind, text):
    with pytest.raises(
        InputError, match=r'not clear: it has "toll", "hours".*--weight "toll".*none'
    ):
        loaded(text)
    assert best(loaded(text, weight="hours").puzzles[0]) == (("A", "B", "C", "D"), 3.0)


def test_the_only_attribute_that_holds_numbers_is_the_cost():
    found = loaded(graphml(square("effort", surface="paved")))
    assert best(found.puzzles[0])[1] == 3.0
    assert 'the cost of an edge is its "effort"' in found.notes[0]


def test_several_that_have_no_usual_name_are_refused():
    with pytest.raises(InputError, match=r'it has "effort", "risk"; expected one of them called'):
        loaded(graphml(square("effort", "risk")))


@pytest.mark.parametrize("name", ["capacity", "maxspeed", "lanes", "probability"])
def test_a_number_that_may_be_best_large_is_never_taken_unasked(name):
    with pytest.raises(InputError, match=f'it has "{name}", which may be no cost'):
        loaded(graphml(square(name)))
    assert best(loaded(graphml(square(name)), weight=name).puzzles[0])[1] == 3.0


def test_ids_and_how_an_edge_is_drawn_are_no_costs():
    found = loaded(graphml(square(osmid=7, width=2.5, key=1)))
    assert best(found.puzzles[0]) == (("A", "D"), 1.0)
    assert best(loaded(graphml(square("length", osmid=7, width=2.5))).puzzles[0])[1] == 3.0


def test_weight_goes_first_and_what_else_there_is_is_told():
    found = loaded(graphml(square("weight", time=1)))
    assert best(found.puzzles[0])[1] == 3.0
    assert 'edges also carry "time"' in found.notes[0]
    assert loaded(graphml(square("weight"))).notes == ()


def test_a_weight_of_1_throughout_beside_a_length_is_not_clear():
    text = graphml(square("length", weight=1.0))
    with pytest.raises(
        InputError, match=r'it has "weight", "length"; its "weight" is 1 throughout'
    ):
        loaded(text)
    assert best(loaded(text, weight="length").puzzles[0])[1] == 3.0
    assert best(loaded(text, weight="weight").puzzles[0])[0] == ("A", "D")


@pytest.mark.parametrize("name", ["weight", "length"])
def test_edges_without_it_are_counted(name):
    graph = nx.Graph([("A", "B"), ("B", "D")])
    graph.add_edge("A", "D", **{name: 3.0})
    found = loaded(graphml(graph))
    assert best(found.puzzles[0]) == (("A", "B", "D"), 2.0)
    assert f"2 of 3 edges have no {name} and cost 1" in found.notes
    table = loaded(f"source,target,{name}\nA,B,\nB,D,\nA,D,3\n")
    assert f"2 of 3 edges have no {name} and cost 1" in table.notes


@pytest.mark.parametrize("value", ["10,0", "", "far", "1_0"])
def test_a_cost_that_is_no_number_is_refused_by_its_edge(value):
    graph = square("length")
    graph["A"]["D"]["length"] = value
    text = json.dumps(nx.node_link_data(graph, edges="edges"))
    with pytest.raises(InputError, match=r'length of the edge between "A" and "D" is no number'):
        loaded(text)


def test_numbers_written_as_texts_count():
    graph = square()
    for u, v, cost in SQUARE:
        graph[u][v]["length"] = str(cost)
    assert best(loaded(graphml(graph)).puzzles[0])[1] == 3.0


YED = """<graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:y="http://y">
<key for="node" id="d6" yfiles.type="nodegraphics"/>
<key for="edge" id="d10" yfiles.type="edgegraphics"/>
<graph edgedefault="directed">
<node id="n0"><data key="d6"><y:Shape><y:NodeLabel>A</y:NodeLabel></y:Shape></data></node>
<node id="n1"><data key="d6"><y:Shape><y:NodeLabel>D</y:NodeLabel></y:Shape></data></node>
<edge source="n0" target="n1"><data key="d10">
<y:Line><y:EdgeLabel>{0}</y:EdgeLabel></y:Line></data></edge>
<edge source="n1" target="n0"><data key="d10">
<y:Line><y:EdgeLabel>{1}</y:EdgeLabel></y:Line></data></edge>
</graph></graphml>"""


def test_labels_of_yed_are_named_as_unread():
    with pytest.raises(
        InputError, match=r"labels of yEd, which are not read as costs.*--weight none"
    ):
        loaded(YED.format(10, 1))
    for found in (loaded(YED.format(10, 1), weight="none"), loaded(YED.format(10, "x"))):
        assert found.puzzles[0].start == "n0"
        assert any("labels of yEd, which are not read" in note for note in found.notes)


def test_networkx_graphs_have_the_same_rule():
    assert best(from_networkx(square("length"), "A", "D")) == (("A", "B", "C", "D"), 3.0)
    assert best(from_networkx(square("length"), "A", "D", weight="none"))[0] == ("A", "D")
    with pytest.raises(InputError, match=r"not clear"):
        from_networkx(square("toll", "hours"), "A", "D")
    puzzle = ADAPTER.coerce({"graph": square("cost"), "start": "A", "goal": "D"})
    assert best(puzzle)[1] == 3.0


def test_a_puzzles_own_json_takes_a_usual_name_and_no_other():
    edges = [{"source": u, "target": v, "cost": cost} for u, v, cost in SQUARE]
    puzzle = {"edges": edges, "start": "A", "goal": "D"}
    assert best(ADAPTER.coerce(puzzle))[1] == 3.0
    assert 'its "cost"' in read_puzzles(json.dumps(puzzle).encode()).notes[0]
    misspelt = [{"source": "A", "target": "D", "wieght": 10}]
    with pytest.raises(InputError, match=r"edges\.0\.wieght"):
        ADAPTER.coerce({**puzzle, "edges": misspelt})


def test_amounts_with_units_are_never_dropped_in_silence():
    text = 'graph {{ A -- B [{0}="3 km"]; B -- D [{0}="4 km"] }}'
    for name in ("label", "fare", "Fee"):
        with pytest.raises(InputError, match=rf'"{name}", which may be the cost .* "3 km"'):
            loaded(text.format(name))
        assert best(loaded(text.format(name), weight="none").puzzles[0])[1] == 2
    street = text.format("street").replace("3 km", "5th").replace("4 km", "Main St")
    assert best(loaded(street).puzzles[0])[1] == 2
    assert best(loaded(street.replace("street", "planes").replace('"5th"', "3")).puzzles[0])[1] == 2
    for amount in ("$3", "3min", "0:03", "~3", "3%", "\u20ac3", "3 \u20ac"):
        with pytest.raises(InputError, match="fare"):
            loaded(text.format("fare").replace("3 km", amount).replace("4 km", amount))
    with pytest.raises(
        InputError, match=r'length of the edge between "A" and "B" is no number.*3 km'
    ):
        loaded(text.format("length"))
