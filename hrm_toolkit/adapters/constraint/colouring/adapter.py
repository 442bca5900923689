"""The task of graph colouring: an edge is a constraint of two nodes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import numpy as np

from hrm_toolkit.adapters.constraint.colouring import files
from hrm_toolkit.adapters.constraint.colouring.bounds import clique, cliques, coloured, used
from hrm_toolkit.adapters.constraint.colouring.picture import draw
from hrm_toolkit.adapters.constraint.colouring.puzzle import (
    MOST_COLOURS,
    ColouringAnswer,
    ColouringPuzzle,
    answer_from,
    numbered,
)
from hrm_toolkit.adapters.constraint.exact import solve
from hrm_toolkit.adapters.constraint.generate import thin
from hrm_toolkit.adapters.constraint.kinds import AllDifferent, exactly
from hrm_toolkit.adapters.constraint.literal import Values
from hrm_toolkit.adapters.constraint.problem import Problem
from hrm_toolkit.adapters.constraint.task import DeclaredAdapter, DeclaredRules
from hrm_toolkit.core import (
    Answer,
    Clue,
    Deadline,
    Exact,
    InputError,
    OptionError,
    Verdict,
    WrongAnswer,
    validate,
    verdict_from,
)
from hrm_toolkit.core.files import Form, Loaded, ReadOptions
from hrm_toolkit.core.scene import Scene

_PROVED = 64
"""Graphs of which it is kept how few colours do not suffice."""


class ColouringRules(DeclaredRules[ColouringPuzzle, ColouringAnswer]):
    """Joined nodes have different colours; where no number is asked for, fewer are better."""

    def __init__(self, adapter: ColouringAdapter) -> None:
        super().__init__(adapter)
        self._least = adapter.least

    def check(self, puzzle: ColouringPuzzle, answer: ColouringAnswer) -> Verdict:
        if puzzle.colours is not None or len(answer.colours) != len(puzzle.nodes):
            return super().check(puzzle, answer)
        count = used(answer.colours)
        if count <= used(coloured(puzzle)):
            verdict = super().check(puzzle, _renamed(answer))
        else:
            # More colours than are needed are no fault, but there is a better answer.
            verdict = super().check(puzzle.model_copy(update={"colours": count}), _renamed(answer))
            return verdict_from([*verdict.violations], optimal=False, cost=float(count))
        least = self._least(puzzle)
        optimal = True if count <= least else None
        return verdict_from([*verdict.violations], optimal=optimal, cost=float(count))


class ColouringAdapter(DeclaredAdapter[ColouringPuzzle, ColouringAnswer]):
    """Graph colouring, with a number of colours or with as few as possible."""

    task, title = "colouring", "graph colouring"
    summary = "colour the nodes of a graph so that joined ones differ, with few colours"
    puzzle_type, answer_type = ColouringPuzzle, ColouringAnswer
    values, lowest = tuple(map(str, range(1, MOST_COLOURS + 1))), 1
    clue_words = values
    default_sizes = (8, 12, 16)
    smallest, largest = 4, 60

    def __init__(self) -> None:
        super().__init__()
        self._proved: OrderedDict[ColouringPuzzle, int] = OrderedDict()
        self.rules = ColouringRules(self)

    def least(self, puzzle: ColouringPuzzle) -> int:
        """Colours that are known to be needed: of a clique, or as searches have proved."""
        return max(len(clique(puzzle)), self._proved.get(puzzle, 1))

    def declare(self, puzzle: ColouringPuzzle) -> Problem:
        problem = Problem()
        high = puzzle.colours or used(coloured(puzzle))
        for k, name in enumerate(puzzle.nodes):
            problem.var(f"node {name}", 1, high, place=(k,))
        for a, b in puzzle.edges:
            one, other = (puzzle.nodes[k].replace("{", "(").replace("}", ")") for k in (a, b))
            says = f"nodes {one} and {other} are joined and both have colour {{n}}"
            where = f"the edge {one} - {other}"
            problem.add(AllDifferent(label="edge", scope=(a, b), where=where, says=says))
        for node, colour in puzzle.given:
            name = puzzle.nodes[node].replace("{", "(").replace("}", ")")
            problem.add(
                exactly(
                    "given", 1, [(node, colour)], where=f"the colour of {name}", clue=(node,),
                    says=f"node {name} has not colour {colour}, as given",
                )
            )  # fmt: skip
        return problem

    def values_of(self, puzzle: ColouringPuzzle, answer: ColouringAnswer) -> Values:
        if len(answer.colours) != len(puzzle.nodes):
            raise InputError(
                f"there are {len(answer.colours)} colours for {len(puzzle.nodes)} nodes"
            )
        return np.array(answer.colours, np.int64)

    def answer_of(self, puzzle: ColouringPuzzle, x: Values) -> ColouringAnswer:
        return ColouringAnswer.model_construct(colours=tuple(x.tolist()))

    def shown_clues(self, puzzle: ColouringPuzzle) -> Sequence[str]:
        given = dict(puzzle.given)
        return [str(given.get(k, "")) for k in range(len(puzzle.nodes))]

    def exact(self, puzzle: ColouringPuzzle, *, seconds: float = 10.0) -> Exact[ColouringAnswer]:
        """An answer with so many colours, or with fewer and fewer until that is proved impossible.

        What was proved counts for the rules from then on: they know that an answer is optimal.
        """
        deadline = Deadline.after(seconds)
        quick = None if puzzle.given else coloured(puzzle)
        if puzzle.colours is not None:
            if quick is not None and used(quick) <= puzzle.colours:
                return Exact(self.answer_of(puzzle, np.array(quick)))
            x, none = self._search(puzzle, deadline)
            return Exact(None if x is None else self.answer_of(puzzle, x), none)
        best = np.array(quick)
        while (fewer := used(best.tolist()) - 1) >= self.least(puzzle):
            asked = puzzle.model_copy(update={"colours": fewer})
            x, none = self._search(asked, deadline)
            if none:
                self._proved[puzzle] = fewer + 1
                while len(self._proved) > _PROVED:
                    self._proved.popitem(last=False)
            if x is None:
                break
            best = x
        return Exact(self.answer_of(puzzle, best))

    def _search(self, puzzle: ColouringPuzzle, deadline: Deadline) -> tuple[Values | None, bool]:
        """An answer, and whether it is proved that there is none."""
        held, colours = clique(puzzle), puzzle.colours or 0
        if len(held) > colours:
            return None, True
        problem = Problem()
        for name in puzzle.nodes:
            problem.var(name, 1, colours)
        for group in cliques(puzzle):
            problem.add(AllDifferent(label="clique", scope=tuple(group)))
        # Which colour is which is no matter: where none is given, those of a clique may be said.
        said = puzzle.given or [(node, colour) for colour, node in enumerate(held, 1)]
        problem.add(exactly("given", 1, [literal]) for literal in said)
        found = solve(problem, deadline)
        return found.x, found.status == "none"

    def make(
        self, rng: np.random.Generator, height: int, width: int
    ) -> tuple[ColouringPuzzle, Values]:
        """Nodes coloured at random, edges between colours, and as few given as leave one answer."""
        if height != width:
            raise OptionError("a graph has one size", expected="one number")
        while True:
            colours = int(rng.integers(3, 5))
            x = rng.integers(1, colours + 1, size=height)
            ends = [(a, b) for b in range(height) for a in range(b) if x[a] != x[b]]
            wanted = min(int(height * 2.2 * colours / 3), len(ends))
            edges = [ends[k] for k in rng.permutation(len(ends))[:wanted].tolist()]
            data = {
                "nodes": [str(k + 1) for k in range(height)],
                "edges": edges,
                "colours": colours,
                "given": list(enumerate(x.tolist())),
            }
            puzzle = validate(ColouringPuzzle, data)
            kept = thin(self.declare(puzzle), x, rng)
            if kept is not None:
                return self._only(puzzle, {int(place[0]) for place in kept}), x

    def _only(self, puzzle: ColouringPuzzle, nodes: set[int]) -> ColouringPuzzle:
        given = tuple((node, colour) for node, colour in puzzle.given if node in nodes)
        return puzzle.model_copy(update={"given": given})

    def clues(self, puzzle: ColouringPuzzle) -> Sequence[Clue]:
        return [
            Clue(f"node {puzzle.nodes[node]} = {colour}", (node, colour))
            for node, colour in puzzle.given
        ]

    def keeping(self, puzzle: ColouringPuzzle, clues: Sequence[Clue]) -> ColouringPuzzle:
        return self._only(puzzle, {int(clue.data[0]) for clue in clues})

    def render(self, puzzle: ColouringPuzzle, answer: ColouringAnswer | None = None) -> str:
        if answer is None:
            return files.written(puzzle)
        lines = [f"{n} {c}" for n, c in zip(puzzle.nodes, answer.colours, strict=False)]
        return "\n".join([f"s col {used(answer.colours)}", *lines])

    def parse(self, text: str) -> ColouringPuzzle:
        return files.read_col(text)[0]

    def parse_answer(self, puzzle: ColouringPuzzle, text: str) -> ColouringAnswer:
        return files.read_answer(puzzle, text)

    def coerce_answer(self, puzzle: ColouringPuzzle, value: Any) -> ColouringAnswer:
        """An answer from a list of colours, or from an object of nodes with theirs."""
        if isinstance(value, Answer):
            return super().coerce_answer(puzzle, value)
        if isinstance(value, dict):
            mine = set(value) <= {"task", "colours"} and isinstance(value.get("colours"), list)
            if not mine:
                told = value.get("colours", value)
                told = told if isinstance(told, dict) else value
                named = {str(name): colour for name, colour in told.items() if name != "task"}
                return validate(ColouringAnswer, answer_from(puzzle, named))
            value = value["colours"]
        if isinstance(value, list | tuple):
            value = numbered(puzzle, list(value))
        return validate(ColouringAnswer, {"colours": value})

    def read_object(self, value: Any, options: ReadOptions) -> Loaded | None:
        """A networkx graph, or another with ``nodes`` and ``edges`` like one."""
        if isinstance(value, dict) or not (hasattr(value, "nodes") and hasattr(value, "edges")):
            return None
        if isinstance(value, self.puzzle_type):
            return None
        edges = [[str(a), str(b)] for a, b in value.edges]
        record = {"nodes": [str(node) for node in value.nodes], "edges": edges}
        puzzle, notes = files.read_record(record)
        return Loaded.of("a graph", [(puzzle, None)], notes)

    def forms(self) -> Sequence[Form]:
        return files.forms()

    def scene(self, puzzle: ColouringPuzzle, answer: ColouringAnswer | None = None) -> Scene:
        colours = dict(puzzle.given) if answer is None else dict(enumerate(answer.colours))
        return draw(puzzle, colours)

    def wrong_answers(self) -> Sequence[WrongAnswer[ColouringPuzzle, ColouringAnswer]]:
        puzzle = ColouringPuzzle(
            nodes=("a", "b", "c"), edges=((0, 1), (1, 2)), colours=2, given=((0, 1),)
        )
        answers = {
            "nodes b and c are joined and both have colour 2": [1, 2, 2],
            "node a has not colour 1, as given": [2, 1, 2],
            "node c is 3, which it cannot be": [1, 2, 3],
            "there are 2 colours for 3 nodes": [1, 2],
        }
        return [
            WrongAnswer(puzzle, ColouringAnswer(colours=tuple(colours)), says)
            for says, colours in answers.items()
        ]


def _renamed(answer: ColouringAnswer) -> ColouringAnswer:
    """The same with its colours called 1, 2 and so on in the order in which they come."""
    names = {colour: k for k, colour in enumerate(dict.fromkeys(answer.colours), 1)}
    return ColouringAnswer(colours=tuple(names[colour] for colour in answer.colours))
