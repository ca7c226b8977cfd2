import pytest
from hypothesis import given, strategies as st

from maillage.core.french import analyse, fold, index_terms


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Médiathèques", "mediatheque"),
        ("l’espace", "espaces"),
        ("d'histoire", "Histoires"),
        ("qu’elles", "elles"),
        ("jusqu'aux étoiles", "etoile"),
        ("Œuvre", "oeuvres"),
        ("ÆGIR", "aegir"),
        ("planétariums", "planetarium"),
        ("musée", "musees"),
        ("nationale", "nationaux"),
        ("STRASSE", "straße"),
    ],
)
def test_two_ways_to_write_a_word_give_one_term(one, other):
    assert analyse(one)[-1:] == analyse(other)[-1:]


@pytest.mark.parametrize("pair", [("poisson", "poison"), ("3D", "2D"), ("rue", "roue")])
def test_different_words_stay_different(pair):
    assert analyse(pair[0]) != analyse(pair[1])


def test_small_words_are_left_out_unless_nothing_else_is_there():
    assert analyse("le musée de la mine") == analyse("musée mine")
    assert analyse("le son") == ["le", "son"]
    assert "son" in index_terms("Le son des étoiles", keep_all=True)


@pytest.mark.parametrize("text", ["Pop’up", "Pop'up", "pop-up", "POP-UP"])
def test_a_compound_is_found_in_one_word_or_two(text):
    assert index_terms(text) == ["pop", "up", "popup"]


@given(text=st.text(max_size=200))
def test_terms_are_plain_words_and_a_text_is_found_by_itself(text):
    terms = index_terms(text, keep_all=True)

    assert all(term and " " not in term and len(term) <= 40 for term in terms)
    assert set(analyse(text)) <= set(terms)
    assert len(terms) == len(set(terms))


@given(text=st.text(max_size=100))
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)
