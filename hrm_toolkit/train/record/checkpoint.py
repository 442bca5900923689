"""Checkpoints: resumable training state in one safetensors file, replaced whole."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import math
import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from hrm_toolkit.core import CheckpointError, OptionError, StorageError, ToolkitError
from hrm_toolkit.core.plain import drafted, replace_file, require_plain
from hrm_toolkit.solvers.bundles.manifest import read_files
from hrm_toolkit.solvers.networks.network import Carry
from hrm_toolkit.train.guard import GuardState
from hrm_toolkit.train.learner import Learner
from hrm_toolkit.train.progress import Counters
from hrm_toolkit.train.recipe import Recipe
from hrm_toolkit.train.slots import SlotState

CHECKPOINT = Path("checkpoints") / "last.safetensors"
BEST = Path("checkpoints") / "best.safetensors"
BUNDLE = "bundle"
RECIPE = "recipe.toml"
SNAPSHOTS = "snapshots"


def write_checkpoint(path: Path, tensors: dict[str, Tensor], facts: dict[str, Any]) -> None:
    """Write tensors and JSON facts as one file, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    plain = {name: tensor.detach().contiguous().cpu() for name, tensor in tensors.items()}
    text = json.dumps(facts)
    replace_file(path, save(plain, metadata={"facts": text, "sha256": _sha256(plain, text)}))


def _sha256(tensors: dict[str, Tensor], facts: str) -> str:
    """Of all that a checkpoint says: its facts, and its tensors' names, types, shapes, bytes."""
    hashed = hashlib.sha256(facts.encode())
    for name, tensor in sorted(tensors.items()):
        hashed.update(json.dumps([name, str(tensor.dtype), list(tensor.shape)]).encode())
        hashed.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return hashed.hexdigest()


def read_checkpoint(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The tensors and facts of a checkpoint.

    Raises:
        CheckpointError: when there is none, or it is damaged.
    """
    try:
        return _read(path)
    except FileNotFoundError:
        raise CheckpointError(
            "there is no checkpoint here", path=str(path), hint=_way_on(path)
        ) from None
    except (SafetensorError, KeyError, ValueError, TypeError, OSError) as error:
        said = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise CheckpointError(
            f"the checkpoint is damaged ({said})", path=str(path), hint=_way_on(path)
        ) from None


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    require_plain(path)
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata() or {}
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    text = metadata["facts"]
    # Those of earlier versions have no hash.
    if metadata.get("sha256", found := _sha256(tensors, text)) != found:
        raise ValueError("what it holds is not what was written, by its sha256")
    return tensors, json.loads(text)


def _way_on(path: Path) -> str | None:
    """Where else a run's state, or at least its weights, lie whole."""
    out = path.parent.parent
    for other in (out / CHECKPOINT, out / BEST):
        if other.name != path.name and _is_whole(other):
            return f"{other} is whole: copy it to {path}, then go on from there with --resume {out}"
    with contextlib.suppress(ToolkitError, OSError):
        read_files(out / BUNDLE)
        return f"the best weights are whole in {out / BUNDLE}: begin from them with --from"
    return None


def _is_whole(path: Path) -> bool:
    try:
        _read(path)
    except (SafetensorError, KeyError, ValueError, TypeError, OSError):
        return False
    return True


def duplicate(source: Path, target: Path) -> None:
    """Make ``target`` the same file as ``source``, whole or not at all."""
    with drafted(target) as draft:
        try:
            os.link(source, draft)
        except OSError:  # a file system without hard links
            shutil.copyfile(source, draft)


@contextmanager
def writing(out: Path) -> Iterator[None]:
    """Say of a disk that cannot be written what it means for the run in ``out``.

    Raises:
        StorageError: for a full, failing or read-only disk, and how to go on.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _DISK:
            raise
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        said = "the disk is full" if full else str(error.strerror).lower()
        resume = (out / CHECKPOINT).is_file()
        raise StorageError(
            f"the run stopped, since {said}",
            path=str(error.filename or out),
            hint=f"make room, then go on with: hrm-toolkit train --resume {out}"
            if resume
            else "make room, then train again: there is no checkpoint yet",
        ) from error


_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS)


@dataclass
class Moment:
    """The rest of what a checkpoint holds: where a run stood, the slots of all ranks."""

    counters: Counters
    guard: GuardState
    slots: SlotState
    carry: Carry | None


def write_state(path: Path, learner: Learner, moment: Moment) -> None:
    """Write all that a run needs to go on."""
    carry = moment.carry
    groups = learner.tensors() | {"carry": {} if carry is None else carry._asdict()}
    write_checkpoint(
        path,
        {f"{group}:{k}": v for group, tensors in groups.items() for k, v in tensors.items()},
        {name: asdict(getattr(moment, name)) for name in ("counters", "guard", "slots")},
    )


def read_state(path: Path, learner: Learner, device: torch.device) -> Moment:
    """Put the learner back as ``write_state`` found it; returns the rest.

    Raises:
        CheckpointError: when the file is missing or damaged, or is of another recipe.
    """
    tensors, facts = read_checkpoint(path)
    groups: dict[str, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        group, _, name = key.partition(":")
        groups.setdefault(group, {})[name] = value.to(device)
    try:
        learner.restore(groups)
        return Moment(
            Counters(**facts["counters"]),
            GuardState(**facts.get("guard", {})),
            SlotState(**facts["slots"]),
            Carry(**groups["carry"]) if "carry" in groups else None,
        )
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise wrong_recipe(path, error) from None


def wrong_recipe(path: Path, error: Exception) -> CheckpointError:
    """What to say of a checkpoint that does not fit."""
    return CheckpointError(f"the checkpoint is not of this recipe ({error})", path=str(path))


@contextmanager
def deferred_interrupt() -> Iterator[Callable[[], bool]]:
    """Hold back the first SIGINT: the block asks whether one came and ends when it suits.

    KeyboardInterrupt is raised when the block ends, or at once at a second SIGINT. Outside the
    main thread, where signals cannot be held back, nothing changes.

    Yields:
        A function that says whether an interrupt came.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    came = False

    def remember(number: int, frame: FrameType | None) -> None:
        nonlocal came
        if came:
            raise KeyboardInterrupt
        came = True

    before = signal.signal(signal.SIGINT, remember)
    try:
        yield lambda: came
    finally:
        signal.signal(signal.SIGINT, before)
    if came:
        raise KeyboardInterrupt


def require_checkpoint(out: Path) -> None:
    """Refuse a folder that no run can go on in.

    Raises:
        CheckpointError: saying how to begin again, where a run ended before its first checkpoint.
    """
    if (out / CHECKPOINT).is_file():
        return
    recipe = out / RECIPE
    raise CheckpointError(
        "there is no checkpoint to resume",
        path=str(out),
        expected=f"a file {CHECKPOINT}",
        hint=f"begin it again: hrm-toolkit train --recipe {recipe} --out {out}"
        if recipe.is_file()
        else None,
    )


def require_longer(recipe: Recipe, checkpoint: Path) -> None:
    """Refuse a length that a run has had already.

    Raises:
        OptionError: saying how far it is.
    """
    counters = read_checkpoint(checkpoint)[1]["counters"]
    update, minutes = counters["update"], counters["seconds"] / 60
    if update >= (recipe.updates or math.inf) or minutes >= (recipe.minutes or math.inf):
        done = f"{update:,} updates in {minutes:.3g} minutes"
        raise OptionError(f"the run has had {done} already", hint="ask for more")
