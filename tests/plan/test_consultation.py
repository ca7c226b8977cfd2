"""Consultations: contributions, what became of them, files, syntheses, who sees what."""

import csv
import datetime as dt
import io
import json
import uuid

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from maillage.core.errors import Refused
from maillage.core.models import Mail
from maillage.plan.consultation_choices import ContributionState, Outcome
from maillage.plan.models import Contribution, Synthesis
from maillage.plan.services import consultations
from maillage.portal.own_data import data_file, leave_for_good
from tests.factories.accounts import UserFactory
from tests.factories.directory import MembershipFactory, StructureFactory
from tests.factories.plan_governance import (
    AxisFactory,
    ConsultationFactory,
    ContributionFactory,
    MandateFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def agency():
    return UserFactory(agency=True)


def url(name, *args):
    return reverse(f"plan:{name}", args=args)


def rows_of(answer):
    text = answer.content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


def write(consultation, by, *, now=None, key=None, **facts):
    values = {"text": "Plus de malles", "theme": "production", "author": "Ada",
              "structure": None, "is_anonymous": False, "axis": None} | facts  # fmt: skip
    return consultations.contribute(consultation, values=values, by=by,
                                    form_key=key or uuid.uuid4(), now=now or timezone.now())  # fmt: skip


def test_the_closing_time_holds_to_the_instant():
    row = ConsultationFactory(open=True)
    person = UserFactory()
    second = dt.timedelta(seconds=1)
    for moment, taken in (
        (row.opens_at - second, False),
        (row.opens_at, True),
        (row.closes_at - second, True),
        (row.closes_at, False),
    ):
        if taken:
            write(row, person, now=moment)
            continue
        with pytest.raises(Refused) as no:
            write(row, person, now=moment)
        assert no.value.code == "closed"
    assert row.contributions.count() == 2


def test_a_consultation_in_preparation_takes_nothing():
    with pytest.raises(Refused) as no:
        write(ConsultationFactory(open=True, is_public=False), UserFactory())
    assert no.value.code == "closed"


def test_the_same_form_twice_sends_it_once():
    row, person, key = ConsultationFactory(open=True), UserFactory(), uuid.uuid4()
    first = write(row, person, key=key)
    assert write(row, person, key=key) == first
    assert row.contributions.count() == 1


def test_an_anonymous_contribution_keeps_no_name():
    person = UserFactory()
    row = write(ConsultationFactory(open=True), person, is_anonymous=True,
                structure=StructureFactory())  # fmt: skip
    assert (row.author, row.structure, row.author_name) == ("", None, "")


def test_one_person_does_not_flood_a_consultation(monkeypatch):
    monkeypatch.setattr(consultations, "MOST_EACH", 2)
    row, person = ConsultationFactory(open=True), UserFactory()
    write(row, person)
    write(row, person)
    with pytest.raises(Refused) as no:
        write(row, person)
    assert no.value.code == "many"


def test_the_author_learns_the_answer_of_the_agency(agency):
    person = UserFactory()
    consultation = ConsultationFactory(open=True)
    row = write(consultation, person)
    said = {"version": 1, "by": agency, "now": timezone.now()}
    with pytest.raises(Refused) as no:
        consultations.moderate(row, accepts=False, why="", **said)
    assert no.value.code == "why"
    row = consultations.moderate(row, accepts=False, why="Hors sujet", **said)
    assert row.state == ContributionState.REFUSED
    assert "Hors sujet" in Mail.objects.get(to=person.email).body
    with pytest.raises(Refused) as no:
        consultations.moderate(row, accepts=True, why="", **said)
    assert no.value.code == "stale"


@pytest.mark.parametrize(
    ("outcome", "has_node", "reason", "code"),
    [
        (Outcome.KEPT, False, "", "node"),
        (Outcome.PARTLY, True, "", "reason"),
        (Outcome.NOT_KEPT, False, "", "reason"),
        (Outcome.NOT_KEPT, True, "Trop cher", "node"),
        (Outcome.KEPT, True, "", None),
        (Outcome.PARTLY, True, "Sans les prêts", None),
        (Outcome.NOT_KEPT, False, "Hors de portée", None),
        (Outcome.PENDING, False, "", None),
    ],
)
def test_an_outcome_says_where_or_why(agency, outcome, has_node, reason, code):
    row = ContributionFactory()
    node = AxisFactory(plan=row.consultation.plan) if has_node else None
    ask = {
        "outcome": outcome,
        "node": node,
        "reason": reason,
        "version": 1,
        "by": agency,
    }
    if code is None:
        assert consultations.say_outcome(row, **ask).outcome == outcome
        return
    with pytest.raises(Refused) as no:
        consultations.say_outcome(row, **ask)
    assert no.value.code == code


def test_the_database_wants_a_place_for_what_is_kept():
    with pytest.raises(IntegrityError), transaction.atomic():
        ContributionFactory(outcome=Outcome.KEPT)


def test_a_new_text_of_a_synthesis_is_a_new_version(agency):
    row = ConsultationFactory()
    ask = {"theme": "diffusion", "by": agency, "now": timezone.now()}
    consultations.write_synthesis(row, text="Un", seen=0, **ask)
    consultations.write_synthesis(row, text="Deux", seen=1, **ask)
    again = consultations.write_synthesis(
        row, text="Deux", seen=1, **ask
    )  # a double click
    assert again.version == 2
    with pytest.raises(Refused) as no:
        consultations.write_synthesis(row, text="Trois", seen=1, **ask)
    assert no.value.code == "stale"
    assert [one.text for one in consultations.syntheses_of(row)] == ["Deux"]
    assert Synthesis.objects.count() == 2


# Pages --------------------------------------------------------------------------


def test_the_public_page_follows_each_contribution_into_the_plan(client):
    row = ConsultationFactory()
    node = AxisFactory(plan=row.plan, title="Produire ensemble")
    ContributionFactory(
        consultation=row, outcome=Outcome.KEPT, node=node, text="Des malles"
    )
    ContributionFactory(
        consultation=row, outcome=Outcome.NOT_KEPT, reason="Trop cher", theme="funding"
    )
    ContributionFactory(consultation=row, waiting=True, text="Pas encore relue")

    page = client.get(url("consultation_detail", row.code)).content.decode()
    assert "2 contributions publiées" in page
    listed = client.get(url("contribution_list", row.code)).content.decode()
    for words in ("Des malles", "Produire ensemble", "Trop cher"):
        assert words in listed
    assert "Pas encore relue" not in listed
    kept = client.get(
        url("contribution_list", row.code) + "?suite=kept"
    ).content.decode()
    assert "Des malles" in kept
    assert "Trop cher" not in kept
    same = client.get(url("contribution_list", row.code) + "?theme=<script>")
    assert same.status_code == 200
    assert (
        len(
            rows_of(
                client.get(url("contribution_export", row.code, "csv") + "?suite=kept")
            )
        )
        == 1
    )


@pytest.mark.parametrize("who", ["anonymous", "member", "observer", "agency"])
def test_a_consultation_in_preparation_does_not_exist_for_others(client, who):
    row = ConsultationFactory(is_public=False)
    ContributionFactory(consultation=row)
    if who != "anonymous":
        client.force_login(UserFactory(**({who: True} if who != "member" else {})))
    wanted = 200 if who in {"observer", "agency"} else 404
    for address in (
        url("consultation_detail", row.code),
        url("contribution_list", row.code),
        url("contribution_export", row.code, "csv"),
    ):
        assert client.get(address).status_code == wanted
    assert (row.title in client.get(url("consultation")).content.decode()) == (
        wanted == 200
    )


def test_a_member_contributes_and_nothing_typed_is_lost_after_the_close(client):
    person = UserFactory(display_name="Camille")
    structure = StructureFactory()
    MembershipFactory(structure=structure, user=person)
    client.force_login(person)
    row = ConsultationFactory(open=True)
    key = str(uuid.uuid4())
    sent = {"form_key": key, "text": "Plus de malles dans le sud", "theme": "production",
            "structure": structure.pk}  # fmt: skip
    assert client.post(url("contribution_new", row.code), sent).status_code == 302
    assert client.post(url("contribution_new", row.code), sent).status_code == 302
    found = Contribution.objects.get()
    assert (found.state, found.author_name) == ("waiting", structure.name)

    row.closes_at = timezone.now() - dt.timedelta(seconds=1)
    row.save()
    late = sent | {"form_key": str(uuid.uuid4()), "text": "Écrit trop tard"}
    page = client.post(url("contribution_new", row.code), late)
    assert page.status_code == 422
    assert "Écrit trop tard" in page.content.decode()
    assert Contribution.objects.count() == 1
    assert (
        "Plus de malles dans le sud"
        in client.get(reverse("portal:my_space")).content.decode()
    )


def test_nobody_speaks_for_a_structure_that_is_not_theirs(client):
    client.force_login(UserFactory())
    row = ConsultationFactory(open=True)
    sent = {"form_key": str(uuid.uuid4()), "text": "Au nom d’un autre", "theme": "production",
            "structure": StructureFactory().pk}  # fmt: skip
    assert client.post(url("contribution_new", row.code), sent).status_code == 422
    assert not Contribution.objects.exists()


def test_a_person_without_a_name_is_not_named_by_their_address(client):
    person = UserFactory(display_name="")
    client.force_login(person)
    row = ConsultationFactory(open=True)
    client.post(url("contribution_new", row.code),
                {"form_key": str(uuid.uuid4()), "text": "Bonjour", "theme": "production"})  # fmt: skip
    found = Contribution.objects.get()
    assert found.is_anonymous
    assert found.author == ""


def test_the_agency_reads_over_and_says_what_it_becomes(client, agency):
    client.force_login(agency)
    row = ContributionFactory(waiting=True)
    node = AxisFactory(plan=row.consultation.plan)
    address = url("contribution_edit", row.pk)
    client.post(address, {"what": "moderate", "version": 1, "accepts": "yes"})
    late = client.post(
        address, {"what": "outcome", "version": 1, "outcome": "kept", "node": node.pk}
    )
    assert late.status_code == 422  # it was read over in between
    client.post(
        address, {"what": "outcome", "version": 2, "outcome": "kept", "node": node.pk}
    )
    row.refresh_from_db()
    assert (row.state, row.outcome, row.node) == ("published", "kept", node)
    client.post(
        address, {"what": "sort", "version": 3, "theme": "funding", "axis": node.pk}
    )
    row.refresh_from_db()
    assert (row.theme, row.axis) == ("funding", node)


# Files --------------------------------------------------------------------------


def send(client, consultation, text):
    file = io.BytesIO(text.encode())
    file.name = "contributions.csv"
    return client.post(url("contribution_import", consultation.code), {"file": file})


def apply(client, consultation, page):
    return client.post(
        url("contribution_import", consultation.code), {"table": page.context["text"]}
    )


def test_a_file_is_checked_then_written_and_comes_back_the_same(client, agency):
    client.force_login(agency)
    row = ConsultationFactory()
    node = AxisFactory(plan=row.plan)
    text = (
        "numéro;contribution;auteur;thème;axe;suite donnée;partie du plan;explication\n"
        f"1;Des malles;Club;production;{node.code};kept;{node.code};\n"
        "2;Des trains;;diffusion;;not_kept;;Trop cher\n"
    )
    page = send(client, row, text)
    assert page.context["plan"].counts == {
        "create": 2,
        "change": 0,
        "leave": 0,
        "refuse": 0,
    }
    assert not row.contributions.exists()
    assert apply(client, row, page).status_code == 302
    assert row.contributions.count() == 2
    assert row.contributions.get(number=2).is_anonymous

    file = client.get(url("contribution_export", row.code, "csv")).content.decode(
        "utf-8-sig"
    )
    again = send(client, row, file)
    assert again.context["plan"].counts["leave"] == 2
    changed = send(client, row, file.replace("Trop cher", "Hors de portée"))
    assert changed.context["plan"].counts == {
        "create": 0,
        "change": 1,
        "leave": 1,
        "refuse": 0,
    }
    assert apply(client, row, changed).status_code == 302
    assert row.contributions.get(number=2).reason == "Hors de portée"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("1;Des malles;Club;chaussures;;;;", "n’est pas dans la liste"),
        ("1;Des malles;Club;production;ZZ;;;", "Aucune partie du plan"),
        ("1;Des malles;Club;production;;kept;;", "dans quelle partie"),
        ("1;Des malles;Club;production;;not_kept;;", "pourquoi"),
        (";Des malles;Club;production;;;;", "remplie"),
        ("1;;Club;production;;;;", "remplie"),
    ],
)
def test_a_line_that_cannot_be_is_refused_with_why(client, agency, line, words):
    client.force_login(agency)
    head = "number;text;author;theme;axis;outcome;node;reason\n"
    page = send(client, ConsultationFactory(), f"{head}{line}\n")
    assert page.context["plan"].counts["refuse"] == 1
    assert words in page.content.decode()
    assert not page.context["may_apply"]


def test_two_lines_of_one_number_are_told(client, agency):
    client.force_login(agency)
    text = "number;text;theme\n1;Un;production\n1;Deux;production\n"
    page = send(client, ConsultationFactory(), text)
    assert "Le même numéro est à la ligne 2" in page.content.decode()


def test_nobody_but_the_agency_changes_a_consultation(client):
    row = ConsultationFactory()
    contribution = ContributionFactory(consultation=row)
    for person in (UserFactory(), UserFactory(observer=True)):
        client.force_login(person)
        for name, args in (
            ("consultation_edit", [row.code]), ("contribution_edit", [contribution.pk]),
            ("contribution_import", [row.code]), ("synthesis_edit", [row.code, "production"]),
            ("session_new", [row.code]), ("participants_add", [row.code]),
        ):  # fmt: skip
            assert client.post(url(name, *args)).status_code == 403


def test_the_agency_prepares_a_consultation_with_its_parts(client, agency):
    client.force_login(agency)
    day = timezone.localdate()
    card = {"title": "Vers le plan suivant", "starts_on": day.isoformat(),
            "ends_on": (day + dt.timedelta(20)).isoformat()}  # fmt: skip
    assert client.post(url("consultation_new"), card).status_code == 302
    row = ConsultationFactory._meta.model.objects.get(code="vers-le-plan-suivant")
    client.post(
        url("session_new", row.code), {"title": "Ouverture", "held_on": day.isoformat()}
    )
    wrong = client.post(
        url("session_new", row.code), {"title": "Hier", "held_on": "2020-01-01"}
    )
    assert wrong.status_code == 422
    for _click in range(2):
        client.post(
            url("workshop_new", row.code, 1),
            {"title": "Produire", "theme": "production"},
        )
        client.post(
            url("participants_add", row.code),
            {"names": "Club\n Musée  des arts \nClub\n"},
        )
    assert row.sessions.get().workshops.count() == 1
    assert set(row.participants.values_list("name", flat=True)) == {
        "Club",
        "Musée des arts",
    }
    both = client.post(url("consultation_edit", row.code), card | {"version": 1, "opens_at": "2026-01-01T10:00"})  # fmt: skip
    assert both.status_code == 422
    ok = client.post(
        url("consultation_edit", row.code), card | {"version": 1, "is_public": "on"}
    )
    assert ok.status_code == 302
    stale = client.post(
        url("consultation_edit", row.code), card | {"version": 1, "title": "Autre"}
    )
    assert stale.status_code == 422


def test_a_part_of_the_plan_shows_what_it_took_over(client):
    row = ConsultationFactory()
    node = AxisFactory(plan=row.plan)
    ContributionFactory(
        consultation=row, outcome=Outcome.KEPT, node=node, text="Des malles"
    )
    page = client.get(node.get_absolute_url())
    assert page.status_code == 200
    assert "Des malles" in page.content.decode()


def test_who_leaves_takes_their_name_and_what_was_not_published(client):
    person = UserFactory(display_name="Camille")
    consultation = ConsultationFactory(open=True)
    shown = ContributionFactory(
        consultation=consultation, sent_by=person, author="Camille"
    )
    ContributionFactory(consultation=consultation, sent_by=person, waiting=True)
    mandate = MandateFactory(
        user=person, shows_name=True, shows_name_since=timezone.localdate()
    )
    found = json.loads(data_file(person, now=timezone.now()))
    assert len(found["contributions"]) == 2
    assert found["mandates"][0]["name"] == mandate.person_name

    leave_for_good(person, now=timezone.now())
    kept = Contribution.objects.get()
    assert (kept.pk, kept.author_name, kept.sent_by) == (shown.pk, "", None)
    mandate.refresh_from_db()
    assert (mandate.email, mandate.shows_name, mandate.user) == ("", False, None)
