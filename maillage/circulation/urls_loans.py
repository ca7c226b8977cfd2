"""The life of a loan: agreement, handovers, reports, invoice."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
