"""Programmes of others: who they fit and why, one mail for one subject."""

import datetime as dt

import pytest
from django.conf import settings
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from maillage.accounts.choices import Role
from maillage.calls.models import FundingProgramme, ProgrammeDate
from maillage.calls.services.funding import add_date, follow, load_programmes
from maillage.calls.services.matching import match
from maillage.calls.services.reminding import tell_programmes
from maillage.core.errors import Refused
from maillage.core.models import Mail
from tests.factories.accounts import UserFactory
from tests.factories.directory import MembershipFactory, StructureFactory

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2030, 3, 4, 9, tzinfo=dt.UTC)
TODAY = NOW.date()


def programme(**fields):
    wanted = {"name": "Fonds", "slug": "fonds", "family": "other", "manager": "x"}
    return FundingProgramme.objects.create(**wanted | fields, changed_at=NOW)


@pytest.mark.parametrize(
    ("fields", "fits"),
    [
        ({}, True),
        ({"structure_kinds": ["museum"]}, True),
        ({"structure_kinds": ["school"]}, False),
        ({"themes": ["water", "sea"]}, True),
        ({"themes": ["robotics"]}, False),
        ({"departments": ["99"]}, False),
        ({"structure_kinds": ["museum"], "themes": ["robotics"]}, False),
    ],
)
def test_a_programme_fits_by_kind_theme_and_place(fields, fits):
    structure = StructureFactory(kind="museum", themes=["water"])
    found = match(programme(**fields), structure)
    assert (found is not None) == fits
    if found:
        assert len(found.reasons) == max(1, len(fields))


def test_one_mail_for_one_date_however_many_structures_it_fits():
    user = UserFactory()
    for _n in range(2):
        MembershipFactory(user=user, structure=StructureFactory(kind="museum"))
    MembershipFactory(structure=StructureFactory(kind="museum"))  # does not follow
    follow(by=user, is_on=True, now=NOW)
    row = programme(structure_kinds=["museum"])
    add_date(row, label="Dépôt", opens_on=None, closes_on=TODAY + dt.timedelta(20))
    add_date(row, label="Plus tard", opens_on=None, closes_on=TODAY + dt.timedelta(60))
    other = programme(slug="ecoles", name="Écoles", structure_kinds=["school"])
    add_date(other, label="Dépôt", opens_on=None, closes_on=TODAY + dt.timedelta(20))

    assert tell_programmes(today=TODAY, now=NOW) == 1
    assert tell_programmes(today=TODAY + dt.timedelta(1), now=NOW) == 0

    mail = Mail.objects.get(to=user.email)
    assert "Fonds" in mail.subject
    assert "nature" in mail.body
    follow(by=user, is_on=False, now=NOW)
    assert tell_programmes(today=TODAY + dt.timedelta(40), now=NOW) == 0


def test_the_file_of_the_region_loads_twice_without_repeats():
    path = settings.REGION_DATA / "programmes.toml"
    first = load_programmes(path, now=NOW)
    dates = ProgrammeDate.objects.count()
    assert load_programmes(path, now=NOW) == first == FundingProgramme.objects.count()
    assert ProgrammeDate.objects.count() == dates
    assert not FundingProgramme.objects.filter(source="").exists()


def test_a_term_that_does_not_exist_is_refused(tmp_path):
    path = tmp_path / "p.toml"
    path.write_text('[[programme]]\nslug = "a"\nthemes = ["magic"]\n', encoding="utf-8")
    with pytest.raises(ValueError, match="magic"):
        load_programmes(path, now=NOW)


def test_a_window_that_ends_before_it_begins_is_refused():
    with pytest.raises(Refused) as no:
        add_date(
            programme(), label="x", opens_on=TODAY, closes_on=TODAY - dt.timedelta(1)
        )
    assert no.value.code == "period"


def test_the_public_pages_and_their_filters(client):
    soon = timezone.localdate() + dt.timedelta(9)
    row = programme(themes=["water"], summary="Les rivières")
    row.dates.create(label="Dépôt", closes_on=soon)
    hidden = programme(slug="cache", name="Secret", is_published=False)
    url = reverse("calls:funding_list")
    page = client.get(url).content.decode()
    assert "Fonds" in page
    assert "Dépôt" in page
    assert "Secret" not in page
    assert client.get(hidden.get_absolute_url()).status_code == 404
    assert "Fonds</a>" not in client.get(url, {"theme": "robotics"}).content.decode()
    assert "Fonds</a>" not in client.get(url, {"famille": "cper"}).content.decode()
    assert "Fonds</a>" in client.get(url, {"q": "rivières"}).content.decode()
    assert client.get(row.get_absolute_url()).status_code == 200
    file = client.get(reverse("calls:funding_export", args=["csv"]))
    text = b"".join(file).decode()
    assert "rivières" in text
    assert "Secret" not in text


def test_the_agency_writes_a_programme_and_its_dates(client):
    client.force_login(UserFactory(role=Role.AGENCY))
    form = {
        "name": "Fonds des rivières", "family": "national", "manager": "Agence",
        "themes": ["water"], "is_published": "on",
    }  # fmt: skip
    answer = client.post(reverse("calls:funding_new"), form)
    row = FundingProgramme.objects.get()
    assert answer.url == row.get_absolute_url()
    assert (row.slug, row.themes) == ("fonds-des-rivieres", ["water"])
    url = reverse("calls:funding_date", args=[row.slug])
    client.post(url, {"label": "Dépôt", "closes_on": "2031-01-02"})
    date = row.dates.get()
    assert (
        client.post(reverse("calls:funding_date_drop", args=[date.pk])).status_code
        == 302
    )
    assert not row.dates.exists()
    edit = reverse("calls:funding_edit", args=[row.slug])
    assert client.post(edit, form | {"name": "Autre nom"}).status_code == 302
    row.refresh_from_db()
    assert row.slug == "fonds-des-rivieres"


def test_the_daily_command_only_tries_unless_told(capsys):
    user = UserFactory()
    MembershipFactory(user=user)
    follow(by=user, is_on=True, now=NOW)
    day = timezone.localdate() + dt.timedelta(9)
    programme().dates.create(label="x", closes_on=day)
    call_command("calls_daily")
    assert not Mail.objects.exists()
    call_command("calls_daily", commit=True)
    assert Mail.objects.count() == 1
