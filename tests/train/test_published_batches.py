"""Batches from a published dataset folder, in the published order."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from hrm_toolkit.adapters.formats.published.arrays import ArraySet, open_sets, read_metadata
from hrm_toolkit.train.data.published import Rows
from hrm_toolkit.train.data.published_batches import (
    drawn_batch,
    evaluation_batches,
    training_batches,
)

GOLDEN = Path(__file__).parents[1] / "golden"
ARRAYS = load_file(GOLDEN / "dataset.safetensors")
FACTS = json.loads((GOLDEN / "dataset.json").read_text())["results"]


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[ArraySet, ...]]:
    """The folder of the vectors' ARC build, by split."""
    folder = tmp_path_factory.mktemp("arc")
    for name, array in ARRAYS.items():
        if name.startswith("arc_build/"):
            _, split, field = name.split("/")
            (folder / split).mkdir(exist_ok=True)
            np.save(folder / split / f"all__{field}.npy", array)
    opened = {}
    for split in ("train", "test"):
        text = json.dumps(FACTS["arc_build"]["metadata"][split])
        (folder / split / "dataset.json").write_text(text)
        opened[split] = open_sets(folder, split, read_metadata(folder, split))
    return opened


def assert_as_told(batch: Rows, facts: dict[str, Any]) -> None:
    assert batch.puzzle_ids.tolist() == facts["puzzle_identifiers"]
    assert (batch.labels == -100).sum(1).tolist() == facts["n_label_ignored"]
    digests = [hashlib.sha256(row.int().numpy().tobytes()).hexdigest() for row in batch.tokens]
    assert [digest[: len(facts["input_sha256"][0])] for digest in digests] == facts["input_sha256"]


def assert_as_stored(batch: Rows, prefix: str) -> None:
    stored = (ARRAYS[f"{prefix}/{f}"] for f in ("inputs", "labels", "puzzle_identifiers"))
    for found, expected in zip(batch, stored, strict=True):
        assert found.numpy().tolist() == expected.tolist()


def test_the_published_draws_of_groups_puzzles_and_rows(
    sets: dict[str, tuple[ArraySet, ...]],
) -> None:
    facts, (found,), order = FACTS["sampler"], sets["train"], ARRAYS["sampler/group_order"]
    rng = np.random.Generator(np.random.Philox(seed=facts["philox_seed"]))
    groups = len(found.groups) - 1
    drawn = [rng.permutation(groups) for _ in range(len(order) // groups)]
    assert np.concatenate(drawn).tolist() == order.tolist()
    legacy, start = np.random.RandomState(facts["numpy_global_seed"]), 0
    for number, call in enumerate(facts["calls"]):
        start, rows, puzzles = drawn_batch(
            found, order, start, facts["global_batch_size"], rng, legacy
        )
        assert start == call["start_index_after"]
        assert rows.tolist() == call["examples"]
        assert puzzles.tolist() == call["puzzles"]
        assert rows.tolist() == ARRAYS[f"sampler/call{number}/example_indices"].tolist()
        assert puzzles.tolist() == ARRAYS[f"sampler/call{number}/puzzle_indices"].tolist()


@pytest.mark.usefixtures("untouched_randomness")
def test_training_batches_of_two_runs(sets: dict[str, tuple[ArraySet, ...]]) -> None:
    facts = FACTS["iterate"]["train"]
    config = facts["config"]
    legacy = np.random.RandomState(config["numpy_global_seed"])
    first, second = (
        list(
            training_batches(
                sets["train"],
                config["global_batch_size"],
                passes=config["epochs_per_iter"],
                number=number,
                seed=config["seed"],
                legacy=legacy,
            )
        )
        for number in (1, 2)
    )
    assert len(first) == len(facts["batches"])
    for batch, told in zip(first, facts["batches"], strict=True):
        assert_as_told(batch, told)
    for number in (0, 1):
        assert_as_stored(first[number], f"iterate/train/batch{number}")
    again = FACTS["iterate"]["train_second_pass_puzzle_identifiers"]
    assert [batch.puzzle_ids.tolist() for batch in second] == again


@pytest.mark.parametrize("run", ["test", "test_rank0of2", "test_rank1of2"])
def test_evaluation_batches(sets: dict[str, tuple[ArraySet, ...]], run: str) -> None:
    facts = FACTS["iterate"][run]
    config = facts["config"]
    batches = list(
        evaluation_batches(
            sets["test"],
            config["global_batch_size"],
            rank=config["rank"],
            ranks=config["num_replicas"],
        )
    )
    for batch, told in zip(batches, facts["batches"], strict=True):
        assert_as_told(batch, told)
    if run == "test":
        for number in (0, 1):
            assert_as_stored(batches[number], f"iterate/test/batch{number}")


def test_a_rank_without_rows_gets_padding(sets: dict[str, tuple[ArraySet, ...]]) -> None:
    rows = len(sets["test"][0].inputs)
    (last,) = evaluation_batches(sets["test"], 4 * rows, rank=3, ranks=4)
    assert not last.tokens.any()
    assert (last.labels == -100).all()
    assert last.puzzle_ids.tolist() == [0] * rows
