"""What a network is made to: each family's configuration, and presets by name; without torch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from hrm_toolkit.core import InputError, Options, Relation, Structure, UnknownNameError, validate
from hrm_toolkit.solvers.inputs.places import FACTS

TOLD = 32
"""Columns that a network is told of a factor: its facts, and a column a kind that it knows."""


class NetworkConfig(Options):
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
        given: share of training's showings that tell a part of the answer too, drawn for each. A
            further attempt at a puzzle then keeps a part of the best one before, see
            ``inputs.keeping``; 0 trains without, and further attempts begin from noise alone.
        q_continue: whether it learned what going on is worth. At inference a row then halts where
            halting is worth more (arXiv 2506.21734), else where it is likelier than not that the
            answer is right.
        restarts_pay: whether it is cheap and gains enough from noise to be restarted unasked. A
            network that no symmetry can lead elsewhere does; others gain more from votes.
        all_pairs: whether each position meets each other in every block.
    """

    restarts_pay: ClassVar[bool] = False
    all_pairs: ClassVar[bool] = False

    family: str
    vocabulary: int = Field(ge=2, le=100_000)
    high_cycles: int = Field(default=2, ge=1, le=64)
    low_cycles: int = Field(default=2, ge=1, le=64)
    width: int = Field(ge=4, le=8192)
    layers: int = Field(default=1, ge=1, le=64)
    random_carry: float = Field(default=0.0, ge=0, le=10)
    given: float = Field(default=0.0, ge=0, le=1)
    q_continue: bool = False

    @property
    def longest(self) -> int | None:
        """The most tokens that a puzzle may have; None for a network of any length."""
        return None

    @property
    def side_limit(self) -> int | None:
        """Rows, and columns, that a puzzle may have; None where its places are not looked up."""
        return None

    @property
    def prefix(self) -> int:
        """P, the slots before the tokens that hold the puzzle embedding."""
        return 0

    @property
    def needs_factors(self) -> bool:
        """Whether it reads a puzzle's factors, and so takes none that has none."""
        return False

    def in_float32(self) -> Self:
        """The same where it computes in float32, else a copy that does."""
        return self


Gradient = Literal["last_update", "last_cycle"] | Annotated[int, Field(ge=1, le=4160)]


class TransformerConfig(NetworkConfig):
    """Configuration of a recurrent transformer.

    Attributes:
        layers: blocks of each module.
        high_layers: blocks of the high module where it has others; 0 for as many.
        modules: 2 gives the high and the low level weights of their own, 1 has them share.
        gradient: the updates at the end of a segment that carry gradient: ``last_update`` of
            each module, ``last_cycle`` (the last high cycle with its low updates), or how many.
        mixer: what mixes positions: ``attention``, or ``mlp``, a SwiGLU over the sequence axis.
        heads: attention heads; divides ``width``.
        expansion: of the SwiGLUs, rounded as published.
        positions: ``rope``, ``learned`` or ``none``; or, from the coordinates that the task
            declares, ``rope2d`` or ``row_column``, a learned embedding of each.
        rope_base: of the rotary wavelengths.
        max_side: rows, and columns, that ``row_column`` has embeddings for.
        max_length: longest token sequence L.
        puzzle_ids: rows of the puzzle embedding, 0 for none.
        puzzle_width: numbers per puzzle embedding; they fill the prefix slots, zero-padded.
        puzzle_slots: P, prefix slots; 0 takes as many as ``puzzle_width`` fills.
        forward_dtype: dtype of the recurrence; weights and losses stay in float32.
    """

    all_pairs: ClassVar[bool] = True

    width: int = Field(default=512, ge=4, le=8192)
    high_layers: int = Field(default=0, ge=0, le=64)
    modules: Literal[1, 2] = 2
    gradient: Gradient = "last_update"
    mixer: Literal["attention", "mlp"] = "attention"
    heads: int = Field(default=8, ge=1, le=256)
    expansion: float = Field(default=4.0, gt=0, le=64)
    positions: Literal["rope", "rope2d", "learned", "row_column", "none"] = "rope"
    rope_base: float = Field(default=10_000.0, gt=1)
    max_side: int = Field(default=32, ge=1, le=4096)
    max_length: int = Field(default=81, ge=1, le=1_000_000)
    puzzle_ids: int = Field(default=0, ge=0)
    puzzle_width: int = Field(default=0, ge=0, le=65536)
    puzzle_slots: int = Field(default=0, ge=0, le=1024)
    forward_dtype: Literal["float32", "bfloat16"] = "float32"

    @model_validator(mode="after")
    def _parts_fit(self) -> TransformerConfig:
        if self.mixer == "attention" and self.width % (2 * self.heads):
            raise InputError(
                f"width {self.width} does not split into {self.heads} heads of even width",
                path="heads",
                hint="choose heads so that width / heads is an even number",
            )
        if self.positions == "rope2d" and (
            self.mixer != "attention" or self.width % (4 * self.heads)
        ):
            raise InputError(
                f"positions rope2d do not fit {self.heads} heads of width {self.width} "
                f"with mixer {self.mixer}",
                path="positions",
                expected="attention heads whose width is a multiple of 4",
            )
        if self.modules == 1 and self.high_layers not in (0, self.layers):
            raise InputError(
                f"{self.high_layers} layers of the high module do not fit one module of "
                f"{self.layers}",
                path="high_layers",
                hint="set modules=2, or leave high_layers out",
            )
        if self.prefix * self.width < self.puzzle_width and self.puzzle_ids:
            raise InputError(
                f"{self.puzzle_slots} slots of {self.width} hold no puzzle embedding of "
                f"{self.puzzle_width}",
                path="puzzle_slots",
                hint="set puzzle_slots to 0 for as many as it takes",
            )
        return self

    @property
    def longest(self) -> int:
        """The most tokens that a puzzle may have."""
        return self.max_length

    def in_float32(self) -> Self:
        """The same where it computes in float32, else a copy that does."""
        if self.forward_dtype == "float32":
            return self
        return self.model_copy(update={"forward_dtype": "float32"})

    @property
    def prefix(self) -> int:
        """P, the slots before the tokens that hold the puzzle embedding."""
        if not self.puzzle_ids or not self.puzzle_width:
            return 0
        return self.puzzle_slots or -(-self.puzzle_width // self.width)

    @property
    def span(self) -> int:
        """S = P + L."""
        return self.prefix + self.max_length

    @property
    def side_limit(self) -> int | None:
        """Rows, and columns, that a puzzle may have; None where its places are not looked up."""
        return self.max_side if self.positions == "row_column" else None

    @property
    def gradient_updates(self) -> int:
        """How many updates at the end of a segment carry gradient."""
        if isinstance(self.gradient, int):
            return self.gradient
        return 2 if self.gradient == "last_update" else self.low_cycles + 1


class HRMConfig(TransformerConfig):
    """Configuration of an HRM; the defaults are the published Sudoku ones."""

    family: Literal["hrm"] = "hrm"
    layers: int = Field(default=4, ge=1, le=64)


class TRMConfig(TransformerConfig):
    """Configuration of a TRM; the defaults are the published ones with attention.

    ``mixer="mlp"`` with ``positions="none"`` is the published Sudoku network. Where there is a
    puzzle embedding it has ``puzzle_slots`` slots, of which those it does not fill stay zero.
    """

    family: Literal["trm"] = "trm"
    high_cycles: int = Field(default=3, ge=1, le=64)
    low_cycles: int = Field(default=6, ge=1, le=64)
    layers: int = Field(default=2, ge=1, le=64)
    modules: Literal[1, 2] = 1
    gradient: Gradient = "last_cycle"
    puzzle_slots: int = Field(default=16, ge=0, le=1024)


RelationKind = Literal["neighbour", "pool", "weighted"]


class RelationSpec(Options):
    """How a network reads one kind of relation.

    Attributes:
        name: the relation's name.
        kind: ``neighbour`` reads its one source, ``pool`` the mean and maximum of many,
            ``weighted`` the mean and maximum of messages that depend on the edge's weight.
    """

    name: str
    kind: RelationKind


def factor_kinds(structures: Iterable[Structure]) -> tuple[str, ...] | None:
    """The kinds of factor to tell apart by name, from some puzzles' structures; None where these
    have no factors. Those whose bounds say all are told by them: a network that reads some reads
    any."""
    declared = [factors for structure in structures for factors in structure.factors]
    named = {f.name for f in declared if len(f.features) and not f.exact}
    return tuple(sorted(named)) if declared else None


def relation_specs(relations: Sequence[Relation]) -> tuple[RelationSpec, ...]:
    """How to read the relations that an adapter declares, from one puzzle's."""

    def kind(relation: Relation) -> RelationKind:
        if relation.weights is not None:
            return "weighted"
        return "neighbour" if relation.single else "pool"

    return tuple(RelationSpec(name=r.name, kind=kind(r)) for r in relations)


class StructuredConfig(NetworkConfig):
    """Configuration of a structured network.

    Attributes:
        relations: the relations it reads, by name.
        inner: hidden width of the SwiGLU.
        gradient_cycles: high cycles at the end of a segment that carry gradient, at least 1.
        symbols: whether the task has interchangeable symbols.
        hints: ids of hints that it learns beside the answer, 0 for none; see ``core.Process``.
        factors: kinds of factor that it tells apart by their names, since they say no bounds;
            None for a network that reads no factors. A kind that it does not know is one that it
            is told no name of.
    """

    restarts_pay: ClassVar[bool] = True

    family: Literal["structured"] = "structured"
    width: int = Field(default=32, ge=4, le=8192)
    inner: int = Field(default=64, ge=4, le=32768)
    relations: tuple[RelationSpec, ...] = ()
    gradient_cycles: int = Field(default=1, ge=1, le=64)
    symbols: bool = True
    hints: int = Field(default=0, ge=0, le=1000)
    factors: Annotated[tuple[str, ...], Field(max_length=TOLD - FACTS)] | None = None

    @property
    def needs_factors(self) -> bool:
        """Whether it was made to read factors."""
        return self.factors is not None

    @property
    def updates(self) -> int:
        """Updates of a segment."""
        return self.high_cycles * (self.low_cycles + 1)

    @property
    def gradient_updates(self) -> int:
        """How many updates at the end of a segment carry gradient."""
        return min(self.gradient_cycles, self.high_cycles) * (self.low_cycles + 1)


Family = Literal["hrm", "structured", "trm"]
FAMILIES: dict[str, type[NetworkConfig]] = {
    "hrm": HRMConfig,
    "structured": StructuredConfig,
    "trm": TRMConfig,
}
"""The configuration of each family, by name."""


def parse_config(data: dict[str, Any]) -> NetworkConfig:
    """A family's configuration from its fields.

    Raises:
        UnknownNameError: for an unknown family.
        InputError: for a field that is missing, unknown or out of range.
    """
    family = str(data.get("family"))
    if family not in FAMILIES:
        raise UnknownNameError("network family", family, FAMILIES)
    return validate(FAMILIES[family], data)


_PUBLISHED: dict[str, Any] = {"width": 512, "heads": 8, "expansion": 4.0, "puzzle_ids": 1}
_TRM: dict[str, Any] = {
    **_PUBLISHED,
    "family": "trm",
    "modules": 1,
    "layers": 2,
    "high_cycles": 3,
    "low_cycles": 6,
    "gradient": "last_cycle",
    "puzzle_slots": 16,
}
PRESETS: dict[str, dict[str, Any]] = {
    # arXiv 2506.21734; sizes from the Sudoku configuration published with it.
    "hrm": {
        **_PUBLISHED,
        "family": "hrm",
        "modules": 2,
        "layers": 4,
        "high_cycles": 2,
        "low_cycles": 2,
        "gradient": "last_update",
        "mixer": "attention",
        "positions": "rope",
    },
    # arXiv 2510.04871: T = 3, n = 6, one network of two layers.
    "trm-att": {**_TRM, "mixer": "attention", "positions": "rope"},
    # The same, without attention, for short contexts of one length.
    "trm-mlp": {**_TRM, "mixer": "mlp", "positions": "none"},
    # Ours: docs/experiments.md.
    "structured": {
        "family": "structured",
        "width": 32,
        "inner": 64,
        "layers": 1,
        "high_cycles": 2,
        "low_cycles": 2,
        "gradient_cycles": 1,
    },
}


def preset(name: str, **changes: Any) -> NetworkConfig:
    """A preset's configuration.

    Args:
        name: ``hrm``, ``trm-att``, ``trm-mlp`` or ``structured``.
        changes: fields to set; ``vocabulary`` must be among them. The puzzle embedding is as wide
            as the network unless set.

    Raises:
        UnknownNameError: for an unknown preset, with the nearest known one.
        InputError: for a field that is missing, unknown or out of range.

    Example:
        >>> config = preset("trm-mlp", vocabulary=11, width=64)
        >>> config.family, config.mixer, config.puzzle_width
        ('trm', 'mlp', 64)
    """
    return parse_config(expanded({**changes, "preset": name}))


def expanded(network: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a network table, with what its ``preset`` says where it is silent.

    Raises:
        UnknownNameError: for an unknown preset, with the nearest known one.
        InputError: where ``family`` is not the preset's.
    """
    said = dict(network)
    if "preset" not in said:
        return said
    name = str(said.pop("preset"))
    if name not in PRESETS:
        raise UnknownNameError("preset", name, PRESETS)
    family = PRESETS[name]["family"]
    if said.get("family", family) != family:
        raise InputError(
            f"preset {name} is of family {family}, and family says {said['family']}",
            path="network",
            hint="leave family out",
        )
    data = {**PRESETS[name], **said}
    if "puzzle_ids" in data:
        data.setdefault("puzzle_width", data["width"])
    return data
