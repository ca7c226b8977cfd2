"""Waves, those asked, their letters and their responses."""

from django.urls import URLPattern, path, re_path

from maillage.core.tables.sending import FORMS
from maillage.surveys.views import paper, progress, waves, waves_mail, waves_people

WAVE = "enquetes/editions/<slug:slug>/"
UNIT = f"{WAVE}enquetes/<int:pk>/"
ONE = f"{WAVE}reponses/<int:pk>/"
FILE = r"^enquetes/editions/(?P<slug>[-a-zA-Z0-9_]+)/"

urlpatterns: list[URLPattern] = [
    path("enquetes/", waves.survey_list, name="survey_list"),
    path("enquetes/editions/nouvelle/", waves.wave_new, name="wave_new"),
    path(WAVE, waves.wave_detail, name="wave_detail"),
    path(f"{WAVE}modifier/", waves.wave_edit, name="wave_edit"),
    path(f"{WAVE}etat/", waves.wave_state, name="wave_state"),
    path(f"{WAVE}population/", waves_people.wave_population, name="wave_population"),
    path(
        f"{WAVE}population/liste/",
        waves_people.wave_list_import,
        name="wave_list_import",
    ),
    path(f"{WAVE}population/ajouter/", waves_people.unit_new, name="unit_new"),
    path(f"{WAVE}enquetes/", waves_people.unit_list, name="unit_list"),
    re_path(
        rf"{FILE}enquetes\.(?P<form>{FORMS})$",
        waves_people.unit_export,
        name="unit_export",
    ),
    path(UNIT, waves_people.unit_detail, name="unit_detail"),
    path(f"{UNIT}changer/", waves_people.unit_change, name="unit_change"),
    path(f"{UNIT}saisir/", paper.unit_enter, name="unit_enter"),
    path(f"{UNIT}verifier/", paper.unit_check, name="unit_check"),
    path(f"{WAVE}courriers/", waves_mail.wave_mail, name="wave_mail"),
    path(f"{WAVE}courriers/envoyer/", waves_mail.wave_send, name="wave_send"),
    path(f"{WAVE}courriers/revenus/", waves_mail.wave_bounces, name="wave_bounces"),
    path(f"{WAVE}avancement/", progress.wave_progress, name="wave_progress"),
    re_path(
        rf"{FILE}avancement-(?P<by>departements|natures)\.(?P<form>{FORMS})$",
        progress.wave_progress_export,
        name="wave_progress_export",
    ),
    path(f"{WAVE}redressement/", progress.wave_weights, name="wave_weights"),
    path(
        f"{WAVE}redressement/garder/",
        progress.wave_weights_keep,
        name="wave_weights_keep",
    ),
    re_path(
        rf"{FILE}redressement\.(?P<form>{FORMS})$",
        progress.wave_weights_export,
        name="wave_weights_export",
    ),
    path(f"{WAVE}reponses/", paper.response_list, name="response_list"),
    path(ONE, paper.response_detail, name="response_detail"),
    path(f"{ONE}decider/", paper.response_change, name="response_change"),
]
