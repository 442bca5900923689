"""Sequences in dataset folders of the published code: rows that are of no other task."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hrm_toolkit.adapters.formats.published.arrays import METADATA, ArraySet, Metadata
from hrm_toolkit.adapters.formats.published.layout import Layout, Row
from hrm_toolkit.adapters.sequence.rules import MOST_TOKENS, SequenceAnswer, SequencePuzzle
from hrm_toolkit.core import Example, InputError, validate
from hrm_toolkit.core.files import MAYBE, Claim

_CHUNK = 1024


class SequenceLayout(Layout[SequencePuzzle, SequenceAnswer]):
    """A row a sequence: a network says one token for another."""

    reads = True

    def claims(self, length: int, vocabulary: int) -> Claim:
        return MAYBE

    def kind(self, facts: Metadata) -> str:
        return f"sequences of {facts.seq_len} tokens out of {facts.vocab_size}"

    def require(self, facts: Metadata, sets: Sequence[ArraySet], where: Path) -> None:
        if facts.vocab_size > MOST_TOKENS:
            raise InputError(
                f"vocab_size is {facts.vocab_size:,}",
                path=str(where / METADATA),
                expected=f"at most {MOST_TOKENS:,}",
            )
        for found in sets:
            if np.any(found.identifiers != facts.blank_identifier_id):
                raise InputError(
                    "puzzles have identifiers of their own, and a sequence is but its tokens",
                    path=found.file("puzzle_identifiers"),
                    expected=f"{facts.blank_identifier_id} everywhere",
                    hint="put what tells them apart into the tokens",
                )
            if facts.ignore_label_id != 0 and any(
                np.any(found.labels[start : start + _CHUNK] == 0)
                for start in range(0, len(found.labels), _CHUNK)
            ):
                raise InputError(
                    f"label 0 is scored, since ignore_label_id is {facts.ignore_label_id}",
                    path=found.file("labels"),
                    expected="labels from 1 on: token 0 is padding, and is never scored",
                    hint="number the tokens from 1 on, or set ignore_label_id to 0",
                )

    def example(
        self, inputs: Row, labels: Row, facts: Metadata
    ) -> Example[SequencePuzzle, SequenceAnswer]:
        data = {"vocabulary": facts.vocab_size, "tokens": inputs.tolist()}
        puzzle = validate(SequencePuzzle, data | {"label": labels.tolist()})
        return Example(puzzle, SequenceAnswer(tokens=puzzle.label or ()))
