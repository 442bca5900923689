"""Bytes as text: which encoding they are in, and what they are where they are no text."""

from __future__ import annotations

import codecs
import re

from hrm_toolkit.core import InputError

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte order marks; those of UTF-32 first, since one begins as a mark of UTF-16."""

_UNPACK = "unpack it first: {} FILE | hrm-toolkit ... -"
_KINDS = (
    (b"PK\3\4", "a ZIP archive", _UNPACK.format("unzip -p")),
    (b"PK\5\6", "an empty ZIP archive", None),
    (b"BZh", "a bzip2 file", _UNPACK.format("bzip2 -dc")),
    (b"\xfd7zXZ\0", "an xz file", _UNPACK.format("xz -dc")),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file", _UNPACK.format("zstd -dc")),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", _UNPACK.format("7z x -so")),
    (b"\x1f\x8b", "a gzip file within a gzip file", _UNPACK.format("gzip -dc")),
    (b"\x1f\x9d", "a file packed by compress", _UNPACK.format("gzip -dc")),
    (b"PAR1", "a Parquet file", "write it as CSV or JSON Lines first"),
    (b"\x93NUMPY", "a NumPy array", "write it as text or JSON first"),
    (b"SQLite format 3\0", "an SQLite database", "write the table as CSV first"),
    (b"%PDF", "a PDF document", "copy the puzzle out of it as text"),
    (b"\x89PNG", "a picture (PNG)", "write the puzzle as text"),
    (b"GIF8", "a picture (GIF)", "write the puzzle as text"),
    (b"\xff\xd8\xff", "a picture (JPEG)", "write the puzzle as text"),
)
_TAR = (257, b"ustar")
_LOOKED_AT = 4096


def is_gzip(data: bytes) -> bool:
    """Whether bytes begin as a gzip file does."""
    return data[:2] == b"\x1f\x8b"


def require_text(data: bytes) -> None:
    """Refuse what its first bytes name as something else than text.

    Raises:
        InputError: saying what it is, and the way to a text where there is one.

    Example:
        >>> require_text(b"PK\\3\\4 and so on")
        Traceback (most recent call last):
        ...
        hrm_toolkit.core.errors.InputError: this is a ZIP archive; expected a text file of ...
    """
    expected = "a text file of puzzles, plain or packed by gzip"
    for magic, name, hint in _KINDS:
        # One with a mark of three letters may be text that begins with them.
        if data.startswith(magic) and not (magic.isalnum() and _is_ascii(data)):
            raise InputError(f"this is {name}", expected=expected, hint=hint)
    at, magic = _TAR
    if data[at : at + len(magic)] == magic:
        raise InputError(
            "this is a tar archive", expected=expected, hint=_UNPACK.format("tar -xOf")
        )


def encoding_of(data: bytes) -> str:
    """The encoding of a text by its first bytes: UTF-8 unless they say otherwise.

    Example:
        >>> encoding_of("S.G".encode("utf-16")), encoding_of("S.G".encode("utf-16-le"))
        ('utf-16', 'utf-16-le')
    """
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    return next((name for name in ("utf-16-le", "utf-16-be") if _is_wide(data, name)), "utf-8-sig")


def decoded(data: bytes, encoding: str, *, final: bool = True) -> str:
    """Bytes as text.

    Args:
        data: from the start of a file.
        encoding: as ``encoding_of`` tells it.
        final: whether that is all; a character that is cut is else left out.

    Raises:
        InputError: for bytes that are no text in this encoding, naming the first.
    """
    zero = data.find(b"\0") if encoding == "utf-8-sig" else -1
    if zero >= 0:
        raise InputError(
            f"this is a binary file: byte {zero + 1} is zero", expected="a text file of puzzles"
        )
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(data, final)
    except UnicodeError as error:
        start = getattr(error, "start", len(data) - 1)
        name = encoding.removesuffix("-sig").upper()
        raise InputError(
            f"byte {start + 1} is not {name}",
            expected="a UTF-8 text file",
            got=f"0x{data[start]:02x}",
            hint="save the file as UTF-8",
        ) from None
    if "\0" in text:
        raise InputError(
            f"this is a binary file: character {text.index(chr(0)) + 1} is zero",
            expected="a text file of puzzles",
        )
    return text


def _is_wide(data: bytes, encoding: str) -> bool:
    """Whether bytes can be nothing but UTF-16 of this order: half of each character is zero."""
    head = data[: min(_LOOKED_AT, len(data) // 2 * 2)]
    low, high = (head[::2], head[1::2]) if encoding == "utf-16-le" else (head[1::2], head[::2])
    if not head or len(data) % 2 or b"\0" in low or 2 * high.count(0) < len(high):
        return False
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(head, False)
    except UnicodeError:
        return False
    return all(mark.isprintable() or mark.isspace() for mark in text)


def _is_ascii(data: bytes) -> bool:
    return re.fullmatch(rb"[\t\n\r\x20-\x7e]*", data[:_LOOKED_AT]) is not None
