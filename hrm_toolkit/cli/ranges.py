"""How help shows the numbers that an option takes."""

from __future__ import annotations

from typing import Any

_LARGE = 10_000
"""A bound from which on it keeps out mistakes, and tells a reader nothing."""


def tell_ranges(command: Any) -> None:
    """Let a command and those below it show ranges in words, as ``range_words`` says them."""
    for below in getattr(command, "commands", {}).values():
        tell_ranges(below)
    for option in command.params:
        low, high = getattr(option, "min", None), getattr(option, "max", None)
        if low is None and high is None:
            continue
        option.metavar = option.metavar or range_words(low, high)
        # typer would add "[0<=x<=2147483647]". A version that asks another way adds it still.
        vars(option)["_get_number_range_help_str"] = lambda: None


def range_words(low: float | None, high: float | None) -> str:
    """Numbers from one bound to another.

    Example:
        >>> range_words(0, 256), range_words(1, 10**9), range_words(0.001, 100_000)
        ('0..256', 'N', 'N')
    """
    return "N" if high is None or high >= _LARGE or low is None else f"{low:g}..{high:g}"
