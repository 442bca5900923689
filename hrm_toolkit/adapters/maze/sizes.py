"""Lines that say how large the mazes below them are: ``5 7``, ``H W``, ``rows=5 cols=7``."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hrm_toolkit.core import InputError

Numbered = list[tuple[int, str]]

_NAME = r"(?:h|w|n|m|r|c|height|width|rows?|col(?:umn)?s?|size|dim(?:ension)?s?)"
_PAIR = re.compile(
    rf"\s*(?:{_NAME}\s*[:=]?\s*)?(\d{{1,5}})(?:\s*[,x\u00d7*]\s*|\s+by\s+|\s+)(\d{{1,5}})\s*", re.I
)
_ONE = re.compile(r"\s*(\d{1,5})\s*")
_NAMED = re.compile(rf"\s*(?:{_NAME}\b\s*[:=]?\s*(?:\d{{1,5}})?[\s,;]*){{1,3}}", re.I)


def numbers_of(line: str) -> tuple[int, ...] | None:
    """What a line says of sizes, () where it only names them; None where it is no such line.

    Example:
        >>> numbers_of("5 x 7"), numbers_of("rows: 5"), numbers_of("H W"), numbers_of("S.G")
        ((5, 7), (5,), (), None)
    """
    pair = _PAIR.fullmatch(line) or _ONE.fullmatch(line)
    if pair:
        return tuple(map(int, pair.groups()))
    if _NAMED.fullmatch(line):
        return tuple(map(int, re.findall(r"\d+", line)))
    return None


def unsized(lines: Sequence[str]) -> list[str] | None:
    """Lines without those that say sizes, where the first does; None where it does not."""
    if not lines or numbers_of(lines[0]) is None:
        return None
    return [line for line in lines if numbers_of(line) is None]


def sized(lines: Numbered) -> list[Numbered] | None:
    """The mazes of lines of which each is below its size, and nothing else is there.

    Args:
        lines: with their numbers; none of them speaks of something else.

    Returns:
        The rows of each maze; None where the first line says no size.

    Raises:
        InputError: where what is said is not what follows.

    Example:
        >>> sized([(1, "1 3"), (2, "S.G"), (3, "1 3"), (4, "G.S")])
        [[(2, 'S.G')], [(4, 'G.S')]]
    """
    found: list[tuple[int, list[int], Numbered]] = []
    for number, line in lines:
        numbers = numbers_of(line) if line.strip() else None
        if numbers is None:
            if found:
                found[-1][2].append((number, line))
            elif line.strip():
                return None
        elif found and not any(row.strip() for _, row in found[-1][2]):
            found[-1][1].extend(numbers)
        else:
            found.append((number, list(numbers), []))
    if not found or not any(line.strip() for *_, rows in found for _, line in rows):
        return None
    mazes = [_trimmed(rows) for *_, rows in found]
    number, said, _ = found[0]
    if len(said) in (1, 3) and said[0] == len(mazes) and (len(mazes) > 1 or len(said) == 3):
        # How many there are, before the first one's own size.
        del said[0]
    for (number, said, _), rows in zip(found, mazes, strict=True):
        _require_size(number, said, [line for _, line in rows])
    return mazes


def _trimmed(rows: Numbered) -> Numbered:
    while rows and not rows[-1][1].strip():
        rows = rows[:-1]
    while rows and not rows[0][1].strip():
        rows = rows[1:]
    return rows


def _require_size(number: int, said: Sequence[int], rows: Sequence[str]) -> None:
    """Refuse a size that is not that of the rows, in either order; or of a square's one side."""
    wide = max((len(row.strip()) for row in rows), default=0)
    # Cells may be written apart, or two characters each.
    widths = {wide, max((len(row.split()) for row in rows), default=0), (wide + 1) // 2}
    sides = [len(rows), len(rows)] if len(said) == 1 and len(rows) in widths else None
    fits = not said or any(sorted(said) == sorted((len(rows), w)) for w in widths)
    if not fits and (sides is None or said[0] != sides[0]):
        raise InputError(
            f"it says {' x '.join(map(str, said))}, and {len(rows)} rows of {wide} characters "
            "follow",
            path=f"line {number}",
            expected="the rows and columns of the maze below it",
            hint="mend the size or the maze, or delete the line",
        )
