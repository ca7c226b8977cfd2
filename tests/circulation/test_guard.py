import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction

from maillage.circulation import guard
from maillage.circulation.choices import HoldKind
from maillage.circulation.models import Hold
from maillage.circulation.services.holding import hold, move_hold
from maillage.core.errors import Refused
from tests.factories.circulation import CopyFactory

pytestmark = pytest.mark.django_db


def day(text):
    return dt.date.fromisoformat(text)


@pytest.fixture
def copy():
    copy = CopyFactory()
    hold(
        copy, kind=HoldKind.OWN_USE, by=None,
        start=day("2026-10-05"), end=day("2026-10-26"),
    )  # fmt: skip
    return copy


def test_the_guard_stands_in_the_database():
    assert guard.stands(connection)


@pytest.mark.parametrize(
    ("start", "end", "taken"),
    [
        ("2026-09-28", "2026-10-05", False),  # leaves the day the other arrives
        ("2026-09-28", "2026-10-06", True),
        ("2026-10-10", "2026-10-11", True),  # inside
        ("2026-10-01", "2026-11-11", True),  # around
        ("2026-10-25", "2026-11-01", True),
        ("2026-10-26", "2026-11-01", False),  # arrives the day the other leaves
    ],
)
def test_a_copy_is_never_taken_twice_on_one_day(copy, start, end, taken):
    def take():
        hold(copy, kind=HoldKind.OWN_USE, start=day(start), end=day(end), by=None)

    if taken:
        with pytest.raises(Refused) as no:
            take()
        assert no.value.code == "taken"
        assert "5 octobre 2026" in str(no.value.message)
    else:
        take()
    assert copy.holds.count() == (1 if taken else 2)


def test_another_program_cannot_take_it_either(copy):
    with pytest.raises(IntegrityError), transaction.atomic():
        Hold.objects.create(
            copy=copy, kind=HoldKind.LOAN,
            starts_on=day("2026-10-20"), ends_on=day("2026-11-20"),
        )  # fmt: skip


def test_two_copies_are_free_of_each_other(copy):
    other = CopyFactory(resource=copy.resource)
    hold(
        other,
        kind=HoldKind.LOAN,
        start=day("2026-10-05"),
        end=day("2026-10-26"),
        by=None,
    )
    assert Hold.objects.count() == 2


def test_a_hold_moves_within_its_own_days_but_not_onto_others(copy):
    held = copy.holds.get()
    move_hold(held, start=day("2026-10-06"), end=day("2026-10-27"))
    hold(
        copy,
        kind=HoldKind.LOAN,
        start=day("2026-11-01"),
        end=day("2026-11-08"),
        by=None,
    )

    with pytest.raises(Refused):
        move_hold(held, start=day("2026-10-06"), end=day("2026-11-02"))
    held.refresh_from_db()
    assert held.ends_on == day("2026-10-27")
