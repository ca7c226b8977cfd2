"""Addresses of the board, of frozen files and of declinations."""

from django.urls import URLPattern, path

from maillage.plan.views import board, declinations

urlpatterns: list[URLPattern] = [
    path("plan/tableau-de-bord/", board.board, name="board"),
    path("plan/tableau-de-bord.pdf", board.board_paper, name="board_paper"),
    path(
        "plan/tableau-de-bord/export.<slug:form>",
        board.board_export,
        name="board_export",
    ),
    path("plan/dossiers/", board.frozen_list, name="frozen_list"),
    path("plan/dossiers/figer/", board.frozen_new, name="frozen_new"),
    path("plan/dossiers/<int:pk>/", board.frozen_detail, name="frozen_detail"),
    path(
        "plan/dossiers/<int:pk>/donnees.<slug:form>",
        board.frozen_file,
        name="frozen_file",
    ),
    path("plan/declinaisons/", declinations.declination_list, name="declination_list"),
    path(
        "plan/declinaisons/nouvelle/",
        declinations.declination_new,
        name="declination_new",
    ),
    path(
        "plan/declinaisons/<slug:slug>/",
        declinations.declination_detail,
        name="declination_detail",
    ),
    path(
        "plan/declinaisons/<slug:slug>/modifier/",
        declinations.declination_edit,
        name="declination_edit",
    ),
    path(
        "plan/declinaisons/<slug:slug>/etat/",
        declinations.declination_state,
        name="declination_state",
    ),
]
