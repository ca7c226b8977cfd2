"""Turn the translations that people write (.po) into what Django reads (.mo).

GNU gettext is not on every machine, so that ``polib`` does it. French is the language
of the code and needs no catalogue, but for its plural, *0 lieu* and not *0 lieux*, and
for its no-break spaces, which code is written without: a sign never starts a line. Its
catalogue is made here from the texts that have either.
"""

import re
from pathlib import Path

import polib
from django.conf import settings

FRENCH = {
    "Content-Type": "text/plain; charset=UTF-8",
    "Language": "fr",
    "Plural-Forms": "nplurals=2; plural=(n > 1);",
}
#: The spaces of « mot », mot : mot ; mot ! mot ? 5 000 px, 12 €.
NO_BREAK = re.compile(
    r"(?<=«) | (?=[:;!?»€](?:[\s<.,)]|$))|(?<=\d) (?=(?:\d{3}|ko|Mo|px)\b)"
)


def catalogue_of(language: str) -> Path:
    """Where the translations into one language are written."""
    folder = Path(settings.LOCALE_PATHS[0])
    return folder / language / "LC_MESSAGES" / "django.po"


def compile_messages() -> list[Path]:
    """Write each compiled catalogue that is older than its source; return them."""
    written = []
    source = catalogue_of("en")
    if not source.exists():
        return []
    for language in ("en", "fr"):
        target = catalogue_of(language).with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        english = polib.pofile(str(source))
        target.parent.mkdir(parents=True, exist_ok=True)
        # Another process may read it meanwhile: write beside, then rename.
        beside = target.with_suffix(".new")
        (english if language == "en" else _french(english)).save_as_mofile(str(beside))
        beside.replace(target)
        written.append(target)
    return written


def _french(english: polib.POFile) -> polib.POFile:
    french = polib.POFile()
    french.metadata = FRENCH
    french.extend(
        polib.POEntry(
            msgctxt=entry.msgctxt,
            msgid=entry.msgid,
            msgid_plural=entry.msgid_plural,
            msgstr_plural={0: typeset(entry.msgid), 1: typeset(entry.msgid_plural)},
        )
        for entry in english
        if entry.msgid_plural
    )
    french.extend(
        polib.POEntry(msgctxt=entry.msgctxt, msgid=entry.msgid, msgstr=text)
        for entry in english
        if not entry.msgid_plural and (text := typeset(entry.msgid)) != entry.msgid
    )
    return french


def typeset(text: str) -> str:
    """Return a French text with the no-break spaces that its signs ask for."""
    return NO_BREAK.sub("\u00a0", text)
