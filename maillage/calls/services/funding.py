"""Programmes of others: written by the agency, read from a file, followed by people."""

import datetime as dt
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from maillage.accounts.models import User
from maillage.calls.models import FundingFollow, FundingProgramme, ProgrammeDate
from maillage.core import vocab
from maillage.core.errors import Refused
from maillage.core.slugs import RESERVED

#: What it is, the opening and the last day.
Window = tuple[str, dt.date | None, dt.date]
#: Columns of a programme that a file or a form may write.
FIELDS = (
    "name",
    "family",
    "manager",
    "summary",
    "perimeter",
    "eligibility",
    "amount",
    "structure_kinds",
    "themes",
    "departments",
    "url",
    "source",
    "source_on",
    "is_published",
)


@transaction.atomic
def save_programme(
    programme: FundingProgramme, *, values: dict[str, Any], now: dt.datetime
) -> FundingProgramme:
    """Write what a form or a file says; a new one gets its address."""
    for name in FIELDS:
        if name in values:
            setattr(programme, name, values[name])
    programme.slug = programme.slug or free_slug(programme.name)
    programme.changed_at = now
    programme.save()
    return programme


def free_slug(name: str) -> str:
    base = slugify(name)[:100] or "programme"
    slug, number = base, 2
    while slug in RESERVED or FundingProgramme.objects.filter(slug=slug).exists():
        slug, number = f"{base}-{number}", number + 1
    return slug


@transaction.atomic
def add_date(
    programme: FundingProgramme,
    *,
    label: str,
    opens_on: dt.date | None,
    closes_on: dt.date,
) -> ProgrammeDate:
    """Add a window. Refuses with ``period`` or ``again``."""
    if opens_on and closes_on < opens_on:
        raise Refused("period", _("Le dernier jour vient après l’ouverture."))
    row, is_new = ProgrammeDate.objects.get_or_create(
        programme=programme,
        label=label,
        closes_on=closes_on,
        defaults={"opens_on": opens_on},
    )
    if not is_new:
        raise Refused("again", _("Cette date est déjà notée."))
    return row


@transaction.atomic
def set_dates(programme: FundingProgramme, *, windows: Sequence[Window]) -> None:
    """Have these windows and no other; those that stay keep their row."""
    wanted = {(label, closes): opens for label, opens, closes in windows}
    for row in programme.dates.all():
        if (row.label, row.closes_on) not in wanted:
            row.delete()
    for (label, closes), opens in wanted.items():
        programme.dates.update_or_create(
            label=label, closes_on=closes, defaults={"opens_on": opens}
        )


@transaction.atomic
def load_programmes(path: Path, *, now: dt.datetime) -> int:
    """Add or refresh the programmes of a TOML file, by their slug; how many.

    What is no longer in the file stays. Raises ``ValueError`` on an unknown term.
    """
    rows = tomllib.loads(path.read_text(encoding="utf-8")).get("programme", [])
    for row in rows:
        check_terms(row)
        programme = FundingProgramme.objects.filter(slug=row["slug"]).first()
        programme = programme or FundingProgramme(slug=row["slug"])
        save_programme(programme, values=row, now=now)
        for date in row.get("dates", []):
            ProgrammeDate.objects.update_or_create(
                programme=programme,
                label=date["label"],
                closes_on=date["closes_on"],
                defaults={"opens_on": date.get("opens_on")},
            )
    return len(rows)


def check_terms(row: dict[str, Any]) -> None:
    for name in ("structure_kinds", "themes"):
        if unknown := set(row.get(name, [])) - set(vocab.terms(name)):
            raise ValueError(f"{row['slug']}: unknown {name} {sorted(unknown)}")


def follow(*, by: User, is_on: bool, now: dt.datetime) -> None:
    """Ask to be told of programmes that fit, or no longer."""
    if is_on:
        FundingFollow.objects.get_or_create(user=by, defaults={"since": now})
    else:
        FundingFollow.objects.filter(user=by.pk).delete()
