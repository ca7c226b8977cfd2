"""Addresses of the programmes of others."""

from django.urls import URLPattern, path, re_path

from maillage.calls.views import programmes
from maillage.core.tables.sending import FORMS

AGENCY = "agence/financements/"
urlpatterns: list[URLPattern] = [
    path("financements/", programmes.funding_list, name="funding_list"),
    path("financements/suivre/", programmes.funding_follow, name="funding_follow"),
    re_path(
        rf"^financements/programmes\.(?P<form>{FORMS})$",
        programmes.funding_export,
        name="funding_export",
    ),
    path("financements/<slug:slug>/", programmes.funding_detail, name="funding_detail"),
    path(f"{AGENCY}nouveau/", programmes.funding_edit, name="funding_new"),
    path(f"{AGENCY}importer/", programmes.funding_import, name="funding_import"),
    path(f"{AGENCY}<slug:slug>/", programmes.funding_edit, name="funding_edit"),
    path(f"{AGENCY}<slug:slug>/dates/", programmes.funding_date, name="funding_date"),
    path(
        f"{AGENCY}dates/<int:pk>/retirer/",
        programmes.funding_date_drop,
        name="funding_date_drop",
    ),
]
