#!/usr/bin/env bash
# unified-planning 1.3.0: its remover of negative conditions, by which a planner of STRIPS such as
# pyperplan takes "not", makes a problem that can be solved of one that cannot. What an action deletes
# and adds holds after it, in PDDL and in unified-planning's own validator: who goes from the hall to the
# hall is in the hall. The remover keeps a fluent for the opposite, whose effects are those of the action
# turned round one by one. There the deletion becomes an addition, which wins again, and the robot both
# is in the hall and is not, though the remover's page says that the one is the inverse of the other in
# every moment. So a plan that is mapped back to the problem it was made for does not run; a second room,
# by which there is an honest plan of one step more, does not help.
#
# Seen:
#   unified-planning 1.3.0, up-pyperplan 1.1.0, pyperplan 2.1
#   hall: SOLVED_SATISFICING by go(hall, hall), sweep(hall); without negation VALID, as given INVALID
#   hall, attic: SOLVED_SATISFICING by go(hall, hall), sweep(hall); without negation VALID, as given INVALID
#   hall, attic, by hand: go(hall, attic), sweep(hall), go(attic, hall); as given VALID
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check unified-planning==1.3.0 \
    up-pyperplan==1.1.0 pyperplan==2.1
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PYTHON' | tee seen
from importlib.metadata import version

from unified_planning.engines import CompilationKind, SequentialPlanValidator
from unified_planning.io import PDDLReader
from unified_planning.shortcuts import Compiler, OneshotPlanner, get_environment

DOMAIN = """(define (domain rooms) (:requirements :strips :negative-preconditions)
(:predicates (at ?r) (swept ?r))
(:action go :parameters (?from ?to) :precondition (at ?from)
  :effect (and (not (at ?from)) (at ?to)))
(:action sweep :parameters (?r) :precondition (not (at ?r)) :effect (swept ?r)))"""
PROBLEM = """(define (problem p) (:domain rooms) (:objects ROOMS)
(:init (at hall)) (:goal (and (swept hall) (at hall))))"""
REMOVING = CompilationKind.NEGATIVE_CONDITIONS_REMOVING

names = ("unified-planning", "up-pyperplan", "pyperplan")
print(", ".join(f"{name} {version(name)}" for name in names))
get_environment().credits_stream = None
reader, validator = PDDLReader(), SequentialPlanValidator()


def said(plan):
    return ", ".join(map(str, plan.actions))


for rooms in ("hall", "hall attic"):
    problem = reader.parse_problem_string(DOMAIN, PROBLEM.replace("ROOMS", rooms))
    with Compiler(problem_kind=problem.kind, compilation_kind=REMOVING) as compiler:
        made = compiler.compile(problem, REMOVING)
    with OneshotPlanner(name="pyperplan") as planner:
        found = planner.solve(made.problem)
    back = found.plan.replace_action_instances(made.map_back_action_instance)
    without = validator.validate(made.problem, found.plan).status.name
    given = validator.validate(problem, back).status.name
    print(
        f"{rooms.replace(' ', ', ')}: {found.status.name} by {said(back)}; "
        f"without negation {without}, as given {given}"
    )
plan = reader.parse_plan_string(problem, "(go hall attic)\n(sweep hall)\n(go attic hall)")
status = validator.validate(problem, plan).status.name
print(f"hall, attic, by hand: {said(plan)}; as given {status}")
PYTHON
diff seen - <<'EXPECTED'
unified-planning 1.3.0, up-pyperplan 1.1.0, pyperplan 2.1
hall: SOLVED_SATISFICING by go(hall, hall), sweep(hall); without negation VALID, as given INVALID
hall, attic: SOLVED_SATISFICING by go(hall, hall), sweep(hall); without negation VALID, as given INVALID
hall, attic, by hand: go(hall, attic), sweep(hall), go(attic, hall); as given VALID
EXPECTED
