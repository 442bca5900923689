"""Lights out as linear algebra over GF(2): which buttons solve a board, and how few.

The order of presses is no matter and pressing a button twice does nothing, so an answer is a set of
buttons x with A x = b: A has a one where a button switches a light, and b says which lights are on.
Sets of buttons and of lights are whole numbers, bit r * width + c for the cell (r, c) from 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, eq=False)
class Buttons:
    """The buttons of a board.

    Attributes:
        switched: by button, the lights that it switches.
        tests: pairs (button, lights): one answer presses the button if an odd number of those
            lights is on, and no button that is in no pair.
        quiet: a basis of the sets of buttons that switch no light, the quiet patterns; () where
            every board has one answer.
    """

    switched: tuple[int, ...]
    tests: tuple[tuple[int, int], ...]
    quiet: tuple[int, ...]

    def obstacle(self, lit: int) -> int | None:
        """A quiet pattern that has an odd number of lights on, so that there is no answer.

        Each button switches an even number of the lights of such a pattern.
        """
        return next((q for q in self.quiet if (q & lit).bit_count() & 1), None)

    def sets(self, lit: int) -> tuple[int, ...]:
        """The smallest sets of buttons that put every light out; () where there are none.

        All answers are one of them with any quiet patterns added, so that all are looked at.
        """
        if self.obstacle(lit) is not None:
            return ()
        answer = sum(1 << button for button, test in self.tests if (test & lit).bit_count() & 1)
        fewest, found = answer.bit_count(), [answer]
        for number in range(1, 1 << len(self.quiet)):
            # Gray code: neighbouring sums of patterns differ in one of them.
            answer ^= self.quiet[(number & -number).bit_length() - 1]
            size = answer.bit_count()
            if size < fewest:
                fewest, found = size, []
            if size == fewest:
                found.append(answer)
        return tuple(found)


@lru_cache(maxsize=64)
def buttons(height: int, width: int) -> Buttons:
    """The buttons of a board of this size.

    Example:
        >>> [len(buttons(n, n).quiet) for n in range(1, 10)]
        [0, 0, 0, 4, 2, 0, 0, 0, 8]
    """
    switched = tuple(
        sum(
            1 << (i * width + j)
            for i, j in ((r, c), (r - 1, c), (r + 1, c), (r, c - 1), (r, c + 1))
            if 0 <= i < height and 0 <= j < width
        )
        for r in range(height)
        for c in range(width)
    )
    # Rows of (A | I); what is done to A is recorded in I.
    rows = [(row, 1 << number) for number, row in enumerate(switched)]
    tests: list[tuple[int, int]] = []
    for column in range(len(switched)):
        bit, done = 1 << column, len(tests)
        pivot = next((n for n in range(done, len(rows)) if rows[n][0] & bit), None)
        if pivot is None:
            continue
        rows[done], rows[pivot] = rows[pivot], rows[done]
        row, record = rows[done]
        rows = [
            (a ^ row, b ^ record) if a & bit and n != done else (a, b)
            for n, (a, b) in enumerate(rows)
        ]
        tests.append((column, 0))
    solved = tuple((column, rows[n][1]) for n, (column, _) in enumerate(tests))
    # A is symmetric: what combines its rows to nothing presses nothing.
    return Buttons(switched, solved, tuple(record for _, record in rows[len(tests) :]))
