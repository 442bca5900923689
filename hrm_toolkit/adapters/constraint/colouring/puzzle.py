"""A graph to be coloured, and its colours."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from hrm_toolkit.core import Answer, InputError, Puzzle, nearest

MOST_NODES, MOST_EDGES, MOST_COLOURS = 2_000, 50_000, 256

Name = Annotated[str, Field(min_length=1, max_length=100)]


def _pairs(edges: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    """Each edge once, its lower end first, in order."""
    return tuple(sorted({(min(edge), max(edge)) for edge in edges}))


class ColouringPuzzle(Puzzle):
    """A graph, how many colours there are, and the colours that some nodes have already.

    Attributes:
        nodes: names of the nodes, all different.
        edges: pairs of places in ``nodes``, from 0; kept once each, the lower place first.
        colours: how many there are, 1 to 256; None asks for as few as possible.
        given: (place of a node, its colour from 1).
    """

    task: Literal["colouring"] = "colouring"
    nodes: Annotated[tuple[Name, ...], Field(min_length=1, max_length=MOST_NODES)]
    edges: Annotated[
        tuple[tuple[int, int], ...], Field(max_length=2 * MOST_EDGES), AfterValidator(_pairs)
    ]
    colours: Annotated[int, Field(ge=1, le=MOST_COLOURS)] | None = None
    given: Annotated[tuple[tuple[int, int], ...], Field(max_length=MOST_NODES)] = ()

    @model_validator(mode="after")
    def _is_a_graph(self) -> ColouringPuzzle:
        if len(self.place) != len(self.nodes):
            twice = next(name for name in self.nodes if self.nodes.count(name) > 1)
            raise InputError(f"two nodes are called {twice!r}", expected="a name of its own each")
        if len(self.edges) > MOST_EDGES:
            raise InputError(
                f"the graph has {len(self.edges):,} edges", expected=f"at most {MOST_EDGES:,}"
            )
        for a, b in self.edges:
            if not 0 <= a < b < len(self.nodes):
                said = f"node {self.nodes[a]} is joined to itself" if a == b else f"edge {[a, b]}"
                raise InputError(
                    f"{said}, which no colouring allows"
                    if a == b
                    else f"the {said} joins nodes that are not there",
                    expected=f"two different places from 0 to {len(self.nodes) - 1}",
                )
        if self.given and self.colours is None:
            raise InputError(
                "colours are given, and not how many there are", expected="a number of colours"
            )
        if len({node for node, _ in self.given}) != len(self.given):
            raise InputError("a node is given two colours", expected="one at most")
        for node, colour in self.given:
            if not (0 <= node < len(self.nodes) and 1 <= colour <= (self.colours or 0)):
                raise InputError(
                    f"{[node, colour]} is given", expected=f"a node, a colour to {self.colours}"
                )
        return self

    @cached_property
    def place(self) -> dict[str, int]:
        """The place of each node by its name."""
        return {name: k for k, name in enumerate(self.nodes)}

    @property
    def size_words(self) -> str:
        return f"{len(self.nodes)}-node"

    @property
    def detail(self) -> str:
        return "" if self.colours is None else f"{self.colours} colours"


class ColouringAnswer(Answer):
    """A colour for each node, from 1, in the order of the nodes."""

    task: Literal["colouring"] = "colouring"
    colours: Annotated[
        tuple[Annotated[int, Field(ge=-(10**6), le=10**6)], ...], Field(max_length=MOST_NODES)
    ]


def answer_from(puzzle: ColouringPuzzle, told: Mapping[str, Any]) -> dict[str, Any]:
    """The field of an answer, from a colour for each node by its name.

    Colours that are words, or counted from 0, get numbers: which is which is no matter, unless
    the puzzle gives some.

    Raises:
        InputError: for a node that is not there, or one without a colour.
    """
    for name in told:
        if name not in puzzle.place:
            near = nearest(name, puzzle.nodes)
            raise InputError(
                f"there is no node {name[:40]!r}",
                expected="a colour for each node",
                hint=f'did you mean "{near}"?' if near else None,
            )
    missing = [name for name in puzzle.nodes if name not in told]
    if missing:
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        raise InputError(
            f"there is no colour for {', '.join(missing[:3])}{more}",
            expected=f"one for each of {len(puzzle.nodes)} nodes",
        )
    return {"colours": numbered(puzzle, [told[name] for name in puzzle.nodes])}


def numbered(puzzle: ColouringPuzzle, colours: list[Any]) -> list[Any]:
    """Colours as numbers from 1 where it is no matter which is which.

    Example:
        >>> two = ColouringPuzzle(nodes=("a", "b"), edges=((0, 1),))
        >>> numbered(two, ["red", "blue"]), numbered(two, [1, 0]), numbered(two, ["1", "2"])
        ([1, 2], [1, 2], [1, 2])
    """

    def number(colour: Any) -> Any:
        text = colour.strip() if isinstance(colour, str) else ""
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else colour

    kept = [number(colour) for colour in colours]
    plain = all(isinstance(colour, int | str) and not isinstance(colour, bool) for colour in kept)
    if puzzle.given or not plain or not any(isinstance(c, str) or c < 1 for c in kept):
        return kept
    names = {colour: k for k, colour in enumerate(dict.fromkeys(kept), 1)}
    return [names[colour] for colour in kept]
