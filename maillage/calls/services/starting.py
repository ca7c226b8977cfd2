"""Starting an application: who may, and what is known already."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from maillage.accounts.models import User
from maillage.calls.choices import ApplicationState, QuestionKind, Role
from maillage.calls.definition import Definition, Question
from maillage.calls.models import (
    Application,
    ApplicationAuthor,
    ApplicationQuerySet,
    ApplicationStep,
    Call,
    FormVersion,
)
from maillage.calls.reading import is_fitting
from maillage.calls.services.drafts import fill_columns
from maillage.calls.services.rules import structure_rules
from maillage.core.errors import Refused
from maillage.directory.models import Structure, StructureQuerySet


def structures_of(user: User) -> StructureQuerySet:
    """Structures for which a person may apply."""
    return Structure.objects.filter(memberships__user=user).order_by("name", "pk")


def earlier_of(structures: StructureQuerySet) -> ApplicationQuerySet:
    """Applications that structures have sent, the latest first: one may start from one."""
    rows = Application.objects.all().sent().filter(structure__in=structures.order_by())
    return rows.select_related("call", "form").order_by("-submitted_at")


@transaction.atomic
def start_application(
    call: Call,
    *,
    structure: Structure,
    by: User,
    now: dt.datetime,
    earlier: Application | None = None,
) -> Application:
    """Open a draft, filled with what is known.

    Refuses with ``closed``, ``no_form``, ``not_yours``, ``kind`` or ``enough``.
    """
    if not call.is_open(now):
        raise Refused(
            "closed", _("Cet appel ne prend pas de candidature en ce moment.")
        )
    if not structures_of(by).filter(pk=structure.pk).exists():
        raise Refused("not_yours", _("Vous ne parlez pas pour cette structure."))
    for rule in structure_rules(call, structure):
        if not rule.holds:
            raise Refused("kind", f"{rule.label} {rule.detail}".strip())
    form = call.form
    if form is None:
        raise Refused("no_form", _("Le formulaire de cet appel n’est pas prêt."))
    Structure.objects.select_for_update(of=("self",)).get(pk=structure.pk)
    need_room(call, structure)
    row = Application(
        call=call,
        structure=structure,
        form=form,
        created_by=by,
        created_at=now,
        changed_at=now,
    )
    definition = Definition.of(form.definition)
    row.answers = known(definition, structure=structure, by=by, earlier=earlier)
    row.marks = {key: {"n": 1, "by": "", "page": ""} for key in row.answers}
    fill_columns(row, definition)
    row.save()
    ApplicationAuthor.objects.create(application=row, user=by, added_at=now)
    note(row, _("Brouillon commencé"), by=by, now=now)
    return row


def need_room(call: Call, structure: Structure) -> None:
    rows = call.applications.filter(structure=structure)
    if rows.exclude(state=ApplicationState.WITHDRAWN).count() >= call.most_applications:
        raise Refused(
            "enough",
            _("Votre structure a déjà une candidature à cet appel : reprenez-la."),
        )


def note(
    row: Application, text: str, *, by: User | None, now: dt.datetime
) -> ApplicationStep:
    """Write one line of the journal."""
    return ApplicationStep.objects.create(
        application=row, state=row.state, text=text[:400], at=now, by=by
    )


def known(
    definition: Definition,
    *,
    structure: Structure,
    by: User,
    earlier: Application | None = None,
) -> dict[str, Any]:
    """What the structure's record says, over what an earlier application said."""
    found: dict[str, Any] = {}
    if earlier is not None:
        before = Definition.of(earlier.form.definition)
        for question in definition.questions().values():
            value = earlier.answers.get(question_like(before, question))
            if question.kind != QuestionKind.AGREE and is_fitting(question, value):
                found[question.id] = value
    for question in definition.questions().values():
        value = recorded(question, structure, by)
        if value and (is_fitting(question, value)):
            found[question.id] = value
    return {key: value for key, value in found.items() if value is not None}


def question_like(before: Definition, question: Question) -> str:
    """The id, in an earlier form, of the question that has the same role, or the same id."""
    same = before.with_role(question.role) if question.role else None
    return same.id if same else question.id


def recorded(question: Question, structure: Structure, by: User) -> Any:
    """What the structure's record answers."""
    if question.role == Role.SIRET:
        return structure.siret
    if question.kind == QuestionKind.WEB:
        return structure.website
    by_id = {
        "contact_name": by.get_full_name(),
        "contact_email": by.email,
        "phone": structure.phone,
        "is_association": "yes" if structure.kind == "association" else "",
    }
    if question.id in by_id:
        return by_id[question.id]
    if question.role == Role.COMMUNE:
        return structure.commune_id or ""
    return ""


@transaction.atomic
def follow_form(form: FormVersion, *, now: dt.datetime) -> int:
    """Take the drafts of a call to a version of its form; returns how many moved.

    An answer that no longer fits is put aside: its authors see it and choose.
    """
    definition = Definition.of(form.definition)
    questions = definition.questions()
    rows = form.call.applications.filter(state=ApplicationState.DRAFT)
    moved = []
    for row in (
        rows.exclude(form=form).select_related("form").select_for_update(of=("self",))
    ):
        old = Definition.of(row.form.definition).questions()
        for key, value in list(row.answers.items()):
            question = questions.get(key)
            if value is None or (question and is_fitting(question, value)):
                continue
            asked = old.get(key) or Question(key, QuestionKind.TEXT, key)
            row.asides.setdefault(key, []).append(
                {
                    "value": value,
                    "by": row.marks.get(key, {}).get("by", ""),
                    "at": now.isoformat(),
                    "label": asked.label,
                    "kind": str(asked.kind),
                    "why": "form",
                }
            )
            row.answers[key] = None
        row.form = form
        fill_columns(row, definition)
        row.revision += 1
        moved.append(row)
    fields = ["form", "answers", "asides", "revision", "title", "summary", "themes"]
    fields += ["requested_cents", "total_cents", "commune", "departments", "is_rural"]
    Application.objects.bulk_update(moved, fields, batch_size=200)
    ApplicationStep.objects.bulk_create(
        ApplicationStep(
            application=row,
            state=row.state,
            at=now,
            text=_("Le formulaire a changé : vos réponses sont reprises."),
        )
        for row in moved
    )
    return len(moved)
