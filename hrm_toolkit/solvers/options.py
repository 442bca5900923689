"""What a caller may ask of a solver, and what is said of anything else."""

from __future__ import annotations

from numbers import Integral
from typing import Any, Literal

from hrm_toolkit.core import Budget, OptionError, UnknownNameError

Strategy = Literal["neural", "verified", "exact"]
STRATEGIES: tuple[Strategy, ...] = ("neural", "verified", "exact")
_DEFAULT = Budget()


def require_options(strategy: Any, seed: Any) -> None:
    """Refuse a strategy that there is none of, and a seed that is no number.

    Raises:
        OptionError: naming which.
    """
    if strategy not in STRATEGIES:
        raise UnknownNameError("strategy", strategy, STRATEGIES)
    if not isinstance(seed, Integral) or isinstance(seed, bool):
        raise OptionError("the seed is no whole number", expected="0 or more", got=repr(seed))
    if seed < 0:
        raise OptionError("the seed is negative", expected="0 or more", got=seed)


def budget_of(budget: Any) -> Budget:
    """The budget that was asked for, or the default one.

    Raises:
        OptionError: for what is no budget.
    """
    if budget is None:
        return _DEFAULT
    if not isinstance(budget, Budget):
        raise OptionError(
            "this is no budget", expected="a Budget, such as Budget(segments=16)", got=repr(budget)
        )
    return budget
