"""The published ARC evaluation: each variant is asked with its own embedding, and votes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from hrm_toolkit.adapters.arc import ArcPuzzle, ArcVotes
from hrm_toolkit.core import InputError, OptionError, Structure
from hrm_toolkit.solvers.inputs.batch import collate
from hrm_toolkit.solvers.inputs.config import TRMConfig
from hrm_toolkit.solvers.inputs.places import Encoded
from hrm_toolkit.solvers.networks.families import build_network
from hrm_toolkit.solvers.networks.transformer import Transformer
from hrm_toolkit.solvers.published.arc_votes import vote_on_arc

GOLDEN = Path(__file__).parents[1] / "golden"
BUILD = json.loads((GOLDEN / "dataset.json").read_text())["results"]["arc_build"]
NAMES = BUILD["identifiers"]
TASKS = [ArcPuzzle(name=name, **task) for name, task in BUILD["test_puzzles"].items()]


def network_of(**changes: int) -> Transformer:
    """Random weights, a different embedding for each identifier, a halting head that decides."""
    fields = {"vocabulary": 12, "width": 8, "heads": 2, "layers": 1, "max_length": 900}
    cycles = {"high_cycles": 1, "low_cycles": 1, "puzzle_slots": 2}
    embedded = {"puzzle_ids": len(NAMES), "puzzle_width": 8}
    network = build_network(TRMConfig(**fields | cycles | embedded | changes), seed=3)
    assert isinstance(network, Transformer)
    assert network.puzzle_embedding is not None
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        network.puzzle_embedding.normal_(generator=generator)
        network.q_head.weight.normal_(std=3.0, generator=generator)
        network.q_head.bias.zero_()  # type: ignore[union-attr]
    return network.eval()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("arc")
    arrays = load_file(GOLDEN / "dataset.safetensors")
    for name, array in arrays.items():
        if name.startswith("arc_build/test/"):
            (made / "test").mkdir(exist_ok=True)
            np.save(made / "test" / f"all__{name.rsplit('/', 1)[1]}.npy", array)
    (made / "test" / "dataset.json").write_text(json.dumps(BUILD["metadata"]["test"]))
    (made / "identifiers.json").write_text(json.dumps(NAMES))
    return made


@torch.no_grad()
def one_by_one(network: Transformer, segments: int, early: bool) -> tuple[ArcVotes, int]:
    """Every row by itself; and how many stopped early."""
    arrays = load_file(GOLDEN / "dataset.safetensors")
    rows, identifiers, starts = (
        arrays[f"arc_build/test/{name}"].astype(np.int32)
        for name in ("inputs", "puzzle_identifiers", "puzzle_indices")
    )
    votes, stopped = ArcVotes(), 0
    for number, tokens in enumerate(rows):
        identifier = int(identifiers[np.searchsorted(starts, number, side="right") - 1])
        batch = collate([Encoded(tokens, Structure(), identifier)])
        carry = network.initial_carry(batch.tokens, batch.structure)
        for segment in range(1, segments + 1):
            carry, said = network(carry, batch.tokens, batch.puzzle_ids, batch.structure)
            if early and said.q_halt.item() > 0:
                stopped += segment < segments
                break
        predicted = said.logits[0].argmax(-1).int().numpy()
        votes.add(NAMES[identifier], tokens, predicted, said.q_halt.item())
    return votes, stopped


@pytest.mark.parametrize("early", [False, True])
def test_each_variant_is_asked_with_its_own_embedding(folder: Path, early: bool) -> None:
    network = network_of()
    found = vote_on_arc(network, folder, segments=2, early=early, batch_size=5)
    expected, stopped = one_by_one(network, 2, early)
    assert (0 < stopped < 12) == early
    for task in TASKS:
        for test in task.test:
            assert task.name is not None
            told = expected.candidates(task.name, test.input)
            assert sum(c.votes for c in told) == 4, "the task and three variants"
            for ours, lone in zip(found.candidates(task.name, test.input), told, strict=True):
                assert (ours.grid, ours.votes) == (lone.grid, lone.votes)
                assert ours.confidence == pytest.approx(lone.confidence, abs=1e-5)
    assert found.pass_at(1000, TASKS) == expected.pass_at(1000, TASKS)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"puzzle_ids": 3}, "3 puzzle identifiers, and the folder 17"),
        ({"vocabulary": 11}, "11 token ids, and the folder 12"),
        ({"max_length": 81}, "81 tokens a row, and the folder 900"),
    ],
)
def test_a_network_for_other_data_is_refused(
    folder: Path, changes: dict[str, int], says: str
) -> None:
    with pytest.raises(InputError, match=f"the network has {says}"):
        vote_on_arc(network_of(**changes), folder)


def test_a_folder_without_names_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "test").symlink_to(folder / "test")
    with pytest.raises(InputError, match="does not name its identifiers"):
        vote_on_arc(network_of(), tmp_path)


@pytest.mark.parametrize("name", ["segments", "batch_size"])
def test_a_vote_of_nothing_is_refused(folder: Path, name: str) -> None:
    nothing: dict[str, Any] = {name: 0}
    with pytest.raises(OptionError, match=f"{name} is below 1"):
        vote_on_arc(network_of(), folder, **nothing)
