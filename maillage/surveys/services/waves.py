"""The life of a wave: made of a frozen version, opened, closed, opened again."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from maillage.core.errors import Refused
from maillage.core.records import need_agency
from maillage.surveys.choices import VersionState, WaveState
from maillage.surveys.models import Version, Wave

EDITABLE = (
    "name",
    "year",
    "opens_on",
    "closes_on",
    "remind_days_before",
)
TEXTS = ("invitation", "reminder")


def lock_wave(wave: Wave, *, by: Any) -> Wave:
    """The wave as it is now, held. Refuses with ``forbidden``."""
    need_agency(by)
    rows = Wave.objects.select_for_update(of=("self",))
    return rows.select_related("version__questionnaire").get(pk=wave.pk)


@transaction.atomic
def make_wave(
    version: Version, *, values: Mapping[str, Any], by: Any, now: dt.datetime
) -> Wave:
    """Prepare an edition of a frozen version.

    Refuses with ``forbidden``, ``draft`` or ``dates``.
    """
    need_agency(by)
    if version.state != VersionState.FROZEN:
        raise Refused(
            "draft",
            _("Figez d’abord la version : ses questions ne doivent plus changer."),
        )
    wave = Wave(version=version, created_by=by, created_at=now)
    put(wave, values)
    wave.slug = free_slug(wave.name)
    wave.save()
    return wave


def put(wave: Wave, values: Mapping[str, Any]) -> None:
    """Write values into a wave. Refuses with ``dates``."""
    for name in EDITABLE:
        if name in values:
            setattr(wave, name, values[name])
    if wave.closes_on < wave.opens_on:
        raise Refused("dates", _("Le dernier jour vient après l’ouverture."))


def free_slug(name: str) -> str:
    """An address of the name that no wave has."""
    base = slugify(name)[:70].strip("-") or "edition"
    # « nouvelle » stands where the address of a wave does.
    taken = set(
        Wave.objects.filter(slug__startswith=base).values_list("slug", flat=True)
    ) | {"nouvelle"}
    slug, number = base, 1
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug


@transaction.atomic
def change_wave(wave: Wave, *, values: Mapping[str, Any], by: Any) -> Wave:
    """Change the name, the year, the dates or the rule of reminders.

    Refuses with ``forbidden``, ``dates`` or ``published``.
    """
    row = lock_wave(wave, by=by)
    if row.state == WaveState.PUBLISHED:
        raise Refused(
            "published", _("Les résultats sont publiés : l’édition ne change plus.")
        )
    before = row.closes_on, row.remind_days_before
    put(row, values)
    if (row.closes_on, row.remind_days_before) != before:
        row.reminded_on = None  # the rule counts from the new day
    row.save(update_fields=[*EDITABLE, "reminded_on"])
    return row


@transaction.atomic
def write_texts(wave: Wave, *, invitation: str, reminder: str, by: Any) -> Wave:
    """Keep what invitations and reminders say. Refuses with ``forbidden``."""
    row = lock_wave(wave, by=by)
    row.invitation, row.reminder = invitation, reminder
    row.save(update_fields=list(TEXTS))
    return row


@transaction.atomic
def open_wave(wave: Wave, *, by: Any, now: dt.datetime, today: dt.date) -> Wave:
    """Let those asked answer, from the opening day on.

    Refuses with ``forbidden``, ``state``, ``nobody`` or ``late``.
    """
    row = lock_wave(wave, by=by)
    if row.state != WaveState.PREPARING:
        raise Refused("state", _("Cette édition a déjà été ouverte."))
    if not row.units.exists():
        raise Refused("nobody", _("Choisissez d’abord qui est interrogé."))
    if row.closes_on < today:
        raise Refused("late", _("Le dernier jour est passé : repoussez-le d’abord."))
    row.state, row.opened_at = WaveState.OPEN, now
    row.save(update_fields=["state", "opened_at"])
    return row


@transaction.atomic
def close_wave(wave: Wave, *, by: Any, now: dt.datetime) -> Wave:
    """Take no more answers. Refuses with ``forbidden`` or ``state``."""
    row = lock_wave(wave, by=by)
    if row.state != WaveState.OPEN:
        raise Refused("state", _("Cette édition n’est pas ouverte."))
    row.state, row.closed_at = WaveState.CLOSED, now
    row.save(update_fields=["state", "closed_at"])
    return row


@transaction.atomic
def reopen_wave(wave: Wave, *, closes_on: dt.date, by: Any, today: dt.date) -> Wave:
    """Take answers again until another day.

    Refuses with ``forbidden``, ``state``, ``late``, ``forgotten`` or ``told``.
    """
    row = lock_wave(wave, by=by)
    if row.state != WaveState.CLOSED:
        raise Refused("state", _("Seule une édition close se rouvre."))
    if row.forgotten_at:
        raise Refused("forgotten", _("Les adresses de cette édition ont été effacées."))
    if row.releases.filter(published_at__isnull=False).exists():
        raise Refused(
            "told",
            _("Des résultats de cette édition ont été publiés : elle reste close."),
        )
    if closes_on < max(today, row.opens_on):
        raise Refused("late", _("Choisissez un dernier jour à venir."))
    row.state, row.closed_at, row.closes_on = WaveState.OPEN, None, closes_on
    row.reminded_on = None
    row.save(update_fields=["state", "closed_at", "closes_on", "reminded_on"])
    return row


def period(wave: Wave) -> tuple[dt.date, dt.date]:
    """The year that answers are about, ``[start, end)``."""
    return dt.date(wave.year, 1, 1), dt.date(wave.year + 1, 1, 1)
