"""The shared words: puzzle, answer, rules, codec, structure, symmetry, adapter, verdict, result."""

from hrm_toolkit.core.adapter import (
    Adapter,
    AnyAdapter,
    Exact,
    Identifiers,
    Settings,
    Size,
    WrongAnswer,
)
from hrm_toolkit.core.codec import Codec
from hrm_toolkit.core.errors import (
    BundleError,
    BusyError,
    CheckpointError,
    HubError,
    InputError,
    MissingExtraError,
    OptionError,
    StorageError,
    ToolkitError,
    UnknownNameError,
    WorkerError,
    nearest,
    shorten,
)
from hrm_toolkit.core.process import NOT_YET, Process
from hrm_toolkit.core.puzzle import Answer, Example, Model, Puzzle, validate
from hrm_toolkit.core.result import Budget, Drawing, Result, Segment, States
from hrm_toolkit.core.rules import Rules
from hrm_toolkit.core.search import Found, search
from hrm_toolkit.core.structure import Relation, Structure
from hrm_toolkit.core.symmetry import Identity, Symmetry
from hrm_toolkit.core.tokens import PAD, Probabilities, Tokens, TokenSpec
from hrm_toolkit.core.verdict import Verdict, Violation, verdict_from

__all__ = [
    "PAD",
    "Adapter",
    "Answer",
    "AnyAdapter",
    "Budget",
    "BundleError",
    "BusyError",
    "CheckpointError",
    "Codec",
    "Drawing",
    "Exact",
    "Example",
    "Found",
    "HubError",
    "Identifiers",
    "Identity",
    "InputError",
    "MissingExtraError",
    "Model",
    "OptionError",
    "Probabilities",
    "Puzzle",
    "Relation",
    "Result",
    "Rules",
    "Segment",
    "Settings",
    "Size",
    "States",
    "StorageError",
    "Structure",
    "Symmetry",
    "TokenSpec",
    "Tokens",
    "NOT_YET",
    "Process",
    "ToolkitError",
    "UnknownNameError",
    "Verdict",
    "Violation",
    "WorkerError",
    "WrongAnswer",
    "nearest",
    "search",
    "shorten",
    "validate",
    "verdict_from",
]
