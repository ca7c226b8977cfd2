"""The tools of the repository: translations, server, commands."""

import json
import re
import subprocess
import sys

import polib
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import translation
from django.utils.translation import gettext, ngettext

import maillage
from maillage.core import serving, staticfiles, translations
from maillage.core.errors import Refused
from scripts import i18n

PAGE = """{% load i18n %}
  <h1 title='l"ombre'>{% translate "Accueillir" %}</h1> d'ici {# don't #}
{% translate "état" context "objet" %}
  {% blocktranslate trimmed count n=places|length %}
    {{ n }} lieu
  {% plural %}
    {{ n }} lieux
  {% endblocktranslate %}
    {{ title|default:_("sans titre") }}
"""
CODE = b"""
a = _("dit")
b = ngettext("%(n)s fois", "%(n)s fois", 2)
c = pgettext("objet", "dans un contexte")
d = translate("pas un texte")
"""


def test_the_texts_of_a_template_are_found_whatever_surrounds_them(tmp_path):
    page = tmp_path / "page.html"
    page.write_text(PAGE, encoding="utf-8")
    found = {}

    i18n._gather(found, i18n.ROOT / "page.html", i18n._of_template(page))

    assert set(found) == {
        ("", "Accueillir", ""),
        ("objet", "état", ""),
        ("", "%(n)s lieu", "%(n)s lieux"),
        ("", "sans titre", ""),
    }


def test_the_texts_of_code_are_found():
    found = {}

    i18n._gather(found, i18n.ROOT / "code.py", CODE)

    assert set(found) == {
        ("", "dit", ""),
        ("", "%(n)s fois", "%(n)s fois"),
        ("objet", "dans un contexte", ""),
    }


@pytest.mark.parametrize(
    ("french", "english", "same"),
    [
        ("%(n)s lieux de %(who)s", "%(who)s’s %(n)s places", True),
        ("%(n)s lieux", "places", False),
        ("{titre}", "{title}", False),
        ("100 %", "100%", True),
    ],
)
def test_a_translation_keeps_the_placeholders(french, english, same):
    assert i18n._same_placeholders(french, english) is same


def test_translations_are_taken_from_json_and_what_is_unknown_is_told(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(i18n, "CATALOGUE", tmp_path / "en/django.po")
    texts = {
        ("", "Publier", ""): {"a.py"},
        ("objet", "état", ""): {"b.html"},
        ("", "%(n)s lieu", "%(n)s lieux"): {"b.html"},
    }
    monkeypatch.setattr(i18n, "texts", lambda: texts)
    i18n.write()
    assert len(i18n.faults()) == 4  # the plural counts twice
    words = tmp_path / "words.json"
    words.write_text(
        json.dumps(
            {
                "Publier": "Publish",
                "objet|état": "condition",
                "%(n)s lieu": ["%(n)s place", "%(n)s places"],
                "Inconnu": "Unknown",
            }
        )
    )

    i18n.fill(words)

    assert i18n.faults() == []
    assert "'Inconnu'" in capsys.readouterr().err
    first = i18n.CATALOGUE.read_text(encoding="utf-8")
    i18n.write()
    assert i18n.CATALOGUE.read_text(encoding="utf-8") == first
    del texts["", "Publier", ""]
    assert i18n.faults() == ["no longer used: 'Publier'"]


@pytest.fixture
def catalogue(tmp_path, settings):
    """English and French as compiled from a catalogue of one text."""
    settings.LOCALE_PATHS = [tmp_path]
    path = translations.catalogue_of("en")
    path.parent.mkdir(parents=True)
    english = polib.POFile()
    english.metadata = i18n.HEADER
    english.append(
        polib.POEntry(
            msgid="%(n)s salle",
            msgid_plural="%(n)s salles",
            msgstr_plural={0: "%(n)s room", 1: "%(n)s rooms"},
        )
    )
    english.append(polib.POEntry(msgid="Salle", msgstr="Room"))
    english.save(str(path))


@pytest.mark.parametrize(
    ("language", "none", "one", "two", "title"),
    [
        ("fr", "0 salle", "1 salle", "2 salles", "Salle"),
        ("en", "0 rooms", "1 room", "2 rooms", "Room"),
    ],
)
@pytest.mark.usefixtures("catalogue")
def test_nothing_is_singular_in_french_and_plural_in_english(
    language, none, one, two, title, monkeypatch
):
    assert len(translations.compile_messages()) == 2
    assert translations.compile_messages() == []
    monkeypatch.setattr("django.utils.translation.trans_real._translations", {})

    with translation.override(language):
        said = [ngettext("%(n)s salle", "%(n)s salles", n) % {"n": n} for n in range(3)]
        assert [*said, gettext("Salle")] == [none, one, two, title]


IMPORT = re.compile(
    r"^\s*(?:import|export)\b[^;(]*?['\"]\./?[^'\"]*['\"](.?)", re.MULTILINE
)


def test_every_import_between_our_modules_ends_with_a_semicolon():
    """Else it would name a file without its hash, that a browser may have kept."""
    folder = settings.BASE / "static/js"
    ends = {
        (str(path.relative_to(folder)), end)
        for path in folder.rglob("*.js")
        for end in IMPORT.findall(path.read_text(encoding="utf-8"))
    }

    assert ends
    assert {end for _, end in ends} == {";"}


COLLECTED = (
    "django.contrib.staticfiles.management.commands.collectstatic.staticfiles_storage"
)


def test_static_files_are_named_by_their_content(tmp_path, settings, monkeypatch):
    source, target = tmp_path / "source", tmp_path / "target"
    (source / "js").mkdir(parents=True)
    (source / "js/part.js").write_text("export const n = 1;\n" * 40)
    (source / "js/whole.js").write_text('import { n } from "./part.js";\n' * 20)
    (source / "js/whole.js.map").write_text("{}")
    settings.STATICFILES_DIRS, settings.STATIC_ROOT = [source], target
    settings.STATICFILES_FINDERS = [
        "django.contrib.staticfiles.finders.FileSystemFinder"
    ]
    storage = staticfiles.Storage(location=str(target), base_url="/static/")
    monkeypatch.setattr(COLLECTED, storage)
    fresh = serving.static_digest()

    call_command("collectstatic", interactive=False, verbosity=0)

    whole = storage.stored_name("js/whole.js")
    assert re.fullmatch(r"js/whole\.[0-9a-f]{12}\.js", whole)
    assert (
        storage.stored_name("js/part.js").split("/")[1] in (target / whole).read_text()
    )
    assert (target / f"{whole}.br").exists()
    assert (target / f"{whole}.gz").exists()
    assert not (target / "js/whole.js.map").exists()
    assert storage.stored_name("js/unknown.js") == "js/unknown.js"
    assert storage._is_compressed("js/part.js")
    (source / "js/part.js").write_text("export const n = 2;\n")
    assert serving.static_digest() != fresh


@pytest.mark.django_db
def test_a_port_that_is_taken_is_said(live_server):
    port = int(live_server.url.rpartition(":")[2])

    with pytest.raises(Refused) as no:
        serving.serve("localhost", port, processes=1, threads=1, ready=lambda: None)

    assert no.value.code == "taken"
    assert f"PORT={port + 1}" in no.value.message


@pytest.mark.django_db
def test_the_site_is_not_served_with_an_old_database(monkeypatch):
    monkeypatch.setattr(
        "maillage.core.management.commands.serve.pending_migrations",
        lambda: ["core.0002_more"],
    )

    with pytest.raises(CommandError, match="migrate"):
        call_command("serve")


def test_a_missing_library_is_said_with_what_to_do():
    """As with the machine's own Python instead of that of .venv."""
    root = settings.ROOT
    done = subprocess.run(
        [sys.executable, "-S", "-m", maillage.__name__, "serve"],
        cwd=root,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "make setup" in done.stderr


def test_a_singular_with_two_plurals_is_a_fault():
    texts = [("", "%d fiche", "%d fiches"), ("", "%d fiche", ""), ("", "Non", "")]
    assert i18n._clashes(texts) == []
    assert i18n._clashes([*texts, ("", "%d fiche", "Les %d fiches")]) == ["%d fiche"]
    assert i18n._clashes([*texts, ("bois", "%d fiche", "Les %d fiches")]) == []


@pytest.mark.parametrize(
    ("plain", "typeset"),
    [
        ("Le lieu « Halle » : oui ?", "Le lieu «_Halle_»_: oui_?"),
        ("À revoir ; %(n)s € (%s !)", "À revoir_; %(n)s_€ (%s_!)"),
        ("5 000 px, 20 Mo et 3 lieux", "5_000_px, 20_Mo et 3 lieux"),
        ("https://x.fr/?a=b;c et 10:30", "https://x.fr/?a=b;c et 10:30"),
        ("<em>Vu</em> :", "<em>Vu</em>_:"),
    ],
)
def test_french_signs_stay_with_their_word(plain, typeset):
    assert translations.typeset(plain) == typeset.replace("_", "\u00a0")
