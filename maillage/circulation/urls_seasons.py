"""Seasons, scenarios, publication, results."""

from django.urls import URLPattern, path, re_path

from maillage.circulation.views import publishing, results, scenarios, seasons
from maillage.core.tables.sending import FORMS

ONE = "saisons/<slug:slug>/"
PLAN = f"{ONE}scenarios/<int:pk>/"

urlpatterns: list[URLPattern] = [
    path("saisons/", seasons.season_list, name="season_list"),
    path("saisons/nouvelle/", seasons.season_new, name="season_new"),
    path(ONE, seasons.season_detail, name="season_detail"),
    path(f"{ONE}modifier/", seasons.season_edit, name="season_edit"),
    path(f"{ONE}etat/", seasons.season_state, name="season_state"),
    path(f"{ONE}programme/", seasons.season_programme, name="season_programme"),
    path(f"{ONE}resultats/", results.result_list, name="result_list"),
    path(f"{ONE}resultats/donnees.json", results.season_inputs, name="season_inputs"),
    path(f"{ONE}resultats/<int:pk>/", results.result_detail, name="result_detail"),
    path(f"{ONE}scenarios/nouveau/", scenarios.scenario_new, name="scenario_new"),
    path(f"{ONE}comparer/", scenarios.scenario_compare, name="scenario_compare"),
    path(PLAN, scenarios.scenario_detail, name="scenario_detail"),
    path(f"{PLAN}lancer/", scenarios.scenario_start, name="scenario_start"),
    path(f"{PLAN}arreter/", scenarios.scenario_stop, name="scenario_stop"),
    path(f"{PLAN}supprimer/", scenarios.scenario_delete, name="scenario_delete"),
    path(f"{PLAN}decisions/", scenarios.scenario_locks, name="scenario_locks"),
    path(
        f"{PLAN}decisions/<int:lock>/retirer/", scenarios.lock_delete,
        name="lock_delete",
    ),
    path(f"{PLAN}publier/", publishing.scenario_publish, name="scenario_publish"),
    path(f"{PLAN}replanifier/", publishing.scenario_replan, name="scenario_replan"),
    re_path(
        rf"^saisons/(?P<slug>[-\w]+)/scenarios/(?P<pk>\d+)/(?P<table>prets|refus)\.(?P<kind>{FORMS})$",
        publishing.scenario_export,
        name="scenario_export",
    ),
]  # fmt: skip
