"""What the package does in one way: it reads clocks, says rates and asks for abilities."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import hrm_toolkit

PACKAGE = Path(hrm_toolkit.__file__).parent
ELSEWHERE = {"_overloadpacket", "pthread_sigmask", "sched_getaffinity"}
"""Names in modules of others, which a machine or a version may lack."""


def found(*rooms: str) -> Iterator[tuple[str, ast.AST]]:
    """Every node of the syntax of the rooms' files, with its place."""
    for room in rooms:
        for path in sorted((PACKAGE / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                yield f"{path.relative_to(PACKAGE)}:{getattr(node, 'lineno', 0)}", node


def reads_a_clock(node: ast.AST) -> bool:
    """Whether this names what reads a clock: all of ``time`` but sleeping."""
    if isinstance(node, ast.ImportFrom):
        return node.module == "time" and any(alias.name != "sleep" for alias in node.names)
    named = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    return bool(named and node.value.id == "time" and node.attr != "sleep")


def test_the_search_finds_a_clock() -> None:
    said = "import time\nfrom time import monotonic\ntime.sleep(1)\ntime.perf_counter()\n"
    assert [n.lineno for n in ast.walk(ast.parse(said)) if reads_a_clock(n)] == [2, 4]


def test_clocks_are_read_in_one_place() -> None:
    read = {place for place, node in found(".") if reads_a_clock(node)}
    assert {place.split(":")[0] for place in read} == {"core/clock.py"}, sorted(read)


def test_rates_are_said_in_one_place() -> None:
    """``telling.percent`` says them, always with the space that the unit has."""
    by_hand = [
        place
        for place, node in found(".")
        if isinstance(node, ast.FormattedValue)
        and node.format_spec is not None
        and re.search(r"%'\)?", ast.unparse(node.format_spec))
    ]
    assert not by_hand


def test_an_ability_of_a_network_is_declared() -> None:
    """Whether it has one is said by its configuration, or by ``Network``, with a default."""
    asked = [
        place
        for place, node in found("solvers", "train")
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("getattr", "hasattr")
        and isinstance(name := node.args[1], ast.Constant)
        and name.value not in ELSEWHERE
    ]
    assert not asked
