"""Works made together: written, shared out, balanced; links that nobody holds."""

import datetime as dt
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from maillage.accounts.models import User
from maillage.catalogue.models import Resource
from maillage.core import vocab
from maillage.core.errors import Refused
from maillage.directory.models import Structure
from maillage.studio.choices import Side, TaskState
from maillage.studio.models import BudgetLine, JournalEntry, Partner, Project, Task
from maillage.studio.models.projects import WHOLE
from maillage.studio.services.agreeing import carry_shares, write_line
from maillage.studio.services.evaluating import structures_of

Part = Partner | BudgetLine | Task
MOST_PARTS = 200
#: Structures that are named for one link.
NAMED = 5


@cache
def links() -> dict[str, dict[str, list[str]]]:
    """Links of the chain, with what lets a structure hold each."""
    source = resources.files("maillage") / "data" / "studio" / "links.toml"
    return tomllib.loads(source.read_text(encoding="utf-8"))


@transaction.atomic
def save_project(project: Project, *, by: User, now: dt.datetime) -> Project:
    """Create or change; who leads is the first partner.

    Refuses with ``not_yours``: the structure, or a resource that was not there before.
    """
    if not structures_of(by).filter(pk=project.lead_id).exists():
        raise Refused("not_yours", _("Vous ne parlez pas pour cette structure."))
    is_new = project._state.adding
    is_linked = project.resource_id is not None and not known_link(project)
    if is_linked and not may_link(project, by):
        raise Refused("not_yours", _("Cette ressource n’est pas la vôtre."))
    if is_new:
        project.created_by, project.created_at = by, now
    project.save()
    roles = [role for role in project.lead.chain_roles if role in links()]
    Partner.objects.get_or_create(
        project=project,
        structure=project.lead,
        defaults={"roles": roles, "agreed_at": now, "agreed_by": by},
    )
    text = _("Coproduction commencée") if is_new else _("Présentation modifiée")
    note(project, text, by=by, now=now)
    if is_linked:  # words that change leave alone what was written by hand since
        carry_shares(project, by=by, now=now)
    return project


def known_link(project: Project) -> bool:
    """Whether the project had this resource before."""
    same = Project.objects.filter(pk=project.pk, resource=project.resource_id)
    return same.exists()


def may_link(project: Project, by: User) -> bool:
    """Whether a person may say that a resource is what a project made."""
    own = Resource.objects.all().editable_by(by)
    return own.filter(pk=project.resource_id).exists()


def note(project: Project, text: str, *, by: User, now: dt.datetime) -> JournalEntry:
    """Write one line of the journal. Refuses with ``empty``."""
    if not text.strip():
        raise Refused("empty", _("Écrivez la note."))
    return write_line(project, text, by=by, now=now)


@transaction.atomic
def save_part(part: Part, *, project: Project, by: User, now: dt.datetime) -> Part:
    """Write a partner, a line of the budget or a task.

    Refuses with ``again``, ``too_much``, ``stranger`` or ``enough``.
    """
    row = Project.objects.select_for_update(of=("self",)).get(pk=project.pk)
    part.project = row
    others, has_changed = row.partners.all(), False
    if isinstance(part, Partner):
        others = others.exclude(pk=part.pk)
        if others.filter(structure=part.structure).exists():
            raise Refused("again", _("Cette structure est déjà partenaire."))
        if sum(one.revenue_bps for one in others) + part.revenue_bps > WHOLE:
            raise Refused("too_much", _("Les parts dépassent 100 %."))
        has_changed = ask_anew(part, by=by, now=now)
    elif part.structure_id and not others.filter(structure=part.structure_id).exists():
        raise Refused("stranger", _("Cette structure n’est pas partenaire."))
    siblings = type(part)._default_manager.filter(project=row)
    if part._state.adding and siblings.count() >= MOST_PARTS:
        raise Refused("enough", _("Deux cents lignes suffisent."))
    part.save()
    label = f"{part._meta.verbose_name} : {part}"
    note(row, label[:1].upper() + label[1:], by=by, now=now)
    if has_changed:
        carry_shares(row, by=by, now=now)
    return part


#: What a partner agrees to.
TERMS = ("structure_id", "roles", "revenue_bps", "credit")


def ask_anew(partner: Partner, *, by: User, now: dt.datetime) -> bool:
    """Other terms need another agreement; who writes one's own agrees at once."""
    known = Partner.objects.filter(pk=partner.pk).values(*TERMS).first()
    if known == {name: getattr(partner, name) for name in TERMS}:
        return False
    mine = partner.structure.memberships.filter(user=by).exists()
    partner.agreed_at, partner.agreed_by = (now, by) if mine else (None, None)
    return True


def may_finish(task: Task, user: User) -> bool:
    """Who leads, and the structure that has the task."""
    if Project.objects.all().editable_by(user).filter(pk=task.project_id).exists():
        return True
    mine = structures_of(user) if task.structure_id else Structure.objects.none()
    return mine.filter(pk=task.structure_id).exists()


@transaction.atomic
def finish_task(task: Task, *, by: User, now: dt.datetime) -> Task:
    """Say that a task is done; twice is once. Refuses with ``not_yours``."""
    row = Task.objects.select_for_update(of=("self",)).get(pk=task.pk)
    if not may_finish(row, by):
        raise Refused("not_yours", _("Cette tâche est celle d’un autre partenaire."))
    if row.state != TaskState.DONE:
        row.state = TaskState.DONE
        row.save(update_fields=["state"])
        note(row.project, _("Tâche faite : %(what)s") % {"what": row}, by=by, now=now)
    return row


@transaction.atomic
def delete_part(part: Part, *, by: User, now: dt.datetime) -> None:
    """Take a part away. Refuses with ``lead`` or ``used`` for a partner that stays."""
    project = Project.objects.select_for_update(of=("self",)).get(pk=part.project_id)
    if isinstance(part, Partner):
        if part.structure_id == project.lead_id:
            raise Refused("lead", _("La structure qui conduit reste partenaire."))
        if project.lines.filter(structure=part.structure).exists():
            raise Refused("used", _("Ôtez d’abord ses lignes du budget."))
        project.tasks.filter(structure=part.structure).update(structure=None)
    text = _("Retiré : %(what)s") % {"what": str(part)}
    part.delete()
    note(project, text, by=by, now=now)
    if isinstance(part, Partner):
        carry_shares(project, by=by, now=now)


@dataclass(frozen=True)
class Balance:
    """What a partner, or all, spend and bring."""

    name: str
    expense: int
    income: int

    @property
    def gap(self) -> int:
        """Income less expense: zero when it balances."""
        return self.income - self.expense


def balances(project: Project) -> tuple[list[Balance], Balance]:
    """The budget by partner, and of the whole."""
    lines = list(project.lines.select_related("structure"))
    names = {line.structure_id: line.structure.name for line in lines}
    rows = [
        balance(name, [line for line in lines if line.structure_id == pk])
        for pk, name in names.items()
    ]
    return rows, balance("", lines)


def balance(name: str, lines: Iterable[BudgetLine]) -> Balance:
    sums = {Side.EXPENSE.value: 0, Side.INCOME.value: 0}
    for line in lines:
        sums[line.side] += line.cents
    return Balance(name, sums[Side.EXPENSE.value], sums[Side.INCOME.value])


def share_left(project: Project) -> int:
    """Hundredths of a percent of the income that are given to nobody yet."""
    return WHOLE - sum(project.partners.values_list("revenue_bps", flat=True))


# Links that nobody holds --------------------------------------------------------------


@dataclass(frozen=True)
class Candidate:
    structure: Structure
    reasons: tuple[str, ...]


def gaps(project: Project) -> list[tuple[str, list[Candidate]]]:
    """Links without a partner, each with who could hold it and what says so."""
    partners = list(project.partners.all())
    held = {role for partner in partners for role in partner.roles}
    open_links = [link for link in links() if link not in held]
    if not open_links:
        return []
    taken = {partner.structure_id for partner in partners}
    rows = Structure.objects.published().filter(is_active=True).exclude(pk__in=taken)
    structures = list(rows.order_by("name", "pk"))
    return [(link, candidates(link, structures)) for link in open_links]


def candidates(link: str, structures: Iterable[Structure]) -> list[Candidate]:
    """Structures with the most reasons first, then by name."""
    found = [Candidate(one, reasons_of(link, one)) for one in structures]
    able = [one for one in found if one.reasons]
    return sorted(able, key=lambda one: -len(one.reasons))[:NAMED]


def reasons_of(link: str, structure: Structure) -> tuple[str, ...]:
    """What a structure declares that lets it hold a link."""
    found: list[str] = []
    if link in structure.chain_roles:
        role = vocab.label("chain_roles", link)
        found.append(_("se dit active en « %(role)s »") % {"role": role})
    for vocabulary, slugs in links()[link].items():
        declared: Any = getattr(structure, vocabulary)
        found += vocab.labels(vocabulary, [slug for slug in slugs if slug in declared])
    return tuple(found)
