"""The page as a browser asks for it, and what it reads of the API by address."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import hrm_toolkit
from hrm_toolkit.cli.solving.offline import offline_page
from hrm_toolkit.core.scene import WRONG
from hrm_toolkit.planner.serve.http import make_app
from hrm_toolkit.planner.service import Service
from hrm_toolkit.planner.tools.toolbox import Toolbox

SMALL = "1...  ..3.  .4..  ...2"
HERE = "http://127.0.0.1"
FOLDER = Path(hrm_toolkit.__file__).parent / "planner" / "serve" / "page"
FILES = {"/": "index.html"} | {
    f"/page/{file.name}": file.name for file in FOLDER.iterdir() if file.suffix != ".html"
}
TYPES = {"html": "text/html", "js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}


@pytest.fixture(scope="module")
def box() -> Iterator[Toolbox]:
    with Service(wait_s=60.0) as service:
        yield Toolbox(service, full=True)


@pytest.fixture(scope="module")
def web(box: Toolbox) -> Iterator[TestClient]:
    with TestClient(make_app(box), base_url=HERE) as client:
        yield client


def test_each_file_of_the_page_is_served_under_a_strict_policy(web: TestClient) -> None:
    for path, name in FILES.items():
        response = web.get(path)
        assert response.status_code == 200, path
        assert response.content == (FOLDER / name).read_bytes()
        assert response.headers["content-type"].startswith(TYPES[name.rpartition(".")[2]])
        assert response.headers["x-content-type-options"] == "nosniff"
        policy = dict(
            part.split(" ", 1) for part in response.headers["content-security-policy"].split("; ")
        )
        assert policy["default-src"] == policy["frame-ancestors"] == "'none'"
        assert policy["style-src"] == policy["connect-src"] == "'self'"
        assert policy["script-src"] == "'self' 'wasm-unsafe-eval'"
        head = web.head(path)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == str(len(response.content))


def test_the_page_has_nothing_inline_and_nothing_from_elsewhere() -> None:
    html = (FOLDER / "index.html").read_text()
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", html)
    asked = re.findall(r'(?:src|href)="([^"#]+)"', html)
    assert {"page/main.js", "page/style.css", "page/icon.svg", "v1/tools"} == {*asked}
    for name in FILES.values():
        text = (FOLDER / name).read_text()
        assert not re.search(
            r"https?://(?!www\.w3\.org/2000/svg)|innerHTML|insertAdjacent|eval\(", text
        )
        imports = {f"/page/{one}" for one in re.findall(r'from "\./(\S+)"', text)}
        assert imports <= {*FILES}


def modules(name: str) -> set[str]:
    """A module and all that it imports."""
    found, asked = set[str](), [name]
    while asked:
        if (one := asked.pop()) not in found:
            found.add(one)
            asked += re.findall(r'from "\./(\S+)"', (FOLDER / one).read_text())
    return found


@pytest.mark.parametrize(
    ("page", "module"),
    [
        ((FOLDER / "index.html").read_text(), "main.js"),
        (offline_page("A page", "", "", None, None), "offline.js"),
    ],
    ids=["served", "offline"],
)
def test_elements_that_the_modules_name_are_on_the_page(page: str, module: str) -> None:
    there = {*re.findall(r'\sid="([^"]+)"', page)}
    named = {
        found
        for name in modules(module)
        for found in re.findall(
            r'\b(?:byId|say|trying|options)\("([\w-]+)"', (FOLDER / name).read_text()
        )
    }
    assert len(named) > 15
    assert named <= there


def test_no_path_leads_to_another_file(web: TestClient) -> None:
    elsewhere = ("", "web.py", "../web.py", "%2e%2e/web.py", "..%2fweb.py", "/etc/passwd")
    for path in (*elsewhere, "index.html", "__init__.py"):
        response = web.get(f"/page/{path}")
        assert response.status_code == 404, path
        assert response.json()["data"]["error"]["code"] == "not_found"


def test_the_page_takes_nothing(web: TestClient) -> None:
    response = web.post("/", json={})
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD"


def test_with_a_token_the_page_is_open_and_the_api_closed(box: Toolbox) -> None:
    closed = TestClient(make_app(box, token="secret"), base_url=HERE)  # noqa: S106
    for path in FILES:
        assert closed.get(path).status_code == 200
    for path in (
        "/v1/tools",
        "/v1/tasks/maze",
        "/v1/handles/puzzle:7f3a/picture.svg",
        "/page/no.js",
    ):
        assert closed.get(path).status_code == 401
    bearer = {"authorization": "Bearer secret"}
    assert closed.get("/v1/tasks/maze", headers=bearer).status_code == 200


def test_the_page_is_given_to_those_who_know_the_server_by_name(web: TestClient) -> None:
    assert web.get("/", headers={"host": "evil.example"}).status_code == 403
    assert web.get("/page/main.js", headers={"origin": "http://evil.example"}).status_code == 403


def test_what_mcp_reads_by_address_is_there_over_http(web: TestClient) -> None:
    asked = {"puzzle": SMALL, "strategy": "neural"}
    job = web.post("/v1/tools/solve", json=asked).json()["data"]["job"]
    trace = web.get(f"/v1/jobs/{job}/1/trace").json()
    first = trace["segments"][0]
    assert (trace["job"], first["segment"]) == (job, 1)
    then = web.get(f"/v1/jobs/{job}/1/segments/1/picture.svg")
    answered = web.get(f"/v1/jobs/{job}/1/picture.svg")
    assert then.headers["content-type"] == "image/svg+xml"
    assert then.headers["content-security-policy"] == "default-src 'none'"
    filled = [cell for row in first["answer"]["grid"] for cell in row if cell]
    assert [int(cell) for cell in re.findall(r">(\d)</text>", then.text)] == filled
    # The rules' places have red frames, and what the network doubts is shaded.
    wrong = {"puzzle": SMALL, "answer": json.dumps(first["answer"])}
    verdict = web.post("/v1/tools/verify", json=wrong).json()["data"]["verdict"]
    framed = {tuple(place) for one in verdict["violations"] for place in one["places"]}
    assert then.text.count(f'stroke="{WRONG}"') == len(framed)
    assert re.fullmatch(r"\d{16}", first["sure"])
    doubted = sum(digit != "9" for digit in first["sure"])
    assert len(re.findall(r'<rect .*?width="1" height="1"', then.text)) == doubted
    assert answered.text.count("</text>") == 16
    assert web.get(f"/v1/jobs/{job}/1/picture.png").content.startswith(b"\x89PNG")
    assert "a path through a maze" in web.get("/v1/tasks/maze").text
    assert json.loads(web.get("/v1/solvers/sudoku").text)["task"] == "sudoku"


def test_what_is_not_there_is_told_with_what_is(web: TestClient) -> None:
    asked = {"puzzle": SMALL, "strategy": "neural"}
    job = web.post("/v1/tools/solve", json=asked).json()["data"]["job"]
    for path in ("2/trace", "2/segments/1/picture.svg", "1/segments/99/picture.svg"):
        response = web.get(f"/v1/jobs/{job}/{path}")
        assert response.status_code == 404
        assert "expected" in response.json()["text"]
    theirs = {"x-client-id": "ann"}
    assert web.get(f"/v1/jobs/{job}/1/segments/1/picture.svg", headers=theirs).status_code == 404


def test_tasks_are_told_with_their_family_and_whether_they_have_hints(web: TestClient) -> None:
    tasks = web.post("/v1/tools/describe", json={}).json()["data"]["tasks"]
    families = {one["task"]: one.get("family") for one in tasks}
    assert families["maze"] is None
    assert families["lightup"] == "pencil puzzles"
    hints = {
        task: web.post("/v1/tools/describe", json={"task": task}).json()["data"]["hints"]
        for task in ("sudoku", "maze")
    }
    assert hints == {"sudoku": True, "maze": False}


def test_curves_of_a_run_are_read_as_it_goes_on(tmp_path: Path) -> None:
    rows = tmp_path / "metrics.jsonl"
    with Service(runs={"maze-0": tmp_path}) as service:
        web = TestClient(make_app(Toolbox(service)), base_url=HERE)
        assert web.get("/v1/runs").json() == {"runs": ["maze-0"]}
        assert web.get("/v1/runs/maze-0").json()["curves"] == {}
        told = [
            {"event": "update", "update": u, "seconds": u / 10, "loss": 1 / u} for u in (1, 2, 4)
        ]
        told += [
            {"event": "validation", "update": 4, "seconds": 0.5, "verified_rate": 0.25},
            {"event": "resume", "update": 2, "seconds": 0.2},
            {"event": "update", "update": 3, "seconds": 0.3, "loss": None},
            {"event": "update", "update": 5, "seconds": 0.5, "loss": 0.125},
        ]
        rows.write_text("\n".join(map(json.dumps, told)) + '\n{"event": "upd')
        run = web.get("/v1/runs/maze-0").json()
        # What came after the checkpoint was lost, and a line that is being written is left out.
        assert run["curves"] == {"loss": [[1, 1.0], [2, 0.5], [5, 0.125]]}
        assert (run["update"], run["seconds"]) == (5, 0.5)
        long = [{"event": "update", "update": u, "loss": u / 2} for u in range(2_001)]
        rows.write_text("\n".join(map(json.dumps, long)))
        points = web.get("/v1/runs/maze-0").json()["curves"]["loss"]
        assert 250 < len(points) <= 500
        assert points[-1] == [2_000, 1_000.0]
        missing = web.get("/v1/runs/maze-1")
        assert missing.status_code == 404
        assert "maze-0" in missing.json()["text"]
