"""A hub of one repository, over HTTP on this machine: what its library asks for, no more."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import unquote, urlsplit

COMMIT = "c0ffee" + 34 * "0"


class Hub(ThreadingHTTPServer):
    """What the repository holds, and what was asked of it.

    Attributes:
        files: by name; None while there is no repository.
        private: whether it is.
        sizes: told in place of the files' own.
        refuses: a status that every request gets, and the library's code for it.
        asked: method and path of each request.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] | None = None
        self.private = True
        self.sizes: dict[str, int] = {}
        self.refuses: tuple[int, str] | None = None
        self.asked: list[tuple[str, str]] = []

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}"

    def fetched(self) -> list[str]:
        """Names of the files whose content was asked for."""
        got = (path for method, path in self.asked if method == "GET" and "/resolve/" in path)
        return [path.split("/")[-1] for path in got]


@contextmanager
def running() -> Iterator[Hub]:
    """A hub that listens while it is used."""
    with Hub() as hub:
        thread = Thread(target=hub.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield hub
        finally:
            hub.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        hub, path = self._asked()
        last = unquote(path.split("/")[-1])
        if hub.refuses is not None:
            self._fail(*hub.refuses)
        elif hub.files is None:
            self._fail(404, "RepoNotFound")
        elif "/resolve/" in path:
            self._file(hub.files.get(last))
        elif "/revision/" in path and last not in ("main", COMMIT):
            self._fail(404, "RevisionNotFound")
        else:
            self._describe(hub, hub.files)

    do_HEAD = do_GET  # noqa: N815

    def _describe(self, hub: Hub, files: dict[str, bytes]) -> None:
        siblings = [
            {"rfilename": name, "size": hub.sizes.get(name, len(data))}
            for name, data in files.items()
        ]
        facts = {"id": "me/maze", "sha": COMMIT, "private": hub.private}
        self._say({**facts, "siblings": siblings})

    def do_POST(self) -> None:
        hub, path = self._asked()
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if hub.refuses is not None:
            self._fail(*hub.refuses)
        elif path == "/api/repos/create":
            self._create(json.loads(body))
        elif path == "/api/validate-yaml":
            self._say({"errors": [], "warnings": []})
        elif "/preupload/" in path:
            asked = json.loads(body)["files"]
            plain = {"uploadMode": "regular", "shouldIgnore": False}
            self._say({"files": [{"path": file["path"], **plain} for file in asked]})
        else:
            self._commit([json.loads(line) for line in body.splitlines()])

    def _asked(self) -> tuple[Hub, str]:
        path = urlsplit(self.path).path
        self.server.asked.append((self.command, path))
        return self.server, path

    def _create(self, asked: dict[str, Any]) -> None:
        made = self.server.files is None
        if made:
            self.server.files = {".gitattributes": b""}
            self.server.private = asked.get("private", asked.get("visibility") == "private")
        said = {"url": f"{self.server.url}/me/maze", "name": "me/maze"}
        self._send(200 if made else 409, json.dumps(said).encode(), {})

    def _commit(self, lines: list[dict[str, Any]]) -> None:
        files = self.server.files
        assert files is not None
        for line in lines:
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "deletedFile":
                del files[value["path"]]
        self._say({"commitUrl": f"{self.server.url}/me/maze/commit/{COMMIT}", "commitOid": COMMIT})

    def _file(self, data: bytes | None) -> None:
        if data is None:
            self._fail(404, "EntryNotFound")
            return
        headers = {"ETag": f'"{hashlib.sha1(data).hexdigest()}"', "X-Repo-Commit": COMMIT}  # noqa: S324
        self._send(200, data, headers)

    def _say(self, data: Any) -> None:
        self._send(200, json.dumps(data).encode(), {"Content-Type": "application/json"})

    def _fail(self, status: int, code: str) -> None:
        self._send(status, b"{}", {"X-Error-Code": code} if code else {})

    def _send(self, status: int, data: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(data))}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)
