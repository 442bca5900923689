#!/usr/bin/env bash
# python-constraint2 2.9.0: a constraint given as a string, which its page prefers to functions and calls
# Python-evaluable, has other solutions than the same text as a function. It is cut and rewritten as text
# until it fits a built-in constraint. Where comparisons are chained one more character is passed over
# after each sign, for a blank: "x<10<y" is read as x<10 and 0<y. To bring a difference or a quotient to
# the other side every "-" becomes "+" and every "/" "*", those in brackets too, and the brackets are
# forgotten: "a - (b - c) == d" is read as a = b + c + d. Products are bounded by MaxProdConstraint, which
# drops a value that is above the bound by itself though another factor takes it below, -2 times 2 for a
# bound of -3; the class itself does so. A sum of two against a third that cannot hold raises ValueError
# in place of no solution: bounds are taken of a domain that was just emptied. And Problem.reset() leaves
# the strings where they are, so that they bind the next problem whose variables have these names.
#
# Seen:
#   python-constraint2 2.9.0
#   x < 10 < y: as a string 3, as a function 3
#   x<10<y: as a string 12, as a function 3
#   a - (b - c) == d: as a string 10, as a function 85
#   a / (b / c) == d: as a string 16, as a function 49
#   p * q <= -3: as a string 0, as a function 2
#   MaxProdConstraint(-3) of p and q: 0
#   a + b == t: as a string ValueError, as a function 0
#   after reset, nothing else asked: as a string 10, as a function 25
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check python-constraint2==2.9.0
cd "$work"
"$work/venv/bin/python" - <<'PYTHON' | tee seen
import re
from importlib.metadata import version

from constraint import MaxProdConstraint, Problem

print(f"python-constraint2 {version('python-constraint2')}")
FIVE = [1, 2, 3, 4, 5]
DOMAINS = dict.fromkeys("abcd", FIVE) | {"p": [-2, 5], "q": [2, 4], "t": [11]}
DOMAINS |= dict.fromkeys("xy", [1, 5, 9, 12])


def problem(names):
    made = Problem()
    for name in names:
        made.addVariable(name, DOMAINS[name])
    return made


def solutions(names, *constraint):
    made = problem(names)
    made.addConstraint(*constraint)
    try:
        return len(made.getSolutions())
    except ValueError as error:
        return type(error).__name__


def both(text):
    names = sorted(set(re.findall("[a-z]", text)))
    function = eval(f"lambda {', '.join(names)}: {text}")
    return f"as a string {solutions(names, text)}, as a function {solutions(names, function, names)}"


for text in ("x < 10 < y", "x<10<y", "a - (b - c) == d", "a / (b / c) == d", "p * q <= -3"):
    print(f"{text}: {both(text)}")
print("MaxProdConstraint(-3) of p and q:", solutions("pq", MaxProdConstraint(-3), ["p", "q"]))
print("a + b == t:", both("a + b == t"))

left = []
for constraint in (["a < b"], [lambda a, b: a < b, ["a", "b"]]):
    again = problem("ab")
    again.addConstraint(*constraint)
    again.reset()
    again.addVariables("ab", FIVE)
    left.append(len(again.getSolutions()))
print("after reset, nothing else asked: as a string {}, as a function {}".format(*left))
PYTHON
diff seen - <<'EXPECTED'
python-constraint2 2.9.0
x < 10 < y: as a string 3, as a function 3
x<10<y: as a string 12, as a function 3
a - (b - c) == d: as a string 10, as a function 85
a / (b / c) == d: as a string 16, as a function 49
p * q <= -3: as a string 0, as a function 2
MaxProdConstraint(-3) of p and q: 0
a + b == t: as a string ValueError, as a function 0
after reset, nothing else asked: as a string 10, as a function 25
EXPECTED
