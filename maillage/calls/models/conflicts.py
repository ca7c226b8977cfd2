"""Who may not read what: conflicts of interest as questions to the database.

Nothing is stored of what the system finds, so nothing can be forgotten: each question
looks at the teams, the partners and the projects of today. Structures of a person are
few: they are read first, so that no query is deeper than SQLite can parse.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from maillage.calls.models.applications import Application, PartnerStructure
from maillage.directory.models import Membership, Structure

#: How long two structures that shared a project judge nothing of one another.
YEARS = 3
SPAN = dt.timedelta(days=366 * YEARS)


@dataclass(frozen=True)
class Ties:
    """A person's structures, and those that shared a recent project with them."""

    user: int
    structures: list[int]
    names: list[str]
    close: list[int]


def ties_of(user_pk: int) -> Ties:
    """By their teams, by what they declared as a reader."""
    member = Membership.objects.filter(user=user_pk).values("structure")
    rows = Structure.objects.filter(
        Q(pk__in=member) | Q(linked_reviewers__user=user_pk)
    ).distinct()
    named = dict(rows.values_list("pk", "name"))
    mine = list(named)
    return Ties(user_pk, mine, list(named.values()), close_to(mine) if mine else [])


def close_to(mine: list[int]) -> list[int]:
    """Structures of the projects that one of mine was in, in the last three years."""
    helped = PartnerStructure.objects.filter(structure__in=mine).values("application")
    recent = Application.objects.sent().filter(submitted_at__gte=Now() - SPAN)
    shared = dict(
        recent.filter(Q(structure__in=mine) | Q(pk__in=helped)).values_list(
            "pk", "structure"
        )
    )
    beside = PartnerStructure.objects.filter(application__in=list(shared))
    found = beside.exclude(structure=None).values_list("structure", flat=True)
    return sorted({*shared.values(), *found})


def in_structure(ties: Ties) -> Q:
    return Q(structure__in=ties.structures)


def in_partner(ties: Ties) -> Q:
    """A partner is one of one's structures, by its record or by its very name."""
    named = PartnerStructure.objects.filter(
        Q(structure__in=ties.structures) | Q(name__in=ties.names)
    )
    return Q(pk__in=named.values("application"))


def in_recent_project(ties: Ties) -> Q:
    """One of one's structures shared a project with one of this application's."""
    helped = PartnerStructure.objects.filter(structure__in=ties.close)
    return Q(structure__in=ties.close) | Q(pk__in=helped.values("application"))


def as_author(ties: Ties) -> Q:
    return Q(authors__user=ties.user)


def as_declared(ties: Ties) -> Q:
    return Q(declared_conflicts__reviewer__user=ties.user)


#: Each reason, in the order in which it is told; the first that holds is said.
REASONS: tuple[tuple[str | Promise, Callable[[Ties], Q]], ...] = (
    (_("conflit déclaré"), as_declared),
    (_("auteur de la candidature"), as_author),
    (_("même structure que le porteur"), in_structure),
    (_("structure partenaire du projet"), in_partner),
    (_("projet commun depuis moins de trois ans"), in_recent_project),
)


def conflicting(user_pk: int) -> QuerySet[Application]:
    """Applications that the person must not read, whatever the reason."""
    return Application.objects.filter(pk__in=conflicting_pks(user_pk))


def conflicting_pks(user_pk: int) -> list[int]:
    ties = ties_of(user_pk)
    found: set[int] = set()
    for _label, rule in REASONS:
        found.update(
            Application.objects.filter(rule(ties)).values_list("pk", flat=True)
        )
    return sorted(found)


def reasons(user_pk: int, *, call_pk: int) -> Iterator[tuple[int, str]]:
    """(application, label) of every conflict of the person in a call."""
    ties = ties_of(user_pk)
    told: set[int] = set()
    for label, rule in REASONS:
        rows = Application.objects.filter(rule(ties), call=call_pk)
        for pk in rows.values_list("pk", flat=True):
            if pk not in told:
                told.add(pk)
                yield pk, str(label)
