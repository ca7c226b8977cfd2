"""Addresses of decisions and grants."""

from django.urls import URLPattern, path, re_path

from maillage.calls.views import decisions, grants
from maillage.core.tables.sending import FORMS

CALL = "agence/appels/<slug:slug>/"
HERE = "candidatures/<slug:number>/"
AGENCY = "agence/candidatures/<slug:number>/"
urlpatterns: list[URLPattern] = [
    path(f"{CALL}decisions/", decisions.decision_list, name="decision_list"),
    path(f"{CALL}notifier/", decisions.decision_notify, name="decision_notify"),
    path(f"{AGENCY}decision/", decisions.decision_edit, name="decision_edit"),
    path(f"{AGENCY}projet.pdf", decisions.decision_draft, name="decision_draft"),
    path(f"{HERE}decision/", decisions.decision_detail, name="decision_detail"),
    path(f"{HERE}decision.pdf", decisions.decision_letter, name="decision_letter"),
    path("agence/subventions/", grants.grant_desk, name="grant_desk"),
    re_path(
        rf"^agence/subventions/versements\.(?P<form>{FORMS})$",
        grants.payment_export,
        name="payment_export",
    ),
    path("subventions/<slug:reference>/", grants.grant_detail, name="grant_detail"),
    path(
        "agence/subventions/<slug:reference>/<slug:step>/",
        grants.grant_step,
        name="grant_step",
    ),
    path("agence/versements/<int:pk>/", grants.instalment_pay, name="instalment_pay"),
    path("bilans/<int:pk>/rendre/", grants.report_file, name="report_file"),
    path("agence/bilans/<int:pk>/", grants.report_answer, name="report_answer"),
    path("bilans/<int:pk>/piece/", grants.report_attachment, name="report_attachment"),
]
