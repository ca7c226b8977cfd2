"""What a place gives: said, changed, stopped by its people or by the agency."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from maillage.core.errors import Refused
from maillage.directory.models import Place
from maillage.passport.choices import AgeBand, Gives, Limit, PassKind
from maillage.passport.models import Benefit
from maillage.passport.services.benefit_events import follow_benefits

#: What a form or a file may say of a benefit.
EDITABLE = (
    "event", "gives", "label", "normal_cents", "price_cents", "kinds", "age_bands",
    "most_companions", "limit", "times", "starts_on", "ends_on",
)  # fmt: skip


def places_for_benefits(user: Any) -> Any:
    """Published places of which the person may say what they give."""
    rows = Place.objects.published().editable_by(user)
    return rows.select_related("commune", "structure")


@transaction.atomic
def add_benefit(
    place: Place, *, values: Mapping[str, Any], by: Any, today: dt.date
) -> Benefit:
    """Say what a place gives.

    Refuses with ``not_yours``, ``event_elsewhere``, ``price``, ``times``, ``days`` or
    ``twice``.
    """
    need_place(place, by)
    benefit = Benefit(place=place)
    fill(benefit, values)
    need_once(benefit, today=today)
    benefit.save()
    follow_benefits([benefit], today=today)
    return benefit


@transaction.atomic
def change_benefit(
    benefit: Benefit, *, values: Mapping[str, Any], by: Any, today: dt.date
) -> Benefit:
    """Change it for what is to come. Refuses as ``add_benefit`` does."""
    need_place(benefit.place, by)
    benefit = Benefit.objects.select_for_update(of=("self",)).get(pk=benefit.pk)
    before = Benefit(place_id=benefit.place_id, event_id=benefit.event_id)
    fill(benefit, values)
    need_once(benefit, today=today)
    benefit.save()
    follow_benefits([before, benefit], today=today)
    return benefit


@transaction.atomic
def stop_benefit(benefit: Benefit, *, by: Any, today: dt.date) -> Benefit:
    """From today on it is not given any more.

    The days before stay: what a door accepted then without a network is not flagged.
    Refuses with ``not_yours`` or ``over``.
    """
    need_place(benefit.place, by)
    if benefit.is_over(today):
        raise Refused("over", _("Cet avantage n’est déjà plus proposé."))
    if benefit.starts_on and benefit.starts_on >= today:
        benefit.is_active = False
    else:
        benefit.ends_on = today
    benefit.save(update_fields=["is_active", "ends_on"])
    follow_benefits([benefit], today=today)
    return benefit


@transaction.atomic
def resume_benefit(benefit: Benefit, *, by: Any, today: dt.date) -> Benefit:
    """Offer it again, without a last day. Refuses with ``not_yours``, ``event_over``."""
    need_place(benefit.place, by)
    benefit.is_active = True
    if benefit.ends_on and benefit.ends_on <= today:
        benefit.ends_on = None
    if benefit.is_over(today):
        raise Refused("event_over", _("Son événement est passé ou annulé."))
    need_once(benefit, today=today)
    benefit.save(update_fields=["is_active", "ends_on"])
    follow_benefits([benefit], today=today)
    return benefit


def need_place(place: Place, by: Any) -> None:
    if not places_for_benefits(by).filter(pk=place.pk).exists():
        raise Refused("not_yours", _("Ce lieu n’est pas le vôtre."))


def fill(benefit: Benefit, values: Mapping[str, Any]) -> None:
    """Take what was said, put in order, and check that it makes sense."""
    for name, value in values.items():
        if name in EDITABLE:
            setattr(benefit, name, value)
    if benefit.limit != Limit.N_A_SEASON:
        benefit.times = None
    if benefit.gives == Gives.FREE:
        benefit.price_cents = 0
    elif benefit.gives == Gives.PRIORITY:
        benefit.price_cents = benefit.normal_cents or 0
    benefit.kinds = [kind for kind in PassKind.values if kind in benefit.kinds]
    benefit.age_bands = [band for band in AgeBand.values if band in benefit.age_bands]
    need_event(benefit)
    need_sense(benefit)


def need_event(benefit: Benefit) -> None:
    event = benefit.event
    if event is not None and event.place_id != benefit.place_id:
        raise Refused("event_elsewhere", _("Cet événement n’a pas lieu ici."))


def need_sense(benefit: Benefit) -> None:
    """A price below the full one, a number of times, days in order."""
    if benefit.gives == Gives.REDUCED:
        if not benefit.price_cents and not benefit.label:
            raise Refused(
                "price", _("Écrivez le tarif du passeport, ou la réduction en une phrase.")
            )  # fmt: skip
        if benefit.normal_cents and benefit.price_cents >= benefit.normal_cents:
            raise Refused(
                "price", _("Le tarif du passeport est plus bas que le plein tarif.")
            )
    if benefit.limit == Limit.N_A_SEASON and not benefit.times:
        raise Refused("times", _("Écrivez combien de fois par saison."))
    start, end = benefit.starts_on, benefit.ends_on
    if start and end and end <= start:
        raise Refused("days", _("Le dernier jour ne peut pas être avant le premier."))


def need_once(benefit: Benefit, *, today: dt.date) -> None:
    """The same thing to the same holders of the same place is said once."""
    rows = Benefit.objects.all().offered_on(today).filter(
        place=benefit.place_id, event=benefit.event_id, gives=benefit.gives,
        label=benefit.label,
    )  # fmt: skip
    for other in rows.exclude(pk=benefit.pk):
        same = other.kinds == benefit.kinds and other.age_bands == benefit.age_bands
        if same and overlap(other, benefit):
            raise Refused(
                "twice", _("Cet avantage est déjà proposé aux mêmes passeports.")
            )


def overlap(one: Benefit, other: Benefit) -> bool:
    """Whether the days of two benefits of the same event meet."""
    return not (
        (one.ends_on and other.starts_on and one.ends_on <= other.starts_on)
        or (other.ends_on and one.starts_on and other.ends_on <= one.starts_on)
    )
