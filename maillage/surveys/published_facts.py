"""Figures that were published about past surveys of the region, with their source."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from maillage.surveys.models import Wave

FILE = "csti_facts.csv"
LABELS = {
    "structures_contactees": _("structures contactées"),
    "structures_interrogees": _("structures interrogées"),
    "structures_repondantes": _("structures répondantes"),
    "structures_repondantes_csti": _("structures répondantes qui font de la CSTI"),
    "acteurs_identifies": _("acteurs identifiés"),
    "ont_mene_mediation_2018": _("ont mené de la médiation en 2018"),
    "envisagent_d_en_mener": _("envisagent d’en mener"),
    "interet_nature_environnement": _("s’intéressent à la nature et à l’environnement"),
    "interet_innovation_numerique": _("s’intéressent à l’innovation et au numérique"),
    "interet_sante_vivant": _("s’intéressent à la santé et au vivant"),
    "part_musees_centres_csti": _("musées et centres de CSTI"),
    "part_education_environnement": _("éducation à l’environnement"),
    "part_socioculturel": _("socioculturel"),
    "part_esr": _("enseignement supérieur et recherche"),
    "part_associations": _("associations"),
    "part_collectivites": _("collectivités"),
    "csti_importance_haute": _("disent la CSTI très importante pour elles"),
    "csti_importance_moyenne_faible": _("la disent moyennement ou peu importante"),
}
#: Themes of the file that are surveys.
SURVEYS = ("enquete_acteurs", "enquete_proximite")


@dataclass(frozen=True)
class Fact:
    """One published figure."""

    theme: str
    year: int
    indicator: str
    value: str
    unit: str
    source_url: str

    @property
    def label(self) -> str:
        return str(LABELS.get(self.indicator, self.indicator.replace("_", " ")))

    @property
    def words(self) -> str:
        if self.unit == "%":
            return f"{self.value}\u202f%"
        return (
            str(_("plus de %s") % self.value) if "plus de" in self.unit else self.value
        )

    @property
    def site(self) -> str:
        return urlsplit(self.source_url).netloc.removeprefix("www.")


@cache
def facts_of(path: Path) -> tuple[Fact, ...]:
    """The figures about surveys in a region's file; none where there is no file."""
    if not path.exists():
        return ()
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(
            Fact(
                row["theme"], int(row["year"]), row["indicator"], row["value"],
                row["unit"], row["source_url"],
            )
            for row in csv.DictReader(file)
            if row["theme"] in SURVEYS and row["year"]
        )  # fmt: skip


def published_facts(wave: Wave) -> list[Fact]:
    """What was published about a survey that was run in the year of a wave."""
    year = wave.opens_on.year
    return [fact for fact in facts_of(settings.REGION_DATA / FILE) if fact.year == year]
