"""One's own applications, and calls that are open to one's structures."""

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from maillage.calls.choices import WRITABLE
from maillage.calls.models import Application, Call
from maillage.calls.services.starting import structures_of
from maillage.core.panels import Maker, Panel

FEW = 4


def my_applications(_thing: Any, user: Any) -> Iterable[Panel]:
    """What is being written, and what one may still apply to."""
    rows = Application.objects.all().authored_by(user).select_related("call")
    found = list(rows.filter(state__in=WRITABLE)[:FEW])
    calls: list[Call] = []
    if found or rows.exists() or structures_of(user).exists():
        now = timezone.now()
        calls = list(Call.objects.all().open_at(now).order_by("closes_at")[:FEW])
    if found or calls or rows.exists():
        context = {"rows": found, "open": calls}
        yield Panel("calls/panel_my_applications.html", context, rank=15)


MAKERS: list[tuple[str, Maker]] = [("my_space.sections", my_applications)]
