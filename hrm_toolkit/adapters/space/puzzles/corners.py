"""The corners of a 2x2x2 cube: moves as tables, distances of all 3,674,160 states, stickers.

Faces are U, R, F, D, L, B, and the stickers of each are numbered row by row as one who looks at it
sees them: 24 in all, in that order. The corner at the back, left and below never moves.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import permutations, product

import numpy as np
import numpy.typing as npt

from hrm_toolkit.core import InputError

FACES = "URFDLB"
MOVES = tuple(face + turn for face in "URF" for turn in ("", "2", "'"))
STATES = 5040 * 729
SOLVED = 0

STICKERS = (
    (3, 4, 9),
    (2, 8, 17),
    (0, 16, 21),
    (1, 20, 5),
    (13, 11, 6),
    (12, 19, 10),
    (15, 7, 22),
)
"""Stickers of the corners URF, UFL, ULB, UBR, DFR, DLF, DRB: first that above or below, then
clockwise."""
_HELD = (14, 23, 18)
_NAMES = ("URF", "UFL", "ULB", "UBR", "DFR", "DLF", "DRB")

# From which corner a quarter turn brings one to each place, and how far it is twisted there.
_TURNS: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "U": ((3, 0, 1, 2, 4, 5, 6), (0, 0, 0, 0, 0, 0, 0)),
    "R": ((4, 1, 2, 0, 6, 5, 3), (2, 0, 0, 1, 1, 0, 2)),
    "F": ((1, 5, 2, 3, 0, 4, 6), (1, 2, 0, 0, 2, 1, 0)),
}
_ORDERS = tuple(permutations(range(7)))
_TWISTS = tuple(product(range(3), repeat=6))

Table = npt.NDArray[np.int32]


@cache
def _tables() -> tuple[Table, Table]:
    """Where each move takes each order (5040, 9) and each twist (729, 9) of the corners."""
    order_number = {order: number for number, order in enumerate(_ORDERS)}
    order = np.zeros((len(_ORDERS), 9), np.int32)
    twist = np.zeros((len(_TWISTS), 9), np.int32)
    for column, (source, by) in enumerate(_TURNS.values()):
        quarter = [order_number[tuple(old[at] for at in source)] for old in _ORDERS]
        order[:, 3 * column] = quarter
        for number, known in enumerate(_TWISTS):
            old = (*known, -sum(known) % 3)
            new = [(old[at] + more) % 3 for at, more in zip(source, by, strict=True)]
            twist[number, 3 * column] = sum(t * 3 ** (5 - i) for i, t in enumerate(new[:6]))
        for table in (order, twist):
            once = table[:, 3 * column]
            table[:, 3 * column + 1] = once[once]
            table[:, 3 * column + 2] = once[once[once]]
    return order, twist


def turned(state: int, move: int) -> int:
    """The state after a move, by its number in ``MOVES``."""
    order, twist = _tables()
    return int(order[state // 729, move]) * 729 + int(twist[state % 729, move])


@cache
def distances() -> npt.NDArray[np.int8]:
    """The fewest turns that solve each state, shape (3674160,): breadth first, all at once."""
    order, twist = _tables()
    far = np.full(STATES, -1, np.int8)
    far[SOLVED] = 0
    front, unseen = np.array([SOLVED], np.int32), STATES - 1
    depth = 0
    while unseen:
        depth += 1
        if len(front) < unseen:
            # (n, 9) states after every move of the n at the front; those seen are left out.
            after = (order[front // 729] * 729 + twist[front % 729]).ravel()
            far[after[far[after] < 0]] = depth
        else:
            # Fewer are left than were just found: each is asked whether a move leads to those.
            rest = np.flatnonzero(far < 0)
            after = order[rest // 729] * 729 + twist[rest % 729]
            far[rest[(far[after] >= 0).any(axis=1)]] = depth
        front = np.flatnonzero(far == depth).astype(np.int32)
        unseen -= len(front)
    return far


def stickers(state: int) -> str:
    """The faces' letters on the 24 stickers, U on the face above and so on when solved."""
    shown = list("".join(face * 4 for face in FACES))
    order, known = _ORDERS[state // 729], _TWISTS[state % 729]
    for place, (corner, by) in enumerate(zip(order, (*known, -sum(known) % 3), strict=True)):
        for side in range(3):
            shown[STICKERS[place][(side + by) % 3]] = FACES[STICKERS[corner][side] // 4]
    return "".join(shown)


def sources(move: int) -> list[int]:
    """For each sticker the one that a move brings there."""
    face = move // 3
    source, by = list(_TURNS.values())[face]
    once = list(range(24))
    for place, (corner, twist) in enumerate(zip(source, by, strict=True)):
        for side in range(3):
            once[STICKERS[place][(side + twist) % 3]] = STICKERS[corner][side]
    found = list(range(24))
    for _ in range(move % 3 + 1):
        found = [found[at] for at in once]
    return found


def faces_of(colours: Sequence[str]) -> dict[str, str]:
    """The face that each colour belongs to, by the corner that never moves.

    Raises:
        InputError: where the colours are not those of a cube.
    """
    corners = [tuple(colours[at] for at in corner) for corner in (*STICKERS, _HELD)]
    for name, corner in zip((*_NAMES, "DBL"), corners, strict=True):
        if len(set(corner)) < 3:
            raise InputError(f"the corner {name} has one colour twice ({' '.join(corner)})")
    faces = {}
    for colour, face, other in zip(corners[-1], "DBL", "UFR", strict=True):
        beside = {each for corner in corners if colour in corner for each in corner}
        opposite = set(colours) - beside
        if len(opposite) != 1:
            raise InputError(
                f"{colour} has {len(opposite)} colours that it never meets at a corner",
                expected="one, on the face opposite to it",
            )
        faces[colour], faces[opposite.pop()] = face, other
    if len(faces) != 6:
        raise InputError("two colours are opposite to the same one")
    return faces


def state_of(colours: Sequence[str]) -> int:
    """The state that 24 stickers show.

    Raises:
        InputError: where no turns lead to it from the solved cube.
    """
    faces = faces_of(colours)
    whole = {
        tuple(FACES[at // 4] for at in (*corner[by:], *corner[:by])): (number, -by % 3)
        for number, corner in enumerate(STICKERS)
        for by in range(3)
    }
    order, twists = list[int](), list[int]()
    for name, corner in zip(_NAMES, STICKERS, strict=True):
        shown = tuple(faces[colours[at]] for at in corner)
        if shown not in whole:
            said = " ".join(colours[at] for at in corner)
            raise InputError(f"the corner {name} ({said}) is that of no such cube")
        number, by = whole[shown]
        if number in order:
            first = _NAMES[order.index(number)]
            raise InputError(f"the corners {first} and {name} have the same colours")
        order.append(number)
        twists.append(by)
    if sum(twists) % 3:
        raise InputError(
            "one corner is twisted in its place: no turns lead here", hint="twist a corner back"
        )
    number = sum(twist * 3 ** (5 - i) for i, twist in enumerate(twists[:6]))
    return _ORDERS.index(tuple(order)) * 729 + number
