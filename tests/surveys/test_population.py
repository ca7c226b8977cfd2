import io

import openpyxl
import pytest

from maillage.core.errors import Refused
from maillage.core.intake.files import read_file
from maillage.surveys.imports import apply_list, plan_list
from maillage.surveys.models import Unit
from maillage.surveys.services.answering import Change, Writer, save_answers
from maillage.surveys.services.population import (
    Filters,
    add_unit,
    draw,
    preview,
    remove_unit,
    renew_link,
    set_aside,
)
from tests.factories.accounts import UserFactory
from tests.factories.directory import MembershipFactory, StructureFactory
from tests.factories.surveys import NOW, TODAY, UnitFactory, WaveFactory
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def agency():
    return UserFactory(agency=True)


@pytest.fixture
def wave():
    return WaveFactory(state="preparing")


@pytest.fixture
def region():
    """Three structures: one to write to, one without address, one that has ended."""
    return [
        StructureFactory(kind="museum", email="musee@example.org"),
        StructureFactory(commune=CommuneFactory(amiens=True)),
        StructureFactory(is_active=False),
    ]


def test_filters_are_counted_before_anything_is_written(wave, region):
    found = preview(wave, filters=Filters())

    assert (found.total, found.new, found.without_email) == (2, 2, 1)
    assert dict(found.by_kind) == {"museum": 1, "association": 1}
    assert dict(found.by_department) == {"59": 1, "80": 1}
    assert not Unit.objects.exists()


@pytest.mark.parametrize(
    ("filters", "number"),
    [
        (Filters(), 2),
        (Filters(is_active=False), 3),
        (Filters(kinds=("museum",)), 1),
        (Filters(departments=("80",)), 1),
        (Filters(has_email=True), 1),
        (Filters(kinds=("museum",), departments=("80",)), 0),
    ],
)
def test_a_population_is_what_filters_choose(wave, region, agency, filters, number):
    assert draw(wave, filters=filters, by=agency) == number
    assert draw(wave, filters=filters, by=agency) == 0  # drawn again: nobody twice
    assert wave.units.filter(response__state="waiting").count() == number


def test_a_structure_without_address_is_reached_through_its_manager(
    wave, region, agency
):
    MembershipFactory(structure=region[1], user__email="membre@example.org")
    MembershipFactory(structure=region[1], manager=True, user__email="resp@example.org")

    draw(wave, filters=Filters(has_email=True), by=agency)

    assert set(wave.units.values_list("email", flat=True)) == {
        "musee@example.org", "resp@example.org",
    }  # fmt: skip


def test_the_panel_key_lasts_and_the_link_is_new_in_each_wave(region, agency):
    waves = [WaveFactory(state="preparing"), WaveFactory(state="preparing")]
    for wave in waves:
        draw(wave, filters=Filters(), by=agency)

    keys = [set(wave.units.values_list("panel_key", flat=True)) for wave in waves]
    tokens = list(Unit.objects.values_list("token", flat=True))
    assert keys[0] == keys[1]
    assert len(set(tokens)) == 4
    assert min(map(len, tokens)) >= 43


def test_one_is_added_and_taken_away_but_not_once_they_answer(wave, region, agency):
    unit = add_unit(wave, values={"structure": region[0]}, by=agency)
    with pytest.raises(Refused) as no:
        add_unit(wave, values={"structure": region[0]}, by=agency)
    assert no.value.code == "twice"
    remove_unit(unit, by=agency)
    assert not wave.units.exists()

    answered = UnitFactory()
    save_answers(
        answered.response,
        [Change("nom", "Forum")],
        writer=Writer(),
        now=NOW,
        today=TODAY,
    )
    with pytest.raises(Refused) as no:
        remove_unit(answered, by=agency)
    assert no.value.code == "answered"


def test_a_renewed_link_closes_the_old_one(client, agency):
    unit = UnitFactory()
    old = unit.token
    renew_link(unit, by=agency)

    unit.refresh_from_db()
    assert client.get(f"/repondre/{old}/").status_code == 404
    assert client.get(f"/repondre/{unit.token}/").status_code == 200


def test_who_is_set_aside_keeps_what_was_answered(agency):
    unit = UnitFactory()
    save_answers(
        unit.response, [Change("nom", "Forum")], writer=Writer(), now=NOW, today=TODAY
    )
    when = {"note": "au téléphone", "by": agency, "now": NOW}
    assert set_aside(unit, state="declined", **when).response.state == "declined"
    assert set_aside(unit, state="waiting", **when).response.state == "started"

    sent = UnitFactory(response__state="submitted")
    with pytest.raises(Refused) as no:
        set_aside(sent, state="outside", **when)
    assert no.value.code == "answered"


# Outside lists ---------------------------------------------------------------------

LIST = """clé;nom;adresse e-mail;nature;commune;siret
L1;Centre social;social@example.org;association;Lille;
L2;Médiathèque;;bibliothèque;59350;
;Club d'astronomie;;;;12345678200010
"""


def read(text):
    return read_file(text.encode(), name="liste.csv")


@pytest.fixture
def lille():
    return CommuneFactory(lille=True)


def test_a_list_is_checked_then_written_and_the_same_file_changes_nothing(
    wave, agency, lille
):
    plan = plan_list(wave, read(LIST))
    assert plan.counts == {"create": 3, "change": 0, "leave": 0, "refuse": 0}
    assert not wave.units.exists()

    apply_list(wave, plan, by=agency)

    keys = dict(wave.units.values_list("panel_key", "department"))
    assert keys == {"list:L1": "59", "list:L2": "59", "siret:12345678200010": None}
    again = plan_list(wave, read(LIST))
    assert again.counts == {"create": 0, "change": 0, "leave": 3, "refuse": 0}


def test_a_workbook_is_read_as_well(wave, agency, lille):
    book = openpyxl.Workbook()
    for row in [["clé", "nom", "commune"], ["L1", "Centre social", "Lille"]]:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)

    plan = plan_list(wave, read_file(file.getvalue(), name="liste.xlsx"))

    assert plan.counts["create"] == 1


def test_a_siret_of_the_directory_is_that_structure(wave, agency, lille):
    structure = StructureFactory(siret="12345678200010")

    apply_list(wave, plan_list(wave, read(LIST)), by=agency)

    unit = wave.units.get(structure=structure)
    assert unit.panel_key == f"structure:{structure.pk}"


def test_an_empty_cell_says_nothing_against_what_is_known(wave, agency, lille):
    apply_list(wave, plan_list(wave, read(LIST)), by=agency)
    later = LIST.replace("social@example.org", "").replace(
        "Médiathèque", "Bibliothèque"
    )

    plan = plan_list(wave, read(later))

    assert (plan.counts["change"], plan.counts["leave"]) == (1, 2)
    apply_list(wave, plan, by=agency)
    assert wave.units.get(panel_key="list:L1").email == "social@example.org"
    assert wave.units.get(panel_key="list:L2").name == "Bibliothèque"


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("L9;;x@example.org;;;", 2),
        ("L9;Club;pas une adresse;;;", 3),
        ("L9;Club;;trifouillis;;", 4),
        ("L9;Club;;;Trifouillis;", 5),
        ("L9;Club;;;;123", 6),
        ("L1;Autre;;;;", 1),
    ],
)
def test_a_bad_line_is_told_with_its_column_and_nothing_is_written(
    wave, agency, lille, line, column
):
    plan = plan_list(wave, read(f"{LIST}{line}\n"))

    assert [(one.line, one.column) for one in plan.problems] == [(5, column)]
    with pytest.raises(Refused) as no:
        apply_list(wave, plan, by=agency)
    assert no.value.code == "errors"
    assert not wave.units.exists()


def test_a_population_is_not_changed_once_the_wave_is_over(agency, lille):
    wave = WaveFactory(state="closed")
    for act in (
        lambda: draw(wave, filters=Filters(), by=agency),
        lambda: apply_list(wave, plan_list(wave, read(LIST)), by=agency),
        lambda: add_unit(wave, values={"name": "Club"}, by=agency),
    ):
        with pytest.raises(Refused) as no:
            act()
        assert no.value.code == "closed"
