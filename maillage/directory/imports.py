"""The columns of structures and places, and what a row of them must hold."""

import math
import re
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _, gettext_lazy

from maillage.core.intake.schemas import Finish, Keys, Reading, Schema, read_references
from maillage.core.tables.columns import Column
from maillage.core.tables.fields import column_of
from maillage.directory.access import check_access
from maillage.directory.models import Place, Structure
from maillage.directory.models.actors import MOST_VISITORS
from maillage.territories.gazetteer import Gazetteer
from maillage.territories.models import Commune
from maillage.territories.services import load_gazetteer

NEARBY_KM = 3.0  # beyond the size of the commune, a position is remarked
TOO_FAR_KM = 25.0  # and refused

KEY = Column(
    "key",
    gettext_lazy("clé"),
    is_required=True,
    max_length=80,
    example="MUS-001",
    about=gettext_lazy(
        "Ce qui désigne la fiche dans sa source et ne change jamais ; dans nos "
        "exports, son adresse sur le site."
    ),
    synonyms=("identifiant", "id", "code"),
    value=lambda thing: thing.slug,
)
COMMUNE = Column(
    "commune",
    gettext_lazy("commune"),
    "commune",
    "commune_id",
    example="80021",
    about=gettext_lazy("Code INSEE ; à l’import, le nom convient avec le code postal."),
    synonyms=("code insee", "insee", "code commune", "ville", "code insee commune"),
)
LON = Column(
    "lon",
    gettext_lazy("longitude"),
    "number",
    "lon",
    low=-180,
    high=180,
    unit="°",
    example="2.2957",
    about=gettext_lazy("En degrés, WGS 84."),
    synonyms=("lng", "long", "x"),
)
LAT = Column(
    "lat",
    gettext_lazy("latitude"),
    "number",
    "lat",
    low=-90,
    high=90,
    unit="°",
    example="49.8941",
    about=gettext_lazy("En degrés, WGS 84."),
    synonyms=("y",),
)

TOLD = (
    Column(
        "commune_name",
        gettext_lazy("nom de la commune"),
        about=gettext_lazy("À l’export seulement."),
        synonyms=("nom commune",),
        value=lambda thing: thing.commune.name if thing.commune else "",
    ),
    Column(
        "url",
        gettext_lazy("page de la fiche"),
        "url",
        about=gettext_lazy("À l’export seulement."),
        value=lambda thing: f"{settings.SITE_URL}{thing.get_absolute_url()}",
    ),
    Column(
        "changed_on",
        gettext_lazy("modifiée le"),
        "date",
        about=gettext_lazy("À l’export seulement."),
        value=lambda thing: thing.changed_at.date(),
    ),
)
NAME = {"is_required": True, "synonyms": ("titre", "name", "intitulé", "dénomination")}


def structure_columns() -> tuple[Column, ...]:
    def of(name: str, **given: object) -> Column:
        return column_of(Structure, name, **given)

    return (
        KEY,
        of("name", **NAME, example="Association Exemple"),
        of("printed_name"),
        of("kind", is_required=True, synonyms=("type",), example="association"),
        *described(of),
        of("networks"),
        of("chain_roles"),
        of("production_tools"),
        of("know_how"),
        of("siret", max_length=0, example="12345678200010"),
        *contact(of),
        COMMUNE,
        LON,
        LAT,
        of("is_active"),
        of("source_url"),
        of("is_example"),
        *TOLD,
    )


def place_columns() -> tuple[Column, ...]:
    def of(name: str, **given: object) -> Column:
        return column_of(Place, name, **given)

    return (
        KEY,
        of(
            "structure",
            about=gettext_lazy("Clé, adresse ou nom exact de la structure."),
            value=lambda thing: thing.structure.slug if thing.structure else "",
        ),
        of("name", **NAME, example="Musée d’exemple"),
        of("kind", is_required=True, synonyms=("type",), example="museum"),
        *described(of),
        of("networks"),
        *contact(of),
        COMMUNE,
        LON,
        LAT,
        of("position_quality"),
        of("opening", synonyms=("horaires",)),
        of("prices"),
        of(
            "yearly_visitors",
            synonyms=("fréquentation", "visiteurs"),
            high=MOST_VISITORS,
        ),
        of("is_free"),
        of("access", about=gettext_lazy("Noms de champs du schéma acceslibre.")),
        of("can_host"),
        of("host_surface_m2", unit="m²"),
        of("host_height_cm", unit="cm"),
        of("host_door_width_cm", unit="cm"),
        of("host_power"),
        of("host_staff"),
        of("host_is_level"),
        of("host_is_secured"),
        of("host_notes"),
        of("source_url"),
        of("is_example"),
        *TOLD,
    )


def described(of: Callable[..., Column]) -> tuple[Column, ...]:
    return (
        of("summary"),
        of("description"),
        of("themes", synonyms=("theme", "thématiques")),
        of("audiences"),
    )


def contact(of: Callable[..., Column]) -> tuple[Column, ...]:
    return (
        of("website", synonyms=("site", "site internet", "url du site")),
        of("email", synonyms=("courriel", "mail", "adresse e-mail")),
        of("phone", synonyms=("tel", "telephone")),
        of("street", synonyms=("adresse", "rue")),
        of("postcode", max_length=0, synonyms=("cp",), example="80000"),
    )


class Ground:
    """Finds the commune of a row, and compares it with the row's position."""

    def __init__(self) -> None:
        self.gazetteer: Gazetteer = load_gazetteer()

    def read(self, reading: Reading, *, is_required: bool) -> None:
        self._postcode(reading)
        commune = self._commune(reading, is_required=is_required)
        self._position(reading, commune)

    def _postcode(self, reading: Reading) -> None:
        code = str(reading.values.get("postcode") or "").replace(" ", "")
        if not code:
            return
        code = code.rjust(5, "0") if code.isdigit() and len(code) == 4 else code
        if not re.fullmatch(r"\d{5}", code):
            reading.tell("postcode", _("Écrivez le code postal en cinq chiffres."))
        reading.values["postcode"] = code

    def _commune(self, reading: Reading, *, is_required: bool) -> Commune | None:
        if "commune_id" not in reading.values:
            return None
        word = str(reading.values["commune_id"] or "")
        code = f"0{word}" if word.isdigit() and len(word) == 4 else word.upper()
        name = reading.cells.get("commune_name", "") or word
        found = self.gazetteer.by_insee.get(code)
        if found is None and (word or name):
            post = reading.cells.get("postcode", "")
            found = self.gazetteer.match(name, postal_code=post)
            if found and re.fullmatch(r"\d[\dAB]\d{3}", code):
                reading.tell(
                    "commune",
                    _("Code INSEE inconnu ; commune trouvée par son nom : %s.") % found,
                    fatal=False,
                )
        if found is None and (word or is_required):
            reading.tell("commune", self._unknown(word))
        reading.values["commune_id"] = found.pk if found else None
        return found

    def _unknown(self, word: str) -> str:
        if not word:
            return _(
                "Indiquez la commune : son code INSEE, ou son nom et le code postal."
            )
        return (
            _(
                "Aucune commune de la région ne correspond à « %s » : écrivez son code INSEE."
            )
            % word[:60]
        )

    def _position(self, reading: Reading, commune: Commune | None) -> None:
        if not reading.values.keys() >= {"lon", "lat"}:
            return
        lon, lat = reading.values["lon"], reading.values["lat"]
        if (lon is None) != (lat is None):
            lacks = "lon" if lon is None else "lat"
            reading.tell(lacks, _("Il faut la longitude et la latitude, ou aucune."))
        if lon is None or lat is None or commune is None:
            return
        size = math.sqrt(max(commune.area_km2, 1) / math.pi)
        far = km_between(lon, lat, commune.lon, commune.lat) - 1.5 * size
        if far <= NEARBY_KM:
            return
        message = _("Cette position est à %(km)d km de %(commune)s : vérifiez-la.") % {
            "km": round(far + 1.5 * size),
            "commune": commune.name,
        }
        if km_between(lat, lon, commune.lon, commune.lat) <= TOO_FAR_KM:
            message = _("La longitude et la latitude semblent échangées.")
        reading.tell("lat", message, fatal=far > TOO_FAR_KM)


def km_between(lon: float, lat: float, to_lon: float, to_lat: float) -> float:
    """Distance on a flat map of the neighbourhood: enough to doubt a position."""
    east = (lon - to_lon) * math.cos(math.radians(to_lat))
    return 111.2 * math.hypot(lat - to_lat, east)


def check_siret(reading: Reading) -> None:
    """Fourteen digits with the right last one; La Poste counts otherwise."""
    siret = re.sub(r"[\s.]", "", str(reading.values.get("siret") or ""))
    if not siret:
        return
    reading.values["siret"] = siret
    digits = [int(c) for c in siret] if re.fullmatch(r"\d{14}", siret) else []
    doubled = [n * 2 if place % 2 == 0 else n for place, n in enumerate(digits)]
    total = sum(n - 9 if n > 9 else n for n in doubled)
    if not digits or (total % 10 and not siret.startswith("356000000")):
        reading.tell("siret", _("Ce SIRET est faux : vérifiez ses quatorze chiffres."))


def prepare_structures(source: str, keys: set[str]) -> Finish:
    ground = Ground()

    def finish(reading: Reading) -> None:
        ground.read(reading, is_required=False)
        check_siret(reading)

    return finish


def prepare_places(source: str, keys: set[str]) -> Finish:
    ground, structures = Ground(), Keys(Structure, source=source)

    def finish(reading: Reading) -> None:
        ground.read(reading, is_required=True)
        read_references(reading, "structure", "structure_id", keys=structures)
        if reading.values.get("access"):
            try:
                check_access(reading.values["access"])
            except ValidationError as error:
                reading.tell("access", " ".join(error.messages))

    return finish


STRUCTURES = Schema("structures", Structure, structure_columns(), prepare_structures)
PLACES = Schema("places", Place, place_columns(), prepare_places)
