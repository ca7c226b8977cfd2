"""The board of a scenario and that of the loans."""

from django.urls import URLPattern, path

from maillage.circulation.views import board, board_edit

HERE = "saisons/<slug:slug>/scenarios/<int:pk>/tableau"

urlpatterns: list[URLPattern] = [
    path(f"{HERE}/", board.board, name="board"),
    path(f"{HERE}/donnees.json", board.board_data, name="board_data"),
    path(f"{HERE}/attente/", board.board_tray, name="board_tray"),
    path(f"{HERE}/liste/", board.board_table, name="board_table"),
    path(f"{HERE}/tournees.pdf", board.board_rounds, name="board_rounds"),
    path(f"{HERE}/places.json", board_edit.board_slots, name="board_slots"),
    path(f"{HERE}/annuler/", board_edit.board_undo, name="board_undo"),
    path(f"{HERE}/demandes/<int:asked>/", board_edit.board_move, name="board_move"),
    path(
        f"{HERE}/demandes/<int:asked>/ecarter/",
        board_edit.board_refuse,
        name="board_refuse",
    ),
    path(
        f"{HERE}/demandes/<int:asked>/liberer/",
        board_edit.board_free,
        name="board_free",
    ),
    path("prets/tableau/", board.loan_board, name="loan_board"),
    path("prets/tableau/donnees.json", board.loan_board_data, name="loan_board_data"),
    path("prets/tableau/liste/", board.loan_board_table, name="loan_board_table"),
    path(
        "prets/tableau/tournees.pdf", board.loan_board_rounds, name="loan_board_rounds"
    ),
]
