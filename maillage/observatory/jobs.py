"""Indicators in the background: a number in, one service called."""

from django.utils import timezone
from django_tasks import task

from maillage.observatory.models import Indicator
from maillage.observatory.services.alerts import watch
from maillage.observatory.services.perimeters import load_ground
from maillage.observatory.services.refreshing import refresh


@task()
def refresh_one(pk: int) -> None:
    now = timezone.now()
    indicator = Indicator.objects.get(pk=pk)
    refresh(indicator, now=now, ground=load_ground())
    watch(now=now, indicators=[indicator])
