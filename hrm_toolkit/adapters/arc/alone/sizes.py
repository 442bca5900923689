"""How large the output of an ARC task is, read off its demonstrations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from hrm_toolkit.adapters.arc.operations import OPERATIONS, Array
from hrm_toolkit.adapters.arc.search import SIDE

Size = tuple[int, int]
"""Rows and columns, 1 to 30."""
Rule = Callable[[Array], Size | None]
"""An input to the size of its output; None where it says none."""


def size_rule(pairs: Sequence[tuple[Array, Array]]) -> Rule | None:
    """The first rule that gives the size of every demonstration's output; None where none does.

    In order: the input's own size, a constant one, whole multiples and parts of the sides, the
    input's size squared, and what each operation of the program search makes.

    Example:
        >>> import numpy as np
        >>> rule = size_rule([(np.zeros((2, 3), np.uint8), np.zeros((4, 9), np.uint8))])
        >>> rule(np.zeros((2, 3), np.uint8))
        (4, 9)
    """
    return next((rule for rule in _rules(pairs) if _fits(rule, pairs)), None)


def _fits(rule: Rule, pairs: Sequence[tuple[Array, Array]]) -> bool:
    return all(rule(asked) == solved.shape for asked, solved in pairs)


def _rules(pairs: Sequence[tuple[Array, Array]]) -> Iterator[Rule]:
    asked, solved = pairs[0]
    yield lambda grid: _size(*grid.shape)
    constant = _size(*solved.shape)
    yield lambda grid: constant
    (height, width), (tall, wide) = asked.shape, solved.shape
    yield lambda grid: _scaled(grid, tall, height, wide, width)
    yield lambda grid: _size(grid.shape[0] ** 2, grid.shape[1] ** 2)
    for operation in OPERATIONS.values():
        yield _shape_of(operation)


def _scaled(grid: Array, tall: int, height: int, wide: int, width: int) -> Size | None:
    """Each side times a fraction, where that comes out whole."""
    rows, left = divmod(grid.shape[0] * tall, height)
    columns, over = divmod(grid.shape[1] * wide, width)
    return None if left or over else _size(rows, columns)


def _shape_of(operation: Callable[[Array], Array | None]) -> Rule:
    def rule(grid: Array) -> Size | None:
        made = operation(grid)
        return None if made is None else _size(*made.shape)

    return rule


def _size(height: int, width: int) -> Size | None:
    return (height, width) if 1 <= height <= SIDE and 1 <= width <= SIDE else None
