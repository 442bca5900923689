"""The tasks that are known, in words: ours, registered ones, and those that packages bring."""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import NamedTuple

from hrm_toolkit.adapters.registry import BUILT_IN, adapter_names, get_adapter, registered
from hrm_toolkit.core import AnyAdapter, ToolkitError, shorten

_MOST_SUMMARIES, _MOST_NAMES = 480, 160
"""Characters that summaries, and names without one, may take in a description."""
_MOST_SUMMARY = 100


class Known(NamedTuple):
    """A task that is known: its name, what it asks for, and its family, empty for none."""

    name: str
    summary: str
    family: str


def known_tasks() -> list[Known]:
    """Built-in tasks of no family, added ones, then family by family.

    Example:
        >>> [task.name for task in known_tasks()][:4]
        ['arc', 'graph', 'maze', 'sequence']
    """
    return list(_known(tuple(sys.path), tuple(registered().items())))


@lru_cache(maxsize=1)
def _known(path: tuple[str, ...], added: tuple[tuple[str, AnyAdapter], ...]) -> tuple[Known, ...]:
    """The same, looked for anew where packages or adapters have been added: it takes 30 ms."""
    found = []
    for name in adapter_names():
        try:
            adapter = get_adapter(name)
        except ToolkitError:
            # A plugin that cannot be loaded must not hide the others.
            continue
        known = Known(name, adapter.summary, adapter.family)
        found.append((adapter.family, name not in BUILT_IN, known))
    # Those of no family first: what somebody added is not to be missed behind our families.
    return tuple(known for _, _, known in sorted(found))


def tasks_in_words() -> str:
    """Each task with what it asks for; by name alone, or counted, where there is no more room.

    Example:
        >>> "maze: a path" in tasks_in_words()
        True
    """
    known = known_tasks()
    words = _that_fit([f"{task.name}: {shorten(task.summary, _MOST_SUMMARY)}" for task in known])
    rest = [task.name for task in known[len(words) :]]
    return "; ".join([*words, _listed(rest)] if rest else words)


def names_in_words() -> str:
    """The tasks by name; counted where there is no more room.

    Example:
        >>> names_in_words().startswith("arc, graph, maze, sequence, sudoku")
        True
    """
    return _listed([task.name for task in known_tasks()])


def _listed(names: list[str]) -> str:
    shown = _that_fit(names, _MOST_NAMES)
    more = len(names) - len(shown)
    return ", ".join([*shown, f"and {more} more that describe lists"] if more else shown)


def _that_fit(words: list[str], most: int = _MOST_SUMMARIES) -> list[str]:
    """The first words, which together are not too long."""
    size = 0
    for number, word in enumerate(words):
        size += len(word) + 2
        if size > most:
            return words[:number]
    return words
