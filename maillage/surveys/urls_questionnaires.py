"""Questionnaires, their versions, the builder."""

from django.urls import URLPattern, path, re_path

from maillage.surveys.views import (
    builder,
    builder_verbs,
    questionnaires,
    questionnaires_versions as versions,
)

ALL = "enquetes/questionnaires/"
ONE = f"{ALL}<slug:slug>/"
EDIT = f"{ONE}modifier/"
VERSION = f"{ONE}versions/<int:number>/"

urlpatterns: list[URLPattern] = [
    path(ALL, questionnaires.questionnaire_list, name="questionnaire_list"),
    path(f"{ALL}nouveau/", questionnaires.questionnaire_new, name="questionnaire_new"),
    path(ONE, questionnaires.questionnaire_detail, name="questionnaire_detail"),
    path(f"{ONE}nom/", questionnaires.questionnaire_edit, name="questionnaire_edit"),
    path(f"{ONE}importer/", versions.questionnaire_import, name="questionnaire_import"),
    path(
        f"{ONE}importer/appliquer/", versions.questionnaire_import_apply,
        name="questionnaire_import_apply",
    ),
    path(EDIT, builder.builder, name="builder"),
    path(f"{EDIT}apercu/", builder.builder_preview, name="builder_preview"),
    path(f"{EDIT}ajouter/", builder_verbs.builder_add, name="builder_add"),
    path(f"{EDIT}deplacer/", builder_verbs.builder_move, name="builder_move"),
    path(f"{EDIT}copier/", builder_verbs.builder_duplicate, name="builder_duplicate"),
    path(f"{EDIT}supprimer/", builder_verbs.builder_delete, name="builder_delete"),
    path(f"{ONE}versions/nouvelle/", versions.version_new, name="version_new"),
    path(VERSION, questionnaires.version_detail, name="version_detail"),
    path(f"{VERSION}changements/", questionnaires.version_diff, name="version_diff"),
    path(f"{VERSION}figer/", versions.version_freeze, name="version_freeze"),
    path(f"{VERSION}supprimer/", versions.version_delete, name="version_delete"),
    path(f"{VERSION}ruptures/nouvelle/", versions.break_new, name="break_new"),
    path(
        f"{VERSION}ruptures/<int:pk>/retirer/", versions.break_delete,
        name="break_delete",
    ),
    re_path(
        r"^enquetes/questionnaires/(?P<slug>[-\w]+)/versions/(?P<number>[0-9]{1,4})/"
        r"questionnaire\.(?P<kind>xlsx|json)$",
        questionnaires.version_export,
        name="version_export",
    ),
]  # fmt: skip
