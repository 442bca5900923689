"""The task of stated problems: whatever can be said with the kinds of constraints."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np

from hrm_toolkit.adapters.constraint.generate import thin
from hrm_toolkit.adapters.constraint.literal import Values
from hrm_toolkit.adapters.constraint.problem import Problem
from hrm_toolkit.adapters.constraint.stated.puzzle import ProblemAnswer, ProblemPuzzle
from hrm_toolkit.adapters.constraint.stated.rules import Rule
from hrm_toolkit.adapters.constraint.task import DeclaredAdapter
from hrm_toolkit.adapters.json_text import read_json
from hrm_toolkit.core import Answer, Clue, InputError, WrongAnswer, nearest, shorten, validate
from hrm_toolkit.core.files import NO, SURE, Claim, Form, Loaded, ReadOptions, RecordForm

_LINE = re.compile(r"([^=:\[\]]+?)\s*(?:=|:)\s*(-?\d{1,7})")
_HEADING = re.compile(r"([^=:\[\]]+?)\s*:")


class ProblemAdapter(DeclaredAdapter[ProblemPuzzle, ProblemAnswer]):
    """Problems that are stated as JSON: variables, grids, constraints."""

    task, title = "problem", "stated problem"
    summary = "give variables values so that constraints hold, stated as JSON"
    puzzle_type, answer_type = ProblemPuzzle, ProblemAnswer
    values = tuple(f"+{k}" for k in range(256))
    default_sizes = (4, 6)
    smallest, largest = 3, 12

    def declare(self, puzzle: ProblemPuzzle) -> Problem:
        return puzzle.declare()

    def lowest_of(self, problem: Problem) -> Values:
        return np.array(problem.low, np.int64)

    def values_of(self, puzzle: ProblemPuzzle, answer: ProblemAnswer) -> Values:
        known = [*puzzle.variables, *puzzle.grids]
        for name in answer.values:
            if name not in known:
                near = nearest(name, known)
                hint = f'did you mean "{near}"?' if near else None
                raise InputError(f"there is no variable {shorten(name, 40)!r}", hint=hint)
        x: list[int] = []
        for name in known:
            value = answer.values.get(name)
            if value is None:
                raise InputError(f"there is no value for {name}")
            grid = puzzle.grids.get(name)
            if grid is None and isinstance(value, int):
                x.append(value)
                continue
            rows = [[value]] if isinstance(value, int) else value
            shape = (grid.rows, grid.columns) if grid is not None else "one number"
            if (len(rows), *{len(row) for row in rows}) != shape:
                wanted = "one number" if grid is None else f"{grid.rows} rows of {grid.columns}"
                raise InputError(f"the value of {name} has another form", expected=wanted)
            x += [v for row in rows for v in row]
        return np.array(x, np.int64)

    def answer_of(self, puzzle: ProblemPuzzle, x: Values) -> ProblemAnswer:
        held, values = iter(x.tolist()), dict[str, Any]()
        for name in puzzle.variables:
            values[name] = next(held)
        for name, grid in puzzle.grids.items():
            rows = [tuple(next(held) for _ in range(grid.columns)) for _ in range(grid.rows)]
            values[name] = tuple(rows)
        return ProblemAnswer.model_construct(values=values)

    def make(
        self, rng: np.random.Generator, height: int, width: int
    ) -> tuple[ProblemPuzzle, Values]:
        """Values at random, and of what holds of them as much as leaves no others."""
        del width
        x = rng.integers(1, height + 1, size=height)
        names = [f"v{k + 1}" for k in range(height)]
        rules: list[dict[str, Any]] = []
        for group in combinations(range(height), 3):
            of, held = [names[k] for k in group], x[list(group)]
            if len(set(held.tolist())) == 3:
                rules.append({"kind": "AllDifferent", "of": of})
            elif rng.random() < 0.5:
                literals = [f"{name}={held[0]}" for name in of]
                rules.append({"kind": "Count", "of": literals, "equals": int(sum(held == held[0]))})
            times = rng.integers(-2, 3, size=3)
            total = int(times @ held)
            rules.append({"kind": "Sum", "of": of, "coefficients": times.tolist(), "equals": total})
        for name, value in zip(names, x.tolist(), strict=True):
            rules.append({"kind": "Count", "of": [f"{name}={value}"], "equals": 1})
        data = {"variables": dict.fromkeys(names, (1, height)), "constraints": rules}
        puzzle = validate(ProblemPuzzle, data)
        kept = thin(self.problem(puzzle), x, rng) or {(k,) for k in range(len(rules))}
        left = [rule for k, rule in enumerate(rules) if (k,) in kept]
        return validate(ProblemPuzzle, {**data, "constraints": left}), x

    def render(self, puzzle: ProblemPuzzle, answer: ProblemAnswer | None = None) -> str:
        if answer is not None:
            return "\n".join(_lines(answer))
        spans = {name: [span.low, span.high] for name, span in puzzle.variables.items()}
        grids = {name: grid.model_dump() for name, grid in puzzle.grids.items()}
        parts = [f'"variables": {json.dumps(spans)}'] if spans else []
        parts += [f'"grids": {json.dumps(grids)}'] if grids else []
        rules = ",\n  ".join(json.dumps(stated(rule)) for rule in puzzle.constraints)
        parts.append(f'"constraints": [\n  {rules}]' if rules else '"constraints": []')
        return "{" + ",\n ".join(parts) + "}"

    def parse(self, text: str) -> ProblemPuzzle:
        value = read_json(text)
        if not isinstance(value, dict):
            raise InputError("this is no object", expected='{"variables": ..., "constraints": ...}')
        return self.coerce(value)

    def parse_answer(self, puzzle: ProblemPuzzle, text: str) -> ProblemAnswer:
        """An answer from lines ``a = 3``, and ``x:`` with the rows of a grid below it."""
        values: dict[str, Any] = {}
        rows: list[list[str]] | None = None
        for line in filter(None, map(str.strip, text.splitlines())):
            found = _LINE.fullmatch(line)
            heading = None if found else _HEADING.fullmatch(line)
            named = found or heading
            if named and (name := named[1].strip()) in values:
                raise InputError(f'"{name[:40]}" stands twice', expected="one value", got=line)
            if found:
                values[name], rows = int(found[2]), None
            elif heading:
                rows = values[name] = []
            elif rows is not None:
                rows.append(line.replace(",", " ").split())
            else:
                raise InputError("this line has no value", expected="a = 3", got=line)
        return validate(ProblemAnswer, {"values": values})

    def coerce_answer(self, puzzle: ProblemPuzzle, value: Any) -> ProblemAnswer:
        """An answer from an object of names with their values, ``values`` around it or not."""
        if isinstance(value, dict) and not isinstance(value.get("values"), dict):
            named = {name: held for name, held in value.items() if name != "task"}
            return validate(ProblemAnswer, {"values": named})
        if not isinstance(value, dict | Answer):
            raise InputError("this is no answer", expected="an object: a value for each name")
        return super().coerce_answer(puzzle, value)

    def forms(self) -> Sequence[Form]:
        return (RecordForm("a stated problem", self.task, _claims, self._read),)

    def _read(self, value: Any, options: ReadOptions) -> Loaded:
        return Loaded.of("a stated problem, JSON", [(self.coerce(value), None)])

    def clues(self, puzzle: ProblemPuzzle) -> Sequence[Clue]:
        """The constraints, each of which may be left out."""
        return [Clue(_said(rule), (json.dumps(stated(rule)),)) for rule in puzzle.constraints]

    def keeping(self, puzzle: ProblemPuzzle, clues: Sequence[Clue]) -> ProblemPuzzle:
        kept = {clue.data[0] for clue in clues}
        left = [rule for rule in puzzle.constraints if json.dumps(stated(rule)) in kept]
        return validate(ProblemPuzzle, {**puzzle.model_dump(), "constraints": left})

    def wrong_answers(self) -> Sequence[WrongAnswer[ProblemPuzzle, ProblemAnswer]]:
        data = {
            "variables": {"a": [1, 3], "b": [1, 3]},
            "grids": {"x": {"rows": 1, "columns": 3}},
            "constraints": [
                {"kind": "AllDifferent", "of": ["a", "b"]},
                {"kind": "Sum", "of": ["a", "b"], "equals": 4},
                {"kind": "Runs", "of": "x[1,*]", "lengths": [1, 1], "name": "the row"},
            ],
        }
        answers = {
            "AllDifferent of a, b has 2 2s, at a and b": {"a": 2, "b": 2, "x": [[1, 0, 1]]},
            "Sum of a, b adds up to 3 and not 4": {"a": 1, "b": 2, "x": [[1, 0, 1]]},
            "the row has runs 2 and not 1 1": {"a": 1, "b": 3, "x": [[1, 1, 0]]},
            "a is 4, which it cannot be": {"a": 4, "b": 3, "x": [[1, 0, 1]]},
            "there is no value for x": {"a": 1, "b": 3},
        }
        puzzle = self.coerce(data)
        return [
            WrongAnswer(puzzle, self.coerce_answer(puzzle, answer), says)
            for says, answer in answers.items()
        ]


def stated(rule: Rule) -> dict[str, Any]:
    """A constraint as JSON has it, without what was left out."""
    return rule.model_dump(mode="json", exclude_defaults=True)


def _said(rule: Rule) -> str:
    return str(rule.said(())["where"])


def _lines(answer: ProblemAnswer) -> list[str]:
    lines: list[str] = []
    for name, value in answer.values.items():
        if isinstance(value, int):
            lines.append(f"{name} = {value}")
        else:
            width = max((len(str(v)) for row in value for v in row), default=1)
            lines.append(f"{name}:")
            lines += [" ".join(str(v).rjust(width) for v in row) for row in value]
    return lines


def _claims(value: Any) -> Claim:
    """Sure of an object with constraints beside variables or grids."""
    if not isinstance(value, dict) or value.get("task", "problem") != "problem":
        return NO
    own = "constraints" in value and ("variables" in value or "grids" in value)
    return SURE if own or value.get("task") == "problem" else NO
