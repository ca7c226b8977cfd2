"""Translations without GNU gettext.

``python -m scripts.i18n extract``         gather the texts of code and templates
``python -m scripts.i18n missing``         print what has no English yet, as JSON
``python -m scripts.i18n fill FILE.json``  take translations from {French: English}
``python -m scripts.i18n compile``         write what Django reads
``python -m scripts.i18n check``           complete, current, same placeholders?

French is the language of the code. For a text with a plural the JSON has a list,
singular then plural; a context stands before its text as ``context|text``.
"""

import argparse
import io
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import polib
from babel.messages.extract import extract

ROOT = Path(__file__).resolve().parent.parent
CODE = ROOT / "maillage"
CATALOGUE = CODE / "locale/en/LC_MESSAGES/django.po"
HEADER = {
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Language": "en",
    "MIME-Version": "1.0",
    "Plural-Forms": "nplurals=2; plural=(n != 1);",
    "Project-Id-Version": "maillage",
}
PLAIN = {"_": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None}
PLURAL = {"ngettext": (1, 2), "ngettext_lazy": (1, 2)}
CONTEXT = {"pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2)}
BOTH = {"npgettext": ((1, "c"), 2, 3), "npgettext_lazy": ((1, "c"), 2, 3)}
KEYWORDS = {**PLAIN, **PLURAL, **CONTEXT, **BOTH}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd%]|\{\w*\}")

Key = tuple[str, str, str]  # context, text, its plural


def texts() -> dict[Key, set[str]]:
    """Every text that the code shows, and the files that show it."""
    found: dict[Key, set[str]] = {}
    for path in sorted(CODE.rglob("*.py")):
        if "migrations" not in path.parts:
            _gather(found, path, path.read_bytes())
    for pattern in ("*.html", "*.txt"):
        for path in sorted(CODE.rglob(f"templates/**/{pattern}")):
            _gather(found, path, _of_template(path))
    return found


def _of_template(path: Path) -> bytes:
    """Return a template as Python, which it is but for its indentation."""
    from django.utils.translation.template import templatize

    flat = templatize(path.read_text(encoding="utf-8"), origin=str(path))
    return "\n".join(line.strip() for line in flat.splitlines()).encode() + b"\n"


def _gather(found: dict[Key, set[str]], path: Path, source: bytes) -> None:
    for _, message, _, context in extract("python", io.BytesIO(source), KEYWORDS):
        match message:
            case str():
                key = (context or "", message, "")
            case (str() as one, str() as many):
                key = (context or "", one, many)
            case _:
                continue
        if key[1]:
            found.setdefault(key, set()).add(path.relative_to(ROOT).as_posix())


def merged(found: dict[Key, set[str]]) -> polib.POFile:
    """Return the catalogue of these texts, with the translations it already has."""
    known = {}
    if CATALOGUE.exists():
        known = {_key(entry): entry for entry in polib.pofile(str(CATALOGUE))}
    catalogue = polib.POFile(wrapwidth=88)
    catalogue.metadata = HEADER
    for key in sorted(found, key=lambda key: (key[1].casefold(), key)):
        context, one, many = key
        old = known.get(key)
        entry = polib.POEntry(
            msgctxt=context or None,
            msgid=one,
            msgid_plural=many,
            occurrences=[(path, "") for path in sorted(found[key])],
        )
        if many:
            entry.msgstr_plural = old.msgstr_plural if old else {0: "", 1: ""}
        else:
            entry.msgstr = old.msgstr if old else ""
        catalogue.append(entry)
    return catalogue


def _key(entry: polib.POEntry) -> Key:
    return entry.msgctxt or "", entry.msgid, entry.msgid_plural or ""


def _name(entry: polib.POEntry) -> str:
    return f"{entry.msgctxt}|{entry.msgid}" if entry.msgctxt else entry.msgid


def _translations(entry: polib.POEntry) -> list[str]:
    if entry.msgid_plural:
        return [entry.msgstr_plural[0], entry.msgstr_plural[1]]
    return [entry.msgstr]


def write() -> int:
    catalogue = merged(texts())
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    CATALOGUE.write_text(f"{catalogue}\n", encoding="utf-8")
    without = sum(not all(_translations(entry)) for entry in catalogue)
    print(f"{len(catalogue)} texts, {without} without English")
    return 0


def missing() -> int:
    """Print a JSON map to fill in: for a plural, a list of two."""
    wanted = {
        _name(entry): ["", ""] if entry.msgid_plural else ""
        for entry in merged(texts())
        if not all(_translations(entry))
    }
    print(json.dumps(wanted, ensure_ascii=False, indent=1))
    return 0


def fill(path: Path) -> int:
    words = json.loads(path.read_text(encoding="utf-8"))
    catalogue = merged(texts())
    unknown = set(words) - {_name(entry) for entry in catalogue}
    taken = 0
    for entry in catalogue:
        translation = words.get(_name(entry))
        if not translation:
            continue
        taken += 1
        if not entry.msgid_plural:
            entry.msgstr = translation
        elif isinstance(translation, list):
            entry.msgstr_plural = {0: translation[0], 1: translation[1]}
        else:
            raise SystemExit(f"{_name(entry)!r} has a plural: give a list of two")
    CATALOGUE.write_text(f"{catalogue}\n", encoding="utf-8")
    print(f"{taken} translations taken")
    for name in sorted(unknown):
        print(f"unknown text, left out: {name!r}", file=sys.stderr)
    return 0


def faults() -> list[str]:
    """Return what is wrong with the catalogue, one sentence each."""
    found = texts()
    said = []
    written = {}
    if CATALOGUE.exists():
        written = {_key(entry): entry for entry in polib.pofile(str(CATALOGUE))}
    said += [f"not in the catalogue: {key[1]!r}" for key in found.keys() - written]
    said += [f"no longer used: {key[1]!r}" for key in written.keys() - found]
    said += [f"one singular with two plurals: {text!r}" for text in _clashes(found)]
    for entry in written.values():
        for source, words in zip(
            [entry.msgid, entry.msgid_plural], _translations(entry), strict=False
        ):
            if not words or entry.fuzzy:
                said.append(f"no English for {source!r}")
            elif not _same_placeholders(source, words):
                said.append(f"placeholders differ: {source!r} and {words!r}")
    return sorted(said)


def _clashes(found: Iterable[Key]) -> list[str]:
    """Return the singulars with two plurals: one would be shown for the other."""
    singulars = Counter((context, one) for context, one, many in found if many)
    return [one for (_, one), times in singulars.items() if times > 1]


def _same_placeholders(source: str, words: str) -> bool:
    return sorted(set(PLACEHOLDER.findall(source))) == sorted(
        set(PLACEHOLDER.findall(words))
    )


def check() -> int:
    said = faults()
    for line in said[:40]:
        print(line)
    if said:
        print(f"{len(said)} faults. `make messages` gathers the texts; then fill them.")
    return 1 if said else 0


def compiled() -> int:
    from maillage.core.translations import compile_messages

    for path in compile_messages():
        print(path.relative_to(ROOT))
    return 0


def main() -> int:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maillage.settings")
    django.setup()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("extract", "missing", "compile", "check"):
        commands.add_parser(name)
    commands.add_parser("fill").add_argument("file", type=Path)
    chosen = parser.parse_args()
    match chosen.command:
        case "extract":
            return write()
        case "missing":
            return missing()
        case "compile":
            return compiled()
        case "fill":
            return fill(chosen.file)
        case _:
            return check()


if __name__ == "__main__":
    sys.exit(main())
