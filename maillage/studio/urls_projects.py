"""Addresses of works made together."""

from django.urls import URLPattern, path, re_path

from maillage.core.tables.sending import FORMS
from maillage.studio.views import projects

HERE = "coproductions/<int:pk>/"
urlpatterns: list[URLPattern] = [
    path("coproductions/", projects.project_list, name="project_list"),
    path("coproductions/nouvelle/", projects.project_new, name="project_new"),
    path(HERE, projects.project_detail, name="project_detail"),
    path(f"{HERE}modifier/", projects.project_edit, name="project_edit"),
    path(f"{HERE}journal/", projects.project_note, name="project_note"),
    re_path(
        rf"^coproductions/(?P<pk>\d+)/partenaires\.(?P<form>{FORMS})$",
        projects.project_export,
        name="project_export",
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
