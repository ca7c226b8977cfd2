"""Stamps: once a stop, only for who keeps them, by poster, by code and at the door."""

import datetime as dt
import secrets
from unittest.mock import patch

import numpy as np
import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from maillage.core.choices import State
from maillage.core.errors import Refused
from maillage.core.pdf import page_count
from maillage.passport.choices import PassState
from maillage.passport.demo_stamps import load_stamps
from maillage.passport.models import CheckIn, Device, Pass, Stamp
from maillage.passport.passages import Passage
from maillage.passport.services.checking import receive
from maillage.passport.services.holding import erase_pass, holder_data, set_up
from maillage.passport.services.revoking import reissue_pass
from maillage.passport.services.stamp_figures import stamped
from maillage.passport.services.stamps import (
    finished,
    progress_of,
    stamp_pass,
    stop_told_by,
)
from maillage.passport.services.standing import token_hash
from maillage.passport.services.trust import sign_list
from maillage.passport.stamp_pages import copies_asked
from maillage.passport.stamp_paper import print_diplomas
from tests.factories.accounts import UserFactory
from tests.factories.agenda import EventFactory, StopFactory, TrailFactory
from tests.factories.directory import MembershipFactory, PlaceFactory
from tests.factories.passport import (
    BenefitFactory,
    OfferFactory,
    PassFactory,
    StampFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_kept():
    cache.clear()


@pytest.fixture
def trail():
    """A published trail of three stops, in order."""
    found = TrailFactory(name="De pont en étoile", listed=True)
    for rank, title in enumerate(("Le pont", "Le palais", "L’étoile"), 1):
        StopFactory(trail=found, rank=rank, title=title, code=f"PNT{rank}ETAPES")
    return found


@pytest.fixture
def holder():
    return PassFactory(keeps_stamps=True, nickname="La famille")


def today():
    return timezone.localdate()


def stamp(holder, stop):
    return stamp_pass(holder, stop=stop, today=today())


def post_at(client, stop, *holders, **data):
    url = reverse("passport:stop_stamp", args=[stop.trail.slug, stop.code])
    chosen = [holder.number for holder in holders]
    return client.post(url, {"pass": chosen, **data}, follow=True)


# The rules ---------------------------------------------------------------------------


def test_a_stop_is_stamped_once_whatever_is_sent_again(holder, trail):
    stop = trail.stops.first()

    assert [stamp(holder, stop) for _ in range(3)] == [True, False, False]
    assert Stamp.objects.count() == 1


def test_a_stamp_tells_the_month_and_not_the_day(holder, trail):
    stamp_pass(holder, stop=trail.stops.first(), today=today())

    assert Stamp.objects.get().stamped_on == today().replace(day=1)


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("not_kept", {"keeps_stamps": False}),
        ("withdrawn", {"state": PassState.REVOKED}),
        ("too_early", {"valid_from": dt.timedelta(1)}),
        ("over", {"valid_from": dt.timedelta(-9), "valid_until": dt.timedelta(0)}),
    ],
)
def test_a_pass_that_may_not_be_stamped_says_why(holder, trail, code, change):
    for name, value in change.items():
        moved = today() + value if isinstance(value, dt.timedelta) else value
        setattr(holder, name, moved)
    holder.save()

    with pytest.raises(Refused) as no:
        stamp(holder, trail.stops.first())

    assert no.value.code == code
    assert not Stamp.objects.exists()


def test_a_trail_that_is_not_published_gives_no_stamp(holder, trail):
    trail.state = State.DRAFT
    trail.save(update_fields=["state"])

    with pytest.raises(Refused) as no:
        stamp(holder, trail.stops.first())
    assert no.value.code == "trail_closed"


def test_a_pass_that_was_erased_meanwhile_is_told_so(holder, trail):
    erase_pass(holder, now=timezone.now())

    with pytest.raises(Refused) as no:
        stamp_pass(holder, stop=trail.stops.first(), today=today())
    assert no.value.code == "gone"


@pytest.mark.parametrize(
    "said",
    [
        "PNT2ETAPES",
        " pnt2 etapes ",
        "pnt2-etapes",
        "https://site.fr/parcours/de-pont/etapes/PNT2ETAPES/",
        "HTTPS://SITE.FR/PARCOURS/DE-PONT/ETAPES/PNT2ETAPES",
    ],
)
def test_a_stop_is_known_by_its_code_however_it_is_typed(trail, said):
    assert stop_told_by(said).title == "Le palais"


@pytest.mark.parametrize("said", ["", "PNT9ETAPES", "x" * 900, "'; --", "pnt2\0"])
def test_what_is_no_code_is_told_in_words(trail, said):
    with pytest.raises(Refused) as no:
        stop_told_by(said)
    assert no.value.code == "unknown_code"


def test_progress_knows_what_is_next_and_when_it_is_done(holder, trail):
    one, two, three = trail.stops.all()
    stamp(holder, two)
    stamp(holder, one)

    (progress,) = progress_of(holder)
    assert (progress.done, progress.total, progress.next) == (2, 3, three)
    with pytest.raises(Refused) as no:
        finished(holder, trail=trail)
    assert no.value.code == "not_done"

    stamp(holder, three)
    assert finished(holder, trail=trail).is_done


def test_a_trail_without_stops_is_never_done(holder):
    with pytest.raises(Refused):
        finished(holder, trail=TrailFactory())


@pytest.mark.parametrize("trails", [1, 4])
def test_progress_costs_the_same_for_one_trail_or_four(
    holder, trails, django_assert_num_queries
):
    for _rank in range(trails):
        StampFactory(holder=holder)

    with django_assert_num_queries(3):  # stamps, trails, stops
        assert len(progress_of(holder)) == trails


# What belongs to the holder -----------------------------------------------------------


def test_stamps_are_in_the_file_of_the_holder(holder, trail):
    stamp(holder, trail.stops.first())

    assert holder_data(holder)["stamps"] == [
        {
            "stop__trail__name": "De pont en étoile",
            "stop__title": "Le pont",
            "stamped_on": today().replace(day=1),
        }
    ]


def test_who_keeps_them_no_more_erases_them(holder, trail):
    stamp(holder, trail.stops.first())
    set_up(holder, nickname="", keeps_stamps=False)

    assert not Stamp.objects.exists()


def test_stamps_go_with_the_pass_and_move_to_the_new_card(holder, trail):
    stamp(holder, trail.stops.first())
    new = reissue_pass(holder, now=timezone.now())
    assert [stamp.holder for stamp in Stamp.objects.all()] == [new]

    erase_pass(new, now=timezone.now())
    assert not Stamp.objects.exists()


# At the door ---------------------------------------------------------------------------


def enter(holder, place, **fields):
    sign_list(now=timezone.now())
    device = Device.objects.create(
        place=place, name="Accueil", token_hash=token_hash(secrets.token_hex(8)),
        added_at=timezone.now(),
    )  # fmt: skip
    told = {"nonce": secrets.token_hex(16), "at": timezone.now(), "code": holder.code}
    return receive(device, [Passage(**told | fields)], now=timezone.now())[0]


def test_a_door_that_is_a_stop_stamps_who_keeps_stamps(holder, trail):
    stop = trail.stops.first()
    BenefitFactory(place=stop.place)

    assert enter(holder, stop.place).outcome == "accepted"

    row = Stamp.objects.get()
    assert (row.holder, row.stop, row.stamped_on.day) == (holder, stop, 1)
    assert holder.number not in str(vars(CheckIn.objects.get()))
    enter(holder, stop.place)
    assert Stamp.objects.count() == 1


def test_an_event_that_is_a_stop_stamps_who_came_for_it(holder, trail):
    event = EventFactory(listed=True)
    stop = StopFactory(trail=trail, rank=4, place=None, event=event)
    BenefitFactory(place=event.place, event=event)

    enter(holder, event.place)

    assert Stamp.objects.get().stop == stop


@pytest.mark.parametrize("case", ["not_kept", "refused", "elsewhere", "draft"])
def test_a_door_gives_no_stamp_otherwise(holder, trail, case):
    place = trail.stops.first().place
    BenefitFactory(place=place)
    other = PlaceFactory(listed=True)
    BenefitFactory(place=other)
    if case == "not_kept":
        holder.keeps_stamps = False
        holder.save()
    if case == "draft":
        trail.state = State.DRAFT
        trail.save(update_fields=["state"])
    code = holder.code[:-2] + "XX" if case == "refused" else holder.code

    enter(holder, other if case == "elsewhere" else place, code=code,
          is_offline=True, is_accepted=True)  # fmt: skip

    assert CheckIn.objects.count() == 1
    assert not Stamp.objects.exists()


# Pages ---------------------------------------------------------------------------------


def test_a_signed_in_holder_stamps_on_the_page_of_the_stop(client, holder, trail):
    user = UserFactory()
    holder.user = user
    holder.save()
    client.force_login(user)
    stop = trail.stops.first()
    url = reverse("agenda:stop_detail", args=[trail.slug, stop.code])
    assert "Tamponner" in client.get(url).text

    page = post_at(client, stop, holder)

    assert "« Le pont » est tamponnée, 1 tampon sur 3" in plain(page.text)
    assert "était déjà tamponnée" in post_at(client, stop, holder).text
    assert Stamp.objects.count() == 1


def plain(text):
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def test_a_phone_that_has_opened_the_pass_stamps_without_account(client, holder, trail):
    stop = trail.stops.first()
    client.get(reverse("passport:pass_trails", args=[holder.secret]))

    post_at(client, stop, holder)

    assert Stamp.objects.get().holder == holder


def test_a_phone_stamps_no_pass_that_it_does_not_know(client, holder, trail):
    stop = trail.stops.first()

    page = post_at(client, stop, holder)

    assert "Choisissez au moins un passeport" in page.text
    assert not Stamp.objects.exists()


def test_a_forged_list_of_passes_is_worth_nothing(client, holder, trail):
    client.cookies["maillage-tampons"] = f"{holder.number}:forged"

    post_at(client, trail.stops.first(), holder)

    assert not Stamp.objects.exists()


def test_the_pass_of_an_account_is_not_left_on_a_phone(client, trail):
    holder = PassFactory(keeps_stamps=True, user=UserFactory())

    client.get(holder.get_absolute_url())

    assert "maillage-tampons" not in client.cookies


def test_a_phone_forgets_a_pass_when_told_to(client, holder, trail):
    client.get(holder.get_absolute_url())
    client.post(reverse("passport:stamps_forget", args=[holder.secret]))

    post_at(client, trail.stops.first(), holder)

    assert not Stamp.objects.exists()


def test_several_passes_of_one_phone_are_stamped_at_once(client, trail):
    holders = PassFactory.create_batch(3, keeps_stamps=True)
    for holder in holders:
        client.get(holder.get_absolute_url())
    stop = trail.stops.first()
    url = reverse("agenda:stop_detail", args=[trail.slug, stop.code])
    assert client.get(url).text.count('name="pass"') == 3

    post_at(client, stop, *holders[:2])

    assert {row.holder for row in Stamp.objects.all()} == {*holders[:2]}
    assert client.get(url).text.count('name="pass"') == 1


def test_stamps_are_kept_only_once_that_was_asked(client, trail):
    holder = PassFactory(user=UserFactory())
    client.force_login(holder.user)
    stop = trail.stops.first()

    refused = post_at(client, stop, holder)
    assert "ne garde pas de tampons" in refused.text
    assert not Stamp.objects.exists()

    post_at(client, stop, holder, keep="on")
    assert Stamp.objects.get().holder.keeps_stamps


def test_the_page_of_the_pass_asks_before_it_keeps_stamps(client, trail):
    holder = PassFactory()
    assert "Garder mes tampons" in client.get(holder.get_absolute_url()).text

    client.post(reverse("passport:stamps_keep", args=[holder.secret]))

    holder.refresh_from_db()
    assert holder.keeps_stamps
    assert "maillage-tampons" in client.cookies


def test_the_code_of_a_poster_is_typed_on_the_page_of_the_pass(client, holder, trail):
    url = reverse("passport:pass_stamp", args=[holder.secret])

    page = client.post(url, {"code": "pnt2 etapes"}, follow=True)

    assert "La prochaine" in page.text
    assert Stamp.objects.get().stop.title == "Le palais"
    wrong = client.post(url, {"code": "AAAA"}, follow=True)
    assert "Aucune étape n’a ce code" in wrong.text


def test_a_code_that_waited_for_the_network_is_answered_in_words(client, holder, trail):
    url = reverse("passport:pass_stamp", args=[holder.secret])
    send = {"headers": {"accept": "application/json"}}

    told = [
        client.post(url, {"code": code}, **send).json()["state"]
        for code in ("PNT1ETAPES", "PNT1ETAPES", "NOTHINGATALL")
    ]

    assert told == ["stamped", "again", "refused"]


def test_the_diploma_comes_with_the_last_stamp_one_a_person(client, trail):
    offer = OfferFactory(household=True)
    holder = PassFactory(offer=offer, people=4, keeps_stamps=True)
    url = reverse("passport:pass_diploma", args=[holder.secret, trail.slug])
    assert client.get(url).status_code == 302

    for stop in trail.stops.all():
        stamp(holder, stop)

    assert page_count(client.get(url).content) == 4
    assert page_count(client.get(url, {"exemplaires": "2"}).content) == 2
    page = client.get(reverse("passport:pass_trails", args=[holder.secret]))
    assert "Imprimer le diplôme" in page.text
    assert "parcours terminé" in client.get(holder.get_absolute_url()).text.lower()


def test_the_diploma_carries_no_name(trail):
    holder = PassFactory(nickname="Zoé Petit", keeps_stamps=True)
    for stop in trail.stops.all():
        stamp(holder, stop)

    with patch("maillage.passport.stamp_paper.set_pages", return_value=b"") as pages:
        print_diplomas(finished(holder, trail=trail), copies=1, today=today())

    told = str(pages.call_args.kwargs["data"])
    assert "Zoé" not in told
    assert holder.number not in told
    assert "Le palais" in told


@pytest.mark.parametrize(
    ("asked", "people", "copies"),
    [("", 4, 4), ("2", 4, 2), ("0", 4, 1), ("99", 4, 4), ("abc", 4, 4),
     ("9" * 30, 4, 4), ("", 300, 60)],
)  # fmt: skip
def test_as_many_diplomas_as_people_unless_fewer_are_asked(asked, people, copies):
    assert copies_asked(asked, Pass(people=people)) == copies


# Figures -------------------------------------------------------------------------------

LAST_MONTH = dt.timedelta(32)


def stamp_before(number, stops):
    """Passes that were at some stops last month."""
    month = (today().replace(day=1) - dt.timedelta(1)).replace(day=1)
    for _rank in range(number):
        holder = PassFactory(keeps_stamps=True)
        for stop in stops:
            StampFactory(holder=holder, stop=stop, stamped_on=month)


def test_figures_of_a_trail_hide_what_counts_too_few(trail):
    one, two, three = trail.stops.all()
    stamp_before(4, [one, two])
    stamp_before(2, [one, two, three])

    found = stamped([trail.pk], today=today())[trail.pk]

    assert found.begun.value == 6
    assert found.done.is_hidden
    assert found.at(three.pk).is_hidden


def test_what_happens_this_month_is_not_counted_yet(trail, holder):
    stamp_before(5, [trail.stops.first()])
    stamp(holder, trail.stops.first())

    assert stamped([trail.pk], today=today())[trail.pk].begun.value == 5


def test_a_trail_that_nobody_has_followed_has_empty_figures(trail):
    found = stamped([trail.pk], today=today())[trail.pk]

    assert (found.begun.value, found.begun.is_hidden) == (0, False)
    assert stamped([0], today=today())[0].done.text() in {"0", "–"}


def test_those_who_make_a_trail_see_its_figures_and_others_do_not(client, trail):
    stamp_before(5, list(trail.stops.all()))
    url = reverse("passport:trail_stamps", args=[trail.slug])
    client.force_login(MembershipFactory(structure=trail.owner).user)
    page = client.get(url)
    assert "Parcours terminés" in page.text
    assert "5" in page.text
    assert url in client.get(trail.get_absolute_url()).text

    client.force_login(UserFactory())
    assert client.get(url).status_code == 404
    assert url not in client.get(trail.get_absolute_url()).text


def test_the_agency_has_all_trails_and_their_file(client, trail):
    stamp_before(3, list(trail.stops.all()))
    client.force_login(UserFactory(agency=True))

    assert trail.name in client.get(reverse("passport:stamp_list")).text
    answer = client.get(reverse("passport:stamp_export", args=["csv"]))
    assert "De pont en étoile" in answer.content.decode("utf-8-sig")


# Demonstration ------------------------------------------------------------------------


def test_the_demonstration_has_a_diploma_and_trails_under_way(trail):
    other = TrailFactory(listed=True)
    for rank in (1, 2, 3):
        StopFactory(trail=other, rank=rank)
    family = PassFactory(user=UserFactory())
    PassFactory.create_batch(12, offer=family.offer)

    load_stamps(rng=np.random.default_rng(3), now=timezone.now())

    family.refresh_from_db()
    assert family.keeps_stamps
    assert {p.trail: p.is_done for p in progress_of(family)} == {
        trail: True,
        other: False,
    }
    assert Stamp.objects.exclude(holder=family).exists()
    assert not Stamp.objects.filter(holder__keeps_stamps=False).exists()
    assert {row.stamped_on.day for row in Stamp.objects.all()} == {1}
