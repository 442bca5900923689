"""The route: whatever the network says, only the rules say solved."""

from __future__ import annotations

import inspect
import itertools
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import Budget, InputError, OptionError, Result, UnknownNameError
from hrm_toolkit.solvers.bundles.bundle import write_bundle
from hrm_toolkit.solvers.inputs.batch import StructureBatch
from hrm_toolkit.solvers.inputs.config import NetworkConfig
from hrm_toolkit.solvers.networks.network import Carry, Network, SegmentOutput
from hrm_toolkit.solvers.solver import Solver

Make = Callable[..., Solver]

SUDOKU = "1... ..3. .4.. ...2"
HARDER = "...4 ..1. .1.. 2..."
ONE_BLANK = "1234 3412 2143 432."
FULL = "1234 3412 2143 4321"
TWO_ANSWERS = "12.. 34.. 2143 43.."
CLASH = "11.. .... .... ...."
HIDDEN_CLASH = "12.. ..3. .... ...."
MAZE = "S..\n.#.\n..G"
WALLED = "S#G\n.#.\n.#."
GRAPH = "start a\ngoal d\na -- b 1\nb -- d 1\na -- c 1\nc -- d 5"
SIZES = {"sudoku": (4,), "maze": (2, 3, 4, (2, 5)), "graph": (2, 3, 5, 6)}
UNTIMED = {"seconds": 0.0}


class Oracle(Network):
    """Right about square puzzles from a segment on; wrong before, and about ``fools`` for ever.

    The carry counts segments. ``delay`` is the segment of the first right answer, ``otherwise``
    what it says instead of one.
    """

    def __init__(
        self,
        task: str,
        *,
        delay: Callable[[Tensor], int] = lambda tokens: 1,
        fools: str | None = None,
        otherwise: Callable[[Tensor], Tensor] = torch.ones_like,
    ) -> None:
        super().__init__()
        self.adapter = get_adapter(task)
        self.config = NetworkConfig(
            family="oracle", vocabulary=self.adapter.codec.spec.size, width=4
        )
        self.delay = delay
        self.otherwise = otherwise
        self.fools = None if fools is None else self._encode(fools).tolist()
        self.calls = 0

    def _encode(self, text: str) -> np.ndarray:
        return self.adapter.codec.encode(self.adapter.parse(text))

    def _labels(self, tokens: Tensor) -> np.ndarray:
        side = math.isqrt(len(tokens))
        if self.adapter.task == "sudoku":
            puzzle = self.adapter.coerce((tokens.view(side, side) - 1).tolist())
        else:
            symbols = "".join("?#.SG"[token] for token in tokens.tolist())
            puzzle = self.adapter.coerce([symbols[i : i + side] for i in range(0, side**2, side)])
        return self.adapter.codec.labels(puzzle, self.adapter.exact(puzzle).answer)

    def initial_carry(self, tokens: Tensor, structure: StructureBatch) -> Carry:
        return Carry(torch.zeros(len(tokens), 1), torch.zeros(len(tokens), 1))

    def forward(
        self,
        carry: Carry,
        tokens: Tensor,
        puzzle_ids: Tensor | None,
        structure: StructureBatch,
    ) -> tuple[Carry, SegmentOutput]:
        self.calls += 1
        age = carry.z_high + 1
        said = self.otherwise(tokens)
        knows = torch.zeros(len(tokens))
        for i, row in enumerate(tokens):
            if age[i] >= self.delay(row) and row.tolist() != self.fools:
                said[i] = torch.from_numpy(self._labels(row).astype(np.int64))
                knows[i] = 1
        logits = 9.0 * torch.nn.functional.one_hot(said, self.config.vocabulary).float()
        return Carry(age, carry.z_low), SegmentOutput(logits, knows - 0.5, 0.5 - knows)


def oracle(task: str = "sudoku", **options: Any) -> Solver:
    batch_size = options.pop("batch_size", 64)
    return Solver(get_adapter(task), Oracle(task, **options), batch_size=batch_size)


def puzzles(task: str, seeds: range) -> list[Any]:
    adapter, sizes = get_adapter(task), SIZES[task]
    return [
        adapter.generate(np.random.default_rng([seed]), size=sizes[seed % len(sizes)]).puzzle
        for seed in seeds
    ]


def untimed(results: list[Result]) -> list[dict[str, Any]]:
    return [result.model_dump(mode="json") | UNTIMED for result in results]


def test_unless_said_an_attempt_has_the_segments_of_the_recipes_validations(
    untrained: Make, tmp_path: Path
) -> None:
    solver, hard = untrained("sudoku"), puzzles("sudoku", range(1))[0]
    with torch.no_grad():
        solver.network.get_parameter("halt_head.bias").fill_(-1e9)
    once = Budget(restarts=1)
    assert solver.solve(hard, strategy="neural", budget=once).segments == 16
    recipe = {"validation_segments": 3}
    write_bundle(tmp_path, solver.network, solver.adapter, name="few", recipe=recipe)
    few = Solver.load(tmp_path)
    assert few.solve(hard, strategy="neural", budget=once).segments == 3
    assert len(list(few.trace(hard, stop=False))) == 3
    assert few.solve(hard, strategy="neural", budget=Budget(restarts=2)).segments == 6
    assert few.solve(hard, strategy="neural", budget=Budget(segments=5)).segments == 5


@settings(max_examples=25)
@given(
    task=st.sampled_from(["sudoku", "maze", "graph"]),
    strategy=st.sampled_from(["neural", "verified"]),
    seed=st.integers(0, 10_000),
    budget=st.builds(
        Budget, segments=st.integers(1, 3), votes=st.integers(1, 3), nodes=st.integers(0, 40)
    ),
)
def test_solved_means_that_the_rules_accept(
    untrained: Make, task: str, strategy: Any, seed: int, budget: Budget
) -> None:
    solver = untrained(task, seed=seed)
    given_ = puzzles(task, range(seed, seed + 3))
    for puzzle, result in zip(
        given_, solver.solve_many(given_, budget=budget, strategy=strategy, seed=seed), strict=True
    ):
        if result.answer is None:
            assert not result.verdict
        else:
            assert result.verdict == solver.adapter.rules.check(puzzle, result.answer)
        assert result.solved == result.verdict.valid
        assert result.abstained != result.solved
        assert result.segments <= budget.segments * budget.votes
        assert result.nodes <= budget.nodes


@pytest.mark.parametrize("family", ["structured", "hrm"])
def test_verified_goes_on_to_search(untrained: Make, family: str) -> None:
    result = untrained("sudoku", family=family).solve(SUDOKU, budget=Budget(segments=2))
    assert result.solved
    assert result.source == f"{family}+search"
    assert result.segments == 2
    assert result.nodes > 0
    assert 0 <= (result.confidence or 0) <= 1


@pytest.mark.parametrize(("task", "text"), [("maze", MAZE), ("graph", GRAPH)])
def test_search_finds_paths_that_a_network_does_not(task: str, text: str) -> None:
    result = oracle(task, delay=lambda tokens: 9).solve(text, budget=Budget(segments=2))
    assert (result.solved, result.source, result.segments) == (True, "oracle+search", 2)
    assert result.nodes > 0
    assert result.verdict.optimal


@pytest.mark.parametrize("task", ["lightup", "futoshiki", "latin"])
def test_exact_search_that_infers_needs_none_before_it_that_does_not(
    untrained: Make, task: str
) -> None:
    puzzle = get_adapter(task).generate(np.random.default_rng(0), size=5).puzzle
    result = untrained(task).solve(puzzle, budget=Budget(segments=1))
    assert (result.solved, result.source) == (True, "exact")
    counted = untrained(task).solve(puzzle, budget=Budget(segments=1, nodes=100_000))
    assert (counted.solved, counted.source) == (True, "structured+search")


def test_the_network_is_believed_as_soon_as_the_rules_agree() -> None:
    result = oracle(delay=lambda tokens: 3).solve(SUDOKU)
    assert (result.solved, result.source, result.segments, result.nodes) == (True, "oracle", 3, 0)


def test_a_detour_is_an_answer_but_search_goes_on_for_a_better_one() -> None:
    marks = torch.tensor([[3, 2, 4, 5, 5, 5]])
    solver = oracle("maze", delay=lambda tokens: 99, otherwise=lambda tokens: marks)
    maze = "S.G\n..."
    for strategy, budget in (("neural", Budget(segments=3)), ("verified", Budget(nodes=0))):
        result = solver.solve(maze, strategy=strategy, budget=budget)  # type: ignore[arg-type]
        assert (result.solved, result.source) == (True, "oracle")
        assert (result.verdict.optimal, result.verdict.cost) == (False, 4)
    result = solver.solve(maze)
    assert (result.solved, result.source) == (True, "exact")
    assert (result.verdict.optimal, result.verdict.cost) == (True, 2)


def test_neural_is_the_network_alone() -> None:
    lone = oracle(delay=lambda tokens: 3)
    assert lone.solve(SUDOKU, strategy="neural").segments == 3, "it halts when the network wants"
    result = lone.solve(SUDOKU, strategy="neural", budget=Budget(segments=2))
    assert not result.solved
    assert (result.source, result.nodes, result.segments) == ("oracle", 0, 2)
    assert result.answer is not None, "the refuted answer is shown, with what is wrong with it"
    assert result.verdict.violations[0].rule == "blank"


def test_exact_runs_no_network() -> None:
    solver = oracle()
    result = solver.solve(SUDOKU, strategy="exact")
    assert (result.solved, result.source, result.segments) == (True, "exact", 0)
    assert solver.network is not None
    assert solver.network.calls == 0
    assert Solver(get_adapter("maze"), None).solve(MAZE, strategy="exact").verdict.optimal


def test_without_a_network_verified_is_exact_and_neural_is_refused() -> None:
    solver = Solver(get_adapter("sudoku"), None)
    assert solver.solve(SUDOKU).source == "exact"
    assert solver.name == "exact"
    with pytest.raises(OptionError, match=r"no trained network for sudoku.*train one"):
        solver.solve(SUDOKU, strategy="neural")
    with pytest.raises(OptionError, match="no trained network"):
        next(solver.trace(SUDOKU))


def test_a_strategy_that_does_not_exist() -> None:
    unchecked = inspect.unwrap(Solver.solve_many)  # under pytest the annotation refuses it first
    with pytest.raises(UnknownNameError, match='did you mean "neural"'):
        unchecked(oracle(), [SUDOKU], strategy="neurla")


def test_a_spent_budget_is_abstention(untrained: Make) -> None:
    result = untrained("sudoku").solve(SUDOKU, budget=Budget(segments=1, nodes=0))
    assert result.abstained
    assert not result.solved
    assert not result.unsolvable
    assert result.source == "structured"
    assert (result.segments, result.nodes) == (1, 0)
    assert result.verdict.violations


@pytest.mark.parametrize("strategy", ["verified", "exact"])
def test_search_proves_that_there_is_no_answer(untrained: Make, strategy: Any) -> None:
    result = untrained("sudoku").solve(HIDDEN_CLASH, strategy=strategy)
    assert result.unsolvable
    assert result.abstained
    assert not result.solved
    assert strategy == "verified" or result.answer is None


@pytest.mark.parametrize("strategy", ["neural", "verified", "exact"])
@pytest.mark.parametrize(
    ("task", "text", "rule", "places"),
    [
        ("sudoku", CLASH, "row", ((0, 0), (0, 1))),
        ("maze", WALLED, "unreachable", ((0, 0), (0, 2))),
    ],
)
def test_contradictory_puzzles_are_diagnosed_before_any_network(
    task: str, text: str, rule: str, places: Any, strategy: Any
) -> None:
    solver = oracle(task)
    result = solver.solve(text, strategy=strategy)
    assert (result.unsolvable, result.abstained, result.answer) == (True, True, None)
    assert (result.source, result.segments, result.confidence) == ("none", 0, None)
    assert result.verdict.violations[0].rule == rule
    assert result.verdict.violations[0].places == places
    assert solver.network is not None
    assert solver.network.calls == 0


def test_a_graph_without_a_path(untrained: Make) -> None:
    result = untrained("graph").solve({"edges": [["a", "b"]], "nodes": ["a", "b", "c"],
                                       "start": "a", "goal": "c"})  # fmt: skip
    assert result.unsolvable
    assert 'no path leads from the start "a" to the goal "c"' in str(result.verdict)


@pytest.mark.parametrize("strategy", ["verified", "exact"])
@pytest.mark.parametrize("text", [ONE_BLANK, FULL])
def test_one_blank_cell_and_none(untrained: Make, text: str, strategy: Any) -> None:
    result = untrained("sudoku").solve(text, strategy=strategy)
    assert result.solved
    adapter = get_adapter("sudoku")
    assert result.answer == adapter.coerce_answer(adapter.parse(text), FULL)


@pytest.mark.parametrize("strategy", ["verified", "exact"])
def test_a_puzzle_with_two_solutions_gets_one_of_them(untrained: Make, strategy: Any) -> None:
    adapter = get_adapter("sudoku")
    solver = untrained("sudoku")
    assert adapter.count_solutions(adapter.parse(TWO_ANSWERS)) == 2  # type: ignore[attr-defined]
    assert solver.solve(TWO_ANSWERS, strategy=strategy).solved


@pytest.mark.parametrize("votes", [1, pytest.param(3, marks=pytest.mark.long)])
@pytest.mark.parametrize("strategy", ["neural", "verified"])
@pytest.mark.parametrize("task", ["sudoku", "maze", "graph"])
def test_many_are_solved_as_each_alone(
    untrained: Make, task: str, strategy: Any, votes: int
) -> None:
    budget = Budget(segments=4, votes=votes, nodes=300)
    solver = untrained(task, seed=5, batch_size=2)
    given_ = puzzles(task, range(7))
    many = solver.solve_many(given_, budget=budget, strategy=strategy, seed=3)
    alone = [solver.solve(p, budget=budget, strategy=strategy, seed=3) for p in given_]
    for one, other in zip(untimed(many), untimed(alone), strict=True):
        assert one.pop("confidence") == pytest.approx(other.pop("confidence"), abs=1e-5)
        assert one == other


def test_rows_that_halt_leave_their_place_to_waiting_ones() -> None:
    texts = [SUDOKU, HARDER, ONE_BLANK, TWO_ANSWERS, FULL]
    delays = [5, 1, 4, 2, 3]
    adapter = get_adapter("sudoku")
    known = {tuple(adapter.codec.encode(adapter.parse(t)).tolist()): i for i, t in enumerate(texts)}
    solver = oracle(delay=lambda row: delays[known[tuple(row.tolist())]], batch_size=2)
    results = solver.solve_many(texts)
    assert [result.segments for result in results] == [5, 1, 4, 2, 3]
    assert all(result.solved for result in results)
    assert solver.network is not None
    assert solver.network.calls == 8, "15 segments in two places: 5 and 1 + 4, then 2, 3 beside"
    kept = Budget(segments=2)
    short = solver.solve_many(texts, budget=kept, strategy="neural")
    assert [result.segments for result in short] == [2, 1, 2, 2, 2]
    assert [result.solved for result in short] == [False, True, False, True, False]


@pytest.mark.parametrize(("task", "text"), [("sudoku", SUDOKU), ("maze", "S..\n#..\n#.G")])
def test_votes_come_back_in_the_frame_of_the_puzzle(task: str, text: str) -> None:
    solver = oracle(task, fools=text)
    budget = Budget(segments=2, votes=4)
    lone = solver.solve(text, strategy="neural", budget=Budget(segments=2))
    assert not lone.solved, "the network is wrong about the puzzle as given"
    result = solver.solve(text, budget=budget, seed=1)
    assert result.solved
    assert result.source == "oracle+votes"
    assert solver.adapter.rules.check(solver.adapter.parse(text), result.answer)
    assert solver.solve(text, budget=budget, strategy="neural", seed=1).source == "oracle+votes"


def test_an_empty_list() -> None:
    assert oracle().solve_many([]) == []


def test_time_is_roughly_kept(untrained: Make) -> None:
    blank = [[0] * 16 for _ in range(16)]
    budget = Budget(segments=100_000, votes=1_000, nodes=10**9, seconds=0.2)
    for strategy in ("neural", "verified"):
        start = time.perf_counter()
        result = untrained("sudoku").solve(blank, budget=budget, strategy=strategy)
        assert time.perf_counter() - start < 20, "without the bound it would take hours"
        assert result.solved == result.verdict.valid


def test_trace_yields_each_segment_until_the_rules_agree() -> None:
    solver = oracle(delay=lambda tokens: 3)
    seen = list(solver.trace(SUDOKU, segments=5))
    assert [(s.index, s.total, s.verdict.valid) for s in seen] == [
        (1, 5, False), (2, 5, False), (3, 5, True)
    ]  # fmt: skip
    assert [s.halt > 0.5 for s in seen] == [False, False, True]
    assert all(0 < s.confidence <= 1 for s in seen)
    assert len(list(solver.trace(SUDOKU, segments=5, stop=False))) == 5
    assert len(list(solver.trace(SUDOKU, segments=2))) == 2


def test_trace_is_what_solve_does(untrained: Make) -> None:
    solver = untrained("maze", seed=2)
    *_, last = solver.trace(MAZE, segments=4)
    result = solver.solve(MAZE, strategy="neural", budget=Budget(segments=last.index))
    if result.segments == last.index:
        assert result.answer == last.answer
        assert result.confidence == last.halt


ARC = {
    "train": [{"input": [[1, 0]], "output": [[0, 1]]}],
    "test": [{"input": [[2, 0]], "output": [[0, 2]]}, {"input": [[3, 0]], "output": [[0, 3]]}],
}


def test_trace_goes_through_every_part_of_a_task(untrained: Make) -> None:
    solver = untrained("arc")
    seen = list(solver.trace(ARC, segments=2, stop=False))
    assert [segment.index for segment in seen] == [1, 2]
    alone = solver.solve(ARC, strategy="neural", budget=Budget(segments=1))
    assert seen[0].answer == alone.answer
    assert seen[0].verdict == alone.verdict
    assert seen[0].halt == pytest.approx(alone.confidence, abs=1e-6)
    assert 0 < seen[0].confidence <= 1


def test_trace_begins_no_segment_that_may_pass_its_time(
    untrained: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    readings = itertools.count()
    monkeypatch.setattr("hrm_toolkit.core.clock.time.perf_counter", lambda: float(next(readings)))
    solver = untrained("sudoku")
    assert 0 < len(list(solver.trace(SUDOKU, segments=99, stop=False, seconds=20.0))) < 7
    assert list(solver.trace(SUDOKU, segments=9, seconds=1e-9)) == []


@pytest.mark.parametrize(
    "value",
    [
        "1...\n..3.\n.4..\n...2",
        [[1, 0, 0, 0], [0, 0, 3, 0], [0, 4, 0, 0], [0, 0, 0, 2]],
        {"grid": [[1, 0, 0, 0], [0, 0, 3, 0], [0, 4, 0, 0], [0, 0, 0, 2]]},
        {"task": "sudoku", "grid": ["1...", "..3.", ".4..", "...2"]},
        np.array([[1, 0, 0, 0], [0, 0, 3, 0], [0, 4, 0, 0], [0, 0, 0, 2]]),
    ],
    ids=["text", "lists", "dict", "dict of text", "array"],
)
def test_what_a_person_has_is_taken(value: Any) -> None:
    if isinstance(value, dict) and "task" in value:
        value = value | {"grid": [[int(c) for c in row.replace(".", "0")] for row in value["grid"]]}
    solver = oracle()
    assert solver.solve(value).answer == solver.solve(SUDOKU).answer


def test_a_puzzle_of_another_task_is_refused() -> None:
    maze = get_adapter("maze").parse(MAZE)
    with pytest.raises(InputError, match="this is a maze puzzle; expected a sudoku puzzle"):
        oracle().solve(maze)
    with pytest.raises(InputError):
        oracle().solve({"task": "maze", "grid": ["SG"]})
    with pytest.raises(InputError):
        oracle().solve(3.5)


@pytest.mark.usefixtures("untouched_randomness")
def test_results_are_a_function_of_the_seed(untrained: Make) -> None:
    given_ = puzzles("maze", range(4))
    budget = Budget(segments=2, votes=3, nodes=5)
    runs = [
        untrained("maze", seed=1).solve_many(given_, budget=budget, seed=seed) for seed in (7, 7, 8)
    ]
    assert untimed(runs[0]) == untimed(runs[1])
    assert {result.seed for result in runs[2]} == {8}
    assert all(result.seconds > 0 for run in runs for result in run)
