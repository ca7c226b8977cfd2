"""Writing a call, publishing it, calling it off; questions and their answers."""

import datetime as dt
from collections.abc import Sequence

from django.conf import settings
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from maillage.accounts.models import User
from maillage.calls.choices import ApplicationState, CallState
from maillage.calls.models import ApplicationAuthor, Call, CallQuestion, Criterion
from maillage.calls.services.form_editing import making_of, publish_form
from maillage.calls.services.submitting import moment_words
from maillage.core.errors import Refused
from maillage.core.mail import write_mail, write_mails

#: Words that stand where the slug of a call stands in an address.
RESERVED = {"nouveau", "flux", "questions"}
#: Questions of one person that wait for an answer.
MOST_WAITING = 10


def free_slug(title: str) -> str:
    base = slugify(title)[:100].strip("-") or "appel"
    rows = Call.objects.filter(slug__startswith=base)
    taken = {*rows.values_list("slug", flat=True)}
    number, slug = 2, base
    while slug in taken | RESERVED:
        slug, number = f"{base}-{number}", number + 1
    return slug


@transaction.atomic
def create_call(call: Call, *, by: User) -> Call:
    """Save a new call as a draft, with the usual form to start from."""
    call.slug = free_slug(call.title)
    call.state, call.created_by = CallState.DRAFT, by
    call.save()
    making_of(call, by=by)
    return call


@transaction.atomic
def change_call(call: Call, *, now: dt.datetime) -> Call:
    """Save a call; those who write a draft learn of another closing hour."""
    before = Call.objects.select_for_update(of=("self",)).get(pk=call.pk)
    call.save()
    if call.state == CallState.PUBLISHED and before.closes_at != call.closes_at:
        tell_hour(call, now=now)
    return call


def tell_hour(call: Call, *, now: dt.datetime) -> None:
    rows = ApplicationAuthor.objects.filter(
        application__call=call,
        application__state=ApplicationState.DRAFT,
        user__is_active=True,
    )
    subject = _("« %(call)s » : la clôture change") % {"call": call.title}
    text = _("L’appel se clôt désormais le %(when)s.\n\n%(page)s") % {
        "when": moment_words(call.closes_at),
        "page": settings.SITE_URL + call.get_absolute_url(),
    }
    emails = rows.order_by().values_list("user__email", flat=True).distinct()
    write_mails([(email, subject, text) for email in emails], now=now)


def missing_of(call: Call) -> list[str]:
    """What a call lacks before it can be published."""
    found = []
    if not call.text.strip():
        found.append(_("Le texte de l’appel est vide."))
    if not call.budget_cents:
        found.append(_("L’enveloppe n’est pas dite."))
    if not call.criteria.exists():
        found.append(_("Aucun critère n’est écrit."))
    least, most = call.min_grant_cents, call.max_grant_cents
    if least is not None and most is not None and least > most:
        found.append(_("L’aide minimale dépasse l’aide maximale."))
    return found


@transaction.atomic
def publish_call(call: Call, *, by: User, now: dt.datetime) -> Call:
    """Let everybody read a call, and its form be filled in once it opens.

    Refuses with ``published``, ``missing``, ``past`` or ``problems``.
    """
    row = Call.objects.select_for_update(of=("self",)).get(pk=call.pk)
    if row.state == CallState.PUBLISHED:
        raise Refused("published", _("Cet appel est déjà publié."))
    if missing := missing_of(row):
        raise Refused("missing", " ".join(missing))
    if row.closes_at <= now:
        raise Refused("past", _("La clôture est passée : changez-la d’abord."))
    if row.form is None:
        making_of(row, by=by)
        publish_form(row, by=by, now=now)
    row.state, row.published_at = CallState.PUBLISHED, row.published_at or now
    row.save(update_fields=["state", "published_at"])
    return row


@transaction.atomic
def cancel_call(call: Call, *, now: dt.datetime) -> Call:
    """Call it off: its page stays and says so, drafts stay with their authors.

    Refuses with ``draft``.
    """
    row = Call.objects.select_for_update(of=("self",)).get(pk=call.pk)
    if row.state != CallState.PUBLISHED:
        raise Refused("draft", _("Cet appel n’est pas publié."))
    row.state = CallState.CANCELLED
    row.save(update_fields=["state"])
    rows = ApplicationAuthor.objects.filter(application__call=row, user__is_active=True)
    emails = rows.order_by().values_list("user__email", flat=True).distinct()
    subject = _("« %(call)s » est annulé") % {"call": row.title}
    text = _("L’appel est annulé. Ce que vous avez écrit reste dans votre espace.")
    write_mails([(email, subject, text) for email in emails], now=now)
    return row


@transaction.atomic
def write_criteria(call: Call, rows: Sequence[Criterion]) -> None:
    """Write the criteria of a call in their order; those that are left out go.

    Refuses with ``scored`` when one that goes has scores: readers count on it.
    """
    kept = {row.pk for row in rows if row.pk}
    for gone in call.criteria.exclude(pk__in=kept):
        if has_scores(gone):
            raise Refused(
                "scored", _("« %(title)s » a déjà des notes.") % {"title": gone.title}
            )
        gone.delete()
    for rank, row in enumerate(rows):
        row.call, row.rank = call, rank
        row.save()


def has_scores(criterion: Criterion) -> bool:
    """Whether any row of another table names it."""
    return any(
        relation.related_model._base_manager.filter(
            **{relation.field.name: criterion}
        ).exists()
        for relation in criterion._meta.related_objects
    )


# Questions ------------------------------------------------------------------------


@transaction.atomic
def ask(call: Call, *, text: str, by: User, now: dt.datetime) -> CallQuestion:
    """Ask a question in public. Refuses with ``closed``, ``empty`` or ``enough``."""
    if not call.takes_questions(now):
        raise Refused("closed", _("Cet appel ne prend plus de question."))
    text = text.strip()
    if not text:
        raise Refused("empty", _("Écrivez votre question."))
    waiting = call.questions.all().waiting().filter(asked_by=by)
    if same := waiting.filter(text=text).first():
        return same
    if waiting.count() >= MOST_WAITING:
        raise Refused("enough", _("Attendez d’abord les réponses à vos questions."))
    return CallQuestion.objects.create(call=call, text=text, asked_by=by, asked_at=now)


@transaction.atomic
def answer_question(
    question: CallQuestion,
    *,
    text: str,
    answer: str,
    is_public: bool,
    by: User,
    now: dt.datetime,
) -> CallQuestion:
    """Answer; ``text`` is the question as everyone will read it. Refuses with ``empty``."""
    if not answer.strip() or not text.strip():
        raise Refused("empty", _("Écrivez la question et sa réponse."))
    row = CallQuestion.objects.select_for_update(of=("self",)).get(pk=question.pk)
    is_new = not row.answer
    row.text, row.answer, row.is_public = text.strip(), answer.strip(), is_public
    row.answered_by, row.answered_at = by, row.answered_at or now
    row.save()
    if is_new and row.asked_by:
        write_mail(
            row.asked_by.email,
            subject=_("Réponse à votre question sur « %(call)s »")
            % {"call": row.call.title},
            body=f"{row.text}\n\n{row.answer}",
            now=now,
        )
    return row


def dismiss_question(question: CallQuestion, *, now: dt.datetime) -> None:
    """Leave a question without an answer: it is off the subject."""
    CallQuestion.objects.filter(pk=question.pk, answer="").update(dismissed_at=now)
