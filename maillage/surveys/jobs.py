"""Surveys in the background: a number in, one service called."""

from django.utils import timezone
from django_tasks import task

from maillage.surveys.models import Wave
from maillage.surveys.services.invitations import write_letters
from maillage.surveys.services.releases import compute


@task()
def send_letters(pk: int, kind: str) -> int:
    """Write the invitations or reminders of a wave that are due."""
    now = timezone.now()
    wave = Wave.objects.get(pk=pk)
    return write_letters(wave, kind=kind, now=now, today=timezone.localdate(now))


@task()
def make_results(pk: int, run: str) -> None:
    """Compute the tables of a release; a run that was replaced since is left."""
    compute(pk, run=run)
