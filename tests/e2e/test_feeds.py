"""An agenda that is followed: a file, what it would change, both sides of a conflict."""

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from maillage.agenda.models import Event, Remote
from tests.factories.agenda import FeedFactory
from tests.factories.directory import MembershipFactory, StructureFactory
from tests.factories.territories import CommuneFactory

YEAR = timezone.localdate().year + 1


def calendar(title, sequence=0, location="Lille"):
    lines = (
        "BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VEVENT", "UID:un@exemple.org",
        f"SEQUENCE:{sequence}", f"SUMMARY:{title}", f"LOCATION:{location}",
        f"DTSTART:{YEAR}0306T130000Z", f"DTEND:{YEAR}0306T150000Z",
        "END:VEVENT", "END:VCALENDAR", "",
    )  # fmt: skip
    return {
        "name": "agenda.ics",
        "mimeType": "text/calendar",
        "buffer": "\r\n".join(lines).encode(),
    }


@pytest.fixture
def structure():
    return StructureFactory(
        name="Forum", commune=CommuneFactory(lille=True), listed=True
    )


def send(page, file):
    page.get_by_label("Fichier").set_input_files(file)
    page.get_by_role("button", name="Vérifier ce fichier").click()


def test_a_file_is_looked_at_then_taken_and_a_conflict_is_settled(
    page, live_server, sign_in, structure
):
    sign_in(page, MembershipFactory(structure=structure).user)
    page.goto(f"{live_server.url}/mon-espace/")
    page.get_by_role("link", name="Agendas suivis").click()
    page.get_by_role("link", name="Suivre un agenda").first.click()
    page.get_by_role("textbox", name="Nom (obligatoire)").fill("Agenda du Forum")
    page.get_by_label("Format").select_option("icalendar")
    page.get_by_label("Organisateur des événements").select_option("Forum")
    page.get_by_label("Nature des événements").select_option("workshop")
    page.get_by_role("button", name="Ajouter cet agenda").click()
    send(page, calendar("Fossiles"))
    expect(page.get_by_role("heading", name="Nouveaux (1)")).to_be_visible()
    assert not Event.objects.exists()
    page.get_by_role("button", name="Reprendre ces événements").click()
    expect(page.get_by_text("1 événement suivi")).to_be_visible()

    Event.objects.update(name="Fossiles du Nord")
    send(page, calendar("Fossiles et ammonites", 1))
    expect(page.get_by_text("à trancher")).to_be_visible()
    page.get_by_role("button", name="Reprendre ces événements").click()
    page.get_by_role("link", name="Fossiles du Nord").click()
    sides = page.get_by_role("group", name="nom").or_(page.locator(".two-sides")).first
    expect(sides).to_contain_text("Fossiles du Nord")
    expect(sides).to_contain_text("Fossiles et ammonites")
    sides.get_by_label("Dans l’agenda d’origine").check()
    page.get_by_role("button", name="Enregistrer ces choix").click()

    expect(page.get_by_text("C’est enregistré.")).to_be_visible()
    assert Event.objects.get().name == "Fossiles et ammonites"


def test_axe_finds_nothing_on_followed_agendas(
    screen, live_server, sign_in, structure, faults
):
    sign_in(screen, MembershipFactory(structure=structure).user)
    feed = FeedFactory(owner=structure, event_kind="workshop")
    found = {}

    def look(name, *args):
        screen.goto(live_server.url + reverse(f"agenda:{name}", args=args))
        found[name] = faults(screen)
        wide = screen.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not wide, name

    look("feed_list")
    look("feed_new")
    look("feed_detail", feed.pk)
    send(screen, calendar("Fossiles"))
    found["check"] = faults(screen)
    screen.get_by_role("button", name="Reprendre ces événements").click()
    expect(screen.get_by_text("1 événement suivi")).to_be_visible()
    Event.objects.update(name="Fossiles du Nord")
    send(screen, calendar("Ammonites", 1))
    screen.get_by_role("button", name="Reprendre ces événements").click()
    expect(screen.get_by_role("heading", name="À trancher")).to_be_visible()
    look("feed_detail", feed.pk)
    look("remote_detail", feed.pk, Remote.objects.get().pk)

    assert {name: list_ for name, list_ in found.items() if list_} == {}
