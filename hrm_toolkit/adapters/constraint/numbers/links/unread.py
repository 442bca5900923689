"""How readers of links refuse what they do not read: by its name."""

from __future__ import annotations

from hrm_toolkit.core import InputError, shorten


def unread(name: str, expected: str) -> InputError:
    """The error that says what of a puzzle is not read.

    Args:
        name: of a field or rule, or words of it.
        expected: what is read.
    """
    return InputError(
        f"the puzzle has {shorten(name, 60)!r}, which is not read here", expected=expected
    )
