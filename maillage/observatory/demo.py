"""The observatory to start with: what the platform computes, and published facts.

Facts are those of ``csti_facts.csv``, each with the address of its source; nothing is
invented here. What the platform computes of made-up loans is noted as such.
"""

import csv
import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _, gettext_noop

from maillage.core.context import region
from maillage.observatory.choices import (
    Aggregation,
    IndicatorState,
    Level,
    Origin,
    RuleKind,
)
from maillage.observatory.models import AlertRule, Indicator
from maillage.observatory.services.aggregating import Part
from maillage.observatory.services.alerts import watch
from maillage.observatory.services.observations import Given, record
from maillage.observatory.services.perimeters import Ground, load_ground
from maillage.observatory.services.refreshing import make_known, refresh_all

FESTIVAL, ACTORS = gettext_noop("Fête de la science"), gettext_noop("Enquêtes")


@dataclass(frozen=True)
class Fact:
    """An indicator made of published facts, and where they are in the file."""

    code: str
    name: str
    unit: str
    family: str
    theme: str
    indicators: tuple[str, ...]
    limits: str = ""
    rank: int | None = None
    level: str = Level.REGION


SCOPE = gettext_noop("Chiffres publiés, parfois arrondis : voyez la note de chacun.")
FACTS = (
    Fact("fete-visiteurs", gettext_noop("Visiteurs de la Fête de la science"),
         gettext_noop("visiteurs"), FESTIVAL, "fete_de_la_science", ("visiteurs",),
         SCOPE, 8),
    Fact("fete-scolaires", gettext_noop("Visiteurs scolaires de la Fête de la science"),
         gettext_noop("élèves"), FESTIVAL, "fete_de_la_science",
         ("visiteurs_scolaires",), SCOPE),
    Fact("fete-communes", gettext_noop("Communes où la Fête de la science a lieu"),
         gettext_noop("communes"), FESTIVAL, "fete_de_la_science", ("communes",),
         SCOPE, 9, level=Level.DEPARTMENT),
    Fact("fete-porteurs", gettext_noop("Porteurs de projets de la Fête de la science"),
         gettext_noop("porteurs"), FESTIVAL, "fete_de_la_science", ("porteurs",), SCOPE),
    Fact("fete-evenements", gettext_noop("Événements de la Fête de la science"),
         gettext_noop("événements"), FESTIVAL, "fete_de_la_science", ("evenements",),
         SCOPE),
    Fact("fete-villages", gettext_noop("Villages des sciences"),
         gettext_noop("villages"), FESTIVAL, "fete_de_la_science",
         ("villages_des_sciences",), SCOPE),
    Fact("acteurs-recenses", gettext_noop("Acteurs recensés avant enquête"),
         gettext_noop("structures"), ACTORS, "enquete_acteurs",
         ("structures_contactees", "acteurs_identifies"),
         gettext_noop("Structures contactées en 2017, acteurs identifiés en 2023.")),
    Fact("acteurs-repondants", gettext_noop("Acteurs ayant répondu à l’enquête"),
         gettext_noop("structures"), ACTORS, "enquete_acteurs",
         ("structures_repondantes", "structures_repondantes_csti"),
         gettext_noop("Les questionnaires de 2017 et de 2023 diffèrent."), 10),
    Fact("proximite-mediation",
         gettext_noop("Structures de proximité qui ont mené une médiation en 2018"),
         gettext_noop("% des répondants"), ACTORS, "enquete_proximite",
         ("ont_mene_mediation_2018",), gettext_noop("258 réponses sur 1 550 structures.")),
    Fact("proximite-envie",
         gettext_noop("Structures de proximité qui veulent mener une médiation"),
         gettext_noop("% des répondants"), ACTORS, "enquete_proximite",
         ("envisagent_d_en_mener",), gettext_noop("258 réponses sur 1 550 structures.")),
)  # fmt: skip


def is_ready() -> bool:
    """The observatory has been loaded before."""
    return Indicator.objects.filter(code=FACTS[0].code).exists()


@transaction.atomic
def load_observatory(folder: Path, *, now: dt.datetime) -> None:
    """Load it all, once."""
    if is_ready():
        return
    ground = load_ground()
    if (file := folder / "csti_facts.csv").exists():
        load_facts(file, now=now, ground=ground)
    make_known(now=now)
    refresh_all(now=now)
    drafts = Indicator.objects.filter(
        state=IndicatorState.DRAFT, observations__isnull=False
    )
    Indicator.objects.filter(pk__in=drafts.values("pk")).update(
        state=IndicatorState.PUBLISHED
    )
    make_rules(now=now)
    watch(now=now)


def load_pass(*, now: dt.datetime) -> None:
    """The figures of the pass, once it is there; published as the others."""
    rows = Indicator.objects.filter(code__startswith="passages-passeport")
    if rows.filter(observations__isnull=False).exists():
        return
    refresh_all(now=now, codes=rows.values_list("code", flat=True))
    known = rows.filter(observations__isnull=False, state=IndicatorState.DRAFT)
    Indicator.objects.filter(pk__in=known.values("pk")).update(
        state=IndicatorState.PUBLISHED
    )


def load_facts(file: Path, *, now: dt.datetime, ground: Ground) -> None:
    """Published facts as imported indicators, each value with its source."""
    rows = list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))
    for fact in FACTS:
        given = [one for row in rows for one in facts_of(row, fact, ground=ground)]
        if not given:
            continue
        indicator = Indicator.objects.create(
            code=fact.code,
            name=_(fact.name),
            unit=_(fact.unit),
            family=_(fact.family),
            method=_("Chiffres publiés par la coordination régionale et la presse."),
            limits=_(fact.limits) if fact.limits else "",
            aggregation=Aggregation.NONE,
            finest=fact.level,
            origin=Origin.IMPORTED,
            higher_is_better=True,
            rank=fact.rank,
            source_name=_("Publications citées valeur par valeur"),
            plan_ref="III.2",
            state=IndicatorState.PUBLISHED,
            changed_at=now,
        )
        record(indicator, given=given, vintage=now.date(), ground=ground)


def facts_of(row: dict[str, Any], fact: Fact, *, ground: Ground) -> list[Given]:
    """The figure of a row of the file, when it belongs to an indicator."""
    if (
        row["theme"] != fact.theme
        or row["indicator"] not in fact.indicators
        or not row["year"]
    ):
        return []
    kind, _blank, code = row["scope"].partition(" ")
    places = {region()["name"]: (str(Level.REGION), ground.region)}
    if kind == "departement":
        places[row["scope"]] = (str(Level.DEPARTMENT), code)
    place = places.get(row["scope"])
    if place is None or not ground.knows(*place):
        return []
    about = row["unit"].partition("(")[2].rstrip(")")
    note = " ".join(filter(None, [about, row["source_url"]]))[:600]
    return [Given(*place, row["year"], Part(value=float(row["value"]), note=note))]


def make_rules(*, now: dt.datetime) -> None:
    """Two rules to try alerts with: data that do not come, a bound."""
    rules: dict[str, list[dict[str, Any]]] = defaultdict(list)
    rules["fete-visiteurs"].append({"kind": RuleKind.MISSING, "tolerance": 180})
    rules["population-a-30-minutes"].append(
        {"kind": RuleKind.THRESHOLD, "level": Level.EPCI, "below": 50}
    )
    known = {one.code: one for one in Indicator.objects.filter(code__in=rules)}
    for code, wanted in rules.items():
        for values in wanted:
            if code in known:
                facts = {"level": Level.REGION, **values}
                AlertRule.objects.create(indicator=known[code], created_at=now, **facts)
