"""Addresses of programmes, their labels and their reports."""

from django.urls import URLPattern, path, re_path

from maillage.agenda.views import labels, programme_reports, programmes
from maillage.core.tables.sending import FORMS

ONE = "temps-forts/<slug:slug>"
urlpatterns: list[URLPattern] = [
    path("temps-forts/", programmes.programme_list, name="programme_list"),
    path("temps-forts/nouveau/", programmes.programme_new, name="programme_new"),
    path(f"{ONE}/", programmes.programme_detail, name="programme_detail"),
    path(f"{ONE}/modifier/", programmes.programme_edit, name="programme_edit"),
    path(f"{ONE}/charte/", programmes.programme_charter, name="programme_charter"),
    path(f"{ONE}/carte.geojson", programmes.programme_points, name="programme_points"),
    path(f"{ONE}/programme.pdf", programmes.programme_paper, name="programme_paper"),
    re_path(
        rf"^temps-forts/(?P<slug>[-\w]+)/programme\.(?P<form>{FORMS})$",
        programmes.programme_export,
        name="programme_export",
    ),
    path(
        f"{ONE}/coordination/",
        programmes.programme_coordinators,
        name="programme_coordinators",
    ),
    path(
        f"{ONE}/coordination/<int:pk>/retirer/",
        programmes.coordinator_remove,
        name="coordinator_remove",
    ),
    path(f"{ONE}/proposer/", labels.label_choose, name="label_choose"),
    path(f"{ONE}/proposer/<slug:event>/", labels.label_new, name="label_new"),
    path(f"{ONE}/propositions/", labels.label_list, name="label_list"),
    path(f"{ONE}/propositions/<int:pk>/", labels.label_detail, name="label_detail"),
    path(
        f"{ONE}/propositions/<int:pk>/retirer/",
        labels.label_withdraw,
        name="label_withdraw",
    ),
    path(
        f"{ONE}/frequentation/<str:token>/",
        programme_reports.programme_attendance,
        name="programme_attendance",
    ),
    path(f"{ONE}/bilan/", programme_reports.programme_report, name="programme_report"),
    path(
        f"{ONE}/bilan.pdf",
        programme_reports.programme_report_paper,
        name="programme_report_paper",
    ),
    re_path(
        rf"^temps-forts/(?P<slug>[-\w]+)/bilan\.(?P<form>{FORMS})$",
        programme_reports.programme_report_export,
        name="programme_report_export",
    ),
    path(
        f"{ONE}/bilan/relancer/",
        programme_reports.programme_remind,
        name="programme_remind",
    ),
    path(
        f"{ONE}/bilan/arreter/",
        programme_reports.programme_close,
        name="programme_close",
    ),
]
