"""Addresses of works made together."""

from django.urls import URLPattern, path, re_path

from maillage.core.tables.sending import FORMS
from maillage.studio.views import partners, project_files, projects, works

HERE = "coproductions/<int:pk>/"
CALL = "appels-a-partenaires/<int:pk>/"
urlpatterns: list[URLPattern] = [
    path("coproductions/", projects.project_list, name="project_list"),
    path("coproductions/nouvelle/", projects.project_new, name="project_new"),
    path(HERE, projects.project_detail, name="project_detail"),
    path(f"{HERE}modifier/", projects.project_edit, name="project_edit"),
    path(f"{HERE}journal/", projects.project_note, name="project_note"),
    re_path(
        rf"^coproductions/(?P<pk>\d+)/(?P<what>partenaires|budget|taches)\.(?P<form>{FORMS})$",
        projects.project_export,
        name="project_export",
    ),
    path(f"{HERE}accord/", works.project_ask, name="project_ask"),
    path(f"{HERE}accord/<int:part>/", works.project_agree, name="project_agree"),
    path(f"{HERE}publier/", works.project_publish, name="project_publish"),
    path(f"{HERE}appel/", partners.partner_call_new, name="partner_call_new"),
    path(
        f"{HERE}taches/<int:part>/faite/",
        works.project_task_finish,
        name="project_task_finish",
    ),
    path(
        "coproductions/fichiers/<int:pk>/",
        project_files.project_file,
        name="project_file",
    ),
    path(
        f"{HERE}fichiers/nouveau/",
        project_files.project_file_new,
        name="project_file_new",
    ),
    path(
        f"{HERE}fichiers/<int:part>/version/",
        project_files.project_file_version,
        name="project_file_version",
    ),
    path(
        f"{HERE}fichiers/<int:part>/public/",
        project_files.project_file_audience,
        name="project_file_audience",
    ),
    path(
        f"{HERE}fichiers/<int:part>/retirer/",
        project_files.project_file_delete,
        name="project_file_delete",
    ),
    path("faits-ensemble/", works.work_list, name="work_list"),
    path("faits-ensemble/<int:pk>/", works.work_detail, name="work_detail"),
    path("appels-a-partenaires/", partners.partner_call_list, name="partner_call_list"),
    path(CALL, partners.partner_call_detail, name="partner_call_detail"),
    path(f"{CALL}modifier/", partners.partner_call_edit, name="partner_call_edit"),
    path(f"{CALL}clore/", partners.partner_call_close, name="partner_call_close"),
    path(f"{CALL}repondre/", partners.partner_answer_new, name="partner_answer_new"),
    path(
        "reponses-de-partenaires/<int:pk>/retirer/",
        partners.partner_answer_withdraw,
        name="partner_answer_withdraw",
    ),
    path(
        "reponses-de-partenaires/<int:pk>/decider/",
        partners.partner_answer_decide,
        name="partner_answer_decide",
    ),
    path(
        f"{HERE}<slug:kind>/nouveau/",
        projects.project_part_new,
        name="project_part_new",
    ),
    path(
        f"{HERE}<slug:kind>/<int:part>/",
        projects.project_part_edit,
        name="project_part_edit",
    ),
    path(
        f"{HERE}<slug:kind>/<int:part>/supprimer/",
        projects.project_part_delete,
        name="project_part_delete",
    ),
]
