"""Inference that halts: early exit, more segments than trained, the best kept, restarts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import Budget, InputError, validate
from hrm_toolkit.solvers import shares
from hrm_toolkit.solvers.attempt import Attempt, best
from hrm_toolkit.solvers.inputs.batch import StructureBatch
from hrm_toolkit.solvers.inputs.config import NetworkConfig, StructuredConfig
from hrm_toolkit.solvers.networks.carries import disturbed, restarted
from hrm_toolkit.solvers.networks.families import build_network
from hrm_toolkit.solvers.networks.network import Carry, Network, SegmentOutput
from hrm_toolkit.solvers.proposer import Proposer
from hrm_toolkit.solvers.runners.runner import Restart, Rolling, Row
from hrm_toolkit.solvers.solver import Solver

Make = Callable[..., Solver]
CPU = torch.device("cpu")
SUDOKU = "1... ..3. .4.. ...2"
SOLVED = "1324 4231 2413 3142"
DETOURS = "S.G\n...\n.#.\n..."
LONG = "S.G\no.o\no#o\nooo"
MIDDLE = "S.G\nooo\n.#.\n..."
SHORT = "SoG\n...\n.#.\n..."


def spoken(task: str, text: str) -> Tensor:
    """The tokens of an answer, as a network says them."""
    symbols = "".join(text.split())
    names = "_" + ("#.SGo" if task == "maze" else ".1234")
    return torch.tensor([names.index(symbol) for symbol in symbols])


class Scripted(Network):
    """Says ``script(mood, segment)``; the mood is what noise made of an initial carry of 0."""

    def __init__(
        self, task: str, script: Callable[[float, int], str], *, random_carry: float = 0.0
    ) -> None:
        super().__init__()
        self.task = task
        self.script = script
        vocabulary = get_adapter(task).codec.spec.size
        self.config = NetworkConfig(
            family="scripted", vocabulary=vocabulary, width=4, random_carry=random_carry
        )
        self.moods: list[float] = []

    def initial_carry(self, tokens: Tensor, structure: StructureBatch) -> Carry:
        return Carry(torch.zeros(len(tokens), 2), torch.zeros(len(tokens), 2))

    def forward(
        self, carry: Carry, tokens: Tensor, puzzle_ids: Tensor | None, structure: StructureBatch
    ) -> tuple[Carry, SegmentOutput]:
        # Thousands, so that noise does not change the count.
        age = carry.z_high + 1000
        segments = (age[:, 0] / 1000).round().int().tolist()
        moods = carry.z_low[:, 0].tolist()
        self.moods += moods
        texts = [self.script(*row) for row in zip(moods, segments, strict=True)]
        said = torch.stack([spoken(self.task, text) for text in texts])
        logits = 9.0 * torch.nn.functional.one_hot(said, self.config.vocabulary).float()
        q = torch.full((len(tokens),), -1.0)
        return Carry(age, carry.z_low), SegmentOutput(logits, q, -q)


def scripted(task: str, script: Callable[[float, int], str], **options: Any) -> Solver:
    return Solver(get_adapter(task), Scripted(task, script, **options))


def generated(task: str, size: int, count: int) -> list[Any]:
    adapter = get_adapter(task)
    return [adapter.generate(np.random.default_rng([i]), size=size).puzzle for i in range(count)]


def full_run(proposer: Proposer, puzzles: list[Any], segments: int) -> list[list[Row[int]]]:
    """Every row for all segments: the rows of each segment, in order."""
    rolling: Rolling[int] = proposer.runner.rolling()
    rolling.add([(i, proposer.encode(puzzle)) for i, puzzle in enumerate(puzzles)])
    return [rolling.advance() for _ in range(segments)]


@settings(max_examples=8)
@given(
    task=st.sampled_from(["maze", "sudoku"]),
    family=st.sampled_from(["structured", "hrm"]),
    seed=st.integers(0, 1000),
)
def test_an_early_exit_gives_the_full_run_s_answer_at_the_halting_segment(
    untrained: Make, task: str, family: str, seed: int
) -> None:
    solver = untrained(task, family=family, seed=seed)
    assert solver.network is not None
    proposer = solver.proposer()
    puzzles = generated(task, 4, 5)
    segments = 6
    full = full_run(proposer, puzzles, segments)
    early = proposer.propose(puzzles, segments=segments, until_settled=False)
    first_exit = min(attempt.segments for attempt in early)
    for i, attempt in enumerate(early):
        wishes = [rows[i].q_halt > 0 for rows in full]
        halting = wishes.index(True) + 1 if True in wishes else segments
        assert attempt.segments == halting
        there = proposer.read(puzzles[i], full[halting - 1][i])
        assert attempt.probabilities is not None
        assert there.probabilities is not None
        if halting <= first_exit:
            assert (attempt.probabilities == there.probabilities).all(), "the batch was the same"
            assert (attempt.answer, attempt.verdict) == (there.answer, there.verdict)
        np.testing.assert_allclose(attempt.probabilities, there.probabilities, atol=1e-4)


def test_rows_do_leave_early(untrained: Make) -> None:
    spent: set[int] = set()
    for seed in range(6):
        solver = untrained("maze", family="hrm", seed=seed)
        budget = Budget(segments=6)
        results = solver.solve_many(generated("maze", 4, 5), budget=budget, strategy="neural")
        spent |= {result.segments for result in results}
    assert len(spent) > 1


@pytest.mark.parametrize("family", ["structured", "hrm"])
def test_more_segments_than_trained_go_on_from_the_same_run(untrained: Make, family: str) -> None:
    solver = untrained("sudoku", family=family, seed=3)
    short = list(solver.trace(SUDOKU, segments=3, stop=False))
    long = list(solver.trace(SUDOKU, segments=60, stop=False))
    assert len(long) == 60
    for one, other in zip(short, long, strict=False):
        assert (one.answer, one.halt, one.confidence) == (
            other.answer,
            other.halt,
            other.confidence,
        )
    assert all(0 < segment.confidence <= 1 for segment in long), "finite to the end"


@pytest.mark.parametrize(
    ("said", "kept", "segments"),
    [
        ((LONG, MIDDLE, DETOURS, LONG), MIDDLE, 4),
        ((LONG, DETOURS), LONG, 4),
        ((DETOURS, LONG, SHORT, DETOURS), SHORT, 3),
        ((DETOURS,), DETOURS, 4),
    ],
    ids=["best of two", "valid, then broken", "optimal ends it", "never valid"],
)
def test_more_segments_lose_no_verified_answer(
    said: tuple[str, ...], kept: str, segments: int
) -> None:
    solver = scripted("maze", lambda mood, segment: said[min(segment, len(said)) - 1])
    result = solver.solve(DETOURS, budget=Budget(segments=4, nodes=0))
    adapter = solver.adapter
    puzzle = adapter.parse(DETOURS)
    expected = adapter.codec.decode(puzzle, spoken("maze", kept).int().numpy())
    assert result.answer == expected
    assert result.verdict == adapter.rules.check(puzzle, expected)
    assert result.segments == segments
    lone = solver.solve(DETOURS, budget=Budget(segments=4), strategy="neural")
    last = adapter.codec.decode(puzzle, spoken("maze", said[-1]).int().numpy())
    assert lone.answer == last, "the network alone is taken at its last word"


def moody(mood: float, segment: int) -> str:
    """Right where noise has moved the carry up far enough."""
    return SOLVED if mood > 0.5 else "1111 2222 3333 4444"


def with_restarts(restarts: int, **more: Any) -> Budget:
    return Budget(segments=2, nodes=0, restarts=restarts, **more)


@pytest.mark.parametrize("strategy", ["neural", "verified"])
def test_restarts_find_what_the_first_attempt_does_not(strategy: Any) -> None:
    solver = scripted("sudoku", moody)
    assert not solver.solve(SUDOKU, budget=with_restarts(1), strategy=strategy).solved
    result = solver.solve(SUDOKU, budget=with_restarts(20), strategy=strategy)
    assert result.solved
    assert result.source == "scripted+restarts"
    assert result.verdict.valid
    assert result.segments < 40, "the first that the rules accept ends it"


def test_an_answer_that_needs_no_restart_is_the_network_s_own() -> None:
    solver = scripted("sudoku", lambda mood, segment: SOLVED)
    for strategy in ("neural", "verified"):
        result = solver.solve(SUDOKU, budget=with_restarts(5), strategy=strategy)
        assert (result.solved, result.source) == (True, "scripted")


@pytest.mark.parametrize("strategy", ["neural", "verified"])
def test_unless_said_cheap_attempts_are_made_anew(untrained: Make, strategy: Any) -> None:
    solver = untrained("sudoku")
    assert solver.network is not None
    with torch.no_grad():
        solver.network.get_parameter("halt_head.bias").fill_(-1e9)
    puzzle = get_adapter("sudoku").parse(SUDOKU)
    most = shares.attempts(solver.proposer(), puzzle, solver.segments, strategy)
    assert most > 10, "a tiny network costs next to nothing"
    result = solver.solve(puzzle, budget=Budget(nodes=0), strategy=strategy)
    assert (result.solved, result.segments) == (False, most * solver.segments)
    if strategy == "verified":
        told = f"{result.segments:,} segments in {most:,} of at most {most:,} attempts"
        assert told in " ".join(result.notes)


@pytest.mark.parametrize("said", [{"segments": 3}, {"votes": 2}, {"restarts": 1}])
def test_whoever_says_what_an_attempt_may_take_gets_one(
    untrained: Make, said: dict[str, int]
) -> None:
    solver = untrained("sudoku")
    with torch.no_grad():
        solver.network.get_parameter("halt_head.bias").fill_(-1e9)
    budget = Budget(**said)
    result = solver.solve(SUDOKU, budget=budget, strategy="neural")
    assert result.segments == (budget.segments or solver.segments) * budget.votes


def test_attempts_are_fewer_where_they_are_dear(untrained: Make) -> None:
    puzzle = get_adapter("sudoku").parse(SUDOKU)
    counts = {
        family: [
            shares.attempts(untrained("sudoku", family=family).proposer(), puzzle, s, "neural")
            for s in (16, 500, 10**7)
        ]
        for family in ("structured", "hrm")
    }
    many, few, one = counts["structured"]
    assert many > few > one == 1
    assert counts["hrm"] == [1, 1, 1], "votes help it more"


def test_a_puzzle_that_the_network_cannot_take_is_not_tried_again() -> None:
    adapter = get_adapter("sudoku")
    config = StructuredConfig(vocabulary=6, width=32, inner=64)
    solver = Solver(adapter, build_network(config, 0))
    beyond = adapter.generate(np.random.default_rng([1]), size=9).puzzle
    within = adapter.parse(SUDOKU)
    for strategy, status in (("neural", "abstained"), ("verified", "solved")):
        one, other = solver.solve_many([beyond, within], strategy=strategy)  # type: ignore[arg-type]
        assert (one.status, one.segments, other.segments > 0) == (status, 0, True)


def test_restarts_compose_with_votes() -> None:
    solver = scripted("sudoku", lambda mood, segment: SUDOKU)
    result = solver.solve(SUDOKU, budget=with_restarts(3, votes=2))
    assert result.segments == 2 * 2 * 3
    assert isinstance(solver.network, Scripted)
    drawn = solver.network.moods[::2]
    assert drawn[:2] == [0.0, 0.0], "first each form with the network's own carry"
    assert len(set(drawn[2:])) == 4, "then each form with noise of its own"


@pytest.mark.parametrize("family", ["structured", "hrm"])
def test_restarts_are_a_function_of_the_seed_and_of_no_neighbour(
    untrained: Make, family: str
) -> None:
    solver = untrained("sudoku", family=family, seed=5, batch_size=2)
    puzzles = generated("sudoku", 4, 4)
    budget = Budget(segments=3, votes=2, restarts=3)

    def solve(given_: list[Any], seed: int) -> list[dict[str, Any]]:
        results = solver.solve_many(given_, budget=budget, strategy="neural", seed=seed)
        return [r.model_dump(mode="json", exclude={"seconds", "confidence"}) for r in results]

    many = solve(puzzles, 1)
    assert many == solve(puzzles, 1)
    assert many == [solve([puzzle], 1)[0] for puzzle in puzzles]


def test_restarts_are_drawn_as_wide_as_the_network_was_trained_for() -> None:
    for trained, expected in ((0.0, 1.0), (0.25, 0.25)):
        solver = scripted("sudoku", lambda mood, segment: SUDOKU, random_carry=trained)
        solver.solve(SUDOKU, budget=Budget(segments=1, nodes=0, restarts=120))
        assert isinstance(solver.network, Scripted)
        first, *drawn = solver.network.moods
        assert first == 0
        assert np.std(drawn) == pytest.approx(expected, rel=0.2)


def test_restarts_keep_to_the_time(untrained: Make) -> None:
    budget = Budget(segments=100, votes=10_000, restarts=10_000, nodes=0, seconds=0.1)
    result = untrained("sudoku").solve([[0] * 16 for _ in range(16)], budget=budget)
    assert result.seconds < 20, "without the bound it would take years"


def test_the_budget_bounds_restarts() -> None:
    for wrong in (-1, 10_001, 1.5):
        with pytest.raises(InputError, match="restarts"):
            validate(Budget, {"restarts": wrong})


def test_an_attempt_s_answer_counts_for_the_first_that_reached_it(untrained: Make) -> None:
    solver = untrained("sudoku")
    assert solver.network is not None
    proposer = solver.proposer()
    puzzle = solver.adapter.parse(SUDOKU)
    options: dict[str, Any] = {"seed": 0, "segments": 1, "until_settled": False}
    by = [
        proposer.vote([puzzle], number, restart=restart, **options)[0].by
        for restart in (0, 1)
        for number in (0, 1)
    ]
    assert by == ["", "votes", "restarts", "restarts"]
    assert Attempt().by == ""


def carry_of(rows: int) -> Carry:
    return Carry(torch.ones(rows, 40, 30), torch.zeros(rows, 40, 30))


@pytest.mark.usefixtures("untouched_randomness")
def test_disturbed_rows_get_the_noise_that_is_theirs() -> None:
    carry = carry_of(3)
    noisy = disturbed(carry, [0.0, 2.0, 0.1], np.random.default_rng(1))
    again = disturbed(carry, [0.0, 2.0, 0.1], np.random.default_rng(1))
    for before, after, same in zip(carry, noisy, again, strict=True):
        assert (after == same).all()
        assert (after[0] == before[0]).all()
        for row, deviation in ((1, 2.0), (2, 0.1)):
            moved = after[row] - before[row]
            assert float(moved.std()) == pytest.approx(deviation, rel=0.1)
            assert abs(float(moved.mean())) < 0.1 * deviation
    assert (noisy.z_high - 1 != noisy.z_low)[1:].any(), "the two states get noise of their own"


def test_nothing_is_drawn_where_nothing_is_disturbed() -> None:
    rng, carry = np.random.default_rng(1), carry_of(2)
    assert disturbed(carry, [0.0, 0.0], rng) is carry
    assert rng.random() == np.random.default_rng(1).random()


def test_a_restart_is_the_same_for_every_row_and_keeps_the_dtype() -> None:
    carry = Carry(*(state.bfloat16() for state in carry_of(3)))
    shape = carry.z_low.shape[1:]
    moved = restarted(carry, Restart(0.5, (1, 2)).noise(*shape))
    assert moved.z_low.dtype == torch.bfloat16
    assert (moved.z_low == moved.z_low[:1]).all()
    assert float(moved.z_low[0].float().std()) == pytest.approx(0.5, rel=0.1)
    assert (restarted(carry, Restart(0.5, (1, 2)).noise(*shape)).z_low == moved.z_low).all()
    assert (restarted(carry, Restart(0.5, (1, 3)).noise(*shape)).z_low != moved.z_low).any()


def test_a_vote_that_search_does_not_better_keeps_its_source(
    untrained: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    solver = untrained("maze")
    maze = solver.adapter.parse(DETOURS)
    longer = solver.adapter.coerce_answer(maze, [[0, 0], [1, 0], [1, 1], [1, 2], [0, 2]])
    verdict = solver.adapter.rules.check(maze, longer)
    assert verdict.valid
    assert verdict.optimal is False

    def vote(self: Proposer, puzzles: Any, number: int, **_: Any) -> list[Attempt]:
        return [Attempt(longer, verdict, by="votes") if number else Attempt() for _ in puzzles]

    monkeypatch.setattr(Proposer, "vote", vote)
    result = solver.solve(maze, budget=Budget(votes=2, nodes=0))
    assert result.solved
    assert result.source == "structured+votes"
    assert solver.solve(maze, budget=Budget(votes=2)).source == "exact"


ANSWERS = {
    text: get_adapter("sudoku").coerce_answer(get_adapter("sudoku").parse(SUDOKU), text)
    for text in (SOLVED, SOLVED.translate(str.maketrans("1234", "2341")))
}


def attempt(answer: int = 0, **facts: Any) -> Attempt:
    adapter, chosen = get_adapter("sudoku"), list(ANSWERS.values())[answer]
    verdict = adapter.rules.check(adapter.parse(SUDOKU), chosen)
    return Attempt(chosen, verdict, **facts)


@pytest.mark.parametrize(
    ("attempts", "chosen"),
    [
        ([attempt(1, halt=0.9, residual=0.1), attempt(0, halt=0.1, residual=0.9)], 1),
        ([attempt(0, halt=0.2, residual=0.1), attempt(0, halt=0.7, residual=0.9)], 1),
        ([attempt(0, halt=0.7, residual=0.9), attempt(0, halt=0.7001, residual=0.1)], 1),
        ([attempt(0, halt=0.7, residual=0.1), attempt(0, halt=0.7001, residual=0.1004)], 0),
        ([attempt(0, halt=0.7), attempt(0, halt=0.7, residual=5.0)], 1),
    ],
    ids=["verdict", "estimate", "residual", "first of equals", "unknown residual"],
)
def test_verdict_then_estimate_then_residual_choose(attempts: list[Attempt], chosen: int) -> None:
    assert best(attempts) is attempts[chosen]


def test_agreement_goes_before_the_estimate() -> None:
    lone, *agreed = attempt(1, halt=0.9), attempt(1, halt=0.8), attempt(0, halt=0.1)
    for one in (lone, *agreed):
        one.verdict = agreed[0].verdict
    agreed[0].answer = agreed[1].answer
    assert best([lone, *agreed]) is agreed[0]
