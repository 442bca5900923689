"""Write the tables of docs/formats.md from what the tasks themselves say that they read.

::

    python scripts/formats.py [--check]
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

from hrm_toolkit.adapters.registry import BUILT_IN, get_adapter
from hrm_toolkit.core.files import TextForm

PAGE = Path(__file__).parents[1] / "docs" / "formats.md"
BEGIN, END = "<!-- forms -->\n", "<!-- end of forms -->\n"


def table() -> str:
    """A row a task: the forms of its texts and of its JSON, and what its puzzles render as."""
    rows: dict[tuple[str, str], list[str]] = defaultdict(list)
    for task in sorted(BUILT_IN):
        adapter = get_adapter(task)
        texts = [form.name for form in adapter.forms() if isinstance(form, TextForm)]
        records = [form.name for form in adapter.forms() if not isinstance(form, TextForm)]
        words = ["drawn" if name.endswith(", drawn") else name for name in texts]
        rows["; ".join(dict.fromkeys(words)), "; ".join(dict.fromkeys(records))].append(task)
    lines = ["| task | as text | as JSON, beside its own |", "|---|---|---|"]
    for (texts_said, records_said), tasks in sorted(rows.items(), key=lambda row: row[1]):
        named = ", ".join(f"`{task}`" for task in tasks)
        lines.append(f"| {named} | {texts_said or '-'} | {records_said or '-'} |")
    return "\n".join(lines) + "\n"


def written(page: str) -> str:
    """The page with today's table between its marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def main() -> int:
    """Write the page; with ``--check`` say whether it is as it would be written."""
    page = PAGE.read_text(encoding="utf-8")
    if "--check" in sys.argv:
        return int(written(page) != page)
    PAGE.write_text(written(page), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
