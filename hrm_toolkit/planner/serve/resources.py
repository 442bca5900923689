"""What a client can read by address: tasks, trained solvers, and its own jobs and handles."""

from __future__ import annotations

import importlib.util
import json
import re
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from hrm_toolkit.adapters.marking import marked
from hrm_toolkit.adapters.pictures import to_png
from hrm_toolkit.adapters.registry import adapter_names, get_adapter
from hrm_toolkit.core import (
    Answer,
    AnyAdapter,
    InputError,
    Puzzle,
    ToolkitError,
    UnknownNameError,
    validate,
)
from hrm_toolkit.core.scene import Scene
from hrm_toolkit.planner.handles import is_handle
from hrm_toolkit.planner.jobs.job import read_kept
from hrm_toolkit.planner.serve.curves import curves
from hrm_toolkit.planner.service import Service

SCHEME = "hrm://"
JSON, PLAIN, SVG, PNG = "application/json", "text/plain", "image/svg+xml", "image/png"
_MOST_JOBS = 20
_MOST_SHAPES = 20_000
"""Of a picture; an SVG then has some two million characters at the most."""
_MOST_PIXELS = 1_024


@dataclass(frozen=True)
class Kind:
    """One kind of resource.

    Attributes:
        name: of the kind.
        path: of its addresses, after ``hrm://``.
        about: what it is.
        type: of its contents, as in MIME.
        read: gives them: called with a service, a client, and what stands for each ``{...}``.
    """

    name: str
    path: str
    about: str
    type: str
    read: Callable[..., str | bytes]

    @property
    def template(self) -> str:
        """Its addresses as a template of RFC 6570."""
        return SCHEME + self.path

    @property
    def names(self) -> list[str]:
        """What stands in ``{...}`` in its addresses."""
        return re.findall(r"{(\w+)}", self.path)

    def fields(self, uri: str) -> dict[str, str] | None:
        """What stands for each ``{...}`` in an address; None for one of another kind."""
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(self.template))
        found = re.fullmatch(pattern, uri)
        if found is None:
            return None
        return {name: urllib.parse.unquote(value) for name, value in found.groupdict().items()}


def kinds() -> tuple[Kind, ...]:
    """All there are; pictures of pixels only where Pillow is installed."""
    pixels = importlib.util.find_spec("PIL") is not None
    return tuple(kind for kind in _KINDS if pixels or kind.type != PNG)


def read(service: Service, client: str, uri: str) -> tuple[Kind, str | bytes]:
    """A resource's kind and contents.

    Raises:
        ToolkitError: when there is none of that address, with the nearest that there is.
    """
    for kind in kinds():
        fields = kind.fields(uri)
        if fields is not None:
            return kind, kind.read(service, client, **fields)
    raise UnknownNameError("resource", uri, [kind.template for kind in kinds()])


def listed(service: Service, client: str) -> Iterator[tuple[str, str, str, str]]:
    """Address, name, description and type of what there is; the client's newest jobs among it."""
    types = {kind.name: kind.type for kind in _KINDS}
    for name in adapter_names():
        yield f"{SCHEME}tasks/{name}", name, f"How {name} is written", types["task"]
    for name, manifest in service.manifests().items():
        about = f"The trained solver {name} for {manifest.task}"
        yield f"{SCHEME}solvers/{name}", name, about, types["solver"]
    for name in service.runs:
        yield f"{SCHEME}runs/{name}", name, "How a training run is getting on", types["run"]
    for one in service.jobs.list(client, limit=_MOST_JOBS):
        at = f"{SCHEME}jobs/{one.id}"
        yield at, one.id, f"A job, {one.status}", types["job"]
        yield f"{at}/1/trace", f"{one.id} trace", "What its segments said", types["trace"]
        yield f"{at}/1/picture.svg", f"{one.id} picture", "Its answer drawn", types["job-svg"]


def _task(service: Service, client: str, task: str) -> str:
    if task not in adapter_names():
        raise UnknownNameError("task", task, adapter_names())
    return service.describe(task, client=client).text


def _solver(service: Service, client: str, solver: str) -> str:
    manifests = service.manifests()
    if solver not in manifests:
        raise UnknownNameError("solver", solver, manifests)
    return manifests[solver].model_dump_json(indent=2)


def _runs(service: Service, client: str) -> str:
    return json.dumps({"runs": [*service.runs]})


def _run(service: Service, client: str, run: str) -> str:
    return json.dumps(curves(service.runs, run))


def _job(service: Service, client: str, job: str) -> str:
    kept = service.jobs.get(job, client=client)
    reply = service.job("get", job, wait_s=0.0, client=client)
    told = kept.model_dump(mode="json", exclude={"result", "best"})
    request = kept.request | {"puzzles": [_shown(puzzle) for puzzle in kept.request["puzzles"]]}
    return json.dumps({**told, "request": request, "reply": reply.model_dump(mode="json")})


def _shown(puzzle: dict[str, Any]) -> dict[str, Any]:
    """A job's puzzle without what its task keeps to itself; its task alone where that is gone."""
    try:
        adapter, read, _ = read_kept(puzzle)
    except ToolkitError as error:
        return {"task": puzzle.get("task"), "note": str(error)}
    shown: dict[str, Any] = adapter.shown(read).model_dump(mode="json")
    return shown


def _trace(service: Service, client: str, job: str, number: str) -> str:
    traces = service.traces(job, client=client)
    place = _place(number, max(len(traces), 1))
    segments = traces[place - 1] if traces else []
    told = {"job": job, "puzzle": place, "segments": segments}
    if not segments:
        told["note"] = "no segment has been kept: exact search has none"
    return json.dumps(told)


def _picture(
    scene: Callable[..., Scene],
    write: Callable[[Scene], str | bytes],
    service: Service,
    client: str,
    **fields: str,
) -> str | bytes:
    return write(scene(service, client, **fields))


def _network(service: Service, client: str, handle: str) -> str:
    if not is_handle(handle):
        raise InputError(f'"{handle}" is no handle', expected="a handle such as puzzle:7f3a")
    return json.dumps(service.network(handle, client=client))


def _of_handle(service: Service, client: str, handle: str) -> Scene:
    """A handle's puzzle, with what was played on it so far."""
    if not is_handle(handle):
        raise InputError(f'"{handle}" is no handle', expected="a handle such as puzzle:7f3a")
    held = service.handles.get(handle, client=client)
    adapter = get_adapter(held.puzzle.task)
    played = None if held.state is None else adapter.rules.so_far(held.state)
    return _bounded(adapter, held.puzzle, played)


def _of_job(service: Service, client: str, job: str, number: str) -> Scene:
    """A puzzle of a job with its answer, or with the best so far."""
    puzzles = service.jobs.get(job, client=client).request["puzzles"]
    place = _place(number, len(puzzles))
    adapter, puzzle, _ = read_kept(puzzles[place - 1])
    data = service.job("get", job, wait_s=0.0, client=client).data
    if "answer" not in data and "replies" not in data:
        data = data.get("best") or {}
    if "replies" in data:
        data = data["replies"][place - 1]
    return _judged(adapter, puzzle, _drawn(adapter, data.get("answer")))


def _of_segment(service: Service, client: str, job: str, number: str, segment: str) -> Scene:
    """A puzzle of a job with the answer as it stood after a segment that was kept."""
    puzzles = service.jobs.get(job, client=client).request["puzzles"]
    place = _place(number, len(puzzles))
    adapter, puzzle, _ = read_kept(puzzles[place - 1])
    traces = service.traces(job, client=client)
    kept = {str(one["segment"]): one for one in (traces[place - 1] if traces else ())}
    if segment not in kept:
        raise UnknownNameError("segment that was kept with the number", segment, list(kept))
    told, numbers = kept[segment], list(kept)
    answer = _drawn(adapter, told["answer"])
    said = {name: told.get(name, "") for name in ("sure", "hints")}
    at = numbers.index(segment)
    earlier = kept[numbers[at - 1]]["answer"] if at else None
    before = None if earlier is None else _bounded(adapter, puzzle, _drawn(adapter, earlier))
    return _judged(adapter, puzzle, answer, before, **said)


def _drawn(adapter: AnyAdapter, answer: Any) -> Answer | None:
    return None if answer is None else validate(adapter.answer_type, answer)


def _judged(
    adapter: AnyAdapter,
    puzzle: Puzzle,
    answer: Answer | None,
    before: Scene | None = None,
    **said: str,
) -> Scene:
    """The picture, marked where the rules refute the answer, where the network doubts it, and
    where it is another than before."""
    shown = adapter.shown(puzzle)
    drawn = _bounded(adapter, shown, answer)
    if answer is None:
        return drawn
    verdict = adapter.rules.check(shown, answer)
    how: Any = {"hint_words": adapter.codec.hint_words, **said}
    how["at"] = adapter.places(shown) if any(said.values()) else ()
    return marked(drawn, verdict=verdict, before=before, **how)


def _bounded(adapter: AnyAdapter, puzzle: Puzzle, answer: Answer | None) -> Scene:
    drawn = adapter.scene(adapter.shown(puzzle), answer)
    if len(drawn.shapes) > _MOST_SHAPES:
        raise InputError(
            f"the picture has {len(drawn.shapes):,} shapes",
            expected=f"at most {_MOST_SHAPES:,}",
            hint="read it as text: the tool render, or the job",
        )
    return drawn


def _place(number: str, most: int) -> int:
    """The number of a job's puzzle."""
    known = [str(one) for one in range(1, most + 1)]
    if number not in known:
        raise UnknownNameError("puzzle of this job with the number", number, known)
    return int(number)


_to_png = partial(to_png, most=_MOST_PIXELS)
_JOB_DRAWN = "A job's puzzle drawn with its answer, or the best so far; number 1 but for a batch"
_HANDLE_DRAWN = "The puzzle of a handle drawn, with what was played on it"
_KINDS = (
    Kind("task", "tasks/{task}", "How a task's puzzles and answers are written", PLAIN, _task),
    Kind(
        "solver",
        "solvers/{solver}",
        "A trained solver's manifest: rates with n and seed",
        JSON,
        _solver,
    ),
    Kind("runs", "runs", "Names of the training runs that this server was told of", JSON, _runs),
    Kind(
        "run",
        "runs/{run}",
        "A training run's curves as far as it is: loss, exact answers, verified rate by update",
        JSON,
        _run,
    ),
    Kind(
        "job",
        "jobs/{job}",
        "One of your jobs: what was asked, how far it is, what came",
        JSON,
        _job,
    ),
    Kind(
        "trace",
        "jobs/{job}/{number}/trace",
        "What each segment of a job said: halting probability, cells filled, rules broken, the "
        "answer so far; number 1 but for a batch",
        JSON,
        _trace,
    ),
    Kind(
        "job-svg",
        "jobs/{job}/{number}/picture.svg",
        _JOB_DRAWN,
        SVG,
        partial(_picture, _of_job, Scene.svg),
    ),
    Kind(
        "segment-svg",
        "jobs/{job}/{number}/segments/{segment}/picture.svg",
        "A job's puzzle drawn with the answer as it stood after a segment of its trace",
        SVG,
        partial(_picture, _of_segment, Scene.svg),
    ),
    Kind(
        "handle-svg",
        "handles/{handle}/picture.svg",
        _HANDLE_DRAWN,
        SVG,
        partial(_picture, _of_handle, Scene.svg),
    ),
    Kind(
        "network",
        "handles/{handle}/network",
        "For browsers: the network for a handle's puzzle, packed, and the WebAssembly that runs it",
        JSON,
        _network,
    ),
    Kind(
        "job-png",
        "jobs/{job}/{number}/picture.png",
        _JOB_DRAWN,
        PNG,
        partial(_picture, _of_job, _to_png),
    ),
    Kind(
        "handle-png",
        "handles/{handle}/picture.png",
        _HANDLE_DRAWN,
        PNG,
        partial(_picture, _of_handle, _to_png),
    ),
)
