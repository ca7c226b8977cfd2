"""What the shared parts of pages promise, without a browser."""

import gzip
import re
from pathlib import Path

import pytest
from django import forms
from django.template.loader import render_to_string

from maillage.core import vocab

FAMILIES = ("place_kinds", "structure_kinds", "resource_kinds")
STATIC = Path(__file__).resolve().parents[1] / "maillage" / "static"
EVERY_PAGE = ("base", "layout", "components", "pages")


class Sample(forms.Form):
    name = forms.CharField(label="Nom", help_text="Tel qu’il est écrit.")
    kind = forms.ChoiceField(
        label="Genre", choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect
    )
    note = forms.CharField(label="Note", required=False)
    agreed = forms.BooleanField(label="D’accord")

    def clean(self):
        self.add_error(None, "Les deux ne vont pas ensemble.")


def test_a_required_field_says_so_in_words_and_an_optional_one_says_nothing():
    html = str(Sample())

    assert html.count("(obligatoire)") == 3
    assert re.search(r'<label for="id_note">\s*Note\s*</label>', html)


def test_each_mistake_is_beside_its_field_and_linked_from_the_summary():
    html = str(Sample({}))

    for target in ("id_name", "id_kind_0", "id_agreed"):
        assert f'href="#{target}"' in html
        assert f'id="{target}"' in html
    assert 'id="id_name_error"' in html
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'aria-invalid="true"' in html
    assert "Les deux ne vont pas ensemble." in html
    assert html.index("error-summary") < html.index('name="name"')


def test_a_form_without_a_mistake_has_no_summary():
    assert "error-summary" not in str(Sample())


def test_a_group_of_choices_is_a_fieldset_with_a_legend():
    assert re.search(r"<fieldset.*?<legend>Genre", str(Sample()), re.DOTALL)


def test_the_page_for_broken_servers_needs_neither_context_nor_database():
    html = render_to_string("500.html")

    assert "<h1>" in html
    assert 'action="/recherche/"' in html


def test_a_card_without_a_picture_shows_the_motif_of_its_family():
    thing = {
        "title": "Cité Nature",
        "url": "/lieux/cite-nature/",
        "kind_label": "Centre de sciences",
        "family": "nature",
        "badges": [{"label": "à vérifier", "tone": "unverified"}],
    }

    html = render_to_string("includes/card.html", {"thing": thing})

    assert "#nature" in html
    assert '<span class="badge badge-unverified">à vérifier</span>' in html


def test_a_title_with_markup_stays_text():
    thing = {
        "title": "<script>alert(1)</script>",
        "url": "/",
        "kind_label": "",
        "family": "nature",
    }

    assert "<script>" not in render_to_string("includes/card.html", {"thing": thing})


def test_every_motif_and_icon_that_pages_name_is_drawn():
    motifs = (STATIC / "img" / "motifs.svg").read_text(encoding="utf-8")
    icons = (STATIC / "img" / "icons.svg").read_text(encoding="utf-8")
    templates = STATIC.parent.rglob("*.html")
    named = {
        name
        for path in templates
        for name in re.findall(
            r'includes/icon\.html" with name="(\w+)"', path.read_text(encoding="utf-8")
        )
    }

    assert named
    assert all(f'id="{name}"' in icons for name in named)
    for family in {
        term.family for name in FAMILIES for term in vocab.terms(name).values()
    }:
        assert not family or f'id="{family}"' in motifs


def test_the_styles_of_every_page_are_light():
    styles = b"".join((STATIC / "css" / f"{n}.css").read_bytes() for n in EVERY_PAGE)

    assert len(gzip.compress(styles)) < 20_000


@pytest.mark.parametrize("name", [*EVERY_PAGE, "print"])
def test_colours_are_written_as_tokens_only(name):
    styles = (STATIC / "css" / f"{name}.css").read_text(encoding="utf-8")
    if name == "base":
        styles = styles.split("@layer base {")[1]
    styles = re.sub(r"light-dark\([^)]*\)", "", styles)
    if name == "print":
        styles = re.sub(r"#(fff|000)\b", "", styles)

    assert re.findall(r"#[0-9a-f]{3,8}\b", styles) == []


def luminance(colour: str) -> float:
    colour = colour.lstrip("#")
    if len(colour) == 3:
        colour = "".join(c * 2 for c in colour)
    parts = [int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [
        p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


TOKENS = {
    name: values
    for name, *values in re.findall(
        r"--([a-z0-9-]+): light-dark\((#\w+), (#\w+)\)",
        (STATIC / "css" / "base.css").read_text(encoding="utf-8"),
    )
}


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("text", "ground", "least"),
    [
        *[
            (f"{hue}-{step}", ground, 4.5)
            for hue in ("ink", "teal", "saffron", "brick")
            for step in (5, 6)
            for ground in ("paper", "paper-raised", "paper-sunken", f"{hue}-1")
        ],
        *[(f"{hue}-4", "paper", 3) for hue in ("ink", "teal", "brick")],
        ("ink-4", "paper-raised", 3),
        ("teal-5", "ink-1", 4.5),
        ("teal-5", "saffron-1", 4.5),
        ("teal-5", "brick-1", 4.5),
        ("on-action", "teal-5", 4.5),
        ("ink-6", "saffron-2", 4.5),
        ("focus", "paper", 3),
    ],
)
def test_colours_that_meet_can_be_told_apart(theme, text, ground, least):
    assert contrast(TOKENS[text][theme], TOKENS[ground][theme]) >= least
