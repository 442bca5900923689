"""The documentation does what it shows.

Blocks marked ``python`` run, those of a page one after another; ``console`` commands run and print
the lines that follow them; ``sh`` commands have the options that they use; ``py`` compiles.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import re
import runpy
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import typer
from running import EXAMPLES, Command

from hrm_toolkit.adapters import registry
from hrm_toolkit.cli.app import gather
from hrm_toolkit.solvers.bundles.manifest import bundle_folder, bundled_names, read_manifest

ROOT = EXAMPLES.parent
TESTED_BY_ITSELF = {"first-task", "your-own-problem", "state-spaces"}
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path, *languages: str) -> list[str]:
    return [text for language, text in BLOCK.findall(page.read_text()) if language in languages]


def having(*languages: str) -> list[Path]:
    return [page for page in PAGES if blocks(page, *languages)]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A reader's folder, with the examples in it; tasks that a page registers go with it."""
    shutil.copytree(EXAMPLES, tmp_path / "examples", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(registry, "_registered", registry.registered())
    return tmp_path


def by_name(page: Path) -> str:
    return page.stem


@pytest.mark.parametrize(
    "page", [page for page in having("python") if page.stem not in TESTED_BY_ITSELF], ids=by_name
)
def test_python_blocks_run(page: Path, place: Path) -> None:
    names: dict[str, object] = {"__name__": "page"}
    for text in blocks(page, "python"):
        if text.startswith(">>>"):
            test = doctest.DocTestParser().get_doctest(text, names, page.name, page.name, 0)
            out = io.StringIO()
            failed = doctest.DocTestRunner().run(test, out=out.write, clear_globs=False).failed
            assert not failed, out.getvalue()
            names = test.globs
        else:
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile(text, page.name, "exec", dont_inherit=True), names)  # noqa: S102


@pytest.mark.parametrize("page", having("py"), ids=by_name)
def test_python_that_is_only_shown_compiles(page: Path) -> None:
    for text in blocks(page, "py"):
        compile(text, page.name, "exec")


@pytest.mark.parametrize("page", having("console"), ids=by_name)
def test_console_blocks_print_what_they_show(page: Path, place: Path, command: Command) -> None:
    for text in blocks(page, "console"):
        for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
            said, _, shown = part.partition("\n")
            printed = run(said, command)
            for line in filter(str.strip, shown.splitlines()):
                # Seconds differ from run to run; "..." stands for what is left out.
                wanted = r"[\d.e-]+ s\b".join(
                    map(re.escape, re.split(r"\b[\d.]+ s\b", line.strip()))
                ).replace(r"\.\.\.\ more", ".*")
                assert re.search(wanted, printed), (said, line, printed)


def run(said: str, command: Command) -> str:
    """What a command prints: ours in this process, the shell's own in one of its own."""
    words = shlex.split(said, comments=True)
    if words[0] != "hrm-toolkit":
        return subprocess.run(
            ["bash", "-c", said], capture_output=True, text=True, check=True
        ).stdout
    ran = command(*words[1:], stdin=None)
    assert ran.status == 0, (said, ran.out, ran.err)
    return ran.out + ran.err


@pytest.mark.parametrize("page", PAGES, ids=by_name)
def test_commands_that_are_shown_have_their_options(page: Path) -> None:
    app = typer.main.get_command(gather())
    lines = "\n".join(blocks(page, "sh", "bash", "")).replace("\\\n", " ").splitlines()
    rows = [line for line in page.read_text().splitlines() if line.startswith("|")]
    lines += re.findall(r"`(hrm-toolkit [^`]+)`", "\n".join(rows))
    for line in lines:
        asked = re.search(r"(?:^|\| )hrm-toolkit (.+)", line)
        if asked is None:
            continue
        words = [word for word in shlex.split(asked[1], comments=True) if word != "|"]
        if any(word in words for word in (">", "|")):
            words = words[: min(words.index(w) for w in (">", "|") if w in words)]
        parse(app, words)


def parse(app: typer.core.TyperGroup, words: list[str]) -> None:
    """Refuse a command or an option that there is not, and one that lacks what it needs."""
    found, context = app, typer.Context(app)
    while hasattr(found, "commands"):
        assert {*words[:1]} & {*found.commands}, words
        found, words = found.commands[words[0]], words[1:]
        context = typer.Context(found, parent=context)
        if hasattr(found, "commands") and (not words or words[0].startswith("-")):
            return
    said, _, _ = found.make_parser(context).parse_args([*words])
    asked = {option.name for option in found.params if option.required and option.opts[0][0] == "-"}
    # A command alone is its name in a sentence.
    assert not words or asked <= {*said}, (found.name, words)


def test_the_table_of_formats_is_what_the_tasks_say() -> None:
    formats = runpy.run_path(str(ROOT / "scripts" / "formats.py"))
    page = formats["PAGE"].read_text(encoding="utf-8")
    assert formats["written"](page) == page, "python scripts/formats.py writes it anew"
    assert page.count("| `sudoku` | a Sudoku; ") == 1


def test_every_page_is_in_the_site_and_its_links_lead_somewhere() -> None:
    nav = (ROOT / "zensical.toml").read_text()
    left_out = {"package.md"}
    for page in PAGES[1:]:
        assert page.name in left_out or f'"{page.name}"' in nav, page.name
        text = BLOCK.sub("", page.read_text())
        for target, anchor in re.findall(r"\]\(([^)#:]+)(?:#([^)]+))?\)", text):
            there = page.parent / target
            assert there.exists(), (page.name, target)
            if anchor:
                assert anchor in anchors(there), (page.name, target, anchor)


def anchors(page: Path) -> set[str]:
    """As GitHub and the site make them of headings."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


TABLE = [line for line in (ROOT / "README.md").read_text().splitlines() if line[:3] == "| `"]
SHOWN = [said for line in TABLE for said in re.findall(r"`hrm-toolkit (solve [^`]+)`", line)]


@pytest.mark.parametrize("said", SHOWN)
def test_the_example_of_each_task_of_the_readme_is_solved(
    said: str, place: Path, command: Command
) -> None:
    words = shlex.split(said)
    if any(word.startswith("gym:") for word in words):
        pytest.importorskip("gymnasium")
    if "--adapt" in words:
        # A minute of training: what else it says is tried.
        words = words[: words.index("--adapt")]
    ran = command(*words, "--seconds", "20")
    assert ran.status == 0, ran
    assert re.search("verified by the rules|reproduces all", ran.out), ran.out


def test_rates_in_the_readme_are_those_of_the_cards() -> None:
    found = 0
    for line in TABLE:
        for said, rate, n in re.findall(r"([^|;:`]+) (\d\.\d+) \(([\d,]+)\)", line):
            (name,) = {name for name in re.findall(r"`([\w-]+)`", line) if name in bundled_names()}
            card = read_manifest(bundle_folder(name)).evaluation[said.strip()]
            whole = (
                card["optimal_rate"] if card["optimal_rate"] is not None else card["verified_rate"]
            )
            digits = len(rate.partition(".")[2])
            assert f"{whole:.{digits}f}" == rate, (name, said)
            assert card["n"] == int(n.replace(",", "")), (name, said)
            found += 1
    assert found >= 15
