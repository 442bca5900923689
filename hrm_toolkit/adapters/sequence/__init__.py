"""Sequences of numbered tokens with a label each: one's own data, whatever its vocabulary."""

from hrm_toolkit.adapters.sequence.adapter import SequenceAdapter
from hrm_toolkit.adapters.sequence.rules import SequenceAnswer, SequencePuzzle

__all__ = ["SequenceAdapter", "SequenceAnswer", "SequencePuzzle"]
