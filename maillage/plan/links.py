"""Parts of the platform that a plan may point to, by the code that its file uses."""

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: Code: what it is called, its address.
PARTS: dict[str, tuple[str | Promise, str]] = {
    "map": (_("La carte"), "portal:map"),
    "structures": (_("Les structures"), "directory:structure_list"),
    "places": (_("Les lieux"), "directory:place_list"),
    "resources": (_("Les ressources à emprunter"), "catalogue:resource_list"),
    "seasons": (_("Les saisons de tournées"), "circulation:season_list"),
    "events": (_("L’agenda"), "agenda:event_list"),
    "programmes": (_("Les temps forts"), "agenda:programme_list"),
    "trails": (_("Les parcours"), "agenda:trail_list"),
    "passport": (_("Le Passeport CSTI"), "passport:offer_list"),
    "calls": (_("Les appels à projets"), "calls:call_list"),
    "surveys": (_("Les enquêtes"), "surveys:survey_list"),
    "observatory": (_("L’observatoire"), "observatory:home"),
    "indicators": (_("Les indicateurs"), "observatory:indicator_list"),
    "territories": (_("Les territoires"), "observatory:territory_list"),
    "access": (_("L’accès à la culture scientifique"), "observatory:access_map"),
    "white_zones": (_("Les zones blanches"), "observatory:white_zones"),
    "sitings": (_("Les zones blanches"), "observatory:white_zones"),
    "datasets": (_("Les données ouvertes"), "interchange:dataset_list"),
    "board": (_("Le tableau de bord du plan"), "plan:board"),
    "frozen": (_("Les dossiers figés"), "plan:frozen_list"),
    "declinations": (_("Les déclinaisons"), "plan:declination_list"),
    "committee": (_("Le comité de suivi"), "plan:committee"),
    "consultation": (_("La concertation"), "plan:consultation"),
}


@dataclass(frozen=True)
class Link:
    label: str | Promise
    url: str


def links_of(codes: list[str]) -> list[Link]:
    """Ways on; parts that this site does not have are left out."""
    found: dict[str, Link] = {}
    for code in codes:
        if code in PARTS:
            label, name = PARTS[code]
            try:
                url = reverse(name)
            except NoReverseMatch:
                continue
            found.setdefault(url, Link(label, url))
    return list(found.values())
