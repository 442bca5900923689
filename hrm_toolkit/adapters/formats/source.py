"""Files as text: unpacked, decoded, held whole or line by line; each fault is told in one line."""

from __future__ import annotations

import gzip
import io
import os
import re
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from hrm_toolkit.adapters.formats.encoding import decoded, encoding_of, is_gzip, require_text
from hrm_toolkit.core import InputError, nearest, shorten
from hrm_toolkit.core.files import Sample
from hrm_toolkit.core.plain import NotPlainError, TooLargeError, drafted, open_plain

PUZZLES = "a file of puzzles"
"""What is expected of a file, unless it is one of something else."""

LIMIT = 64 * 2**20
"""The most bytes that are held of one text, or of one line of a longer one."""
HEAD = 2**20
"""A text of at most so many bytes is held whole; of a longer one this much is seen first."""

_BROKEN = re.compile("[\udc80-\udcff]")
_FAILURES = (OSError, ValueError, EOFError, zlib.error)

Given = str | os.PathLike[str] | bytes | IO[bytes]
"""A path, content, or an open file that can be read again from its start."""


class Source:
    """The text of a file or of its content, of which as much is read as is asked for.

    Gzip is unpacked. UTF-8, and UTF-16 or UTF-32 that say so by a byte order mark, are decoded;
    UTF-16 without one too, where nothing else is possible.

    Args:
        given: a path, content as bytes, or an open file that can be read again from its start.

    Attributes:
        path: where it lies, if it has one.
        head: its first characters, at least a million where there are so many.
        whole: whether that is all.

    Raises:
        InputError: for a file that is missing, unreadable, a directory, a pipe, socket or device,
            empty, packed in another way, binary, or in another encoding.
    """

    def __init__(self, given: Given) -> None:
        if not isinstance(given, str | os.PathLike | bytes) and not hasattr(given, "seek"):
            raise InputError(
                f"{said(given)} is no file", expected="a path, content as bytes, or an open file"
            )
        self._given = given
        self.path = Path(given) if isinstance(given, str | os.PathLike) else None
        with self._bytes() as file:
            data = file.read(HEAD + 1)
            require_text(data)
            self._encoding = encoding_of(data)
            self.whole = len(data) <= HEAD
            if self.whole:
                self.head = decoded(data, self._encoding)
            else:
                # Its last character may be cut, and is left out then.
                self.head = decoded(data, self._encoding, final=False)
            if self.whole and not self.head.strip():
                raise InputError("there is nothing in it", expected="a puzzle")

    def sample(self) -> Sample:
        """The head as forms look at it."""
        return Sample.of(self.head, self.path, whole=self.whole)

    def text(self) -> str:
        """All of it.

        Raises:
            InputError: where it is larger than 64 MB, or as the source itself.
        """
        if self.whole:
            return self.head
        with self._bytes() as file:
            data = _limited(file)
        text = decoded(data, self._encoding)
        if not text.strip():
            raise InputError("there is nothing in it", expected="a puzzle")
        return text

    def lines(self) -> Iterator[tuple[int, str]]:
        """Its lines with their numbers from 1, without their ends.

        Raises:
            InputError: naming the line that cannot be decoded, or is larger than 64 MB.
        """
        with self._bytes() as file:
            errors = "surrogateescape" if self._encoding == "utf-8-sig" else "replace"
            with io.TextIOWrapper(file, self._encoding, errors, None) as text:
                number = 0
                while line := text.readline(LIMIT):
                    number += 1
                    yield number, self._line(number, line)

    def _line(self, number: int, line: str) -> str:
        if not line.isascii():
            bad = "\ufffd" in line if self._encoding != "utf-8-sig" else _BROKEN.search(line)
            if bad:
                name = self._encoding.removesuffix("-sig").upper()
                raise InputError(
                    f"this line is not {name}", path=f"line {number}", expected="a text file"
                )
        if "\0" in line:
            raise InputError("this line holds a zero byte", path=f"line {number}")
        if len(line) >= LIMIT:
            raise InputError(
                "this line is too long", path=f"line {number}", expected="at most 64 MB"
            )
        return line.removesuffix("\n")

    @contextmanager
    def _bytes(self) -> Iterator[io.BufferedReader[Any]]:
        """Its bytes, unpacked; whatever goes wrong with them is told as an ``InputError``."""
        try:
            with _opened(self._given) as file:
                if is_gzip(file.peek(2)):
                    with gzip.GzipFile(fileobj=file) as unpacked:
                        yield io.BufferedReader(unpacked)
                else:
                    yield file
        except _FAILURES as error:
            raise _told(error, self.path) from None


@dataclass(frozen=True)
class Held:
    """A text that is held already, in the place of a ``Source``."""

    head: str
    path: Path | None = None
    whole: bool = True

    def sample(self) -> Sample:
        """The head as forms look at it."""
        return Sample.of(self.head, self.path)

    def text(self) -> str:
        """All of it."""
        return self.head

    def lines(self) -> Iterator[tuple[int, str]]:
        """Its lines with their numbers from 1, without their ends."""
        return enumerate(self.head.splitlines(), 1)


def read_source(given: Given) -> tuple[str, Path | None]:
    """The text of a file, or of its content; and the file's path.

    Raises:
        InputError: as ``Source`` and its ``text``, naming the file.

    Example:
        >>> read_source(b"caf\\xe9")
        Traceback (most recent call last):
        ...
        hrm_toolkit.core.errors.InputError: byte 4 is not UTF-8; expected a UTF-8 text file; ...
    """
    try:
        source = Source(given)
        return source.text(), source.path
    except InputError as error:
        if isinstance(given, str | os.PathLike):
            raise error.at(str(given)) from None
        raise


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


@contextmanager
def _opened(given: Given) -> Iterator[io.BufferedReader[Any]]:
    """Bytes from the start, whatever else has been read of them."""
    raw: io.RawIOBase
    if isinstance(given, bytes):
        raw = _Again(io.BytesIO(given))
    elif isinstance(given, str | os.PathLike):
        raw = open_plain(given)
    else:
        raw = _Again(given)
    with io.BufferedReader(raw, HEAD) as file:
        yield file


class _Again(io.RawIOBase):
    """An open file read from its start, beside others that read it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._at = file, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._file.seek(self._at)
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


def _limited(file: io.BufferedReader[Any]) -> bytes:
    """All the bytes of a file, counted as they come."""
    parts, size = list[bytes](), 0
    while part := file.read(HEAD):
        parts.append(part)
        size += len(part)
        if size > LIMIT:
            raise TooLargeError(0, "too large")
    return b"".join(parts)


def _told(error: Exception, path: Path | None) -> InputError:
    """What went wrong with a file, in the words of those who brought it."""
    match error:
        case TooLargeError():
            return InputError(
                "the file is too large",
                expected=f"at most {LIMIT // 2**20} MB",
                hint="puzzles one a line (.sdm, CSV, JSON Lines) are read at any length; "
                "write them so, or split the file",
            )
        case NotPlainError():
            return InputError(
                str(error.strerror),
                expected=PUZZLES,
                hint="what a command writes is read from standard input: "
                "COMMAND | hrm-toolkit ... -",
            )
        case FileNotFoundError() if path is not None:
            near = nearest(path.name, _siblings(path))
            return InputError(
                "there is no such file",
                expected=PUZZLES,
                hint=f'did you mean "{path.with_name(near)}"?' if near else None,
            )
        case IsADirectoryError():
            return InputError("this is a directory", expected=PUZZLES)
        case PermissionError():
            return InputError("this file may not be read", hint="change its permissions")
        case gzip.BadGzipFile() | EOFError() | zlib.error():
            what = "it ends too early" if isinstance(error, EOFError) else str(error)
            return InputError(f"this gzip file is damaged: {what}", hint="fetch it again")
    reason = getattr(error, "strerror", None) or error
    return InputError(f"the file cannot be read: {reason}")


def _siblings(path: Path) -> list[str]:
    try:
        return [entry.name for entry in os.scandir(path.parent)]
    except (OSError, ValueError):
        return []


def said(value: Any) -> str:
    """A value in a few words: what it is, and for a plain one which."""
    if value is None:
        return "None"
    if isinstance(value, str | int | float | complex):
        return shorten(repr(value), 40)
    return f"a value of the type {type(value).__name__}"
