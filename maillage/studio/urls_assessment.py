"""Addresses of self-assessments, peer visits and improvement plans."""

from django.urls import URLPattern, path, re_path

from maillage.core.tables.sending import FORMS
from maillage.studio.views import assessments, improvements, visit_reports, visits

ONE = "autoevaluations/<int:pk>/"
VISIT = "visites/<int:pk>/"
PLAN = "ameliorations/<slug:slug>/"
ACTION = "ameliorations/actions/<int:pk>/"
own: list[URLPattern] = [
    path("autoevaluations/", assessments.assessment_list, name="assessment_list"),
    path("autoevaluations/grille/", assessments.grid_detail, name="grid_detail"),
    path("autoevaluations/nouvelle/", assessments.assessment_new, name="assessment_new"),
    path(ONE, assessments.assessment_detail, name="assessment_detail"),
    path(f"{ONE}normes/<slug:standard>/", assessments.assessment_answer, name="assessment_answer"),
    path(f"{ONE}terminer/", assessments.assessment_finish, name="assessment_finish"),
    path(f"{ONE}supprimer/", assessments.assessment_delete, name="assessment_delete"),
    path(f"{ONE}comparer/", assessments.assessment_compare, name="assessment_compare"),
    path(f"{ONE}papier.pdf", assessments.assessment_paper, name="assessment_paper"),
    re_path(rf"^autoevaluations/(?P<pk>\d+)/grille\.(?P<form>{FORMS})$", assessments.assessment_export, name="assessment_export"),
    path(f"{ONE}visite/", visits.visit_new, name="visit_new"),
]  # fmt: skip
peers: list[URLPattern] = [
    path("visites/", visits.visit_list, name="visit_list"),
    path(VISIT, visits.visit_detail, name="visit_detail"),
    path(f"{VISIT}etape/<slug:step>/", visits.visit_step, name="visit_step"),
    path(f"{VISIT}jours/", visits.visit_days, name="visit_days"),
    path(f"{VISIT}pairs/nouveau/", visits.visit_peer_new, name="visit_peer_new"),
    path(f"{VISIT}pairs/<int:peer>/retirer/", visits.visit_peer_remove, name="visit_peer_remove"),
    path(f"{VISIT}venir/", visits.visit_join, name="visit_join"),
    path(f"{VISIT}programme/nouveau/", visits.visit_slot_new, name="visit_slot_new"),
    path(f"{VISIT}programme/<int:slot>/supprimer/", visits.visit_slot_delete, name="visit_slot_delete"),
    path(f"{VISIT}normes/<slug:standard>/", visit_reports.visit_answer, name="visit_answer"),
    path(f"{VISIT}points/nouveau/", visit_reports.visit_point_new, name="visit_point_new"),
    path(f"{VISIT}points/<int:point>/", visit_reports.visit_point_edit, name="visit_point_edit"),
    path(f"{VISIT}points/<int:point>/supprimer/", visit_reports.visit_point_delete, name="visit_point_delete"),
    path(f"{VISIT}rapport/envoyer/", visit_reports.visit_send, name="visit_send"),
    path(f"{VISIT}reponse/", visit_reports.visit_reply, name="visit_reply"),
    path(f"{VISIT}publier/", visit_reports.visit_publish, name="visit_publish"),
    path(f"{VISIT}suivi/", visit_reports.visit_follow, name="visit_follow"),
    path(f"{VISIT}suites/<int:point>/", visit_reports.visit_outcome, name="visit_outcome"),
    path(f"{VISIT}rapport.pdf", visit_reports.visit_paper, name="visit_paper"),
    re_path(rf"^visites/(?P<pk>\d+)/grille\.(?P<form>{FORMS})$", visit_reports.visit_export, name="visit_export"),
    path(f"{VISIT}rapport/", visit_reports.visit_report, name="visit_report"),
]  # fmt: skip
plans: list[URLPattern] = [
    path("ameliorations/", improvements.improvement_list, name="improvement_list"),
    path(ACTION, improvements.improvement_detail, name="improvement_detail"),
    path(f"{ACTION}modifier/", improvements.improvement_edit, name="improvement_edit"),
    path(f"{ACTION}note/", improvements.improvement_note, name="improvement_note"),
    path(f"{ACTION}supprimer/", improvements.improvement_delete, name="improvement_delete"),
    path(PLAN, improvements.improvement_plan, name="improvement_plan"),
    path(f"{PLAN}action/", improvements.improvement_new, name="improvement_new"),
    re_path(rf"^ameliorations/(?P<slug>[\w-]+)/plan\.(?P<form>{FORMS})$", improvements.improvement_export, name="improvement_export"),
]  # fmt: skip
urlpatterns: list[URLPattern] = own + peers + plans
