"""Imports in the background: a number in, one service called."""

from django_tasks import task

from maillage.interchange.models import ImportRun
from maillage.interchange.services import apply_run, check_run


@task()
def check_import(pk: int) -> None:
    check_run(ImportRun.objects.get(pk=pk))


@task()
def apply_import(pk: int) -> None:
    apply_run(ImportRun.objects.get(pk=pk))
