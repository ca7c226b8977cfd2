"""Put measured figures into the reference page, between the marks of their benchmark."""

import datetime as dt
import os
import platform
import re
from pathlib import Path

from django.conf import settings

PAGE = settings.ROOT / "docs/reference/figures.md"


def machine() -> str:
    """What the figures were measured on."""
    info = Path("/proc/cpuinfo")
    text = info.read_text(encoding="utf-8") if info.exists() else ""
    model = re.search(r"model name\s*:\s*(.+)", text)
    cores = os.cpu_count() or 1
    busy = os.getloadavg()[0]
    return (
        f"{model[1] if model else platform.machine()}, {cores} cores, "
        f"Python {platform.python_version()}, load {busy:.1f} at the end"
    )


def record(name: str, table: str, *, page: Path = PAGE) -> None:
    """Replace what stands between ``<!-- bench:name -->`` and ``<!-- /bench:name -->``."""
    now = dt.datetime.now(tz=dt.UTC).strftime("%Y-%m-%d %H:%M UTC")
    start, end = f"<!-- bench:{name} -->", f"<!-- /bench:{name} -->"
    block = (
        f"{start}\n`python -m maillage bench {name}`, {now}, {machine()}.\n\n"
        f"{table.strip()}\n{end}"
    )
    text = page.read_text(encoding="utf-8")
    if start not in text:
        raise SystemExit(f"{page} has no place for the figures of {name}")
    head, rest = text.split(start, 1)
    page.write_text(head + block + rest.split(end, 1)[1], encoding="utf-8")


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table; all columns but the first hold numbers."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
