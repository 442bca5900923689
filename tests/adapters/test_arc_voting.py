"""Voting over ARC variants: ranks, attempts and pass@K as the published evaluation counts them."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load_file

from hrm_toolkit.adapters.arc import ArcPuzzle, ArcVotes
from hrm_toolkit.adapters.arc.codec import from_tokens, to_tokens
from hrm_toolkit.adapters.arc.operations import DIHEDRAL
from hrm_toolkit.adapters.arc.published.read import pairs
from hrm_toolkit.adapters.arc.published.variants import parse_name
from hrm_toolkit.adapters.arc.symmetry import ArcSymmetry
from hrm_toolkit.adapters.formats.published.arrays import ArraySet, Metadata
from hrm_toolkit.core import InputError

GOLDEN = Path(__file__).parents[1] / "golden"
ARRAYS = load_file(GOLDEN / "dataset.safetensors")
FACTS = json.loads((GOLDEN / "dataset.json").read_text())["results"]
VOTING = FACTS["voting"]
# The vectors' tasks have no demonstrations, which play no part in the vote.
SHOWN = [{"input": [[0]], "output": [[0]]}]
TASKS = {
    name: ArcPuzzle(name=name, train=SHOWN, test=task["test"])
    for name, task in VOTING["test_puzzles"].items()
}


def voted(rows=slice(None)):
    """The vectors' predictions; identifier 0 is the padding of a batch."""
    votes = ArcVotes()
    for identifier, tokens, said, q in zip(
        *(
            ARRAYS[f"voting/{part}"][rows]
            for part in ("puzzle_identifiers", "inputs", "preds", "q_halt_logits")
        ),
        strict=True,
    ):
        if identifier:
            name = VOTING["identifiers"][identifier]
            votes.add(name, tokens.astype(np.int32), said.astype(np.int32), float(q))
    return votes


def published_hash(grid):
    """Vectors name grids by their digests."""
    cells = np.array(grid or np.zeros((0, 0)), np.uint8)
    return hashlib.sha256(bytes(cells.shape) + cells.tobytes()).hexdigest()


def listed(grid):
    return [] if grid is None else [list(row) for row in grid]


RUNS = {
    "single_eval": slice(None),
    "two_evals_aggregated_true(rows 0-6 in eval 1, 7-11 in eval 2)": slice(None),
    "two_evals_aggregated_false(only rows 7-11 count)": slice(7, None),
    "submission_K3": slice(None),
}


@pytest.mark.parametrize("run", VOTING["runs"])
def test_pass_at_k_is_the_published_number(run):
    votes = voted(RUNS[run])
    for count in VOTING["pass_Ks"]:
        expected = VOTING["runs"][run]["metrics"][f"ARC/pass@{count}"]
        assert votes.pass_at(count, TASKS.values()) == pytest.approx(expected, abs=1e-12), count


@pytest.mark.parametrize("run", VOTING["runs"])
def test_candidates_are_ranked_as_published(run):
    votes = voted(RUNS[run])
    for name, entries in VOTING["runs"][run]["submission"].items():
        found = [votes.candidates(name, test.input) for test in TASKS[name].test]
        # The published submission leaves out test inputs without predictions, ours says none.
        predicted = [candidates for candidates in found if candidates]
        for candidates, entry in zip(predicted, entries, strict=True):
            # Where candidates are too few the first is repeated there.
            ranked = [listed(c.grid) for c in candidates] + 3 * [listed(candidates[0].grid)]
            assert ranked[: len(entry)] == list(entry.values())


def test_votes_and_confidences_are_the_published_ones():
    votes = voted()
    for name, by_input in VOTING["local_votes"].items():
        for test in TASKS[name].test:
            cast = by_input[published_hash(test.input)]
            found = votes.candidates(name, test.input)
            assert sum(c.votes for c in found) == len(cast)
            for candidate in found:
                q = [q for digest, q in cast if digest == published_hash(candidate.grid)]
                assert candidate.votes == len(q)
                assert candidate.confidence == pytest.approx(np.mean(q), rel=1e-12)
    assert votes.candidates("p3", TASKS["p3"].test[0].input) == ()


def test_digests_tell_grids_apart_as_ours_do():
    for name, digest in FACTS["hashes"]["grid_hash"].items():
        assert published_hash(ARRAYS[name].tolist()) == digest
    zeros = {(2, 3): "grid_hash_2x3_zeros", (3, 2): "grid_hash_3x2_zeros"}
    for shape, name in zeros.items():
        assert published_hash(np.zeros(shape).tolist()) == FACTS["hashes"][name]
    assert published_hash(None) == FACTS["hashes"]["grid_hash_empty_0x0"]


def test_an_answer_wastes_no_attempt_on_nothing():
    votes = voted()
    answer = votes.answer(TASKS["p1"])
    assert [len(grids) for grids in answer.attempts] == [2, 2]
    ranked = [c.grid for c in votes.candidates("p1", TASKS["p1"].test[1].input)]
    assert ranked[0] is None, "as published, where it would be an attempt"
    assert answer.attempts[1] == tuple(ranked[1:3])
    assert votes.answer(TASKS["p3"]).attempts == ((),)


@pytest.mark.parametrize("case", FACTS["arc_names"], ids=lambda case: case["hrm_name"])
def test_names_of_variants_are_read_in_both_spellings(case):
    symmetry = ArcSymmetry(DIHEDRAL[case["trans_id"]], tuple(case["color_map"]))
    for spelling in ("name", "hrm_name"):
        assert parse_name(case[spelling]) == (case["original_name"], symmetry)


@pytest.mark.parametrize("name", ["a", "a_t8_0123456789", "a|||t1|||1023456789", "a_t1_0112345678"])
def test_another_name_is_a_task_as_it_is(name):
    task, symmetry = parse_name(name)
    assert task == name
    assert symmetry.grid(((3, 1), (0, 9))) == ((3, 1), (0, 9))


@given(
    st.lists(
        st.tuples(st.integers(0, 7), st.permutations(range(1, 10)), st.integers(0, 2)),
        min_size=1,
        max_size=8,
    )
)
def test_variants_that_mean_the_same_vote_together(shown):
    puzzle = TASKS["p2"]
    outputs = [((1, 2, 3),), ((4,), (5,)), ((0, 0), (7, 8))]
    votes = ArcVotes()
    for move, colours, said in shown:
        symmetry = ArcSymmetry(DIHEDRAL[move], (0, *colours))
        name = f"p2|||t{move}|||0{''.join(map(str, colours))}"
        tokens = to_tokens(symmetry.grid(puzzle.test[0].input))
        votes.add(name, tokens, to_tokens(symmetry.grid(outputs[said])), 0.0)
    found = {c.grid: c.votes for c in votes.candidates("p2", puzzle.test[0].input)}
    said = [outputs[number] for _, _, number in shown]
    assert found == {grid: said.count(grid) for grid in said}
    assert votes.answer(puzzle).attempts[0] == tuple(found)[:2]


@pytest.mark.parametrize("case", range(5))
def test_grids_are_found_wherever_the_published_encoding_puts_them(case):
    arrays = [
        ARRAYS[f"arc_encode/case{case}/{where}/{side}_seq"][None].astype(np.int32)
        for side in ("input", "output")
        for where in ("no_translation", "translated")
    ]
    grids = [ARRAYS[f"arc_encode/case{case}/{side}_grid"].tolist() for side in ("input", "output")]
    for side, grid in zip(("input", "output"), grids, strict=True):
        whole = ARRAYS[f"arc_encode/case{case}/no_translation/{side}_seq"].astype(np.int32)
        assert to_tokens(grid).tolist() == whole.tolist()
        assert listed(from_tokens(whole)) == grid
    metadata = Metadata(
        vocab_size=12, seq_len=900, num_puzzle_identifiers=2, total_groups=1,
        mean_puzzle_examples=1.0, sets=("all",),
    )  # fmt: skip
    one, two = np.zeros(1, np.int32), np.array([0, 1])
    for inputs, labels in (arrays[::2], arrays[1::2]):
        (pair,) = pairs(ArraySet("all__", metadata, inputs, labels, one, two, two), 0)
        assert [listed(pair["input"]), listed(pair["output"])] == grids


def test_an_unknown_output_cannot_be_counted():
    unknown = ArcPuzzle(name="u", train=SHOWN, test=[{"input": [[1]]}])
    with pytest.raises(InputError, match="task u has a test input without a known output"):
        ArcVotes().pass_at(1, [unknown])
    with pytest.raises(InputError, match="there are no tasks"):
        ArcVotes().pass_at(1, [])
