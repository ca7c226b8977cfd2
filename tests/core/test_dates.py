"""Dates in words."""

import datetime as dt
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template import Context, Template
from django.utils import timezone, translation

from maillage.core.dates import day_words


@pytest.mark.parametrize(
    ("date", "form", "words"),
    [
        (dt.date(2026, 12, 1), "j F Y", "1er décembre 2026"),
        (dt.date(2026, 12, 1), "l j F", "mardi 1er décembre"),
        (dt.date(2021, 12, 1), "F Y", "décembre 2021"),
        (dt.date(2026, 12, 21), "j F Y", "21 décembre 2026"),
        (dt.date(2026, 12, 11), "j F", "11 décembre"),
    ],
)
def test_the_first_of_a_month_is_the_only_ordinal(date, form, words):
    assert day_words(date, form) == words


def test_english_has_no_ordinal():
    with translation.override("en"):
        assert day_words(dt.date(2026, 12, 1)) == "1 December 2026"


def test_a_template_says_the_day_of_where_the_reader_is():
    at = dt.datetime(2026, 11, 30, 23, 30, tzinfo=dt.UTC)
    page = Template("{% load texts %}{{ at|day }}, {{ none|day }}.")

    with timezone.override("Europe/Paris"):
        assert page.render(Context({"at": at, "none": None})) == "1er décembre 2026, ."


def test_no_template_writes_a_day_in_words_by_itself():
    """The filter of Django says « 1 décembre »; ours, ``day``, says « 1er »."""
    folder = Path(settings.BASE)
    wrong = [
        path.name
        for path in folder.rglob("*.html")
        if re.search(r'\|date:"[^"]*j F', path.read_text(encoding="utf-8"))
    ]
    assert list(folder.rglob("*.html"))
    assert wrong == []
