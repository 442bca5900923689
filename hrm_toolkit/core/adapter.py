"""Adapter: everything the toolkit needs to know of one task."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic

import numpy as np

from hrm_toolkit.core.clock import Deadline
from hrm_toolkit.core.codec import Codec, Identifiers
from hrm_toolkit.core.errors import InputError, OptionError, UnknownNameError
from hrm_toolkit.core.files import Form, Loaded, ReadOptions
from hrm_toolkit.core.puzzle import A, Answer, Clue, Example, P, Palette, Puzzle, Size, validate
from hrm_toolkit.core.rules import Hint, Identity, Place, Rules, Symmetry
from hrm_toolkit.core.scene import Mark, Scene, text_scene
from hrm_toolkit.core.search import search
from hrm_toolkit.core.structure import Lessons, Structure

if TYPE_CHECKING:
    from hrm_toolkit.adapters.formats.published.layout import Layout


@dataclass(frozen=True)
class WrongAnswer(Generic[P, A]):
    """An answer that must be refuted, and a part of the sentence that must say why."""

    puzzle: P
    answer: A
    says: str


@dataclass(frozen=True)
class Exact(Generic[A]):
    """What an exact oracle found: an answer, or a proof that there is none, or neither in time."""

    answer: A | None
    unsolvable: bool = False
    nodes: int = 0


class Adapter(ABC, Generic[P, A]):
    """One task: its types, rules, codec, generator, symmetry, structure, oracle and text form.

    A subclass sets the class attributes and ``codec`` and ``rules``, and implements the abstract
    methods; the rest has defaults. ``hrm_toolkit.adapters.check.check_adapter`` holds it to the
    laws.

    Attributes:
        task: the tag in files, equal to the ``task`` field of the puzzle type.
        summary: one line for listings.
        title: what people call it in a sentence; the tag unless said.
        family: the tasks with which listings show it; its own kind unless said.
        difficulties: names the generator knows, easiest first.
        default_sizes: sizes that ``Settings.sizes`` falls back to.
        relations: names of the relations that ``structure`` declares, in order.
        verifiable: whether the rules tell right from wrong by the puzzle alone. Where they can but
            compare with an answer that is known, they judge what a network says and nothing else:
            no attempt is chosen, and no search led, by them.
        columns: names of a table's columns that hold this task's puzzles, in lower case.
        claims: what answers in JSON may say beside their own fields, for the rules to look at.
        recipe: what its training needs beyond the defaults: keys of a recipe, where the toolkit has
            none of the task's name.
        identifiers: what the network has learned embeddings for, where each puzzle needs its own.
    """

    task: ClassVar[str]
    summary: ClassVar[str]
    title: ClassVar[str] = ""
    family: ClassVar[str] = ""
    puzzle_type: type[P]
    answer_type: type[A]
    rules: Rules[P, A]
    codec: Codec[P, A]
    difficulties: ClassVar[tuple[str, ...]] = ()
    default_sizes: ClassVar[tuple[Size, ...]] = ()
    relations: ClassVar[tuple[str, ...]] = ()
    verifiable: ClassVar[bool] = True
    columns: ClassVar[tuple[str, ...]] = ()
    claims: ClassVar[tuple[str, ...]] = ()
    recipe: ClassVar[Mapping[str, Any]] = {}
    identifiers: Identifiers | None = None

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "task" in vars(cls) and "title" not in vars(cls):
            cls.title = cls.task

    @abstractmethod
    def generate(
        self,
        rng: np.random.Generator,
        *,
        size: Size | None = None,
        difficulty: str | None = None,
    ) -> Example[P, A]:
        """A solvable puzzle with its answer, a function of ``rng`` alone.

        Args:
            size: one of the sizes the task can make; None draws from ``default_sizes``.
            difficulty: one of ``difficulties``; None draws a mixture.

        Raises:
            OptionError: for a size or difficulty the adapter does not know.
        """

    @abstractmethod
    def render(self, puzzle: P, answer: A | None = None) -> str:
        """Plain text for a terminal; with an answer, the answer in its place."""

    def scene(self, puzzle: P, answer: A | None = None) -> Scene:
        """A picture, with the answer where there is one. The default draws what ``render`` says."""
        before = None if answer is None else self.render(puzzle)
        return text_scene(self.render(puzzle, answer), before)

    def marks(self, text: str) -> Sequence[Mark]:
        """What a terminal sets apart in a text that ``render`` drew. The default has nothing."""
        return ()

    @property
    def palette(self) -> Palette | None:
        """The signs of which a text is a grid, for whoever draws one; None where texts are none."""
        return None

    @abstractmethod
    def parse(self, text: str) -> P:
        """The puzzle that ``render(puzzle)``, or another usual text form, stands for.

        Raises:
            InputError: saying what was found and what was expected.
        """

    @abstractmethod
    def wrong_answers(self) -> Sequence[WrongAnswer[P, A]]:
        """At least three answers the rules must refute, with the violation expected."""

    def symmetry(self, puzzle: P, rng: np.random.Generator) -> Symmetry[P, A]:
        """A transformation drawn for this puzzle. The default changes nothing."""
        return Identity()

    def structure(self, puzzle: P) -> Structure:
        """Declared structure; its relations are those of ``relations``. The default has none."""
        return Structure()

    def retold(self, structure: Structure, rng: np.random.Generator) -> Structure:
        """A structure that says as much in another way, for training. The default is as it is."""
        return structure

    def places(self, puzzle: P) -> Sequence[Place]:
        """Where each token lies, as violations say it; the default knows declared coordinates."""
        at = self.structure(puzzle).coordinates
        return () if at is None else [*map(tuple, at.tolist())]

    @property
    def read_as(self) -> str | None:
        """The task as which its texts and files are read; None where they say it themselves."""
        return self.task

    def takes(self, task: str) -> bool:
        """Whether puzzles of a task are its own."""
        return task == self.task

    def identify(self, puzzle: P) -> int:
        """Row of the network's puzzle embedding. The default has one for all puzzles, 0."""
        return 0

    def identified(self, identifiers: Identifiers) -> Adapter[P, A]:
        """This task for a network that has learned an embedding for each of its puzzles.

        Raises:
            InputError: as the default does, which has no use for any.
        """
        raise InputError(f"the {self.task} adapter knows no embeddings of single puzzles")

    def parts(self, puzzle: P) -> Sequence[P]:
        """The puzzles that a network is asked one by one. The default asks the whole at once."""
        return (puzzle,)

    def join(self, puzzle: P, answers: Sequence[A | None]) -> A | None:
        """The answer that those to ``parts`` come to; None where there is none."""
        return answers[0]

    def notes(self, puzzle: P) -> tuple[str, ...]:
        """Sentences for whoever reads what a network made of the puzzle. The default has none."""
        return ()

    def otherwise(self, puzzle: P, *, seconds: float = 1.0) -> tuple[str, ...]:
        """What else may be meant by a puzzle without answer, found in about so many seconds."""
        return ()

    def lessons(self, puzzle: P) -> Lessons[A] | None:
        """What a network can learn of examples that the puzzle shows. The default has none."""
        return None

    def submission(self, answers: Sequence[tuple[P, A]]) -> bytes:
        """The file in which the contest on this task takes answers, of puzzles in order.

        Raises:
            OptionError: as the default does, which knows no contest.
            InputError: for a puzzle that the contest could not tell from others.
        """
        raise OptionError(f"there is no form of submissions for {self.title} puzzles")

    def shown(self, puzzle: P) -> P:
        """The puzzle as its solver may see it, without answers for the rules; all by default."""
        return puzzle

    def patience(self, puzzle: P) -> float:
        """Seconds that exact search may take of a puzzle where nobody sets a time. The default is
        10 for each.

        A task whose search ends after time that the puzzle's size tells gives large ones more.
        """
        return 10.0

    def exact(self, puzzle: P, *, seconds: float = 10.0) -> Exact[A]:
        """An answer without a network, within a time bound. The default searches the rules."""
        found = search(self.rules, puzzle, nodes=10_000_000, deadline=Deadline.after(seconds))
        return Exact(found.answer, found.exhausted and found.answer is None, found.nodes)

    def count_solutions(self, puzzle: P, limit: int = 2, *, seconds: float = 10.0) -> int | None:
        """How many answers there are, counted up to ``limit``; fewer when time runs out.

        The default cannot count: None.

        Args:
            limit: where counting stops, at least 1; 2 tells whether the answer is the only one.
            seconds: wall-clock bound.
        """
        return None

    def hint(self, puzzle: P, *, seconds: float = 5.0) -> Hint | None:
        """The next thing that follows, with its reason; None where nothing is found.

        The default knows none.
        """
        return None

    def refutation(self, puzzle: P, *, seconds: float = 5.0) -> Sequence[str]:
        """How a puzzle contradicts itself, a sentence a step; none where none is found in time."""
        return ()

    @property
    def hinting(self) -> bool:
        """Whether the task has a ``hint`` of its own."""
        return type(self).hint is not Adapter.hint

    def clues(self, puzzle: P) -> Sequence[Clue]:
        """What may be left out to see why a puzzle has no answer. The default has nothing."""
        return ()

    def keeping(self, puzzle: P, clues: Sequence[Clue]) -> P:
        """The puzzle with some of its ``clues`` alone; the default has none to spare."""
        return puzzle

    def partial(self, puzzle: P) -> A | None:
        """The unfinished puzzle taken as an answer, which must be refuted; None if none is."""
        return None

    def remaining(self, puzzle: P, state: Any) -> P | None:
        """The puzzle that is left at a state of the rules, each answer of which answers ``puzzle``.

        Search asks the network about it anew. None where a task has no such form.
        """
        return None

    def onward(self, puzzle: P, state: Any) -> P | None:
        """The puzzle that begins at a state, whose answers are the rest of the way: its task is
        solved action by action, each decoded of a network anew. None where answers come whole."""
        return None

    def along(self, example: Example[P, A], rng: np.random.Generator) -> Example[P, A]:
        """What of an example a network is shown, drawn anew each time: of a task that is solved
        action by action a state on the way. The default shows it whole."""
        return example

    def canonical(self, puzzle: P) -> str:
        """A text that is equal for puzzles that are equal up to symmetry.

        The default is a SHA-256 of the puzzle's JSON, which is right only for tasks without
        symmetry.
        """
        return hashlib.sha256(puzzle.model_dump_json().encode()).hexdigest()

    def kin(self, puzzle: P, *, asked: bool = False) -> frozenset[str]:
        """Marks of a puzzle and its answer: one that shares any, and is asked, is given away by it.

        The default has none: equal canonical forms say all there is to say.

        Args:
            asked: the marks by which it would itself be given away.
        """
        return frozenset()

    def learned(self, puzzle: P) -> bool:
        """Whether the network that this knows of was trained on the very answer. Default: no."""
        return False

    def coerce(self, value: Any) -> P:
        """A puzzle from what a person has: a puzzle, a dict with the fields, or text.

        Raises:
            InputError: when the value cannot be read as a puzzle of this task.
        """
        if isinstance(value, self.puzzle_type):
            return value
        if isinstance(value, Puzzle):
            raise InputError(f"this is a {value.task} puzzle", expected=f"a {self.task} puzzle")
        if isinstance(value, str):
            return self.parse(value)
        if isinstance(value, dict):
            return validate(self.puzzle_type, {"task": self.task, **value})
        return self._coerce_other(value)

    def read_object(self, value: Any, options: ReadOptions) -> Loaded | None:
        """The puzzle that an object of another library is; None for what is none.

        The default knows no library.

        Raises:
            InputError: for an object that lacks what a puzzle needs.
        """
        return None

    def boxed(self, box: tuple[int, int]) -> Adapter[P, A]:
        """This task, making puzzles with boxes of so many rows and columns.

        Raises:
            OptionError: as the default does, whose puzzles have none.
        """
        raise OptionError(f"{self.title} puzzles have no boxes", hint="leave out box (--box)")

    def coerce_answer(self, puzzle: P, value: Any) -> A:
        """An answer from an answer, a dict with its fields, or the bare main field.

        Raises:
            InputError: when the value cannot be read as an answer of this task.
        """
        if isinstance(value, self.answer_type):
            return value
        if isinstance(value, Answer):
            raise InputError(
                f"this answers a {value.task} puzzle", expected=f"a {self.task} answer"
            )
        if isinstance(value, dict):
            return validate(self.answer_type, {"task": self.task, **value})
        main = [name for name in self.answer_type.model_fields if name != "task"]
        return validate(self.answer_type, {"task": self.task, main[0]: value})

    def _coerce_other(self, value: Any) -> P:
        main = [name for name in self.puzzle_type.model_fields if name != "task"]
        return validate(self.puzzle_type, {"task": self.task, main[0]: value})

    def parse_answer(self, puzzle: P, text: str) -> A:
        """The answer to ``puzzle`` that a text stands for: whatever ``render`` draws of one.

        The default reads the text as a puzzle and takes the fields that an answer shares with it.

        Raises:
            InputError: when the text cannot be read as an answer, which refutes nothing.
        """
        read = self.parse(text).model_dump()
        shared = {name: read[name] for name in self.answer_type.model_fields if name in read}
        return self.coerce_answer(puzzle, shared)

    def meant(self, puzzle: P, answer: A) -> P:
        """The puzzle that an answer shows to be meant, where the text of it left something open.

        Asked only where ``Loaded.open`` says so. The default leaves nothing open.
        """
        return puzzle

    def forms(self) -> Sequence[Form]:
        """The forms in which files hold this task's puzzles, for whoever sniffs.

        The default has none: a file then names its task, or the caller does.
        """
        return ()

    def layout(self) -> Layout[P, A] | None:
        """How a dataset folder of the published code holds this task's puzzles.

        The default has no way of its own: a row a puzzle is written, and none is read back.
        """
        return None

    def require_difficulty(self, difficulty: str | None) -> None:
        """Refuse a difficulty name that the adapter does not know.

        Raises:
            UnknownNameError: with the nearest known name.
        """
        if difficulty is not None and difficulty not in self.difficulties:
            raise UnknownNameError(f"{self.task} difficulty", difficulty, self.difficulties)


AnyAdapter = Adapter[Any, Any]
