"""The published evaluation on ARC: every variant in a dataset folder is predicted, and votes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import torch

from hrm_toolkit.adapters.arc import ArcAnswer, ArcPuzzle, ArcVotes
from hrm_toolkit.adapters.arc.published.train import held_tasks
from hrm_toolkit.adapters.arc.scoring import score
from hrm_toolkit.adapters.formats.published.arrays import (
    open_sets,
    read_metadata,
    require_identifiers,
)
from hrm_toolkit.core import InputError, OptionError, Structure
from hrm_toolkit.solvers.inputs.places import Encoded
from hrm_toolkit.solvers.networks.transformer import Transformer
from hrm_toolkit.solvers.runners.batched import Batched


@dataclass(frozen=True, eq=False)
class _Asked:
    """A row of the test split, with the name of its identifier."""

    name: str
    encoded: Encoded


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
        OptionError: for no segment or no row.
    """
    for name, number in (("segments", segments), ("batch_size", batch_size)):
        if number < 1:
            raise OptionError(f"{name} is below 1", expected="1 or more", got=number)
    device = torch.device(device)
    waiting = _rows(network, Path(folder))
    rolling: Batched[_Asked] = Batched(network.eval().to(device), device)
    votes = ArcVotes()
    while True:
        joining = islice(waiting, batch_size - len(rolling))
        rolling.add((asked, asked.encoded) for asked in joining)
        if not len(rolling):
            return votes
        done = [
            row
            for row in rolling.advance()
            if row.segment >= segments or (early and row.wants_halt)
        ]
        for row in done:
            votes.add(row.key.name, row.key.encoded.tokens, row.tokens, row.q_halt)
        rolling.drop(row.key for row in done)


PASSES = (1, 2, 5, 10, 100, 1000)
"""The numbers of attempts for which rates are published."""


@dataclass(frozen=True)
class Counted:
    """What the votes on a folder come to.

    Attributes:
        tasks: how many were asked.
        pass_at: published pass@K by K, the mean over tasks of the share of their tests.
        solved: names of the tasks of which one of two attempts is right at every test, which is
            what the contests count.
        answers: two attempts a test, by task's name.
    """

    tasks: int
    pass_at: dict[int, float]
    solved: tuple[str, ...]
    answers: list[tuple[ArcPuzzle, ArcAnswer]]


def count_votes(
    network: Transformer,
    folder: str | os.PathLike[str],
    *,
    segments: int = 16,
    device: str | torch.device = "cpu",
) -> Counted:
    """Let all variants of a folder's test split vote, as published, and hold that against it.

    Args:
        network: see ``vote_on_arc``.
        folder: likewise.
        segments: likewise.
        device: likewise.

    Raises:
        InputError: as ``vote_on_arc``.
    """
    votes = vote_on_arc(network, folder, segments=segments, device=device)
    path = Path(folder)
    names = require_identifiers(path, read_metadata(path, "test"))
    tasks = [example.puzzle for example in held_tasks(path, names)]
    answers = [(task, votes.answer(task)) for task in tasks]
    scored = score(tasks, {task.name or "": answer for task, answer in answers})
    rates = {count: votes.pass_at(count, tasks) for count in PASSES}
    return Counted(len(tasks), rates, scored.solved, answers)


def _rows(network: Transformer, folder: Path) -> Iterator[_Asked]:
    """Rows of the test split, once it fits the network."""
    metadata, config = read_metadata(folder, "test"), network.config
    names = require_identifiers(folder, metadata)
    fits = {
        "tokens a row": (config.max_length, metadata.seq_len),
        "token ids": (config.vocabulary, metadata.vocab_size),
        "puzzle identifiers": (config.puzzle_ids, len(names)),
    }
    for what, (has, needs) in fits.items():
        if has != needs:
            raise InputError(
                f"the network has {has} {what}, and the folder {needs}",
                path=str(folder),
                hint="take the folder that the checkpoint was trained on",
            )
    return (
        _Asked(names[identifier], Encoded(tokens, Structure(), identifier))
        for found in open_sets(folder, "test", metadata)
        for puzzle, identifier in enumerate(found.identifiers.tolist())
        for tokens in found.rows(int(found.puzzles[puzzle]), int(found.puzzles[puzzle + 1]))[0]
    )
