#!/usr/bin/env bash
# unified-planning 1.3.0: an Environment of one's own, which its classes take, is enough to read a
# problem and a plan, and not to validate the plan: grounding an action asserts that its expressions
# are of the global environment. So two threads, or a library inside another, cannot keep apart.
#
# Seen:
#   unified-planning 1.3.0
#   global environment: VALID
#   own environment: AssertionError Expression has a different environment of the expression manager
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check unified-planning==1.3.0
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PYTHON' | tee seen
from importlib.metadata import version

from unified_planning.engines import SequentialPlanValidator
from unified_planning.environment import Environment, get_environment
from unified_planning.io import PDDLReader

DOMAIN = """(define (domain d) (:predicates (p ?x) (q ?x))
(:action a :parameters (?x) :precondition (p ?x) :effect (q ?x)))"""
PROBLEM = "(define (problem x) (:domain d) (:objects o) (:init (p o)) (:goal (q o)))"

print("unified-planning", version("unified-planning"))
for name, environment in (("global", get_environment()), ("own", Environment())):
    reader = PDDLReader(environment=environment)
    problem = reader.parse_problem_string(DOMAIN, PROBLEM)
    plan = reader.parse_plan_string(problem, "(a o)")
    try:
        said = SequentialPlanValidator(environment=environment).validate(problem, plan).status.name
    except AssertionError as error:
        said = f"AssertionError {error}"
    print(f"{name} environment: {said}")
PYTHON
diff seen - <<'EXPECTED'
unified-planning 1.3.0
global environment: VALID
own environment: AssertionError Expression has a different environment of the expression manager
EXPECTED
