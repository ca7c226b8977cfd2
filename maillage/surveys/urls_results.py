"""Results: what everybody reads, and the pages where the agency makes them."""

from django.urls import URLPattern, path, re_path

from maillage.core.tables.sending import FORMS
from maillage.surveys.views import results, results_agency, results_texts

WAVE = "enquetes/<slug:slug>/"
SLUG = r"^enquetes/(?P<slug>[-a-zA-Z0-9_]+)/"
RESULTS = f"{WAVE}resultats/"

urlpatterns: list[URLPattern] = [
    path(RESULTS, results.result_detail, name="result_detail"),
    path(f"{RESULTS}croiser/", results.result_cross, name="result_cross"),
    path(f"{RESULTS}evolution/", results.result_change, name="result_change"),
    path(f"{RESULTS}rapport.pdf", results.result_report, name="result_report"),
    re_path(
        rf"{SLUG}resultats\.(?P<form>{FORMS})$", results.result_file, name="result_file"
    ),
    path(f"{RESULTS}agence/", results_agency.release_list, name="release_list"),
    path(f"{RESULTS}preparer/", results_agency.release_new, name="release_new"),
    path(
        f"{RESULTS}<int:number>/", results_agency.release_detail, name="release_detail"
    ),
    path(
        f"{RESULTS}<int:number>/apercu/",
        results_agency.release_preview,
        name="release_preview",
    ),
    path(
        f"{RESULTS}<int:number>/decider/",
        results_agency.release_decide,
        name="release_decide",
    ),
    path(f"{WAVE}textes/", results_texts.text_list, name="text_list"),
    path(
        f"{WAVE}textes/<slug:question>/", results_texts.text_coding, name="text_coding"
    ),
    path(
        f"{WAVE}textes/<slug:question>/coder/",
        results_texts.text_code,
        name="text_code",
    ),
    path(
        f"{WAVE}textes/<slug:question>/themes/",
        results_texts.text_themes,
        name="text_themes",
    ),
    re_path(
        rf"{SLUG}reponses-confidentiel\.(?P<form>{FORMS})$",
        results_agency.answers_export,
        name="answers_export",
    ),
]
