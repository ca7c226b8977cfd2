"""Figures of the pass as pages and files show them: lines, charts, words.

Everything here is made of what the disclosure gate has let through, but for what the
doors of one place counted, which is for its team.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _, gettext_lazy

from maillage.core import vocab
from maillage.core.charts import Chart, Series, bars, figure, lines
from maillage.core.disclosure import TOTAL
from maillage.directory.models import Place
from maillage.passport.choices import AgeBand, PassKind
from maillage.passport.services.figures import (
    Amount,
    Period,
    Published,
    month_words,
    published,
    rest,
)
from maillage.passport.services.figures_counting import BANDS, ELSEWHERE, NOT_SAID
from maillage.territories.models import Commune, Department

#: Rows of a chart, and of a list of communes.
MOST_BARS, MOST_COMMUNES = 12, 15
WEEKDAYS = (
    gettext_lazy("lundi"), gettext_lazy("mardi"), gettext_lazy("mercredi"),
    gettext_lazy("jeudi"), gettext_lazy("vendredi"), gettext_lazy("samedi"),
    gettext_lazy("dimanche"),
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One row of a table: a name and a number, exact, at least, or secret."""

    label: str
    amount: Amount
    url: str = ""

    @property
    def text(self) -> str:
        number = figure(self.amount.value)
        return _("au moins %(n)s") % {"n": number} if self.amount.is_least else number


@dataclass(frozen=True)
class Block:
    """A table with its chart."""

    slug: str
    title: str
    column: str
    lines: list[Line]
    chart: Chart | None = None
    note: str = ""
    left: Line | None = None


def block(
    slug: str,
    title: str,
    column: str,
    rows: Sequence[Line],
    *,
    whole: Amount | None = None,
    note: str = "",
) -> Block:
    """Rows with their chart; the last row is what is not said of whom."""
    drawn = [(line.label, line.amount.known) for line in rows if line.amount.known]
    chart = (
        bars(title, drawn[:MOST_BARS], unit=_("passages"), column=column)
        if len(drawn) > 1
        else None
    )
    remainder = rest(whole, [line.amount for line in rows]) if whole else None
    left = Line(_("non réparti"), remainder) if remainder else None
    return Block(slug, title, column, list(rows), chart, note, left)


# Names ------------------------------------------------------------------------------


def age_name(code: str) -> str:
    if code == NOT_SAID:
        return _("foyers, accompagnants, âge non dit")
    return str(AgeBand(code).label)


def kind_name(code: str) -> str:
    return _("non dit") if code == NOT_SAID else str(PassKind(code).label)


def band_name(code: str) -> str:
    if code == NOT_SAID:
        return _("commune non dite")
    if code == "more":
        return _("%(far)s km et plus") % {"far": BANDS[-1]}
    bound = int(code)
    if bound == BANDS[0]:
        return _("moins de %(far)s km") % {"far": bound}
    low = BANDS[BANDS.index(bound) - 1]
    return _("de %(near)s à %(far)s km") % {"near": low, "far": bound}


def department_names() -> dict[str, str]:
    names = dict(Department.objects.values_list("code", "name"))
    return names | {ELSEWHERE: _("hors de la région"), NOT_SAID: _("non dit")}


def family_name(code: str) -> str:
    terms = vocab.terms("place_families")
    return str(terms[code].label) if code in terms else _("autre")


def ages() -> list[str]:
    return [*(band for band in AgeBand.values if band), NOT_SAID]


def kinds() -> list[str]:
    return [*PassKind.values, NOT_SAID]


def bands() -> list[str]:
    return [*map(str, BANDS), "more", NOT_SAID]


# Blocks -----------------------------------------------------------------------------


def named(
    found: Published,
    release: str,
    table: str,
    prefix: str,
    codes: Iterable[str],
    name: Callable[[str], str],
    *,
    spot: str = "",
) -> list[Line]:
    """A line for each code that has somebody or is secret."""
    made = []
    for code in codes:
        key = f"{prefix}:{code}"
        amount = found.amount(release, table, (spot, key) if spot else (key,))
        if amount.value or amount.is_secret:
            made.append(Line(capfirst(name(code)), amount))
    return made


def largest_first(rows: Iterable[Line]) -> list[Line]:
    return sorted(rows, key=lambda line: (-line.amount.value, line.label))


def homes(
    found: Published, *, release: str = "people", spot: str = ""
) -> tuple[list[Line], list[Line]]:
    """Departments, and the communes of which most come."""
    places = department_names()
    departments = named(
        found, release, "home", "dep", places, lambda code: places[code], spot=spot
    )
    listed = [
        code.removeprefix("com:")
        for code in found.codes(release, "home")
        if code.startswith("com:")
    ]
    rows = Commune.objects.filter(insee__in=listed)
    names = dict(rows.values_list("insee", "name"))
    communes = named(
        found, release, "home", "com", listed,
        lambda code: names.get(code, code), spot=spot,
    )  # fmt: skip
    shown = [line for line in largest_first(communes) if line.amount.value]
    return largest_first(departments), shown[:MOST_COMMUNES]


def who_blocks(
    found: Published, whole: Amount, *, distance: str = "people", spot: str = ""
) -> list[Block]:
    """Who came, from where: of the region, or of one place."""
    departments, communes = homes(found, spot=spot)
    return [
        block("ages", _("Par âge"), _("Âge"),
              named(found, "people", "who", "age", ages(), age_name, spot=spot), whole=whole),
        block("formules", _("Par sorte de passeport"), _("Passeport"),
              named(found, "people", "who", "kind", kinds(), kind_name, spot=spot), whole=whole),
        block("departements", _("Par département de résidence"), _("Département"),
              departments, whole=whole),
        block("communes", _("Par commune de résidence"), _("Commune"), communes, whole=whole,
              note=_("Seules les communes d’où viennent assez de passeports dans le mois sont nommées.")),
        block("distances", _("Par distance, à vol d’oiseau"), _("Distance"),
              named(found, distance, "home", "km", bands(), band_name, spot=spot), whole=whole),
    ]  # fmt: skip


def place_lines(found: Published) -> list[Line]:
    """Every place where a pass was seen, the most visited first."""
    codes = [
        code for code in found.codes("places", "places") if code.startswith("place:")
    ]
    rows = Place.objects.filter(pk__in=[code.removeprefix("place:") for code in codes])
    made = []
    for place in rows.select_related("commune"):
        amount = found.amount("places", "places", (f"place:{place.pk}",))
        url = place.get_absolute_url() if place.is_public else ""
        name = f"{place.name}, {place.commune_name}" if place.commune else place.name
        made.append(Line(name, amount, url))
    return largest_first(made)


def region_blocks(found: Published) -> list[Block]:
    """All tables of the region."""
    whole = found.amount("people", "who", (TOTAL,))
    names = department_names()
    families = [*vocab.terms("place_families"), NOT_SAID]
    days = [
        Line(capfirst(str(day)), found.amount("days", "days", (str(number),)))
        for number, day in enumerate(WEEKDAYS, 1)
    ]
    return [
        block("lieux", _("Par lieu"), _("Lieu"), place_lines(found)),
        block("familles", _("Par sorte de lieu"), _("Sorte de lieu"),
              largest_first(named(found, "places", "places", "family", families, family_name))),
        block("territoires", _("Par département du lieu"), _("Département"),
              largest_first(named(found, "places", "places", "dep", names, lambda code: names[code]))),
        block("jours", _("Par jour de la semaine"), _("Jour"), days),
        *who_blocks(found, whole, distance="distance"),
    ]  # fmt: skip


def months_table(found: Published) -> list[dict[str, Any]]:
    """A row a month: passages, people, different passes, of several places."""
    made = []
    for month in found.months:
        people = found.table(month, "people", "several")
        places = found.table(month, "entered", "people")
        who = found.table(month, "people", "who")
        if who and people and places:
            made.append(
                {
                    "label": capfirst(month_words(month)),
                    "visits": who.row(TOTAL)["visits"],
                    "people": places.row(TOTAL)["people"],
                    "passes": people.row(TOTAL)["passes"],
                    "several": people.row("yes")["passes"],
                }
            )
    return made


def months_chart(labels: Sequence[str], values: Sequence[float | None]) -> Chart | None:
    """Passages month after month."""
    if len(labels) < 2:
        return None
    series = [Series(_("Passages"), list(values))]
    return lines(_("Passages par mois"), list(labels), series, unit=_("passages"), zero=True)  # fmt: skip


def region_context(period: Period) -> dict[str, Any]:
    """Everything that the page of the region shows of a period."""
    found = published(period.months)
    rows = months_table(found)
    labels = [capfirst(month_words(month, "b Y")) for month in found.months]
    return {
        "rows": rows,
        "chart": months_chart(labels, [row["visits"].value for row in rows]),
        "blocks": region_blocks(found),
        "key": key_figures(found),
    }


def key_figures(found: Published) -> list[Line]:
    places = [line for line in place_lines(found) if not line.amount.is_secret]
    return [
        Line(_("passages"), found.amount("people", "who", (TOTAL,))),
        Line(_("personnes entrées"), found.amount("entered", "people", (TOTAL,), ask="people")),
        Line(_("lieux qui ont reçu des passeports"), Amount(len(places))),
    ]  # fmt: skip
