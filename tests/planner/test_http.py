"""The HTTP server as a client sees it."""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import validate
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from hrm_toolkit.core import BusyError, OptionError, ToolkitError, UnknownNameError, WorkerError
from hrm_toolkit.planner.jobs.job import Job
from hrm_toolkit.planner.jobs.scheduler import Scheduler
from hrm_toolkit.planner.reply import reply_of_error
from hrm_toolkit.planner.serve.gate import Gate
from hrm_toolkit.planner.serve.http import make_app
from hrm_toolkit.planner.serve.origins import known_names
from hrm_toolkit.planner.service import Service
from hrm_toolkit.planner.tools.toolbox import CORE, Toolbox

SMALL = "1...  ..3.  .4..  ...2"
SOLVED = [[1, 3, 2, 4], [4, 2, 3, 1], [2, 4, 1, 3], [3, 1, 4, 2]]
MAZE = "S..\n##.\nG.."
PATIENCE = 60.0
HERE = "http://127.0.0.1"


@pytest.fixture
def web(service: Service) -> Iterator[TestClient]:
    app = make_app(Toolbox(service), body_bytes=100_000, body_seconds=0.5)
    with TestClient(app, base_url=HERE) as client:
        yield client


@pytest.fixture
def held(gate: Any) -> threading.Event:
    """Exact search of mazes waits until this is set."""
    opened: threading.Event = gate.open
    return opened


def begin(web: TestClient, **headers: str) -> str:
    """A job that waits, by its id."""
    body = {"puzzle": MAZE, "strategy": "exact", "wait_s": 0.0}
    response = web.post("/v1/tools/solve", json=body, headers=headers)
    assert response.json()["status"] == "running"
    return str(response.json()["data"]["job"])


def events(text: str) -> list[tuple[str, Any]]:
    """Server-sent events by name."""
    blocks = [dict(line.split(": ", 1) for line in b.splitlines()) for b in text.split("\n\n") if b]
    return [(block["event"], json.loads(block["data"])) for block in blocks]


def test_a_tool_answers_in_text_and_data(web: TestClient) -> None:
    response = web.post("/v1/tools/solve", json={"puzzle": SMALL, "strategy": "exact"})
    assert response.status_code == 200
    reply = response.json()
    assert reply["status"] == reply["data"]["status"] == "solved"
    assert reply["data"]["answer"]["grid"] == SOLVED
    assert "source exact" in reply["text"]


def test_a_refuted_answer_is_no_error(web: TestClient) -> None:
    body = {"puzzle": SMALL, "answer": "1324 4231 2413 3141"}
    response = web.post("/v1/tools/verify", json=body)
    assert response.status_code == 200
    assert response.json()["status"] == "refuted"
    assert response.json()["data"]["verdict"]["violations"]


@pytest.mark.parametrize(
    ("tool", "body", "status", "hint"),
    [
        ("solve", {"puzzle": SMALL, "segmnts": 3}, 422, 'did you mean "segments"?'),
        ("slove", {"puzzle": SMALL}, 404, 'did you mean "solve"?'),
        ("solve", {}, 422, 'the argument "puzzle" is missing'),
        ("solve", {"puzzle": SMALL, "solver": "/etc"}, 422, "there is no solver"),
        ("solve", {"puzzle": SMALL, "wait_s": False}, 422, "a truth value is no number"),
    ],
)
def test_what_is_wrong_with_a_call_is_said(
    web: TestClient, tool: str, body: dict[str, Any], status: int, hint: str
) -> None:
    response = web.post(f"/v1/tools/{tool}", json=body)
    assert response.status_code == status
    assert response.json()["status"] == "error"
    assert hint in response.json()["text"]


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{", "application/json", 422),
        (b"\xff", "application/json", 400),
        (b"{}", "text/plain", 415),
        (b' "{}"', "application/json", 422),
        (b'"' + b"1" * 200_000 + b'"', "application/json", 413),
        (b"[" * 50_000, "application/json", 422),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(
    web: TestClient, content: bytes, kind: str, status: int
) -> None:
    response = web.post("/v1/tools/solve", content=content, headers={"content-type": kind})
    assert response.status_code == status
    assert response.json()["status"] == "error"


class Slow:
    """A client whose body comes in parts without a length, each after a while, without an end."""

    def __init__(self, part: bytes, seconds: float) -> None:
        self._part, self._seconds = part, seconds
        self.sent: list[dict[str, Any]] = []

    async def receive(self) -> dict[str, Any]:
        await asyncio.sleep(self._seconds)
        return {"type": "http.request", "body": self._part, "more_body": True}

    async def send(self, message: Any) -> None:
        self.sent.append(message)


@pytest.mark.parametrize(
    ("part", "seconds", "status"), [(b" " * 10_000, 0.0, 413), (b" ", 0.2, 408)]
)
def test_a_body_without_an_end_is_bounded(part: bytes, seconds: float, status: int) -> None:
    async def never(*_: Any) -> None:
        raise AssertionError("the application was called")

    gate = Gate(never, body_bytes=100_000, body_seconds=0.5)
    slow = Slow(part, seconds)
    scope = {"type": "http", "method": "POST", "path": "/v1/tools/solve", "headers": []}
    asyncio.run(gate(scope, slow.receive, slow.send))
    assert slow.sent[0]["status"] == status
    assert json.loads(slow.sent[1]["body"])["status"] == "error"


def test_who_hangs_up_holds_no_thread(service: Service, held: threading.Event) -> None:
    app = make_app(Toolbox(service))
    job = service.solve(MAZE, strategy="exact", wait_s=0, client="address here").data["job"]
    body = json.dumps({"puzzle": MAZE, "strategy": "exact", "wait_s": PATIENCE}).encode()
    kind = (b"content-type", b"application/json")

    async def leave(method: str, path: str, query: bytes, body: bytes) -> None:
        messages = [{"type": "http.request", "body": body}, {"type": "http.disconnect"}]
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query,
            "headers": [(b"host", b"127.0.0.1"), kind],
            "client": ("here", 1),
        }

        async def receive() -> dict[str, Any]:
            return messages.pop(0) if messages else {"type": "http.disconnect"}

        async def send(message: Any) -> None: ...

        async with asyncio.timeout(PATIENCE / 2):
            await app(scope, receive, send)

    asyncio.run(leave("GET", f"/v1/jobs/{job}", f"wait_s={PATIENCE}".encode(), b""))
    asyncio.run(leave("POST", "/v1/tools/solve", b"", body))
    ends = {
        row["job"]: row["outcome"]
        for row in service.job("list", client="address here").data["jobs"]
    }
    # Who has not been told a job's name will not ask for it.
    assert ends.pop(job) is None
    assert list(ends.values()) == ["cancelled"]


def test_a_request_that_the_end_of_the_server_cuts_short_is_told_so() -> None:
    async def forever(*_: Any) -> None:
        await asyncio.sleep(PATIENCE)

    async def cut() -> Slow:
        slow = Slow(b"", 0.0)

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"{}", "more_body": False}

        task = asyncio.create_task(Gate(forever)(scope, receive, slow.send))
        await asyncio.sleep(0.05)
        task.cancel()
        await task
        return slow

    scope = {"type": "http", "method": "POST", "path": "/v1/tools/explain", "headers": []}
    slow = asyncio.run(cut())
    assert slow.sent[0]["status"] == 503
    assert json.loads(slow.sent[1]["body"])["data"]["error"]["retryable"]


def test_other_requests_get_a_reply_of_the_same_form(web: TestClient) -> None:
    for response, status in (
        (web.get("/nowhere"), 404),
        (web.put("/v1/jobs"), 405),
        (web.get("/v1/jobs/x?wait_s=1000"), 422),
        (web.get("/v1/jobs/x?wait_s=soon"), 422),
        (web.get("/v1/jobs/x"), 404),
        (web.delete("/v1/jobs/x"), 404),
        (web.get("/v1/jobs/x/events"), 404),
    ):
        assert response.status_code == status, response.url
        assert response.json()["data"]["error"]["message"]
    assert web.put("/v1/jobs/x").headers["allow"] == "DELETE, GET"
    wrong = web.get("/v1/jobs/x?wait_s=soon").json()["data"]["error"]
    assert (wrong["message"], wrong["path"]) == ("this is no number", "wait_s")


def test_a_job_is_listed_cancelled_and_its_client_alone_sees_it(
    web: TestClient, held: threading.Event
) -> None:
    mine, theirs = {"x-client-id": "ann"}, {"x-client-id": "bob"}
    job = begin(web, **mine)
    assert web.get(f"/v1/jobs/{job}", headers=theirs).status_code == 404
    assert web.get("/v1/jobs", headers=theirs).json()["data"]["jobs"] == []
    assert web.get("/v1/jobs", headers=mine).json()["data"]["jobs"][0]["job"] == job
    assert web.delete(f"/v1/jobs/{job}", headers=mine).json()["status"] == "cancelled"


def test_that_a_job_was_given_up_is_no_fault_of_the_request(
    web: TestClient, service: Service
) -> None:
    job = service.jobs.create({"puzzles": []}, client="address testclient").id
    service.jobs.finish(job, "interrupted")
    response = web.get(f"/v1/jobs/{job}")
    assert response.status_code == 200
    told = response.json()["data"]
    assert (told["job"], told["error"]["code"]) == (job, "interrupted")
    assert events(web.get(f"/v1/jobs/{job}/events").text) == [("reply", response.json())]


def test_a_job_that_failed_for_want_of_a_name_is_there(web: TestClient, service: Service) -> None:
    job = service.jobs.create({"puzzles": []}, client="address testclient").id
    failed = reply_of_error(UnknownNameError("solver", "gone", ["sudoku"]))
    service.jobs.finish(job, "failed", failed.model_dump(mode="json"))
    assert web.get(f"/v1/jobs/{job}").status_code == 200
    assert web.get("/v1/jobs/none").status_code == 404


@pytest.mark.parametrize("error", [WorkerError("it was killed"), BusyError("there is too much")])
def test_that_a_job_failed_for_the_time_being_does_not_ask_for_its_end_to_be_asked_again(
    web: TestClient, service: Service, error: ToolkitError
) -> None:
    job = service.jobs.create({"puzzles": []}, client="address testclient").id
    failed = reply_of_error(error)
    service.jobs.finish(job, "failed", failed.model_dump(mode="json"))
    by_tool = web.post("/v1/tools/job", json={"action": "get", "id": job})
    for response in (web.get(f"/v1/jobs/{job}"), by_tool):
        assert response.status_code == 200
        assert "retry-after" not in response.headers
        told = response.json()
        assert (told["status"], told["data"]["error"]["code"]) == ("error", error.code)


def test_a_job_can_be_waited_for(web: TestClient, held: threading.Event) -> None:
    job = begin(web)
    threading.Timer(0.1, held.set).start()
    reply = web.get(f"/v1/jobs/{job}?wait_s={PATIENCE}").json()
    assert reply["status"] == "solved"


def test_the_events_of_a_job_end_with_its_reply(web: TestClient, held: threading.Event) -> None:
    job = begin(web)
    threading.Timer(0.2, held.set).start()
    response = web.get(f"/v1/jobs/{job}/events")
    assert response.headers["content-type"].startswith("text/event-stream")
    *_, (kind, reply) = events(response.text)
    assert (kind, reply["status"]) == ("reply", "solved")


@pytest.fixture
def followed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A solver is loaded when somebody follows its job."""
    load, start, started = Scheduler.load, Job.start, list[Job]()

    def begin(job: Job, *what: Any) -> None:
        started.append(job)
        start(job, *what)

    def wait(scheduler: Scheduler, name: str) -> Any:
        until = time.monotonic() + PATIENCE
        while not any(job._listeners for job in started) and time.monotonic() < until:
            time.sleep(0.01)
        return load(scheduler, name)

    monkeypatch.setattr(Job, "start", begin)
    monkeypatch.setattr(Scheduler, "load", wait)


@pytest.mark.usefixtures("followed")
def test_the_events_of_a_network_are_its_segments() -> None:
    with Service() as service, TestClient(make_app(Toolbox(service)), base_url=HERE) as web:
        body = {"puzzle": SMALL, "strategy": "neural", "segments": 3, "wait_s": 0.0}
        job = web.post("/v1/tools/solve", json=body).json()["data"]["job"]
        *progress, (kind, reply) = events(web.get(f"/v1/jobs/{job}/events").text)
    assert kind == "reply"
    assert {name for name, _ in progress} == {"progress"}
    segments = [data["segment"] for _, data in progress]
    assert segments == list(range(1, reply["data"]["segments"] + 1))
    assert all(data["job"] == job and data["segments"] == 3 for _, data in progress)


def test_health_can_be_asked_for_the_status_alone(web: TestClient) -> None:
    for path in ("/healthz", "/health", "/readyz"):
        found = web.head(path)
        assert (found.status_code, found.text) == (web.get(path).status_code, "")


def test_a_token_is_asked_for_except_for_health(service: Service) -> None:
    app = make_app(Toolbox(service), token="s3cret")  # noqa: S106
    with TestClient(app, base_url=HERE) as web:
        assert web.get("/healthz").status_code == 200
        for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": "Basic s3cret"}):
            response = web.get("/v1/tools", headers=headers)
            assert response.status_code == 401
            assert response.headers["www-authenticate"] == "Bearer"
        right = {"authorization": "Bearer s3cret"}
        assert web.get("/v1/tools", headers=right).status_code == 200


def test_a_page_of_another_site_cannot_reach_a_local_server(web: TestClient) -> None:
    assert web.get("/v1/tools", headers={"host": "evil.example:8000"}).status_code == 403
    assert web.get("/v1/tools", headers={"host": "localhost:8000"}).status_code == 200


FOREIGN = ["https://evil.example", "null", "http://localhost.evil.example", "file://", "http://a@b"]


@pytest.mark.parametrize("origin", [*FOREIGN, "http://127.0.0.1:1@evil.example", ""])
def test_pages_of_other_sites_are_refused(web: TestClient, origin: str) -> None:
    for path in ("/v1/tools", "/healthz", "/docs"):
        refused = web.get(path, headers={"origin": origin})
        assert refused.status_code == 403
        assert "access-control-allow-origin" not in refused.headers
    error = refused.json()["data"]["error"]
    assert (error["path"], error["hint"]) == (
        "origin",
        "if it is meant, start the server with --host-name NAME",
    )
    asked = {"origin": origin, "access-control-request-method": "POST"}
    assert web.options("/v1/tools/solve", headers=asked).status_code == 403


def test_one_foreign_origin_among_several_is_enough(web: TestClient) -> None:
    headers = [("origin", "http://localhost"), ("origin", "https://evil.example")]
    assert web.get("/healthz", headers=headers).status_code == 403


def test_pages_of_this_machine_may_ask_and_read(service: Service) -> None:
    page = {"origin": "http://localhost:5173"}
    with TestClient(make_app(Toolbox(service), token="t"), base_url=HERE) as web:  # noqa: S106
        asked = {**page, "access-control-request-method": "POST"}
        preflight = web.options("/v1/tools/solve", headers=asked)
        assert preflight.status_code == 204
        assert "authorization" in preflight.headers["access-control-allow-headers"]
        answered = web.get("/v1/tools", headers={**page, "authorization": "Bearer t"})
        refused = web.get("/v1/tools", headers=page)
    assert (answered.status_code, refused.status_code) == (200, 401)
    for response in (preflight, answered, refused):
        assert response.headers["access-control-allow-origin"] == "http://localhost:5173"
        assert response.headers["vary"] == "origin"


def test_names_that_were_given_are_known(service: Service) -> None:
    hosts = known_names("127.0.0.1", ["Solver.Example.com"], local=True)
    with TestClient(make_app(Toolbox(service), hosts=hosts), base_url=HERE) as web:
        for host in ("solver.example.com", "SOLVER.example.com:443", "127.0.0.1", "localhost:80"):
            assert web.get("/healthz", headers={"host": host}).status_code == 200
        page = {"host": "solver.example.com", "origin": "https://solver.example.com"}
        assert web.get("/healthz", headers=page).status_code == 200
        other = web.get("/healthz", headers={"host": "other.example.com"})
        assert other.status_code == 403
        assert "--host-name NAME" in other.json()["text"]


def test_a_server_that_takes_any_name_takes_pages_of_that_name_alone(service: Service) -> None:
    hosts = known_names("0.0.0.0", [], local=False)  # noqa: S104
    with TestClient(make_app(Toolbox(service), hosts=hosts), base_url=HERE) as web:
        page = {"host": "a.example:8000", "origin": "http://a.example:8000"}
        assert web.get("/healthz", headers=page).status_code == 200
        assert web.get("/healthz", headers={**page, "host": "b.example"}).status_code == 403


@pytest.mark.parametrize("name", ["", "http://a.example", "a.example:80", "a/b", "*.a", "a b"])
def test_what_is_no_host_name_is_refused(name: str) -> None:
    with pytest.raises(OptionError, match="no name of a host"):
        known_names("127.0.0.1", [name], local=True)


def test_request_ids_come_back_and_are_made_up_where_they_are_none(web: TestClient) -> None:
    named = web.get("/healthz", headers={"x-request-id": "abc-1"})
    assert named.headers["x-request-id"] == "abc-1"
    plain = [web.get("/healthz", headers={"x-request-id": bad}) for bad in ("a b", "x" * 65, "")]
    ids = [response.headers["x-request-id"] for response in plain]
    assert all(len(made) == 16 for made in ids)
    assert len(set(ids)) == len(ids)


def test_readiness_follows_the_service(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    imported = threading.Event()
    warm = service.warm
    monkeypatch.setattr(service, "warm", lambda: imported.wait(PATIENCE) and warm())
    app = make_app(Toolbox(service))
    with TestClient(app, base_url=HERE) as web:
        assert web.get("/readyz").status_code == 503
        assert web.get("/healthz").status_code == 200
        imported.set()
        while not service.ready:
            time.sleep(0.01)
        assert web.get("/readyz").json() == {"status": "ready"}
        app.state.draining = True
        assert web.get("/readyz").json() == {"status": "ending"}


def test_metrics_count_requests_and_replies(web: TestClient) -> None:
    web.post("/v1/tools/solve", json={"puzzle": SMALL, "strategy": "exact"})
    web.post("/v1/tools/solve", json={"puzle": SMALL})
    for path in ("/a", "/b", "/c"):
        web.get(path)
    text = web.get("/metrics").text
    families = {family.name: family for family in text_string_to_metric_families(text)}
    replies = {
        (sample.labels["tool"], sample.labels["status"]): sample.value
        for sample in families["hrm_toolkit_tool_replies"].samples
    }
    assert replies == {("solve", "solved"): 1, ("solve", "error"): 1}
    requests = {
        (sample.labels["route"], sample.labels["status"]): sample.value
        for sample in families["hrm_toolkit_http_requests"].samples
    }
    assert requests["/v1/tools/solve", "200"] == requests["/v1/tools/solve", "422"] == 1
    assert requests["other", "404"] == 3
    (count,) = (
        sample.value
        for sample in families["hrm_toolkit_http_request_seconds"].samples
        if sample.name.endswith("_count") and sample.labels["route"] == "/v1/tools/solve"
    )
    assert count == 2


def test_metrics_say_what_goes_on(web: TestClient, held: threading.Event) -> None:
    begin(web)
    until = time.monotonic() + PATIENCE
    gauges: dict[str, float] = {}
    while gauges.get("hrm_toolkit_searches") != 1 and time.monotonic() < until:
        families = text_string_to_metric_families(web.get("/metrics").text)
        gauges = {family.name: family.samples[0].value for family in families if family.samples}
    assert (gauges["hrm_toolkit_jobs"], gauges["hrm_toolkit_searches"]) == (1, 1)
    assert gauges["hrm_toolkit_jobs_waiting"] == gauges["hrm_toolkit_rows"] == 0
    held.set()


def test_docs_need_nothing_from_elsewhere(web: TestClient) -> None:
    found = web.get("/docs")
    assert found.status_code == 200
    assert not {"http://", "https://", "<script"} & set(re.findall("https?://|<script", found.text))
    for tool in CORE:
        assert f"POST /v1/tools/{tool.name}" in found.text
    assert "&quot;puzzle&quot;" in found.text, "an example of a body"


def test_openapi_has_every_tool_and_its_examples_fit_its_schemas(web: TestClient) -> None:
    paths = web.get("/openapi.json").json()["paths"]
    for tool in CORE:
        operation = paths[f"/v1/tools/{tool.name}"]["post"]
        content = operation["requestBody"]["content"]["application/json"]
        validate(content["example"], content["schema"])
        assert operation["responses"]["200"]["content"]["application/json"]["schema"]
    assert {"/v1/jobs/{id}/events", "/healthz", "/readyz", "/metrics"} <= set(paths)
    body = paths["/v1/tools/solve"]["post"]["requestBody"]["content"]["application/json"]
    assert body["schema"]["required"] == ["puzzle"]
    assert body["schema"]["properties"]["votes"]["anyOf"][0]["minimum"] == 1
