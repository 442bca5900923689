"""Ranks: several processes train as one, fail together, and go on in another number."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from hrm_toolkit.core import CheckpointError, Settings
from hrm_toolkit.train.distributed import ALONE, Ranks, launched, local_device
from hrm_toolkit.train.recipe import Recipe, changed, to_toml
from hrm_toolkit.train.record.checkpoint import CHECKPOINT, read_checkpoint
from hrm_toolkit.train.record.manifest import read_run_manifest
from hrm_toolkit.train.run import METRICS, Run

TORCHRUN = (sys.executable, "-m", "torch.distributed.run", "--standalone")
SCRIPT = Path(__file__).with_name("poisoned_ranks.py")
DYING = Path(__file__).with_name("dying_ranks.py")
# An odd batch, mazes that grow, noise on the carry, and halting that differs from row to row.
MAZE = Recipe(
    adapter="maze",
    network={
        "family": "structured", "width": 8, "inner": 8, "low_cycles": 1, "random_carry": 0.5
    },
    data=Settings(sizes=(3, 4, 5)),
    samples=12,
    batch_size=5,
    updates=12,
    max_segments=4,
    halt_exploration=0.3,
    q_continue=True,
    target_decay=0.5,
    warmup=2,
    validation=3,
    validation_segments=2,
    validations=2,
)  # fmt: skip


def poisoned() -> Any:
    spec = importlib.util.spec_from_file_location("poisoned_ranks", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def environment() -> dict[str, str]:
    return {**os.environ, "OMP_NUM_THREADS": "1"}


def assert_close(one: Path, other: Path) -> dict[str, Any]:
    """Two checkpoints say the same within what an order of adding changes; returns the facts."""
    (tensors, facts), (others, other_facts) = map(read_checkpoint, (one, other))
    assert tensors.keys() == others.keys()
    for name, tensor in tensors.items():
        torch.testing.assert_close(
            tensor, others[name], atol=2e-4, rtol=1e-3, msg=lambda m, n=name: f"{n}: {m}"
        )
    assert facts["slots"] == other_facts["slots"]
    for name in ("update", "samples", "best_rate", "best_update", "validations"):
        assert facts["counters"][name] == other_facts["counters"][name], name
    return facts


def test_two_ranks_train_as_one(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(to_toml(MAZE))
    ran = subprocess.run(
        [*TORCHRUN, "--nproc-per-node", "2", SCRIPT, recipe, tmp_path / "two"],
        check=False, capture_output=True, text=True, timeout=240, env=environment(),
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert sorted(ran.stdout.splitlines()) == [
        "rank 0: 1 events, range(0, 3) of the slots",
        "rank 1: 1 events, range(3, 5) of the slots",
    ]
    run = poisoned().train_poisoned(recipe, tmp_path / "one", ALONE)
    facts = assert_close(tmp_path / "one" / CHECKPOINT, tmp_path / "two" / CHECKPOINT)
    assert len(set(facts["slots"]["ages"])) > 1, "rows halted on their own"
    rows = [json.loads(line) for line in (tmp_path / "two" / METRICS).read_text().splitlines()]
    skipped = [row["update"] for row in rows if row["event"] == "guard"]
    assert skipped == [5], "one rank's trouble is everybody's, told by one"
    assert run.counters.update == 12
    for folder in (tmp_path / "one", tmp_path / "two"):
        (folder / "recipe.toml").write_text(to_toml(changed(MAZE, ["updates=15"])))
        Run.resume(folder).train()
    assert_close(tmp_path / "one" / CHECKPOINT, tmp_path / "two" / CHECKPOINT)


def test_a_rank_that_dies_ends_the_others_and_all_start_again(tmp_path: Path) -> None:
    recipe, out = tmp_path / "recipe.toml", tmp_path / "two"
    recipe.write_text(to_toml(changed(MAZE, ["updates=20", "checkpoint_minutes=1e-6"])))
    ran = subprocess.run(
        [
            *TORCHRUN, "--max-restarts", "1", "--nproc-per-node", "2",
            DYING, "train", "--recipe", recipe, "--out", out, "--json",
        ],
        check=False, capture_output=True, text=True, timeout=240, env=environment(),
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    first, last = [json.loads(line) for line in ran.stdout.splitlines()]
    # Whichever comes first: the closed connection, or the launcher that ends the others.
    message = first["error"]["message"]
    assert "lost another rank (" in message or "was ended by its launcher" in message, message
    assert first["error"]["hint"].endswith("with any number of ranks: train --resume DIR")
    rows = [json.loads(line) for line in (out / METRICS).read_text().splitlines()]
    manifest = read_run_manifest(out)
    assert manifest is not None
    assert manifest.command.startswith("torchrun --nproc-per-node 2 -m hrm_toolkit train ")
    assert manifest.repeats_exactly is False
    (resumed,) = [row["update"] for row in rows if row["event"] == "resume"]
    assert resumed == 9, "the last update that both had made"
    assert read_checkpoint(out / CHECKPOINT)[1]["counters"]["update"] == 20
    training = last["training"]
    assert (training["updates"], training["ranks"]) == (20, 2)


def test_what_a_rank_says_of_its_end_is_not_cut_off(tmp_path: Path) -> None:
    script = (
        "import os, pathlib, signal\n"
        "from hrm_toolkit.train.distributed import joined\n"
        "try:\n"
        "    with joined('cpu') as (ranks, _):\n"
        "        ranks.told(lambda: 0)\n"
        "        raise OSError('the disk is full')\n"
        "except OSError as error:\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "    pathlib.Path(__file__).with_name(str(ranks.rank)).write_text(str(error))\n"
    )
    (tmp_path / "full.py").write_text(script)
    ran = subprocess.run(
        [*TORCHRUN, "--nproc-per-node", "2", tmp_path / "full.py"],
        check=False, capture_output=True, text=True, timeout=240, env=environment(),
    )  # fmt: skip
    for rank in "01":
        assert (tmp_path / rank).read_text() == "the disk is full", ran.stderr


def test_what_each_rank_is() -> None:
    assert launched({"RANK": "1", "WORLD_SIZE": "2", "TORCHELASTIC_RESTART_COUNT": "3"}) == Ranks(
        1, 2, 3
    )
    assert local_device("cuda", {"LOCAL_RANK": "1"}) == "cuda:1"
    assert local_device("cpu", {"LOCAL_RANK": "1"}) == "cpu"
    rows = [Ranks(rank, 4).rows(10) for rank in range(4)]
    assert [i for part in rows for i in part] == list(range(10))


def test_more_ranks_than_slots_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="8 ranks share a batch of 5"):
        Run(MAZE, tmp_path, ranks=Ranks(0, 8))
