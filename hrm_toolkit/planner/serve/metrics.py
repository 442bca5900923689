"""Counts and times of a server, in Prometheus's text format."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Mapping

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)
_PREFIX = "hrm_toolkit_"


class Metrics:
    """What a server has answered; thread-safe.

    Labels come from closed sets (routes, methods, tools, statuses), so that callers cannot make
    it grow.

    Example:
        >>> metrics = Metrics()
        >>> metrics.replied("solve", "solved")
        >>> print(metrics.text({"open_jobs": 0}).splitlines()[-1])
        hrm_toolkit_open_jobs 0
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: Counter[tuple[str, str, str]] = Counter()
        self._replies: Counter[tuple[str, str]] = Counter()
        self._buckets: dict[str, list[int]] = defaultdict(lambda: [0] * (len(_BOUNDS) + 1))
        self._seconds: dict[str, float] = defaultdict(float)

    def requested(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request that was answered.

        Args:
            method: of HTTP.
            route: its pattern, not the path asked for.
            status: of HTTP.
            seconds: from the first byte of the request to the last of the answer.
        """
        with self._lock:
            self._requests[method, route, str(status)] += 1
            self._buckets[route][bisect_left(_BOUNDS, seconds)] += 1
            self._seconds[route] += seconds

    def replied(self, tool: str, status: str) -> None:
        """Count a tool's reply by its status."""
        with self._lock:
            self._replies[tool, status] += 1

    def text(self, gauges: Mapping[str, float]) -> str:
        """All of it, with what is measured at the moment."""
        with self._lock:
            lines = _family("http_requests_total", "counter", "Requests answered.")
            for (method, route, status), count in sorted(self._requests.items()):
                labels = _labels(method=method, route=route, status=status)
                lines.append(f"{_PREFIX}http_requests_total{labels} {count}")
            lines += _family("http_request_seconds", "histogram", "Seconds to answer a request.")
            for route in sorted(self._buckets):
                lines += self._histogram(route)
            lines += _family("tool_replies_total", "counter", "Replies of tools by status.")
            for (tool, status), count in sorted(self._replies.items()):
                labels = _labels(tool=tool, status=status)
                lines.append(f"{_PREFIX}tool_replies_total{labels} {count}")
        for name, value in gauges.items():
            lines += _family(name, "gauge", f"{name.replace('_', ' ').capitalize()} now.")
            lines.append(f"{_PREFIX}{name} {value:g}")
        return "\n".join(lines) + "\n"

    def _histogram(self, route: str) -> list[str]:
        name, lines, total = f"{_PREFIX}http_request_seconds", [], 0
        for bound, count in zip((*_BOUNDS, None), self._buckets[route], strict=True):
            total += count
            at = "+Inf" if bound is None else f"{bound:g}"
            lines.append(f"{name}_bucket{_labels(route=route, le=at)} {total}")
        lines.append(f"{name}_sum{_labels(route=route)} {self._seconds[route]:.6f}")
        lines.append(f"{name}_count{_labels(route=route)} {total}")
        return lines


def _family(name: str, kind: str, about: str) -> list[str]:
    return [f"# HELP {_PREFIX}{name} {about}", f"# TYPE {_PREFIX}{name} {kind}"]


def _labels(**labels: str) -> str:
    pairs = (f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return "{" + ",".join(pairs) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
