from maillage.catalogue.models import Resource
from maillage.core.changes import readable
from maillage.directory.models import Place


def test_a_change_of_fees_is_said_in_words():
    fees = [
        {"borrower": "tous", "days": 7, "cents": 12_000},
        {"borrower": "library", "days": 30, "cents": 0},
    ]

    (change,) = readable(Resource, {"fees": []}, {"fees": fees})

    assert "out emprunteur, 7 jours" in change.after
    assert "120" in change.after
    assert "borrower" not in change.after


def test_a_change_of_accessibility_is_said_in_words():
    (change,) = readable(Place, {"access": {}}, {"access": {"entree_plain_pied": True}})

    assert change.after.endswith(": oui")
    assert "entree" not in change.after
