"""Addresses of the plan's text."""

from django.urls import URLPattern, path

from maillage.plan.views import tree

urlpatterns: list[URLPattern] = [
    path("plan/", tree.home, name="home"),
    path("plan/texte/<slug:slug>/", tree.node_detail, name="node_detail"),
]
