"""What is used beside the crates: the scan page, reports, custody, labels."""

from django.urls import URLPattern, path

from maillage.circulation.views import custody, field, reports

urlpatterns: list[URLPattern] = [
    path("terrain/", field.field, name="field"),
    path("terrain/donnees.json", field.field_data, name="field_data"),
    path("terrain/envoi/", field.field_send, name="field_send"),
    path("terrain/images/<uuid:uuid>/", field.field_picture, name="field_picture"),
    path("terrain/sw.js", field.field_worker, name="field_worker"),
    path("terrain/manifeste.webmanifest", field.field_manifest, name="field_manifest"),
    path("terrain/prets/<int:pk>/", field.field_loan, name="field_loan"),
    path("terrain/prets/<int:pk>/constat/", field.field_report, name="field_report"),
    path("prets/<int:pk>/constats/", reports.report_list, name="report_list"),
    path("prets/<int:pk>/constats.pdf", reports.report_sheet, name="report_sheet"),
    path(
        "prets/<int:pk>/constats/<str:sha256>.jpg",
        reports.report_picture,
        name="report_picture",
    ),
    path("exemplaires/<str:label>/garde/", custody.custody_log, name="custody_log"),
    path(
        "exemplaires/<str:label>/garde.json",
        custody.custody_export,
        name="custody_export",
    ),
    path("etiquettes/<str:label>/", custody.label_show, name="label_show"),
]
