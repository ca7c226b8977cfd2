"""Which programmes of others fit a structure, and why."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from maillage.calls.models import FundingProgramme, ProgrammeDate
from maillage.core import vocab
from maillage.directory.models import Structure


@dataclass(frozen=True)
class Match:
    """A programme for a structure; ``reasons`` say why, in words."""

    programme: FundingProgramme
    structure: Structure
    reasons: tuple[str, ...]


def match(programme: FundingProgramme, structure: Structure) -> Match | None:
    """None when a condition of the programme excludes the structure.

    A programme about some themes needs one in common; one without any fits all.
    """
    reasons = []
    if programme.structure_kinds:
        if structure.kind not in programme.structure_kinds:
            return None
        reasons.append(
            _("ouvert à cette nature : %(kind)s")
            % {"kind": vocab.label("structure_kinds", structure.kind)}
        )
    if programme.departments:
        code = structure.commune.department_id if structure.commune else ""
        if code not in programme.departments:
            return None
        name = structure.commune.department.name if structure.commune else ""
        reasons.append(_("dans son périmètre : %(name)s") % {"name": name})
    common = [slug for slug in structure.themes if slug in programme.themes]
    if programme.themes:
        if not common:
            return None
        labels = ", ".join(vocab.labels("themes", common))
        reasons.append(_("thèmes en commun : %(labels)s") % {"labels": labels})
    if not reasons:
        reasons.append(_("ouvert à tous"))
    return Match(programme, structure, tuple(reasons))


def matches(
    programmes: Iterable[FundingProgramme], structures: Iterable[Structure]
) -> list[Match]:
    """All that fit, by programme; the most reasons first."""
    held = list(structures)
    found = [fit for one in programmes for each in held if (fit := match(one, each))]
    return sorted(found, key=lambda one: (-len(one.reasons), one.programme.name))


def coming(*, today: dt.date) -> list[ProgrammeDate]:
    rows = ProgrammeDate.objects.all().coming(today).select_related("programme")
    return list(rows)
