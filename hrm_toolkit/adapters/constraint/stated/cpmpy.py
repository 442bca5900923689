"""Models of CPMpy (extra ``cpmpy``) as stated problems, as far as they map to the kinds here."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from hrm_toolkit.adapters.constraint.stated.puzzle import ProblemPuzzle
from hrm_toolkit.core import InputError, MissingExtraError, shorten, validate

_FLIPPED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_NEGATED = {"==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_HOLDS: dict[str, Callable[[int, int], bool]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le,
    ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_MOST_DEEP = 50


def from_cpmpy(model: Any) -> ProblemPuzzle:
    """The stated problem of a CPMpy model; variables keep their names, but for signs in them.

    What maps: ``AllDifferent``, ``Table``, ``Count`` against a number, comparisons of weighted sums
    with each other, ``&``, and ``|``, ``implies`` and ``~`` over comparisons of one variable with a
    number. Everything else is refused by its name.

    Args:
        model: a ``cpmpy.Model`` without objective.

    Raises:
        MissingExtraError: where CPMpy is not installed.
        InputError: for what does not map.
    """
    try:
        import cpmpy
    except ImportError:
        raise MissingExtraError("cpmpy", "cpmpy") from None
    if not isinstance(model, cpmpy.Model):
        raise InputError("this is no model of CPMpy", expected="a cpmpy.Model", got=repr(model))
    if model.has_objective():
        raise InputError("the model has an objective", expected="constraints alone")
    return _Reader().puzzle(model.constraints)


class _Reader:
    """Writes down the constraints of one model."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._spans: dict[str, tuple[int, int]] = {}
        self._rules: list[dict[str, Any]] = []

    def puzzle(self, constraints: Iterable[Any]) -> ProblemPuzzle:
        for constraint in constraints:
            self._state(constraint, 0)
        return validate(ProblemPuzzle, {"variables": self._spans, "constraints": self._rules})

    def _state(self, part: Any, depth: int) -> None:
        """Add the constraints that an expression is."""
        if depth > _MOST_DEEP:
            raise InputError("an expression is nested too deeply", expected=f"{_MOST_DEEP} levels")
        if isinstance(part, list | tuple | np.ndarray):
            for inner in np.asarray(part, object).ravel().tolist():
                self._state(inner, depth + 1)
            return
        name = _kind(part)
        if name == "and":
            self._state(list(part.args), depth + 1)
        elif name == "alldifferent":
            self._add("AllDifferent", part, of=[self._variable(arg) for arg in _flat(part.args)])
        elif name == "table":
            scope, rows = part.args
            of = [self._variable(arg) for arg in _flat(scope)]
            held = [[_number(v, part) for v in _flat(row)] for row in rows]
            self._add("Table", part, of=of, rows=held)
        elif name in _FLIPPED and self._disjuncts(part) is None:
            self._compare(name, part)
        else:
            some = self._disjuncts(part)
            if some is None:
                raise _unknown(part)
            self._add("Count", part, of=some, low=1)

    def _add(self, kind: str, part: Any, **fields: Any) -> None:
        self._rules.append({"kind": kind, "name": shorten(str(part), 99), **fields})

    def _compare(self, sign: str, part: Any) -> None:
        """A comparison of sums, or of how many of some conditions hold."""
        left, right = part.args
        if _kind(left) in ("number", "bool"):
            sign, left, right = _FLIPPED[sign], right, left
        if _kind(left) == "count" and _kind(right) == "number":
            scope, value = left.args
            of = [f"{self._variable(arg)}={_number(value, part)}" for arg in _flat(scope)]
            self._add("Count", part, of=of, **_bounds(sign, _number(right, part), part))
            return
        conditions = self._conditions(left) if _kind(right) == "number" else None
        if conditions is not None:
            self._add("Count", part, of=conditions, **_bounds(sign, _number(right, part), part))
            return
        terms: dict[str, int] = {}
        total = 0
        for side, times in ((left, 1), (right, -1)):
            for variable, weight in self._terms(side, times, 0):
                if variable is None:
                    total -= weight
                else:
                    terms[variable] = terms.get(variable, 0) + weight
        if sign == "!=" and sorted(terms.values()) == [-1, 1] and total == 0:
            self._add("AllDifferent", part, of=[*terms])
            return
        fields = {"of": [*terms], "coefficients": [*terms.values()]}
        self._add("Sum", part, **fields, **_bounds(sign, total, part))

    def _conditions(self, part: Any) -> list[str] | None:
        """Literals of a sum of conditions such as ``(a == 1) + (b == 2)``; None for another."""
        if _kind(part) != "sum" or not any(_kind(arg) in _FLIPPED for arg in part.args):
            return None
        found = [self._disjuncts(arg) for arg in part.args]
        if any(literals is None or len(literals) != 1 for literals in found):
            raise _unknown(part)
        return [literals[0] for literals in found if literals]

    def _terms(self, part: Any, times: int, depth: int) -> Iterator[tuple[str | None, int]]:
        """A sum as variables with their weights; None for what is a number."""
        name = _kind(part)
        if depth > _MOST_DEEP:
            raise InputError("an expression is nested too deeply", expected=f"{_MOST_DEEP} levels")
        if name in ("number", "bool"):
            yield None, times * _number(part, part)
        elif name == "not a boolean":
            # 1 where the variable is 0: as a number it is one less the variable.
            yield None, times
            yield self._variable(part._bv), -times
        elif name == "variable":
            yield self._variable(part), times
        else:
            for arg, weight in self._summands(part, name):
                yield from self._terms(arg, times * weight, depth + 1)

    def _summands(self, part: Any, name: str) -> list[tuple[Any, int]]:
        """The parts of a sum, each with what it is multiplied by."""
        args = part.args if name in ("sum", "wsum", "-", "sub", "mul") else []
        if name == "sum":
            return [(arg, 1) for arg in args]
        if name == "wsum":
            return [(arg, _number(weight, part)) for weight, arg in zip(*args, strict=True)]
        if name == "-":
            return [(args[0], -1)]
        if name == "sub":
            return [(args[0], 1), (args[1], -1)]
        for number, other in (args, args[::-1]) if name == "mul" else ():
            if _kind(number) == "number":
                return [(other, _number(number, part))]
        raise _unknown(part)

    def _disjuncts(self, part: Any, negated: bool = False, depth: int = 0) -> list[str] | None:
        """Literals of which one holds exactly where an expression does; None where there are no
        such."""
        name = _kind(part)
        if depth > _MOST_DEEP:
            raise InputError("an expression is nested too deeply", expected=f"{_MOST_DEEP} levels")
        if name == "bool":
            return None
        if name in ("variable", "not a boolean"):
            own = part if name == "variable" else part._bv
            if not _is_boolean(own):
                return None
            return [f"{self._variable(own)}={int((name == 'variable') != negated)}"]
        if name == "not":
            return self._disjuncts(part.args[0], not negated, depth + 1)
        if (name == "or" and not negated) or (name == "and" and negated):
            found = [self._disjuncts(arg, negated, depth + 1) for arg in part.args]
        elif name == "->" and not negated:
            sides = zip(part.args, (True, False), strict=True)
            found = [self._disjuncts(arg, flip, depth + 1) for arg, flip in sides]
        elif name in _FLIPPED:
            return self._values(_NEGATED[name] if negated else name, *part.args)
        else:
            return None
        if any(literals is None for literals in found):
            return None
        return [literal for literals in found for literal in literals or ()]

    def _values(self, sign: str, left: Any, right: Any) -> list[str] | None:
        """Values of a variable that a comparison with a number allows; None for another one."""
        if _kind(left) in ("number", "bool"):
            sign, left, right = _FLIPPED[sign], right, left
        if _kind(left) != "variable" or _kind(right) not in ("number", "bool"):
            return None
        name, bound = self._variable(left), _number(right, left)
        low, high = self._spans[name]
        holds = _HOLDS[sign]
        return [f"{name}={v}" for v in range(low, min(high, low + 300) + 1) if holds(v, bound)]

    def _variable(self, part: Any) -> str:
        """The name of a variable, which is known from then on.

        Raises:
            InputError: for what is none.
        """
        if _kind(part) != "variable":
            raise _unknown(part)
        if part.name not in self._names:
            plain = re.sub(r"[^\w-]+", ".", part.name).strip(".-")[:50]
            name = plain if plain[:1].isalpha() else f"v{plain}"
            if name in self._spans:
                name = f"{name} {len(self._spans)}"
            self._names[part.name] = name
            self._spans[name] = (int(part.lb), int(part.ub))
        return self._names[part.name]


def _kind(part: Any) -> str:
    """What an expression is, as CPMpy calls it; numbers and variables by their sort."""
    from cpmpy.expressions.core import Expression
    from cpmpy.expressions.variables import NegBoolView, _NumVarImpl

    if isinstance(part, bool | np.bool_):
        return "bool"
    if isinstance(part, int | np.integer):
        return "number"
    if isinstance(part, NegBoolView):
        return "not a boolean"
    if isinstance(part, _NumVarImpl):
        return "variable"
    if isinstance(part, Expression):
        return str(part.name)
    return type(part).__name__


def _is_boolean(part: Any) -> bool:
    return bool(part.is_bool())


def _flat(parts: Any) -> list[Any]:
    return list(np.asarray(parts, object).ravel().tolist())


def _number(part: Any, within: Any) -> int:
    if _kind(part) not in ("number", "bool"):
        raise InputError(
            f"{shorten(str(part), 60)} stands where a number must", expected="a whole number",
            got=str(within),
        )  # fmt: skip
    return int(part)


def _bounds(sign: str, total: int, part: Any) -> dict[str, int]:
    """Bounds of a sum that compares so with a number."""
    if sign == "!=":
        raise _unknown(part)
    if sign == "==":
        return {"equals": total}
    if sign in ("<", "<="):
        return {"high": total - (sign == "<")}
    return {"low": total + (sign == ">")}


def _unknown(part: Any) -> InputError:
    return InputError(
        f"{shorten(str(part), 80)} ({_kind(part)}) does not map to a constraint here",
        expected="AllDifferent, Table, Count, comparisons of weighted sums, and or and implies of "
        "comparisons of one variable with a number",
    )
