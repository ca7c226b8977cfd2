"""Observations: written with their vintage, added up, and passed through the gate.

Every change of a figure goes through :func:`record`: it keeps what was known before,
makes the larger territories anew, and decides for all levels at once what is secret.
"""

import datetime as dt
import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from django.db import transaction
from django.utils.translation import gettext as _

from maillage.core.errors import Refused
from maillage.observatory.choices import Aggregation, Secrecy, Status
from maillage.observatory.models import Indicator, Observation
from maillage.observatory.services.aggregating import (
    Part,
    Place,
    completed,
    levels_from,
    secrets,
    upwards,
)
from maillage.observatory.services.perimeters import Ground, load_ground

BATCH = 2000
#: What an observation keeps of a part.
KEPT = (
    "value", "numerator", "denominator", "units", "largest", "status", "coverage", "note",
)  # fmt: skip
SAVED = (*KEPT, "hidden", "is_aggregated", "is_current", "vintage")
#: What makes it another figure, when it changes.
FIGURES = ("value", "numerator", "denominator", "units", "largest")


@dataclass(frozen=True)
class Given:
    """A figure as somebody, a file or a computation gives it."""

    level: str
    code: str
    period: str
    part: Part


@dataclass
class Written:
    """What became of the figures that were given."""

    created: int = 0
    corrected: int = 0
    same: int = 0
    gone: int = 0
    hidden: int = 0
    periods: set[str] = field(default_factory=set)

    @property
    def changed(self) -> int:
        return self.created + self.corrected + self.gone


@transaction.atomic
def record(
    indicator: Indicator,
    *,
    given: Iterable[Given],
    vintage: dt.date,
    ground: Ground | None = None,
    weights: Mapping[str, float] | None = None,
    whole: bool = False,
) -> Written:
    """Write figures, then all that follows from them.

    A provisional figure gives way to a new one; a final one stays, as an older vintage,
    and the new one is marked as corrected. With ``whole``, figures of the same periods
    that are not given any more are no longer current. Refuses with ``level``,
    ``territory``, ``value`` or ``twice``.
    """
    Indicator.objects.select_for_update(of=("self",)).get(pk=indicator.pk)
    ground = ground or load_ground()
    parts = checked(indicator, given, ground=ground)
    written = Written(periods=set(parts))
    for period in sorted(parts):
        wanted = parts[period]
        if not whole:
            wanted = {**own_parts(indicator, period), **wanted}
        settle(
            indicator,
            period,
            wanted,
            ground=ground,
            weights=weights,
            vintage=vintage,
            written=written,
        )
    return written


def checked(
    indicator: Indicator, given: Iterable[Given], *, ground: Ground
) -> dict[str, dict[Place, Part]]:
    """Figures by period and territory, each of which makes sense."""
    levels = levels_from(indicator.finest)
    found: dict[str, dict[Place, Part]] = {}
    for one in given:
        part = completed(one.part, kind=indicator.aggregation, scale=indicator.scale)
        if one.level not in levels:
            raise Refused("level", _("Cet indicateur n’a pas de valeur à ce niveau."))
        if not ground.knows(one.level, one.code):
            raise Refused(
                "territory",
                _("Le territoire « %s » n’est pas dans la région.") % one.code[:12],
            )
        numbers = [part.value, part.numerator, part.denominator, part.largest]
        if any(n is not None and not math.isfinite(n) for n in numbers):
            raise Refused("value", _("Une valeur n’est pas un nombre."))
        if (
            indicator.secrecy != Secrecy.NONE
            and (part.numerator or part.value or 0) < 0
        ):
            raise Refused("value", _("Une valeur protégée ne peut pas être négative."))
        if part.denominator is not None and part.denominator < 0:
            raise Refused("value", _("Un dénominateur ne peut pas être négatif."))
        rows = found.setdefault(one.period, {})
        if (one.level, one.code) in rows:
            raise Refused(
                "twice",
                _("Le territoire %(code)s est donné deux fois pour %(period)s.")
                % {"code": one.code, "period": one.period},
            )
        rows[one.level, one.code] = part
    return found


def own_parts(indicator: Indicator, period: str) -> dict[Place, Part]:
    """What was given for a period so far, not made by adding up."""
    rows = indicator.observations.all().current().filter(period=period)
    return {
        (row.level, row.code): Part(**{name: getattr(row, name) for name in KEPT})
        for row in rows.filter(is_aggregated=False)
    }


def settle(
    indicator: Indicator,
    period: str,
    parts: Mapping[Place, Part],
    *,
    ground: Ground,
    vintage: dt.date,
    written: Written,
    weights: Mapping[str, float] | None = None,
) -> None:
    """Add up a period, decide its secrets, write what has changed."""
    above = upwards(
        parts,
        ground=ground,
        finest=indicator.finest,
        kind=indicator.aggregation,
        scale=indicator.scale,
        weights=weights,
        zero_if_absent=indicator.zero_if_absent,
    )
    rows = indicator.observations.all().current().filter(period=period)
    known = {(row.level, row.code): row for row in rows}
    before = {place: bool(row.hidden) for place, row in known.items()}
    hidden = secrets(
        parts,
        ground=ground,
        finest=indicator.finest,
        kind=indicator.aggregation,
        secrecy=indicator.secrecy,
        shown_from=indicator.shown_from,
        before=before if indicator.is_public else None,
        former={
            place: Part(**{name: getattr(row, name) for name in KEPT})
            for place, row in known.items()
            if place[0] == indicator.finest
        },
    )
    everything = [(place, part, False) for place, part in parts.items()]
    everything += [(place, part, True) for place, part in above.items()]
    fresh: list[Observation] = []
    changed: list[Observation] = []
    for place, part, is_made in everything:
        row = known.pop(place, None)
        was = state_of(row)
        why = hidden.get(place, "") or held_back(
            indicator, place, parts, is_made=is_made
        )
        new = written_over(row, part, vintage=vintage, written=written)
        target = new if new is not None else row
        assert target is not None  # noqa: S101 -- for mypy
        target.hidden, target.is_aggregated = why, is_made
        written.hidden += bool(why)
        if target is not row:
            target.indicator, target.period = indicator, period
            target.level, target.code = place
            fresh.append(target)
            if row is not None:
                row.is_current = False
        if row is not None and state_of(row) != was:
            changed.append(row)
    for row in known.values():  # what is not given any more
        row.is_current = False
        written.gone += 1
        changed.append(row)
    Observation.objects.bulk_update(changed, SAVED, batch_size=200)
    # What was replaced on the very day that it was written leaves no vintage.
    of_today = indicator.observations.filter(period=period, vintage=vintage)
    of_today.filter(is_current=False).delete()
    Observation.objects.bulk_create(fresh, batch_size=BATCH)


def state_of(row: Observation | None) -> tuple[object, ...]:
    return () if row is None else tuple(getattr(row, name) for name in SAVED)


def held_back(
    indicator: Indicator, place: Place, parts: Mapping[Place, Part], *, is_made: bool
) -> str:
    """Secrecy of a figure given for a larger territory, that no part stands behind.

    Its own units judge it: the joint decision knows nothing of it.
    """
    level, _code = place
    if indicator.secrecy == Secrecy.NONE or is_made or level == indicator.finest:
        return ""
    part = parts[place]
    if part.units is not None and part.units < 3:
        return "few"
    if part.units is None or (part.largest is not None and part.largest >= 0.85):
        return "dominance"
    return ""


def written_over(
    row: Observation | None, part: Part, *, vintage: dt.date, written: Written
) -> Observation | None:
    """A new row for a part, or None when the known one serves, changed in place."""
    if row is None:
        written.created += 1
        return Observation(vintage=vintage, **values_of(part))
    if same_figures(row, part):
        written.same += 1
        row.status = row.status if row.status == Status.CORRECTED else part.status
        row.note, row.coverage = part.note, part.coverage
        return None
    written.corrected += 1
    if row.status == Status.PROVISIONAL or row.vintage == vintage:
        for name, value in values_of(part).items():
            setattr(row, name, value)
        row.vintage = vintage
        return None
    if part.status == Status.FINAL:
        part = replace(part, status=Status.CORRECTED)
    return Observation(vintage=vintage, **values_of(part))


def values_of(part: Part) -> dict[str, float | int | str | None]:
    return {name: getattr(part, name) for name in KEPT}


def same_figures(row: Observation, part: Part) -> bool:
    """Equal up to the last digits, that adding up in another order may change."""
    for name in FIGURES:
        old, new = getattr(row, name), getattr(part, name)
        if (old is None) != (new is None):
            return False
        if old is not None and not math.isclose(old, new, rel_tol=1e-9, abs_tol=1e-12):
            return False
    return True


@transaction.atomic
def decide_again(
    indicator: Indicator, *, today: dt.date, periods: Collection[str] = ()
) -> Written:
    """Add up and pass the gate anew, when the definition of an indicator has changed."""
    Indicator.objects.select_for_update(of=("self",)).get(pk=indicator.pk)
    ground = load_ground()
    rows = indicator.observations.all().current()
    known = set(rows.values_list("period", flat=True).distinct())
    written = Written(periods=set(periods) or known)
    weights = weights_of(indicator, ground)
    for period in sorted(written.periods):
        settle(
            indicator, period, own_parts(indicator, period), ground=ground,
            vintage=today, written=written, weights=weights,
        )  # fmt: skip
    return written


def weights_of(indicator: Indicator, ground: Ground) -> dict[str, float] | None:
    """The denominators of all communes of a rate per inhabitant that is complete."""
    if indicator.zero_if_absent and indicator.aggregation == Aggregation.RATE:
        return {code: float(people) for code, people in ground.population.items()}
    return None


@transaction.atomic
def withdraw(
    indicator: Indicator, *, level: str, code: str, period: str, today: dt.date
) -> None:
    """Take a given figure back; what was made of it is made anew. Refuses with ``unknown``."""
    rows = indicator.observations.all().current().filter(period=period)
    own = rows.filter(level=level, code=code, is_aggregated=False)
    if not own.exists():
        raise Refused("unknown", _("Cette valeur n’existe pas."))
    parts = own_parts(indicator, period)
    del parts[level, code]
    ground = load_ground()
    settle(
        indicator, period, parts, ground=ground, vintage=today, written=Written(),
        weights=weights_of(indicator, ground),
    )  # fmt: skip
