"""A family looks for Saturday, signs up; a member announces a workshop; axe looks on."""

import datetime as dt
import re

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from maillage.agenda.choices import Booking
from maillage.agenda.models import Event, SignUp
from maillage.agenda.services.finding import weekend_of
from maillage.passport.services.benefit_events import follow_days
from tests.factories.agenda import (
    EventFactory,
    OccurrenceFactory,
    SeriesFactory,
    SignUpFactory,
)
from tests.factories.directory import MembershipFactory, PlaceFactory
from tests.factories.passport import BenefitFactory
from tests.factories.territories import CommuneFactory

TODAY = timezone.localdate()
SUNDAY = weekend_of(TODAY)[1] - dt.timedelta(1)


@pytest.fixture
def event():
    place = PlaceFactory(
        name="Palais des étoiles", commune=CommuneFactory(lille=True), listed=True
    )
    event = EventFactory(
        name="Atelier du ciel", place=place, owner=place.structure, is_free=True,
        booking=Booking.HERE, capacity=4, at=f"{SUNDAY}T23:00",
    )  # fmt: skip
    EventFactory(
        name="Une conférence", kind="talk", is_free=False, at=f"{SUNDAY}T23:30"
    )
    going = EventFactory(name="Fossiles du Nord", kind="exhibition")
    OccurrenceFactory(
        event=going, at=f"{TODAY - dt.timedelta(5)}T00:00", minutes=30 * 24 * 60,
        is_all_day=True,
    )  # fmt: skip
    return event


def test_a_family_finds_what_to_do_and_signs_up(page, live_server, event):
    page.goto(f"{live_server.url}/agenda/")

    page.get_by_role("link", name="Ce week-end").click()
    page.get_by_role("link", name="Gratuit", exact=True).click()
    expect(page.get_by_role("link", name="Une conférence")).to_have_count(0)
    page.get_by_role("link", name="Atelier du ciel").click()
    page.get_by_role("link", name=re.compile("^S’inscrire ?, ")).click()
    page.get_by_role("textbox", name=re.compile("^Nom ")).fill("Ana")
    page.get_by_label("Adresse e-mail").fill("ana@example.org")
    page.get_by_label("Nombre de personnes").fill("3")
    page.get_by_role("button", name="S’inscrire").click()

    expect(page.get_by_text("Un e-mail part à ana@example.org")).to_be_visible()
    assert SignUp.objects.get().seats == 3


def test_who_has_a_pass_keeps_what_it_opens(page, live_server, event):
    BenefitFactory(place=event.place)
    follow_days(today=TODAY)
    page.goto(f"{live_server.url}/agenda/")

    page.get_by_role("link", name="Avec le passeport").click()

    expect(page.get_by_role("link", name="Atelier du ciel")).to_be_visible()
    expect(page.get_by_role("link", name="Une conférence")).to_have_count(0)
    expect(page.get_by_label("avec le passeport")).to_be_checked()
    ways = page.get_by_role("navigation", name="Façons de voir")
    ways.get_by_role("link", name="Carte").click()
    expect(page.get_by_role("link", name="Atelier du ciel").first).to_be_visible()
    assert "passport=benefit" in page.url


def test_filters_change_the_list_in_place(page, live_server, event):
    page.goto(f"{live_server.url}/agenda/")
    expect(page.get_by_role("link", name="Une conférence")).to_be_visible()

    page.get_by_label("Atelier").check()

    expect(page.get_by_role("link", name="Une conférence")).to_have_count(0)
    expect(page.get_by_role("link", name="Atelier du ciel")).to_be_visible()
    assert "category=workshop" in page.url


def test_a_member_announces_a_workshop_that_repeats(page, live_server, sign_in, event):
    user = MembershipFactory(structure=event.owner).user
    sign_in(page, user)
    page.goto(live_server.url + reverse("agenda:event_new"))

    page.get_by_role("textbox", name="Nom", exact=False).first.fill(
        "Robots du mercredi"
    )
    page.get_by_label("Nature").select_option("workshop")
    page.get_by_label("Premier jour").fill("2027-03-03")
    page.get_by_label("Début").fill("14:00")
    page.get_by_label("Fin", exact=True).fill("16:00")
    expect(page.get_by_label("Jusqu’au")).to_be_hidden()
    page.get_by_label("Répétition").select_option("weekly")
    page.get_by_label("Jusqu’au").fill("2027-03-31")
    page.get_by_role("combobox", name=re.compile("^Lieu")).fill(
        "Palais des étoiles (Lille)"
    )
    page.get_by_role("button", name="Envoyer à l’agence").last.click()

    page.wait_for_url("**/evenements/robots-du-mercredi/")
    assert Event.objects.get(name="Robots du mercredi").occurrences.count() == 5


def test_axe_finds_nothing_where_the_public_goes(screen, live_server, event, faults):
    one = event.occurrences.get()
    signup = SignUpFactory(occurrence=one)
    found = {}
    for path in (
        "/agenda/", "/agenda/?feature=free&feature=online", f"/agenda/mois/{SUNDAY:%Y-%m}/", f"/agenda/semaine/{SUNDAY}/",
        f"/agenda/jour/{SUNDAY}/", "/agenda/passes/", "/agenda/carte/",
        event.get_absolute_url(),
        reverse("agenda:signup_new", args=[event.slug, one.pk]),
        reverse("agenda:signup_detail", args=[signup.token]), "/",
    ):  # fmt: skip
        # The button « où je suis » gets its name when the browser has said what it can.
        screen.goto(f"{live_server.url}{path}", wait_until="networkidle")
        found[path] = faults(screen)
        wide = screen.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not wide, path

    assert {path: list_ for path, list_ in found.items() if list_} == {}


def test_axe_finds_nothing_where_organisers_go(
    screen, live_server, event, faults, sign_in
):
    sign_in(screen, MembershipFactory(structure=event.owner).user)
    one = event.occurrences.get()
    SignUpFactory(occurrence=one)
    series = SeriesFactory(event=event)
    slug = [event.slug]
    found = {}
    for name, args in (
        ("event_new", []), ("event_edit", slug), ("event_dates", slug),
        ("event_status", slug), ("event_copy", slug), ("signup_list", slug),
        ("event_report", slug), ("occurrence_edit", [*slug, one.pk]),
        ("series_edit", [*slug, series.pk]),
    ):  # fmt: skip
        screen.goto(live_server.url + reverse(f"agenda:{name}", args=args))
        found[name] = faults(screen)

    assert {name: list_ for name, list_ in found.items() if list_} == {}


def test_everything_works_without_javascript(plain, live_server, event):
    plain.goto(f"{live_server.url}/agenda/?feature=free&when=week")

    expect(plain.get_by_role("link", name="Atelier du ciel")).to_be_visible()
    plain.get_by_label("Mots").fill("conférence")
    plain.get_by_role("button", name="Appliquer").click()
    expect(plain.get_by_text("Rien ne correspond")).to_be_visible()
    plain.goto(f"{live_server.url}/agenda/mois/{SUNDAY:%Y-%m}/")
    expect(plain.get_by_role("link", name="Atelier du ciel").first).to_be_visible()
