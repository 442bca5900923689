"""The cheapest way to give each row a column of its own."""

from __future__ import annotations

from collections.abc import Sequence

INFINITE = float("inf")


def cheapest_matching(costs: Sequence[Sequence[float]]) -> float:
    """What giving each row a column of its own costs at least; infinite where it cannot be done.

    Where the cheapest columns of all rows differ it is their sum; else by the Hungarian algorithm,
    row by row along shortest ways that augment.

    Args:
        costs: a row has no more columns than there are in all, and at least as many as rows.

    Example:
        >>> cheapest_matching([[1, 2], [1, 5]]), cheapest_matching([[1, float("inf")]] * 2)
        (3, inf)
    """
    least = [min(row) for row in costs]
    total = sum(least)
    if total == INFINITE:
        return INFINITE
    if len({row.index(cost) for row, cost in zip(costs, least, strict=True)}) == len(costs):
        return total
    return _hungarian(costs)


def _hungarian(costs: Sequence[Sequence[float]]) -> float:
    count, wide = len(costs), len(costs[0])
    # Potentials of rows and columns, from 1; column 0 stands for the row that is to be given one.
    row_price, column_price = [0.0] * (count + 1), [0.0] * (wide + 1)
    holder, before = [0] * (wide + 1), [0] * (wide + 1)
    for row in range(1, count + 1):
        holder[0], column = row, 0
        slack, used = [INFINITE] * (wide + 1), [False] * (wide + 1)
        while holder[column]:
            used[column] = True
            own, step, following = holder[column], INFINITE, -1
            line, price = costs[own - 1], row_price[own]
            for other in range(1, wide + 1):
                if used[other]:
                    continue
                left = line[other - 1] - price - column_price[other]
                if left < slack[other]:
                    slack[other], before[other] = left, column
                if slack[other] < step:
                    step, following = slack[other], other
            if following < 0:
                return INFINITE
            for other in range(wide + 1):
                if used[other]:
                    row_price[holder[other]] += step
                    column_price[other] -= step
                else:
                    slack[other] -= step
            column = following
        while column:
            holder[column] = holder[before[column]]
            column = before[column]
    return sum(costs[holder[c] - 1][c - 1] for c in range(1, wide + 1) if holder[c])
