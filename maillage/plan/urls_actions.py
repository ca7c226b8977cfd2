"""Addresses of actions and of what shows them."""

from django.urls import URLPattern, path

from maillage.plan.views import actions, evidence

urlpatterns: list[URLPattern] = [
    path("plan/actions/", actions.action_list, name="action_list"),
    path("plan/actions/nouvelle/", actions.action_new, name="action_new"),
    path("plan/actions/importer/", actions.action_import, name="action_import"),
    path(
        "plan/actions/export.<slug:form>", actions.action_export, name="action_export"
    ),
    path("plan/ecarts/", actions.gap_list, name="gap_list"),
    path("plan/preuves/<int:pk>/fichier", evidence.evidence_file, name="evidence_file"),
    path("plan/actions/<slug:slug>/", actions.action_detail, name="action_detail"),
    path("plan/actions/<slug:slug>/modifier/", actions.action_edit, name="action_edit"),
    path("plan/actions/<slug:slug>/etat/", actions.action_state, name="action_state"),
    path(
        "plan/actions/<slug:slug>/preuves/", evidence.evidence_add, name="evidence_add"
    ),
    path(
        "plan/actions/<slug:slug>/preuves/<slug:kind>/<int:pk>/lier/",
        evidence.evidence_link,
        name="evidence_link",
    ),
    path(
        "plan/actions/<slug:slug>/preuves/<int:pk>/retirer/",
        evidence.evidence_delete,
        name="evidence_delete",
    ),
]
