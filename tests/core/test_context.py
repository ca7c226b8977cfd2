"""The region's card in the language of the page."""

from django.utils import translation

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
