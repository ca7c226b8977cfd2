"""Seasons, scenarios, the board, publication."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
