"""What both halves of the compiled search share: how a literal comes to hold."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from hrm_toolkit.adapters import compiling
from hrm_toolkit.adapters.constraint.exact.state import (
    LEVEL,
    LEVEL_AT,
    OCC_COEF_AT,
    OCC_ROW_AT,
    OCC_START_AT,
    POS_AT,
    REASON_AT,
    SLACK_AT,
    TRAIL,
    TRAIL_AT,
    VALUE_AT,
    State,
)

F = TypeVar("F", bound=Callable[..., Any])


def _digest() -> str:
    """What the sources of the compiled search come to."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    return sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


_SOURCES = _digest()


def _compiled(function: F, **options: Any) -> F:
    # Machine code on disk is found by a function's name and by the text of its own file alone,
    # while it has that of the functions it calls in it: changed in another file, they would be run
    # as they were, over a state that is laid out otherwise.
    function.__qualname__ += f"_{_SOURCES}"
    return compiling.compiled(function, **options)


def compiled(function: F) -> F:
    """The function as machine code, kept on disk between runs."""
    return _compiled(function)


def inner(function: F) -> F:
    """The same for what compiled functions alone call, which takes less time to compile."""
    # They are options of numba's that its types do not list.
    options: Any = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    return _compiled(function, **options)


@compiled
def assign(s: State, lit: int, why: int) -> None:
    """Let an open literal hold, for a reason."""
    variable = lit >> 1
    s.m[s.n[VALUE_AT] + lit], s.m[s.n[VALUE_AT] + (lit ^ 1)] = 1, -1
    s.m[s.n[LEVEL_AT] + variable], s.m[s.n[REASON_AT] + variable] = s.n[LEVEL], why
    s.m[s.n[POS_AT] + variable] = s.n[TRAIL]
    s.m[s.n[TRAIL_AT] + s.n[TRAIL]] = lit
    s.n[TRAIL] += 1
    for e in range(s.m[s.n[OCC_START_AT] + (lit ^ 1)], s.m[s.n[OCC_START_AT] + (lit ^ 1) + 1]):
        s.m[s.n[SLACK_AT] + s.m[s.n[OCC_ROW_AT] + e]] -= s.m[s.n[OCC_COEF_AT] + e]
