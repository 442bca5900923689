#!/usr/bin/env bash
# reasoning-gym 0.1.25, two of its tasks reward what is wrong. Of "game_of_life_halting", which asks for
# True or False, every answer that is not empty scores 1.0: both texts are turned to booleans by Python,
# to which "False" is true. From 32x32 on, which the task's own curriculum reaches, the question shows no
# board: NumPy prints more than 1,000 numbers with dots in between. Of "knight_swap" the puzzles whose
# answer is "No" are made by a move that is struck from the graph of moves until a search finds nothing;
# the question shows squares and the rules of chess, by which the move is there. Of 40 such puzzles 10 can
# be solved by the rules as they are told, and "No" scores 1.0 where the moves score 0.0.
#
# Seen:
#   reasoning-gym 0.1.25
#   halting, "True" for True: 1.0, for False: 1.0
#   halting, "False" for True: 1.0, for False: 1.0
#   halting, "I do not know" for True: 1.0, for False: 1.0
#   31x31: the board is shown True; 32x32: the board is shown False
#   knight_swap: 10 of 40 puzzles called impossible are solved by the rules
#   their moves score [0.0], "No" scores [1.0]
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check reasoning-gym==0.1.25
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PYTHON' | tee seen
import json
from collections import deque
from importlib.metadata import version

from reasoning_gym import create_dataset

print(f"reasoning-gym {version('reasoning-gym')}")
data = create_dataset("game_of_life_halting", size=8, seed=1)
for answer in ("True", "False", "I do not know"):
    scores = {entry["answer"]: data.score_answer(answer, entry) for entry in data}
    print(f'halting, "{answer}" for True: {scores["True"]}, for False: {scores["False"]}')
shown = []
for side in (31, 32):
    data = create_dataset("game_of_life_halting", size=1, seed=1, grid_size_x=side, grid_size_y=side)
    shown.append(f"{side}x{side}: the board is shown {'...' not in data[0]['question']}")
print("; ".join(shown))


def board(question):
    """The squares that a question shows: w, B or . by name."""
    _, drawn, _ = question.split("```")
    columns, *rows = [line for line in drawn.splitlines() if line.strip(" -")]
    squares = {}
    for row in rows:
        number, *cells = row.split("|")
        for column, cell in zip(columns.split(), cells):
            if cell.strip():
                squares[column + number.strip()] = cell.strip()
    return squares


def jump(a, b):
    return {abs(ord(a[0]) - ord(b[0])), abs(int(a[1]) - int(b[1]))} == {1, 2}


def swap(squares, first):
    """Moves by the rules of the question, breadth first; None where there are none."""
    start = tuple(frozenset(s for s in squares if squares[s] == kind) for kind in "wB")
    queue = deque([(start, "wB".index(first))])
    before = {queue[0]: None}
    while queue:
        node = queue.popleft()
        sides, turn = node
        if sides == start[::-1]:
            moves = []
            while before[node]:
                node, move = before[node]
                moves.insert(0, move)
            return moves
        for a in sorted(sides[turn]):
            for b in sorted(squares):
                if jump(a, b) and b not in sides[0] | sides[1]:
                    moved = list(sides)
                    moved[turn] = sides[turn] - {a} | {b}
                    following = (tuple(moved), 1 - turn)
                    if following not in before:
                        before[following] = node, f"{'wB'[turn]},{a},{b}"
                        queue.append(following)
    return None


data = create_dataset("knight_swap", size=40, seed=1, impossible_ratio=1.0)
solved = []
for entry in data:
    question = entry["question"]
    first = question.split("3. ")[1][0]
    if entry["answer"] == "No" and (moves := swap(board(question), first)):
        solved.append((entry, json.dumps(moves)))
print(f"knight_swap: {len(solved)} of {len(data)} puzzles called impossible are solved by the rules")
scores = {data.score_answer(moves, entry) for entry, moves in solved}
refused = {data.score_answer("No", entry) for entry, _ in solved}
print(f'their moves score {[*scores]}, "No" scores {[*refused]}')
PYTHON
diff seen - <<'EXPECTED'
reasoning-gym 0.1.25
halting, "True" for True: 1.0, for False: 1.0
halting, "False" for True: 1.0, for False: 1.0
halting, "I do not know" for True: 1.0, for False: 1.0
31x31: the board is shown True; 32x32: the board is shown False
knight_swap: 10 of 40 puzzles called impossible are solved by the rules
their moves score [0.0], "No" scores [1.0]
EXPECTED
