"""Copies, their components and labels, calendars."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
