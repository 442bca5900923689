"""What is asked of puzzles and answered at once, without a job."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Unpack

from hrm_toolkit.adapters.registry import BUILT_IN, get_adapter
from hrm_toolkit.core import BusyError, Deadline
from hrm_toolkit.core.telling import kind_of
from hrm_toolkit.planner import describe as described
from hrm_toolkit.planner import explain as explained
from hrm_toolkit.planner import limits
from hrm_toolkit.planner.handles import Handles
from hrm_toolkit.planner.making import generated, generated_reply
from hrm_toolkit.planner.reading import (
    Asked,
    How,
    read_claim,
    read_left,
    read_puzzle,
    read_state,
    require_size,
    take,
)
from hrm_toolkit.planner.reply import MOST_RENDER, Reply, answered, drawn
from hrm_toolkit.planner.warmth import warm_up
from hrm_toolkit.planner.words import state_reply, verdict_reply

if TYPE_CHECKING:
    from hrm_toolkit.solvers.bundles.manifest import Manifest

_STREAM = 100
"""Of the random numbers that generated puzzles are drawn from; training and tests have others."""

_COUNT_SECONDS = 1.0


class Puzzles:
    """Reads, verifies, plays, explains, draws and makes puzzles.

    Where a text leaves it open, ``start`` and ``goal`` name a graph's ends, ``weight`` the edge
    attribute that is its cost (``none``: every edge costs 1), and ``box`` a Sudoku's boxes, such as
    ``3x2``. What was assumed stands in the reply's ``notes``.

    Args:
        handles: keeps puzzles.
        wait_s: seconds a call may take where it does not say.

    Attributes:
        ready: whether what calls need has been imported and compiled, see ``warm``.
    """

    def __init__(
        self, handles: Handles, wait_s: float, manifests: Callable[[], dict[str, Manifest]]
    ) -> None:
        self.handles, self.wait_s, self.manifests = handles, wait_s, manifests
        self.ready = False
        # Of the tasks that are being warmed; set once that is over.
        self._warming: dict[str, threading.Event] = {}

    @property
    def closing(self) -> bool:
        """Whether it takes on no more."""
        return False

    @answered
    def describe(self, task: str | None = None, *, client: str = "local") -> Reply:
        """Every task, or one with its forms, symbols, sizes, solvers and a worked example."""
        if task is None:
            return described.list_tasks()
        adapter = get_adapter(task)
        named = self.manifests().items()
        solvers = [name for name, manifest in named if task in (manifest.task, *manifest.tasks)]
        return described.describe_task(adapter, solvers)

    @answered
    def load_puzzle(
        self,
        puzzle: str,
        *,
        task: str | None = None,
        client: str = "local",
        **how: Unpack[How],
    ) -> Reply:
        """Read a puzzle and hold it by a short handle."""
        adapter, read, kind, notes, open_ = read_puzzle(
            puzzle, Asked(task, how, self.handles, client)
        )
        handle = self.handles.put(read, notes=notes, open=open_, client=client)
        lines = [f"{handle} is this {kind_of(read)}, read as {kind}:", "", drawn(adapter, read)]
        violations, shown = adapter.rules.diagnose(read), adapter.shown(read)
        lines += [f"- it contradicts itself: {violation.message}" for violation in violations[:5]]
        return Reply.of(
            "ok",
            "\n".join(lines),
            task=read.task,
            handle=handle,
            read_as=kind,
            puzzle=shown.model_dump(mode="json") if open_ else shown.explicit(),
            contradictions=[violation.message for violation in violations[:5]],
        ).with_notes(notes)

    @answered
    def verify(
        self,
        puzzle: str,
        answer: str,
        *,
        task: str | None = None,
        client: str = "local",
        **how: Unpack[How],
    ) -> Reply:
        """What the rules say of an answer: ``solved`` or ``refuted``, with places."""
        adapter, read, _, notes, open_ = read_puzzle(puzzle, Asked(task, how, self.handles, client))
        claimed = read_claim(adapter, read, answer)
        read = adapter.meant(read, claimed) if open_ else read
        verdict = adapter.rules.check(read, claimed)
        bound = Deadline.after(_COUNT_SECONDS)
        several = explained.solutions(adapter, read, bound) if verdict else None
        return verdict_reply(adapter, read, claimed, verdict, several).with_notes(notes)

    @answered
    def step(
        self,
        state: str,
        action: str | None = None,
        *,
        task: str | None = None,
        client: str = "local",
        **how: Unpack[How],
    ) -> Reply:
        """The legal actions of a state, or the state after one of them.

        Args:
            state: a puzzle or its handle, a state's handle, or ``{"puzzle": ..., "actions": []}``.
            action: as it was listed; None takes none.
        """
        held = read_state(state, Asked(task, how, self.handles, client))
        adapter = get_adapter(held.puzzle.task)
        if action is not None:
            require_size("action", action)
            held = take(adapter, held, action)
        handle = self.handles.put(
            held.puzzle,
            actions=held.actions,
            state=held.state,
            notes=held.notes,
            client=client,
        )
        return state_reply(adapter, held, handle)

    @answered
    def explain(
        self,
        puzzle: str,
        *,
        task: str | None = None,
        wait_s: float | None = None,
        client: str = "local",
        **how: Unpack[How],
    ) -> Reply:
        """Why a puzzle has no answer, or whether it has one or several.

        Args:
            puzzle: see ``solve``.
            task: see ``solve``.
            wait_s: seconds it may take, 0 to 300; None for the service's own.
            client: whose handles they are.
            how: see ``Puzzles``.
        """
        until = limits.deadline(wait_s, self.wait_s)
        adapter, read, _, notes, _ = read_puzzle(puzzle, Asked(task, how, self.handles, client))
        self._warmed(read.task, until)
        return explained.explain(adapter, read, until).with_notes(notes)

    @answered
    def hint(
        self,
        puzzle: str,
        *,
        task: str | None = None,
        wait_s: float | None = None,
        client: str = "local",
        **how: Unpack[How],
    ) -> Reply:
        """The next thing that follows from a puzzle, and why.

        Args:
            puzzle: see ``solve``; or a state's handle, to go on from there.
            task: see ``solve``.
            wait_s: seconds it may take, 0 to 300; None for the service's own.
            client: whose handles they are.
            how: see ``Puzzles``.
        """
        until = limits.deadline(wait_s, self.wait_s)
        adapter, left, notes = read_left(puzzle, Asked(task, how, self.handles, client))
        self._warmed(left.task, until)
        return explained.hint(adapter, left, until).with_notes(notes)

    @answered
    def render(
        self,
        puzzle: str,
        answer: str | None = None,
        *,
        task: str | None = None,
        client: str = "local",
        **how: Unpack[How],
    ) -> Reply:
        """A puzzle as text, with an answer in its place if one is given; nothing is checked."""
        adapter, read, *_ = read_puzzle(puzzle, Asked(task, how, self.handles, client))
        claimed = None if answer is None else read_claim(adapter, read, answer)
        picture = drawn(adapter, read, claimed, MOST_RENDER)
        return Reply.of("ok", picture, task=read.task, picture=picture)

    @answered
    def generate(
        self,
        task: str,
        *,
        size: int | None = None,
        difficulty: str | None = None,
        count: int | None = None,
        seed: int | None = None,
        wait_s: float | None = None,
        client: str = "local",
    ) -> Reply:
        """New puzzles that have an answer, by handle; fewer than ``count`` where time is short.

        Args:
            task: of the puzzles.
            size: side of the grid or number of nodes; None for the task's own.
            difficulty: one of the task's; None for a mixture.
            count: how many, 1 to 20; None for 1.
            seed: of what is drawn; None for 0.
            wait_s: seconds it may take, 0 to 300; None for the service's own.
            client: whose handles they will be.
        """
        until = limits.deadline(wait_s, self.wait_s)
        allowed = self.wait_s if wait_s is None else wait_s
        adapter = get_adapter(task)
        wanted = limits.within("count", 1 if count is None else count, 1, limits.MOST_GENERATED)
        chosen = limits.within("seed", seed or 0, 0, limits.MOST_SEED)
        if size is not None:
            limits.within("size", size, 1, limits.MOST_SIDE)
        self._warmed(adapter.task, until)
        made = generated(
            adapter, wanted, until, seeds=(chosen, _STREAM), size=size, difficulty=difficulty
        )
        handles = [self.handles.put(puzzle, client=client) for puzzle in made]
        return generated_reply(adapter, made, handles, wanted, seed=chosen, seconds=allowed)

    def warm(self) -> None:
        """Import and compile what calls need, so that none has to; then ``ready`` is set.

        It ends early where the service is closed meanwhile.
        ``explain`` and ``generate`` wait for it as long as they may.
        """
        tasks = sorted(BUILT_IN)
        self._warming = {task: threading.Event() for task in tasks}
        try:
            self.manifests()
            for task in tasks:
                if self.closing:
                    return
                warm_up(task)
                self._warming[task].set()
            self.ready = True
        finally:
            for over in self._warming.values():
                over.set()

    def _warmed(self, task: str, until: Deadline) -> None:
        """Wait until what a task's search needs has been compiled.

        Raises:
            BusyError: when it has not in time.
        """
        over = self._warming.get(task)
        if over is not None and not over.wait(until.timeout):
            raise BusyError(
                f"the service is starting: what {task} needs is still being compiled",
                hint="try again in some seconds",
            )
