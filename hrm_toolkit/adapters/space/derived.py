"""A state space from four functions: everything else follows from the type of its states."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, ClassVar, Generic, Literal, TypeVar

import numpy as np
from pydantic import create_model

from hrm_toolkit.adapters.json_text import read_json
from hrm_toolkit.adapters.space.layout import MOST_PLACES, Layout, field_types
from hrm_toolkit.adapters.space.plan import Plan
from hrm_toolkit.adapters.space.shown import with_plan
from hrm_toolkit.adapters.space.task import SpaceAdapter
from hrm_toolkit.adapters.space.view import View
from hrm_toolkit.core import InputError, OptionError, Puzzle, Size

S = TypeVar("S")

OTHER = "other"
"""What an action is called to a network whose kind was not seen when its words were listed."""
_MOST_KINDS = 32
_EXPLORED = 300


class StateSpaceAdapter(SpaceAdapter[Any, Any], Generic[S]):
    """A task from ``initial``, ``actions``, ``step`` and ``is_goal``.

    A subclass sets ``task``, ``summary`` and ``state_type``, a frozen dataclass or pydantic model.
    Its fields are those of a puzzle in files. What a network reads follows from their types
    (booleans, enums, literals, bounded whole numbers; tuples, tuples of tuples, frozensets of
    these), from what each action changes, and from neighbourhood on grids and in rows.

    Attributes:
        state_type: the type of states.
        reversible: whether every action can be taken back by one of the same cost, which lets
            puzzles be made from a goal and found from both ends.

    Example:
        >>> from dataclasses import make_dataclass
        >>> from typing import Annotated
        >>> from pydantic import Field
        >>> dials = tuple[Annotated[int, Field(ge=0, le=9)], ...]
        >>> Lock = make_dataclass("Lock", [("dials", dials)], frozen=True)
        >>> class LockAdapter(StateSpaceAdapter[Lock]):
        ...     task, summary = "lock", "turn dials to zero, one step a move"
        ...     state_type, reversible, default_sizes = Lock, True, (2, 3)
        ...
        ...     def initial(self, rng, size):
        ...         return Lock((0,) * size)
        ...
        ...     def actions(self, state):
        ...         return [f"{way} {n}" for n in range(len(state.dials)) for way in ("up", "down")]
        ...
        ...     def step(self, state, action):
        ...         way, n = action.split()
        ...         dials = list(state.dials)
        ...         dials[int(n)] = (dials[int(n)] + (1 if way == "up" else -1)) % 10
        ...         return Lock(tuple(dials))
        ...
        ...     def is_goal(self, state):
        ...         return not any(state.dials)
        >>> lock = LockAdapter()
        >>> puzzle = lock.coerce({"dials": [9, 2]})
        >>> lock.exact(puzzle).answer.actions
        ('up 0', 'down 1', 'down 1')
        >>> plan = lock.parse_answer(puzzle, "up 0, down 1")
        >>> print(lock.rules.check(puzzle, plan).violations[0].message)
        the goal is not reached after 2 actions
    """

    state_type: ClassVar[type]
    reversible: ClassVar[bool] = False
    perimeter: ClassVar[int] = 5_000
    thought: ClassVar[int] = 5_000
    proof: ClassVar[int] = 1_000
    _layout: ClassVar[Layout]

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "state_type" in vars(cls):
            cls._layout = Layout.of(cls.state_type)
            cls.words = cls._layout.words
            cls.between = cls._layout.between
            super().__init_subclass__(**options)
            name = cls.state_type.__name__
            tag: Any = (Literal[cls.task], cls.task)
            types = field_types(cls.state_type)
            fields: dict[str, Any] = {
                field.name: (field.in_files(types[field.name]), ...) for field in cls._layout.fields
            }
            cls.puzzle_type = create_model(
                f"{name}Puzzle", __base__=Puzzle, __module__=cls.__module__, task=tag, **fields
            )
            cls.answer_type = create_model(
                f"{name}Plan", __base__=Plan, __module__=cls.__module__, task=tag
            )

    def __init__(self) -> None:
        self.kinds = self.kinds or self._kinds()
        super().__init__()

    @abstractmethod
    def initial(self, rng: np.random.Generator, size: Any) -> S:
        """Draw a start; or a goal, from which puzzles are then walked back.

        Args:
            rng: what it is a function of, with the size.
            size: one of ``default_sizes``, or what a caller asks for; None where there are none.
        """

    # The states of a subclass are of its own type, which the base must not narrow.

    def start(self, puzzle: Any) -> Any:
        """See ``SpaceAdapter.start``."""
        fields = {name: value for name, value in puzzle if name != "task"}
        return self.state_type(**fields)

    def at(self, puzzle: Any, state: Any) -> Any:
        """See ``SpaceAdapter.at``."""
        fields = {name: getattr(state, name) for name in field_types(self.state_type)}
        return self.puzzle_type(task=self.task, **fields)

    def begin(self, rng: np.random.Generator, size: Size | None, difficulty: str | None) -> Any:
        """See ``SpaceAdapter.begin``."""
        if size is None and self.default_sizes:
            size = self.default_sizes[int(rng.integers(len(self.default_sizes)))]
        sides = size if isinstance(size, tuple) else (size,)
        if any(side is not None and side < 1 for side in sides):
            raise OptionError("a size is at least 1", got=size)
        state = self.initial(rng, size)
        if type(state) is not self.state_type:
            raise InputError(
                f"initial gave a {type(state).__name__}",
                expected=f"a {self.state_type.__name__}, the state_type of {self.task}",
            )
        return self.at(None, state)

    def back(self, state: Any) -> Sequence[tuple[Any, str]] | None:
        """See ``SpaceAdapter.back``; where actions are reversible, those that undo one."""
        if not self.reversible:
            return None
        found: dict[Any, str] = {}
        for action in self.actions(state):
            other = self.step(state, action)
            if other not in found:
                # Many an action undoes itself: it is tried first.
                possible = self.actions(other)
                for undoing in (*([action] if action in possible else ()), *possible):
                    if self.step(other, undoing) == state:
                        found[other] = undoing
                        break
        return list(found.items())

    def view(self, state: Any) -> View:
        """See ``SpaceAdapter.view``: an action touches the places that it changes."""
        return _viewed(self, state)

    def _view(self, state: Any) -> View:
        words = self._layout.places(state)
        if len(words) > MOST_PLACES:
            raise InputError(
                f"the state has {len(words):,} places", expected=f"at most {MOST_PLACES:,}"
            )
        touches = {}
        for action in self.actions(state):
            after = self._layout.places(self.step(state, action))
            changed = [at for at, (a, b) in enumerate(zip(words, after, strict=False)) if a != b]
            touches[action] = changed
        return View(words, self._layout.relations(state), touches)

    def kind(self, action: str) -> str:
        """See ``SpaceAdapter.kind``: the whole action where that is a kind, else its first word."""
        for name in (action, action.split(maxsplit=1)[0]):
            if name in self.kinds:
                return name
        return OTHER

    def _kinds(self) -> tuple[str, ...]:
        """Kinds of actions, as states near a drawn one have them: whole actions where they are few
        and count nothing, else first words."""
        seen = dict.fromkeys(self._explored())
        if len(seen) > _MOST_KINDS or any(c.isdigit() for action in seen for c in action):
            seen = dict.fromkeys(action.split(maxsplit=1)[0] for action in seen)
        return (*(seen if len(seen) <= _MOST_KINDS else ()), OTHER)

    def _explored(self) -> Sequence[str]:
        """Actions of a few hundred states around one that is drawn."""
        size = self.default_sizes[0] if self.default_sizes else None
        first: Any = self.initial(np.random.default_rng(0), size)
        queue, found = [first], list[str]()
        seen = {first}
        for state in queue:
            for action in self.actions(state):
                found.append(action)
                after = self.step(state, action)
                if after not in seen and len(queue) < _EXPLORED:
                    seen.add(after)
                    queue.append(after)
        return found

    def render(self, puzzle: Any, answer: Plan | None = None) -> str:
        """A line a field, rows of a grid below each other; then the plan, if there is one."""
        lines = list[str]()
        values = puzzle.model_dump(mode="json")
        for field in self._layout.fields:
            value = values[field.name]
            if field.kind == "grid":
                lines += [f"{field.name}:", *(f"  {json.dumps(row)}" for row in value)]
            else:
                lines.append(f"{field.name}: {json.dumps(value)}")
        return with_plan("\n".join(lines), answer)

    def parse(self, text: str) -> Any:
        """A puzzle from JSON, or from what ``render`` draws.

        Raises:
            InputError: naming the line or field at fault.
        """
        body = text.strip()
        if body.startswith("{"):
            return self.coerce(_json(body, "the text"))
        fields: dict[str, Any] = {}
        name = ""
        for number, line in enumerate(body.splitlines(), 1):
            head, colon, rest = line.partition(":")
            if colon and not line.startswith(" "):
                name = head.strip()
                if name in fields or name == "plan":
                    break
                fields[name] = _json(rest, f"line {number}") if rest.strip() else []
            elif isinstance(fields.get(name), list):
                fields[name].append(_json(line, f"line {number}"))
            else:
                raise InputError(f"line {number} has no name before a colon", got=line)
        return self.coerce(fields)


def _json(text: str, where: str) -> Any:
    try:
        return read_json(text)
    except InputError as error:
        raise error.at(where) from None


@lru_cache(maxsize=1024)
def _viewed(adapter: StateSpaceAdapter[Any], state: Any) -> View:
    # Tokens, labels and structure of a state all ask for it, one after another.
    return adapter._view(state)
