"""The charter beside the form: what holds, what does not, what to do, as one types."""

import datetime as dt
import re
from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone

from maillage.agenda.choices import LabelState
from maillage.agenda.models import Event, Labelling
from maillage.agenda.services.charter import charter_lines
from tests.factories.agenda import EventFactory, ProgrammeFactory
from tests.factories.directory import MembershipFactory, PlaceFactory, StructureFactory
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(1)
RULES = ["inside_dates", "free", "description", "picture", "audience"]


@pytest.fixture
def today():
    return timezone.localdate()


@pytest.fixture
def programme(today):
    return ProgrammeFactory(
        charter=charter_lines(RULES), starts_on=today + 30 * DAY,
        ends_on=today + 40 * DAY, proposals_from=today - DAY,
        proposals_until=today + 10 * DAY,
    )  # fmt: skip


@pytest.fixture
def member():
    return MembershipFactory(structure=StructureFactory(listed=True))


@pytest.fixture
def typed(member, today):
    place = PlaceFactory(
        name="Palais", commune=CommuneFactory(lille=True), structure=member.structure
    )
    return {
        "name": "Atelier", "kind": "workshop", "owner": member.structure.pk,
        "mode": "on_site", "place": f"{place.name} (Lille)", "booking": "none",
        "languages": ["fr"], "is_free": "true",
        "first_day": str(today + 31 * DAY), "starts": "14:00", "ends": "16:00",
    }  # fmt: skip


def lines(answer):
    text = " ".join(unescape(answer.content.decode()).split())
    found = re.findall(r'charter-sign" aria-hidden="true">(.)</span>', text)
    return "".join(found)


def check(client, data, **query):
    return client.post(reverse("agenda:event_charter", query=query), data)


def test_what_is_typed_is_read_against_the_charter(client, member, typed, programme):
    client.force_login(member.user)

    answer = check(client, typed, programme=programme.slug)

    assert lines(answer) == "✓✓✗!✗"
    assert "il manque 200" in unescape(answer.content.decode())
    assert not Event.objects.exists()

    typed |= {"description": "x" * 250, "audiences": ["families"], "picture": "a.jpg"}
    typed |= {"is_free": "false", "first_day": "2020-01-01"}
    assert lines(check(client, typed, programme=programme.slug)) == "✗✗✓!✓"


def test_half_a_form_is_enough(client, member, programme):
    client.force_login(member.user)

    assert lines(check(client, {}, programme=programme.slug)) == "✗✗✗!✗"
    odd = {"first_day": "x", "owner": "99", "repeat": "daily", "but": "jamais"}
    assert lines(check(client, odd, programme=programme.slug)) == "✗✗✗!✗"


@pytest.mark.parametrize(
    ("when", "sign"),
    [
        ({"starts": ""}, "✓"),
        ({"repeat": "weekly", "times": "3"}, "✓"),
        ({"repeat": "dates", "dates": "1/1/2020"}, "✓"),
        ({"back": -100, "repeat": "weekly", "times": "2"}, "✗"),
        ({"back": -100, "last": 31}, "✓"),
        ({"last": -50}, "✓"),
    ],
)
def test_dates_as_they_are_typed_count(
    client, member, typed, programme, today, when, sign
):
    client.force_login(member.user)
    typed["first_day"] = str(today + (31 + when.pop("back", 0)) * DAY)
    if "last" in when:
        typed |= {"last_day": str(today + when.pop("last") * DAY), "all_day": "on"}

    assert lines(check(client, typed | when, programme=programme.slug))[0] == sign


def test_without_a_script_the_page_says_it_before_and_after(
    client, member, typed, programme
):
    client.force_login(member.user)
    url = reverse("agenda:event_new", query={"programme": programme.slug})

    assert lines(client.get(url)) == "✗✗✗!✗"
    wrong = client.post(url, typed | {"name": ""})
    assert wrong.status_code == 422
    assert lines(wrong) == "✓✓✗!✗"

    done = client.post(url, typed)
    event = Event.objects.get()
    assert done["Location"] == reverse("agenda:label_new", args=[programme.slug, event.slug])  # fmt: skip
    assert event.picture == ""


def test_an_event_that_was_proposed_is_read_whenever_it_is_changed(
    client, member, typed, programme, today
):
    event = EventFactory(
        owner=member.structure, at=f"{today + 32 * DAY}T14:00", is_free=True,
        commune=CommuneFactory(lille=True), audiences=[],
    )  # fmt: skip
    Labelling.objects.create(
        programme=programme, event=event, state=LabelState.CHANGES_ASKED,
        asked_at=timezone.now(), waived={"audience": "Tout public."},
    )  # fmt: skip
    client.force_login(member.user)

    assert lines(client.get(reverse("agenda:event_edit", args=[event.slug]))) == "✓✓✗!≈"
    answer = check(client, typed | {"is_free": ""}, event=event.slug)

    assert lines(answer) == "✓✗✗!≈"  # its own dates, not those of a form
    assert reverse("agenda:event_dates", args=[event.slug]) not in str(answer.content)
    event.refresh_from_db()
    assert event.is_free is True


def test_no_charter_where_nothing_is_proposed(client, member, programme):
    client.force_login(member.user)

    assert "charter-live" not in str(client.get(reverse("agenda:event_new")).content)
    programme.proposals_until = timezone.localdate()
    programme.save()
    url = reverse("agenda:event_new", query={"programme": programme.slug})
    assert "charter-live" not in str(client.get(url).content)


def test_somebody_elses_draft_is_not_read(client, member, programme):
    draft = EventFactory(state="draft")
    client.force_login(member.user)

    assert check(client, {}, event=draft.slug).status_code == 404
