"""Carbon of the road: figures with a source, the same wherever they are shown."""

import pytest
from django.template.loader import render_to_string

from maillage.circulation.carbon import CO2_KG, co2_kg
from maillage.core import vocab


@pytest.mark.parametrize(
    ("vehicle", "kg"),
    [
        ("car", 0.192),
        ("large_van", 0.491),  # 0.160 l of 3.07 kg
        ("truck", 0.675),
        ("heavy_truck", 0.829),
        ("sent_by_post", 0.032),
        ("bicycle", 0.0),
        ("", 0.491),  # not known: a van
    ],
)
def test_a_kilometre_emits_what_the_order_of_2012_says(vehicle, kg):
    assert co2_kg(vehicle) == pytest.approx(kg, abs=0.001)


def test_every_vehicle_of_the_vocabulary_has_its_figure():
    assert set(CO2_KG) == set(vocab.terms("vehicles"))


def test_the_page_says_where_the_figures_come_from():
    text = render_to_string("circulation/co2_source.html")

    assert "arrêté du 10 avril 2012" in text
    assert "ADEME" in text
