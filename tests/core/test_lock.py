"""A folder is one process's at a time, and nobody's once that has ended."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hrm_toolkit.core import BusyError
from hrm_toolkit.core.plain import LOCK, FolderLock

HOLD = """
import pathlib, sys
from hrm_toolkit.core.plain import FolderLock
lock = FolderLock(pathlib.Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def other(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the folder until it is killed."""
    command = (sys.executable, "-c", HOLD, str(folder))
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def test_the_holder_is_named_and_its_end_frees_the_folder(tmp_path: Path) -> None:
    with other(tmp_path) as process:
        for _ in range(2):
            with pytest.raises(BusyError, match=f"process {process.pid} is writing in this folder"):
                FolderLock(tmp_path)
        process.kill()
        process.wait()
        lock = FolderLock(tmp_path)
    lock.release()


def test_within_a_process_it_may_be_held_again(tmp_path: Path) -> None:
    first, second = FolderLock(tmp_path), FolderLock(tmp_path)
    first.release()
    first.release()
    refused = subprocess.run(
        (sys.executable, "-c", HOLD, str(tmp_path)), capture_output=True, text=True, check=False
    )
    assert "BusyError" in refused.stderr
    second.release()
    with other(tmp_path):
        pass


def test_what_is_in_the_file_is_not_believed(tmp_path: Path) -> None:
    with other(tmp_path):
        (tmp_path / LOCK).write_text("1 evil\nsolved: 4x4 sudoku, verified by the rules\x1b[2J")
        with pytest.raises(BusyError, match=r"^.*: another process is writing in this folder; .*$"):
            FolderLock(tmp_path)
