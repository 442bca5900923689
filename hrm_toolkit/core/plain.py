"""Files read and written with care: plain ones alone, no more than was allowed, whole or not."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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
