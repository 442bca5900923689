"""Clients that ask, poll, cancel, hang up and talk nonsense: for ``faults.py``."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Sequence
from typing import Any, ClassVar

import httpx
import numpy as np
from pool import Asked
from tally import Known, Tally

_OVERSIZE = 5 << 20
_PATIENCE = 30.0


class Client:
    """One client; ``live`` does one thing after another."""

    WAYS: ClassVar = {
        "solve": 26,
        "begin": 16,
        "batch": 6,
        "get": 22,
        "follow": 8,
        "cancel": 5,
        "check": 6,
        "play": 4,
        "list": 2,
        "nonsense": 4,
        "hang_up": 4,
    }

    def __init__(
        self,
        name: str,
        web: httpx.AsyncClient,
        rng: np.random.Generator,
        pool: Sequence[Asked],
        tally: Tally,
    ) -> None:
        self.name = name
        self._web, self._rng, self._pool, self._tally = web, rng, pool, tally
        self._open: dict[str, Known] = {}

    async def live(self, until: float) -> None:
        """Do as it likes until the time is over."""
        ways, weights = zip(*self.WAYS.items(), strict=True)
        chances = np.array(weights) / sum(weights)
        while time.monotonic() < until:
            await getattr(self, "_" + str(self._rng.choice(ways, p=chances)))()

    async def poll(self, id: str, wait_s: float, *, kind: str = "get job") -> dict[str, Any] | None:
        """Ask for a job."""
        return await self._send(kind, "GET", f"/v1/jobs/{id}?wait_s={wait_s}", wait_s=wait_s)

    async def _solve(self) -> None:
        await self._ask_one(float(self._rng.choice([0.2, 1.0, 4.0, 10.0])))

    async def _begin(self) -> None:
        await self._ask_one(0.0)

    async def _ask_one(self, wait_s: float) -> None:
        asked = self._draw()
        body = self._options(asked) | {"puzzle": asked.text, "wait_s": wait_s}
        await self._call("solve", body, [asked], wait_s)

    async def _batch(self) -> None:
        asked = [self._draw() for _ in range(int(self._rng.integers(2, 17)))]
        wait_s = float(self._rng.choice([0.0, 2.0]))
        body = {"puzzles": [one.text for one in asked], "wait_s": wait_s}
        await self._call("batch", body, asked, wait_s)

    async def _get(self) -> None:
        if id := self._pick():
            await self.poll(id, float(self._rng.choice([0.0, 1.0, 5.0])))

    async def _cancel(self) -> None:
        if id := self._pick():
            await self._send("cancel job", "DELETE", f"/v1/jobs/{id}")

    async def _list(self) -> None:
        await self._send("list jobs", "GET", "/v1/jobs")

    async def _check(self) -> None:
        """A right answer, or a wrong one: the first of another puzzle of the task."""
        asked = self._draw(solvable=True)
        other = next(o for o in self._pool if o.adapter is asked.adapter)
        right = bool(asked.adapter.rules.check(asked.puzzle, other.answer))
        body = {"puzzle": asked.text, "answer": other.answer.model_dump_json()}
        reply = await self._call("verify", body)
        if reply is not None and not (reply["status"] == "error" or right):
            self._tally.wrong += reply["status"] == "solved"
        reply = await self._call("verify", {**body, "answer": asked.answer.model_dump_json()})
        if reply is not None and reply["status"] != "error":
            self._tally.wrong += reply["status"] != "solved"

    async def _play(self) -> None:
        """By handle: load it, look at it, explain it, make a few."""
        loaded = await self._call("load_puzzle", {"puzzle": self._draw().text})
        if loaded is None or loaded["status"] != "ok":
            return
        handle = loaded["data"]["handle"]
        tool = str(self._rng.choice(["step", "render", "explain"]))
        await self._call(tool, {"state" if tool == "step" else "puzzle": handle})
        await self._call("generate", {"task": "maze", "size": 9, "count": 2})

    async def _follow(self) -> None:
        """Read events; every other time hang up in their midst."""
        if not (id := self._pick()):
            return
        stay = self._rng.random() < 0.5
        until = time.monotonic() + (_PATIENCE if stay else self._rng.uniform(0, 2))
        end = "hung up"
        try:
            async with self._web.stream(
                "GET", f"/v1/jobs/{id}/events", headers=self._headers
            ) as stream:
                kind = ""
                async for line in stream.aiter_lines():
                    if line.startswith("event: "):
                        kind = line[7:]
                    elif kind == "reply" and line.startswith("data: "):
                        end = "reply"
                        self._take(json.loads(line[6:]))
                    if time.monotonic() > until:
                        break
        except httpx.HTTPError:
            end = "server away"
        self._tally.outcomes["follow job", end] += 1

    async def _nonsense(self) -> None:
        """What cannot be read, is no call, or is too large."""
        path = "/v1/tools/solve"
        puzzle = self._draw().text
        deep = b"[" * 100_000
        bodies: list[tuple[str, bytes, str]] = [
            (path, b'{"puzzle": ', "application/json"),
            (path, b"\xff\xfe", "application/json"),
            (path, deep, "application/json"),
            (path, b"{}", "text/plain"),
            (path, json.dumps({"puzzle": puzzle, "wait": 1}).encode(), "application/json"),
            (path, json.dumps({"puzzle": puzzle, "wait_s": -1}).encode(), "application/json"),
            (path, json.dumps({"puzzle": "." * 250_000}).encode(), "application/json"),
            (path, bytes(_OVERSIZE), "application/json"),
            ("/v1/tools/slove", b"{}", "application/json"),
            ("/v1/jobs/../../etc", b"", "application/json"),
        ]
        path, body, kind = bodies[int(self._rng.integers(len(bodies)))]
        headers = {"content-type": kind}
        await self._send("nonsense", "POST", path, content=body, headers=headers)
        await self._raw()

    async def _raw(self) -> None:
        """Bytes that are no request, or half of one."""
        head = b"POST /v1/tools/solve HTTP/1.1\r\nhost: 127.0.0.1\r\n"
        said = [
            self._rng.bytes(200) + b"\r\n\r\n",
            head + b"x: " + b"x" * 100_000 + b"\r\n\r\n",
            head + b"content-length: -5\r\n\r\n",
            head + b"transfer-encoding: chunked\r\n\r\nzz\r\n\r\n",
            head + b"content-type: application/json\r\ncontent-length: 500\r\n\r\n{",
        ][int(self._rng.integers(5))]
        url = self._web.base_url
        end = "server away"
        with contextlib.suppress(OSError, TimeoutError, ValueError):
            reader, writer = await asyncio.open_connection(url.host, url.port)
            try:
                writer.write(said)
                await writer.drain()
                # Half a request is left hanging: it is hung up on after a moment.
                line = await asyncio.wait_for(reader.readline(), self._rng.uniform(0.2, 12))
                end = line.decode("latin-1").strip()[9:12] or "closed"
            except TimeoutError:
                end = "hung up"
            finally:
                writer.close()
        self._tally.outcomes["broken request", end] += 1

    async def _hang_up(self) -> None:
        """Ask, and go before the answer comes: what was begun goes on without its client."""
        asked = self._draw()
        body = {"puzzle": asked.text, "wait_s": 10.0}
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(float(self._rng.uniform(0.01, 1.0))):
                await self._call("solve", body, [asked])
                return
        self._tally.outcomes["solve", "hung up"] += 1

    async def _call(
        self,
        tool: str,
        body: dict[str, Any],
        asked: Sequence[Asked] = (),
        wait_s: float | None = None,
    ) -> dict[str, Any] | None:
        return await self._send(
            tool, "POST", f"/v1/tools/{tool}", json=body, asked=asked, wait_s=wait_s
        )

    async def _send(
        self,
        kind: str,
        method: str,
        path: str,
        *,
        asked: Sequence[Asked] = (),
        wait_s: float | None = None,
        headers: dict[str, str] | None = None,
        **options: Any,
    ) -> dict[str, Any] | None:
        """The reply, counted and judged; None where there is none."""
        began, ready = time.monotonic(), self._tally.server.is_ready
        try:
            response = await self._web.request(
                method, path, headers=self._headers | (headers or {}), **options
            )
        except httpx.HTTPError:
            self._tally.outcomes[kind, "server away"] += 1
            await asyncio.sleep(0.3)
            return None
        seconds = time.monotonic() - began
        try:
            reply: dict[str, Any] = response.json()
        except ValueError:
            # The web server's own words: counted, and judged by their status.
            self._tally.outcomes[kind, f"{response.status_code} {response.text[:60]!r}"] += 1
            return None
        self._tally.outcomes[kind, f"{response.status_code} {reply['status']}"] += 1
        # A job that failed may be told of with any status.
        self._take(reply, asked)
        if response.status_code == 200:
            if wait_s is not None and ready and self._tally.server.is_ready:
                self._tally.overruns.append(seconds - wait_s)
        elif response.status_code in (429, 503):
            await asyncio.sleep(0.2)
        return reply

    def _take(self, reply: dict[str, Any], asked: Sequence[Asked] = ()) -> None:
        job = self._tally.take(reply, self.name, asked)
        if job is None:
            return
        if job.final is None:
            self._open[job.id] = job
        else:
            self._open.pop(job.id, None)

    def _draw(self, solvable: bool = False) -> Asked:
        asked = self._pool[int(self._rng.integers(len(self._pool)))]
        return self._draw(solvable) if solvable and not asked.solvable else asked

    def _options(self, asked: Asked) -> dict[str, Any]:
        strategy = str(self._rng.choice(["verified", "neural", "exact"], p=[0.5, 0.3, 0.2]))
        return {
            "strategy": strategy,
            "solver": None if strategy == "exact" else asked.solver,
            "segments": int(self._rng.choice([4, 16])),
            "votes": int(self._rng.choice([1, 1, 3])),
            "seed": int(self._rng.integers(1_000)),
        }

    def _pick(self) -> str | None:
        """One of its jobs: mostly one of which it knows no end."""
        if self._open and self._rng.random() < 0.9:
            return list(self._open)[int(self._rng.integers(len(self._open)))]
        mine = [id for id, job in list(self._tally.jobs.items())[-500:] if job.client == self.name]
        return mine[int(self._rng.integers(len(mine)))] if mine else None

    @property
    def _headers(self) -> dict[str, str]:
        return {"x-client-id": self.name}
