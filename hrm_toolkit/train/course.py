"""Targets that advance with the segments: what a stepwise method knows by then."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Int
from torch import Tensor

from hrm_toolkit.core import NOT_YET, Process
from hrm_toolkit.solvers.networks.batch import pad_tokens


class Course(NamedTuple):
    """``core.Process`` of each row of a batch, shape (B, L) each, padded with 0 at the right."""

    hints: Int[Tensor, "b l"]
    hint_steps: Int[Tensor, "b l"]
    label_steps: Int[Tensor, "b l"]

    @classmethod
    def of(cls, processes: Sequence[Process], length: int, device: torch.device) -> Course:
        """Of one process a row."""
        columns = ("hints", "hint_steps", "label_steps")
        return cls(
            *(
                pad_tokens([getattr(process, name) for process in processes], length).to(device)
                for name in columns
            )
        )

    def hints_at(self, steps: Int[Tensor, "b 1"]) -> Int[Tensor, "b l"]:
        """What each row's method knows after so many steps; 0 where nothing is scored."""
        known = (self.hint_steps <= steps) | (self.hints == 0)
        return torch.where(known, self.hints, NOT_YET)

    def labels_at(
        self, steps: Int[Tensor, "b 1"], tokens: Int[Tensor, "b l"], labels: Int[Tensor, "b l"]
    ) -> Int[Tensor, "b l"]:
        """The labels that are known after so many steps; elsewhere the tokens that were given."""
        known = (self.label_steps <= steps) | (labels == 0)
        return torch.where(known, labels, tokens)
