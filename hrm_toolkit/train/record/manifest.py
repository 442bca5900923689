"""The run manifest: all that it takes to say what a run was, and to do it again."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import torch
from pydantic import Field

import hrm_toolkit
from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import AnyAdapter, CheckpointError, Model, ToolkitError, validate
from hrm_toolkit.core.plain import read_plain, replace_file
from hrm_toolkit.solvers.bundles.manifest import bundle_folder, read_manifest
from hrm_toolkit.train.data.stream import Split, Splits, encoded_digest
from hrm_toolkit.train.progress import Progress
from hrm_toolkit.train.recipe import Recipe

MANIFEST = "manifest.json"
_PACKAGES = ("torch", "numpy", "numba", "networkx", "pydantic", "safetensors", "jaxtyping")
_GIT_SECONDS = 2.0
_PACKAGE = Path(hrm_toolkit.__file__).parent
_MOST_BYTES = 1 << 20


class Revision(Model):
    """Where the user's folder stood in its history.

    Attributes:
        commit: the hash of what was checked out.
        changed: whether files differed from it; None where git did not say in time.
    """

    commit: str
    changed: bool | None


class Environment(Model):
    """What a run ran on.

    Attributes:
        time: when, ISO 8601 in UTC.
        toolkit: version of this package.
        python: version and implementation.
        packages: version of each package that decides the numbers.
        platform: operating system and processor.
        device: where the network computes, with the name of an accelerator.
        threads: that torch uses within an operation.
        revision: of the folder that the run was started in, or None where git knows of none.
        folder: of this package: which copy of it ran.
        command: of the process.
    """

    time: str
    toolkit: str
    python: str
    packages: dict[str, str]
    platform: str
    device: str
    threads: int
    revision: Revision | None
    folder: str = ""
    command: str = ""


class DataFacts(Model):
    """One list of puzzles.

    Attributes:
        n: how many; 0 for training puzzles that are generated without end.
        stream: number of the random stream: puzzle i is drawn from (seed, stream, i); None where
            they come from a file.
        sha256: over the sorted canonical forms; None where there is no list.
        encoded_sha256: over tokens and labels of all, in order; None where there is no list.
    """

    n: int
    stream: int | None
    sha256: str | None
    encoded_sha256: str | None = None


class RunManifest(Model):
    """The contents of ``manifest.json``.

    Attributes:
        format: version of this layout.
        command: repeats the run.
        repeats_exactly: whether it then gives the same bytes: by updates, on a CPU, as one rank.
        seed: of everything that is drawn.
        streams: the random streams by name.
        data: the lists of puzzles, none in one equal to one in another up to symmetry.
        files: sha256 of the files that they were read from, by path.
        stage: which module was trained: ``joint``, ``high`` or ``low``.
        start: folder and sha256 of the bundle whose weights it started from.
        started: the environment at the start.
        resumed: update and environment of each resumption.
    """

    format: int = Field(default=1, ge=1, le=1)
    command: str
    repeats_exactly: bool
    seed: int
    streams: dict[str, int]
    data: dict[str, DataFacts]
    files: dict[str, str] = Field(default_factory=dict)
    stage: str = "joint"
    start: dict[str, str] | None = None
    started: Environment
    resumed: tuple[dict[str, Any], ...] = ()


def write_run_manifest(
    out: Path,
    recipe: Recipe,
    splits: Splits,
    device: torch.device,
    listener: Callable[[Progress], None] = lambda progress: None,
    *,
    resumed_at: int | None = None,
    world: int = 1,
) -> RunManifest:
    """Write a run's manifest, or add a resumption to it.

    Args:
        out: the run's folder, with its recipe in ``recipe.toml``.
        listener: told the share of the puzzles that is hashed.
        resumed_at: update from which a resumed run goes on.
        world: ranks that train together.

    Raises:
        CheckpointError: when a resumed run would go on with other puzzles.
    """
    now = environment(device)
    manifest = None if resumed_at is None else read_run_manifest(out)
    if manifest is None:
        manifest = RunManifest(
            command=command(out / "recipe.toml", device, world),
            # Ranks add up in an order of their own.
            repeats_exactly=recipe.updates is not None and device.type == "cpu" and world == 1,
            seed=recipe.seed,
            streams={split.name.lower(): int(split) for split in Split},
            data=_data_facts(get_adapter(recipe.adapter), splits, listener),
            files=splits.files,
            stage=recipe.stage,
            start=None if recipe.start is None else _start(recipe.start),
            started=now,
        )
    elif resumed_at is not None:
        _require_same_data(
            manifest, _data_facts(get_adapter(recipe.adapter), splits, listener), out
        )
    if resumed_at is not None:
        row = {"update": resumed_at, "environment": now.model_dump(mode="json")}
        manifest = manifest.model_copy(update={"resumed": (*manifest.resumed, row)})
    text = json.dumps(manifest.model_dump(mode="json"), indent=2) + "\n"
    replace_file(out / MANIFEST, text.encode())
    return manifest


def _require_same_data(before: RunManifest, now: dict[str, DataFacts], out: Path) -> None:
    for name, facts in now.items():
        known = before.data.get(name)
        if known is not None and known.encoded_sha256 not in (None, facts.encoded_sha256):
            raise CheckpointError(
                f"the {name} puzzles are not those that this run started with",
                path=str(out),
                expected=f"{known.n} with the sha256 in {MANIFEST}",
                hint="put the files back as they were" if before.files else "start a new run",
            )


def _data_facts(
    adapter: AnyAdapter, splits: Splits, listener: Callable[[Progress], None]
) -> dict[str, DataFacts]:
    lists = {
        "training": (splits.training, Split.TRAIN),
        "validation": (splits.validation, Split.VALIDATION),
    }
    if splits.test:
        lists["test"] = (splits.test, Split.TEST)
    many, hashed = sum(len(found) for found, _ in lists.values()), count(1)

    def tell() -> None:
        listener(Progress("digest", next(hashed) / many))

    facts = {
        name: DataFacts(
            n=len(found),
            stream=None if splits.files else int(split),
            sha256=splits.digests.get(name),
            encoded_sha256=encoded_digest(adapter, found, tell) if found else None,
        )
        for name, (found, split) in lists.items()
    }
    if splits.rows:
        rows = {"n": sum(len(found.inputs) for found in splits.rows)}
        whole = {"encoded_sha256": next(iter(splits.files.values()))}
        facts["training"] = facts["training"].model_copy(update=rows | whole)
    return facts


def _start(source: str) -> dict[str, str]:
    try:
        folder = bundle_folder(source)
        return {"folder": str(folder), "sha256": read_manifest(folder).sha256}
    except ToolkitError:  # gone since the run began
        return {"folder": source}


def read_run_manifest(out: Path) -> RunManifest | None:
    """The manifest of a run's folder; None where there is none that can be read."""
    path = out / MANIFEST
    try:
        return validate(RunManifest, json.loads(read_plain(path, _MOST_BYTES)))
    except (OSError, ValueError, RecursionError, ToolkitError):
        return None


def command(recipe: Path, device: torch.device, world: int = 1) -> str:
    """The command line that trains by a recipe file, from whatever folder.

    Example:
        >>> command(Path("/my runs/maze/recipe.toml"), torch.device("cpu"))
        "hrm-toolkit train --recipe '/my runs/maze/recipe.toml' --device cpu"
        >>> command(Path("/maze/recipe.toml"), torch.device("cuda:0"), 2)[:49]
        'torchrun --nproc-per-node 2 -m hrm_toolkit train '
    """
    program, where = ["hrm-toolkit"], str(device)
    if world > 1:
        # Each rank takes a GPU of its own.
        program = ["torchrun", "--nproc-per-node", str(world), "-m", "hrm_toolkit"]
        where = device.type
    chosen = ["--recipe", str(recipe.absolute()), "--device", where]
    return shlex.join([*program, "train", *chosen])


def environment(device: torch.device) -> Environment:
    """What this process runs on."""
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else ""
    return Environment(
        time=datetime.now(UTC).isoformat(timespec="seconds"),
        toolkit=hrm_toolkit.__version__,
        python=f"{platform.python_implementation()} {platform.python_version()}",
        packages={package: _version(package) for package in _PACKAGES},
        platform=f"{platform.platform()}, {os.cpu_count()} cores",
        device=f"{device} ({name})" if name else str(device),
        threads=torch.get_num_threads(),
        revision=revision(Path.cwd()),
        folder=str(_PACKAGE),
        command=called(sys.argv),
    )


def called(arguments: Sequence[str]) -> str:
    """A command line as one would type it.

    Example:
        >>> called(["/usr/bin/hrm-toolkit", "train", "--out", "my runs"])
        "hrm-toolkit train --out 'my runs'"
    """
    program, *rest = arguments or [""]
    path = Path(program)
    if path.name == "hrm-toolkit" or path == _PACKAGE / "__main__.py":
        program = "hrm-toolkit"
    return shlex.join([program, *rest])


def revision(folder: Path) -> Revision | None:
    """The git revision of a folder, if it is in a repository and git answers soon."""
    commit = _git(folder, "rev-parse", "HEAD")
    if not commit:
        return None
    changes = _git(folder, "status", "--porcelain")
    return Revision(commit=commit, changed=None if changes is None else bool(changes))


def _git(folder: Path, *arguments: str) -> str | None:
    git = shutil.which("git")
    if git is None:
        return None
    try:
        ran = subprocess.run(  # noqa: S603 - a fixed program with fixed arguments
            [git, "-C", str(folder), *arguments],
            check=False,
            capture_output=True,
            text=True,
            timeout=_GIT_SECONDS,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return None
    return ran.stdout.strip() if ran.returncode == 0 else None


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "unknown"
