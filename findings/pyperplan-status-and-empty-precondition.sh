#!/usr/bin/env bash
# pyperplan 2.1: the command exits with 0 where it finds no plan, and writes no file, so that a script
# which heeds the status takes the plan of an earlier run. And ":precondition ()", which PDDL's grammar
# allows for an action without conditions, ends in an AttributeError; unified-planning 1.3.0 reads it as
# no condition, as it does ":precondition (and)".
#
# Seen:
#   pyperplan 2.1, unified-planning 1.3.0
#   (and): status 0, plan written True, unified-planning reads []
#   (): status 1, plan written False, unified-planning reads []
#   no plan: status 0, plan written False
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pyperplan==2.1 unified-planning==1.3.0
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PYTHON' | tee seen
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from unified_planning.io import PDDLReader

DOMAIN = """(define (domain d) (:requirements :strips) (:predicates (p) (q))
(:action a :parameters () :precondition NEEDS :effect (p)))"""
PROBLEM = "(define (problem x) (:domain d) (:init) (:goal (GOAL)))"


def ran(needs, goal):
    Path("d.pddl").write_text(DOMAIN.replace("NEEDS", needs))
    Path("p.pddl").write_text(PROBLEM.replace("GOAL", goal))
    Path("p.pddl.soln").unlink(missing_ok=True)
    command = [Path(sys.executable).with_name("pyperplan"), "d.pddl", "p.pddl"]
    status = subprocess.run(command, capture_output=True).returncode
    return f"status {status}, plan written {Path('p.pddl.soln').exists()}"


print(f"pyperplan {version('pyperplan')}, unified-planning {version('unified-planning')}")
for needs in ("(and)", "()"):
    said = ran(needs, "p")
    read = PDDLReader().parse_problem("d.pddl", "p.pddl").action("a").preconditions
    print(f"{needs}: {said}, unified-planning reads {read}")
print(f"no plan: {ran('(and)', 'q')}")
PYTHON
diff seen - <<'EXPECTED'
pyperplan 2.1, unified-planning 1.3.0
(and): status 0, plan written True, unified-planning reads []
(): status 1, plan written False, unified-planning reads []
no plan: status 0, plan written False
EXPECTED
