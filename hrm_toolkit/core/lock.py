"""A folder that one process at a time may write."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import socket
import sys
from pathlib import Path

from hrm_toolkit.core.errors import BusyError
from hrm_toolkit.core.plain import read_plain

LOCK = ".lock"
_UNKNOWN = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP}
_TAKEN = {errno.EACCES, errno.EAGAIN, errno.EDEADLK}


class FolderLock:
    """Holds a folder against other processes until it is released, or the process ends.

    The system keeps the lock, so that a process that is killed leaves none behind. Within one
    process a folder may be held several times.

    Args:
        folder: which exists.

    Raises:
        BusyError: when another process holds it.
        OSError: when nothing can be written there.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     lock = FolderLock(Path(folder))
        ...     FolderLock(Path(folder)).release()
        ...     lock.release()
    """

    def __init__(self, folder: Path) -> None:
        self._key: tuple[int, int] | None = None
        path = folder / LOCK
        # A lock of POSIX goes with the first of its descriptors that a process closes.
        with contextlib.suppress(OSError):
            key = _key(os.stat(path))
            if key in _held:
                _held[key][1] += 1
                self._key = key
                return
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NONBLOCK", 0)
        descriptor = os.open(path, flags, 0o644)
        try:
            _lock(descriptor)
        except OSError as error:
            os.close(descriptor)
            if error.errno in _TAKEN:
                raise _taken(folder, path) from None
            raise
        with contextlib.suppress(OSError):
            # A full disk is told where there is more to write than who holds the lock.
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"{os.getpid()} {socket.gethostname()}\n".encode())
        self._key = _key(os.fstat(descriptor))
        _held[self._key] = [descriptor, 1]

    def release(self) -> None:
        """Give the folder back; calling it again does nothing."""
        key, self._key = self._key, None
        if key is None or key not in _held:
            return
        _held[key][1] -= 1
        if not _held[key][1]:
            os.close(_held.pop(key)[0])


# The descriptor, and how often it is held, of each lock file by its device and number.
_held: dict[tuple[int, int], list[int]] = {}


def _key(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _taken(folder: Path, path: Path) -> BusyError:
    found = None
    with contextlib.suppress(OSError):
        found = re.fullmatch(rb"(\d{1,10}) (\S{0,255})\s*", read_plain(path, 1_000))
    who = "another process"
    if found is not None:
        who = f"process {int(found[1])}"
        host = found[2].decode("utf-8", "replace")
        if host != socket.gethostname():
            who += f" on {host}"
    return BusyError(
        f"{who} is writing in this folder",
        path=str(folder),
        hint="wait for it to end, or choose another folder",
    )


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        # Beyond the text, so that others can read who it is.
        os.lseek(descriptor, 1 << 20, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        os.lseek(descriptor, 0, os.SEEK_SET)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            # Some file systems know no locks; without one there it is as it always was.
            if error.errno not in _UNKNOWN:
                raise
