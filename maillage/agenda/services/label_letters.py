"""The mails of a programme: to its coordinators, to the organisers."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from maillage.accounts.models import User
from maillage.agenda.choices import LabelState
from maillage.agenda.models import Coordinator, Labelling
from maillage.core.dates import day_words
from maillage.core.mail import write_mails


def department_of(event: Any) -> str | None:
    """The code of the event's department; ``None`` online or unknown."""
    home = event.commune or (event.place.commune if event.place else None)
    return home.department_id if home else None


def coordinators_of(label: Labelling) -> list[str]:
    """Addresses of those who answer: of the department, else of the whole region."""
    rows = Coordinator.objects.filter(
        programme=label.programme, user__is_active=True
    ).select_related("user")
    area = department_of(label.event)
    own = rows.filter(department=area) if area else rows.none()
    found = own if own.exists() else rows.filter(department=None)
    return sorted({row.user.email for row in found})


def organisers_of(label: Labelling) -> list[str]:
    """Who proposed the event; once they are gone, its structure's members."""
    if label.asked_by and label.asked_by.is_active:
        return [label.asked_by.email]
    rows = User.objects.filter(
        Q(memberships__structure=label.event.owner_id), is_active=True
    )
    return sorted({user.email for user in rows})


def link(label: Labelling) -> str:
    return f"{settings.SITE_URL}{label.get_absolute_url()}"


def tell_coordination(label: Labelling, *, now: dt.datetime) -> None:
    values = {
        "event": label.event.name,
        "programme": label.programme.name,
        "owner": label.event.owner.name,
        "link": link(label),
    }
    subject = _("%(programme)s : « %(event)s » est proposé") % values
    body = (
        _("%(owner)s propose « %(event)s » pour %(programme)s.\n\nRépondre : %(link)s")
        % values
    )
    if label.found:
        body += "\n\n" + _("La charte n’est pas entièrement respectée :")
        body += "".join(f"\n- {message}" for message in label.found.values())
    if label.note:
        body += "\n\n" + _("Mot de l’organisateur :") + f"\n{label.note}"
    write_mails([(to, subject, body) for to in coordinators_of(label)], now=now)


def tell_organiser(label: Labelling, *, now: dt.datetime) -> None:
    said = {
        LabelState.GRANTED: _("« %(event)s » fait partie de %(programme)s."),
        LabelState.CHANGES_ASKED: _(
            "« %(event)s » est à compléter avant d’entrer dans %(programme)s."
        ),
        LabelState.REFUSED: _("« %(event)s » n’est pas retenu pour %(programme)s."),
        LabelState.WITHDRAWN: _("« %(event)s » est retiré de %(programme)s."),
    }
    values = {"event": label.event.name, "programme": label.programme.name}
    subject = said[LabelState(label.state)] % values
    body = subject
    if label.answer:
        body += "\n\n" + _("Réponse de la coordination :") + f"\n{label.answer}"
    if label.state == LabelState.CHANGES_ASKED and label.found:
        body += "\n\n" + _("À compléter :")
        body += "".join(f"\n- {message}" for message in label.found.values())
    body += "\n\n" + _("Voir la proposition : %(link)s") % {"link": link(label)}
    write_mails([(to, subject, body) for to in organisers_of(label)], now=now)


def ask_attendance(label: Labelling, *, now: dt.datetime) -> int:
    """Remind the organisers of one event to say how many came; returns how many mails."""
    path = reverse(
        "agenda:programme_attendance", args=[label.programme.slug, label.token]
    )
    values = {
        "event": label.event.name,
        "programme": label.programme.name,
        "link": f"{settings.SITE_URL}{path}",
        "day": day_words(label.programme.last_on),
    }
    subject = _("Combien de personnes sont venues à « %(event)s » ?") % values
    body = (
        _(
            "%(programme)s s’est terminé le %(day)s. Dites-nous combien de personnes "
            "sont venues à « %(event)s », dont combien d’élèves : deux nombres par "
            "séance, sans vous connecter.\n\n%(link)s\n\nCes chiffres font le bilan "
            "régional. Ils ne sont publiés qu’additionnés à d’autres, sauf si vous "
            "demandez le contraire."
        )
        % values
    )
    mails = write_mails([(to, subject, body) for to in organisers_of(label)], now=now)
    return len(mails)
