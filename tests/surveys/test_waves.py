import datetime as dt

import pytest

from maillage.core.errors import Refused
from maillage.core.models import Mail
from maillage.surveys.services.invitations import (
    INVITATION,
    KEPT,
    PAUSE,
    REMINDER,
    address,
    check_text,
    due,
    first_text,
    forget_addresses,
    invite_one,
    letter,
    remind_due,
    send,
    without_address,
    write_batch,
)
from maillage.surveys.services.progress import advance
from maillage.surveys.services.waves import (
    change_wave,
    close_wave,
    make_wave,
    open_wave,
    reopen_wave,
)
from tests.factories.accounts import UserFactory
from tests.factories.surveys import NOW, TODAY, UnitFactory, VersionFactory, WaveFactory

pytestmark = pytest.mark.django_db
VALUES = {
    "name": "Enquête 2025", "year": 2025, "opens_on": dt.date(2026, 3, 1),
    "closes_on": dt.date(2026, 3, 31), "remind_days_before": 7,
}  # fmt: skip


@pytest.fixture
def agency():
    return UserFactory(agency=True)


@pytest.fixture
def wave():
    return WaveFactory()


def test_a_wave_is_made_of_a_frozen_version_only(agency):
    wave = make_wave(VersionFactory(), values=VALUES, by=agency, now=NOW)
    again = make_wave(VersionFactory(), values=VALUES, by=agency, now=NOW)

    assert (wave.slug, again.slug) == ("enquete-2025", "enquete-2025-2")
    with pytest.raises(Refused) as no:
        make_wave(VersionFactory(state="draft"), values=VALUES, by=agency, now=NOW)
    assert no.value.code == "draft"
    with pytest.raises(Refused) as no:
        make_wave(VersionFactory(), values=VALUES, by=UserFactory(), now=NOW)
    assert no.value.code == "forbidden"


def test_the_last_day_comes_after_the_first(agency):
    wrong = VALUES | {"closes_on": dt.date(2026, 2, 1)}

    with pytest.raises(Refused) as no:
        make_wave(VersionFactory(), values=wrong, by=agency, now=NOW)
    assert no.value.code == "dates"


def test_a_wave_opens_closes_and_opens_again(agency):
    wave = WaveFactory(state="preparing")
    with pytest.raises(Refused) as no:
        open_wave(wave, by=agency, now=NOW, today=TODAY)
    assert no.value.code == "nobody"
    UnitFactory(wave=wave)

    assert open_wave(wave, by=agency, now=NOW, today=TODAY).takes_answers(today=TODAY)
    assert not close_wave(wave, by=agency, now=NOW).takes_answers(today=TODAY)
    day = TODAY + dt.timedelta(60)
    with pytest.raises(Refused) as no:
        reopen_wave(wave, closes_on=TODAY - dt.timedelta(1), by=agency, today=TODAY)
    assert no.value.code == "late"
    assert reopen_wave(wave, closes_on=day, by=agency, today=TODAY).closes_on == day


def test_a_wave_whose_results_are_published_does_not_change(agency):
    wave = WaveFactory(state="published")

    with pytest.raises(Refused) as no:
        change_wave(wave, values=VALUES, by=agency)
    assert no.value.code == "published"


# Letters ---------------------------------------------------------------------------


def test_each_one_gets_one_invitation_with_their_own_link(wave, agency):
    units = [UnitFactory(wave=wave) for _time in range(3)]
    UnitFactory(wave=wave, email="")
    UnitFactory(wave=wave, response__state="declined")
    UnitFactory(wave=wave, response__state="submitted")

    assert send(wave, kind=INVITATION, by=agency, now=NOW, today=TODAY) == 3
    assert send(wave, kind=INVITATION, by=agency, now=NOW, today=TODAY) == 0  # twice

    mails = {mail.to: mail.body for mail in Mail.objects.all()}
    assert mails.keys() == {unit.email for unit in units}
    assert without_address(wave).count() == 1


def test_a_job_that_was_killed_goes_on_where_it_stopped(wave, agency):
    pks = [UnitFactory(wave=wave).pk for _time in range(4)]
    write_batch(wave, pks[:2], kind=INVITATION, now=NOW)

    assert send(wave, kind=INVITATION, by=agency, now=NOW, today=TODAY) == 2
    assert Mail.objects.count() == 4


def test_reminders_go_to_those_who_wait_and_never_too_soon(wave, agency):
    waits = UnitFactory(wave=wave, invited_at=NOW - PAUSE)
    UnitFactory(wave=wave, invited_at=NOW - dt.timedelta(1))
    UnitFactory(wave=wave, invited_at=NOW - PAUSE, response__state="submitted")
    UnitFactory(wave=wave)  # never invited

    assert [unit.pk for unit in due(wave, REMINDER, now=NOW)] == [waits.pk]
    assert send(wave, kind=REMINDER, by=agency, now=NOW, today=TODAY) == 1
    assert send(wave, kind=REMINDER, by=agency, now=NOW, today=TODAY) == 0
    waits.refresh_from_db()
    assert waits.reminders == 1


@pytest.mark.parametrize(
    ("state", "today"),
    [("preparing", TODAY), ("closed", TODAY), ("open", dt.date(2026, 4, 1))],
)
def test_letters_leave_only_while_one_can_answer(agency, state, today):
    wave = WaveFactory(state=state)
    UnitFactory(wave=wave)

    with pytest.raises(Refused) as no:
        send(wave, kind=INVITATION, by=agency, now=NOW, today=today)
    assert no.value.code == "closed"
    assert not Mail.objects.exists()


def test_the_rule_reminds_once_so_many_days_before_the_end():
    wave = WaveFactory(remind_days_before=7)
    UnitFactory(wave=wave, invited_at=NOW)
    early, day = dt.date(2026, 3, 23), dt.date(2026, 3, 24)
    later = NOW + dt.timedelta(15)

    assert remind_due(today=early, now=later).letters == 0
    assert remind_due(today=day, now=later).letters == 1
    assert remind_due(today=day, now=later + PAUSE).letters == 0


def test_a_letter_replaces_its_words_and_nothing_in_names(wave):
    unit = UnitFactory(wave=wave, name="Club {lien} & <b>")

    body = letter(wave, unit, "À {nom} : {lien}")

    assert body == f"À Club {{lien}} & <b> : {address(unit)}"
    for kind in (INVITATION, REMINDER):
        check_text(first_text(kind))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Bonjour", "link"),
        ("{lien} {prenom}", "placeholder"),
        ("{lien} {", "placeholder"),
    ],
)
def test_a_text_without_link_or_with_an_unknown_word_is_refused(text, code):
    with pytest.raises(Refused) as no:
        check_text(text)
    assert no.value.code == code


def test_one_is_written_to_once_a_minute(wave, agency):
    unit = UnitFactory(wave=wave)
    invite_one(unit, by=agency, now=NOW, today=TODAY)

    with pytest.raises(Refused) as no:
        invite_one(unit, by=agency, now=NOW, today=TODAY)
    assert no.value.code == "early"
    assert Mail.objects.count() == 1


def test_addresses_and_names_are_erased_a_year_after_the_end():
    unit = UnitFactory(wave__state="closed", response__submitted_by="Alice")
    token, last = unit.token, unit.wave.closes_on

    assert forget_addresses(today=last + KEPT, now=NOW) == 0
    assert forget_addresses(today=last + KEPT + dt.timedelta(1), now=NOW) == 1
    assert forget_addresses(today=last + KEPT + dt.timedelta(2), now=NOW) == 0

    unit.refresh_from_db()
    assert (unit.email, unit.response.submitted_by) == ("", "")
    assert unit.token != token


@pytest.mark.parametrize("number", [1, 5])
def test_progress_counts_each_state_at_a_constant_cost(
    wave, number, django_assert_num_queries
):
    for state in ("waiting", "started", "submitted", "accepted", "declined", "outside"):
        for _time in range(number):
            UnitFactory(wave=wave, response__state=state)

    with django_assert_num_queries(2):
        found = advance(wave)

    total = found.total
    assert (total.asked, total.field, total.answered, total.started) == (
        6 * number, 5 * number, 2 * number, number,
    )  # fmt: skip
    assert total.waiting == 2 * number
    assert total.rate == pytest.approx(0.4)
