"""Trails: stops that follow the steps, lengths, forms, papers, files."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from maillage.agenda.models import Trail
from maillage.agenda.models.trails import check_steps
from maillage.agenda.services.trails import estimate, legs, moved_rows, trails_by
from maillage.core.entries import refresh_entries
from maillage.core.models import Proposal
from maillage.core.services import accept, change
from tests.factories.accounts import UserFactory
from tests.factories.agenda import TrailFactory
from tests.factories.directory import MembershipFactory, PlaceFactory

LILLE, ROUBAIX = (3.0586, 50.6366), (3.1746, 50.6942)


def step(key, title="Beffroi", **facts):
    blank = {
        "key": key, "kind": "", "slug": "", "title": title, "text": "", "question": "",
        "minutes": None, "lon": None, "lat": None,
    }  # fmt: skip
    return blank | facts


@pytest.fixture
def trail(db):
    place = PlaceFactory(slug="palais", name="Palais", lon=3.06, lat=50.63, listed=True)
    steps = [
        step("a", kind="place", slug=place.slug, question="Combien de marches ?"),
        step("b", "Jardin", lon=3.05, lat=50.64),
    ]
    trail = TrailFactory(slug="savants", steps=steps)
    refresh_entries([trail])
    return trail


def test_stops_follow_the_steps_and_keep_their_codes(trail):
    codes = {stop.key: stop.code for stop in trail.stops.all()}

    trail.steps = [trail.steps[1], step("c", "Musée"), trail.steps[0]]
    trail.save()

    rows = list(trail.stops.all())
    assert [(one.rank, one.key) for one in rows] == [(1, "b"), (2, "c"), (3, "a")]
    assert {one.key: one.code for one in rows if one.key != "c"} == codes
    trail.steps = trail.steps[:1]
    trail.save()
    assert [one.key for one in trail.stops.all()] == ["b"]


def test_a_change_of_stops_is_proposed_and_accepted_like_any_other(trail):
    stranger, agency, now = UserFactory(), UserFactory(agency=True), timezone.now()
    values = {"steps": [*trail.steps, step("c", "Gare")]}

    proposal = change(trail, values=values, version=trail.version, by=stranger, now=now)

    assert trail.stops.count() == 2
    accept(Proposal.objects.get(pk=proposal.pk), by=agency, now=now)
    assert [s.title for s in Trail.objects.get().stops.all()][-1] == "Gare"


@pytest.mark.parametrize(
    "steps",
    [
        "x",
        [{"key": "a"}],
        [step("")],
        [step("a"), step("a")],
        [step("a", lon=3.0)],
        [step("a", lon=300.0, lat=3.0)],
        [step("a", minutes=-1)],
        [step("a", kind="structure")],
        [step(str(n)) for n in range(41)],
    ],
)
def test_steps_of_another_form_are_refused(steps):
    with pytest.raises(ValidationError):
        check_steps(steps)


def test_length_and_time_come_from_the_stops():
    (leg,) = legs([LILLE, ROUBAIX], "walk")
    assert 12 < leg.km < 15
    assert legs([LILLE, None], "walk")[0].km is None

    found = estimate([LILLE, ROUBAIX], minutes=[30, None], mode="bicycle")

    assert found.km == pytest.approx(leg.km, abs=0.1)
    assert found.minutes == pytest.approx(45 + leg.km / 12 * 60, abs=5)
    assert estimate([], minutes=[], mode="walk").minutes is None


@pytest.mark.parametrize(
    ("action", "after"),
    [
        ("up:2", "bac"), ("down:1", "bac"), ("remove:1", "bc"), ("up:1", "abc"),
        ("down:3", "abc"), ("remove:9", "abc"), ("x:1", "abc"), ("up:-1", "abc"),
    ],
)  # fmt: skip
def test_a_button_moves_one_stop(action, after):
    assert "".join(moved_rows(list("abc"), action)) == after


def typed(trail_or_owner, rows, **facts):
    names = (
        "key",
        "ref",
        "thing",
        "title",
        "text",
        "question",
        "minutes",
        "lon",
        "lat",
    )
    return {
        "name": "Sur les pas des savants",
        "kind": "heritage",
        "owner": trail_or_owner.pk,
        "mode": "walk",
        **{f"steps-{name}": [row.get(name, "") for row in rows] for name in names},
        **facts,
    }


def test_a_member_proposes_a_trail_with_its_stops(client, db):
    member = MembershipFactory()
    PlaceFactory(name="Musée des étoiles", listed=True)
    client.force_login(member.user)
    rows = [
        {"thing": "Musée des étoiles (Lille)"},
        {"title": "Jardin", "lon": "3,05", "lat": "50,64", "minutes": "20"},
        {},
    ]

    answer = client.post(reverse("agenda:trail_new"), typed(member.structure, rows))

    trail = Trail.objects.get()
    assert answer.status_code == 302
    assert trail.state == "proposed"
    assert [s.title for s in trail.stops.all()] == ["Musée des étoiles", "Jardin"]
    assert trail.minutes
    assert trail.distance_km is not None
    assert trail.commune.name == "Lille"


def test_a_wrong_stop_says_what_to_do_and_loses_nothing(client, db):
    member = MembershipFactory()
    client.force_login(member.user)
    rows = [{"thing": "Nulle part"}, {"title": "Jardin", "text": "Des fleurs"}]

    page = client.post(reverse("agenda:trail_new"), typed(member.structure, rows))

    assert page.status_code == 422
    assert "Étape 1" in page.content.decode()
    assert "Des fleurs" in page.content.decode()


def test_without_javascript_a_stop_moves_and_nothing_is_saved(client, db):
    member = MembershipFactory()
    client.force_login(member.user)
    rows = [{"title": "Premier"}, {"title": "Second"}]

    page = client.post(
        reverse("agenda:trail_new"), typed(member.structure, rows, step="up:2")
    )

    text = page.content.decode()
    assert page.status_code == 200
    assert text.index("Second") < text.index("Premier")
    assert not Trail.objects.exists()


def test_codes_of_stops_are_told_only_to_those_who_put_them_up(client, trail):
    codes = [stop.code for stop in trail.stops.all()]
    names = ("trail_detail", "trail_geojson", "trail_gpx", "trail_sheet")

    for name in names:
        content = client.get(reverse(f"agenda:{name}", args=["savants"])).content
        assert not any(code.encode() in content for code in codes)
    posters = reverse("agenda:trail_posters", args=["savants"])
    assert client.get(posters).status_code == 302
    client.force_login(UserFactory(agency=True))
    assert client.get(posters).content.startswith(b"%PDF")


def test_the_code_opens_the_stop(client, trail):
    stop = trail.stops.get(key="a")
    url = reverse("agenda:stop_detail", args=["savants", stop.code.lower()])

    page = client.get(url)

    assert "Combien de marches ?" in page.content.decode()
    assert page["Referrer-Policy"] == "same-origin"
    wrong = reverse("agenda:stop_detail", args=["savants", "XXXXXXXXXX"])
    assert client.get(wrong).status_code == 404


def test_the_files_hold_the_line_and_the_stops(client, trail):
    data = client.get(reverse("agenda:trail_geojson", args=["savants"])).json()
    kinds = [one["geometry"]["type"] for one in data["features"]]
    assert kinds == ["LineString", "Point", "Point"]

    text = client.get(reverse("agenda:trail_gpx", args=["savants"])).content.decode()
    assert text.count("<wpt ") == 2
    assert 'lat="50.630000" lon="3.060000"' in text


def test_pages_and_papers_show_the_trail(client, trail):
    page = client.get(trail.get_absolute_url()).content.decode()
    assert "TouristTrip" in page
    assert "Jardin" in page
    assert trail.name in client.get(reverse("agenda:trail_list")).content.decode()
    sheet = client.get(reverse("agenda:trail_sheet", args=["savants"]))
    assert sheet.content.startswith(b"%PDF")


def test_a_place_tells_the_trails_that_stop_there(client, trail):
    place = trail.stops.get(key="a").place

    here, near = trails_by(place)

    assert here == [trail]
    assert near == []
    assert trail.name in client.get(place.get_absolute_url()).content.decode()
