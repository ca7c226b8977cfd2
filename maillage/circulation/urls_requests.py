"""What hosts ask for, and what owners answer."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
