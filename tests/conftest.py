"""What every test has."""

import os
import sqlite3
from contextlib import closing

import pytest
from django.conf import settings as site
from django.db import connection
from django.utils import translation
from hypothesis import HealthCheck, settings as hypothesis

from maillage.core import listing
from maillage.core.translations import compile_messages
from maillage.passport.services import standing

hypothesis.register_profile("here", deadline=None, max_examples=60)
# The same examples each time: a submission never fails by the luck of the draw.
hypothesis.register_profile(
    "ci",
    deadline=None,
    max_examples=150,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
hypothesis.load_profile("ci" if os.environ.get("CI") else "here")


def pytest_configure():
    """Translate, and do not spend a tenth of a second on each password."""
    compile_messages()
    # The live server looks for this very name, not for our configuration of it.
    site.INSTALLED_APPS = [*site.INSTALLED_APPS, "django.contrib.staticfiles"]
    site.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _a_clean_place(settings, tmp_path):
    """Each test starts in French, with no uploaded file and nothing remembered."""
    settings.MEDIA_ROOT = tmp_path / "media"
    translation.activate("fr")
    listing.forget()
    standing.shared.forget()
    yield
    translation.activate("fr")


@pytest.fixture
def in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def on_a_file(transactional_db, tmp_path):
    """SQLite in memory is one connection for all threads: work on a copy on disk."""
    if connection.vendor != "sqlite" or not connection.is_in_memory_db():
        yield
        return
    connection.ensure_connection()
    memory, name = connection.connection, connection.settings_dict["NAME"]
    path = tmp_path / "copy.sqlite3"
    with closing(sqlite3.connect(path)) as copy:
        memory.backup(copy)
    connection.connection, connection.settings_dict["NAME"] = None, str(path)
    yield
    connection.close()
    connection.connection, connection.settings_dict["NAME"] = memory, name
