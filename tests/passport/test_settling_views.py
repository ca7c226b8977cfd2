"""Pages and files of payments, as people use them."""

import csv
import datetime as dt
import io
import zipfile

import pytest
from django.urls import reverse

from maillage.passport.models import Settlement, SettlementRule
from maillage.passport.services import settling
from maillage.passport.services.settling_rules import Rule
from maillage.passport.settling_words import part_words, rule_words, steps
from tests.factories.accounts import UserFactory
from tests.factories.directory import MembershipFactory, PlaceFactory, StructureFactory
from tests.factories.passport import BenefitFactory
from tests.factories.settling import (
    CheckInFactory,
    SettlementFactory,
    SettlementRuleFactory,
)
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 5, 4, 9, tzinfo=dt.UTC)
THIN, NBSP = "\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}"
PERIOD = {"starts_on": "2026-01-01", "last_on": "2026-03-31"}


@pytest.fixture
def agency(client):
    person = UserFactory(agency=True)
    client.force_login(person)
    return person


@pytest.fixture
def places():
    """Three places of three structures, two departments, with 1, 2 and 3 passages."""
    found = [
        PlaceFactory(
            name=name,
            commune=CommuneFactory(**{town: True}),
            structure=StructureFactory(name=f"Structure du {name}", siret=siret),
            listed=True,
        )
        for name, town, siret in (
            ("Musée", "lille", "12345678900011"),
            ("Planétarium", "amiens", ""),
            ("Jardin", "amiens", ""),
        )
    ]
    for rank, place in enumerate(found):
        CheckInFactory.create_batch(rank + 1, place=place, distance_km=50.0 * rank)
    return found


def decided(by, **facts):
    draft = SettlementFactory(**facts)
    seen = settling.digest_of(draft, settling.computed(draft))
    return settling.decide(draft, seen=seen, by=by, now=NOW, today=NOW.date())


def url(name, *args):
    return reverse(f"passport:{name}", args=args)


def rows_of(answer):
    text = answer.content.decode().removeprefix("\ufeff")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


def test_a_rule_is_added_changed_and_taken_away(client, agency):
    said = client.post(
        url("settlement_rule_new") + "?regle=equity",
        {"name": "Équité", "cents": "1,50", "per": "holder", "bonus_cents": "2", "km": "30"},
    )  # fmt: skip
    rule = SettlementRule.objects.get()

    assert said["Location"] == url("settlement_list")
    assert rule.numbers == {"cents": 150, "per": "holder", "bonus_cents": 200, "km": 30}
    assert "1,50" in client.get(url("settlement_list")).content.decode()

    page = client.get(url("settlement_rule_edit", rule.pk)).content.decode()
    assert 'value="1,50"' in page
    client.post(
        url("settlement_rule_edit", rule.pk),
        {"name": "Équité", "cents": "2", "per": "person", "bonus_cents": "2", "km": "10"},
    )  # fmt: skip
    rule.refresh_from_db()
    assert rule.numbers == {"cents": 200, "per": "person", "bonus_cents": 200, "km": 10}

    client.post(url("settlement_rule_delete", rule.pk))
    assert not SettlementRule.objects.exists()


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("flat", {"cents": "beaucoup", "per": "person"}),
        ("flat", {"cents": "1000,01", "per": "person"}),
        ("flat", {"cents": "2", "per": "everybody"}),
        ("price_share", {"share": "101", "of": "full"}),
        ("price_share", {"share": "0", "of": "full"}),
        ("equity", {"cents": "1", "per": "person", "bonus_cents": "1", "km": "0"}),
    ],
)
def test_a_rule_that_makes_no_sense_is_not_kept(client, agency, kind, values):
    said = client.post(
        url("settlement_rule_new") + f"?regle={kind}", {"name": "x", **values}
    )

    assert said.status_code == 422
    assert not SettlementRule.objects.exists()


def test_a_rule_that_has_served_is_copied(client, agency, places):
    rule = decided(agency).rule

    page = client.get(url("settlement_rule_edit", rule.pk)).content.decode()
    assert f"?copie={rule.pk}" in page
    said = client.post(
        url("settlement_rule_edit", rule.pk),
        {"name": "x", "cents": "3", "per": "person"},
    )
    assert said.status_code == 422
    copy = client.get(url("settlement_rule_new") + f"?copie={rule.pk}")
    assert 'value="2"' in copy.content.decode()


def test_rules_stand_side_by_side(client, agency, places):
    flat = SettlementRuleFactory()
    bonus = SettlementRuleFactory(equity=True, name="Bonus de 30 km")

    said = client.get(
        url("settlement_simulate"),
        {**PERIOD, "budget": "120", "rules": [flat.pk, bonus.pk]},
    )

    text = said.content.decode()
    assert said.status_code == 200
    # Of 12 € due by the first rule, 2, 4 and 6; of 21 € by the other, 1, 8 and 12:
    # 5,714… € and 45,714… € tie for the odd cent, the place of the first number has it.
    by_place = said.context["tables"][-1]["rows"]
    assert [row["label"] for row in by_place] == ["Jardin", "Planétarium", "Musée"]
    assert [cell["cents"] for cell in by_place[2]["cells"]] == [
        f"20,00{NBSP}€", f"5,72{NBSP}€",
    ]  # fmt: skip
    assert by_place[2]["cells"][1]["difference"] == f"−14,28{NBSP}€"
    areas = [row["label"] for row in said.context["tables"][0]["rows"]]
    assert areas == ["Somme", "Nord"]
    assert "Musée perd le plus" in text
    assert "chart-svg" in text
    assert [one["paid"] for one in said.context["columns"]] == [f"120,00{NBSP}€"] * 2


def test_a_simulation_begins_with_what_is_not_yet_paid(client, agency):
    SettlementRuleFactory()

    said = client.get(url("settlement_simulate"))

    assert said.status_code == 200
    assert "Aucun passage accepté ces jours-là" in said.content.decode()


def test_without_a_rule_the_page_leads_to_one(client, agency):
    text = client.get(url("settlement_simulate")).content.decode()

    assert url("settlement_rule_new") in text
    assert "Garder comme projet" not in text


@pytest.mark.parametrize(
    "wrong",
    [
        {"last_on": "2025-12-31"},
        {"last_on": "2029-12-31"},
        {"starts_on": "hier"},
        {"budget": "0"},
        {"rules": []},
    ],
)
def test_a_simulation_says_what_is_wrong(client, agency, wrong):
    rule = SettlementRuleFactory()

    said = client.get(
        url("settlement_simulate"), {**PERIOD, "rules": [rule.pk], **wrong}
    )

    assert said.status_code == 422
    assert "errorlist" in said.content.decode()


def test_more_rules_than_a_page_holds_are_refused(client, agency):
    rules = [row.pk for row in SettlementRuleFactory.create_batch(5)]

    said = client.get(url("settlement_simulate"), {**PERIOD, "rules": rules})

    assert said.status_code == 422


def test_from_a_simulation_to_the_payment(client, agency, places):
    rule = SettlementRuleFactory()
    page = client.get(
        url("settlement_simulate"), {**PERIOD, "budget": "100,01", "rules": [rule.pk]}
    )
    keep = page.context["keep"]
    values = {field.html_name: field.value() for field in keep}
    values = {name: value for name, value in values.items() if value is not None}

    said = client.post(url("settlement_keep"), {**values, "name": "Premier trimestre"})
    draft = Settlement.objects.get()
    assert said["Location"] == url("settlement_detail", draft.pk)
    assert (draft.budget_cents, draft.is_capped) == (100_01, False)
    assert draft.last_day == dt.date(2026, 3, 31)

    detail = client.get(url("settlement_detail", draft.pk))
    assert f"Arrêter 100,01{NBSP}€" in detail.content.decode()
    seen = {"seen": detail.context["digest"]}
    client.post(url("settlement_decide", draft.pk), seen)
    again = client.post(url("settlement_decide", draft.pk), seen, follow=True)

    assert "Ce paiement est déjà arrêté." in again.content.decode()
    lines = draft.lines.order_by("cents")
    assert [line.cents for line in lines] == [16_67, 33_34, 50_00]
    assert "les lignes sont celles qui ont été arrêtées" in again.content.decode()


def test_keeping_needs_a_name(client, agency):
    rule = SettlementRuleFactory()

    client.post(url("settlement_keep"), {**PERIOD, "budget": "5", "rule": rule.pk})

    assert not Settlement.objects.exists()


def test_a_draft_that_cannot_be_decided_says_why(client, agency, places):
    done = decided(agency)
    other = SettlementFactory(name="Encore", rule=done.rule)
    later = SettlementFactory(
        name="Plus tard", rule=done.rule,
        starts_on=dt.date(2190, 1, 1), ends_on=dt.date(2190, 2, 1),
    )  # fmt: skip

    twice = client.get(url("settlement_detail", other.pk)).content.decode()
    early = client.get(url("settlement_detail", later.pk)).content.decode()

    assert "un passage n’est payé qu’une fois" in twice
    assert "La période n’est pas finie" in early
    for page in (twice, early):
        assert 'name="seen"' not in page
    client.post(url("settlement_delete", other.pk))
    client.post(url("settlement_delete", done.pk))
    assert {*Settlement.objects.all()} == {done, later}


def test_the_file_for_payment_is_there_once_it_is_decided(client, agency, places):
    draft = SettlementFactory(budget_cents=1234_50)
    for name in ("settlement_export", "settlement_places_export"):
        assert client.get(url(name, draft.pk, "csv")).status_code == 404
    draft.delete()
    done = decided(agency, budget_cents=1234_50)

    rows = rows_of(client.get(url("settlement_export", done.pk, "csv")))

    assert [row["montant_euros"] for row in rows] == ["617,25", "205,75", "411,50"]
    museum = next(row for row in rows if row["beneficiaire"] == "Structure du Musée")
    assert museum["siret"] == "12345678900011"
    structure = places[0].structure
    assert museum["reference"] == f"PASS-{done.pk}-S{structure.pk}"
    assert museum["empreinte"] == done.digest
    assert client.get(url("settlement_export", done.pk, "pdf")).status_code == 404
    page = client.get(url("settlement_detail", done.pk)).content.decode()
    assert "2 bénéficiaires n’ont pas de SIRET" in page


@pytest.mark.parametrize("name", ["settlement_export", "settlement_places_export"])
@pytest.mark.parametrize("form", ["xlsx", "ods"])
def test_workbooks_have_numbers(client, agency, places, name, form):
    done = decided(agency, budget_cents=1234_50)

    answer = client.get(url(name, done.pk, form))
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content

    book = zipfile.ZipFile(io.BytesIO(body))
    inside = "xl/worksheets/sheet1.xml" if form == "xlsx" else "content.xml"
    assert "617.25" in book.read(inside).decode()


def test_one_beneficiary_is_paid_once_for_all_its_places(client, agency, places):
    second = PlaceFactory(name="Annexe", structure=places[0].structure)
    CheckInFactory(place=second)
    alone = PlaceFactory(name="Belvédère", structure=None)
    CheckInFactory(place=alone)
    done = decided(agency, budget_cents=8_00)

    rows = {
        row["beneficiaire"]: row
        for row in rows_of(client.get(url("settlement_export", done.pk, "csv")))
    }
    lines = rows_of(client.get(url("settlement_places_export", done.pk, "csv")))

    assert rows["Structure du Musée"]["montant_euros"] == "2,00"
    assert rows["Structure du Musée"]["lieux"] == "Annexe|Musée"
    assert rows["Belvédère"]["reference"] == f"PASS-{done.pk}-L{alone.pk}"
    assert len(lines) == 5
    assert {line["selon_la_regle_euros"] for line in lines} == {"2,00", "4,00", "6,00"}


def test_a_name_never_becomes_a_formula(client, agency):
    evil = StructureFactory(name='=HYPERLINK("http://x")')
    CheckInFactory(place=PlaceFactory(name="+33", structure=evil))
    done = decided(agency)

    (row,) = rows_of(client.get(url("settlement_export", done.pk, "csv")))
    (line,) = rows_of(client.get(url("settlement_places_export", done.pk, "csv")))

    assert row["beneficiaire"] == '\'=HYPERLINK("http://x")'
    assert (row["lieux"], line["lieu"]) == ("'+33", "'+33")


def test_a_simulation_is_a_file_too(client, agency, places):
    rules = [SettlementRuleFactory().pk, SettlementRuleFactory(equity=True).pk]

    answer = client.get(
        url("settlement_simulate"),
        {**PERIOD, "budget": "12", "rules": rules, "format": "csv"},
    )

    first = rows_of(answer)[0]
    assert first["lieu"] == "Jardin"
    assert {"regle_1_euros", "regle_2_euros"} < {*first}


def test_a_place_sees_its_own_line_and_no_other(client, agency, places):
    done = decided(agency, budget_cents=100_00)
    member = MembershipFactory(structure=places[0].structure).user
    client.force_login(member)

    page = client.get(url("settlement_line", done.pk, places[0].slug))
    text = page.content.decode()

    assert f"16,67{NBSP}€" in text
    assert "recalculé à l’instant : le même montant" in text.replace(f"{NBSP}:", " :")
    assert "Planétarium" not in text
    assert (
        client.get(url("settlement_line", done.pk, places[1].slug)).status_code == 404
    )
    mine = client.get(url("settlement_mine")).content.decode()
    assert f"16,67{NBSP}€" in mine
    assert "Jardin" not in mine
    assert client.get(url("settlement_detail", done.pk)).status_code == 403


def test_the_line_of_a_share_shows_each_price(client, agency, places):
    nine = BenefitFactory(place=places[0], normal_cents=900, price_cents=200)
    CheckInFactory(place=places[0], benefit=nine, people=3, paid_cents=600)
    CheckInFactory(place=places[0], flagged=True)
    rule = SettlementRuleFactory(
        share=True, numbers={"share": 50, "of": "lost", "unpriced_cents": 100}
    )
    done = decided(agency, rule=rule)

    text = client.get(url("settlement_line", done.pk, places[0].slug)).content.decode()

    assert f"3 personnes × plein tarif de 9{NBSP}€ − 6{NBSP}€ payés" in text
    assert f"21,00{NBSP}€" in text
    assert "1 personne sans plein tarif connu" in text
    assert "1 passage est à revoir" in text


def test_payments_are_found_from_other_pages(client, agency, places):
    done = decided(agency)
    SettlementFactory(name="Deuxième trimestre", rule=done.rule)
    desk = client.get(reverse("portal:agency_desk")).content.decode()
    assert "Deuxième trimestre" in desk

    client.force_login(MembershipFactory(structure=places[0].structure).user)
    line = url("settlement_line", done.pk, places[0].slug)
    assert line in client.get(reverse("portal:my_space")).content.decode()
    assert line in client.get(places[0].get_absolute_url()).content.decode()

    client.force_login(UserFactory())
    for page in (reverse("portal:my_space"), places[0].get_absolute_url()):
        assert "passeport/paiements" not in client.get(page).content.decode()


@pytest.mark.parametrize("number", [1, 3])
def test_a_payment_costs_the_same_for_one_place_or_three(
    client, agency, number, django_assert_max_num_queries
):
    for place in PlaceFactory.create_batch(number):
        CheckInFactory(place=place)
    done = decided(agency)

    with django_assert_max_num_queries(14):
        client.get(url("settlement_detail", done.pk))
    with django_assert_max_num_queries(14):
        client.get(url("settlement_simulate"), {**PERIOD, "rules": [done.rule_id]})


def test_rules_are_told_in_words():
    share = Rule("price_share", share=40, of="lost", unpriced_cents=300)
    passage = Rule("flat", cents=250, per="passage")

    assert rule_words(share) == (
        f"40{NBSP}% du manque à gagner, 3{NBSP}€ quand il n’est pas connu"
    )
    assert rule_words(passage) == f"2,50{NBSP}€ par passage"
    assert steps(passage, {"units": 2})[0].words == f"2 passages × 2,50{NBSP}€"


def test_an_amount_tells_how_it_was_rounded():
    up = part_words(due=200, cents=34, paid=100, whole=600)
    down = part_words(due=200, cents=33, paid=100, whole=600)

    assert "supérieur" in up
    assert "inférieur" in down
    assert part_words(due=5, cents=5, paid=None, whole=None) == (
        "Payé comme la règle le dit."
    )
    assert "50" in part_words(due=10, cents=5, paid=None, whole=None)
