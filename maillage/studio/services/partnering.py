"""Looking for partners: calls are opened and closed, structures answer, leads decide."""

import datetime as dt
from collections.abc import Iterable

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from maillage.accounts.models import User
from maillage.core.choices import State
from maillage.core.errors import Refused
from maillage.directory.models import Structure
from maillage.studio.choices import AnswerState
from maillage.studio.models import Partner, PartnerAnswer, PartnerCall, Project
from maillage.studio.services.agreeing import write_line
from maillage.studio.services.evaluating import structures_of
from maillage.studio.services.project_letters import tell
from maillage.studio.services.projects import MOST_PARTS

#: Calls of one project.
MOST_CALLS = 20
LONGEST = dt.timedelta(400)


@transaction.atomic
def save_call(
    call: PartnerCall, *, project: Project, by: User, now: dt.datetime
) -> PartnerCall:
    """Open a call, or change it; a later end opens it again.

    Refuses with ``hidden``, ``past``, ``far`` or ``enough``.
    """
    row = Project.objects.select_for_update(of=("self",)).get(pk=project.pk)
    if row.lead.state != State.PUBLISHED:
        text = _("La structure qui conduit n’est pas encore publiée dans l’annuaire.")
        raise Refused("hidden", text)
    if call.closes_at <= now:
        raise Refused("past", _("Choisissez un dernier jour à venir."))
    if call.closes_at > now + LONGEST:
        raise Refused("far", _("Un appel dure un an au plus."))
    is_new = call._state.adding
    if is_new:
        if row.calls.count() >= MOST_CALLS:
            raise Refused("enough", _("Vingt appels par coproduction, au plus."))
        call.project, call.opened_at, call.opened_by = row, now, by
    call.closed_at = None
    call.save()
    text = _("Appel à partenaires ouvert") if is_new else _("Appel modifié")
    write_line(row, f"{text}{_(' : ')}{call.title}", by=by, now=now)
    return call


@transaction.atomic
def close_call(call: PartnerCall, *, by: User, now: dt.datetime) -> PartnerCall:
    """Close before the hour; closing twice is closing once."""
    row = hold_call(call)
    if row.is_open(now):
        row.closed_at = now
        row.save(update_fields=["closed_at"])
        text = _("Appel à partenaires clos")
        write_line(row.project, f"{text}{_(' : ')}{row.title}", by=by, now=now)
    return row


def hold_call(call: PartnerCall) -> PartnerCall:
    rows = PartnerCall.objects.select_for_update(of=("self",))
    return rows.select_related("project__lead").get(pk=call.pk)


def structures_to_answer(call: PartnerCall, user: User) -> list[Structure]:
    """Structures of the directory for which a person may still answer."""
    partners = call.project.partners.values("structure")
    kept = call.answers.exclude(state=AnswerState.WITHDRAWN).values("structure")
    rows = structures_of(user).filter(pk__in=Structure.objects.published())
    return list(rows.exclude(pk__in=partners).exclude(pk__in=kept))


@transaction.atomic
def answer_call(
    call: PartnerCall,
    *,
    structure: Structure,
    roles: Iterable[str],
    text: str,
    by: User,
    now: dt.datetime,
) -> PartnerAnswer:
    """Answer as a structure; the same answer sent twice is one.

    ``now`` is when the request arrived. Refuses with ``not_yours``, ``closed``,
    ``partner`` or ``again``.
    """
    row = hold_call(call)
    if not structures_of(by).filter(pk=structure.pk).exists():
        raise Refused("not_yours", _("Vous ne parlez pas pour cette structure."))
    roles = list(roles)
    answer = row.answers.filter(structure=structure).first()
    if answer is not None and answer.state != AnswerState.WITHDRAWN:
        if (answer.roles, answer.text) == (roles, text):
            return answer
        raise Refused("again", _("Votre structure a déjà répondu à cet appel."))
    if not row.is_open(now):
        raise Refused("closed", _("Cet appel est clos."))
    if row.project.partners.filter(structure=structure).exists():
        raise Refused("partner", _("Cette structure est déjà partenaire."))
    answer = answer or PartnerAnswer(call=row, structure=structure)
    answer.state, answer.roles, answer.text = AnswerState.WAITING, roles, text
    answer.word, answer.by, answer.sent_at, answer.answered_at = "", by, now, None
    answer.save()
    said = _("Réponse reçue de %(name)s") % {"name": structure}
    write_line(row.project, said, by=by, now=now)
    tell_answer(answer, by=by, now=now)
    return answer


def tell_answer(answer: PartnerAnswer, *, by: User, now: dt.datetime) -> None:
    """To who leads, the answer; to who answers, that it has arrived."""
    project = answer.call.project
    facts = {
        "name": answer.structure, "call": answer.call, "text": answer.text,
        "url": settings.SITE_URL + project.get_absolute_url(),
        "page": settings.SITE_URL + answer.call.get_absolute_url(),
    }  # fmt: skip
    tell(
        project.lead,
        subject=_("%(name)s répond à votre appel à partenaires") % facts,
        text=_("%(name)s répond à « %(call)s » :\n\n%(text)s\n\nDécider : %(url)s")
        % facts,
        by=by,
        now=now,
    )
    tell(
        answer.structure,
        subject=_("Réponse envoyée : %(call)s") % facts,
        text=_("La réponse de %(name)s est envoyée. La suivre : %(page)s") % facts,
        by=None,
        now=now,
    )


@transaction.atomic
def withdraw_answer(
    answer: PartnerAnswer, *, by: User, now: dt.datetime
) -> PartnerAnswer:
    """Take an answer back while it waits. Refuses with ``answered``."""
    row = PartnerAnswer.objects.select_for_update(of=("self",)).get(pk=answer.pk)
    if row.state == AnswerState.WITHDRAWN:
        return row
    if row.state != AnswerState.WAITING:
        raise Refused("answered", _("Cette réponse a déjà été décidée."))
    row.state = AnswerState.WITHDRAWN
    row.save(update_fields=["state"])
    said = _("Réponse retirée par %(name)s") % {"name": row.structure}
    write_line(row.call.project, said, by=by, now=now)
    return row


@transaction.atomic
def decide_answer(
    answer: PartnerAnswer, *, accepts: bool, word: str, by: User, now: dt.datetime
) -> PartnerAnswer:
    """Take a structure as a partner, or not; the same decision twice is one.

    Refuses with ``answered``, ``word`` (a refusal says why) or ``enough``.
    """
    pk = answer.call.project_id
    project = Project.objects.select_for_update(of=("self",)).get(pk=pk)
    rows = PartnerAnswer.objects.select_for_update(of=("self",))
    row = rows.select_related("call__project__lead", "structure").get(pk=answer.pk)
    state = AnswerState.ACCEPTED if accepts else AnswerState.DECLINED
    if row.state == state:
        return row
    if row.state != AnswerState.WAITING:
        raise Refused("answered", _("Cette réponse a déjà été décidée ou retirée."))
    word = word.strip()
    if not accepts and not word:
        raise Refused("word", _("Dites en un mot pourquoi vous déclinez."))
    if accepts:
        if project.partners.count() >= MOST_PARTS:
            raise Refused("enough", _("Deux cents lignes suffisent."))
        Partner.objects.get_or_create(
            project=project, structure=row.structure, defaults={"roles": row.roles}
        )
    row.state, row.word, row.answered_at = state, word, now
    row.save(update_fields=["state", "word", "answered_at"])
    text = _("%(name)s devient partenaire") if accepts else _("%(name)s : déclinée")
    write_line(project, text % {"name": row.structure}, by=by, now=now)
    tell_decision(row, by=by, now=now)
    return row


def tell_decision(answer: PartnerAnswer, *, by: User, now: dt.datetime) -> None:
    project = answer.call.project
    is_in = answer.state == AnswerState.ACCEPTED
    target = project if is_in else answer.call
    facts = {
        "lead": project.lead, "title": project, "name": answer.structure,
        "word": answer.word, "url": settings.SITE_URL + target.get_absolute_url(),
    }  # fmt: skip
    if is_in:
        subject = _("Vous êtes partenaire de « %(title)s »")
        text = _(
            "%(lead)s accueille %(name)s dans « %(title)s ».\n\n%(word)s\n\n%(url)s"
        )
    else:
        subject = _("Votre réponse à l’appel « %(title)s »")
        text = _(
            "%(lead)s ne retient pas la réponse de %(name)s.\n\n%(word)s\n\n%(url)s"
        )
    tell(
        answer.structure, subject=subject % facts, text=text % facts, by=by, now=now
    )  # fmt: skip
