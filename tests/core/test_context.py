"""The region's card and the dates, in the language of the page."""

from datetime import date

import pytest
from django.utils import formats, translation

from maillage.core.context import region


def test_the_card_speaks_french_by_default():
    with translation.override("fr"):
        assert region()["in_the_region"] == "en Hauts-de-France"
        assert region()["agency"]["title"].startswith("agence régionale")


def test_the_english_page_takes_the_english_words_and_keeps_the_rest():
    with translation.override("fr"):
        french = region()
    with translation.override("en"):
        english = region()
    assert english["in_the_region"] == "in Hauts-de-France"
    assert english["agency"]["title"].startswith("the regional agency")
    assert english["agency"]["name"] == french["agency"]["name"]
    assert english["map"] == french["map"]


def test_a_language_that_the_card_does_not_speak_gets_french():
    with translation.override("nl"):
        assert region()["in_the_region"] == "en Hauts-de-France"


@pytest.mark.parametrize(
    ("language", "said"), [("fr", "3 novembre 2026"), ("en", "3 November 2026")]
)
def test_dates_are_european_in_both_languages(language, said):
    with translation.override(language):
        assert formats.date_format(date(2026, 11, 3)) == said
