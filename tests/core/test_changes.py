import pytest

from maillage.catalogue.models import Resource
from maillage.core.changes import Piece, readable, word_by_word
from maillage.directory.models import Place
from tests.factories.directory import StructureFactory
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db


def lines(model, before, after):
    return [(c.label, c.before, c.after) for c in readable(model, before, after)]


def test_values_are_said_in_words():
    structure = StructureFactory(name="Forum")
    commune = CommuneFactory(lille=True)
    before = {"themes": [], "is_free": None, "structure": None}
    after = {
        "themes": ["physics", "astronomy"],
        "is_free": False,
        "structure": structure.pk,
        "commune": commune.pk,
        "kind": "museum",
        "position_quality": "exact",
        "access": {"entree_pmr": True, "entree_marches": 3, "commentaire": ""},
        "summary": "",
    }

    said = {label: new for label, _old, new in lines(Place, before, after)}

    assert said["thèmes"].count(",") == 1
    assert "physics" not in said["thèmes"]
    assert said["entrée gratuite"] == "non"
    assert said["structure"] == "Forum"
    assert said["commune"].startswith("Lille")
    assert said["précision de la position"] == "à l’entrée"
    assert "Marches à l’entrée : 3" in said["accessibilité"].splitlines()
    assert "résumé" not in said


def test_money_lists_and_lost_rows_are_said():
    after = {
        "deposit_cents": 12050,
        "producers": [999999],
        "fees": [{"borrower": "tous", "days": 7, "cents": 100}],
    }

    said = {label: new for label, _old, new in lines(Resource, {}, after)}

    assert said["caution"].replace("\xa0", " ") == "120,50 €"
    assert said["producteurs"] == "fiche disparue"
    assert said["barème"].replace("\xa0", " ") == "tout emprunteur, 7 jours : 1 €"


def test_pictures_are_shown_as_pictures():
    (one,) = readable(Place, {"picture": ""}, {"picture": "images/a.png"})

    assert (one.picture_before, one.picture_after) == ("", "images/a.png")


def test_long_texts_differ_word_by_word():
    before = (
        "Le musée présente mille objets rares de la région, tous les jours de l’année."
    )
    after = before.replace("mille", "deux mille")

    pieces = word_by_word(before, after)

    assert Piece("new", "deux ") in pieces or Piece("new", " deux") in pieces
    assert "".join(p.text for p in pieces if p.change != "gone") == after
    assert "".join(p.text for p in pieces if p.change != "new") == before


def test_texts_with_little_in_common_are_shown_whole():
    assert word_by_word("court", "long " * 20) == []
    assert word_by_word("abc " * 20, "xyz " * 20) == []
    assert word_by_word("abc " * 3000, "abc " * 3001) == []


@pytest.mark.parametrize("value", [None, "", [], {}])
def test_empty_and_empty_are_the_same(value):
    assert readable(Place, {"themes": value}, {"themes": []}) == []
