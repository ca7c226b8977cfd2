"""Addresses of the studio: evaluations, self-assessment, works made together."""

from importlib import import_module
from importlib.util import find_spec

from django.urls import URLPattern, URLResolver

app_name = "studio"
PARTS = ("evaluation", "rounds", "assessment", "projects")
urlpatterns: list[URLPattern | URLResolver] = [
    pattern
    for part in PARTS
    if find_spec(f"maillage.studio.urls_{part}")
    for pattern in import_module(f"maillage.studio.urls_{part}").urlpatterns
]
