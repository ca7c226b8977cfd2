import datetime as dt

import pytest
import time_machine

from maillage.circulation.choices import CopyState
from maillage.core.choices import State
from tests.factories.catalogue import ResourceFactory
from tests.factories.circulation import CopyFactory, LoanFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(dt.datetime(2026, 9, 28, 10, tzinfo=dt.UTC), tick=False):
        yield


def ask(client, resource, query=""):
    return client.get(f"/api/1/resources/{resource.slug}/availability{query}")


def test_it_tells_days_and_nobody(client):
    loan = LoanFactory(host__name="Médiathèque secrète")
    answer = ask(client, loan.copy.resource)

    told = answer.json()
    assert told["copies"] == 1
    assert told["taken"] == [
        {
            "copy_rank": loan.copy.rank,
            "starts_on": "2026-10-02",
            "last_day": "2026-10-28",
        }
    ]
    assert told["first_free"]["starts_on"] >= "2026-10-29"
    assert "secrète" not in answer.content.decode()
    assert answer["Access-Control-Allow-Origin"] == "*"


def test_another_copy_makes_it_free_sooner(client):
    loan = LoanFactory()
    CopyFactory(resource=loan.copy.resource)
    first = ask(client, loan.copy.resource).json()["first_free"]
    assert first["starts_on"] < "2026-10-29"


def test_a_later_start_and_a_length_are_respected(client):
    copy = CopyFactory()
    first = ask(client, copy.resource, "?days=5&start=2027-03-01").json()["first_free"]
    assert first["days"] == 5
    assert first["starts_on"] >= "2027-03-01"


@pytest.mark.parametrize("query", ["?days=0", "?start=1999-01-01", "?start=9999-12-31"])
def test_odd_questions_have_an_answer(client, query):
    assert ask(client, CopyFactory().resource, query).status_code == 200


@pytest.mark.parametrize("query", ["?days=367", "?days=-1", "?days=x", "?start=hier"])
def test_nonsense_is_refused(client, query):
    assert ask(client, CopyFactory().resource, query).status_code == 422


def test_what_is_not_lent_or_not_published(client):
    broken = CopyFactory(state=CopyState.BROKEN)
    told = ask(client, broken.resource).json()
    assert (told["copies"], told["first_free"], told["taken"]) == (0, None, [])
    hidden = ResourceFactory(state=State.DRAFT)
    assert ask(client, hidden).status_code == 404
