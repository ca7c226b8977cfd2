"""What people do by accident or on purpose: nothing breaks, doubles, leaks or is lost."""

import io
from urllib.parse import urlencode

import pytest
from django import forms
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings as hypothesis, strategies as st
from playwright.sync_api import expect
from pypdf import PdfReader

from maillage.catalogue.models import Resource
from maillage.core.choices import State
from maillage.core.models import Entry, Proposal
from maillage.core.services import accept
from maillage.directory.models import Place
from tests.factories.accounts import UserFactory
from tests.factories.catalogue import AttachmentFactory, ResourceFactory
from tests.factories.directory import MembershipFactory, PlaceFactory, StructureFactory
from tests.factories.territories import CommuneFactory

SCRIPT = "<img src=x onerror=alert(1)><script>alert(2)</script>"
ATTACK = f"Moulin {SCRIPT} 🦔 שלום"
NEW = {
    "structure": "directory:structure_new",
    "place": "directory:place_new",
    "resource": "catalogue:resource_new",
}


@pytest.fixture
def lille():
    return CommuneFactory(lille=True)


@pytest.fixture
def editor(lille):
    """A member of one structure."""
    return MembershipFactory(structure=StructureFactory(name="Les Amis", listed=True))


def text(answer):
    return answer.content.decode()


def fill(page, **values):
    for name, value in values.items():
        box = page.locator(f"#id_{name}")
        if box.evaluate("(box) => box.tagName") == "SELECT":
            box.select_option(value)
        else:
            box.fill(value)


def send(page):
    page.get_by_role("button", name="Envoyer à l’agence").click()


# Twice ---------------------------------------------------------------------------


@pytest.mark.parametrize("look", ["page", "plain"])
@pytest.mark.parametrize("kind", NEW)
def test_a_double_click_makes_one_thing(
    request, live_server, sign_in, editor, look, kind
):
    page = request.getfixturevalue(look)
    sign_in(page, editor.user)
    page.goto(live_server.url + reverse(NEW[kind]))
    sort = {"structure": "association", "place": "mill", "resource": "kit"}[kind]
    fill(page, name="Étoiles en boîte", kind=sort, commune="Lille")

    page.get_by_role("button", name="Envoyer à l’agence").dblclick()

    expect(page.get_by_role("heading", level=1)).to_have_text("Étoiles en boîte")
    assert Proposal.objects.count() == 1


@pytest.mark.parametrize("kind", NEW)
def test_the_same_form_sent_twice_ends_on_the_same_page(client, editor, kind):
    client.force_login(editor.user)
    sort = {"structure": "association", "place": "mill", "resource": "kit"}[kind]
    typed = {"name": "Étoiles en boîte", "kind": sort, "commune": "Lille"}
    answers = [
        client.post(reverse(NEW[kind]), typed | {"owner": editor.structure.pk})
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0]["Location"] == answers[1]["Location"]
    assert Proposal.objects.count() == 1


def test_going_back_and_sending_again_makes_one_thing(
    page, live_server, sign_in, lille
):
    sign_in(page)
    page.goto(live_server.url + reverse(NEW["place"]))
    fill(page, name="Étoiles en boîte", kind="mill", commune="Lille")
    send(page)
    expect(page.get_by_text("L’agence va vérifier")).to_be_visible()

    page.go_back()
    fill(page, name="Étoiles en boîte", kind="mill", commune="Lille")
    send(page)

    expect(page.get_by_role("heading", level=1)).to_have_text("Étoiles en boîte")
    assert Place.objects.count() == 1


def test_the_second_tab_is_told_and_loses_nothing(page, live_server, sign_in, editor):
    place = PlaceFactory(structure=editor.structure, summary="Ancien", listed=True)
    address = live_server.url + reverse("directory:place_edit", args=[place.slug])
    sign_in(page, editor.user)
    other = page.context.new_page()
    for tab in (page, other):
        tab.goto(address)
    fill(page, summary="Premier", prices="Trois euros")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("C’est enregistré")).to_be_visible()

    fill(other, summary="Second", description="Une longue histoire")
    other.get_by_role("button", name="Enregistrer").click()

    expect(other.locator(".error-summary")).to_contain_text("Quelqu’un a modifié")
    expect(other.locator("#id_summary")).to_have_value("Second")
    expect(other.locator("#id_description")).to_have_value("Une longue histoire")
    expect(other.locator("#id_prices")).to_have_value("Trois euros")
    place.refresh_from_db()
    assert place.summary == "Premier"
    other.get_by_role("button", name="Enregistrer").click()
    expect(other.get_by_text("C’est enregistré")).to_be_visible()
    place.refresh_from_db()
    assert (place.summary, place.prices) == ("Second", "Trois euros")


# Text that is more than text -----------------------------------------------------


def free_texts(form):
    """The boxes of a form that take any text."""
    return [
        name
        for name, field in form.fields.items()
        if type(field) is forms.CharField and not field.widget.is_hidden
    ]


@pytest.fixture
def attacked(client, editor):
    """A thing of each kind, written and published, with markup wherever one writes."""
    client.force_login(editor.user)
    agency = UserFactory(agency=True)
    facts = {"structure": "association", "place": "mill", "resource": "kit"}
    for kind, view in NEW.items():
        form = client.get(reverse(view)).context["form"]
        texts = dict.fromkeys(free_texts(form), ATTACK)
        assert len(texts) >= 5
        values = texts | {"kind": facts[kind], "commune": "Lille"}
        if kind == "resource":
            values["owner"] = editor.structure.pk
        answer = client.post(reverse(view), values)
        assert answer.status_code == 302, answer.context["form"].errors
    for proposal in Proposal.objects.all():
        accept(proposal, by=agency, now=timezone.now())
    client.logout()
    return agency


def test_markup_is_shown_as_text_everywhere(
    client, page, live_server, sign_in, attacked
):
    base = live_server.url
    pages = [entry.url for entry in Entry.objects.exclude(name="Les Amis")]
    assert len(pages) == 3
    entries = urlencode({"e": list(Entry.objects.values_list("pk", flat=True))}, True)
    pages += [reverse(view).removesuffix("proposer/") for view in NEW.values()]
    pages += [
        f"{reverse('portal:search')}?q=moulin",
        f"{reverse('portal:near')}?commune=Lille",
        f"{reverse('portal:map_list')}?kind=place",
        f"{reverse('portal:map_cards')}?{entries}",
    ]
    for url in pages:
        page.goto(base + url)
        expect(page.get_by_text(SCRIPT).first).to_be_attached()
        expect(page.get_by_text("🦔 שלום").first).to_be_attached()

    page.goto(base + reverse("portal:home"))
    page.locator("#home-search").press_sequentially("moulin", delay=20)
    expect(page.get_by_role("option").filter(has_text=SCRIPT).first).to_be_visible()
    sign_in(page, attacked)
    for proposal in Proposal.objects.all():
        url = reverse("portal:moderation_proposal", args=[proposal.pk])
        page.goto(base + url)
        expect(page.locator(".diff").get_by_text(SCRIPT).first).to_be_visible()
    sheet = reverse("catalogue:resource_sheet", args=[Resource.objects.get().slug])
    paper = PdfReader(io.BytesIO(client.get(sheet).content)).pages[0].extract_text()
    assert SCRIPT.replace(" ", "") in "".join(paper.split())


# What a form does not show -------------------------------------------------------


def test_a_structure_of_others_cannot_be_the_owner(client, editor):
    client.force_login(editor.user)
    others = StructureFactory(listed=True)
    own = ResourceFactory(owner=editor.structure, listed=True)
    edit = reverse("catalogue:resource_edit", args=[own.slug])
    for url in (reverse(NEW["resource"]), edit):
        for forged in (others.pk, 10**30, "x", -1):
            answer = client.post(
                url, {"name": "Volée", "kind": "kit", "owner": forged, "version": 1}
            )
            assert answer.status_code == 422
    assert list(Resource.objects.values_list("name", "owner")) == [
        (own.name, editor.structure.pk)
    ]


def test_what_is_not_in_the_form_is_not_read(client, editor):
    client.force_login(editor.user)
    forged = {
        "state": "published",
        "slug": "accueil",
        "is_example": "on",
        "verified_on": "2026-01-01",
        "created_by": UserFactory().pk,
        "id": 77,
    }
    typed = {"name": "Le Moulin", "kind": "mill", "commune": "Lille"}
    client.post(reverse(NEW["place"]), typed | forged)

    place = Place.objects.get()
    assert place.state == State.PROPOSED
    assert place.slug == "le-moulin"
    assert place.created_by == editor.user
    assert place.verified_on is None
    assert not place.is_example
    assert not Entry.objects.public().filter(kind="place").exists()


@pytest.mark.parametrize("version", ["-5", "99", "9" * 40, "abc", "1.5"])
def test_a_forged_version_overwrites_nothing(client, editor, version):
    place = PlaceFactory(structure=editor.structure, summary="Ancien", listed=True)
    Place.objects.filter(pk=place.pk).update(version=2)
    client.force_login(editor.user)

    answer = client.post(
        reverse("directory:place_edit", args=[place.slug]),
        {
            "name": place.name,
            "kind": place.kind,
            "commune": "Lille",
            "summary": "Nouveau",
            "version": version,
        },
    )

    assert answer.status_code == 422
    assert "Nouveau" in text(answer)
    place.refresh_from_db()
    assert place.summary == "Ancien"


# What is not for everybody -------------------------------------------------------


@pytest.mark.parametrize("state", [State.DRAFT, State.PROPOSED, State.ARCHIVED])
def test_what_is_not_public_is_nowhere(client, lille, state):
    word = "Zzyzx"
    facts = {"name": f"{word} {state}", "state": state, "listed": True}
    structure = StructureFactory(**facts)
    place = PlaceFactory(structure=structure, **facts)
    resource = ResourceFactory(owner=structure, **facts)
    AttachmentFactory(resource=resource, title=word)
    own = [
        structure.get_absolute_url(),
        place.get_absolute_url(),
        resource.get_absolute_url(),
        reverse("catalogue:resource_sheet", args=[resource.slug]),
        f"/api/1/places/{place.slug}",
        f"/api/1/structures/{structure.slug}",
        f"/api/1/resources/{resource.slug}",
    ]
    entries = urlencode({"e": list(Entry.objects.values_list("pk", flat=True))}, True)
    shared = [
        reverse("portal:home"),
        *(reverse(view).removesuffix("proposer/") for view in NEW.values()),
        f"{reverse('portal:search')}?q={word}",
        f"{reverse('portal:search_suggest')}?q={word}",
        f"{reverse('catalogue:resource_compare')}?r={resource.slug}",
        f"{reverse('portal:map_cards')}?{entries}",
        f"{reverse('portal:map_list')}?kind=place&kind=structure",
        f"/api/1/search?q={word}",
        "/api/1/places.geojson",
        *(reverse("interchange:export", args=[kind, "csv"]) for kind in NEW),
        *(f"/sitemap-{kind}.xml" for kind in NEW),
    ]
    for person in (None, UserFactory()):
        if person:
            client.force_login(person)
        for url in own:
            assert client.get(url).status_code == 404, url
        for url in shared:
            answer = client.get(url)
            assert answer.status_code < 500, url
            body = answer.getvalue().decode()
            assert f"{word} {state}" not in body, url


def test_strangers_do_not_enter_the_workrooms(client, editor):
    place = PlaceFactory(structure=editor.structure, listed=True)
    resource = ResourceFactory(owner=editor.structure, listed=True)
    file = AttachmentFactory(resource=resource)
    team = editor.structure.slug
    urls = [
        reverse("portal:record_history", args=["place", place.slug]),
        reverse("directory:structure_team", args=[team]),
        reverse("directory:team_member", args=[team, editor.pk]),
        reverse("catalogue:attachment_list", args=[resource.slug]),
        reverse("interchange:import_list"),
        reverse("interchange:import_new"),
        reverse("portal:moderation_list"),
        reverse("portal:user_list"),
    ]
    for url in urls:
        assert client.get(url)["Location"].startswith(reverse("account_login"))
    client.force_login(UserFactory())
    for url in urls:
        assert client.get(url).status_code in {403, 404}
    delete = reverse("catalogue:attachment_delete", args=[resource.slug, file.pk])
    assert client.post(delete).status_code == 404
    assert resource.attachments.count() == 1


# Addresses that make no sense ----------------------------------------------------

LISTS = [
    "/", "/lieux/", "/structures/", "/ressources/", "/recherche/", "/carte/",
    "/carte/points.bin", "/carte/liste/", "/carte/fiches/", "/carte/territoires.json",
    "/carte/integree/", "/pres-de-chez-moi/", "/recherche/suggestions/",
    "/ressources/comparer/", "/ressources/lieux.json", "/territoires/communes/",
    "/donnees/export/place.csv", "/api/1/places", "/api/1/resources", "/api/1/search",
    "/api/1/places.geojson", "/api/1/communes",
]  # fmt: skip
NAMES = [
    "q", "page", "sort", "near", "commune", "km", "bbox", "kind", "category", "family",
    "theme", "audience", "level", "department", "epci", "trust", "owner", "shades", "r",
    "e", "lon", "lat", "surface_m2_min", "surface_m2_max", "fee_cents_min", "year_min",
    "limit", "offset", "format", "lieu", "next",
]  # fmt: skip
VALUES = st.one_of(
    st.text(max_size=40),
    st.integers().map(str),
    st.floats().map(str),
    st.lists(st.floats().map(str), max_size=5).map(",".join),
    st.sampled_from(
        "nan,nan 1e999 1e300 \x00 %00 - ' \" 59350 name -year place mill 3.06,50.63 "
        "2,50,1,49 place,resource ٣ 99999999999999999999".split()
    ),
)


@pytest.mark.parametrize("address", LISTS)
def test_no_question_breaks_a_public_page(client, lille, address):
    PlaceFactory(name="Le Moulin", kind="mill", listed=True)
    ResourceFactory(name="Malle", surface_m2=20, listed=True)

    @hypothesis(max_examples=25, suppress_health_check=list(HealthCheck))
    @given(st.dictionaries(st.sampled_from(NAMES), st.lists(VALUES, max_size=3)))
    def ask(question):
        answer = client.get(f"{address}?{urlencode(question, doseq=True)}")
        assert answer.status_code < 500

    ask()


@pytest.mark.parametrize("address", LISTS)
@pytest.mark.parametrize(
    "question",
    ["q=" + "é" * 50_000, "&".join(["theme=physics"] * 3000), "q=%ff%fe%00&page=%c3"],
    ids=["long", "many", "bytes"],
)
def test_no_length_breaks_a_public_page(client, lille, address, question):
    assert client.get(f"{address}?{question}").status_code < 500


def test_too_many_passwords_are_answered_in_french(page, live_server, settings):
    cache.clear()
    settings.ACCOUNT_RATE_LIMITS = {"login": "2/m/ip"}
    page.goto(live_server.url + reverse("account_login"))
    for _ in range(3):
        fill(page, login="personne@example.org", password="faux")
        page.get_by_role("button", name="Se connecter").click()
        page.wait_for_load_state()

    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Trop d’essais à la suite"
    )
    cache.clear()
