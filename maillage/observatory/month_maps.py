"""Access month by month: twelve small maps on one scale, and their table."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import numpy as np
from django.utils.formats import date_format
from django.utils.translation import gettext as _, ngettext
from numpy.typing import NDArray

from maillage.core.charts import Chart, Panel, Words, small_maps
from maillage.core.charts.outlines import EPCIS, frame, outlines
from maillage.observatory.access_charts import french
from maillage.observatory.problem.supply import months_from
from maillage.observatory.services.access import PER, Months, usual

#: Points nearer than this are left out of the outlines of a small map.
STEP = 12.0
#: Below it, months are alike.
ALIKE = 0.05
#: Two decimals where what is usually reached is less.
SMALL = 0.5


def month_maps(
    months: Months, *, month: dt.date, address: Mapping[str, Any]
) -> Chart | None:
    """Groups of communes by the mean access of their people; none without outlines.

    Dots are what travels, where it is that month.
    """
    shapes, size = outlines(EPCIS, step=STEP)
    place = frame()
    if not shapes or place is None:
        return None
    means = months.means(months.territory.epci)
    days = months_from(months.first, count=len(months.access))[:-1]
    panels = []
    for rank, day in enumerate(days):
        sites = [s for s in months.supply.sites if s.travels and s.months[rank] > 0]
        panels.append(
            Panel(
                date_format(day, "M Y"),
                {code: float(values[rank]) for code, values in means.items()},
                [place.at(site.lon, site.lat) for site in sites],
                told=passing(len(sites)),
                url="?" + urlencode({**address, "month": f"{day:%Y-%m}"}) + "#mois",
                is_current=day == month,
            )
        )
    chart = small_maps(
        title_of(months, means, days),
        shapes,
        panels,
        size=size,
        unit=_("lieux ouverts pour %(people)s habitants") % {"people": french(PER)},
        decimals=2 if 0 < usual(means) < SMALL else 1,
        words=Words(
            zero=_("rien à portée"),
            dots=_("de passage ce mois-ci"),
            column=_("Intercommunalité"),
        ),
    )
    return chart.told(
        note=_(
            "Moyenne des personnes de chaque intercommunalité ; mêmes couleurs pour "
            "tous les mois. Les mois à venir ne comptent que les prêts déjà prévus."
        )
    )


def passing(number: int) -> str:
    if not number:
        return _("rien de passage")
    text = ngettext("%(n)s de passage", "%(n)s de passage", number)
    return text % {"n": french(number)}


def title_of(
    months: Months, means: Mapping[str, NDArray[Any]], days: Sequence[dt.date]
) -> str:
    """Whose access changes most from one month to another, and between which."""
    names = months.territory.epci_names
    spans = {
        code: float(np.ptp(values)) for code, values in means.items() if code in names
    }
    code = max(spans, key=lambda c: (spans[c], names[c]), default="")
    if not code or spans[code] < ALIKE:
        return _("D’un mois à l’autre, l’accès ne change guère")
    low, high = int(means[code].argmin()), int(means[code].argmax())
    return _(
        "Où l’accès change le plus : %(name)s, de %(low)s en %(least)s à %(high)s en "
        "%(most)s"
    ) % {
        "name": names[code],
        "low": french(float(means[code][low]), 1),
        "least": date_format(days[low], "F Y"),
        "high": french(float(means[code][high]), 1),
        "most": date_format(days[high], "F Y"),
    }
