"""What is missing in an application, and what the rules of its call say of it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from maillage.calls.budgets import balance_of
from maillage.calls.choices import QuestionKind, Role
from maillage.calls.definition import Definition, Question
from maillage.calls.models import Application, Call
from maillage.calls.reading import wrong
from maillage.core import vocab
from maillage.core.money import format_cents
from maillage.directory.fields import is_siret
from maillage.directory.models import Structure


@dataclass(frozen=True)
class Fault:
    """Why an application cannot be sent; ``question`` is empty for the whole."""

    message: str
    question: str = ""
    label: str = ""
    section: str = ""


@dataclass(frozen=True)
class Rule:
    """One rule of a call and whether an application follows it."""

    label: str
    holds: bool
    detail: str = ""


def definition_of(application: Application) -> Definition:
    return Definition.of(application.form.definition)


def files_of(application: Application) -> set[str]:
    """Questions that a file answers."""
    rows = application.attachments.all().present()
    return set(rows.values_list("question", flat=True))


def faults_of(application: Application) -> list[Fault]:
    """All that stands between an application and its sending, in the form's order."""
    definition = definition_of(application)
    answers, files = application.answers, files_of(application)
    shown = definition.shown(answers)
    found = []
    for section, question in definition.walk():
        if question.id not in shown:
            continue
        if message := fault_of(question, answers.get(question.id), files):
            found.append(Fault(message, question.id, question.label, section.id))
    found += sum_faults(application, definition, shown)
    found += [
        Fault(f"{rule.label} {rule.detail}".strip())
        for rule in structure_rules(application.call, application.structure)
        if not rule.holds
    ]
    return found


def fault_of(question: Question, value: Any, files: Collection[str]) -> str:
    """What is wrong with the answer to one question; empty when it can be sent."""
    if question.kind == QuestionKind.FILE:
        is_missing = question.required and question.id not in files
        return _("Le fichier manque.") if is_missing else ""
    if value in (None, "", []):
        return _("La réponse manque.") if question.required else ""
    if message := wrong(question, value):
        return message
    if question.kind == QuestionKind.BUDGET:
        return balance_of(value).words
    return ""


def sum_faults(
    application: Application, definition: Definition, shown: Collection[str]
) -> list[Fault]:
    """The amount asked for, beside the rules of the call and the project's budget."""
    question = definition.with_role(Role.REQUESTED)
    if question is None or question.id not in shown:
        return []
    asked = application.answers.get(question.id)
    if not isinstance(asked, int):
        return []
    section = definition.section_of(question.id)
    place = (question.id, question.label, section.id if section else "")
    return [
        Fault(rule.detail, *place)
        for rule in sum_rules(application.call, asked, application.total_cents)
        if not rule.holds
    ]


def sum_rules(call: Call, asked: int, total: int | None) -> list[Rule]:
    """The amount asked for: within the bounds, and a share of the budget."""
    found = []
    if least := call.min_grant_cents:
        text = _("L’aide est de %(amount)s au moins.") % {"amount": format_cents(least)}
        found.append(Rule(_("Aide minimale"), asked >= least, text))
    if (most := call.max_grant_cents) is not None:
        text = _("L’aide est de %(amount)s au plus.") % {"amount": format_cents(most)}
        found.append(Rule(_("Aide maximale"), asked <= most, text))
    if total is not None:
        text = _("Le montant demandé dépasse le budget du projet.")
        found.append(Rule(_("Pas plus que le budget"), asked <= total, text))
    if call.max_percent and total:
        # whole numbers on both sides: nothing is rounded
        holds = asked * 100 <= total * call.max_percent
        text = _("L’aide ne dépasse pas %(percent)s %% du budget, soit %(amount)s.") % {
            "percent": call.max_percent,
            "amount": format_cents(total * call.max_percent // 100),
        }
        found.append(Rule(_("Part du budget"), holds, text))
    return found


def structure_rules(call: Call, structure: Structure) -> list[Rule]:
    """Who may apply."""
    found = []
    if call.structure_kinds:
        names = vocab.labels("structure_kinds", call.structure_kinds)
        found.append(
            Rule(
                _("Cet appel ne s’adresse pas à ce genre de structure."),
                structure.kind in call.structure_kinds,
                _("Il s’adresse à : %(kinds)s.") % {"kinds": ", ".join(names)},
            )
        )
    return found


def eligibility_rules(application: Application) -> list[Rule]:
    """The rules of the call, one by one, for the agency's check."""
    call, structure = application.call, application.structure
    siret = siret_of(application)
    found = structure_rules(call, structure)
    if call.needs_siret:
        found.append(Rule(_("Un SIRET valable"), is_siret(siret), siret))
    if application.requested_cents is not None:
        found += sum_rules(call, application.requested_cents, application.total_cents)
    if call.departments:
        concerned = set(application.departments)
        found.append(
            Rule(
                _("Sur le territoire de l’appel"),
                bool(concerned & set(call.departments)),
                ", ".join(sorted(concerned)),
            )
        )
    if application.submitted_at:
        on_time = application.submitted_at < application.closes_at
        found.append(Rule(_("Déposée à temps"), on_time))
    return found


def siret_of(application: Application) -> str:
    """The SIRET of the form, else that of the structure's record."""
    question = definition_of(application).with_role(Role.SIRET)
    given = application.answers.get(question.id) if question else None
    return given if isinstance(given, str) else application.structure.siret


def with_siret(definition: Mapping[str, Any]) -> bool:
    return Definition.of(definition).with_role(Role.SIRET) is not None
