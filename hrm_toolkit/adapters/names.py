"""Names of fields as people spell them: ``boxRows``, ``box_rows`` and ``Box rows`` are one."""

from __future__ import annotations

import re
from functools import lru_cache


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
