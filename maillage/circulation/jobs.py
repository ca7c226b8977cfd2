"""Seasons in the background: a number in, one service called."""

from django.utils import timezone
from django_tasks import task

from maillage.circulation.services.scenarios import solve


@task()
def compute_scenario(pk: int, run: str) -> None:
    solve(pk, run=run, today=timezone.localdate())
