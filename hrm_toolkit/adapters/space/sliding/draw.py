"""Random boards of sliding tiles."""

from __future__ import annotations

import numpy as np

from hrm_toolkit.adapters.space.sliding.board import Board

WALKS = {"easy": (1, 20), "medium": (20, 200)}
"""By difficulty, how many slides from the goal a board is drawn; "hard" is any board."""


def draw(known: Board, rng: np.random.Generator, kind: str) -> bytes:
    """The tiles of a board that is not solved yet."""
    tiles = known.goal
    while tiles == known.goal:
        if kind in WALKS:
            tiles = _walked(known, rng, int(rng.integers(*WALKS[kind], endpoint=True)))
        else:
            tiles = _drawn(known, rng)
    return tiles


def _walked(known: Board, rng: np.random.Generator, count: int) -> bytes:
    """The tiles after random slides from the goal, none of which takes back the one before."""
    tiles, blank, before = bytearray(known.goal), known.home[0], -1
    for _ in range(count):
        ways = [at for at, _ in known.slides[blank] if at != before]
        at = ways[int(rng.integers(len(ways)))]
        tiles[blank], tiles[at] = tiles[at], 0
        blank, before = at, blank
    return bytes(tiles)


def _drawn(known: Board, rng: np.random.Generator) -> bytes:
    """Any tiles from which slides lead to the goal, each as likely as any other."""
    tiles = bytearray(rng.permutation(len(known.goal)).astype(np.uint8).tobytes())
    if not known.solvable(bytes(tiles)):
        # Exchanging two tiles takes each board of the other half to one of this.
        one, other = [at for at, tile in enumerate(tiles) if tile][:2]
        tiles[one], tiles[other] = tiles[other], tiles[one]
    return bytes(tiles)
