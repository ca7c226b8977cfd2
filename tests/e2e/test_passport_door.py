"""The door in a phone's browser: who comes in, with the network and without."""

import datetime as dt
import json
import re
from contextlib import suppress

import pytest
from django.utils import timezone
from playwright.sync_api import Error, expect

from maillage.passport.choices import Limit, Outcome, PassKind
from maillage.passport.models import CheckIn, Device
from maillage.passport.services.devices import add_device, revoke_device
from maillage.passport.services.revoking import revoke_pass
from maillage.passport.services.trust import sign_list
from maillage.passport.short import short_number
from tests.circulation.pictures import label_jpeg
from tests.e2e.network import come_back
from tests.e2e.test_field import FILM, PHONE
from tests.factories.accounts import UserFactory
from tests.factories.directory import MembershipFactory, PlaceFactory
from tests.factories.passport import (
    BenefitFactory,
    OfferFactory,
    PassFactory,
    PassSeasonFactory,
)

DAY = dt.timedelta(1)
#: The door takes no double tap for « Personne suivante ».
SETTLED_MS = 500
HELD = (
    "() => navigator.serviceWorker.ready.then(() => navigator.serviceWorker"
    ".controller || new Promise((done) => navigator.serviceWorker"
    ".addEventListener('controllerchange', done)))"
)
#: What the phone keeps, by store.
KEPT = """async (store) => {
  const db = await new Promise((done) => {
    indexedDB.open("maillage-controle").onsuccess = (event) => done(event.target.result);
  });
  const rows = await new Promise((done) => {
    db.transaction(store).objectStore(store).getAll().onsuccess = (event) => done(event.target.result);
  });
  db.close();
  return rows;
}"""


#: The keys of a hand scanner, faster than Playwright sends them on a busy machine.
SCANNED = """code => [...code, "Enter"].forEach((key) =>
  document.activeElement.dispatchEvent(
    new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })))"""


@pytest.fixture
def place():
    return PlaceFactory(name="Muséum de la mer", listed=True)


@pytest.fixture
def member(place):
    return MembershipFactory(structure=place.structure).user


@pytest.fixture
def token(place, member):
    return add_device(place, name="Accueil", by=member, now=timezone.now())[1]


@pytest.fixture
def door(new_context, live_server, watch, token):
    """A phone at the door, with its leave and what it needs for later."""

    def start(*, is_cut=False):
        page = new_context(viewport=PHONE).new_page()
        if not is_cut:  # a browser calls a network that is cut an error
            watch(page)
        page.goto(f"{live_server.url}/controle/#{token}")
        page.locator("maillage-door[data-ready=yes]").wait_for()
        page.evaluate(HELD)
        return page

    return start


def season(first, last):
    today = timezone.localdate()
    return PassSeasonFactory(starts_on=today + first * DAY, ends_on=today + last * DAY)


def pass_of(kind=PassKind.PERSON, **fields):
    return PassFactory(offer=OfferFactory(kind=kind, most_members=40), **fields)


def trust():
    sign_list(now=timezone.now())


def typed(page, code):
    page.get_by_label("Ou le code").fill(code)
    page.get_by_label("Ou le code").press("Enter")


def said(page, title):
    verdict = page.locator("[data-role=verdict]")
    expect(verdict.get_by_role("heading", name=title, exact=True)).to_be_visible()
    return verdict


def after(page):
    page.wait_for_timeout(SETTLED_MS)
    page.get_by_role("button", name="Personne suivante").click()
    expect(page.get_by_label("Ou le code")).to_be_visible()


def recorded(number):
    """Wait until so many passages are in the database."""
    deadline = timezone.now() + dt.timedelta(seconds=10)
    while CheckIn.objects.count() < number and timezone.now() < deadline:
        pass
    assert CheckIn.objects.count() == number


def queue(page, text):
    expect(page.locator("[data-slot=queue]")).to_have_text(text)


def test_a_member_lets_a_phone_in_and_a_good_pass_enters(
    page, live_server, settings, sign_in, place, member
):
    settings.SITE_URL = live_server.url
    holder = pass_of()
    BenefitFactory(place=place, label="Entrée libre")
    trust()
    sign_in(page, member)
    page.goto(f"{live_server.url}/mon-espace/")
    page.get_by_role("link", name="Contrôler les passeports").click()
    page.get_by_role("link", name=place.name).click()
    page.get_by_label("Nom de l’appareil").fill("Téléphone de l’accueil")
    page.get_by_role("button", name="Autoriser un appareil").click()
    expect(page.get_by_role("img", name="Code QR")).to_be_visible()
    page.get_by_role("link", name="Contrôler avec cet appareil").click()

    expect(page.get_by_role("heading", name=place.name)).to_be_visible()
    expect(page).to_have_url(f"{live_server.url}/controle/")
    typed(page, holder.code)
    verdict = said(page, "Entrez")
    expect(verdict).to_contain_text("Entrée libre")
    expect(verdict).to_contain_text("12 à 17 ans")
    expect(page.locator("[data-slot=today]")).to_have_text("1 personne aujourd’hui")
    row = CheckIn.objects.get()
    assert (row.place, row.outcome, row.people) == (place, Outcome.ACCEPTED, 1)
    assert not row.was_offline
    assert row.device == Device.objects.get()
    page.reload()
    expect(page.get_by_role("heading", name=place.name)).to_be_visible()


def test_what_is_refused_says_why_and_what_to_do(door, place):
    BenefitFactory(place=place, kinds=[PassKind.PERSON])
    good = pass_of()
    lost = pass_of()
    revoke_pass(lost, why="perdu", by=UserFactory(role="agency"), now=timezone.now())
    old = PassFactory(offer=OfferFactory(season=season(-300, -2)))
    early = PassFactory(offer=OfferFactory(season=season(10, 90)))
    klass = pass_of(PassKind.CLASS, people=20)
    middle = len(good.code) // 2
    forged = good.code[:middle] + ("0" if good.code[middle] != "0" else "1")
    forged += good.code[middle + 1 :]
    trust()
    page = door()
    for code, why, what in (
        (old.code, "Passeport expiré, il valait jusqu’au", "La saison est finie"),
        (early.code, "Passeport pas encore valable, à partir du", "Il servira"),
        (lost.code, "Passeport retiré", "déclarée perdue"),
        (klass.code, "Pas d’avantage ici", "plein tarif"),
        (forged, "Passeport altéré ou faux", "demandez la carte"),
        ("BILLET 12", "Ce n’est pas un passeport", "tapez-le"),
        ("CS9:ABC", "Passeport d’une autre version", "Mettre à jour"),
    ):
        typed(page, code)
        verdict = said(page, "Refusé")
        expect(verdict.locator("[data-slot=why]")).to_contain_text(
            re.compile(why, re.IGNORECASE)
        )
        expect(verdict.locator("[data-slot=advice]")).to_contain_text(what)
        after(page)

    recorded(4)
    rows = CheckIn.objects.order_by("pk").values_list("outcome", "reason")
    assert list(rows) == [
        ("refused", "expired"), ("refused", "not_yet_valid"), ("refused", "revoked"),
        ("refused", "not_here"),
    ]  # fmt: skip
    queue(page, "Tout est envoyé")


def test_a_household_says_how_many_come_in_and_with_whom(door, place):
    BenefitFactory(place=place, gives="reduced", price_cents=350, most_companions=2)
    BenefitFactory(place=place, gives="priority", label="Sans attendre")
    family = pass_of(PassKind.HOUSEHOLD, people=4)
    trust()
    page = door()
    typed(page, family.code)
    verdict = said(page, "Qui entre ?")
    expect(page.get_by_label("Tarif réduit")).to_be_checked()
    expect(verdict).to_contain_text("À payer : 14,00 €")
    assert not CheckIn.objects.exists()
    page.get_by_role("button", name="Une personne de moins").click()
    page.get_by_role("button", name="Un accompagnant de plus").click()
    expect(verdict).to_contain_text("À payer : 10,50 €")
    page.get_by_label("Accompagnants").fill("9")  # two at most
    page.get_by_role("button", name="Faire entrer", exact=True).dblclick()
    expect(said(page, "Entrez")).to_contain_text("5 personnes entrent")
    row = CheckIn.objects.get()
    assert (row.people, row.companions, row.paid_cents) == (5, 2, 1050)

    after(page)
    typed(page, family.code)
    said(page, "Qui entre ?")
    page.get_by_label("Sans attendre").check()
    expect(page.get_by_label("Accompagnants")).to_be_hidden()
    page.get_by_role("button", name="Ne pas faire entrer").click()
    expect(page.get_by_label("Ou le code")).to_be_visible()
    assert CheckIn.objects.count() == 1


def test_a_short_number_is_typed_when_the_camera_fails(door, place):
    BenefitFactory(place=place)
    holder = pass_of()
    trust()
    page = door(is_cut=True)
    number = holder.short_number.lower().replace("-", " ")
    wrong = number[:-1] + ("2" if number[-1] != "2" else "3")
    typed(page, wrong)
    expect(page.get_by_text("Numéro mal recopié")).to_be_visible()
    expect(page.get_by_label("Ou le code")).to_have_value(wrong)
    typed(page, short_number("ab" * 12))
    expect(page.get_by_text("Aucun passeport n’a ce numéro")).to_be_visible()
    assert not CheckIn.objects.exists()

    typed(page, number)
    said(page, "Entrez")
    expect(page.get_by_text("Aucun passeport n’a ce numéro")).to_be_hidden()
    recorded(1)
    after(page)
    expect(page.get_by_label("Ou le code")).to_have_value("")
    page.context.set_offline(True)
    typed(page, number)
    expect(page.get_by_text("Sans réseau, un numéro court")).to_be_visible()
    expect(page.get_by_label("Ou le code")).to_have_value(number)
    typed(page, holder.code)
    said(page, "Entrez")


def test_the_file_of_a_phone_is_sent_by_somebody_of_the_place(
    door, place, member, live_server, sign_in, tmp_path
):
    BenefitFactory(place=place)
    holder = pass_of()
    trust()
    page = door()
    page.context.set_offline(True)
    typed(page, holder.code)
    said(page, "Entrez")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Enregistrer ce qui attend").click()
    file = tmp_path / "passages.json"
    saved.value.save_as(file)
    revoke_device(Device.objects.get(), now=timezone.now())
    page.context.set_offline(False)
    expect(page.get_by_role("alert")).to_contain_text("retiré par le lieu")

    sign_in(page, member)
    page.goto(f"{live_server.url}/controle/appareils/{place.slug}/")
    page.get_by_role("link", name="Un téléphone ne peut plus envoyer").click()
    for words in ("1 passage vient d’être enregistré", "1 passage était déjà connu"):
        page.get_by_label("Fichier enregistré par le téléphone").set_input_files(file)
        page.get_by_role("button", name="Envoyer le fichier").click()
        expect(page.get_by_text(words)).to_be_visible()
    row = CheckIn.objects.get()
    assert (row.place, row.device, row.outcome) == (place, None, Outcome.ACCEPTED)


def test_without_network_the_page_opens_and_keeps_what_it_lets_in(
    door, place, live_server
):
    BenefitFactory(place=place)
    holders = [pass_of() for _ in range(3)]
    trust()
    page = door()
    page.context.set_offline(True)
    for holder in holders[:2]:
        typed(page, holder.code)
        said(page, "Entrez")
        after(page)
    queue(page, "2 passages à envoyer")
    page.close()

    page = page.context.new_page()
    page.goto(f"{live_server.url}/controle/")
    expect(page.get_by_role("heading", name=place.name)).to_be_visible()
    expect(page.locator("[data-role=network]")).to_have_text("Sans réseau")
    queue(page, "2 passages à envoyer")
    typed(page, holders[2].code)
    said(page, "Entrez")
    expect(page.locator("[data-slot=today]")).to_have_text("3 personnes aujourd’hui")
    assert len(page.evaluate(KEPT, "queue")) == 3
    assert not CheckIn.objects.exists()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Enregistrer ce qui attend").click()
    assert len(json.loads(saved.value.path().read_text())["passages"]) == 3

    come_back(page)
    queue(page, "Tout est envoyé")
    expect(page.locator("[data-role=network]")).to_have_text("En ligne")
    page.reload()
    expect(page.locator("[data-slot=today]")).to_have_text("3 personnes aujourd’hui")
    assert CheckIn.objects.accepted().filter(was_offline=True).count() == 3
    assert page.evaluate(KEPT, "queue") == []


def test_an_answer_that_gets_lost_is_asked_again_and_counts_once(door, place):
    BenefitFactory(place=place)
    holder = pass_of()
    trust()
    page = door(is_cut=True)

    def lose(route):
        route.fetch()  # the site has it, the phone does not know
        with suppress(Error):  # it may have given up meanwhile
            route.abort()

    page.route("**/controle/envoi/", lose)
    typed(page, holder.code)
    said(page, "Entrez")
    queue(page, "1 passage à envoyer")
    recorded(1)
    page.unroute_all(behavior="ignoreErrors")
    page.get_by_role("button", name="Mettre à jour").click()

    queue(page, "Tout est envoyé")
    assert CheckIn.objects.count() == 1


@pytest.mark.parametrize("is_offline", [False, True])
def test_a_limited_benefit_serves_once(door, place, is_offline):
    BenefitFactory(place=place, limit=Limit.ONCE)
    holder = pass_of()
    trust()
    page = door()
    page.context.set_offline(is_offline)
    typed(page, holder.code)
    said(page, "Entrez")
    after(page)
    typed(page, holder.code)
    verdict = said(page, "Refusé")

    expect(verdict).to_contain_text(re.compile("limite d’utilisation", re.IGNORECASE))
    page.context.set_offline(False)
    queue(page, "Tout est envoyé")
    recorded(2)
    assert CheckIn.objects.accepted().count() == 1


def test_a_device_that_is_turned_off_keeps_what_waits(door, place, member, live_server):
    BenefitFactory(place=place)
    first, second = pass_of(), pass_of()
    trust()
    page = door()
    page.context.set_offline(True)
    typed(page, first.code)
    said(page, "Entrez")
    after(page)
    revoke_device(Device.objects.get(), now=timezone.now())
    page.context.set_offline(False)
    expect(page.get_by_role("alert")).to_contain_text("retiré par le lieu")
    typed(page, second.code)
    said(page, "Entrez")
    queue(page, "2 passages à envoyer")
    assert not CheckIn.objects.exists()

    _device, leave = add_device(place, name="Bis", by=member, now=timezone.now())
    page.goto(
        f"{live_server.url}/controle/#{leave}"
    )  # the page stays, its leave changes
    queue(page, "Tout est envoyé")
    expect(page.get_by_role("alert")).to_be_hidden()
    assert CheckIn.objects.accepted().count() == 2


def test_what_was_kept_for_a_place_is_not_sent_for_another(
    door, place, live_server, token
):
    other = PlaceFactory(name="Planétarium", listed=True)
    for one in (place, other):
        BenefitFactory(place=one)
    holder = pass_of()
    trust()
    agency = UserFactory(role="agency")
    _device, leave = add_device(other, name="Bis", by=agency, now=timezone.now())
    page = door()
    page.context.set_offline(True)
    typed(page, holder.code)
    said(page, "Entrez")
    page.goto(f"{live_server.url}/controle/#{leave}")
    expect(page.get_by_role("alert")).to_contain_text("n’a pas encore joint le site")
    page.context.set_offline(False)

    expect(page.get_by_role("heading", name="Planétarium")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("1 passage d’un autre lieu")
    assert not CheckIn.objects.exists()
    page.goto(f"{live_server.url}/controle/#{token}")
    queue(page, "Tout est envoyé")
    assert CheckIn.objects.get().place == place


def test_a_phone_without_leave_says_what_is_missing(page, live_server):
    page.goto(f"{live_server.url}/controle/")

    expect(page.get_by_text("Cet appareil n’est pas encore autorisé")).to_be_visible()
    expect(page.get_by_role("link", name="Autoriser cet appareil")).to_be_visible()


def test_the_page_says_what_it_needs_without_javascript(plain, live_server):
    plain.goto(f"{live_server.url}/controle/")

    expect(plain.get_by_text("Elle a besoin de JavaScript")).to_be_visible()


def test_the_keyboard_and_a_hand_scanner_are_enough(door, place):
    BenefitFactory(place=place, most_companions=3)
    holder = pass_of()
    spaced = next(
        one for one in iter(pass_of, None) if " " in one.code
    )  # Base45 knows the space
    trust()
    page = door()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Scanner un passeport")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.insert_text(holder.code)
    page.keyboard.press("Enter")
    said(page, "Qui entre ?")
    enter = page.get_by_role("button", name="Faire entrer", exact=True)
    expect(enter).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")  # one companion more
    expect(page.get_by_label("Accompagnants")).to_have_value("1")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(said(page, "Entrez")).to_contain_text("2 personnes entrent")
    expect(page.get_by_role("button", name="Personne suivante")).to_be_focused()

    page.evaluate(SCANNED, spaced.code)  # a hand scanner types over the button, fast
    said(page, "Qui entre ?")
    page.keyboard.press("Enter")
    said(page, "Entrez")
    recorded(2)


def test_the_camera_reads_a_pass(
    tmp_path, launch_browser, browser_type_launch_args, watch, live_server, place, token
):
    holder = pass_of()
    BenefitFactory(place=place)
    trust()
    film = tmp_path / "film.mjpeg"
    film.write_bytes(label_jpeg(holder.code) * 30)
    args = [*browser_type_launch_args["args"], *f"{FILM}{film}".split()]
    browser = launch_browser(args=args)
    page = watch(browser.new_page(locale="fr-FR", viewport=PHONE))
    page.goto(f"{live_server.url}/controle/#{token}")
    page.get_by_role("button", name="Scanner un passeport").click()

    verdict = page.locator("[data-role=verdict]")
    expect(verdict.get_by_role("heading", name="Entrez")).to_be_visible(timeout=20_000)
    expect(page.locator(".door-video")).to_be_hidden()
    assert float(page.locator("maillage-door").get_attribute("data-ms")) < 200
    after(page)
    expect(page.locator(".door-video")).to_be_visible()
    page.get_by_role("button", name="Arrêter la caméra").click()
    expect(page.locator(".door-video")).to_be_hidden()
    assert CheckIn.objects.count() == 1
    browser.close()


def test_pages_of_the_door_have_no_fault(
    screen, live_server, settings, sign_in, faults, place, member, token
):
    settings.SITE_URL = live_server.url
    BenefitFactory(place=place, kinds=["P"], label="Entrée libre")
    for label in ("3 € au lieu de 7 €", "Avec un accompagnant"):
        BenefitFactory(place=place, kinds=["H"], most_companions=2, label=label)
    good, family = pass_of(), pass_of(PassKind.HOUSEHOLD, people=4)
    trust()
    found = {}

    def look(name):
        wide = screen.evaluate(
            "() => document.documentElement.scrollWidth > innerWidth"
        )
        if bad := [*faults(screen), *(["too wide"] if wide else [])]:
            found[name] = bad

    screen.goto(f"{live_server.url}/controle/")
    screen.locator("maillage-door[data-ready=no]").wait_for()
    look("no leave")
    screen.goto("about:blank")
    screen.goto(f"{live_server.url}/controle/#{token}")
    screen.locator("maillage-door[data-ready=yes]").wait_for()
    look("scan")
    for name, code, title in (
        ("yes", good.code, "Entrez"), ("no", "CS1:", "Refusé"),
        ("ask", family.code, "Qui entre ?"),
    ):  # fmt: skip
        typed(screen, code)
        said(screen, title)
        look(name)
        screen.wait_for_timeout(SETTLED_MS)
        screen.locator("[data-do=next]:visible").click()
    sign_in(screen, member)
    screen.goto(f"{live_server.url}/controle/appareils/")
    look("places")
    screen.goto(f"{live_server.url}/controle/appareils/{place.slug}/")
    screen.get_by_label("Nom de l’appareil").fill("Caisse")
    screen.get_by_role("button", name="Autoriser un appareil").click()
    expect(screen.locator(".device-qr")).to_be_visible()
    look("devices")
    screen.get_by_role("link", name="Un téléphone ne peut plus envoyer").click()
    screen.get_by_label("Fichier enregistré").wait_for()
    look("file of a phone")
    screen.get_by_label("Fichier enregistré").set_input_files(
        {"name": "a.json", "mimeType": "application/json", "buffer": b"bonjour"}
    )
    screen.get_by_role("button", name="Envoyer le fichier").click()
    expect(
        screen.get_by_text("Ce n’est pas un fichier de passages").first
    ).to_be_visible()
    look("another file")
    assert found == {}
