"""The run manifest says what a run was, and its command does it again."""

from __future__ import annotations

import hashlib
import json
import shlex
import subprocess
from pathlib import Path

import pytest
import torch

from hrm_toolkit import __version__
from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import Settings
from hrm_toolkit.train.recipe import Recipe
from hrm_toolkit.train.record import manifest as manifest_module
from hrm_toolkit.train.record.checkpoint import BUNDLE
from hrm_toolkit.train.record.manifest import MANIFEST, read_run_manifest, revision
from hrm_toolkit.train.run import Run

MAZE = Recipe(
    adapter="maze",
    network={"family": "structured", "width": 4, "inner": 4, "low_cycles": 1},
    data=Settings(sizes=(4, 5)),
    samples=6,
    batch_size=3,
    updates=3,
    max_segments=3,
    validation=3,
    validation_segments=2,
    validations=1,
)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        # As the command line is used: what the manifest says must hold in other folders, too.
        patch.chdir(folder)
        Run(MAZE, Path("first")).train()
    return folder / "first"


def test_what_a_manifest_says(finished: Path) -> None:
    found = json.loads((finished / MANIFEST).read_text())
    assert found["seed"] == 0
    assert found["streams"]["train"] != found["streams"]["validation"]
    assert found["repeats_exactly"] is True
    started = found["started"]
    assert started["toolkit"] == __version__
    assert started["packages"]["torch"].split("+")[0] == torch.__version__.split("+")[0]
    assert started["device"] == "cpu"
    assert started["threads"] == torch.get_num_threads()
    assert started["time"].endswith("+00:00")


def test_the_hashes_are_of_the_puzzles_up_to_symmetry(finished: Path) -> None:
    found, run, maze = read_run_manifest(finished), Run.resume(finished), get_adapter("maze")
    assert found is not None
    for name, examples in (
        ("training", run.splits.training),
        ("validation", run.splits.validation),
    ):
        forms = sorted(maze.canonical(example.puzzle) for example in examples)
        assert found.data[name].n == len(forms)
        assert found.data[name].sha256 == hashlib.sha256("\n".join(forms).encode()).hexdigest()


def test_other_data_has_another_hash(finished: Path, tmp_path: Path) -> None:
    first = read_run_manifest(finished)
    Run(MAZE.model_copy(update={"seed": 1}), tmp_path / "other")
    other = read_run_manifest(tmp_path / "other")
    assert first is not None
    assert other is not None
    assert other.data["training"].sha256 != first.data["training"].sha256
    Run(MAZE.model_copy(update={"samples": 0}), tmp_path / "endless")
    endless = read_run_manifest(tmp_path / "endless")
    assert endless is not None
    assert (endless.data["training"].n, endless.data["training"].sha256) == (0, None)
    assert endless.data["training"].encoded_sha256 is None
    assert endless.data["validation"].n == first.data["validation"].n


def test_the_command_repeats_the_run(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hrm_toolkit.cli import main

    found = read_run_manifest(finished)
    assert found is not None
    program, *arguments = shlex.split(found.command)
    assert program == "hrm-toolkit"
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 0
    (again,) = (tmp_path / "runs").iterdir()
    weights = Path(BUNDLE) / "weights.safetensors"
    assert (again / weights).read_bytes() == (finished / weights).read_bytes()


def test_a_run_by_the_clock_does_not_claim_to_repeat(tmp_path: Path) -> None:
    Run(MAZE.model_copy(update={"updates": None, "minutes": 1.0}), tmp_path)
    found = read_run_manifest(tmp_path)
    assert found is not None
    assert found.repeats_exactly is False


def test_each_resumption_is_added(tmp_path: Path) -> None:
    Run(MAZE, tmp_path).train()
    before = read_run_manifest(tmp_path)
    for _ in range(2):
        Run.resume(tmp_path)
    after = read_run_manifest(tmp_path)
    assert before is not None
    assert after is not None
    assert [row["update"] for row in after.resumed] == [3, 3]
    assert after.model_copy(update={"resumed": ()}) == before
    (tmp_path / MANIFEST).write_text("{")
    Run.resume(tmp_path)
    healed = read_run_manifest(tmp_path)
    assert healed is not None
    assert healed.data == before.data


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    command = ["git", "-C", str(folder), *who, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_the_revision_of_the_users_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert revision(tmp_path) is None
    git(tmp_path, "init", "--quiet")
    assert revision(tmp_path) is None, "no commit yet"
    git(tmp_path, "commit", "--quiet", "--allow-empty", "--message", "first")
    found = revision(tmp_path)
    assert found is not None
    assert (found.commit, found.changed) == (git(tmp_path, "rev-parse", "HEAD"), False)
    (tmp_path / "file").touch()
    found = revision(tmp_path)
    assert found is not None
    assert found.changed is True
    monkeypatch.setattr(manifest_module, "_GIT_SECONDS", 1e-9)
    assert revision(tmp_path) is None, "git did not answer in time"
    monkeypatch.setenv("PATH", "")
    assert revision(tmp_path) is None, "there is no git"
