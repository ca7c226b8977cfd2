"""What the board shows on the pages of other apps."""

from typing import Any

from django.utils import timezone

from maillage.circulation.models import Loan
from maillage.circulation.services.board import board_of_loans
from maillage.circulation.services.board_rounds import WEEK, moves_in, week_of
from maillage.core.panels import Maker, Panel


def moves_this_week(_thing: Any, user: Any) -> list[Panel]:
    """What is to be driven this week, for the agency's desk."""
    monday = week_of(timezone.localdate())
    end = monday + WEEK
    loans = Loan.objects.visible_to(user).exclude(state="cancelled")
    near = loans.filter(departs_on__lt=end, free_on__gte=monday)
    moves = moves_in(board_of_loans(near, start=monday, end=end), monday)
    context = {"moves": moves, "monday": monday, "km": sum(move.km for move in moves)}
    return [Panel("circulation/board_desk.html", context, rank=5)]


MAKERS: list[tuple[str, Maker]] = [("agency_desk.sections", moves_this_week)]
