"""Copies, their components and labels, calendars."""

from django.urls import URLPattern, path, re_path

from maillage.circulation.views import (
    calendar,
    copies,
    copy_parts,
    free_windows,
    rules,
)
from maillage.core.tables.sending import FORMS

COPY = "exemplaires/<slug:label>/"
urlpatterns: list[URLPattern] = [
    path("exemplaires/", copies.copy_list, name="copy_list"),
    path("exemplaires/importer/", copy_parts.copy_import, name="copy_import"),
    re_path(
        rf"^exemplaires/liste\.(?P<form>{FORMS})$",
        copies.copy_export,
        name="copy_export",
    ),
    path(COPY, copies.copy_detail, name="copy_detail"),
    path(f"{COPY}modifier/", copies.copy_edit, name="copy_edit"),
    path(f"{COPY}etat/", copies.copy_state, name="copy_state"),
    path(f"{COPY}caisses/", copy_parts.component_list, name="component_list"),
    path(f"{COPY}etiquettes/", copy_parts.label_sheets, name="label_sheets"),
    path(f"{COPY}etiquettes.pdf", copy_parts.copy_labels, name="copy_labels"),
    path(f"{COPY}garder/", calendar.copy_keep, name="copy_keep"),
    path(f"{COPY}garder/<int:pk>/liberer/", calendar.copy_free, name="copy_free"),
    path(
        "ressources/<slug:slug>/exemplaires/nouveau/", copies.copy_new, name="copy_new"
    ),
    path(
        "ressources/<slug:slug>/calendrier/",
        calendar.resource_calendar,
        name="resource_calendar",
    ),
    path(
        "ressources/<slug:slug>/calendrier.ics",
        calendar.resource_feed,
        name="resource_feed",
    ),
    path("calendriers/<str:feed_key>.ics", calendar.copy_feed, name="copy_feed"),
    path(
        "structures/<slug:slug>/regles-de-pret/",
        rules.lending_rules,
        name="lending_rules",
    ),
    path(
        "structures/<slug:slug>/regles-de-pret/fermetures/<int:pk>/retirer/",
        rules.closure_delete,
        name="closure_delete",
    ),
    path("emprunter/disponible/", free_windows.free_windows, name="free_windows"),
]
