"""Trackers of others: TensorBoard, Weights & Biases, Trackio; each an extra, imported on use.

Nothing leaves the machine unless it is asked to: Weights & Biases is offline unless ``WANDB_MODE``
or ``wandb:online`` says otherwise, and the others write local files.
"""

from __future__ import annotations

import importlib
import math
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from hrm_toolkit.core import MissingExtraError, OptionError, UnknownNameError
from hrm_toolkit.train.record.metrics import Row, Tracker

PROJECT = "hrm-toolkit"


def numbers(row: Row) -> dict[str, float]:
    """The finite numbers of a row, tables spelled out, under the row's event.

    Example:
        >>> numbers({"event": "update", "update": 50, "loss": 0.5, "gradient_norm": {"high": 2.0}})
        {'update/loss': 0.5, 'update/gradient_norm/high': 2.0}
    """
    found: dict[str, float] = {}

    def take(name: str, value: Any) -> None:
        if isinstance(value, Mapping):
            for key, inner in value.items():
                take(f"{name}/{key}", inner)
        elif isinstance(value, int | float) and math.isfinite(value):
            found[name] = float(value)

    event = row["event"]
    for key, value in row.items():
        if key not in ("event", "update", "seconds"):
            take(f"{event}/{key}", value)
    return found


class TensorBoard:
    """Event files in the run's folder, for ``tensorboard --logdir``."""

    name = "tensorboard"

    def __init__(self) -> None:
        _require("tensorboard", "tensorboard")
        self._writer: Any = None

    def start(self, out: Path, config: Mapping[str, Any], update: int) -> None:
        """Open event files; what a resumed run does again replaces what it lost."""
        from torch.utils.tensorboard import SummaryWriter

        folder, purge = str(out / "tensorboard"), update + 1 if update else None
        self._writer = SummaryWriter(folder, purge_step=purge)

    def metrics(self, row: Row) -> None:
        """A point on each curve."""
        for name, value in numbers(row).items():
            self._writer.add_scalar(name, value, row["update"])

    def event(self, row: Row) -> None:
        """A text."""
        self._writer.add_text(row["event"], _sentence(row), row["update"])
        self._writer.flush()

    def finish(self) -> None:
        """Write what is buffered."""
        self._writer.close()


class Wandb:
    """Weights & Biases, in ``wandb/`` of the run's folder.

    Args:
        mode: ``offline`` or ``online``; None asks ``WANDB_MODE``, and is offline without it.
    """

    name = "wandb"

    def __init__(self, mode: str | None = None) -> None:
        self._mode = mode or os.environ.get("WANDB_MODE") or "offline"
        # Its reports of its own crashes look up a server, offline or not.
        os.environ.setdefault("WANDB_ERROR_REPORTING", "false")
        self._wandb = _require("wandb", "wandb")
        self._run: Any = None

    def start(self, out: Path, config: Mapping[str, Any], update: int) -> None:
        """Open a run; a resumed one is another of the same group."""
        self._run = self._wandb.init(
            project=PROJECT,
            name=out.name,
            group=out.name,
            dir=str(out),
            mode=self._mode,
            config=dict(config),
            settings=self._wandb.Settings(
                silent=True, console="off", disable_git=True, save_code=False
            ),
        )
        # Its own steps may not go back, which those of a resumed run do.
        self._run.define_metric("*", step_metric="trained")

    def metrics(self, row: Row) -> None:
        """A point on each curve."""
        self._run.log({"trained": row["update"], **numbers(row)})

    def event(self, row: Row) -> None:
        """The last event of each kind, in the summary."""
        self._run.summary[row["event"]] = f"update {row['update']}: {_sentence(row)}"

    def finish(self) -> None:
        """Close the run."""
        self._run.finish()


class Trackio:
    """Trackio's local database, for ``trackio show``."""

    name = "trackio"

    def __init__(self) -> None:
        self._trackio = _require("trackio", "trackio")

    def start(self, out: Path, config: Mapping[str, Any], update: int) -> None:
        """Open a run, or the same one again."""
        self._trackio.init(
            project=PROJECT,
            name=out.name,
            config=dict(config),
            resume="allow" if update else "never",
            embed=False,
            auto_log_gpu=False,
            auto_log_cpu=False,
        )

    def metrics(self, row: Row) -> None:
        """A point on each curve."""
        self._trackio.log(numbers(row), step=row["update"])

    def event(self, row: Row) -> None:
        """A text beside the curves."""
        self._trackio.log({row["event"]: _sentence(row)}, step=row["update"])

    def finish(self) -> None:
        """Close the run."""
        self._trackio.finish()


_KNOWN: dict[str, Callable[..., Tracker]] = {
    "tensorboard": TensorBoard,
    "trackio": Trackio,
    "wandb": Wandb,
}


def make_trackers(names: Iterable[str]) -> list[Tracker]:
    """Trackers by name; ``wandb:online`` and ``wandb:offline`` say where it writes to.

    Raises:
        UnknownNameError: with the nearest known name.
        OptionError: for a mode that there is not.
        MissingExtraError: naming the extra to install.
    """
    found: list[Tracker] = []
    for text in dict.fromkeys(names):
        name, _, mode = text.partition(":")
        if name not in _KNOWN:
            raise UnknownNameError("tracker", name, _KNOWN)
        if mode and (name != "wandb" or mode not in ("offline", "online")):
            raise OptionError(
                f'the tracker {name} has no mode "{mode}"',
                expected="wandb:offline or wandb:online" if name == "wandb" else name,
            )
        found.append(_KNOWN[name](mode) if mode else _KNOWN[name]())
    return found


def _require(package: str, extra: str) -> Any:
    try:
        return importlib.import_module(package)
    except ImportError:
        raise MissingExtraError(extra, package) from None


def _sentence(row: Row) -> str:
    said = (str(row[key]) for key in ("action", "cause") if row.get(key))
    return ": ".join(said) or f"at {row['seconds']} s"
