import pytest

from maillage.catalogue.fit import Fit, check_fit, verdict
from maillage.catalogue.models import Resource
from maillage.directory.models import Place


def line(label, need, offer):
    lines = check_fit(Resource(**need), Place(**offer))
    return next((one for one in lines if one.label == label), None)


@pytest.mark.parametrize(
    ("label", "need", "offer", "fit"),
    [
        ("Surface", {"surface_m2": 80}, {"host_surface_m2": 80}, Fit.OK),
        ("Surface", {"surface_m2": 80}, {"host_surface_m2": 79}, Fit.NO),
        ("Surface", {"surface_m2": 80}, {}, Fit.UNKNOWN),
        ("Hauteur", {"height_cm": 250}, {"host_height_cm": 260}, Fit.OK),
        ("Hauteur", {"height_cm": 250}, {"host_height_cm": 220}, Fit.NO),
        (
            "Porte",
            {"largest_crate": "120 × 80 × 60"},
            {"host_door_width_cm": 80},
            Fit.OK,
        ),
        (
            "Porte",
            {"largest_crate": "120 × 80 × 60"},
            {"host_door_width_cm": 59},
            Fit.NO,
        ),
        ("Porte", {"largest_crate": "120 × 80 × 60"}, {}, Fit.UNKNOWN),
        ("Électricité", {"power": "none"}, {}, Fit.OK),
        ("Électricité", {"power": "socket"}, {"host_power": "socket"}, Fit.OK),
        ("Électricité", {"power": "socket"}, {"host_power": "three_phase_32a"}, Fit.OK),
        ("Électricité", {"power": "three_phase_32a"}, {"host_power": "socket"}, Fit.NO),
        ("Électricité", {"power": "socket"}, {}, Fit.UNKNOWN),
        (
            "Électricité",
            {"power": "single_32a"},
            {"host_power": "three_phase_32a"},
            Fit.UNKNOWN,
        ),
        ("Équipe de montage", {"setup_people": 2}, {"host_staff": 2}, Fit.OK),
        ("Équipe de montage", {"setup_people": 2}, {"host_staff": 0}, Fit.NO),
        ("Équipe de montage", {"setup_people": 2}, {}, Fit.UNKNOWN),
        ("Accès", {"weight_kg": 20}, {"host_is_level": False}, Fit.OK),
        ("Accès", {"weight_kg": 300}, {"host_is_level": True}, Fit.OK),
        ("Accès", {"weight_kg": 300}, {"host_is_level": False}, Fit.NO),
        ("Accès", {"weight_kg": 300}, {}, Fit.UNKNOWN),
        ("Accueil", {}, {"can_host": False}, Fit.NO),
    ],
)
def test_each_need_is_met_or_not_or_unknown(label, need, offer, fit):
    assert line(label, need, offer).fit == fit


@pytest.mark.parametrize(
    "label", ["Surface", "Porte", "Électricité", "Accès", "Accueil"]
)
def test_a_need_that_there_is_not_gives_no_line(label):
    assert line(label, {}, {"host_surface_m2": 10, "can_host": True}) is None


def test_a_refusal_says_what_is_missing():
    found = line("Équipe de montage", {"setup_people": 3}, {"host_staff": 1})
    assert found.text == (
        "Il faut 3 personnes, le lieu n’offre que 1 personne. "
        "Trouvez 2 personnes de plus."
    )


def test_a_crate_that_passes_on_edge_is_said_to():
    on_edge = line(
        "Porte", {"largest_crate": "120 × 80 × 60"}, {"host_door_width_cm": 70}
    )
    assert on_edge.fit == Fit.OK
    assert "de chant" in on_edge.text
    wide = line("Porte", {"largest_crate": "120 × 80 × 60"}, {"host_door_width_cm": 90})
    assert "de chant" not in wide.text
    tube = line("Porte", {"largest_crate": "tube de 60"}, {"host_door_width_cm": 70})
    assert tube.fit == Fit.OK


@pytest.mark.parametrize(
    ("fits", "whole"),
    [
        ([], Fit.UNKNOWN),
        ([Fit.OK, Fit.OK], Fit.OK),
        ([Fit.OK, Fit.UNKNOWN], Fit.UNKNOWN),
        ([Fit.OK, Fit.UNKNOWN, Fit.NO], Fit.NO),
    ],
)
def test_the_verdict_is_the_worst_line(fits, whole):
    needs = {Fit.OK: 10, Fit.NO: 90}
    lines = [
        check_fit(
            Resource(surface_m2=needs.get(fit, 10)),
            Place(host_surface_m2=None if fit == Fit.UNKNOWN else 50),
        )[0]
        for fit in fits
    ]
    assert verdict(lines) == whole
