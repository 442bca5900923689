"""Our search for PDDL beside planners of unified-planning: the same problems, one run.

    python benchmarks/pddl.py                        # five domains, problems drawn
    python benchmarks/pddl.py FOLDER/problem*.pddl   # your own, each with its domain beside it

Fast Downward and pyperplan run where they are installed (pip install up-fast-downward
up-pyperplan), each problem in a process of its own that is stopped when its time is over: they take
no time limit themselves, and a planner's exit status says nothing of whether there is a plan. Every
plan is replayed by our rules, and by unified-planning's validator ("-" where it does not take the
problem, or is not installed).
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from hrm_toolkit.adapters import get_adapter, read_puzzles
from hrm_toolkit.adapters.space.pddl.puzzle import PddlPuzzle
from hrm_toolkit.adapters.space.pddl.unified import validate
from hrm_toolkit.adapters.space.pddl.worlds import WORLDS, drawn
from hrm_toolkit.core import InputError, MissingExtraError

ENGINES = {
    "fast-downward": "fast-downward",
    "fast-downward-opt": "fast-downward-opt",
    "pyperplan": "pyperplan",
}
CHILD = """
import json, sys, time
from unified_planning.environment import get_environment
from unified_planning.io import PDDLReader
from unified_planning.shortcuts import OneshotPlanner

given = json.loads(sys.stdin.readline())
environment = get_environment()
environment.credits_stream, environment.error_used_name = None, False
problem = PDDLReader().parse_problem_string(given["domain"], given["problem"])
print("begun", flush=True)
begun = time.perf_counter()
with OneshotPlanner(name=given["engine"]) as planner:
    # The planner says that it does not support what it solves: costs of some roads.
    planner.skip_checks = True
    found = planner.solve(problem)
seconds = time.perf_counter() - begun
actions = None
if found.plan is not None:
    steps = found.plan.actions
    actions = [" ".join([step.action.name, *map(str, step.actual_parameters)]) for step in steps]
print("\\n" + json.dumps({"status": found.status.name, "actions": actions, "seconds": seconds}))
"""


def main() -> None:
    """Print a table: problem, planner, seconds, cost, whether rules and validator take the plan."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--seconds", type=float, default=30.0, help="for each problem and planner")
    parser.add_argument("--size", type=int, default=4, help="of drawn problems")
    parser.add_argument("--count", type=int, default=1, help="problems a domain")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print(f"{'problem':24} {'planner':18} {'seconds':>8} {'cost':>6} {'optimal':8} rules validator")
    for name, puzzle in problems(options):
        for planner in ("ours", *ENGINES):
            print(f"{name:24.24} {planner:18} {row(puzzle, planner, options.seconds)}", flush=True)


def problems(options: argparse.Namespace) -> Iterator[tuple[str, PddlPuzzle]]:
    """Those of the files, or drawn ones."""
    for path in options.files:
        yield path.stem, read_puzzles(path, adapter="pddl").puzzles[0]
    if not options.files:
        for number, world in enumerate(WORLDS):
            for index in range(options.count):
                rng = np.random.default_rng([options.seed, number, index])
                domain, problem = drawn(rng, world, options.size)
                yield f"{world}-{options.size}-{index}", PddlPuzzle(domain=domain, problem=problem)


def row(puzzle: PddlPuzzle, planner: str, seconds: float) -> str:
    """What one planner makes of a problem, in words."""
    adapter = get_adapter("pddl")
    if planner == "ours":
        begun = time.perf_counter()
        try:
            found = adapter.exact(puzzle, seconds=seconds).answer
        except InputError as error:
            return f"refused: {error}"
        spent, plan = time.perf_counter() - begun, found
        if plan is None:
            return f"{spent:8.2f} no plan"
    else:
        said = asked(puzzle, ENGINES[planner], seconds)
        if isinstance(said, str):
            return said
        spent, actions = said
        if actions is None:
            return f"{spent:8.2f} no plan"
        plan = adapter.plan_of(actions)
    verdict = adapter.rules.check(puzzle, plan)
    try:
        opinion = validate(puzzle, plan).valid
    except MissingExtraError:
        opinion = None
    other = "-" if opinion is None else "yes" if opinion else "no"
    cost = f"{verdict.cost:g}" if verdict.cost is not None else "?"
    optimal = {True: "yes", False: "no", None: "?"}[verdict.optimal]
    return f"{spent:8.2f} {cost:>6} {optimal:8} {'yes' if verdict else 'no':5} {other}"


def asked(puzzle: PddlPuzzle, engine: str, seconds: float) -> tuple[float, list[str] | None] | str:
    """The seconds and the plan of a planner in a process of its own, or what went wrong."""
    given = json.dumps({"domain": puzzle.domain, "problem": puzzle.problem, "engine": engine})
    command = [sys.executable, "-W", "ignore", "-c", CHILD]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, start_new_session=True
    ) as child:
        assert child.stdin is not None  # noqa: S101
        assert child.stdout is not None  # noqa: S101
        child.stdin.write(given + "\n")
        child.stdin.flush()
        # What it takes to start is not counted: its first line says that the planner begins.
        child.stdout.readline()
        try:
            out, err = child.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            # Planners start programs of their own.
            os.killpg(child.pid, signal.SIGKILL)
            return f"{seconds:8.2f} stopped"
    if child.returncode:
        why = (err.strip().splitlines() or ["?"])[-1]
        return f"       - {why[:90]}"
    said = json.loads(out.strip().splitlines()[-1])
    return said["seconds"], said["actions"]


if __name__ == "__main__":
    main()
