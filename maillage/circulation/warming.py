"""Planning a season and its board: compiled before the first of them is opened."""

from maillage.circulation.problem.warming import warm_board, warm_up
from maillage.core.warming import register

register(warm_board, warm_up)
