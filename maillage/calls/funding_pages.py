"""Programmes of others as their pages show them."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db.models import Q

from maillage.calls.models import FundingFollow, FundingProgramme
from maillage.calls.review_choices import ProgrammeFamily
from maillage.calls.services.matching import coming, matches
from maillage.core import vocab
from maillage.directory.models import Structure


def own_structures(user: Any) -> list[Structure]:
    if not user.is_authenticated:
        return []
    rows = Structure.objects.filter(memberships__user=user.pk)
    return list(rows.select_related("commune__department").order_by("name"))


def list_context(
    asked: Mapping[str, str], *, user: Any, today: dt.date
) -> dict[str, Any]:
    """Programmes by family, theme and words; the calendar; what fits one's structures."""
    family, theme = asked.get("famille", ""), asked.get("theme", "")
    words = asked.get("q", "").strip()
    rows = FundingProgramme.objects.all().visible_to(user)
    if family in ProgrammeFamily.values:
        rows = rows.filter(family=family)
    if words:
        rows = rows.filter(
            Q(name__icontains=words)
            | Q(summary__icontains=words)
            | Q(manager__icontains=words)
        )
    programmes = [
        one for one in rows if not theme or not one.themes or theme in one.themes
    ]
    kept = {one.pk for one in programmes}
    mine = own_structures(user)
    return {
        "programmes": programmes,
        "dates": [one for one in coming(today=today) if one.programme_id in kept],
        "fits": matches(programmes, mine),
        "structures": mine,
        "families": ProgrammeFamily.choices,
        "themes": vocab.choices("themes"),
        "family": family,
        "theme": theme,
        "words": words,
        "follows": user.is_authenticated
        and FundingFollow.objects.filter(user=user.pk).exists(),
        "may_edit": user.is_authenticated and user.is_agency,
    }


def detail_context(
    programme: FundingProgramme, *, user: Any, today: dt.date
) -> dict[str, Any]:
    return {
        "programme": programme,
        "dates": programme.dates.filter(closes_on__gte=today),
        "past": programme.dates.filter(closes_on__lt=today),
        "kinds": vocab.labels("structure_kinds", programme.structure_kinds),
        "theme_names": vocab.labels("themes", programme.themes),
        "fits": matches([programme], own_structures(user)),
        "may_edit": user.is_authenticated and user.is_agency,
    }
