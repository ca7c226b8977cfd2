"""Addresses of the pass: for holders, for doors, for the agency."""

from importlib import import_module
from importlib.util import find_spec

from django.urls import URLPattern, URLResolver

app_name = "passport"
PARTS = ("passes", "agency", "doors", "benefits", "settling", "stamps", "figures")
urlpatterns: list[URLPattern | URLResolver] = [
    pattern
    for part in PARTS
    if find_spec(f"maillage.passport.urls_{part}")
    for pattern in import_module(f"maillage.passport.urls_{part}").urlpatterns
]
