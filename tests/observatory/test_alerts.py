"""One alert for one subject, for as long as it is true."""

import datetime as dt

import pytest
from django.urls import reverse

from maillage.core.errors import Refused
from maillage.core.models import Mail
from maillage.observatory.models import Alert, AlertRule
from maillage.observatory.services.alerts import (
    answer,
    send_digest,
    watch,
    worded,
)
from tests.factories.accounts import UserFactory
from tests.factories.observatory import NOW, IndicatorFactory, ObservationFactory

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(1)


def years(indicator, *values, start=2017, hidden=""):
    for n, value in enumerate(values):
        ObservationFactory(
            indicator=indicator, period=str(start + n), value=value, hidden=hidden
        )


def rule(indicator, kind, **more):
    return AlertRule.objects.create(
        indicator=indicator, kind=kind, level="region", created_at=NOW, **more
    )


def test_a_bound_that_is_passed_raises_one_alert_however_often_one_looks():
    indicator = IndicatorFactory()
    years(indicator, 50.0, 20.0)
    rule(indicator, "threshold", below=30)

    assert watch(now=NOW).raised == 1
    assert watch(now=NOW + DAY).raised == 0
    alert = Alert.objects.get()
    assert (alert.period, alert.value, alert.expected) == ("2018", 20, 30)
    assert alert.seen_at == NOW + DAY


def test_an_alert_ends_when_it_is_no_longer_true_and_may_come_again():
    indicator = IndicatorFactory()
    years(indicator, 50.0, 20.0)
    rule(indicator, "threshold", below=30)
    watch(now=NOW)
    indicator.observations.filter(period="2018").update(value=40)
    assert watch(now=NOW).over == 1
    assert Alert.objects.get().state == "over"

    indicator.observations.filter(period="2018").update(value=10)
    assert watch(now=NOW).raised == 1
    assert Alert.objects.get().state == "open"


@pytest.mark.parametrize(
    ("values", "is_break"),
    [
        ((100, 102, 101, 99, 100, 101), False),
        ((100, 102, 101, 99, 100, 140), True),
        ((100, 110, 120, 130, 140, 150), False),  # a steady rise is no break
        ((100, 110, 120, 130, 140, 100), True),
        ((100, 300, 101, 99, 100, 102), False),  # one odd year moves nothing
        ((100, 100, 140), False),  # too few years to know
    ],
)
def test_a_break_of_trend_is_far_from_where_the_years_lead(values, is_break):
    indicator = IndicatorFactory()
    years(indicator, *map(float, values))
    rule(indicator, "trend")

    assert watch(now=NOW).raised == is_break


def test_data_that_do_not_come_are_told_after_the_delay():
    indicator = IndicatorFactory()
    years(indicator, 50.0, start=2024)
    rule(indicator, "missing", tolerance=60)

    assert watch(now=dt.datetime(2026, 2, 1, tzinfo=dt.UTC)).raised == 0
    assert watch(now=dt.datetime(2026, 3, 15, tzinfo=dt.UTC)).raised == 1
    assert Alert.objects.get().period == "2025"
    years(indicator, 51.0, start=2025)
    assert watch(now=dt.datetime(2026, 3, 16, tzinfo=dt.UTC)).over == 1


def test_a_secret_figure_raises_nothing():
    indicator = IndicatorFactory()
    years(indicator, 1.0, hidden="few")
    rule(indicator, "threshold", below=30)

    assert watch(now=NOW).raised == 0


def test_a_rule_that_is_stopped_ends_its_alerts():
    indicator = IndicatorFactory()
    years(indicator, 1.0)
    one = rule(indicator, "threshold", below=30)
    watch(now=NOW)
    AlertRule.objects.filter(pk=one.pk).update(is_active=False)

    assert watch(now=NOW).over == 1


def test_an_answer_is_seen_or_an_explanation():
    indicator = IndicatorFactory()
    years(indicator, 1.0)
    rule(indicator, "threshold", below=30)
    watch(now=NOW)
    agency = UserFactory(role="agency")

    seen = answer(
        Alert.objects.get(), state="acknowledged", explanation="", by=agency, now=NOW
    )
    assert seen.state == "acknowledged"
    told = answer(
        seen, state="explained", explanation="Fermé pour travaux", by=agency, now=NOW
    )
    assert told.state == "explained"
    with pytest.raises(Refused) as no:
        answer(told, state="explained", explanation=" ", by=agency, now=NOW)
    assert no.value.code == "explain"
    Alert.objects.update(state="over")
    with pytest.raises(Refused) as no:
        answer(told, state="acknowledged", explanation="", by=agency, now=NOW)
    assert no.value.code == "over"


def test_new_alerts_are_told_to_the_agency_once_a_day_at_most():
    UserFactory(role="agency", email="agence@example.org")
    UserFactory(role="observer")
    indicator = IndicatorFactory(name="Visiteurs")
    years(indicator, 1.0)
    rule(indicator, "threshold", below=30)
    watch(now=NOW)

    assert send_digest(now=NOW) == 1
    assert send_digest(now=NOW + DAY) == 0  # nothing new
    mail = Mail.objects.get()
    assert mail.to == "agence@example.org"
    other = IndicatorFactory()
    years(other, 1.0)
    rule(other, "threshold", below=30)
    watch(now=NOW)
    assert send_digest(now=NOW + dt.timedelta(hours=2)) == 0
    assert send_digest(now=NOW + DAY) == 1


def test_alerts_are_sentences():
    indicator = IndicatorFactory(name="Visiteurs")
    years(indicator, 20.0)
    rule(indicator, "threshold", below=30)
    watch(now=NOW)

    ((_alert, text),) = worded(Alert.objects.select_related("rule__indicator"))
    plain = text.replace("\N{NO-BREAK SPACE}", " ")
    assert plain == "Visiteurs, Hauts-de-France, 2017 : 20, sous 30."


def test_the_agency_answers_from_the_list_and_the_desk_shows_what_waits(client):
    indicator = IndicatorFactory(name="Visiteurs")
    years(indicator, 20.0)
    rule(indicator, "threshold", below=30)
    watch(now=NOW)
    client.force_login(UserFactory(role="agency"))

    assert "sous 30" in client.get(reverse("portal:agency_desk")).content.decode()
    url = reverse("observatory:alert_answer", args=[Alert.objects.get().pk])
    client.post(url, {"explanation": "Fermé pour travaux"})
    page = client.get(reverse("observatory:alert_list")).content.decode()
    assert "Fermé pour travaux" in page
    assert "sous 30" not in client.get(reverse("portal:agency_desk")).content.decode()


def test_a_rule_is_made_on_the_page_of_an_indicator_and_looked_at_once(client):
    indicator = IndicatorFactory()
    years(indicator, 20.0)
    client.force_login(UserFactory(role="agency"))
    url = reverse("observatory:alert_rule_new", args=[indicator.code])

    wrong = client.post(
        url, {"kind": "threshold", "level": "region", "is_active": "on"}
    )
    assert wrong.status_code == 422
    client.post(
        url, {"kind": "threshold", "level": "region", "below": "30", "is_active": "on"}
    )
    assert Alert.objects.count() == 1
    client.post(
        reverse("observatory:alert_rule_delete", args=[AlertRule.objects.get().pk])
    )
    assert not Alert.objects.exists()
