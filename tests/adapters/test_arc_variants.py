"""Variants of ARC tasks: the published draws, places and digests."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load_file

from hrm_toolkit.adapters.arc.codec import tokens_at
from hrm_toolkit.adapters.arc.operations import DIHEDRAL
from hrm_toolkit.adapters.arc.published.variants import (
    TRIES,
    Variant,
    draw_place,
    draw_variants,
    grid_hash,
    parse_name,
    task_hash,
)
from hrm_toolkit.adapters.arc.rules import to_grid
from hrm_toolkit.adapters.arc.symmetry import ArcSymmetry

GOLDEN = Path(__file__).parents[1] / "golden"
ARRAYS = load_file(GOLDEN / "dataset.safetensors")
FACTS = json.loads((GOLDEN / "dataset.json").read_text())["results"]
HASHES, DEDUP = FACTS["hashes"], FACTS["arc_dedup"]


def case_pair(number):
    return tuple(ARRAYS[f"arc_encode/case{number}/{side}_grid"] for side in ("input", "output"))


def test_digests_are_the_published_ones():
    for name, digest in HASHES["grid_hash"].items():
        assert grid_hash(ARRAYS[name]) == digest
    for shape, name in {(2, 3): "2x3_zeros", (3, 2): "3x2_zeros", (0, 0): "empty_0x0"}.items():
        assert grid_hash(np.zeros(shape, np.uint8)) == HASHES[f"grid_hash_{name}"]
    pairs = [case_pair(number) for number in (0, 3, 4)]
    assert task_hash(pairs[:1]) == HASHES["puzzle_hash_case0"]
    for order in (pairs, pairs[::-1], [pairs[1], pairs[0], pairs[2]]):
        assert task_hash(order) == HASHES["puzzle_hash_cases_0_3_4_in_one_split"]
    assert task_hash(pairs) == HASHES["puzzle_hash_cases_4_in_test_0_3_in_train"]


@pytest.mark.parametrize("case", FACTS["arc_names"], ids=lambda case: case["name"])
def test_a_seed_draws_the_published_variant(case):
    drawn = Variant.draw(np.random.RandomState(case["seed"]))
    assert drawn.name("demo") == case["name"]
    assert (drawn.move, list(drawn.colours)) == (case["trans_id"], case["color_map"])


@pytest.mark.parametrize("case", FACTS["arc_encode"], ids=lambda case: f"case{case['case']}")
def test_a_seed_draws_the_published_place(case):
    pair = case_pair(case["case"])
    place = draw_place(pair, np.random.RandomState(case["seed"]))
    assert place == (case["pad_r"], case["pad_c"])
    for side, cells in zip(("input", "output"), pair, strict=True):
        expected = ARRAYS[f"arc_encode/case{case['case']}/translated/{side}_seq"]
        found = tokens_at(cells, *place)
        assert found.dtype == expected.dtype
        assert np.array_equal(found, expected)


def test_a_task_with_few_variants_gets_the_published_ones():
    legacy = np.random.RandomState(DEDUP["numpy_seed"])
    # A list of one pair in the train part, and of the same one in the test part.
    pairs = [tuple(np.array(g, np.uint8) for g in DEDUP["task"][k]) for k in ("train", "test")]
    found = draw_variants(pairs, DEDUP["num_aug"], legacy)
    assert ["tiny", *(v.name("tiny") for v in found)] == DEDUP["kept_ids"]
    again = np.random.RandomState(DEDUP["numpy_seed"])
    assert DEDUP["retries"] == TRIES * DEDUP["num_aug"]
    for _ in range(DEDUP["retries"]):
        Variant.draw(again)
    assert legacy.randint(2**31) == again.randint(2**31), "all tries were drawn, and no more"


@given(st.integers(0, 2**32 - 1), st.lists(st.integers(0, 9), min_size=2, max_size=6))
def test_a_name_says_what_was_done(seed, row):
    drawn = Variant.draw(np.random.RandomState(seed))
    cells = np.array([row, row[::-1]], np.uint8)
    ((asked, solved),) = drawn.pairs([(cells, cells.T)])
    task, symmetry = parse_name(drawn.name("a|||b"))
    assert (task, symmetry) == ("a|||b", ArcSymmetry(DIHEDRAL[drawn.move], drawn.colours))
    assert (to_grid(asked), to_grid(solved)) == (
        symmetry.grid(to_grid(cells)),
        symmetry.grid(to_grid(cells.T)),
    )
    assert symmetry.grid_back(to_grid(asked)) == to_grid(cells)
