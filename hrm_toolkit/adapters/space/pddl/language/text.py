"""PDDL as nested lists of words, read and written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from hrm_toolkit.core import InputError

MOST_CHARACTERS = 500_000
"""The longest text of a domain or of a problem."""
_DEEPEST = 100
_WIDTH = 96

Expression = str | tuple["Expression", ...]
"""A word, in lower case as PDDL knows no other, or a list."""

_TOKEN = re.compile(r"\s+|;[^\n]*|([()])|([^\s();]+)")


def read_lists(text: str) -> tuple[Expression, ...]:
    """The lists of a text, comments left out.

    Raises:
        InputError: naming the line of a parenthesis that is not closed, or closes nothing.

    Example:
        >>> read_lists("(on A b) ; a comment")
        (('on', 'a', 'b'),)
    """
    if len(text) > MOST_CHARACTERS:
        raise InputError(
            f"the PDDL has {len(text):,} characters", expected=f"at most {MOST_CHARACTERS:,}"
        )
    stack: list[list[Expression]] = [[]]
    opened = list[int]()
    for found in _TOKEN.finditer(text):
        if found[1] == "(":
            stack.append([])
            opened.append(found.start())
            if len(stack) > _DEEPEST:
                raise InputError(
                    f"parentheses are nested {_DEEPEST} deep", path=_line(text, found.start())
                )
        elif found[1] == ")":
            if len(stack) == 1:
                raise InputError('")" closes nothing', path=_line(text, found.start()))
            opened.pop()
            inner = tuple(stack.pop())
            stack[-1].append(inner)
        elif found[2] is not None:
            stack[-1].append(found[2].lower())
    if opened:
        raise InputError('"(" is not closed', path=_line(text, opened[-1]))
    return tuple(stack[0])


def _line(text: str, at: int) -> str:
    return f"line {text.count(chr(10), 0, at) + 1}"


def written(expression: Expression, indent: int = 0) -> str:
    """A list as text: on one line where it fits, else what is in it below each other.

    Example:
        >>> written(("on", "a", "b"))
        '(on a b)'
    """
    if isinstance(expression, str):
        return expression
    flat = flatly(expression)
    if indent + len(flat) <= _WIDTH:
        return flat
    # Words at the start stay on the first line; each list gets its own, or a row of short ones.
    head = list(_until_list(expression))
    rest = expression[len(head) :]
    pad = " " * (indent + 2)
    lines = [*_rows([written(part, indent + 2) for part in rest], _WIDTH - indent - 2)]
    return f"({' '.join(head)}\n" + "\n".join(pad + line for line in lines) + ")"


def flatly(expression: Expression) -> str:
    """A list as text on one line."""
    if isinstance(expression, str):
        return expression
    return f"({' '.join(map(flatly, expression))})"


def _until_list(expression: Sequence[Expression]) -> Iterator[str]:
    for part in expression:
        if not isinstance(part, str):
            return
        yield part


def _rows(parts: Sequence[str], width: int) -> Iterator[str]:
    """Parts beside each other as far as lines are long enough; those of several lines alone."""
    row = ""
    for part in parts:
        if row and ("\n" in part or "\n" in row or len(row) + 1 + len(part) > width):
            yield row
            row = part
        else:
            row = f"{row} {part}" if row else part
    if row:
        yield row


def said(expression: Expression) -> str:
    """A list as an error shows it."""
    flat = flatly(expression)
    return flat if len(flat) <= 80 else flat[:77] + "..."
