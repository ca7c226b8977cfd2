"""Print the reference pages that come from the code, or say that they are behind.

``python -m scripts.reference`` writes them, ``--check`` only compares.
"""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "docs/reference"
MADE = "<!-- Made from the code by `make docs`: change it there. -->\n"


def settings_page() -> str:
    from maillage.env import ASKED

    rows = [
        f"| `MAILLAGE_{s.name}` | {s.kind} | {_shown(s.default)} | {s.help} |"
        for s in sorted(ASKED.values(), key=lambda setting: setting.name)
    ]
    return "\n".join(
        [
            "# Settings",
            "",
            MADE,
            "Read from the environment when the site starts. A secret may stand in a",
            "file instead: `MAILLAGE_SECRET_KEY_FILE=/etc/maillage/secret`.",
            "",
            "| variable | kind | default | what for |",
            "| --- | --- | --- | --- |",
            *rows,
            "",
        ]
    )


def _shown(default: str) -> str:
    if default.startswith(str(ROOT)):
        default = f".{default.removeprefix(str(ROOT))}"
    return f"`{default}`" if default else ""


def commands_page() -> str:
    from django.core.management import get_commands, load_command_class

    lines = ["# Commands", "", MADE, "Each is run as `python -m maillage COMMAND`.", ""]
    for name, app in sorted(get_commands().items()):
        if not str(app).startswith("maillage."):
            continue
        command = load_command_class(str(app), name)
        lines += [f"## {name}", "", str(command.help), ""]
        rows = list(_arguments(command.create_parser("maillage", name)))
        if rows:
            lines += ["| argument | default | what for |", "| --- | --- | --- |", *rows]
            lines += [""]
    return "\n".join(lines)


# Some settings are read only where another one asks for them.
EVERYTHING = {"MAILLAGE_DB": "postgresql", "MAILLAGE_OIDC_SERVER": "documented"}
# What every Django command has.
COMMON = {
    "help", "version", "verbosity", "settings", "pythonpath", "traceback", "no_color",
    "force_color", "skip_checks",
}  # fmt: skip


def _arguments(parser: Any) -> Iterator[str]:
    for action in parser._actions:
        if action.dest in COMMON:
            continue
        name = ", ".join(action.option_strings) or action.dest
        default = action.default
        shown = (
            f"`{default}`" if default not in (None, False, "", "==SUPPRESS==") else ""
        )
        about = " ".join(str(action.help or "").split()).replace("|", "\\|")
        yield f"| `{name}` | {_clean(shown)} | {about} |"


def _clean(text: str) -> str:
    from django.conf import settings

    return text.replace(str(settings.VAR), "./var").replace(str(ROOT), ".")


def openapi_page() -> str:
    from maillage.api.v1 import api

    document = api.get_openapi_schema()
    return json.dumps(document, indent=1, ensure_ascii=False, default=str) + "\n"


def columns_page() -> str:
    from maillage.interchange.files import columns_page

    return columns_page(made=MADE)


def pages() -> dict[str, str]:
    return {
        "columns.md": columns_page(),
        "settings.md": settings_page(),
        "commands.md": commands_page(),
        "openapi.json": openapi_page(),
    }


def main() -> int:
    import django
    from django.utils import translation

    from maillage.core.translations import compile_messages

    for name in [name for name in os.environ if name.startswith("MAILLAGE_")]:
        if name != "MAILLAGE_VAR":
            del os.environ[name]
    os.environ.update(EVERYTHING)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maillage.settings")
    compile_messages()  # first: what is imported next may speak French
    django.setup()
    behind = []
    with translation.override("fr"):
        made = pages()
    for name, text in made.items():
        path = PAGES / name
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        behind.append(path.relative_to(ROOT))
        if "--check" not in sys.argv:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"written: {path.relative_to(ROOT)}")
    if behind and "--check" in sys.argv:
        print("behind the code:", *behind, "(make docs)")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
