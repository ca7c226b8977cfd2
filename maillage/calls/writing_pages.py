"""What the pages of an application show: sections, boxes, words put aside, versions."""

import datetime as dt
import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from maillage.calls.budgets import balance_of
from maillage.calls.choices import ApplicationState, QuestionKind, Role
from maillage.calls.definition import Definition, Question, Section
from maillage.calls.forms_applications import AnswersForm
from maillage.calls.models import Application, Submission
from maillage.calls.services.drafts import (
    Change,
    Outcome,
    mark_of,
    open_sections,
)
from maillage.calls.services.rules import (
    Fault,
    definition_of,
    faults_of,
)
from maillage.calls.words import option_words, places_named, words_of
from maillage.core.errors import Refused
from maillage.core.money import format_cents
from maillage.territories.models import Department


def fresh_page() -> str:
    """A name for one open page: what it writes is never beside itself."""
    return secrets.token_hex(8)


def form_of(
    section: Section,
    answers: Mapping[str, Any],
    names: Mapping[str, str],
    data: Any = None,
) -> AnswersForm:
    departments = list(Department.objects.order_by("code").values_list("code", "name"))
    return AnswersForm(
        data,
        questions=section.questions,
        answers=answers,
        names=names,
        departments=departments,
    )


def condition_words(definition: Definition, question: Question) -> str:
    """« Seulement si « Êtes-vous une association ? » : oui »."""
    other = definition.questions().get(question.when_question)
    if other is None:
        return ""
    values = [option_words(other, value, {}) for value in question.when_values]
    return _("Seulement si « %(question)s » : %(values)s") % {
        "question": other.label,
        "values": _(" ou ").join(values),
    }


def items_of(
    application: Application,
    section: Section,
    *,
    names: Mapping[str, str],
    form: AnswersForm,
    faults: Iterable[Fault],
) -> list[dict[str, Any]]:
    """The questions of a section, each with its box and what others wrote.

    What is wrong with an answer stands beside its box; one that is not there yet is
    not wrong.
    """
    definition, answers = definition_of(application), application.answers
    given = {key for key, value in answers.items() if value not in (None, [], "")}
    form.point_out(one for one in faults if one.question in given)
    found = []
    for question in section.questions:
        value = answers.get(question.id)
        found.append(
            {
                "question": question,
                "field": form[question.id] if question.id in form.fields else None,
                "seen": seen_of(application, question.id),
                "asides": asides_of(application, question, names),
                "condition": condition_words(definition, question),
                "values": "|".join(question.when_values),
                "balance": balance_words(question, value),
                "files": [
                    one
                    for one in application.attachments.all().present()
                    if one.question == question.id
                ]
                if question.kind == QuestionKind.FILE
                else [],
            }
        )
    return found


def seen_of(application: Application, key: str) -> str:
    """What a page says that it was shown: the revision, and the answer's mark."""
    number = application.marks.get(key, {}).get("n", 0)
    return f"{number}.{mark_of(application.answers.get(key))}"


def balance_words(question: Question, value: Any) -> str:
    """Totals of a budget, and what it lacks."""
    if question.kind != QuestionKind.BUDGET or not isinstance(value, Mapping):
        return ""
    balance = balance_of(value)
    totals = _("Dépenses %(expenses)s, recettes %(resources)s.") % {
        "expenses": format_cents(balance.expenses),
        "resources": format_cents(balance.resources),
    }
    return f"{totals} {balance.words or _('Le budget est équilibré.')}"


def asides_of(
    application: Application, question: Question, names: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Words that wait beside an answer."""
    return [
        aside_of(one, index, question, names)
        for index, one in enumerate(application.asides.get(question.id, []))
    ]


def aside_of(
    one: Mapping[str, Any], index: int, question: Question, names: Mapping[str, str]
) -> dict[str, Any]:
    kind = QuestionKind(one.get("kind") or question.kind)
    asked = Question(question.id, kind, question.label, options=question.options)
    return {
        "index": index,
        "question": question.id,
        "label": one.get("label", question.label),
        "words": words_of(asked, one["value"], names),
        "by": one.get("by", ""),
        "at": dt.datetime.fromisoformat(one["at"]) if one.get("at") else None,
        "is_of_form": one.get("why") == "form",
    }


def orphans_of(
    application: Application, names: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Answers to questions that the form no longer has."""
    known = definition_of(application).questions()
    found = []
    for key, kept in application.asides.items():
        if key in known:
            continue
        asked = Question(key, QuestionKind.TEXT, key)
        found += [aside_of(one, at, asked, names) for at, one in enumerate(kept)]
    return found


def steps_of(
    application: Application, *, faults: list[Fault], open_only: set[str] | None
) -> list[dict[str, Any]]:
    """The sections, with what is missing in each."""
    return [
        {
            "section": section,
            "missing": sum(fault.section == section.id for fault in faults),
            "asides": sum(
                len(application.asides.get(one.id, [])) for one in section.questions
            ),
            "is_open": open_only is None or section.id in open_only,
        }
        for section in definition_of(application).sections
    ]


def writing_context(
    application: Application,
    section: Section,
    *,
    now: dt.datetime,
    data: Any = None,
    page_key: str = "",
) -> dict[str, Any]:
    """The page on which one section is written."""
    definition = definition_of(application)
    names = places_named(application.answers)
    faults = faults_of(application)
    no: Refused | None = None
    open_only: set[str] | None = None
    try:
        open_only = open_sections(application, now=now)
    except Refused as refused:
        no = refused
    form = form_of(section, application.answers, names, data)
    order = [one.id for one in definition.sections]
    at = order.index(section.id)
    return {
        "application": application,
        "call": application.call,
        "section": section,
        "number": at + 1,
        "total": len(order),
        "next": order[at + 1] if at + 1 < len(order) else "",
        "previous": order[at - 1] if at else "",
        "items": items_of(application, section, names=names, form=form, faults=faults),
        "orphans": orphans_of(application, names),
        "steps": steps_of(application, faults=faults, open_only=open_only),
        "may_write": no is None and (open_only is None or section.id in open_only),
        "no": no,
        "page_key": page_key or fresh_page(),
        "is_late": application.is_draft and not application.may_be_sent(now),
        "has_others": application.authors.count() > 1,
    }


def saved_context(
    outcome: Outcome, section: Section, *, changes: Iterable[Change], now: dt.datetime
) -> dict[str, Any]:
    """What a page learns of its saving: faults, what others wrote, what it had seen.

    Of an answer that the page does not hold as it is now, it has seen no more than
    before.
    """
    row = outcome.application
    names = places_named(row.answers)
    form = form_of(section, row.answers, names)
    faults = faults_of(row)
    items = items_of(row, section, names=names, form=form, faults=faults)
    sent = {one.question: f"{one.seen}.{one.was}" for one in changes}
    for item in items:
        key = item["question"].id
        item["now"] = item["seen"]
        if key in outcome.theirs:
            mark = row.marks[key]
            item["by"], item["at"] = mark.get("by", ""), mark["at"]
        if key in {*outcome.theirs, *outcome.beside}:
            item["seen"] = sent[key]
    return {
        "application": row,
        "section": section,
        "items": items,
        "beside": outcome.beside,
        "wrong": sum(bool(one["field"] and one["field"].errors) for one in items),
        "now": now,
    }


def preview_of(definition: Definition) -> dict[str, Any]:
    """Every section with empty boxes."""
    return {
        "sections": [
            {
                "section": section,
                "items": [
                    {
                        "question": question,
                        "field": form[question.id]
                        if question.id in form.fields
                        else None,
                        "condition": condition_words(definition, question),
                        "values": "|".join(question.when_values),
                    }
                    for question in section.questions
                ],
            }
            for section in definition.sections
            for form in [form_of(section, {}, {})]
        ]
    }


# Reading ------------------------------------------------------------------------------


def reading_of(
    definition: Definition,
    answers: Mapping[str, Any],
    files: Mapping[str, list[Any]],
) -> list[dict[str, Any]]:
    """Sections with the answers in words; questions that do not apply are left out."""
    names, shown = places_named(answers), definition.shown(answers)
    return [
        {
            "section": section,
            "lines": [
                {
                    "question": question,
                    "words": words_of(question, answers.get(question.id), names),
                    "files": files.get(question.id, []),
                }
                for question in section.questions
                if question.id in shown
            ],
        }
        for section in definition.sections
    ]


def files_by_question(application: Application) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for one in application.attachments.all().present():
        found.setdefault(one.question, []).append(one)
    return found


def version_files(sent: Submission) -> dict[str, list[Any]]:
    """The files of a version, even those that were taken out since."""
    rows = {one.sha256: one for one in sent.application.attachments.order_by("-pk")}
    found: dict[str, list[Any]] = {}
    for one in sent.content["files"]:
        if row := rows.get(one["sha256"]):
            found.setdefault(one["question"], []).append(row)
    return found


def differences_of(before: Submission, after: Submission) -> list[dict[str, Any]]:
    """Answers that are not the same in two versions, in the form's order."""
    definition = Definition.of(after.content["definition"])
    old, new = before.content["answers"], after.content["answers"]
    names = places_named(old) | places_named(new)
    found = []
    for _section, question in definition.walk():
        was, is_ = old.get(question.id), new.get(question.id)
        if was != is_:
            found.append(
                {
                    "question": question,
                    "before": words_of(question, was, names),
                    "after": words_of(question, is_, names),
                }
            )
    return found


STATE_TONES = {
    ApplicationState.ELIGIBLE: "good",
    ApplicationState.GRANTED: "good",
    ApplicationState.SUBMITTED: "good",
    ApplicationState.REVISION: "warn",
}


def tone_of(application: Application) -> str:
    return STATE_TONES.get(ApplicationState(application.state), "draft")


def money_of(application: Application) -> list[tuple[str, str]]:
    """The facts in columns, as pairs."""
    commune = application.commune
    place = str(commune) if commune else ""
    if commune and application.is_rural:
        place = _("%(name)s (commune rurale)") % {"name": place}
    return [
        (_("Structure"), application.structure.name),
        (_("Montant demandé"), format_cents(application.requested_cents)),
        (_("Budget du projet"), format_cents(application.total_cents)),
        (_("Commune"), place),
        (_("Départements"), ", ".join(application.departments)),
    ]


def budget_question(application: Application) -> Question | None:
    return definition_of(application).with_role(Role.BUDGET)
