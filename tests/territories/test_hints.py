"""Suggestions are understood when they come back as they were written."""

import pytest

from maillage.territories.services import find_commune, suggest_communes
from tests.factories.territories import CommuneFactory, DepartmentFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def namesakes():
    somme = DepartmentFactory(code="80", name="Somme")
    return [
        CommuneFactory(insee="59009", name="Saint-Martin", slug="nord"),
        CommuneFactory(
            insee="80009", name="Saint-Martin", slug="somme", department=somme
        ),
    ]


@pytest.mark.parametrize(
    "text", ["Saint-Martin (Somme)", "st martin (80)", "SAINT MARTIN (80009)"]
)
def test_what_brackets_add_tells_namesakes_apart(namesakes, text):
    assert find_commune(text) == namesakes[1]


def test_brackets_that_fit_nothing_are_left_aside(namesakes):
    assert suggest_communes("Saint-Martin (Ardèche)") == suggest_communes(
        "Saint-Martin"
    )
    assert suggest_communes("(" * 5000) == []
