import datetime as dt

import pytest
from django.conf import settings
from django.core.management import call_command

from maillage.accounts.choices import Role
from maillage.accounts.models import User
from maillage.catalogue.models import Resource
from maillage.core.models import Entry, Proposal
from maillage.directory.models import Claim, Place, Structure
from maillage.portal import demo
from maillage.territories.services import load_territories

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


def load():
    load_territories(settings.REGION_DATA)
    demo.load_actors(
        settings.REGION_DATA, source=settings.REGION, now=NOW, progress=print
    )
    demo.make_demo_accounts(now=NOW)


def test_the_region_loads_whole_and_twice_changes_nothing():
    load()
    Place.objects.filter(name="Cité Nature").update(summary="Écrit depuis.")

    load()

    assert Structure.objects.filter(source=settings.REGION).count() == 47
    assert Place.objects.filter(source=settings.REGION).count() == 127
    assert Resource.objects.filter(is_example=True).count() >= 50
    assert Resource.objects.filter(parent__isnull=False).count() >= 5
    assert Place.objects.get(name="Cité Nature").summary == "Écrit depuis."
    assert Entry.objects.public().count() >= 47 + 127 + 60


def test_there_is_an_account_for_each_role_and_work_for_the_agency():
    load()

    assert {user.role for user in User.objects.all()} == set(Role)
    assert Proposal.objects.all().waiting().count() == 2
    assert Claim.objects.all().waiting().count() == 1


def test_the_command_prepares_the_site_without_serving_it(capsys):
    call_command("demo", no_serve=True)

    assert demo.is_ready()
    assert "agence@exemple.fr" in capsys.readouterr().out
