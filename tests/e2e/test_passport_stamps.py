"""A family follows a trail: the poster's address, stamps, what is next, the diploma."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from maillage.passport.models import Pass, Stamp
from maillage.passport.services.stamps import stamp_pass
from tests.e2e.network import come_back
from tests.factories.agenda import TrailFactory
from tests.factories.directory import MembershipFactory, PlaceFactory
from tests.factories.passport import OfferFactory, PassFactory
from tests.factories.territories import CommuneFactory


@pytest.fixture
def trail():
    place = PlaceFactory(
        name="Palais des étoiles", commune=CommuneFactory(lille=True), listed=True,
        lon=3.06, lat=50.63,
    )  # fmt: skip
    steps = [
        {"key": f"k{n}", "kind": kind, "slug": slug, "title": title, "text": "À voir.",
         "question": "Pourquoi ?", "minutes": 20, "lon": lon, "lat": lat}
        for n, (kind, slug, title, lon, lat) in enumerate(
            (
                ("place", place.slug, "Le palais", None, None),
                ("", "", "Le vieux pont", 3.07, 50.64),
            )
        )
    ]  # fmt: skip
    return TrailFactory(
        name="De pont en étoile", slug="de-pont-en-etoile", owner=place.structure,
        steps=steps, listed=True,
    )  # fmt: skip


def poster(live_server, stop):
    """What the code on a poster opens."""
    return f"{live_server.url}/parcours/{stop.trail.slug}/etapes/{stop.code}/"


def follow(page, live_server, trail):
    """From asking for a pass to its diploma."""
    one, two = trail.stops.all()
    page.goto(f"{live_server.url}/passeport/")
    page.get_by_role("link", name="Famille").click()
    page.get_by_label("6 à 11 ans").fill("2")
    page.get_by_label("Garder mes tampons").check()
    page.get_by_role("button", name="Obtenir le passeport").click()
    expect(page.get_by_role("heading", name="Mes parcours")).to_be_visible()

    page.goto(poster(live_server, one))
    page.get_by_role("button", name="Tamponner").click()
    expect(page.locator("#messages")).to_contain_text("1 tampon sur 2")
    page.get_by_role("link", name="1 tampon sur 2").click()
    expect(page.get_by_text("La prochaine")).to_be_visible()
    expect(page.get_by_role("link", name="Le vieux pont")).to_be_visible()

    page.goto(poster(live_server, two))
    page.get_by_role("button", name="Tamponner").click()
    expect(page.get_by_role("link", name="Imprimer le diplôme")).to_be_visible()
    assert Stamp.objects.count() == 2


def test_a_family_scans_stamps_and_gets_its_diplomas(page, live_server, trail):
    OfferFactory(name="Famille", household=True)
    follow(page, live_server, trail)

    holder = Pass.objects.get()
    page.goto(f"{live_server.url}{holder.get_absolute_url()}parcours/")
    expect(page.get_by_label("Exemplaires")).to_have_value("2")
    answer = page.request.get(
        f"{live_server.url}{holder.get_absolute_url()}parcours/{trail.slug}/diplome.pdf"
    )
    assert answer.headers["content-type"] == "application/pdf"


def test_the_same_without_javascript(plain, live_server, trail):
    OfferFactory(name="Famille", household=True)
    follow(plain, live_server, trail)


def test_a_stamp_taken_without_network_waits_and_is_sent(
    new_context, live_server, trail
):
    page = new_context().new_page()  # not watched: the sending that fails is an error
    holder = PassFactory(keeps_stamps=True)
    stop = trail.stops.first()
    page.goto(live_server.url + holder.get_absolute_url())
    expect(page.locator("[data-role=kept]")).to_be_visible()
    page.context.set_offline(True)
    page.goto(live_server.url + holder.get_absolute_url())

    form = page.locator("maillage-stamps")
    form.get_by_label("Code d’une étape").fill(stop.code.lower())
    form.get_by_role("button", name="Tamponner").click()
    expect(form.get_by_text("En attente du réseau")).to_be_visible()
    expect(form.get_by_text(stop.code)).to_be_visible()
    assert not Stamp.objects.exists()

    page.goto(live_server.url + holder.get_absolute_url())  # closed and opened again
    expect(form.get_by_text(stop.code)).to_be_visible()
    come_back(page)  # it leaves by itself, and the page comes anew
    expect(page.get_by_text("1 tampon sur 2").first).to_be_visible()
    expect(form.get_by_text("En attente du réseau")).to_be_hidden()
    assert Stamp.objects.get().stop == stop


def test_a_wrong_code_is_told_beside_its_box(page, live_server, trail):
    holder = PassFactory(keeps_stamps=True)
    page.goto(live_server.url + holder.get_absolute_url())
    form = page.locator("maillage-stamps")
    form.get_by_label("Code d’une étape").fill("AAAAAAAAAA")
    form.get_by_role("button", name="Tamponner").click()

    expect(form.get_by_role("status")).to_contain_text("Aucune étape n’a ce code")
    expect(form.get_by_text("En attente du réseau")).to_be_hidden()


def test_pages_of_stamps_have_no_fault(screen, live_server, sign_in, faults, trail):
    holder = PassFactory(keeps_stamps=True, nickname="Zoé", people=3)
    other = PassFactory(nickname="Max")
    one, two = trail.stops.all()
    for stop in (one, two):
        stamp_pass(holder, stop=stop, today=timezone.localdate())
    mine = holder.get_absolute_url()
    paths = [
        mine, f"{mine}parcours/", other.get_absolute_url(),
        f"{other.get_absolute_url()}parcours/",
        f"/parcours/{trail.slug}/etapes/{one.code}/", trail.get_absolute_url(),
    ]  # fmt: skip
    found = {path: wrong for path in paths if (wrong := look(screen, live_server, path, faults))}  # fmt: skip
    sign_in(screen, MembershipFactory(structure=trail.owner).user)
    more = [f"/parcours/{trail.slug}/tampons/"]
    found |= {path: wrong for path in more if (wrong := look(screen, live_server, path, faults))}  # fmt: skip
    assert found == {}


def test_figures_of_stamps_have_no_fault(screen, live_server, sign_in, faults, trail):
    sign_in(screen, role="agency")

    assert look(screen, live_server, "/agence/passeport/tampons/", faults) == []


def look(screen, live_server, path, faults):
    screen.goto(live_server.url + path)
    wide = screen.evaluate("() => document.documentElement.scrollWidth > innerWidth")
    return [*faults(screen), *(["too wide"] if wide else [])]
