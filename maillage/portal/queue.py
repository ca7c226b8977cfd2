"""What waits for the agency: proposals and claims in one list, the oldest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from maillage.core.choices import OPEN_PROPOSALS, ProposalState
from maillage.core.models import Entry, Mail, Proposal
from maillage.core.publishing import kinds
from maillage.directory.choices import ClaimState
from maillage.directory.models import Claim

CLAIM = "claim"
DECIDED = "decided"


@dataclass(frozen=True)
class Key:
    """Where a row stands in the list, before it is read whole."""

    at: Any
    what: str  # proposal or claim
    pk: int


def proposals(state: str, kind: str) -> Any:
    rows = Proposal.objects.all()
    if state == DECIDED:
        rows = rows.exclude(state__in=OPEN_PROPOSALS)
    else:
        rows = rows.filter(state=state)
    if kind in kinds():
        rows = rows.filter(target_kind=kind)
    return rows


def claims(state: str) -> Any:
    if state == ProposalState.CHANGES_ASKED:
        return Claim.objects.none()
    rows = Claim.objects.all()
    waiting = {"state": ClaimState.WAITING}
    return rows.exclude(**waiting) if state == DECIDED else rows.filter(**waiting)


def keys(state: str, kind: str) -> list[Key]:
    """The whole list in order; the decided ones the latest first."""
    found: list[Key] = []
    when = "decided_at" if state == DECIDED else "proposed_at"
    if kind != CLAIM:
        rows = proposals(state, kind).order_by().values_list(when, "pk")
        found += [Key(at, "proposal", pk) for at, pk in rows]
    if kind in {"", CLAIM}:
        when = "decided_at" if state == DECIDED else "asked_at"
        rows = claims(state).order_by().values_list(when, "pk")
        found += [Key(at, "claim", pk) for at, pk in rows]
    found.sort(key=lambda key: (key.at, key.what, key.pk), reverse=state == DECIDED)
    return found


def rows_of(page: Sequence[Key]) -> list[Any]:
    """The rows of one page, in two queries."""
    pks = {
        what: [key.pk for key in page if key.what == what]
        for what in ("proposal", "claim")
    }
    proposals_ = Proposal.objects.select_related("author").in_bulk(pks["proposal"])
    claims_ = Claim.objects.select_related("user", "structure").in_bulk(pks["claim"])
    found: dict[str, dict[int, Any]] = {"proposal": proposals_, "claim": claims_}
    return [
        {"what": key.what, "at": key.at, "row": found[key.what][key.pk]}
        for key in page
        if key.pk in found[key.what]
    ]


def kind_label(code: str) -> str:
    model = kinds().get(code)
    return str(model._meta.verbose_name) if model else code


def kind_choices() -> list[tuple[str, str]]:
    found = [(code, kind_label(code)) for code in kinds()]
    return [*found, (CLAIM, _("demande de gestion"))]


def suspects() -> Any:
    """Groups of public things of one kind with the same name in the same commune."""
    rows = Entry.objects.all().public().exclude(name_terms="")
    # An event keeps its name from year to year: two editions are no duplicates.
    rows = rows.exclude(kind="event")
    groups = rows.order_by().values("kind", "name_terms", "commune_name")
    return groups.annotate(number=Count("pk")).filter(number__gt=1)


def groups_of(rows: Sequence[Any]) -> list[list[Entry]]:
    """The entries of some groups of suspects, in one query."""
    alike = Q(pk__in=[])
    for row in rows:
        alike |= Q(
            kind=row["kind"],
            name_terms=row["name_terms"],
            commune_name=row["commune_name"],
        )
    found: dict[tuple[str, str, str], list[Entry]] = {}
    for entry in Entry.objects.all().public().filter(alike).order_by("pk"):
        key = (entry.kind, entry.name_terms, entry.commune_name)
        found.setdefault(key, []).append(entry)
    return list(found.values())


def counts() -> dict[str, int]:
    """The figures of the agency's first page."""
    waiting = Proposal.objects.filter(state=ProposalState.WAITING).count()
    asked = Proposal.objects.filter(state=ProposalState.CHANGES_ASKED).count()
    public = Entry.objects.all().public().filter(kind__in=("structure", "place"))
    return {
        "proposals": waiting,
        "changes_asked": asked,
        "claims": Claim.objects.all().waiting().count(),
        "suspects": suspects().count(),
        "unverified": public.filter(is_verified=False, is_example=False).count(),
        "mails": Mail.objects.filter(sent_at=None).exclude(error="").count(),
    }
