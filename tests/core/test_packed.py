"""Rows as one text: the numbers are those of the rows, on every database."""

import datetime as dt

import numpy as np
import pytest
from django.db.models import F

from maillage.core.packed import EPOCH, DayNumber, Joined, Numbers
from maillage.territories.models import Holiday

pytestmark = pytest.mark.django_db
DAYS = [dt.date(1969, 12, 31), EPOCH, dt.date(2026, 2, 28), dt.date(2199, 12, 31)]


def table(*columns):
    found = Holiday.objects.aggregate(text=Joined(Numbers(*columns)))
    numbers = np.fromstring(found["text"] or "", dtype=np.int64, sep=",")
    return sorted(numbers.reshape(-1, len(columns)).tolist())


def test_every_row_is_there_with_its_numbers():
    for day in DAYS:
        Holiday.objects.create(day=day, name="Fête")

    found = table(DayNumber(F("day")), F("day__year"))

    assert found == [[(day - EPOCH).days, day.year] for day in DAYS]


def test_no_row_is_no_number():
    assert table(DayNumber(F("day")), F("day__year")) == []
