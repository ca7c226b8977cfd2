"""Journeys from door to door: by keyboard only, then without JavaScript."""

import html
import re
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from maillage.catalogue.models import Resource
from maillage.core.models import Proposal
from maillage.core.services import propose_new
from maillage.directory.models import Place
from tests.factories.accounts import PASSWORD, UserFactory
from tests.factories.catalogue import ResourceFactory
from tests.factories.directory import MembershipFactory, PlaceFactory, StructureFactory
from tests.factories.plan import ActionFactory
from tests.factories.territories import CommuneFactory

# The ring of what has the focus (a card wears that of its link), and is it in sight.
FOCUS = """(wanted) => {
  const now = document.activeElement;
  const box = now.getBoundingClientRect();
  const drawn = [now, now.closest(".card") ?? now].map((one) => getComputedStyle(one));
  return {
    here: now === wanted,
    ring: drawn.some((s) => s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2),
    seen: box.width > 0 && box.bottom > 0 && box.top < innerHeight,
  };
}"""
MOST = 160  # stops on the longest way


def walk(page, target, *, key="Tab"):
    """Press Tab until something has the focus, and see that it shows."""
    expect(target).to_be_visible()
    for _ in range(MOST):
        page.keyboard.press(key)
        found = target.evaluate(FOCUS)
        if found["here"]:
            assert found["ring"], "the focus has no ring"
            assert found["seen"], "the focus is out of sight"
            return
    raise AssertionError(f"the keyboard does not reach {target}")


def open_with(page, target, *, key="Enter"):
    walk(page, target)
    page.keyboard.press(key)


@pytest.fixture
def many_places():
    """Two pages of mills, one museum."""
    commune = CommuneFactory(lille=True)
    facts = {"structure": None, "commune": commune, "listed": True}
    for number in range(26):
        PlaceFactory(name=f"Moulin {number:02d}", kind="mill", **facts)
    PlaceFactory(name="Musée du Sud", kind="museum", **facts)


@pytest.fixture
def lender():
    """A member with one structure, who comes in with a password."""
    user = UserFactory(email="zoe@example.org", display_name="Zoé")
    EmailAddress.objects.create(
        user=user, email=user.email, verified=True, primary=True
    )
    structure = StructureFactory(name="Les Amis du Moulin", slug="amis", listed=True)
    MembershipFactory(structure=structure, user=user)
    return user


@pytest.fixture
def proposed():
    """A place that waits for the agency."""
    place = Place(
        name="Le Moulin neuf", kind="mill", commune=CommuneFactory(lille=True)
    )
    return propose_new(place, by=UserFactory(), now=timezone.now())


# By keyboard ---------------------------------------------------------------------


def test_from_home_to_a_place_and_straight_to_its_text(page, live_server):
    place = PlaceFactory(name="Palais de l’Univers", kind="planetarium", listed=True)
    page.goto(live_server.url + reverse("portal:home"))

    walk(page, page.locator("#home-search"))
    page.keyboard.type("palai", delay=20)
    expect(page.get_by_role("option", name=re.compile("Palais"))).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(live_server.url + place.get_absolute_url())

    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Aller au contenu")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#main :focus")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 390])
def test_filters_survive_a_visit_to_a_place(page, live_server, many_places, width):
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(live_server.url + reverse("directory:place_list"))
    if width == 390:
        open_with(page, page.get_by_role("button", name="Filtrer"))
    box = page.locator("#f-family-patrimoine")
    open_with(page, box, key="Space")
    expect(page.locator("#result-count")).to_have_text("26 résultats")
    if width == 390:
        open_with(page, page.get_by_role("button", name="Appliquer"))
        expect(page.locator("#filters")).to_be_hidden()

    open_with(page, page.get_by_role("link", name="Page suivante"))
    place = page.get_by_role("link", name="Moulin 25")
    expect(place).to_be_visible()
    address = page.url
    assert "family=patrimoine" in address
    open_with(page, place)
    expect(page.get_by_role("heading", level=1)).to_have_text("Moulin 25")

    page.go_back()  # Alt+Left belongs to a window, which this browser has not
    expect(page).to_have_url(address)
    expect(page.get_by_role("link", name="Moulin 25")).to_be_visible()
    expect(page.locator("#result-count")).to_have_text("26 résultats")
    assert page.locator("#f-family-patrimoine").is_checked()


def test_a_member_proposes_in_spite_of_a_mistake(page, live_server, lender):
    page.goto(live_server.url + reverse("catalogue:resource_new"))
    walk(page, page.locator("#id_login"))
    page.keyboard.type(lender.email)
    walk(page, page.locator("#id_password"))
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Proposer une ressource")).to_be_visible()

    walk(page, page.locator("#id_name"))
    page.keyboard.type("Malle des abeilles")
    walk(page, page.locator("#id_kind"))
    page.keyboard.type("malle")
    crate = page.locator("#id_largest_crate")
    walk(page, crate)
    page.keyboard.type("très grande")
    page.keyboard.press("Enter")

    summary = page.locator(".error-summary")
    expect(summary).to_be_focused()
    open_with(page, summary.get_by_role("link", name="Plus grande caisse"))
    expect(crate).to_be_focused()
    expect(crate).to_have_value("très grande")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("120 x 80 x 60")
    open_with(page, page.get_by_role("button", name="Envoyer à l’agence"))

    expect(page.get_by_text("L’agence va vérifier")).to_be_visible()
    open_with(page, page.get_by_role("link", name="Mon espace"))
    expect(page.get_by_role("link", name="Malle des abeilles").first).to_be_visible()
    assert Resource.objects.get().largest_crate == "120 × 80 × 60"


def test_the_agency_publishes_what_waits(page, live_server, sign_in, proposed):
    sign_in(page, role="agency")
    page.goto(live_server.url + reverse("portal:home"))
    open_with(page, page.get_by_role("link", name="Agence", exact=True))
    open_with(page, page.get_by_role("link", name="Modération"))
    open_with(page, page.get_by_role("link", name="Le Moulin neuf"))
    open_with(page, page.get_by_role("button", name="Accepter et publier"))

    expect(page.get_by_text("L’auteur est prévenu")).to_be_visible()
    page.goto(live_server.url + reverse("directory:place_list"))
    open_with(page, page.get_by_role("link", name="Le Moulin neuf"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Le Moulin neuf")


def test_two_resources_are_compared(page, live_server):
    for name, surface in (("Abeilles", 20), ("Batterie", 60), ("Comètes", 90)):
        ResourceFactory(name=name, surface_m2=surface, listed=True)
    page.goto(live_server.url + reverse("catalogue:resource_list"))

    for name in ("Abeilles", "Comètes"):
        open_with(page, page.locator(f"[data-compare={name}]"), key="Space")
    open_with(page, page.locator("maillage-compare [data-go]"))

    expect(page.get_by_role("heading", level=1)).to_have_text("Comparer des ressources")
    table = page.get_by_role("table")
    expect(table.get_by_role("link", name="Abeilles").first).to_be_visible()
    expect(table.get_by_role("row", name=re.compile("Surface"))).to_contain_text(
        re.compile(r"20\sm².*90\sm²", re.DOTALL)
    )
    expect(table.get_by_role("link", name="Batterie")).to_have_count(0)


def test_colours_and_language_are_chosen(page, live_server):
    page.goto(live_server.url + reverse("portal:about"))
    root = page.locator("html")

    open_with(page, page.get_by_role("button", name="Sombre"))
    expect(root).to_have_attribute("data-theme", "dark")
    open_with(page, page.get_by_role("button", name="English"))

    expect(root).to_have_attribute("lang", "en")
    expect(root).to_have_attribute("data-theme", "dark")
    walk(page, page.get_by_role("button", name="Français"), key="Shift+Tab")


def test_no_link_leads_nowhere(client, lender):
    """Follow every link of the site, signed in, once for each shape of address."""
    structure = lender.memberships.get().structure
    for number in range(31):  # more than the map lists
        PlaceFactory(name=f"Moulin {number:02d}", structure=structure, listed=True)
    ResourceFactory(owner=structure, listed=True)
    ActionFactory(owner=structure)
    client.force_login(lender)
    wrong, seen, waiting = [], set(), ["/"]
    while waiting:
        here = waiting.pop()
        answer = client.get(here)
        if answer.status_code >= 400:
            wrong.append((here, answer.status_code))
        if answer.streaming:
            list(answer.streaming_content)  # to its end: the file is closed
        if "text/html" not in answer.get("Content-Type", ""):
            continue
        body = answer.content.decode()
        for link in re.findall(r'<a [^>]*?href="([^"]*)"', body):
            url, _hash, anchor = html.unescape(link).partition("#")
            # On the scan page an anchor is a screen that its script draws.
            is_screen = here == reverse("circulation:field")
            is_lost = not url and f'id="{anchor}"' not in body and not is_screen
            if not link or is_lost:
                wrong.append((here, link))
            path = urlsplit(urljoin(here, url)).path
            query = sorted(name for name, _value in parse_qsl(urlsplit(url).query))
            shape = (re.sub(r"[^/]*\d[^/]*", "*", path), *query)
            if url.startswith(("/", "?")) and shape not in seen:
                seen.add(shape)
                waiting.append(urljoin(here, url))
    assert wrong == []
    assert len(seen) > 60


# Without JavaScript --------------------------------------------------------------


def test_without_script_filters_survive_a_visit(plain, live_server, many_places):
    plain.goto(live_server.url + reverse("directory:place_list"))
    plain.locator("#f-family-patrimoine").check()
    plain.get_by_role("button", name="Appliquer").click()
    expect(plain.locator("#result-count")).to_have_text("26 résultats")
    plain.get_by_role("link", name="Page suivante").click()
    plain.get_by_role("link", name="Moulin 25").click()
    expect(plain.get_by_role("heading", level=1)).to_have_text("Moulin 25")

    plain.go_back()

    expect(plain.get_by_role("link", name="Moulin 25")).to_be_visible()
    assert plain.locator("#f-family-patrimoine").is_checked()


def test_without_script_a_member_proposes(plain, live_server, lender):
    plain.goto(live_server.url + reverse("catalogue:resource_new"))
    plain.locator("#id_login").fill(lender.email)
    plain.locator("#id_password").fill(PASSWORD)
    plain.get_by_role("button", name="Se connecter").click()
    plain.locator("#id_name").fill("Malle des abeilles")
    plain.locator("#id_kind").select_option("kit")
    plain.locator("#id_largest_crate").fill("très grande")
    plain.get_by_role("button", name="Envoyer à l’agence").click()

    summary = plain.locator(".error-summary")
    summary.get_by_role("link", name="Plus grande caisse").click()
    assert plain.url.endswith("#id_largest_crate")
    expect(plain.locator("#id_name")).to_have_value("Malle des abeilles")
    plain.locator("#id_largest_crate").fill("120 x 80 x 60")
    plain.get_by_role("button", name="Envoyer à l’agence").click()

    plain.get_by_role("link", name="Mon espace").click()
    expect(plain.get_by_role("link", name="Malle des abeilles").first).to_be_visible()
    assert Proposal.objects.get().name == "Malle des abeilles"


def test_without_script_the_agency_publishes(plain, live_server, sign_in, proposed):
    sign_in(plain, role="agency")
    plain.goto(live_server.url + reverse("portal:moderation_list"))
    plain.get_by_role("link", name="Le Moulin neuf").click()
    plain.get_by_role("button", name="Accepter et publier").click()
    expect(plain.get_by_text("L’auteur est prévenu")).to_be_visible()

    plain.goto(live_server.url + reverse("directory:place_list"))
    expect(plain.get_by_role("link", name="Le Moulin neuf")).to_be_visible()
