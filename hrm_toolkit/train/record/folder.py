"""The folder of a run, which one process at a time may write."""

from __future__ import annotations

import weakref
from pathlib import Path

from hrm_toolkit.core import BusyError, CheckpointError
from hrm_toolkit.core.plain import FolderLock
from hrm_toolkit.train.distributed import Ranks
from hrm_toolkit.train.record.checkpoint import CHECKPOINT, writing


class RunFolder:
    """Holds a run's folder, from before anything in it is read until it is released.

    Args:
        out: the folder; where it is not there yet, ``make`` makes and holds it.
        ranks: processes that train together; rank 0 holds it and looks at it for all.
        resume: whether a run may be in it.

    Raises:
        BusyError: when another process has it.
        CheckpointError: when there is a run in it and none may be.
        StorageError: when nothing can be written there.
    """

    def __init__(self, out: Path, ranks: Ranks, *, resume: bool) -> None:
        self._out, self._ranks, self._resume = out, ranks, resume
        self._lock: FolderLock | None = None
        self._hold()

    def make(self) -> None:
        """Make the folder where it is not there."""
        with writing(self._out):
            self._out.mkdir(parents=True, exist_ok=True)
        self._hold()

    def release(self) -> None:
        """Let other processes have it."""
        if self._lock is not None:
            self._lock.release()

    def _hold(self) -> None:
        with writing(self._out):
            refused, taken = self._ranks.told(self._take)
        if refused is not None:
            raise BusyError(str(refused["message"]), path=refused["path"], hint=refused["hint"])
        if taken:
            self.release()
            raise CheckpointError(
                "this folder already holds a run",
                path=str(self._out),
                hint=f"go on with --resume {self._out}, or choose another --out",
            )

    def _take(self) -> tuple[dict[str, str | None] | None, bool]:
        """Who has it, if somebody does; and whether it has a run that must not be there."""
        if self._lock is None and self._out.is_dir():
            try:
                self._lock = FolderLock(self._out)
            except BusyError as error:
                return error.to_dict(), False
            weakref.finalize(self, self._lock.release)
            # What a process that was killed was about to write is nobody's now.
            for draft in self._out.rglob(".*.tmp"):
                draft.unlink(missing_ok=True)
        return None, (self._out / CHECKPOINT).exists() and not self._resume
