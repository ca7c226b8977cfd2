"""Addresses of evaluations, for the teams that evaluate."""

from django.urls import URLPattern, path

from maillage.studio.views import evaluations

HERE = "evaluations/<int:pk>/"
urlpatterns: list[URLPattern] = [
    path("evaluations/", evaluations.evaluation_list, name="evaluation_list"),
    path("evaluations/nouvelle/", evaluations.evaluation_new, name="evaluation_new"),
    path(HERE, evaluations.evaluation_detail, name="evaluation_detail"),
    path(f"{HERE}modifier/", evaluations.evaluation_edit, name="evaluation_edit"),
    path(f"{HERE}supprimer/", evaluations.evaluation_delete, name="evaluation_delete"),
    path(f"{HERE}recueil/", evaluations.round_new, name="round_new"),
    path(
        f"{HERE}<slug:kind>/nouveau/",
        evaluations.frame_piece_new,
        name="frame_piece_new",
    ),
    path(
        f"{HERE}<slug:kind>/<int:piece>/",
        evaluations.frame_piece_edit,
        name="frame_piece_edit",
    ),
    path(
        f"{HERE}<slug:kind>/<int:piece>/supprimer/",
        evaluations.frame_piece_delete,
        name="frame_piece_delete",
    ),
]
