"""Replies as HTTP responses."""

from __future__ import annotations

from starlette.responses import JSONResponse

from hrm_toolkit.planner.reply import Reply

STATUSES = {
    "bad_input": 422,
    "bad_option": 422,
    "unknown_name": 422,
    "bad_bundle": 422,
    "busy": 429,
    "storage": 503,
    "worker_failed": 503,
}
"""HTTP statuses by the codes of errors; another error is a fault of the server, 500."""


def answer(reply: Reply, status: int | None = None) -> JSONResponse:
    """A reply as an HTTP response.

    Example:
        >>> answer(Reply.of("refuted", "row 1 has two 5s")).status_code
        200
    """
    if status is None:
        status = STATUSES.get(reply.data["error"]["code"], 500) if reply.is_error else 200
    headers = {"retry-after": "1"} if status in (429, 503) else None
    return JSONResponse(reply.model_dump(mode="json"), status, headers)
