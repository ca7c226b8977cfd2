"""An event on its way into a programme: proposed, labelled, in the programme."""

import datetime as dt
import re

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from maillage.agenda.choices import LabelState
from maillage.agenda.models import Labelling, Programme
from maillage.agenda.services.charter import charter_lines
from tests.factories.accounts import UserFactory
from tests.factories.agenda import (
    CoordinatorFactory,
    EventFactory,
    ProgrammeFactory,
)
from tests.factories.directory import MembershipFactory, PlaceFactory
from tests.factories.territories import CommuneFactory

TODAY = timezone.localdate()
YEAR = TODAY.year + 1


@pytest.fixture
def programme():
    return ProgrammeFactory(
        year=YEAR,
        theme="Océan de savoirs",
        proposals_from=TODAY - dt.timedelta(1),
        proposals_until=TODAY + dt.timedelta(30),
        charter=charter_lines(["inside_dates", "free", "contact"]),
    )


@pytest.fixture
def event():
    place = PlaceFactory(
        name="Palais des étoiles", commune=CommuneFactory(lille=True), listed=True
    )
    return EventFactory(
        name="Atelier du ciel", slug="atelier-du-ciel", place=place,
        owner=place.structure, is_free=True, at=f"{YEAR}-10-02T14:00",
    )  # fmt: skip


@pytest.fixture
def label(programme, event):
    return Labelling.objects.create(
        programme=programme, event=event, note="Une première.",
        asked_at=dt.datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=dt.UTC),
    )  # fmt: skip


def test_an_organiser_proposes_and_the_coordination_labels(
    page, live_server, sign_in, programme, event
):
    sign_in(page, MembershipFactory(structure=event.owner).user)
    page.goto(f"{live_server.url}/mon-espace/")
    page.get_by_role("link", name="Proposer un événement – ").click()
    page.get_by_role("link", name="Vérifier et proposer Atelier du ciel").click()
    expect(page.get_by_text("Une règle obligatoire n’est pas")).to_be_visible()
    page.get_by_label("Pourquoi l’accepter").fill("Le contact suit demain.")
    page.get_by_role("button", name="Proposer quand même").click()
    expect(page.get_by_text("La coordination est prévenue.")).to_be_visible()

    sign_in(page, CoordinatorFactory(programme=programme).user)
    page.goto(f"{live_server.url}/mon-espace/")
    expect(page.get_by_text("1 proposition à examiner")).to_be_visible()
    page.get_by_role("link", name=f"Propositions {programme.name}").click()
    page.get_by_role("link", name="Atelier du ciel").click()
    page.get_by_label("Labelliser", exact=True).check()
    page.get_by_label("Lever « On sait à qui s’adresser » parce que").fill("Vu.")
    page.get_by_role("button", name="Répondre").click()
    expect(page.get_by_text("L’organisateur est prévenu par e-mail.")).to_be_visible()

    assert Labelling.objects.get().state == LabelState.GRANTED
    page.goto(live_server.url + programme.get_absolute_url())
    expect(page.get_by_role("link", name="Atelier du ciel").first).to_be_visible()


def test_the_charter_is_read_while_an_event_is_written(
    page, live_server, sign_in, programme, event
):
    sign_in(page, MembershipFactory(structure=event.owner).user)
    page.goto(f"{live_server.url}/temps-forts/{programme.slug}/proposer/")
    page.get_by_role("link", name="Décrire un nouvel événement").click()
    charter = page.get_by_role("region", name="La charte")
    expect(charter.get_by_text("3 règles obligatoires")).to_be_visible()

    page.get_by_label("Premier jour").fill(f"{YEAR}-10-03")
    page.get_by_label("Prix").first.select_option("true")

    expect(charter.get_by_text("Une règle obligatoire n’est pas")).to_be_visible()
    expect(charter.get_by_role("link", name="Corriger")).to_have_count(1)
    charter.get_by_role("link", name="Corriger").click()
    expect(page).to_have_url(re.compile("#id_booking_contact$"))


def test_the_page_of_a_programme_is_filtered_in_place(
    page, live_server, programme, event
):
    for row, name in ((event, "Atelier du ciel"), (None, "Une conférence")):
        row = row or EventFactory(name=name, at=f"{YEAR}-10-03T14:00")
        row.programme = programme
        row.save()
    page.goto(live_server.url + programme.get_absolute_url())
    expect(page.get_by_role("link", name="Une conférence")).to_be_visible()

    page.get_by_label("Jour").select_option(f"{YEAR}-10-02")
    if page.get_by_role("button", name="Afficher").is_visible():
        page.get_by_role("button", name="Afficher").click()

    expect(page.get_by_role("link", name="Une conférence")).to_have_count(0)
    expect(page.get_by_role("link", name="Atelier du ciel")).to_be_visible()


def test_the_agency_opens_the_next_edition_with_the_same_charter(
    page, live_server, sign_in, programme
):
    sign_in(page, UserFactory(role="agency"))
    page.goto(f"{live_server.url}/agence/")
    page.get_by_role("link", name="Tous les temps forts").click()
    page.get_by_role("link", name=programme.name).click()
    page.get_by_role("link", name="Édition suivante").click()
    for label, day in (
        ("Premier jour", f"{YEAR + 1}-10-01"),
        ("Dernier jour", f"{YEAR + 1}-10-11"),
        ("Propositions à partir du", f"{YEAR + 1}-01-10"),
        ("Propositions jusqu’au", f"{YEAR + 1}-08-31"),
    ):
        page.get_by_label(label).fill(day)
    page.get_by_role("button", name="Enregistrer").click()

    expect(
        page.get_by_text("L’édition est ouverte. Relisez sa charte.")
    ).to_be_visible()
    after = Programme.objects.get(year=YEAR + 1)
    assert after.charter == programme.charter
    assert after.ends_on == dt.date(YEAR + 1, 10, 12)


def test_axe_finds_nothing_on_programmes(
    screen, live_server, sign_in, programme, event, label, faults
):
    event.programme = programme
    event.save()
    other = Labelling.objects.create(
        programme=programme, event=EventFactory(at=f"{YEAR}-10-03T14:00"),
        state=LabelState.GRANTED, asked_at=label.asked_at,
    )  # fmt: skip
    found = {}
    slug = [programme.slug]

    def look(name, args):
        screen.goto(live_server.url + reverse(f"agenda:{name}", args=args))
        found[name] = faults(screen)
        wide = screen.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not wide, name

    look("programme_list", [])
    look("programme_detail", slug)
    look("programme_attendance", [*slug, other.token])
    sign_in(screen, role="agency")
    for name, args in (
        ("programme_new", []), ("programme_edit", slug), ("programme_charter", slug),
        ("programme_coordinators", slug), ("programme_report", slug),
        ("label_list", slug), ("label_detail", [*slug, label.pk]),
        ("label_choose", slug), ("label_new", [*slug, event.slug]),
    ):  # fmt: skip
        look(name, args)

    assert {name: list_ for name, list_ in found.items() if list_} == {}
