"""The API keeps its own description, whatever it is asked."""

import json

import pytest
import schemathesis
from django.conf import settings as site
from django.core import signals
from django.core.management import CommandError, call_command
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import settings

from maillage.interchange.management.commands import openapi
from tests.factories.catalogue import ResourceFactory
from tests.factories.directory import PlaceFactory, StructureFactory

schema = schemathesis.openapi.from_wsgi("/api/1/openapi.json", get_wsgi_application())


@pytest.fixture(autouse=True, scope="module")
def _keep_the_connection_of_the_test():
    """A real request closes the database connection, and the test's transaction."""
    ends = (signals.request_started, signals.request_finished)
    for signal in ends:
        signal.disconnect(close_old_connections)
    yield
    for signal in ends:
        signal.connect(close_old_connections)


@pytest.fixture
def _some_things(db):
    home = StructureFactory(slug="les-curieux", listed=True)
    PlaceFactory(slug="un-musee", structure=home, lon=3.0, lat=50.0, listed=True)
    ResourceFactory(owner=home, lent=True, sheet=True, listed=True)


@pytest.mark.usefixtures("_some_things")
@schema.parametrize()
@settings(max_examples=12, deadline=None)
def test_every_route_keeps_its_schema(case):
    # The client speaks WSGI and does not undo what the middleware compresses.
    case.call_and_validate(headers={"Accept-Encoding": "identity"})


def test_the_document_in_the_repository_is_the_one_that_is_served():
    told = (site.ROOT / openapi.PATH).read_text(encoding="utf-8")

    assert json.loads(told) == json.loads(openapi.document())
    call_command("openapi", "--check")


def test_a_document_that_is_behind_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr(site, "ROOT", tmp_path)
    (tmp_path / "docs" / "reference").mkdir(parents=True)

    with pytest.raises(CommandError, match="behind"):
        call_command("openapi", "--check")
    call_command("openapi", verbosity=0)
    call_command("openapi", "--check")


def test_no_example_of_the_document_asks_another_site():
    text = openapi.document()

    assert "cdn." not in text
    assert "unpkg" not in text
