"""What the pass shows on the pages of other apps; its parts are found by their name."""

from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.utils import timezone

from maillage.core.panels import Maker, Panel, register
from maillage.passport.models import Issuer, Pass, PassSeason

FEW = 4


def my_passes(_thing: Any, user: Any) -> Iterable[Panel]:
    """The passes of one's account that are good these days."""
    today = timezone.localdate()
    rows = Pass.objects.all().held_by(user).active().filter(valid_until__gt=today)
    if passes := list(rows.select_related("offer")[:FEW]):
        yield Panel("passport/panel_my_passes.html", {"passes": passes}, rank=20)


def pass_desk(_thing: Any, user: Any) -> Iterable[Panel]:
    """The way to the seasons of the pass."""
    season = PassSeason.objects.all().open_on(timezone.localdate()).first()
    if season or user.is_agency or Issuer.objects.exists():
        yield Panel("passport/panel_pass_desk.html", {"season": season}, rank=50)


MAKERS: list[tuple[str, Maker]] = [
    ("my_space.sections", my_passes),
    ("agency_desk.sections", pass_desk),
]
#: Other parts of the pass: ``panels_doors``, ``panels_benefits``…, each with ``MAKERS``.
PARTS = ("doors", "benefits", "settling", "stamps", "figures")
for part in PARTS:
    if find_spec(f"maillage.passport.panels_{part}"):
        MAKERS += import_module(f"maillage.passport.panels_{part}").MAKERS
for spot, maker in MAKERS:
    register(spot, maker)
