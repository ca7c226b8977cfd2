"""The kinds that files hold, and files of others that we know how to read."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from maillage.agenda.imports import EVENTS, TRAILS
from maillage.catalogue.imports import RESOURCES
from maillage.core.intake.headers import Layout
from maillage.core.intake.schemas import Schema
from maillage.directory.imports import PLACES, STRUCTURES

SCHEMAS: dict[str, Schema] = {
    s.code: s for s in (STRUCTURES, PLACES, RESOURCES, EVENTS, TRAILS)
}

WEB = frozenset({"website", "email", "phone", "themes", "postcode"})

LAYOUTS: dict[str, Layout] = {
    layout.code: layout
    for layout in (
        Layout(
            code="musees-de-france",
            label=_("Musées de France (liste et localisation, ou base Muséofile)"),
            kind="places",
            source="museofile",
            about=_("data.culture.gouv.fr, Ministère de la Culture"),
            columns={
                "key": (
                    "identifiant_museofile",
                    "Identifiant Muséofile",
                    "identifiant",
                ),
                "name": (
                    "nom_officiel_du_musee",
                    "Nom officiel du musée",
                    "nom_officiel",
                ),
                "street": ("adresse", "Adresse"),
                "postcode": ("code_postal", "Code Postal"),
                "commune": ("code_insee", "commune", "Commune", "ville", "Ville"),
                "website": ("url", "URL"),
                "phone": ("telephone", "Téléphone"),
                "lat": ("latitude", "Latitude"),
                "lon": ("longitude", "Longitude"),
            },
            fixed={"kind": "museum", "position_quality": "street"},
            lenient=WEB,
        ),
        Layout(
            code="bibliotheques-publiques",
            label=_("Bibliothèques publiques (adresses des bibliothèques publiques)"),
            kind="places",
            source="bibliotheques_publiques",
            about=_("data.culture.gouv.fr, Observatoire de la lecture publique"),
            columns={
                "key": ("code_bib", "Code_bib"),
                "name": (
                    "nom_de_l_etablissement",
                    "Nom de l'établissement",
                    "libelle1",
                    "nom",
                ),
                "street": ("adresse", "Adresse"),
                "postcode": ("cp", "CP", "code_postal"),
                "commune": (
                    "code_insee_commune",
                    "Code INSEE commune",
                    "code_insee",
                    "ville",
                    "Ville",
                ),
                "commune_name": ("ville", "Ville"),
                "website": ("site_internet", "Site internet", "site internet"),
                "lat": ("latitude", "Latitude"),
                "lon": ("longitude", "Longitude"),
            },
            fixed={"kind": "library", "position_quality": "street"},
            lenient=WEB,
        ),
        Layout(
            code="lieux-de-reference",
            label=_("Lieux rassemblés (bibliothèques, musées, universités, fablabs)"),
            kind="places",
            source="venues",
            about=_("Fichier venues.csv : une source par ligne, codes INSEE"),
            columns={
                "key": ("venue_id",),
                "name": ("name",),
                "kind": ("kind",),
                "street": ("adresse",),
                "postcode": ("code_postal",),
                "commune": ("code_insee",),
                "commune_name": ("commune",),
                "website": ("website",),
                "lat": ("lat",),
                "lon": ("lon",),
                "position_quality": ("coord_quality",),
            },
            words={"position_quality": {"commune_mairie": "commune"}},
            lenient=WEB,
        ),
    )
}


def layout_choices() -> list[tuple[str, Any]]:
    return [(layout.code, layout.label) for layout in LAYOUTS.values()]
