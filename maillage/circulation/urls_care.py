"""Wear, maintenance, renewal, money and attendance."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
