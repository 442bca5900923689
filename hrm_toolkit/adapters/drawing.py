"""A puzzle that its task's adapter draws, for results that show themselves."""

from __future__ import annotations

from dataclasses import dataclass

from hrm_toolkit.core import Answer, AnyAdapter, Puzzle


@dataclass(frozen=True)
class AdapterDrawing:
    """Draws a puzzle as its adapter does.

    Attributes:
        adapter: of its task.
        puzzle: what is drawn.
    """

    adapter: AnyAdapter
    puzzle: Puzzle

    def text(self, answer: Answer | None) -> str:
        """What the adapter draws for a terminal."""
        return self.adapter.render(self.puzzle, answer)

    def svg(self, answer: Answer | None) -> str | None:
        """The picture of the task, or of the adapter's text where it has none of its own."""
        from hrm_toolkit.adapters.pictures import to_svg
        from hrm_toolkit.adapters.scenes import scene

        return to_svg(scene(self.adapter, self.puzzle, answer))
