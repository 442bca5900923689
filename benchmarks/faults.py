"""Many clients at a server that is killed, starved of disk and lied to about the time.

::

    python benchmarks/faults.py [--minutes 3] [--clients 64] [--seed 0] [--json FILE]

``hrm-toolkit serve --http`` runs in a process of its own, with its jobs in a file. Clients ask for
puzzles of every bundle, as calls that wait and as jobs, one by one and in batches; they poll,
follow, cancel, hang up in the midst of things, and send what is malformed or too large. Meanwhile
the server is killed (SIGKILL, now and then SIGTERM, sometimes as it starts) and started again over
the same file, its disk fills up, and its wall clock jumps. In the last third it is killed no more,
so that growth of its memory would show.

What must hold, or else the exit status is 1:

- each job that the server accepted comes to an end that its client can read, and keeps it;
- each answer called solved is accepted by the rules, checked by the client; no puzzle that has an
  answer is called unsolvable;
- no request is answered with status 500, and the server's log has no fault of its own;
- the file of jobs is whole at the end, with no job open in it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from pool import make_pool
from tally import Known, Tally
from troublemaker import Client
from victim import Victim

_DAY = 86_400.0
_JUMPS = (-10 * 365 * _DAY, -_DAY, -3_600.0, -5.0, 0.0, 5.0, 3_600.0, _DAY, 10 * 365 * _DAY)
_AUDITED = 500


class Fate:
    """What befalls the server. Each kind of trouble has times of its own."""

    def __init__(self, victim: Victim, rng: np.random.Generator, seconds: float) -> None:
        self._victim, self._rng, self._seconds = victim, rng, seconds
        self._began = time.monotonic()
        self.counts: Counter[str] = Counter()

    @property
    def _left(self) -> float:
        return self._began + self._seconds - time.monotonic()

    async def strike(self) -> None:
        """All of it, until the time is over; then the server is well again."""
        async with asyncio.TaskGroup() as group:
            for trouble in (self._kill, self._fill, self._jump, self._watch):
                group.create_task(trouble())
        self._victim.disk.free(self._victim.pid)
        self._victim.jump(0.0)

    async def _pause(self, mean: float) -> bool:
        """Wait about so long; false when the time is over before."""
        seconds = float(self._rng.uniform(0.4, 1.6)) * mean
        await asyncio.sleep(max(min(seconds, self._left), 0.0))
        return self._left > 5

    async def _kill(self) -> None:
        while await self._pause(self._seconds / 10) and self._left > self._seconds / 3:
            again = self._rng.random() < 0.25
            gently = not again and self._rng.random() < 0.25
            sign = signal.SIGTERM if gently else signal.SIGKILL
            status = await asyncio.to_thread(self._victim.kill, sign)
            self.counts[f"{sign.name} to the server, exit status {status}"] += 1
            self._victim.start()
            if again:
                await asyncio.sleep(float(self._rng.uniform(0, 5)))
                await asyncio.to_thread(self._victim.kill)
                self.counts["SIGKILL to the server while it starts"] += 1
                self._victim.start()
            await asyncio.to_thread(self._victim.ready)

    async def _fill(self) -> None:
        while await self._pause(self._seconds / 12):
            await asyncio.to_thread(self._victim.disk.fill, self._victim.pid)
            await asyncio.sleep(float(self._rng.uniform(2, 8)))
            self._victim.disk.free(self._victim.pid)
            self.counts["full disk"] += 1

    async def _jump(self) -> None:
        while await self._pause(self._seconds / 40):
            self._victim.jump(float(self._rng.choice(_JUMPS)))
            self.counts["jump of the wall clock"] += 1

    async def _watch(self) -> None:
        while self._left > 1:
            self._victim.sample()
            await asyncio.sleep(1.0)


async def trouble(victim: Victim, options: argparse.Namespace) -> tuple[Tally, Fate]:
    """The whole of it: clients and fate, then the audit of every job."""
    tally, pool = Tally(victim), make_pool(options.seed)
    seconds = options.minutes * 60
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=options.clients)
    async with httpx.AsyncClient(base_url=victim.url, timeout=120.0, limits=limits) as web:
        fate = Fate(victim, np.random.default_rng([options.seed, 0]), seconds)
        until = time.monotonic() + seconds
        clients = [
            Client(f"c{number}", web, np.random.default_rng([options.seed, 1, number]), pool, tally)
            for number in range(options.clients)
        ]
        async with asyncio.TaskGroup() as group:
            group.create_task(fate.strike())
            lag = group.create_task(own_lag(until))
            for client in clients:
                group.create_task(client.live(until))
        tally.own_lag = lag.result()
        by_name = {client.name: client for client in clients}
        await audit(by_name, tally, np.random.default_rng([options.seed, 2]))
    return tally, fate


async def own_lag(until: float) -> list[float]:
    """By how much this process itself is late: overruns include it."""
    lags = []
    while time.monotonic() < until:
        began = time.monotonic()
        await asyncio.sleep(0.1)
        lags.append(time.monotonic() - began - 0.1)
    return lags


async def audit(clients: dict[str, Client], tally: Tally, rng: np.random.Generator) -> None:
    """Ask for the end of every job whose end is not known, and for some ends once more."""
    known = list(tally.jobs.items())
    still_open = [item for item in known if item[1].final is None]
    recent = [item for item in known if item[1].final is not None][-2 * _AUDITED :]
    places = rng.permutation(len(recent))[:_AUDITED]
    again = [recent[place] for place in places]
    turns = asyncio.Semaphore(16)

    async def ask(id: str, job: Known) -> None:
        async with turns:
            for _ in range(10):
                reply = await clients[job.client].poll(id, 30.0, kind="audit")
                if reply is not None and reply["status"] != "running":
                    return

    await asyncio.gather(*(ask(*item) for item in (*still_open, *again)))


def read_store(path: Path, last: set[str]) -> dict[str, Any]:
    """What the file of jobs holds in the end.

    Args:
        last: jobs of the last life, whose times no new start has set.
    """
    with sqlite3.connect(path) as db:
        (whole,) = db.execute("PRAGMA integrity_check").fetchone()
        by_status = dict(db.execute("SELECT status, count(*) FROM jobs GROUP BY status"))
        times = db.execute("SELECT id, updated - created FROM jobs WHERE status = 'done'")
        longest = max((seconds for id, seconds in times if id in last), default=0.0)
    return {
        "integrity": whole,
        "jobs": by_status,
        "MiB": round(path.stat().st_size / (1 << 20)),
        "longest job of the last life, s": longest,
    }


def spread(values: list[float]) -> dict[str, float]:
    """Median, high quantiles and the most of some seconds."""
    if not values:
        return {}
    points = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "p99.9": 0.999, "max": 1.0}
    return {name: round(float(np.quantile(values, q)), 3) for name, q in points.items()}


def memory_of(life: list[tuple[float, float]]) -> dict[str, float]:
    """A life's seconds, and its resident MiB: middle of each quarter, and the most."""
    quarters = np.array_split(np.array([mib for _, mib in life]), 4)
    middles = {f"q{n}": round(float(np.median(q)), 1) for n, q in enumerate(quarters, 1) if len(q)}
    return {"seconds": round(life[-1][0]), **middles, "max": round(max(m for _, m in life), 1)}


def report_of(
    tally: Tally, fate: Fate, victim: Victim, options: argparse.Namespace
) -> dict[str, Any]:
    """All that was counted, as JSON values."""
    ends = Counter(job.final or "lost" for job in tally.jobs.values())
    last = {id for id, job in tally.jobs.items() if job.life == victim.life}
    return {
        "minutes": options.minutes,
        "clients": options.clients,
        "seed": options.seed,
        "requests": sum(tally.outcomes.values()),
        "outcomes": {f"{kind}: {end}": n for (kind, end), n in sorted(tally.outcomes.items())},
        "troubles": {
            **dict(fate.counts),
            "starts refused for want of disk": victim.refused,
            "disk": victim.disk.kind,
        },
        "accepted jobs": len(tally.jobs),
        "their ends": dict(ends),
        "lost jobs": ends["lost"],
        "changed ends": dict(tally.changed),
        "answers called solved": tally.solved,
        "of them wrong": tally.wrong,
        "calls with wait_s while ready": len(tally.overruns),
        "overrun of wait_s, s": spread(tally.overruns),
        "lateness of the clients' own process, s": spread(tally.own_lag),
        "memory of each life, MiB": [memory_of(life) for life in victim.memory if life],
        "stalls of the server, 10 s": victim.stalls,
        "faults in the log": victim.faults[:20],
        "store": read_store(victim.jobs, last),
    }


def failures(report: dict[str, Any]) -> list[str]:
    """What did not hold."""
    left = set(report["store"]["jobs"]) & {"queued", "running"}
    checks = {
        "jobs were lost": report["lost jobs"],
        "ends changed": [end for end in report["changed ends"] if "full disk" not in end],
        "answers were wrong": report["of them wrong"],
        "requests had status 500": [end for end in report["outcomes"] if ": 500" in end],
        "the log has faults": report["faults in the log"],
        "the store is not whole": report["store"]["integrity"] != "ok",
        "jobs are still open": left,
    }
    return [what for what, found in checks.items() if found]


def show(report: dict[str, Any]) -> None:
    """The table."""
    for name, value in report.items():
        if isinstance(value, dict):
            print(f"{name}:")
            for key, part in value.items():
                print(f"    {key:<58} {part}")
        elif isinstance(value, list):
            print(f"{name}:")
            for part in value:
                print(f"    {part}")
        else:
            print(f"{name:<62} {value}")


def main(arguments: list[str]) -> int:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="also write the report to this file")
    parser.add_argument("--log", type=Path, help="keep the server's log in this file")
    options = parser.parse_args(arguments)
    # Ended from outside, it still ends the server and takes the disk away.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory() as folder:
        victim = Victim(Path(folder))
        try:
            victim.start()
            victim.ready()
            tally, fate = asyncio.run(trouble(victim, options))
            status = victim.kill(signal.SIGTERM)
            report = report_of(tally, fate, victim, options) | {"last exit status": status}
        finally:
            victim.close()
            if options.log is not None:
                options.log.write_bytes((Path(folder) / "server.log").read_bytes())
    failed = failures(report)
    report["failed"] = failed
    show(report)
    text = json.dumps(report)
    print(text)
    if options.json is not None:
        options.json.write_text(text + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
