"""The record of a planner's run: a JSON line for each thing that happened, as it happens."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import IO, Any

from hrm_toolkit.core.errors import StorageError


class Record:
    """Appends JSON lines to a file; each is there before the next thing is done.

    Args:
        path: the file, begun if it is not there; None records nothing.

    Raises:
        StorageError: when it cannot be written.

    Attributes:
        fault: why the record ends early, or None.
    """

    def __init__(self, path: str | os.PathLike[str] | None) -> None:
        self.path = None if path is None else Path(path)
        self.fault: str | None = None
        self._file: IO[str] | None = None
        self._began = time.monotonic()
        if self.path is not None:
            try:
                self._file = self.path.open("a", encoding="utf-8", errors="replace")
            except OSError as error:
                raise StorageError(
                    f"the record cannot be written: {error.strerror}",
                    path=str(path),
                    hint="name a file in a folder that exists",
                ) from None

    def write(self, kind: str, **fields: Any) -> None:
        """Add a line; a run that costs money goes on where the disk is full, and says so."""
        if self._file is None:
            return
        line = {"kind": kind, "at": round(time.monotonic() - self._began, 4), **fields}
        try:
            self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
            self._file.flush()
        except OSError as error:
            self.fault = f"the record {self.path} ends early: {error.strerror}"
            self.close()

    def close(self) -> None:
        """Close the file."""
        file, self._file = self._file, None
        if file is not None:
            try:
                file.close()
            except OSError as error:
                self.fault = self.fault or f"the record {self.path} ends early: {error.strerror}"
