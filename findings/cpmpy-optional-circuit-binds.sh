#!/usr/bin/env bash
# CPMpy 1.1.1: a Circuit behind a condition, tour.implies(Circuit(after)), should ask nothing where tour
# is false, as it does with OR-Tools. With the solvers that take linear constraints or clauses (Exact and
# Pindakaas here; HiGHS and SCIP alike) it goes on to forbid circles that do not pass node 0, and nodes
# that follow themselves: two pairs and "everyone stays" are called UNSATISFIABLE, and of a model with
# costs the proven OPTIMAL is 12 where 7 can be had. The linear form numbers the nodes in the order of
# the tour. That the numbers are all different is put behind the condition; that a node's number is one
# more than its predecessor's counts as what merely defines the numbers, and is posted for every node
# but the first whether the condition holds or not: no numbers exist for another circle.
#
# Seen:
#   cpmpy 1.1.1, ortools 9.15.6755, exact 2.2.1, pindakaas 0.6.1
#   ortools, two pairs: FEASIBLE
#   ortools, everyone stays: FEASIBLE
#   ortools, no tour of three: 27 of 27
#   exact, two pairs: UNSATISFIABLE
#   exact, everyone stays: UNSATISFIABLE
#   exact, no tour of three: 9 of 27
#   pindakaas, two pairs: UNSATISFIABLE
#   pindakaas, everyone stays: UNSATISFIABLE
#   pindakaas, no tour of three: 9 of 27
#   ortools, least cost: OPTIMAL 7
#   exact, least cost: OPTIMAL 12
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check cpmpy==1.1.1 ortools==9.15.6755 \
    exact==2.2.1 pindakaas==0.6.1
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PYTHON' | tee seen
from importlib.metadata import version

import cpmpy as cp

names = ("cpmpy", "ortools", "exact", "pindakaas")
print(", ".join(f"{name} {version(name)}" for name in names))


def optional(size):
    """Who comes after each node, whether that must be a tour, and that it is one then."""
    after = cp.intvar(0, size - 1, shape=size)
    tour = cp.boolvar()
    return after, tour, tour.implies(cp.Circuit(after))


for solver in names[1:]:
    after, tour, rule = optional(4)
    for name, order in (("two pairs", [1, 0, 3, 2]), ("everyone stays", [0, 1, 2, 3])):
        model = cp.Model(rule, after == order)
        model.solve(solver=solver)
        print(f"{solver}, {name}: {model.status().exitstatus.name}")
    after, tour, rule = optional(3)
    seen = set()
    cp.Model(rule, ~tour).solveAll(solver=solver, display=lambda: seen.add(tuple(after.value())))
    print(f"{solver}, no tour of three: {len(seen)} of {3**3}")

# Two pairs cost 4, and 3 for what is no tour; the best tour costs 12.
costs = [[9, 1, 5, 5], [1, 9, 5, 5], [5, 5, 9, 1], [5, 5, 1, 9]]
for solver in ("ortools", "exact"):
    after, tour, rule = optional(4)
    model = cp.Model(rule, cp.AllDifferent(after))
    model.minimize(sum(cp.Element(row, place) for row, place in zip(costs, after)) + 3 * (~tour))
    model.solve(solver=solver)
    print(f"{solver}, least cost: {model.status().exitstatus.name} {model.objective_value()}")
PYTHON
diff seen - <<'EXPECTED'
cpmpy 1.1.1, ortools 9.15.6755, exact 2.2.1, pindakaas 0.6.1
ortools, two pairs: FEASIBLE
ortools, everyone stays: FEASIBLE
ortools, no tour of three: 27 of 27
exact, two pairs: UNSATISFIABLE
exact, everyone stays: UNSATISFIABLE
exact, no tour of three: 9 of 27
pindakaas, two pairs: UNSATISFIABLE
pindakaas, everyone stays: UNSATISFIABLE
pindakaas, no tour of three: 9 of 27
ortools, least cost: OPTIMAL 7
exact, least cost: OPTIMAL 12
EXPECTED
