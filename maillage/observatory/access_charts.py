"""The drawings and tables of the access page."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from maillage.core import vocab
from maillage.core.charts import Chart, Series, bars, lines, lorenz
from maillage.core.context import region
from maillage.core.tables.columns import Column
from maillage.observatory.forms_equity import kinds
from maillage.observatory.problem.capacity import LEAST, MOST, USUAL, by_default
from maillage.observatory.problem.supply import kinds_of, months_from
from maillage.observatory.services.access import PER, Access, Choice, white_zones
from maillage.observatory.services.whites import Whites
from maillage.territories.choices import DensityClass

CLASSES = 5
#: Below these, a share is nobody, and months are alike (percentage points).
EVERYBODY = 0.0005
STEADY = 0.05


@dataclass(frozen=True)
class Line:
    """One commune in tables and files."""

    insee: str
    name: str
    department: str
    epci: str
    people: float
    access: float | None
    rank: int
    at_border: bool


def lines_of(found: Access) -> list[Line]:
    """Communes, the worst served first, then the most people."""
    worst = -found.access if found.less_is_better else found.access
    order = np.lexsort((-found.people, worst))
    where, at_border = found.territory, found.at_border
    return [
        Line(
            where.insee[k],
            where.names[k],
            str(where.department[k]),
            where.epci_names.get(str(where.epci[k]), ""),
            float(found.people[k]),
            float(found.access[k]) if np.isfinite(found.access[k]) else None,
            rank,
            bool(at_border[k]),
        )
        for rank, k in enumerate(order.tolist(), 1)
    ]


COLUMNS = (
    Column("insee", "INSEE", field="insee", is_required=True),
    Column("name", "commune", field="name"),
    Column("department", "département", field="department"),
    Column("epci", "intercommunalité", field="epci"),
    Column("people", "personnes comptées", "number", "people"),
    Column("access", "accès", "number", "access"),
    Column("rank", "rang, du moins bien desservi", "integer", "rank"),
    Column("at_border", "près de la limite de la région", "boolean", "at_border"),
)


def epci_rows(found: Access) -> list[dict[str, Any]]:
    """Groups of communes with the mean access of their people, the worst first."""
    where = found.territory
    rows = []
    for siren in np.unique(where.epci):
        inside = (where.epci == siren) & np.isfinite(found.access)
        people = float(found.people[inside].sum())
        if not siren or not people:
            continue
        mean = float(found.access[inside] @ found.people[inside] / people)
        name = where.epci_names[str(siren)]
        rows.append({"code": siren, "name": name, "people": people, "mean": mean})
    return sorted(rows, key=lambda row: row["mean"], reverse=found.less_is_better)


def shades(found: Access) -> dict[str, Any]:
    """The classes of the map: bounds, and the communes of each; 0 is nothing in reach.

    ``border``: communes whose figure is less sure.
    """
    value = found.access
    reached = np.isfinite(value) & ((value > 0) | found.less_is_better)
    rank = np.zeros(len(value), dtype=int)
    limits: list[float] = []
    if reached.any():
        steps = np.linspace(0, 1, CLASSES + 1)[1:-1]
        limits = [float(x) for x in np.quantile(value[reached], steps)]
        rank[reached] = 1 + np.searchsorted(limits, value[reached], side="left")
        if found.less_is_better:
            rank[reached] = CLASSES + 1 - rank[reached]
    insee = found.territory.insee
    classes = []
    for number in range(1, CLASSES + 1):
        inside = np.flatnonzero(rank == number).tolist()
        held = value[inside]
        classes.append(
            {
                "low": float(held.min()) if inside else None,
                "high": float(held.max()) if inside else None,
                "codes": [insee[k] for k in inside],
            }
        )
    border = [insee[k] for k in np.flatnonzero(found.at_border).tolist()]
    return {"classes": classes, "border": border}


def white_shade(found: Access) -> dict[str, Any]:
    """White zones in the shade of losses; all else is left blank."""
    inside = np.flatnonzero(white_zones(found) & (found.people > 0)).tolist()
    codes = [found.territory.insee[k] for k in inside]
    return {"scale": "gain", "classes": [{"codes": codes}]}


def finding(found: Access, figures: Mapping[str, Any], *, month: dt.date) -> str:
    """What the page says first, in one sentence."""
    facts = {
        "month": date_format(month, "F Y"),
        "share": percent(figures["none"]),
        "minutes": found.choice.reach,
        "who": who_of(found.choice),
        "what": what_of(found.choice),
    }
    if figures["none"] < EVERYBODY:
        return (
            _(
                "En %(month)s, presque tous les %(who)s ont quelque chose à moins de "
                "%(minutes)s minutes%(what)s."
            )
            % facts
        )
    return (
        _(
            "En %(month)s, %(share)s des %(who)s n’ont rien à moins de %(minutes)s "
            "minutes%(what)s."
        )
        % facts
    )


def white_finding(whites: Whites, *, month: dt.date) -> str:
    """Who lives in white zones, and how far from anything, in one sentence."""
    far = [(row.minutes, row.people) for row in whites.rows if row.minutes is not None]
    facts = {
        "month": date_format(month, "F Y"),
        "people": french(whites.people),
        "who": who_of(whites.found.choice),
        "communes": french(len(whites.rows)),
        "what": what_of(whites.found.choice),
    }
    if not far:
        return (
            _(
                "En %(month)s, %(people)s %(who)s de %(communes)s communes sont les moins "
                "bien desservis%(what)s."
            )
            % facts
        )
    minutes = sum(m * n for m, n in far) / sum(n for _m, n in far)
    return _(
        "En %(month)s, %(people)s %(who)s de %(communes)s communes sont les moins bien "
        "desservis : le lieu le plus proche est à %(minutes)s minutes, en moyenne%(what)s."
    ) % (facts | {"minutes": french(minutes)})


def who_of(choice: Choice) -> str:
    return _("personnes comptées") if choice.demand else _("habitants")


def what_of(choice: Choice) -> str:
    """What is looked for, in brackets; nothing when it is everything."""
    told = []
    if choice.theme:
        told.append(_("thème : %s") % vocab.label("themes", choice.theme))
    if choice.audience:
        told.append(_("public : %s") % vocab.label("audiences", choice.audience))
    if choice.kind != "all":
        told.append(str(dict(kinds())[choice.kind]))
    return f" ({' ; '.join(told)})" if told else ""


def unit_sentence(found: Access, figures: Mapping[str, Any]) -> str:
    """What a figure of access means."""
    if found.less_is_better:
        return _(
            "Le chiffre d’une commune est ce qu’il en coûte d’y aller, foule et trajet "
            "ensemble : 1 est la foule habituelle sans trajet ; moins, c’est mieux."
        )
    return _(
        "Le chiffre d’une commune est le nombre de lieux de taille courante, ouverts "
        "tout le mois, dont %(people)s habitants disposent, une fois chaque lieu partagé "
        "avec tous ceux qui peuvent y aller ; en moyenne %(mean)s."
    ) % {"people": french(PER), "mean": french(figures["mean"], 1)}


def border_sentence(found: Access) -> str:
    """Whose figure is less sure, since the other side of the border is not counted."""
    people = float(found.people[found.at_border].sum())
    if not people:
        return ""
    beyond = ", ".join(region().get("neighbours", ()))
    return _(
        "%(share)s des %(who)s vivent à moins de %(minutes)s minutes de la limite de la "
        "région%(beyond)s. Les lieux de l’autre côté ne sont pas comptés, ni les gens qui "
        "en viennent : là, le chiffre est moins sûr."
    ) % {
        "share": percent(people / float(found.people.sum())),
        "who": who_of(found.choice),
        "minutes": found.choice.reach,
        "beyond": f" ({beyond})" if beyond else "",
    }


def sizes(found: Access) -> dict[str, Any] | None:
    """How much places count: how many said whom they receive, and the others by kind.

    None where all count the same.
    """
    stay = [site for site in found.supply.sites if not site.travels]
    if found.choice.size == "equal" or not stay:
        return None
    return {
        "all": len(stay),
        "declared": sum(site.is_declared for site in stay),
        "usual": french(USUAL),
        "least": french(LEAST, 1),
        "most": french(MOST),
        "kinds": by_default(kinds_of(found.choice.kind)),
    }


def key_figures(found: Access, figures: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The few figures under the sentence."""
    alone = float(found.people.sum()) * figures["none"]
    shown = [
        {"label": _("%s sans rien à portée") % who_of(found.choice), "value": french(alone)}
    ]  # fmt: skip
    if found.less_is_better:
        return shown
    return [
        *shown,
        {
            "label": _("lieux de taille courante pour %(people)s habitants, en moyenne")
            % {"people": french(PER)},
            "value": french(figures["mean"], 1),
        },
        {
            "label": _("ont moins de la moitié de cette moyenne"),
            "value": percent(figures["under"]),
        },
        {
            "label": _("indice de Gini : 0, tous égaux ; 1, tout à un seul"),
            "value": french(figures["gini"], 2),
        },
    ]


def french(number: float | None, decimals: int = 0) -> str:
    if number is None:
        return "–"
    text = f"{number:,.{decimals}f}"
    return text.replace(",", "\u202f").replace(".", ",")


def percent(share: float) -> str:
    return f"{french(100 * share, 1)}\u00a0%"


def year_chart(rows: Sequence[Mapping[str, float]], *, first: dt.date) -> Chart:
    """Twelve months; the title says the leanest."""
    months = months_from(first, count=len(rows))[:-1]
    shares = [100.0 * row["none"] for row in rows]
    worst = max(range(len(rows)), key=lambda k: (shares[k], -rows[k]["mean"]))
    title = _("Le mois où le plus de monde n’a rien : %s") % date_format(
        months[worst], "F Y"
    )
    if max(shares) - min(shares) < STEADY:
        title = _("D’un mois à l’autre, autant de monde n’a rien")
    return lines(
        title,
        [date_format(m, "M Y") for m in months],
        [Series(_("n’ont rien à portée"), shares)],
        unit=_("% des personnes"),
        decimals=1,
        zero=True,
    ).told(note=_("Les mois à venir ne comptent que les prêts déjà prévus."))


def lorenz_chart(found: Access, figures: Mapping[str, Any]) -> Chart:
    worst, have = np.array(figures["lorenz"], dtype=float).T
    half = float(np.interp(0.5, worst, have))
    return lorenz(
        _("La moitié la moins bien desservie a %s de l’accès") % percent(half),
        found.people.tolist(),
        (found.access * found.people).tolist(),
        gini=figures["gini"],
    )


def density_chart(found: Access, figures: Mapping[str, Any]) -> Chart:
    labels = dict(DensityClass.choices)
    rows = [(str(labels[row["class"]]), row["mean"]) for row in figures["classes"]]
    known = [(mean, label) for label, mean in rows if mean is not None]
    title = _("L’accès selon la densité de la commune")
    if known and max(known)[0] > 0:
        title = _("L’accès est le plus faible dans le « %s »") % min(known)[1]
    return bars(
        title,
        rows,
        unit=_("lieux ouverts pour %(people)s habitants") % {"people": french(PER)},
        decimals=2,
        column=_("Commune"),
    )


def theil_sentence(figures: Mapping[str, Any]) -> str:
    """Where inequality lies, in words."""
    if not figures.get("theil"):
        return ""
    parts = {
        key: percent(figures[f"theil_{key}"] / figures["theil"])
        for key in ("epci", "density", "within")
    }
    return (
        _(
            "L’inégalité tient pour %(epci)s aux écarts entre intercommunalités, pour "
            "%(density)s à la ruralité dans chacune, pour %(within)s à des écarts entre "
            "communes semblables (indice de Theil)."
        )
        % parts
    )
