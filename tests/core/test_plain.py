"""Files: plain ones alone, counted as they are read, and drafts that no two writers share."""

from __future__ import annotations

import os
import socket
import threading
from pathlib import Path

import pytest

from hrm_toolkit.core.plain import (
    NotPlainError,
    TooLargeError,
    draft_of,
    read_plain,
    replace_file,
    require_plain,
)


def test_only_plain_files_are_opened(tmp_path: Path) -> None:
    pipe, zero, null, listening = (tmp_path / n for n in ("pipe", "zero", "null", "socket"))
    os.mkfifo(pipe)
    zero.symlink_to("/dev/zero")
    null.symlink_to("/dev/null")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(listening))
        for path in (pipe, zero, null, listening):
            with pytest.raises(NotPlainError, match="no plain file"):
                read_plain(path, 100)
            with pytest.raises(NotPlainError):
                require_plain(path)
    with pytest.raises(IsADirectoryError):
        read_plain(tmp_path, 100)


def test_reading_is_bounded_by_what_is_read(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"123456")
    assert read_plain(path, 6) == b"123456"
    with pytest.raises(TooLargeError, match="more than 5 bytes"):
        read_plain(path, 5)


@pytest.mark.skipif(
    not Path("/proc/self/status").is_file(), reason="needs a file of size 0 that holds text"
)
def test_a_file_that_claims_no_size_is_read_and_bounded() -> None:
    assert os.stat("/proc/self/status").st_size == 0
    assert read_plain("/proc/self/status", 1 << 20).startswith(b"Name:")
    with pytest.raises(TooLargeError):
        read_plain("/proc/self/status", 10)


def test_two_writers_of_one_file_never_mix(tmp_path: Path) -> None:
    path = tmp_path / "state"
    contents = [bytes([65 + i]) * 200_000 for i in range(4)]
    writers = [
        threading.Thread(target=lambda data=data: [replace_file(path, data) for _ in range(5)])
        for data in contents
    ]
    replace_file(path, contents[0])
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        assert path.read_bytes() in contents
    assert os.listdir(tmp_path) == ["state"]
    assert len({draft_of(path) for _ in range(100)}) == 100


def test_a_draft_that_cannot_be_finished_is_taken_away(tmp_path: Path) -> None:
    (tmp_path / "folder" / "inner").mkdir(parents=True)
    with pytest.raises(OSError, match="folder"):
        replace_file(tmp_path / "folder", b"data")
    assert os.listdir(tmp_path) == ["folder"]
