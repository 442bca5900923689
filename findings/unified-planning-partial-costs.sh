#!/usr/bin/env bash
# unified-planning 1.3.0: a valid PDDL problem whose action costs are given for some objects alone (the
# lengths of roads that exist) is parsed, and then no validator of it takes the problem: the fluent has
# no initial value for every choice of objects. Given costs for roads that do not exist, it validates.
#
# Seen:
#   unified-planning 1.3.0
#   some roads: supports False, UPUsageError
#   all pairs: supports True, VALID
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check unified-planning==1.3.0
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PYTHON' | tee seen
from importlib.metadata import version
from itertools import product

from unified_planning.engines import SequentialPlanValidator
from unified_planning.io import PDDLReader

DOMAIN = """(define (domain roads) (:requirements :strips :typing :action-costs) (:types city)
(:predicates (at ?c - city) (road ?a ?b - city))
(:functions (total-cost) - number (miles ?a ?b - city) - number)
(:action go :parameters (?a ?b - city) :precondition (and (at ?a) (road ?a ?b))
:effect (and (at ?b) (not (at ?a)) (increase (total-cost) (miles ?a ?b)))))"""
PROBLEM = """(define (problem p) (:domain roads) (:objects a b c - city)
(:init (at a) (road a b) (road b c) (= (total-cost) 0) COSTS)
(:goal (at c)) (:metric minimize (total-cost)))"""

print("unified-planning", version("unified-planning"))
for name, pairs in (("some roads", ["ab", "bc"]), ("all pairs", map("".join, product("abc", "abc")))):
    costs = " ".join(f"(= (miles {a} {b}) 2)" for a, b in pairs)
    reader = PDDLReader()
    problem = reader.parse_problem_string(DOMAIN, PROBLEM.replace("COSTS", costs))
    plan = reader.parse_plan_string(problem, "(go a b)\n(go b c)")
    try:
        said = SequentialPlanValidator().validate(problem, plan).status.name
    except Exception as error:
        said = type(error).__name__
    print(f"{name}: supports {SequentialPlanValidator.supports(problem.kind)}, {said}")
PYTHON
diff seen - <<'EXPECTED'
unified-planning 1.3.0
some roads: supports False, UPUsageError
all pairs: supports True, VALID
EXPECTED
