"""Read committees, public votes and consultations from the region's data files."""

import datetime as dt
import tomllib
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from maillage.core.errors import Refused
from maillage.core.french import fold
from maillage.directory.models import Structure
from maillage.plan.models import (
    College,
    Committee,
    Consultation,
    Participant,
    Plan,
    PublicVote,
    Seat,
    Session,
    Synthesis,
    Workshop,
)
from maillage.plan.services.tally import Tally, faults

NUMBERS = ("present", "proxies", "apart", "votes_for", "against", "abstained")
FILES = ("governance.toml", "consultation.toml")


def read(path: Path) -> dict[str, Any]:
    """The file as it is; nothing where a region has none. Refuses with ``unreadable``."""
    if not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        said = _("%(file)s n’est pas du TOML lisible : %(why)s")
        raise Refused("unreadable", said % {"file": path.name, "why": error}) from error


@transaction.atomic
def load_governance(folder: Path, *, now: dt.datetime) -> dict[str, int]:
    """Write what the files say; a second time changes nothing that people wrote.

    Returns how many of each there are. Refuses with ``unreadable``, ``incomplete`` or
    ``arithmetic``, and then writes nothing.
    """
    committees, consultations = (read(folder / name) for name in FILES)
    try:
        for rank, row in enumerate(committees.get("committee", [])):
            load_committee(row, rank=rank)
        for row in committees.get("vote", []):
            load_vote(row)
        for row in consultations.get("consultation", []):
            load_consultation(row, now=now)
    except KeyError as missing:
        said = _("Il manque « %s » dans les fichiers de la gouvernance.")
        raise Refused("incomplete", said % missing.args[0]) from missing
    return {
        "committees": Committee.objects.count(),
        "seats": Seat.objects.count(),
        "votes": PublicVote.objects.count(),
        "consultations": Consultation.objects.count(),
    }


def load_committee(row: dict[str, Any], *, rank: int) -> None:
    plain = {name: value for name, value in row.items() if name not in {"code", "college"}}  # fmt: skip
    plain["name"] = row["name"]
    committee, _new = Committee.objects.update_or_create(
        code=row["code"], defaults={**plain, "rank": rank}
    )
    kept = []
    for number, part in enumerate(row.get("college", [])):
        facts = {name: part[name] for name in ("about", "reference", "by_right") if name in part}  # fmt: skip
        college, _new = College.objects.update_or_create(
            committee=committee, code=part["code"],
            defaults={**facts, "name": part["name"], "rank": number},
        )  # fmt: skip
        for place, one in enumerate(part.get("seats", [])):
            seat, _new = Seat.objects.update_or_create(
                college=college, code=one["code"],
                defaults={
                    "label": one["label"], "has_vote": one.get("has_vote", True),
                    "rank": place, "is_active": True,
                },
            )  # fmt: skip
            kept.append(seat.pk)
    # A seat that the file has lost keeps its history and takes no new member.
    gone = Seat.objects.filter(college__committee=committee).exclude(pk__in=kept)
    gone.update(is_active=False)


def load_vote(row: dict[str, Any]) -> None:
    """A vote of a public record, refused like any other when it does not add up."""
    tally = Tally(**{name: row[name] for name in NUMBERS})
    for fault in faults(tally):
        raise Refused("arithmetic", f"{row['title']} : {fault.message}")
    rule = row.get("rule", "simple")
    values = {
        "plan": Plan.objects.filter(code=row.get("plan", "")).first(),
        "assembly": row["assembly"], "title": row["title"], "source": row["source"],
        "held_on": row.get("held_on"), "rule": rule,
        "is_adopted": tally.is_adopted(rule), **{n: row[n] for n in NUMBERS},
    }  # fmt: skip
    PublicVote.objects.update_or_create(code=row["code"], defaults=values)


def load_consultation(row: dict[str, Any], *, now: dt.datetime) -> None:
    plain = (
        "title",
        "about",
        "starts_on",
        "ends_on",
        "attendance",
        "source",
        "is_public",
    )
    consultation, _new = Consultation.objects.update_or_create(
        code=row["code"],
        defaults={name: row[name] for name in plain if name in row}
        | {"title": row["title"], "plan": Plan.objects.filter(code=row.get("plan", "")).first()},
    )  # fmt: skip
    for rank, part in enumerate(row.get("session", []), 1):
        facts = ("held_on", "venue", "about", "source")
        session, _new = Session.objects.update_or_create(
            consultation=consultation, rank=rank,
            defaults={name: part[name] for name in facts if name in part}
            | {"title": part["title"]},
        )  # fmt: skip
        for one in part.get("workshops", []):
            Workshop.objects.update_or_create(
                session=session, code=one["code"],
                defaults={"title": one["title"], "theme": one.get("theme", "")},
            )  # fmt: skip
    for part in row.get("synthesis", []):
        # Only the first text is the file's; people write the next versions.
        Synthesis.objects.get_or_create(
            consultation=consultation, theme=part["theme"], version=1,
            defaults={"text": part["text"], "written_at": now},
        )  # fmt: skip
    load_participants(consultation, row.get("participants", {}).get("names", []))


def load_participants(consultation: Consultation, names: list[str]) -> None:
    """Structures by the name that the source gives; those of the directory are linked."""
    known = {fold(row.name): row for row in Structure.objects.published().only("name")}
    there = set(consultation.participants.values_list("name", flat=True))
    Participant.objects.bulk_create(
        Participant(consultation=consultation, name=name, structure=known.get(fold(name)))
        for name in names
        if name not in there
    )  # fmt: skip
