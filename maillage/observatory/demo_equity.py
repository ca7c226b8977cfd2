"""Three scenarios to try siting with: two to study, one kept with its reasons."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from maillage.accounts.choices import Role
from maillage.accounts.models import User
from maillage.observatory.choices import ScenarioState
from maillage.observatory.models import SitingScenario
from maillage.observatory.services import scenarios
from maillage.observatory.services.access import Choice, find_access
from maillage.observatory.services.whites import White, find_whites

#: Communes taken for the scenarios: the largest white zones, each of another group.
FEW = 3


def is_ready() -> bool:
    """Scenarios have been made before."""
    return SitingScenario.objects.exists()


@transaction.atomic
def load_equity(*, now: dt.datetime) -> None:
    """Make the scenarios, once; nothing where there is no white zone."""
    by = User.objects.filter(role=Role.AGENCY).order_by("pk").first()
    month = now.date().replace(day=1)
    if is_ready() or by is None:
        return
    towns = largest(month=month)
    if not towns:
        return
    common: dict[str, Any] = {"month": month, "choice": Choice(), "by": by, "now": now}
    scenarios.create(
        name=_("Exemple : un lieu à %s") % towns[0].name,
        question=_("Ouvrir un lieu permanent dans la plus grande zone blanche."),
        changes=[add(towns[0])],
        **common,
    )
    scenarios.create(
        name=_("Exemple : une tournée de %d étapes") % len(towns),
        question=_("Sans rien construire : faire passer une exposition."),
        changes=[add(town, sort="stop", rank=rank) for rank, town in enumerate(towns)],
        **common,
    )
    kept = scenarios.create(
        name=_("Exemple : un dépôt à %s") % towns[-1].name,
        question=_("Les livraisons seraient-elles plus courtes ?"),
        changes=[add(towns[-1], sort="depot"), add(towns[0], sort="stop", rank=1)],
        **common,
    )
    scenarios.decide(
        kept,
        state=ScenarioState.KEPT,
        reasons=_(
            "Décision inventée, pour l’exemple : un dépôt raccourcit les livraisons "
            "vers les communes les moins bien desservies, et une étape par an les "
            "sert sans construire."
        ),
        revision=kept.revision,
        by=by,
        now=now,
    )


def largest(*, month: dt.date) -> list[White]:
    """The largest communes of white zones, one of each group of communes."""
    found: dict[str, White] = {}
    for row in find_whites(find_access(Choice(), month=month)).rows:
        found.setdefault(row.epci, row)
    return sorted(found.values(), key=lambda row: -row.people)[:FEW]


def add(town: White, *, sort: str = "place", rank: int = 0) -> dict[str, Any]:
    words = {
        "place": _("Nouveau lieu à %s"),
        "stop": _("Étape à %s"),
        "depot": _("Dépôt à %s"),
    }
    return {
        "act": "add",
        "site": f"new-{rank}",
        "sort": sort,
        "name": words[sort] % town.name,
        "lon": town.lon,
        "lat": town.lat,
    }
