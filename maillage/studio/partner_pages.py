"""What pages show of calls for partners, and of works made together that are public."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from maillage.accounts.models import User
from maillage.core import vocab
from maillage.core.context import region
from maillage.core.french import stem, words
from maillage.studio.choices import FileAudience
from maillage.studio.forms_partners import DecisionForm, last_day
from maillage.studio.models import FileVersion, PartnerAnswer, PartnerCall, Project
from maillage.studio.project_pages import chain_of, partner_line, partners_of
from maillage.studio.services.partnering import structures_to_answer
from maillage.territories.models import Department

CLOSED_SHOWN = 12


def call_card(call: PartnerCall, *, now: dt.datetime) -> dict[str, Any]:
    day = last_day(call)
    return {
        "call": call,
        "is_open": call.is_open(now),
        "last_day": day,
        "days_left": (day - localdate(now)).days,
        "roles": vocab.labels("chain_roles", call.roles),
    }


def call_groups(*, now: dt.datetime) -> list[dict[str, Any]]:
    """Calls that are open, the nearest end first, then the last that are closed."""
    rows = PartnerCall.objects.all().shown().select_related("project__lead")
    closed = rows.closed_before(now).order_by("-closes_at", "-pk")[:CLOSED_SHOWN]
    groups: list[tuple[str, Iterable[PartnerCall]]] = [
        (_("Ouverts"), rows.open_at(now).order_by("closes_at", "pk")),
        (_("Clos"), closed),
    ]
    return [
        {"title": title, "cards": [call_card(call, now=now) for call in calls]}
        for title, calls in groups
    ]


def call_context(call: PartnerCall, *, user: Any, now: dt.datetime) -> dict[str, Any]:
    """``user`` may be nobody yet."""
    project, mine = call.project, PartnerAnswer.objects.filter(call=call)
    return {
        **call_card(call, now=now),
        "project": project,
        "partners": [partner_line(one) for one in partners_of(project)],
        "themes": vocab.labels("themes", call.themes),
        "where": where_words(call),
        "mine": mine.authored_by(user).select_related("structure"),
        "may_answer": user.is_authenticated and structures_to_answer(call, user),
        "is_editable": Project.objects.all()
        .editable_by(user)
        .filter(pk=project.pk)
        .exists(),
    }


def where_words(call: PartnerCall) -> str:
    if not call.departments:
        return str(region()["name"])
    rows = Department.objects.filter(pk__in=call.departments).order_by("code")
    return ", ".join(row.name for row in rows)


def calls_of(
    project: Project, *, now: dt.datetime, has_answers: bool
) -> list[dict[str, Any]]:
    """Calls of a project; with the answers for who leads."""
    cards = []
    for call in project.calls.order_by("-opened_at", "-pk"):
        answers = call.answers.select_related("structure", "by") if has_answers else []
        lines = [answer_line(answer) for answer in answers]
        cards.append(call_card(call, now=now) | {"answers": lines})
    return cards


def answer_line(answer: PartnerAnswer) -> dict[str, Any]:
    return {
        "answer": answer,
        "roles": vocab.labels("chain_roles", answer.roles),
        "form": DecisionForm(auto_id=f"decision-{answer.pk}-%s"),
    }


def work_context(project: Project, *, user: User, now: dt.datetime) -> dict[str, Any]:
    """What everybody reads of a work made together."""
    calls = PartnerCall.objects.filter(project=project).shown().open_at(now)
    return {
        "project": project,
        "resource": shown_resource(project, user),
        "partners": [partner_line(one) for one in partners_of(project)],
        "chain": chain_of(project),
        "calls": [call_card(call, now=now) for call in calls],
        "files": FileVersion.objects.filter(
            file__project=project, file__audience=FileAudience.PUBLIC, is_last=True
        ).select_related("file"),
        "is_public": Project.objects.all().public().filter(pk=project.pk).exists(),
        "is_mine": Project.objects.all().visible_to(user).filter(pk=project.pk).exists(),
    }  # fmt: skip


def shown_resource(project: Project, user: User) -> Any:
    """The resource of the catalogue, if the person may see it."""
    resource = project.resource
    if resource is None:
        return None
    rows = type(resource).objects.all().visible_to(user)
    return resource if rows.filter(pk=resource.pk).exists() else None


def found_by_words(rows: Iterable[Any], query: str) -> list[Any]:
    """Rows whose title or text has every word that is searched for."""
    asked = stems(query)
    return [row for row in rows if asked and asked <= stems(searched(row))]


def stems(text: str) -> set[str]:
    return {stem(word) for word in words(text)}


def searched(row: Any) -> str:
    text = row.text if isinstance(row, PartnerCall) else row.summary
    return f"{row.title} {text}"
