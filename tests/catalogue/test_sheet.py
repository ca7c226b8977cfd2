import pytest

from maillage.catalogue.fees import borrower_label, fee_summary, fee_table
from maillage.catalogue.models import Resource
from maillage.catalogue.sheet import (
    ages,
    between,
    crates,
    days,
    duration,
    given,
    identity,
    lending,
    metres,
    people,
    technical,
    unit,
)


def values(facts):
    return {fact.label: fact.value.replace("\xa0", " ") for fact in facts}


@pytest.mark.parametrize(
    ("minutes", "text"),
    [(None, ""), (45, "45 min"), (60, "1 h"), (90, "1 h 30"), (605, "10 h 05")],
)
def test_durations_are_hours_and_minutes(minutes, text):
    assert duration(minutes).replace("\xa0", " ") == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (None, ""),
        (1, "1 jour"),
        (5, "5 jours"),
        (7, "1 semaine"),
        (14, "2 semaines"),
        (30, "1 mois"),
        (60, "2 mois"),
    ],
)
def test_loans_are_counted_as_lenders_do(number, text):
    assert days(number) == text


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (None, None, ""),
        (7, None, "au moins 1 semaine"),
        (None, 30, "au plus 1 mois"),
        (7, 30, "de 1 semaine à 1 mois"),
        (7, 7, "1 semaine"),
    ],
)
def test_a_span_says_what_is_known(low, high, text):
    assert between(low, high, days) == text


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (None, None, ""),
        (6, None, "dès 6 ans"),
        (None, 12, "jusqu’à 12 ans"),
        (6, 12, "de 6 à 12 ans"),
    ],
)
def test_ages_say_what_is_known(low, high, text):
    assert ages(Resource(min_age=low, max_age=high)) == text


def test_units_are_plain():
    assert unit(1200, "m²") == "1\xa0200\xa0m²"
    assert unit(1.5, "m³") == "1,5\xa0m³"
    assert unit(None, "kg") == ""
    assert metres(250) == "2,50\xa0m"
    assert metres(300) == "3\xa0m"
    assert metres(None) == ""
    assert people(1) == "1 personne"
    assert people(3) == "3 personnes"


def test_crates_are_counted_and_the_largest_is_measured():
    assert crates(Resource(crates=1)) == "1 caisse"
    text = crates(Resource(crates=6, largest_crate="120 × 80 × 60"))
    assert text == "6 caisses, la plus grande de 120 × 80 × 60\xa0cm"
    assert crates(Resource(crates=2, largest_crate="un grand tube")).endswith("tube")


def test_the_three_lists_of_facts_are_in_words():
    resource = Resource(
        audiences=["families"],
        levels=["cycle_3"],
        visit_minutes=45,
        power="socket",
        surface_m2=80,
        loan_days_min=7,
        loan_days_max=60,
        deposit_cents=50000,
    )
    assert values(identity(resource))["Durée de la visite"] == "45 min"
    assert values(identity(resource))["Niveaux scolaires"] == "CM1, CM2, 6e (cycle 3)"
    assert values(technical(resource))["Électricité"] == "prise 230 V, 10/16 A"
    assert values(technical(resource))["Poids"] == ""
    assert values(lending(resource))["Durée du prêt"] == "de 1 semaine à 2 mois"
    assert values(given(lending(resource))).keys() == {"Durée du prêt", "Caution"}


def fee(borrower, length, cents):
    return {"borrower": borrower, "days": length, "cents": cents}


SCALE = [
    fee("musee", 30, 30000),
    fee("tous", 7, 8000),
    fee("tous", 30, 25000),
    fee("disparu", 7, 0),
]


def test_the_scale_has_a_row_a_borrower_and_a_column_a_duration():
    table = fee_table(Resource(fees=SCALE, free_for=["ecole", "musee"]))
    assert table.durations == ["1 semaine", "1 mois"]
    cells = [
        (r.borrower, [c.replace("\xa0", " ") for c in r.cells]) for r in table.rows
    ]
    assert cells == [
        ("tout emprunteur", ["80 €", "250 €"]),
        ("musée ou centre de sciences", ["–", "300 €"]),
        ("disparu", ["gratuit", "–"]),
        ("école maternelle ou élémentaire", ["gratuit", "gratuit"]),
    ]
    assert [row.is_free for row in table.rows] == [False, False, False, True]


def test_no_fee_is_no_table():
    assert not fee_table(Resource())
    assert fee_table(Resource(free_for=["ecole"]))
    assert borrower_label("tous") == "tout emprunteur"


@pytest.mark.parametrize(
    ("fees", "free_for", "text"),
    [
        ([], [], ""),
        ([], ["ecole"], "gratuit"),
        ([fee("tous", 7, 0)], [], "gratuit"),
        ([fee("tous", 7, 8000)], [], "80 €"),
        ([fee("tous", 7, 8000)], ["ecole"], "80 €, gratuit pour certains"),
        ([fee("tous", 7, 8000), fee("tous", 30, 25000)], [], "de 80 € à 250 €"),
        ([fee("ecole", 7, 0), fee("tous", 7, 8000)], [], "de gratuit à 80 €"),
        ([fee("tous", 7, 0)], ["sante"], "gratuit"),
    ],
)
def test_the_fee_is_told_in_a_few_words(fees, free_for, text):
    found = fee_summary(Resource(fees=fees, free_for=free_for))
    assert found.replace("\xa0", " ") == text
