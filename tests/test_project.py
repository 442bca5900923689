"""The project as a stranger finds it: imports, metadata, wheel, documentation, Makefile."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import runpy
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import networkx
import pytest

import hrm_toolkit

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "hrm_toolkit"
MODULES = sorted(PACKAGE.rglob("*.py"))
OURS = ("*.md", "*.toml", "*.txt", "Makefile", ".ci/*", "scripts/*", "docs/**/*", "examples/**/*")
OURS += ("hrm_toolkit/**/*", "tests/**/*", "benchmarks/**/*", "findings/*")
TARGET = re.compile(r"^([a-z]+):.*?(## .+)?$", re.MULTILINE)


def python(code: str) -> str:
    """What a fresh interpreter prints, with warnings as errors."""
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout


def makefile_verbs() -> dict[str, str]:
    text = (ROOT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.+)$", text, re.MULTILINE)
    assert phony
    found = dict(TARGET.findall(text))
    return {name: found[name] for name in phony[1].split()}


@pytest.mark.parametrize(
    "module",
    [
        "hrm_toolkit",
        "hrm_toolkit.core",
        "hrm_toolkit.adapters",
        "hrm_toolkit.cli.app",
        "hrm_toolkit.planner.service",
        "hrm_toolkit.planner.tools.toolbox",
    ],
)
def test_torch_stays_unloaded_until_a_network_is_wanted(module: str) -> None:
    heavy = python(
        f"import sys, {module}; print({{'torch', 'triton', 'numba'}} & {{*sys.modules}})"
    )
    assert heavy.strip() == "set()"


@pytest.mark.parametrize(
    ("command", "status"),
    [
        (["solve", "examples/sudoku-4x4.txt", "--strategy", "exact", "--device", "cpu"], 0),
        (["solve", "examples/graph.graphml", "--strategy", "exact", "--seconds", "5"], 0),
        (["solve", "examples/sudoku-4x4.txt", "--solver", "BROKEN"], 2),
        (["trace", "examples/sudoku-4x4.txt", "--solver", "BROKEN"], 2),
        (["evaluate", "--solver", "BROKEN"], 2),
        (["train", "--from", "BROKEN"], 2),
        (["solve", "examples/sudoku-9x9.json", "--device", "cpu"], 0),
        (["solve", "examples/graph.graphml", "--json", "--strategy", "neural"], 0),
        (["solve", "examples/maze-30x30.txt", "--votes", "2", "--restarts", "2"], 0),
        (["solve", "examples/sudoku-4x4.txt", "--strategy", "exact", "--solver", "sudoku"], 0),
        (["trace", "examples/maze-30x30.txt"], 0),
        (["verify", "examples/maze-30x30.txt", "examples/maze-30x30.txt"], 2),
        (["generate", "--adapter", "maze", "--samples", "2", "--out", "-"], 0),
        (["tools"], 0),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, list) else None,
)
def test_what_needs_no_torch_does_not_load_it(
    command: list[str], status: int, tmp_path: Path
) -> None:
    (tmp_path / "bundle.json").write_text("{}")
    words = [str(tmp_path) if word == "BROKEN" else word for word in command]
    said = python(
        "import sys; from hrm_toolkit.cli import main\n"
        f"try: status = main({words!r})\n"
        "except SystemExit as end: status = end.code or 0\n"
        "print(status, 'torch' in sys.modules)"
    )
    assert said.splitlines()[-1] == f"{status} False"


def test_a_solve_loads_nothing_that_it_has_no_use_for() -> None:
    said = python(
        "import sys; from hrm_toolkit.cli import main\n"
        "assert main(['solve', 'examples/sudoku-9x9.json', '--json']) == 0\n"
        "print(*sys.modules)"
    )
    loaded = said.splitlines()[-1].split()
    assert "hrm_toolkit.solvers.kernels.cpu.native" in loaded
    pencil = "hrm_toolkit.adapters.constraint.pencil"
    spared = {f"{pencil}.boards", f"{pencil}.codes", "xml.etree.ElementTree", "webbrowser"}
    spared |= {"concurrent.futures", "logging", "argparse", "networkx", "rich", "numpy.random"}
    spared |= {"typer"}
    assert not spared & {*loaded}


def test_python_solves_and_serves_shipped_bundles_without_torch() -> None:
    said = python(
        "import sys; from hrm_toolkit import Solver, Service, Toolbox\n"
        "shipped = {'sudoku-4x4': '1...  ..3.  .4..  ...2', 'maze': 'S..\\n##.\\nG..'}\n"
        "for name, puzzle in shipped.items():\n"
        "    solver = Solver.load(name)\n"
        "    assert solver.solve(puzzle).source == 'structured'\n"
        "    assert list(solver.trace(puzzle))[-1].verdict.valid and repr(solver)\n"
        "with Service() as service:\n"
        "    reply = Toolbox(service).call('solve', {'puzzle': 'S..\\n##.\\nG..'})\n"
        "    print(reply.data['status'], reply.data['source'], 'torch' in sys.modules)\n"
    )
    assert said.splitlines()[-1] == "solved structured False"


def test_every_public_name_of_the_package_is_there() -> None:
    public = getattr(hrm_toolkit, "__all__", [])
    assert "Solver" in public
    assert all(getattr(hrm_toolkit, name).__doc__ for name in public if name != "__version__")


def test_the_version_is_said_once_and_told_where_people_look() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["dynamic"] == ["version"]
    assert importlib.metadata.version("hrm-toolkit") == hrm_toolkit.__version__
    release = runpy.run_path(str(ROOT / "scripts" / "release.py"))
    assert release["version"]() == hrm_toolkit.__version__
    release["require_told"](hrm_toolkit.__version__)
    with pytest.raises(release["ReleaseError"], match=r"does not name version 9\.9"):
        release["require_told"]("9.9")


def test_a_release_is_small_and_says_every_licence(tmp_path: Path) -> None:
    release = runpy.run_path(str(ROOT / "scripts" / "release.py"))
    large = tmp_path / "large.whl"
    with large.open("wb") as file:
        file.truncate(15_000_001)
    with pytest.raises(release["ReleaseError"], match=r"15\.0 MB; at most 15 MB"):
        release["require_small"]([large])

    def bill(*licences: dict[str, str]) -> dict[str, list[dict[str, object]]]:
        part = {"name": "part", "version": "1", "licenses": [{"license": x} for x in licences]}
        return {"components": [part]}

    said = release["licences"](bill({"id": "MIT"}, {"name": "Apache\nwith its whole text"}))
    assert "| part | 1 | MIT; Apache |" in said
    release["licences"](bill({"id": "LGPL-3.0-only"}))
    for refused in (bill(), bill({"id": "GPL-3.0-only"})):
        with pytest.raises(release["ReleaseError"], match="part"):
            release["licences"](refused)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_public_things_have_docstrings(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    bare = [] if ast.get_docstring(tree) else ["the module"]
    kinds = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    public = [n for n in tree.body if isinstance(n, kinds) and not n.name.startswith("_")]
    bare += [node.name for node in public if not ast.get_docstring(node)]
    assert not bare


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    place = re.compile(rb"(?<![\w.:/*])/(?:home|root|Users|work|mnt|opt)/\w+")
    files = {path for pattern in OURS for path in ROOT.glob(pattern) if path.is_file()}
    assert len(files) > 50
    found = {
        str(path.relative_to(ROOT)): match[0].decode()
        for path in files
        if "__pycache__" not in path.parts and (match := place.search(path.read_bytes()))
    }
    assert not found


def test_the_wheel_holds_the_whole_package_and_nothing_else(tmp_path: Path) -> None:
    source = tmp_path / "source"
    skip = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PACKAGE, source / "hrm_toolkit", ignore=skip)
    for name in ("pyproject.toml", "LICENSE"):
        shutil.copy(ROOT / name, source)
    (source / "docs").mkdir()
    shutil.copy(ROOT / "docs" / "package.md", source / "docs")
    command = [sys.executable, "-m", "pip", "wheel", "-qq", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "-w", str(tmp_path), str(source)], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    archive = zipfile.ZipFile(wheel)
    names = set(archive.namelist())
    (metadata,) = (name for name in names if name.endswith("/METADATA"))
    read = archive.read(metadata).decode()
    assert "hrm-toolkit demo" in read
    assert not re.search(r"\]\((?!https?:)|examples/|docs/|make ", read), "files it does not hold"
    inside = {name for name in names if name.startswith("hrm_toolkit/")}
    assert inside == {
        path.relative_to(source).as_posix()
        for path in (source / "hrm_toolkit").rglob("*")
        if path.is_file()
    }
    assert "hrm_toolkit/py.typed" in inside
    assert all(re.match(r"hrm_toolkit-[\d.]+\.dist-info/", name) for name in names - inside)
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_makefile_exports_one_variable_a_line() -> None:
    # "export A B = 1" exports one named "=" too, with which no process can be started.
    exports = re.findall(r"^export (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert exports
    assert all(re.fullmatch(r"\w+( = \S+)?", line) for line in exports), exports


def test_every_verb_of_the_makefile_says_what_it_does() -> None:
    verbs = makefile_verbs()
    assert {"help", "demo", "test", "check"} <= {*verbs}
    assert all(verbs.values())


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "docs/package.md"])
def test_commands_in_the_documentation_exist(page: str) -> None:
    from hrm_toolkit.cli.app import gather

    app, text = gather(), (ROOT / page).read_text()
    known = {
        (c.name or getattr(c.callback, "__name__", "")).replace("_", "-")
        for c in app.registered_commands
    }
    known |= {group.name for group in app.registered_groups}
    assert {*re.findall(r"^hrm-toolkit ([a-z-]+)", text, re.MULTILINE)} <= known
    used = {a or b for a, b in re.findall(r"^make ([a-z]+)|`make ([a-z]+)`", text, re.MULTILINE)}
    assert "check" in used or page == "docs/package.md"
    assert used <= {*makefile_verbs()}


def test_files_that_the_documentation_points_to_exist() -> None:
    for page in ROOT.glob("*.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)|(examples/[\w./-]+\w)", page.read_text()):
            assert (ROOT / (target[0] or target[1])).exists(), (page.name, target)


def test_places_that_a_newcomer_is_sent_to_exist() -> None:
    """Each path within the package in CONTRIBUTING, and each name that is said to be in one."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    rooms = "|".join(p.name for p in PACKAGE.iterdir() if p.is_dir())
    paths = {*re.findall(rf"`((?:{rooms}|tests|examples|benchmarks)/[\w/.-]*)`", text)}
    assert len(paths) >= 10
    for path in paths - {p for p in paths if "NAME" in p}:
        steps, name = path.split("."), ""
        if not (found := any((base / path).exists() for base in (ROOT, PACKAGE))):
            *steps, name = steps
            file = PACKAGE / (".".join(steps) + ".py")
            found = file.exists() and re.search(rf"^{name}\b", file.read_text(), re.M) is not None
        assert found, path


def test_the_house_has_rooms() -> None:
    long = [str(path) for path in MODULES if len(path.read_text().splitlines()) > 400]
    assert not long, "a file of more than 400 lines is a room to split"
    folders = Counter(path.parent for path in MODULES)
    full = [str(folder) for folder, count in folders.items() if count > 14]
    assert not full, "a folder of more than 14 files is a room to divide"


def test_functions_fit_a_screen() -> None:
    """At most 60 lines beside the docstring; commands list their options, kernels are one piece."""
    exempt = (PACKAGE / "cli", PACKAGE / "solvers" / "kernels" / "triton")
    long = []
    for path in MODULES:
        if not path.is_relative_to(exempt[0]) and not path.is_relative_to(exempt[1]):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    said = node.body[1:] if ast.get_docstring(node) else node.body
                    first = said[0].lineno if said else node.lineno
                    if (node.end_lineno or first) - first >= 60:
                        long.append(f"{path.relative_to(ROOT)}: {node.name}")
    assert not long


def imported(body: Sequence[ast.stmt]) -> Iterator[str]:
    """What is imported as soon as a module is: what it names, and members that may be modules."""
    for node in body:
        match node:
            case ast.Import():
                yield from (alias.name for alias in node.names)
            case ast.ImportFrom():
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
                yield str(node.module)
            case ast.If() if "TYPE_CHECKING" in ast.unparse(node.test):
                yield from imported(node.orelse)
            case ast.If() | ast.Try():
                yield from imported([*node.body, *node.orelse])
            case ast.With() | ast.ClassDef():
                yield from imported(node.body)


def test_every_module_can_be_the_first_that_is_imported() -> None:
    """A circle of imports is harmless where each goes through one package: Python runs that first,
    whichever of its modules is asked for, and so always in the same order. Each module is
    imported by the run of the examples in docstrings."""
    paths = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in MODULES}
    paths = {name.removesuffix(".__init__"): path for name, path in paths.items()}
    needs = networkx.DiGraph()
    for name, path in paths.items():
        for other in (name, *imported(ast.parse(path.read_text(encoding="utf-8")).body)):
            parts = other.split(".")
            above = (".".join(parts[: end + 1]) for end in range(len(parts)))
            needs.add_edges_from((name, found) for found in above if found in paths)
    assert len(needs) == len(paths)
    for circle in networkx.strongly_connected_components(needs):
        first = min(circle, key=len)
        outside = [name for name in circle if not f"{name}.".startswith(f"{first}.")]
        assert not outside, f"{first} and these need each other: {', '.join(outside)}"


def test_tests_that_are_left_to_make_check_are_there() -> None:
    for name in (ROOT / "tests/long.txt").read_text().splitlines():
        path, function = name.split("::")
        text = (ROOT / path).read_text()
        assert f"def {function.split('[')[0]}(" in text, name


def test_the_command_line_defines_no_class_but_what_shows() -> None:
    """What Python users may want lives in the other rooms; here are options and renderers."""
    shows = {"Visible", "Bar", "_Lines", "Finding", "Frame"}
    cli = Path(hrm_toolkit.__file__).parent / "cli"
    defined = {
        f"{path.name}: {node.name}"
        for path in sorted(cli.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef) and node.name not in shows
    }
    assert not defined
