"""Wear, maintenance, renewal, money and attendance."""

from django.urls import path

from maillage.circulation.views import care, money

urlpatterns = [
    path("exemplaires/<slug:label>/usure/", care.copy_wear, name="copy_wear"),
    path(
        "exemplaires/<slug:label>/incidents/nouveau/",
        care.incident_new,
        name="incident_new",
    ),
    path("incidents/<int:pk>/repare/", care.incident_mend, name="incident_mend"),
    path(
        "exemplaires/<slug:label>/entretiens/nouveau/",
        care.maintenance_new,
        name="maintenance_new",
    ),
    path("entretiens/<int:pk>/terminer/", care.maintenance_end, name="maintenance_end"),
    path(
        "entretiens/<int:pk>/annuler/",
        care.maintenance_cancel,
        name="maintenance_cancel",
    ),
    path(
        "elements/<slug:label>/remplacer/",
        care.component_renew,
        name="component_renew",
    ),
    path("renouvellement/", care.renewal_list, name="renewal_list"),
    path(
        "ressources/<slug:slug>/bilan/", money.resource_report, name="resource_report"
    ),
    path(
        "ressources/<slug:slug>/depenses/nouvelle/",
        money.expense_new,
        name="expense_new",
    ),
    path("depenses/<int:pk>/retirer/", money.expense_delete, name="expense_delete"),
    path("ressources/<slug:slug>/partage/", money.revenue_keys, name="revenue_keys"),
    path("structures/<slug:slug>/bilan/", money.owner_report, name="owner_report"),
    path(
        "prets/<int:pk>/frequentation/", money.attendance_edit, name="attendance_edit"
    ),
]
