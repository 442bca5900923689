"""The protocol of networks: carry in, carry and outputs out. No labels, slots or losses here."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Literal, NamedTuple

import torch
from jaxtyping import Float, Int
from pydantic import Field
from torch import Tensor, nn

from hrm_toolkit.core import Model, UnknownNameError, validate
from hrm_toolkit.solvers.networks.batch import StructureBatch


class Carry(NamedTuple):
    """The two recurrent states between segments, detached.

    Shapes are the family's own; axis 0 is always the batch, so rows can be selected.
    """

    z_high: Tensor
    z_low: Tensor

    def rows(self, index: Tensor) -> Carry:
        """The carry of the chosen rows."""
        return Carry(self.z_high[index], self.z_low[index])


class SegmentOutput(NamedTuple):
    """What one segment says.

    Attributes:
        logits: token scores, shape (B, L, V).
        q_halt: halting logit, shape (B,), float32; its sigmoid estimates that the answer is right.
        q_continue: value logit of going on, shape (B,), float32.
    """

    logits: Float[Tensor, "b l v"]
    q_halt: Float[Tensor, "b"]
    q_continue: Float[Tensor, "b"]
    hints: Float[Tensor, "b l h"] | None = None


class NetworkConfig(Model):
    """What every family's configuration has.

    Attributes:
        family: name of the family.
        vocabulary: V, number of token ids.
        high_cycles: updates of the high-level module per segment, at least 1.
        low_cycles: updates of the low-level module per high cycle, at least 1.
        width: D, features per state.
        layers: blocks per module, at least 1.
        random_carry: deviation of the normal noise that training adds to the initial carry, and
            restarts at inference; 0 trains without, and restarts then use 1, the deviation of the
            initial states.
        q_continue: whether it learned what going on is worth. At inference a row then halts where
            halting is worth more (arXiv 2506.21734), else where it is likelier than not that the
            answer is right.
    """

    family: str
    vocabulary: int = Field(ge=2, le=100_000)
    high_cycles: int = Field(default=2, ge=1, le=64)
    low_cycles: int = Field(default=2, ge=1, le=64)
    width: int = Field(ge=4, le=8192)
    layers: int = Field(default=1, ge=1, le=64)
    random_carry: float = Field(default=0.0, ge=0, le=10)
    q_continue: bool = False


class Network(nn.Module, ABC):
    """A recurrent network: ``network(carry, tokens, puzzle_ids, structure)`` is one segment.

    Attributes:
        config: its configuration.
        mixes_lengths: whether rows of other lengths change nothing for a row, so that a batch may
            have both; axis 1 of a carry is then L.
    """

    config: NetworkConfig
    mixes_lengths: ClassVar[bool] = False

    @property
    def levels(self) -> tuple[nn.Module, ...]:
        """The modules whose calls are the updates: each is given a state first and returns it
        updated, ``low_cycles`` low ones, then a high one, ``high_cycles`` times. Empty for a
        network that has none of this kind."""
        return ()

    def as_carry(self, state: Tensor, carry: Carry, structure: StructureBatch) -> Tensor:
        """A state between two updates in the shape that it has in the carry."""
        return state

    @abstractmethod
    def initial_carry(self, tokens: Int[Tensor, "b l"], structure: StructureBatch) -> Carry:
        """The carry before the first segment."""

    @abstractmethod
    def forward(
        self,
        carry: Carry,
        tokens: Int[Tensor, "b l"],
        puzzle_ids: Int[Tensor, "b"] | None,
        structure: StructureBatch,
    ) -> tuple[Carry, SegmentOutput]:
        """One segment.

        Args:
            carry: from ``initial_carry`` or the segment before.
            tokens: padded with 0 at the right.
            puzzle_ids: rows of the puzzle embedding, 0 for none; None where the network has none.
            structure: the batch's declared structure.

        Returns:
            The next carry, detached, and the outputs.
        """

    def parameter_count(self) -> int:
        """Number of trained numbers."""
        return sum(p.numel() for p in self.parameters())


Family = Literal["hrm", "structured", "trm"]


def families() -> dict[str, tuple[type[NetworkConfig], type[Network]]]:
    """Configuration and network class of each family, by name."""
    from hrm_toolkit.solvers.networks.hrm import HRM, HRMConfig
    from hrm_toolkit.solvers.networks.structured import Structured, StructuredConfig
    from hrm_toolkit.solvers.networks.trm import TRM, TRMConfig

    return {
        "hrm": (HRMConfig, HRM),
        "structured": (StructuredConfig, Structured),
        "trm": (TRMConfig, TRM),
    }


def parse_config(data: dict[str, Any]) -> NetworkConfig:
    """A family's configuration from its fields.

    Raises:
        UnknownNameError: for an unknown family.
        InputError: for a field that is missing, unknown or out of range.
    """
    known = families()
    family = str(data.get("family"))
    if family not in known:
        raise UnknownNameError("network family", family, known)
    return validate(known[family][0], data)


def build_network(config: NetworkConfig, seed: int = 0) -> Network:
    """A freshly initialised network; the same seed gives the same weights.

    The generator that torch's initialisers draw from is put back as it was.
    """
    state = torch.random.get_rng_state()
    torch.manual_seed(seed)
    try:
        network = families()[config.family][1](config)
    finally:
        torch.random.set_rng_state(state)
    return network
