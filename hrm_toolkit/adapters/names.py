"""Names of fields as people spell them: ``boxRows``, ``box_rows`` and ``Box rows`` are one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from hrm_toolkit.core import InputError

_PROSE = re.compile(r"[^\W\d_]{2,}[ ,.:]+[^\W\d_]{2,}")


def words(*lines: str) -> frozenset[str]:
    """The words of some lines, as a set of names.

    Example:
        >>> sorted(words("id name", "title"))
        ['id', 'name', 'title']
    """
    return frozenset(word for line in lines for word in line.split())


@lru_cache(1_000)
def plain(name: str) -> str:
    """A name without case, spaces and signs.

    Example:
        >>> plain("box_Rows"), plain("Travel Time")
        ('boxrows', 'traveltime')
    """
    # The rows of a table have the same names a million times, hence the cache.
    return "".join(c for c in name.casefold() if c.isalnum())


@lru_cache(1_000)
def parts(name: str) -> tuple[str, ...]:
    """The words of which a name is made, without case.

    Example:
        >>> parts("maxTravel_time2")
        ('max', 'travel', 'time2')
    """
    return tuple(re.findall(r"[^\W_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).casefold()))


def lowered(record: Mapping[Any, Any]) -> dict[str, Any]:
    """A record with the names of its fields in lower case.

    Raises:
        InputError: where two differ in case alone, and in what they hold.
    """
    found: dict[str, Any] = {}
    for name, held in record.items():
        spelt = str(name).strip().lower()
        if found.setdefault(spelt, held) != held:
            first = next(str(other) for other in record if str(other).strip().lower() == spelt)
            raise _twice(first, str(name))
    return found


def require_one(record: Mapping[str, Any], names: Sequence[str], name: str) -> None:
    """Refuse a record where another of some names holds another thing of the same sort.

    Prose beside a puzzle, and what is empty, is none. Which of two grids is meant is not known.

    Args:
        names: those that stand for the same.
        name: the one that is read.
    """
    chosen = record[name]
    for other in names:
        held = record.get(other)
        if not held or held == chosen or type(held) is not type(chosen):
            continue
        if isinstance(held, list) or (isinstance(held, str) and not _PROSE.search(held + chosen)):
            raise _twice(name, other)


def _twice(name: str, other: str) -> InputError:
    return InputError(
        f'"{name[:40]}" and "{other[:40]}" say the same with different values',
        expected="one of them",
        hint="leave out the one that is not meant",
    )
