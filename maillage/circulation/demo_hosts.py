"""Invented hosts in real communes: libraries, schools, town halls, centres."""

import datetime as dt
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from maillage.circulation.models import Host
from maillage.core.french import fold
from maillage.territories.models import Commune

HOSTS = 180
#: Kinds of borrowers, how often, how they are called, what public they expect.
KINDS: dict[str, tuple[float, str, tuple[int, int], tuple[int, int]]] = {
    "bibliotheque": (0.34, "Médiathèque de %s", (40, 200), (80, 500)),
    "ecole": (0.2, "École élémentaire de %s", (40, 180), (0, 40)),
    "college_lycee": (0.18, "Collège de %s", (90, 420), (0, 60)),
    "collectivite": (0.12, "Mairie de %s", (30, 150), (60, 500)),
    "loisirs": (0.08, "Centre social de %s", (20, 80), (30, 150)),
    "musee": (0.05, "Musée de %s", (80, 400), (300, 2500)),
    "superieur": (0.03, "Campus de %s", (0, 60), (200, 1200)),
}
#: Surface, ceiling, current, and how many can help: small halls are the rule.
ROOMS = (
    (30, 240, "socket", 1),
    (60, 260, "several_sockets", 2),
    (100, 300, "several_sockets", 3),
    (180, 350, "single_32a", 3),
    (400, 600, "three_phase_32a", 4),
)
#: Communes below do not run a secondary school or a museum.
TOWN = 3000


def make_hosts(rng: np.random.Generator, *, people: dict[str, Any]) -> list[Host]:
    """Draw communes by the square root of their people, as the region's files do."""
    communes = list(Commune.objects.filter(population__gt=300).order_by("insee"))
    weights = np.sqrt([float(commune.population) for commune in communes])
    drawn = rng.choice(len(communes), HOSTS, p=weights / weights.sum())
    kinds = list(KINDS)
    odds = np.array([KINDS[kind][0] for kind in kinds])
    hosts: list[Host] = []
    names: set[str] = set()
    for index in drawn:
        commune = communes[int(index)]
        kind = str(rng.choice(kinds, p=odds))
        if commune.population < TOWN and kind in {
            "college_lycee",
            "musee",
            "superieur",
        }:
            kind = "bibliotheque"
        name = named(KINDS[kind][1], commune.name)
        if name in names:
            continue
        names.add(name)
        surface, height, power, staff = ROOMS[int(rng.choice(5, p=HALLS))]
        hosts.append(
            Host(
                name=name, kind=kind, commune=commune, is_example=True,
                contact_name=_("Accueil"),
                contact_email=f"accueil.{commune.insee}@exemple.fr",
                host_surface_m2=surface, host_height_cm=height, host_power=power,
                host_staff=staff, host_is_level=bool(rng.random() < 0.8),
                created_at=dt.datetime(2024, 9, 2, tzinfo=dt.UTC),
            )
        )  # fmt: skip
    for host, who in zip(hosts, SPEAKERS, strict=False):
        host.created_by = people.get(who)
    return Host.objects.bulk_create(hosts)


#: Who speaks for the first hosts, so that each account has something to follow.
SPEAKERS = ("contributeur", "contributeur", "public", "responsable", "contributeur")
HALLS = (0.25, 0.33, 0.24, 0.13, 0.05)


def named(form: str, commune: str) -> str:
    """« Médiathèque d’Arras », « École élémentaire du Quesnoy »."""
    name = form % commune
    if fold(commune)[0] in "aeiouy":
        return name.replace(f" de {commune}", f" d’{commune}")
    return name.replace(" de Le ", " du ").replace(" de Les ", " des ")
