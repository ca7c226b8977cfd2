"""Addresses of calls for projects: for applicants, for reviewers, for the agency."""

from importlib import import_module
from importlib.util import find_spec

from django.urls import URLPattern, URLResolver

app_name = "calls"
PARTS = ("calls", "applications", "reviews", "grants", "programmes")
urlpatterns: list[URLPattern | URLResolver] = [
    pattern
    for part in PARTS
    if find_spec(f"maillage.calls.urls_{part}")
    for pattern in import_module(f"maillage.calls.urls_{part}").urlpatterns
]
