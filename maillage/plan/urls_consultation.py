"""Addresses of consultations."""

from django.urls import URLPattern, path

from maillage.plan.views import consultation, consultation_desk as desk

PUBLIC = "plan/concertation/"
AGENCY = "agence/concertations/"

urlpatterns: list[URLPattern] = [
    path(PUBLIC, consultation.consultation_page, name="consultation"),
    path(f"{PUBLIC}<slug:code>/", consultation.consultation_detail, name="consultation_detail"),
    path(f"{PUBLIC}<slug:code>/contributions/", consultation.contribution_list, name="contribution_list"),
    path(f"{PUBLIC}<slug:code>/contributions.<str:form>", consultation.contribution_export, name="contribution_export"),
    path(f"{PUBLIC}<slug:code>/contribuer/", consultation.contribution_new, name="contribution_new"),
    path(AGENCY, desk.consultation_desk, name="consultation_desk"),
    path(f"{AGENCY}nouvelle/", desk.consultation_new, name="consultation_new"),
    path(f"{AGENCY}contributions/<int:pk>/", desk.contribution_edit, name="contribution_edit"),
    path(f"{AGENCY}<slug:code>/modifier/", desk.consultation_edit, name="consultation_edit"),
    path(f"{AGENCY}<slug:code>/temps/", desk.session_new, name="session_new"),
    path(f"{AGENCY}<slug:code>/temps/<int:rank>/atelier/", desk.workshop_new, name="workshop_new"),
    path(f"{AGENCY}<slug:code>/participants/", desk.participants_add, name="participants_add"),
    path(f"{AGENCY}<slug:code>/importer/", desk.contribution_import, name="contribution_import"),
    path(f"{AGENCY}<slug:code>/synthese/<slug:theme>/", desk.synthesis_edit, name="synthesis_edit"),
]  # fmt: skip
