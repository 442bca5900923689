"""Worker processes that make the trainer's examples ahead of it.

A showing is a function of its number, so the bytes that training sees do not depend on how many
workers there are, or on which of them made what.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from hrm_toolkit.core import AnyAdapter, Settings, Stopwatch, ToolkitError, WorkerError
from hrm_toolkit.train.data.stream import Shown, Stream, draw_endless

_DEAR = 0.02
"""Seconds to draw a puzzle above which a worker is worth its memory."""
_MOST = 4
_REAP_SECONDS = 2.0


class Feed(Stream):
    """A stream whose showings are made ahead by worker processes, in order, at most ``ahead``.

    The workers start at the first showing. They end with ``close``, and also when this process
    ends in whatever way, since each then reads the end of its pipe. They take no Ctrl-C.

    Args:
        arguments: those of ``Stream``.
        workers: how many processes, at least 1.
        ahead: showings that are made before they are asked for, at least 1.

    Raises:
        WorkerError: at a showing, when a worker failed or was killed.
    """

    def __init__(self, *arguments: Any, workers: int, ahead: int, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._setup = (arguments, options)
        self._workers = workers
        self._ahead = ahead
        self._crew: _Crew | None = None

    def show(self, number: int) -> Shown:
        """Showing ``number``, from 0; waits for it where it is not made yet."""
        if self._crew is None:
            self._crew = _Crew(self._setup, self._workers)
        return self._crew.take(number, self._ahead)

    def close(self) -> None:
        """End the workers; what they had made is dropped."""
        crew, self._crew = self._crew, None
        if crew is not None:
            crew.end()


class _Crew:
    """Running workers, and what they have made."""

    def __init__(self, setup: tuple[Any, ...], workers: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._changed = threading.Condition()
        self._made: dict[int, Shown | ToolkitError] = {}
        self._asked: dict[int, int] = {}
        self._failure: ToolkitError | None = None
        self._ending = False
        self._last = -1
        self._pipes: list[Connection] = []
        self._processes: list[BaseProcess] = []
        with _interrupts_held():
            for _ in range(workers):
                ours, theirs = context.Pipe()
                process = context.Process(target=_work, args=(theirs, setup), daemon=True)
                _start(process)
                theirs.close()
                self._pipes.append(ours)
                self._processes.append(process)
        self._receiver = threading.Thread(target=self._receive, daemon=True)
        self._receiver.start()

    def take(self, number: int, ahead: int) -> Shown:
        """One showing; going forwards, the ``ahead`` after it are asked for too."""
        with self._changed:
            # A resumed run asks for its slots' showings in any order: nothing to foresee there.
            forwards = 0 < number - self._last <= ahead
            self._last = number
            if forwards:
                for old in [n for n in self._made if n < number]:
                    del self._made[old]
            for wanted in range(number, number + (ahead if forwards else 0) + 1):
                self._ask(wanted)
            while number not in self._made:
                if self._failure is not None:
                    raise self._failure
                self._changed.wait()
            made = self._made.pop(number)
        if isinstance(made, ToolkitError):
            raise made
        return made

    def end(self) -> None:
        """End every worker at once: it has nothing to lose."""
        self._ending = True
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.join()
        self._receiver.join()
        for pipe in self._pipes:
            pipe.close()
        for process in self._processes:
            process.close()

    def _ask(self, number: int) -> None:
        """Have the least busy worker make a showing that is neither made nor asked for."""
        if number in self._made or number in self._asked or self._failure is not None:
            return
        loads = [0] * len(self._pipes)
        for worker in self._asked.values():
            loads[worker] += 1
        worker = loads.index(min(loads))
        self._asked[number] = worker
        with suppress(OSError):  # a worker that ended is noticed by receiving
            self._pipes[worker].send(number)

    def _receive(self) -> None:
        """Take what workers send until all have ended; a thread of its own does this."""
        open_pipes = list(self._pipes)
        while open_pipes:
            ready = wait(open_pipes)
            for pipe in [pipe for pipe in open_pipes if pipe in ready]:
                try:
                    number, made = pipe.recv()
                except (EOFError, OSError):
                    open_pipes.remove(pipe)
                    self._lost(self._pipes.index(pipe))
                    continue
                with self._changed:
                    if self._asked.pop(number, None) is not None:
                        self._made[number] = made
                    self._changed.notify_all()

    def _lost(self, worker: int) -> None:
        if self._ending:
            return
        process = self._processes[worker]
        process.join(_REAP_SECONDS)
        with self._changed:
            self._failure = self._failure or WorkerError(
                f"worker {worker + 1} of {len(self._processes)} {_end_of(process.exitcode)}",
                hint="go on with --resume, with fewer --workers if memory ran out",
            )
            self._changed.notify_all()


def _start(process: BaseProcess) -> None:
    try:
        process.start()
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise WorkerError(
            f"the adapter cannot be handed to a worker process: {error}",
            hint="define its class in a module, or use no workers (--workers 0)",
        ) from None


def _end_of(code: int | None) -> str:
    """How a process ended.

    Example:
        >>> _end_of(-9)
        'was killed by SIGKILL'
    """
    if code is not None and code < 0:
        try:
            return f"was killed by {signal.Signals(-code).name}"
        except ValueError:
            return f"was killed by signal {-code}"
    return f"ended by itself, with status {code}"


def _work(pipe: Connection, setup: tuple[tuple[Any, ...], dict[str, Any]]) -> None:
    """What a worker does: make each showing it is asked for until its pipe ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    arguments, options = setup
    stream = Stream(*arguments, **options)
    with suppress(EOFError, OSError):  # the trainer ended
        while True:
            number = pipe.recv()
            pipe.send((number, _make(stream, number)))


def _make(stream: Stream, number: int) -> Shown | ToolkitError:
    try:
        return stream.show(number)
    except Exception as error:
        # An adapter may raise anything, and the trainer must hear of it.
        frames = traceback.extract_tb(error.__traceback__)
        place = f" ({os.path.basename(frames[-1].filename)}, line {frames[-1].lineno})"
        said = str(error) if isinstance(error, ToolkitError) else f"{type(error).__name__}: {error}"
        return WorkerError(f"puzzle {number} cannot be made: {said}{place}")


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Processes started meanwhile never see Ctrl-C; one that comes meanwhile is taken after."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    # Starting a process starts this first, which would let interrupts through again.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def open_stream(
    adapter: AnyAdapter,
    base: Sequence[Any],
    settings: Settings,
    *,
    workers: int | None = 0,
    ahead: int = 64,
    **options: Any,
) -> Stream:
    """A stream, made by workers or in this process.

    Args:
        workers: how many; 0 makes every showing where it is needed, None takes ``sensible_workers``
            where puzzles are generated without end and none elsewhere.
        ahead: as ``Feed``.
        options: as ``Stream``.
    """
    if workers is None:
        workers = 0 if base else sensible_workers(adapter, settings, options["seed"])
    arguments = (adapter, list(base), settings)
    if not workers:
        return Stream(*arguments, **options)
    return Feed(*arguments, workers=workers, ahead=max(ahead, 2 * workers), **options)


def sensible_workers(adapter: AnyAdapter, settings: Settings, seed: int) -> int:
    """Workers for generating without end: none where puzzles are cheap or there is one core.

    Else one for each core but the trainer's own, at most four.
    """
    spare = min(cores() - 1, _MOST)
    if spare < 1:
        return 0
    draw_endless(adapter, settings, seed, 0)  # what is compiled or loaded on the first call
    watch = Stopwatch()
    for number in range(1, 9):
        draw_endless(adapter, settings, seed, number)
        if watch.seconds > 8 * _DEAR:
            return spare
    return 0


def cores() -> int:
    """Cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1
