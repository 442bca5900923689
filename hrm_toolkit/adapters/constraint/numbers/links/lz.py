"""Texts as LZString packs them into base64, with a bound on what comes out."""

from __future__ import annotations

from collections.abc import Iterator

from hrm_toolkit.core import InputError

MOST_PACKED, MOST_UNPACKED = 200_000, 1_000_000
"""Characters that go in and come out."""
_SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_END = 2


def unpacked(text: str) -> str:
    """The text that LZString's ``compressToBase64`` made this of.

    Raises:
        InputError: for text that is none, ends too soon, or unpacks to too much.

    Example:
        >>> unpacked("BYUwNmD2Q===")
        'hello'
    """
    if len(text) > MOST_PACKED:
        raise InputError(
            f"the packed text has {len(text):,} characters", expected=f"at most {MOST_PACKED:,}"
        )
    try:
        units = _words(_Bits(text))
        return units.encode("utf-16", "surrogatepass").decode("utf-16")
    except ValueError:
        raise InputError("this is no text that LZString packed", expected="all of it") from None


class _Bits:
    """Numbers of so many bits, the lowest first, from six bits a sign, the highest first."""

    def __init__(self, text: str) -> None:
        self._bits = self._each(text)

    def __call__(self, count: int) -> int:
        total = 0
        for k in range(count):
            bit = next(self._bits, None)
            if bit is None:
                raise ValueError("the text ends too soon")
            total |= bit << k
        return total

    def _each(self, text: str) -> Iterator[int]:
        for sign in text:
            value = _SIGNS.index(sign)
            for shift in range(5, -1, -1):
                yield value >> shift & 1


def _words(bits: _Bits) -> str:
    """What the words of a growing dictionary come to."""
    known: dict[int, str] = {}
    width, count, size = 3, 4, 0
    found: list[str] = []
    last = ""
    code = bits(2)
    while code != _END:
        if code < _END:
            # A sign of 8 or 16 bits that was not there yet gets the next number.
            number = count if last else 3
            known[number] = chr(bits(16 if code else 8))
            count += bool(last)
            code = number
        if code in known:
            word = known[code]
        elif code == count and last:
            word = last + last[0]
        else:
            raise ValueError("there is no such word")
        size += len(word)
        if size > MOST_UNPACKED:
            raise InputError(
                "the text unpacks to too much", expected=f"at most {MOST_UNPACKED:,} characters"
            )
        found.append(word)
        if last:
            known[count] = last + word[0]
            count += 1
        last = word
        # A number is as wide as the next one to be given needs.
        while count >= 1 << width:
            width += 1
        code = bits(width)
    return "".join(found)
