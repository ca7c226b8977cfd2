"""What the pages of passes show, beside the rows themselves."""

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from maillage.core import vocab
from maillage.core.dates import day_words
from maillage.core.lists import distance_label
from maillage.core.money import format_cents
from maillage.passport.benefit_pages import lines_of
from maillage.passport.choices import AgeBand, PassKind
from maillage.passport.models import Benefit, Offer, Pass
from maillage.passport.services.benefit_finding import near_first
from maillage.territories.models import Commune, Department

MOST_PLACES = 24


def state_of(holder: Pass, *, today: dt.date) -> dict[str, str]:
    """In words and with a tone: valid, not yet, over, withdrawn."""
    if not holder.is_active:
        return {"tone": "bad", "label": _("retiré")}
    if holder.valid_until <= today:
        return {"tone": "draft", "label": _("saison finie")}
    if holder.valid_from > today:
        day = day_words(holder.valid_from)
        return {"tone": "warn", "label": _("valable dès le %(day)s") % {"day": day}}
    return {"tone": "good", "label": _("valable")}


def holder_words(holder: Pass) -> str:
    """« un foyer, 4 personnes »; « une personne, 12 à 17 ans »."""
    said = [str(PassKind(holder.kind).label)]
    if holder.people > 1:
        said.append(_("%(n)s personnes") % {"n": holder.people})
    if holder.age_band:
        said.append(str(AgeBand(holder.age_band).label))
    return ", ".join(said)


def benefits_for(holder: Pass, *, today: dt.date) -> list[Benefit]:
    """What the pass opens now or later this season, by name of place."""
    rows = Benefit.objects.all().offered_on(today)
    found = rows.select_related("place__commune", "event").order_by("place__name", "pk")
    return [row for row in found if is_for(row, holder)]


def is_for(benefit: Benefit, holder: Pass) -> bool:
    """As the door sees it, which knows of members only how many they are."""
    kind = not benefit.kinds or holder.kind in benefit.kinds
    return kind and (not benefit.age_bands or holder.age_band in benefit.age_bands)


def opened_by(holder: Pass, *, today: dt.date) -> dict[str, Any]:
    """Places that the pass opens, the nearest to its commune first, and all of them."""
    home = holder.commune
    point = (home.lon, home.lat) if home else None
    rows = near_first(benefits_for(holder, today=today), point)
    kilometres = {row.place_id: km for row, km in rows}
    given: dict[Any, list[Benefit]] = {}
    for row, _km in rows:
        given.setdefault(row.place, []).append(row)
    asked = {"pass": holder.kind, "age": holder.age_band}
    asked |= {"near": f"{home.lon:.4f},{home.lat:.4f}"} if home else {}
    query = urlencode({name: value for name, value in asked.items() if value})
    return {
        "opened": [
            {
                "place": place,
                "distance": distance_label(kilometres[place.pk]),
                "lines": lines_of(benefits, today=today),
            }
            for place, benefits in list(given.items())[:MOST_PLACES]
        ],
        "more": max(0, len(given) - MOST_PLACES),
        "all_url": f"{reverse('passport:benefit_list')}?{query}",
    }


def rules_of(offer: Offer) -> list[str]:
    """The conditions of an offer, each in a few words."""
    found = []
    if offer.age_bands:
        ages = [str(AgeBand(band).label) for band in offer.age_bands]
        found.append(", ".join(ages))
    if offer.levels:
        found.append(", ".join(vocab.labels("school_levels", offer.levels)))
    found += where_of(offer)
    if offer.most_members > 1:
        found.append(_("%(n)s personnes au plus") % {"n": offer.most_members})
    return found


def where_of(offer: Offer) -> list[str]:
    names = Department.objects.filter(code__in=offer.departments)
    found = [", ".join(row.name for row in names)] if offer.departments else []
    if offer.communes:
        rows = Commune.objects.filter(insee__in=offer.communes[:6])
        words = ", ".join(row.name for row in rows)
        found.append(f"{words}…" if len(offer.communes) > 6 else words)
    return found


def offer_card(offer: Offer) -> dict[str, Any]:
    return {
        "offer": offer,
        "price": format_cents(offer.price_cents) if offer.price_cents else _("gratuit"),
        "rules": rules_of(offer),
        "is_free": not offer.price_cents,
    }
