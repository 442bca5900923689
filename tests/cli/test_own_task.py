"""A task of somebody else's: its files recognised, drawn, told in words and explained like ours."""

from __future__ import annotations

import runpy
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal
from xml.etree import ElementTree

import pytest
from running import EXAMPLES, Command

from hrm_toolkit.adapters import registry
from hrm_toolkit.adapters.check import check_adapter
from hrm_toolkit.adapters.fill import FillAnswer, FillCodec, FillPuzzle
from hrm_toolkit.core.files import NO, SURE, Claim, Form, Loaded, ReadOptions, Sample, TextForm
from hrm_toolkit.core.scene import Mark, Rectangle, Scene
from hrm_toolkit.planner.service import Service
from hrm_toolkit.planner.tools.toolbox import Toolbox
from hrm_toolkit.train.recipes import default_recipe

latin: Any = runpy.run_path(str(EXAMPLES / "latin-square" / "latin_square.py"))
HEADING = "garden"


class GardenPuzzle(FillPuzzle):
    task: Literal["garden"] = "garden"

    @property
    def size_words(self) -> str:
        return f"{len(self.grid) ** 2}-bed"


class GardenAnswer(FillAnswer):
    task: Literal["garden"] = "garden"


class GardenRules(latin["LatinRules"]):  # type: ignore[misc]
    answer_type = GardenAnswer


class GardenAdapter(latin["LatinSquareAdapter"]):  # type: ignore[misc]
    task, summary, title = "garden", "plant beds so that no row repeats a flower", "garden"
    puzzle_type, answer_type = GardenPuzzle, GardenAnswer
    recipe: ClassVar[dict[str, Any]] = {
        "batch_size": 8,
        "network": {"family": "structured", "width": 16},
    }
    rules, codec = GardenRules(), FillCodec(GardenAnswer, largest=9)

    def generate(self, rng: Any, **options: Any) -> Any:
        made = super().generate(rng, **options)
        puzzle, answer = (
            kind(grid=one.grid)
            for kind, one in ((GardenPuzzle, made.puzzle), (GardenAnswer, made.answer))
        )
        return type(made)(puzzle, answer)

    def wrong_answers(self) -> Any:
        for wrong in super().wrong_answers():
            puzzle = GardenPuzzle(grid=wrong.puzzle.grid)
            yield type(wrong)(puzzle, GardenAnswer(grid=wrong.answer.grid), wrong.says)

    def render(self, puzzle: Any, answer: Any = None) -> str:
        return f"{HEADING}\n{super().render(puzzle, answer)}"

    def parse(self, text: str) -> Any:
        return super().parse(text.replace(HEADING, ""))

    def scene(self, puzzle: Any, answer: Any = None) -> Scene:
        side = len(puzzle.grid)
        return Scene(side, side, (Rectangle(0, 0, 1, 1, "seagreen"),))

    def marks(self, text: str) -> Sequence[Mark]:
        return [Mark(0, len(HEADING), "green", bold=True)]

    def forms(self) -> Sequence[Form]:
        return [TextForm("a garden", self.task, _claims, self._read)]

    def _read(self, text: str, options: ReadOptions) -> Loaded:
        return Loaded.of("a garden", [(self.parse(text), None)])


def _claims(sample: Sample) -> Claim:
    return SURE if sample.first == HEADING else NO


@pytest.fixture
def garden(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(registry, "_registered", dict(registry._registered))
    return registry.register(GardenAdapter)


def test_its_hooks_keep_the_laws(garden: Any) -> None:
    check_adapter(garden, samples=3).require()


def test_its_training_begins_with_a_recipe_of_its_own(garden: Any) -> None:
    recipe = default_recipe("garden")
    assert (recipe.adapter, recipe.batch_size, recipe.network["width"]) == ("garden", 8, 16)


def test_a_file_of_it_is_recognised_solved_told_and_drawn(
    garden: Any, command: Command, tmp_path: Path
) -> None:
    file, picture = tmp_path / "mine.txt", tmp_path / "mine.svg"
    file.write_text(f"{HEADING}\n1 . .\n. 3 .\n. . 2\n")
    ran = command("solve", file, "--strategy", "exact", "--picture", picture)
    assert ran.status == 0, ran.err
    assert "solved: 9-bed garden, verified by the rules" in ran.out
    drawn = ElementTree.fromstring(picture.read_text())  # noqa: S314
    *title, box = list(drawn)[1:]
    said = " ".join(str(line.text) for line in title)
    assert said == "solved: 9-bed garden, verified by the rules"
    assert box.get("fill") == "seagreen"


def test_tools_tell_its_size_and_explain_it_by_its_clues(garden: Any) -> None:
    with Service() as service:
        tools = Toolbox(service, full=True)
        wrong = f"{HEADING}\n1 2 .\n. . 3\n. . ."
        reply = tools.call("explain", {"puzzle": wrong})
    assert reply.status == "unsolvable"
    assert "this 9-bed garden has no answer" in reply.text
    assert sorted(reply.data["clues"]) == [[0, 0, 1], [0, 1, 2], [1, 2, 3]]
    assert "row 2 column 3 = 3" in reply.text
