"""The published evaluation on ARC: every variant in a dataset folder is predicted, and votes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import torch

from hrm_toolkit.adapters.arc import ArcVotes
from hrm_toolkit.adapters.formats.published_arrays import (
    IDENTIFIERS,
    open_sets,
    read_identifiers,
    read_metadata,
)
from hrm_toolkit.core import InputError, Structure
from hrm_toolkit.solvers.encoded import Encoded
from hrm_toolkit.solvers.halting import Rolling
from hrm_toolkit.solvers.transformer import Transformer

_Asked = tuple[str, Encoded]


def vote_on_arc(
    network: Transformer,
    folder: str | os.PathLike[str],
    *,
    segments: int = 16,
    early: bool = False,
    batch_size: int = 64,
    device: str | torch.device = "cpu",
) -> ArcVotes:
    """Predict every row of the test split with the embedding of its identifier, and let it vote.

    Args:
        network: with a puzzle embedding for each identifier of the folder, as its checkpoint has.
        folder: a published ARC dataset folder, with ``identifiers.json``.
        segments: that each row gets.
        early: let rows halt by their own estimate; the published evaluation does not.
        batch_size: rows that run side by side.
        device: where it computes.

    Raises:
        InputError: when the folder is none of ARC, or the network is not for it.
    """
    device = torch.device(device)
    asked = _rows(network, Path(folder))
    rolling: Rolling[int] = Rolling(network.eval().to(device), device)
    running: dict[int, _Asked] = {}
    votes, number = ArcVotes(), 0
    while True:
        joining: list[tuple[int, Encoded]] = []
        while len(rolling) + len(joining) < batch_size:
            following = next(asked, None)
            if following is None:
                break
            running[number] = following
            joining.append((number, following[1]))
            number += 1
        rolling.add(joining)
        if not running:
            return votes
        done = [
            row
            for row in rolling.advance()
            if row.segment >= segments or (early and row.wants_halt)
        ]
        for row in done:
            name, encoded = running.pop(row.key)
            said = row.logits.argmax(-1).to(torch.int32).cpu().numpy()
            votes.add(name, encoded.tokens, said, row.q_halt)
        rolling.drop([row.key for row in done])


def _rows(network: Transformer, folder: Path) -> Iterator[_Asked]:
    """Rows of the test split with the names of their identifiers, once both fit the network."""
    metadata, names = read_metadata(folder, "test"), read_identifiers(folder)
    config, known = network.config, metadata.num_puzzle_identifiers
    if names is None or len(names) != known:
        raise InputError(
            "the folder does not name its identifiers",
            path=str(folder / IDENTIFIERS),
            expected=f"{known} names",
        )
    fits = {
        "tokens a row": (config.max_length, metadata.seq_len),
        "token ids": (config.vocabulary, metadata.vocab_size),
        "puzzle identifiers": (config.puzzle_ids, known),
    }
    for what, (has, needs) in fits.items():
        if has != needs:
            raise InputError(
                f"the network has {has} {what}, and the folder {needs}",
                path=str(folder),
                hint="take the folder that the checkpoint was trained on",
            )
    return (
        (names[identifier], Encoded(tokens, Structure(), identifier))
        for found in open_sets(folder, "test", metadata)
        for puzzle, identifier in enumerate(found.identifiers.tolist())
        for tokens in found.rows(int(found.puzzles[puzzle]), int(found.puzzles[puzzle + 1]))[0]
    )
