"""Files read and written with care: plain ones alone, no more than was allowed, whole or not."""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import re
import secrets
import socket
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hrm_toolkit.core.errors import BusyError

_BLOCK = 1 << 20
_KINDS = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


class NotPlainError(OSError):
    """What a path names is a pipe, a socket or a device: it may never end, or never begin."""


class TooLargeError(OSError):
    """A file holds more than may be read of it."""


def open_plain(path: str | os.PathLike[str]) -> io.FileIO:
    """Open a plain file for reading; nothing else is opened, and nothing is waited for.

    Raises:
        NotPlainError: for a pipe, a socket or a device, a link to one too.
        OSError: when it cannot be opened.

    Example:
        >>> open_plain("/dev/null")
        Traceback (most recent call last):
        ...
        hrm_toolkit.core.plain.NotPlainError: ... this is a device, ...
    """
    # Looked at before: to open a device may do something. And after: the name may have changed.
    _require_plain(os.stat(path), path)
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    descriptor = os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))
    try:
        _require_plain(os.fstat(descriptor), path)
        return io.FileIO(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def require_plain(path: str | os.PathLike[str]) -> None:
    """Refuse what ``open_plain`` refuses, for a library that opens by name.

    Raises:
        OSError: as ``open_plain``.
    """
    open_plain(path).close()


def read_plain(path: str | os.PathLike[str], most: int) -> bytes:
    """The bytes of a plain file, counted as they are read, whatever size it claims.

    Args:
        path: of the file.
        most: bytes that may be read.

    Raises:
        TooLargeError: when there is more.
        NotPlainError: as ``open_plain``.
        OSError: when it cannot be read.
    """
    with open_plain(path) as file:
        claimed = os.fstat(file.fileno()).st_size
        if claimed > most:
            raise _too_large(path, most)
        parts, size = list[bytes](), 0
        # One block of all that it claims, so that there is one copy of it; then what it did not.
        block = claimed + 1
        while part := file.read(min(block, most + 1 - size)):
            parts.append(part)
            size += len(part)
            if size > most:
                raise _too_large(path, most)
            block = _BLOCK
        return parts[0] if len(parts) == 1 else b"".join(parts)


def read_rows(path: str | os.PathLike[str], most: int) -> list[dict[str, Any]]:
    """The rows that a run appends, as they count: what it did again replaces what it had lost.

    A line that is cut, as while it is written, or no object with an ``update``, is left out; of a
    longer file only the last ``most`` bytes are read.

    Raises:
        OSError: when the file cannot be opened, or is no plain one.
    """
    with open_plain(path) as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - most))
        lines = file.read(most).decode("utf-8", "replace").splitlines()
    rows: list[dict[str, Any]] = []
    for line in lines:
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if not isinstance(row, dict) or type(row.get("update")) is not int:
            continue
        while rows and rows[-1]["update"] > row["update"]:
            rows.pop()
        rows.append(row)
    return rows


def draft_of(path: Path) -> Path:
    """A name beside ``path`` that no other writer has, of this process or another.

    Example:
        >>> first, second = draft_of(Path("a/b.txt")), draft_of(Path("a/b.txt"))
        >>> first.parent.name, first == second
        ('a', False)
    """
    return path.with_name(f".{path.name[:200]}.{os.getpid()}.{secrets.token_hex(4)}.tmp")


@contextmanager
def drafted(path: Path) -> Iterator[Path]:
    """A draft that takes the place of ``path`` once it is written, and goes if that fails."""
    draft = draft_of(path)
    try:
        yield draft
        draft.replace(path)
    except BaseException:
        # What a full disk took of it must not keep the disk full.
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise


def replace_file(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, and on the disk before it takes its name."""
    with drafted(path) as draft, draft.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _require_plain(status: os.stat_result, path: str | os.PathLike[str]) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
    if not stat.S_ISREG(status.st_mode):
        kind = _KINDS.get(stat.S_IFMT(status.st_mode), "something else")
        raise NotPlainError(errno.EINVAL, f"this is {kind}, no plain file", os.fspath(path))


def _too_large(path: str | os.PathLike[str], most: int) -> TooLargeError:
    said = f"it holds more than {most:,} bytes"
    return TooLargeError(errno.EOVERFLOW, said, os.fspath(path))


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
