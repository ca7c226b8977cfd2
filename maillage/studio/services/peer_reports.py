"""The report of a peer visit: written together, checked by the structure, final."""

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.accounts.models import User
from maillage.core.dates import day_words
from maillage.core.errors import Refused
from maillage.directory.choices import MemberRole
from maillage.studio.assessment_choices import (
    FollowOutcome,
    PeerState,
    PointKind,
    VisitState,
)
from maillage.studio.grids import Book
from maillage.studio.models import (
    OVERALL,
    PeerVisit,
    SelfAssessment,
    VisitAnswer,
    VisitPoint,
)
from maillage.studio.services.assessing import Written, need_standard, write_answer
from maillage.studio.services.visiting import (
    agency_people,
    ask_visit,
    hold_visit,
    is_member,
    team_of,
    tell,
)

MOST_POINTS = 60
#: Days that the structure has to answer, and months until the follow-up visit.
REPLY_DAYS, FOLLOW_DAYS = 21, 365


def peers_of(visit: PeerVisit) -> list[User]:
    rows = visit.reviewers.filter(state=PeerState.ACCEPTED, user__isnull=False)
    return [one.user for one in rows.select_related("user") if one.user]


def hold_writing(visit: PeerVisit, *, by: User, today: dt.date) -> PeerVisit:
    """The visit, held, for one of its peers to write. Refuses ``forbidden``, ``frozen``."""
    row = hold_visit(visit)
    if not PeerVisit.objects.all().reviewed_by(by).filter(pk=row.pk).exists():
        raise Refused("forbidden", _("Seuls les pairs de la visite écrivent le rapport."))  # fmt: skip
    if not row.takes_words(today):
        raise Refused("frozen", _("Le rapport ne change pas pendant que la structure le vérifie, ni une fois définitif."))  # fmt: skip
    return row


@transaction.atomic
def save_reading(
    visit: PeerVisit, written: Written, *, by: User, now: dt.datetime, today: dt.date
) -> VisitAnswer:
    """Write what the peers agree on for a standard, or the summary.

    Refuses with ``stale``, ``forbidden``, ``frozen``, ``unknown`` or ``level``.
    """
    held = hold_writing(visit, by=by, today=today)
    need_standard(Book(held.assessment.grid.definition), written)
    row = held.answers.filter(standard=written.standard).first() or VisitAnswer(
        visit=held, standard=written.standard
    )
    write_answer(row, written, by=by, now=now)
    return row


@transaction.atomic
def save_point(
    visit: PeerVisit, point: VisitPoint, *, by: User, today: dt.date
) -> VisitPoint:
    """Write a commendation or a recommendation. Refuses with ``enough``, or as above."""
    row = hold_writing(visit, by=by, today=today)
    book = Book(row.assessment.grid.definition)
    if point.standard and point.standard not in book.standards:
        raise Refused("unknown", _("Cette norme n’est pas dans la grille."))
    if point._state.adding and row.points.count() >= MOST_POINTS:
        raise Refused("enough", _("Soixante points suffisent : gardez l’essentiel."))
    point.visit, point.written_by = row, by
    point.save()
    return point


@transaction.atomic
def delete_point(point: VisitPoint, *, by: User, today: dt.date) -> None:
    hold_writing(point.visit, by=by, today=today)
    point.delete()


@transaction.atomic
def send_report(
    visit: PeerVisit, *, by: User, now: dt.datetime, today: dt.date
) -> PeerVisit:
    """Send it to the structure for a check of its facts.

    Refuses with ``early`` (the visit is not over), ``incomplete`` (no summary, no
    level for a standard), ``forbidden``, ``frozen`` or ``state``.
    """
    row = hold_writing(hold_visit(visit, VisitState.PLANNED), by=by, today=today)
    if row.ends_on is None or today < row.ends_on - dt.timedelta(1):
        raise Refused("early", _("La visite n’a pas encore eu lieu."))
    book = Book(row.assessment.grid.definition)
    answers = list(row.answers.all())
    lacking = len(book.standards) - book.answered(answers)
    if lacking:
        raise Refused("incomplete", _("Il reste des normes sans niveau : %(n)s.") % {"n": lacking})  # fmt: skip
    if not any(one.standard == OVERALL and one.comment for one in answers):
        raise Refused("incomplete", _("Écrivez ce que vous avez vu, en quelques phrases."))  # fmt: skip
    row.state, row.sent_at = VisitState.CHECK, now
    row.reply_due_on = today + dt.timedelta(REPLY_DAYS)
    row.save(update_fields=["state", "sent_at", "reply_due_on"])
    due = day_words(row.reply_due_on, "j F Y")
    tell(team_of(row.structure), row, now=now, subject=_("Rapport de visite à vérifier : %(name)s"),
         text=_("Les pairs ont écrit leur rapport sur %(name)s. Dites avant le %(day)s ce qui est inexact, ou que rien ne l’est :"), day=due)  # fmt: skip
    return row


@transaction.atomic
def reply_to_report(
    visit: PeerVisit, *, text: str, by: User, now: dt.datetime
) -> PeerVisit:
    """The structure's answer, kept with the report as it is written.

    It may be changed until the report is final. Refuses with ``not_yours``, ``empty``
    or ``state``.
    """
    row = hold_visit(visit, VisitState.CHECK)
    if not is_member(by, row.structure):
        raise Refused("not_yours", _("Vous ne parlez pas pour cette structure."))
    if not text.strip():
        raise Refused("empty", _("Écrivez une réponse, même courte : « Rien à corriger. »"))  # fmt: skip
    is_first = row.replied_at is None
    row.reply, row.replied_at, row.replied_by = text.strip(), now, by
    row.save(update_fields=["reply", "replied_at", "replied_by"])
    if is_first:
        tell(peers_of(row), row, now=now, subject=_("%(name)s a répondu au rapport"),
             text=_("%(name)s a répondu. Corrigez ce qui doit l’être, puis rendez le rapport définitif :"))  # fmt: skip
    return row


@transaction.atomic
def finalise_report(
    visit: PeerVisit, *, by: User, now: dt.datetime, today: dt.date
) -> PeerVisit:
    """Freeze the report. Refuses with ``waiting`` while the structure may still answer.

    Also refuses with ``state``, ``forbidden``.
    """
    row = hold_visit(visit, VisitState.CHECK)
    if row.waits_for_reply(today):
        raise Refused("waiting", _("La structure a encore le temps de répondre."))
    row = hold_writing(row, by=by, today=today)
    row.state, row.final_at = VisitState.FINAL, now
    row.save(update_fields=["state", "final_at"])
    tell([*team_of(row.structure), *agency_people()], row, now=now, subject=_("Rapport de visite définitif : %(name)s"),
         text=_("Le rapport de visite (%(name)s) est définitif. La structure choisit s’il est public :"))  # fmt: skip
    return row


@transaction.atomic
def set_published(
    visit: PeerVisit, *, is_public: bool, by: User, now: dt.datetime
) -> PeerVisit:
    """Let anybody read the report, or no more: a manager of the structure decides.

    Refuses with ``not_yours`` or ``state``.
    """
    row = hold_visit(visit, VisitState.FINAL)
    managers = row.structure.memberships.filter(role=MemberRole.MANAGER)
    if not managers.filter(user=by).exists():
        raise Refused("not_yours", _("Un responsable de la structure en décide."))
    if is_public and row.published_at:
        return row
    row.published_at = now if is_public else None
    row.save(update_fields=["published_at"])
    return row


# A year later -----------------------------------------------------------------------


def follow_on(visit: PeerVisit) -> dt.date | None:
    """The day around which the follow-up visit is due."""
    if visit.final_at is None:
        return None
    return timezone.localdate(visit.final_at) + dt.timedelta(FOLLOW_DAYS)


@transaction.atomic
def ask_follow_up(visit: PeerVisit, *, by: User, now: dt.datetime) -> PeerVisit:
    """Ask for the follow-up of a visit, with the latest self-assessment.

    Refuses with ``twice``, ``state``, ``open`` or ``not_yours``.
    """
    row = hold_visit(visit, VisitState.FINAL)
    if hasattr(row, "follow_up"):
        raise Refused("twice", _("La visite de suivi est déjà demandée."))
    rows = SelfAssessment.objects.all().finished().filter(structure=row.structure)
    same = rows.filter(subject__iexact=row.assessment.subject)
    latest = same.order_by("-finished_at", "-pk").first() or row.assessment
    aim = _("Regarder ensemble ce que sont devenues les recommandations.")
    return ask_visit(latest, aim=aim, by=by, now=now, follows=row)


@transaction.atomic
def note_outcome(
    visit: PeerVisit,
    point: VisitPoint,
    *,
    outcome: str,
    note: str,
    by: User,
    today: dt.date,
) -> VisitPoint:
    """Say in a follow-up visit what became of a former recommendation.

    Refuses with ``elsewhere``, ``unknown``, ``forbidden`` or ``frozen``.
    """
    row = hold_writing(visit, by=by, today=today)
    is_former = row.follows_id is not None and point.visit_id == row.follows_id
    if not is_former or point.kind != PointKind.RECOMMENDATION:
        raise Refused("elsewhere", _("Cette recommandation est d’une autre visite."))
    if outcome not in FollowOutcome.values:
        raise Refused("unknown", _("Choisissez une suite dans la liste."))
    point.outcome, point.outcome_note = outcome, note.strip()
    point.save(update_fields=["outcome", "outcome_note"])
    return point
