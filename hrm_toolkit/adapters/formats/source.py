"""Files as text: whatever is wrong with one is said in one line."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from hrm_toolkit.core import InputError, nearest
from hrm_toolkit.core.plain import NotPlainError, TooLargeError, drafted, read_plain

LIMIT = 64 * 2**20
"""The most bytes that are read of one file."""


def read_source(source: str | os.PathLike[str] | bytes) -> tuple[str, Path | None]:
    """The text of a file, or of its content given as bytes; and the file's path.

    A byte order mark is dropped.

    Raises:
        InputError: for a file that is missing, unreadable, a directory, a pipe, socket or device,
            empty, larger than 64 MB, binary, or not UTF-8.
    """
    if isinstance(source, bytes):
        return decode(source), None
    path = Path(source)
    try:
        return decode(_bytes(path)), path
    except InputError as error:
        raise error.at(str(source)) from None


def decode(data: bytes) -> str:
    """UTF-8 bytes as text.

    Raises:
        InputError: as ``read_source``.

    Example:
        >>> decode(b"caf\\xe9")
        Traceback (most recent call last):
        ...
        hrm_toolkit.core.errors.InputError: byte 4 is not UTF-8; expected a UTF-8 text file; ...
    """
    if len(data) > LIMIT:
        raise _too_large()
    zero = data.find(b"\0")
    if zero >= 0:
        raise InputError(
            f"this is a binary file: byte {zero + 1} is zero", expected="a text file of puzzles"
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"byte {error.start + 1} is not UTF-8",
            expected="a UTF-8 text file",
            got=f"0x{data[error.start]:02x}",
            hint="save the file as UTF-8",
        ) from None
    if not text.strip():
        raise InputError("there is nothing in it", expected="a puzzle")
    return text


def write_whole(path: str | os.PathLike[str], text: str | Iterable[str]) -> None:
    """Write a UTF-8 file, whole or not at all; of several parts each as it comes.

    Raises:
        InputError: when it cannot be written.
    """
    try:
        with drafted(Path(path)) as draft, draft.open("x", encoding="utf-8", newline="\n") as file:
            file.writelines([text] if isinstance(text, str) else text)
    except OSError as error:
        raise InputError(f"the file cannot be written: {error.strerror}", path=str(path)) from None


def _bytes(path: Path) -> bytes:
    try:
        return read_plain(path, LIMIT)
    except TooLargeError:
        raise _too_large() from None
    except NotPlainError as error:
        raise InputError(
            str(error.strerror),
            expected="a file of puzzles",
            hint="what a command writes is read from standard input: COMMAND | hrm-toolkit ... -",
        ) from None
    except FileNotFoundError:
        near = nearest(path.name, _siblings(path))
        raise InputError(
            "there is no such file",
            expected="a file of puzzles",
            hint=f'did you mean "{path.with_name(near)}"?' if near else None,
        ) from None
    except IsADirectoryError:
        raise InputError("this is a directory", expected="a file of puzzles") from None
    except PermissionError:
        raise InputError("this file may not be read", hint="change its permissions") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"the file cannot be read: {reason}") from None


def _too_large() -> InputError:
    return InputError("the file is too large", expected=f"at most {LIMIT // 2**20} MB")


def _siblings(path: Path) -> list[str]:
    try:
        return [entry.name for entry in os.scandir(path.parent)]
    except (OSError, ValueError):
        return []
