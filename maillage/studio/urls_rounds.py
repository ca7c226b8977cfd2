"""Addresses of rounds: for the team, and for whoever has the code."""

from django.urls import URLPattern, path, re_path

from maillage.core.tables.sending import FORMS
from maillage.studio.views import rounds

HERE = "recueils/<slug:code>/"
urlpatterns: list[URLPattern] = [
    path(HERE, rounds.round_detail, name="round_detail"),
    path(f"{HERE}affiche/", rounds.round_poster, name="round_poster"),
    path(f"{HERE}feuille.pdf", rounds.round_sheet, name="round_sheet"),
    path(f"{HERE}clore/", rounds.round_close, name="round_close"),
    path(f"{HERE}saisir/<slug:moment>/", rounds.round_enter, name="round_enter"),
    re_path(
        rf"^recueils/(?P<code>[\w-]+)/effet\.(?P<form>{FORMS})$",
        rounds.round_export,
        name="round_export",
    ),
    path("evaluer/", rounds.answer_code, name="answer_code"),
    path("evaluer/<slug:code>/", rounds.answer_start, name="answer_start"),
    path("evaluer/<slug:code>/merci/", rounds.answer_thanks, name="answer_thanks"),
    path("evaluer/<slug:code>/<slug:moment>/", rounds.answer_new, name="answer_new"),
]
