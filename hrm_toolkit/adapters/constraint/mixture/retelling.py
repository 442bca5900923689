"""The same rules told in other ways: what says nothing left out, groups as their pairs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from hrm_toolkit.core import Structure
from hrm_toolkit.core.structure import Factors

_CHANCE = 0.12
"""Groups that are told as pairs in a showing; few, as a group has many pairs."""
_WHOLE = (1.0, 1.0, 1.0)
"""The features of a group of which exactly one literal holds, but for its size."""
_PAIR = (1.0, 0.0, 1.0, 2.0)

Flags = npt.NDArray[np.bool_]


def terse(structure: Structure) -> Structure:
    """Without bounds that what is still allowed cannot break: at most one of one literal left.

    A rule stays where a position would be in none without it.
    """
    allowed = structure.allowed
    if allowed is None or not structure.factors:
        return structure
    # Symbols are one after another, so that a token says which it is.
    first = structure.symbols[0]
    empty = [_empty(f, allowed[f.position, f.token - first]) for f in structure.factors]
    touched = np.zeros(len(allowed), np.bool_)
    for factors, idle in zip(structure.factors, empty, strict=True):
        touched[factors.position[~np.repeat(idle, np.diff(factors.start))]] = True
    left = tuple(
        _kept(factors, ~idle | _any(~touched[factors.position], factors.start))
        for factors, idle in zip(structure.factors, empty, strict=True)
    )
    return replace(structure, factors=left)


def paired(structure: Structure, name: str, rng: np.random.Generator) -> Structure:
    """Some groups of different variables as pairs, each with at most one of its two literals.

    Nothing is lost where a group has as many variables as there are values: that each value is in
    it, follows.

    Args:
        name: of the factors that say of each value that one of the group has it.
    """
    told = tuple(
        _split(factors, rng) if factors.name == name else factors for factors in structure.factors
    )
    changed = any(a is not b for a, b in zip(told, structure.factors, strict=True))
    return terse(replace(structure, factors=told)) if changed else structure


def _split(factors: Factors, rng: np.random.Generator) -> Factors:
    sizes = np.diff(factors.start)
    whole = (factors.features[:, :3] == _WHOLE).all(1) & (sizes > 2)
    if not whole.any():
        return factors
    # The factors of one group, a value each, come one after another, over the same positions.
    spans = np.split(factors.position, factors.start[1:-1])
    first = [k == 0 or not np.array_equal(spans[k], spans[k - 1]) for k in range(len(spans))]
    group = np.cumsum(first) - 1
    chosen = (rng.random(group[-1] + 1) < _CHANCE)[group] & whole
    if not chosen.any():
        return factors
    entries = []
    for k in np.flatnonzero(chosen):
        one, other = np.triu_indices(sizes[k], 1)
        entries.append(factors.start[k] + np.stack([one, other], 1).ravel())
    picked = np.concatenate(entries)
    rest, pairs = _kept(factors, ~chosen), len(picked) // 2
    more = rest.start[-1] + 2 * np.arange(1, pairs + 1, dtype=np.int32)
    return replace(
        rest,
        position=np.concatenate([rest.position, factors.position[picked]]),
        token=np.concatenate([rest.token, factors.token[picked]]),
        weight=np.concatenate([rest.weight, factors.weight[picked]]),
        start=np.concatenate([rest.start, more]).astype(np.int32),
        features=np.concatenate([rest.features, np.tile(np.array(_PAIR, np.float32), (pairs, 1))]),
    )


def _empty(factors: Factors, open_: Flags) -> Flags:
    """Factors that no choice among what is open can break: of counts alone, as far as told."""
    if not factors.exact:
        return np.zeros(len(factors.features), np.bool_)
    plain = ~_any(factors.weight != 1, factors.start)
    total = np.concatenate([[0], np.cumsum(open_)])
    left = total[factors.start[1:]] - total[factors.start[:-1]]
    _, low, high, _ = factors.features.T
    empty: Flags = plain & (low <= 0) & (high >= left)
    return empty


def _any(flags: Flags, start: npt.NDArray[np.int32]) -> Flags:
    """Whether any entry of each factor has the flag."""
    total = np.concatenate([[0], np.cumsum(flags)])
    found: Flags = total[start[1:]] > total[start[:-1]]
    return found


def _kept(factors: Factors, keep: Flags) -> Factors:
    if keep.all():
        return factors
    sizes = np.diff(factors.start)
    entries = np.repeat(keep, sizes)
    return replace(
        factors,
        position=factors.position[entries],
        token=factors.token[entries],
        weight=factors.weight[entries],
        start=np.concatenate([[0], np.cumsum(sizes[keep])]).astype(np.int32),
        features=factors.features[keep],
    )
