"""What a stepwise method knows of a puzzle, and from which step on: targets for each segment."""

from __future__ import annotations

from dataclasses import dataclass

from hrm_toolkit.core.tokens import Tokens

NOT_YET = 1
"""The hint of a position about which the method knows nothing yet; 0 is not scored."""


@dataclass(frozen=True)
class Process:
    """The course of a stepwise method on one puzzle, each array of shape (L,), int32.

    A network that is trained on it learns the method's steps in place of the answer at once, and
    so what carries over to sizes it never saw (after the hints of arXiv 2205.15659).

    Attributes:
        hints: what is known of a position in the end, from ``NOT_YET`` to the codec's ``hints``;
            0 where nothing is scored.
        hint_steps: the step from which that is known; before it the hint is ``NOT_YET``.
        label_steps: the step from which a position's label is known; before it the target is the
            position's own token.
    """

    hints: Tokens
    hint_steps: Tokens
    label_steps: Tokens
