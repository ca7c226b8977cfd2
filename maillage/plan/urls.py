"""Addresses of the plan: its tree and actions, its committee, the consultation."""

from importlib import import_module
from importlib.util import find_spec

from django.urls import URLPattern, URLResolver

app_name = "plan"
PARTS = ("tree", "actions", "boards", "committee", "consultation")
urlpatterns: list[URLPattern | URLResolver] = [
    pattern
    for part in PARTS
    if find_spec(f"maillage.plan.urls_{part}")
    for pattern in import_module(f"maillage.plan.urls_{part}").urlpatterns
]
