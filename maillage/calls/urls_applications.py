"""Addresses of applications: for their authors, and for the agency."""

from django.urls import URLPattern, path, re_path

from maillage.calls.views import applications, applications_agency, writing
from maillage.core.tables.sending import FORMS

HERE = "candidatures/<slug:number>/"
AGENCY = "agence/candidatures/<slug:number>/"
urlpatterns: list[URLPattern] = [
    path(
        "appels/<slug:slug>/candidater/",
        writing.application_start,
        name="application_start",
    ),
    path(
        "mon-espace/candidatures/",
        applications.application_list,
        name="application_list",
    ),
    path(
        "candidatures/rejoindre/<str:token>/",
        applications.author_join,
        name="author_join",
    ),
    path(HERE, applications.application_detail, name="application_detail"),
    path(f"{HERE}ecrire/", writing.application_write, name="application_write"),
    path(f"{HERE}garder/", writing.application_save, name="application_save"),
    path(f"{HERE}choisir/", writing.application_aside, name="application_aside"),
    path(f"{HERE}joindre/", writing.application_attach, name="application_attach"),
    path(
        f"{HERE}fichiers/<int:pk>/retirer/",
        writing.application_detach,
        name="application_detach",
    ),
    path(
        f"{HERE}fichiers/<int:pk>/",
        applications.application_file,
        name="application_file",
    ),
    path(f"{HERE}deposer/", writing.application_send, name="application_send"),
    path(
        f"{HERE}retirer/",
        applications.application_withdraw,
        name="application_withdraw",
    ),
    path(
        f"{HERE}versions/<int:version>/",
        applications.application_version,
        name="application_version",
    ),
    path(
        f"{HERE}accuse-<int:version>.pdf",
        applications.application_receipt,
        name="application_receipt",
    ),
    path(
        f"{HERE}auteurs/", applications.application_authors, name="application_authors"
    ),
    path(
        f"{HERE}auteurs/<int:pk>/retirer/",
        applications.author_remove,
        name="author_remove",
    ),
    path(
        "agence/appels/<slug:slug>/candidatures/",
        applications_agency.application_desk,
        name="application_desk",
    ),
    re_path(
        rf"^agence/appels/(?P<slug>[-\w]+)/candidatures\.(?P<form>{FORMS})$",
        applications_agency.application_export,
        name="application_export",
    ),
    path(
        f"{AGENCY}recevabilite/",
        applications_agency.application_check,
        name="application_check",
    ),
    path(
        f"{AGENCY}complement/",
        applications_agency.application_revision,
        name="application_revision",
    ),
    path(
        f"{AGENCY}complement/clore/",
        applications_agency.application_revision_close,
        name="application_revision_close",
    ),
]
