"""A server of its own process, and what can be done to it: for ``faults.py``.

Run as a script it is that server: ``victim.py CLOCK ARGUMENTS...`` is ``hrm-toolkit ARGUMENTS...``
with the wall clock, and no other, put forward by the seconds that stand in the file CLOCK.
"""

from __future__ import annotations

import errno
import faulthandler
import mmap
import os
import resource
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import httpx

_PATIENCE = 180.0
_KEPT_SECONDS = 20.0
_STALL_SECONDS = 10.0
_STORE_BYTES = 512 << 20


class Disk:
    """A folder on a disk of its own that can be filled up.

    Without the right to mount one, the server is forbidden to make files longer instead.

    Attributes:
        kind: which of the two it is.
        full_until: reading of ``time.monotonic`` when what could not be written is.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        mounting = ["mount", "-t", "tmpfs", "-o", f"size={_STORE_BYTES}", "tmpfs", str(folder)]
        mounted = (
            os.geteuid() == 0
            and not subprocess.run(mounting, check=False, capture_output=True).returncode
        )
        self.kind = "a full tmpfs" if mounted else "no right to mount a disk: a file-size limit"
        self._mounted = mounted
        self.full_until = 0.0

    def fill(self, pid: int) -> None:
        """No more can be written from now on."""
        self.full_until = float("inf")
        if not self._mounted:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
            return
        with (self.folder / "ballast").open("ab", buffering=0) as ballast:
            for size in (1 << 20, 1 << 12, 1):
                try:
                    while True:
                        ballast.write(bytes(size))
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise

    def free(self, pid: int) -> None:
        """There is room again."""
        if not self._mounted:
            forever = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, forever)
        (self.folder / "ballast").unlink(missing_ok=True)
        self.full_until = time.monotonic() + _KEPT_SECONDS

    def close(self) -> None:
        """Take the disk away with all that is on it."""
        if self._mounted:
            subprocess.run(["umount", "-l", str(self.folder)], check=False)  # noqa: S607


class Victim:
    """A server that is killed and started again over one file of jobs.

    Attributes:
        url: its address, the same for all its lives.
        faults: lines of its log that speak of a fault of its own.
        stalls: times that none of its threads ran for ten seconds.
        is_ready: whether it has said so.
        refused: starts that ended at once, for want of disk.
        memory: of each life, seconds since its start and resident MiB, as sampled.
    """

    def __init__(self, folder: Path) -> None:
        self.disk = Disk(folder / "store")
        self.jobs = self.disk.folder / "jobs.sqlite"
        self._log = (folder / "server.log").open("ab", buffering=0)
        self._clock = folder / "clock"
        self._clock.write_bytes(struct.pack("d", 0.0))
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"
        self.faults: list[str] = []
        self.refused, self.stalls, self.is_ready = 0, 0, False
        self.memory: list[list[tuple[float, float]]] = []
        self._began, self._last_line = 0.0, b""
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def life(self) -> int:
        """How often it was started."""
        return len(self.memory)

    @property
    def full(self) -> bool:
        """Whether its disk is full, or was a moment ago."""
        return time.monotonic() < self.disk.full_until

    @property
    def pid(self) -> int:
        """Of the life it has now."""
        if self._server is None:
            raise RuntimeError("the server has not been started")
        return self._server.pid

    def start(self) -> None:
        """Begin a life."""
        where = ["serve", "--http", f"127.0.0.1:{self._port}", "--jobs", str(self.jobs)]
        command = [sys.executable, __file__, str(self._clock), *where, "--full", "--drain", "5"]
        self._server = subprocess.Popen(
            command, stderr=subprocess.PIPE, env={**os.environ, "OMP_NUM_THREADS": "1"}
        )
        self._began = time.monotonic()
        self.is_ready = False
        self.memory.append([])
        threading.Thread(target=self._listen, args=(self._server,), daemon=True).start()

    def ready(self) -> None:
        """Wait until it takes work; where it has ended itself, start it again."""
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            if self._server is None or self._server.poll() is not None:
                # It cannot begin on a full disk.
                self.refused += 1
                time.sleep(0.5)
                self.start()
            with suppress(httpx.TransportError):
                if httpx.get(f"{self.url}/readyz", timeout=_PATIENCE).status_code == 200:
                    self.is_ready = True
                    return
            time.sleep(0.05)
        said = (self._last_line or b"nothing").decode(errors="replace").strip()
        raise RuntimeError(f"the server did not become ready; the last it said: {said}")

    def kill(self, sign: int = signal.SIGKILL) -> int:
        """End its life; its exit status."""
        self.is_ready = False
        if self._server is None:
            return 0
        with suppress(ProcessLookupError):
            self._server.send_signal(sign)
        return self._server.wait(_PATIENCE)

    def jump(self, seconds: float) -> None:
        """Put its wall clock so far from the true one."""
        with self._clock.open("r+b") as file:
            file.write(struct.pack("d", seconds))

    def sample(self) -> None:
        """Note how much memory it has."""
        with suppress(OSError, StopIteration):
            lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
            kib = next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
            self.memory[-1].append((time.monotonic() - self._began, kib / 1024))

    def close(self) -> None:
        """End it and remove its disk."""
        self.kill()
        self.disk.close()
        self._log.close()

    def _listen(self, server: subprocess.Popen[bytes]) -> None:
        for line in server.stderr or ():
            with suppress(ValueError):
                self._log.write(line)
            self._last_line = line
            self.stalls += line.startswith(b"Timeout (")
            if b"ERROR hrm_toolkit" in line or b"Traceback" in line:
                self.faults.append(line.decode(errors="replace").strip())


def _expect_to_run() -> None:
    """Where no thread can run for long, have it written down what each is at."""
    while True:
        faulthandler.dump_traceback_later(_STALL_SECONDS)
        time.sleep(1.0)


def _serve(clock: str, *arguments: str) -> int:
    with Path(clock).open("rb") as file:
        offset = mmap.mmap(file.fileno(), 8, prot=mmap.PROT_READ)
    true = time.time
    time.time = lambda: true() + struct.unpack("d", offset[:8])[0]
    threading.Thread(target=_expect_to_run, daemon=True).start()

    from hrm_toolkit.cli import main

    return main(list(arguments))


if __name__ == "__main__":
    sys.exit(_serve(*sys.argv[1:]))
