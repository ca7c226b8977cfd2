"""Who speaks for a structure: claims, teams, invitations."""

import datetime as dt
import secrets

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from maillage.accounts.models import User
from maillage.core.entries import refresh_entries
from maillage.core.errors import Refused
from maillage.core.mail import write_mail
from maillage.core.values import remember
from maillage.directory.choices import ClaimState, MemberRole
from maillage.directory.models import (
    Claim,
    Invitation,
    Membership,
    Place,
    Structure,
)

INVITATION_LASTS = dt.timedelta(days=14)


def locked(structure: Structure) -> Structure:
    """The structure, so that its team changes by one person at a time."""
    rows = Structure.objects.select_for_update(of=("self",))
    row: Structure = rows.get(pk=structure.pk)
    return row


def managed(structure: Structure, by: User) -> Structure:
    row = locked(structure)
    if not Structure.objects.all().managed_by(by).filter(pk=row.pk).exists():
        raise Refused("forbidden", _("Seuls ses responsables gèrent cette équipe."))
    return row


# Claims -------------------------------------------------------------------------


@transaction.atomic
def claim_structure(
    structure: Structure, *, position: str, proof: str, by: User, now: dt.datetime
) -> Claim:
    """Say that one speaks for a structure; the agency checks.

    A claim that waits already is given back. Refuses with ``member``.
    """
    row = locked(structure)
    if Membership.objects.filter(structure=row, user=by).exists():
        raise Refused("member", _("Vous faites déjà partie de cette structure."))
    waiting = Claim.objects.filter(structure=row, user=by, state=ClaimState.WAITING)
    if (same := waiting.first()) is not None:
        return same
    return Claim.objects.create(
        structure=row, user=by, position=position, proof=proof, asked_at=now
    )


def waiting_claim(claim: Claim, by: User) -> Claim:
    if not by.is_agency:
        raise Refused("forbidden", _("Seule l’agence peut faire cela."))
    row = Claim.objects.select_for_update(of=("self",)).get(pk=claim.pk)
    if row.state != ClaimState.WAITING:
        raise Refused("decided", _("Cette demande a déjà reçu une réponse."))
    return row


@transaction.atomic
def accept_claim(
    claim: Claim, *, by: User, now: dt.datetime, today: dt.date, answer: str = ""
) -> Claim:
    """Make the person a manager; their structure and its places are now verified.

    Refuses with ``forbidden`` or ``decided``.
    """
    row = waiting_claim(claim, by)
    structure = locked(row.structure)
    Membership.objects.update_or_create(
        structure=structure,
        user=row.user,
        defaults={"role": MemberRole.MANAGER},
        create_defaults={"role": MemberRole.MANAGER, "since": now},
    )
    places = list(
        Place.objects.select_for_update(of=("self",)).filter(structure=structure)
    )
    for thing in [structure, *places]:
        thing.verified_on = today
        thing.version += 1
        remember(thing, by=by, why=_("Revendiquée par sa structure"))
        thing.save()
    refresh_entries([structure, *places])
    return answer_claim(row, ClaimState.ACCEPTED, answer=answer, by=by, now=now)


@transaction.atomic
def refuse_claim(claim: Claim, *, answer: str, by: User, now: dt.datetime) -> Claim:
    """Turn a claim down, with a reason.

    Refuses with ``forbidden``, ``decided`` or ``reason``.
    """
    row = waiting_claim(claim, by)
    if not answer.strip():
        raise Refused("reason", _("Écrivez la raison : l’auteur la recevra."))
    return answer_claim(row, ClaimState.REFUSED, answer=answer, by=by, now=now)


def answer_claim(
    row: Claim, state: ClaimState, *, answer: str, by: User, now: dt.datetime
) -> Claim:
    row.state, row.answer = state, answer.strip()
    row.decided_by, row.decided_at = by, now
    row.save()
    page = settings.SITE_URL + row.structure.get_absolute_url()
    about = {"name": row.structure.name, "answer": row.answer, "page": page}
    with translation.override(settings.LANGUAGE_CODE):
        if state == ClaimState.ACCEPTED:
            subject = _("Vous êtes responsable de « %(name)s »")
            text = _(
                "L’agence a vérifié votre demande. Vous pouvez maintenant tenir à "
                "jour la fiche de « %(name)s », celles de ses lieux et de ses "
                "ressources, et inviter vos collègues :\n%(page)s"
            )
            text += "\n\n%(answer)s" if row.answer else ""
        else:
            subject = _("Votre demande pour « %(name)s » n’est pas retenue")
            text = _(
                "L’agence n’a pas pu confirmer que vous représentez « %(name)s » :"
                "\n\n%(answer)s"
            )
        subject, text = subject % about, text % about
    write_mail(row.user.email, subject=subject, body=text, now=now)
    return row


# Invitations --------------------------------------------------------------------


@transaction.atomic
def invite(
    structure: Structure, *, email: str, role: str, by: User, now: dt.datetime
) -> Invitation:
    """Invite a colleague by e-mail; an invitation that waits is sent anew.

    Refuses with ``forbidden`` or ``member``.
    """
    row = managed(structure, by)
    email = email.strip().lower()
    if Membership.objects.filter(structure=row, user__email__iexact=email).exists():
        raise Refused("member", _("Cette personne fait déjà partie de l’équipe."))
    Invitation.objects.filter(structure=row, email=email, accepted_at=None).delete()
    invitation = Invitation.objects.create(
        structure=row,
        email=email,
        role=role,
        token=secrets.token_urlsafe(32),
        invited_by=by,
        invited_at=now,
    )
    link = reverse("directory:invitation_accept", args=[invitation.token])
    about = {"name": row.name, "who": str(by), "link": settings.SITE_URL + link}
    with translation.override(settings.LANGUAGE_CODE):
        subject = _("Rejoignez « %(name)s » sur Maillage") % about
        text = _(
            "%(who)s vous invite à tenir à jour la fiche de « %(name)s ».\n\n"
            "Pour accepter, ouvrez ce lien dans les 14 jours ; si vous n’avez pas "
            "encore de compte, vous pourrez en créer un :\n%(link)s"
        )
    write_mail(email, subject=subject, body=text % about, now=now)
    return invitation


@transaction.atomic
def cancel_invitation(invitation: Invitation, *, by: User) -> None:
    """Take an invitation back. Refuses with ``forbidden``."""
    managed(invitation.structure, by)
    Invitation.objects.filter(pk=invitation.pk, accepted_at=None).delete()


@transaction.atomic
def accept_invitation(
    invitation: Invitation, *, by: User, now: dt.datetime
) -> Membership:
    """Join a structure; an invitation serves once.

    Refuses with ``used`` or ``expired``.
    """
    rows = Invitation.objects.select_for_update(of=("self",))
    row = rows.filter(pk=invitation.pk).first()
    if row is None or row.accepted_at:
        raise Refused("used", _("Cette invitation a déjà servi ou a été retirée."))
    if now >= row.invited_at + INVITATION_LASTS:
        raise Refused(
            "expired",
            _("Cette invitation a expiré : demandez-en une nouvelle à votre collègue."),
        )
    structure = locked(row.structure)
    member, is_new = Membership.objects.get_or_create(
        structure=structure, user=by, defaults={"role": row.role, "since": now}
    )
    if not is_new and row.role == MemberRole.MANAGER:
        member.role = MemberRole.MANAGER
        member.save(update_fields=["role"])
    row.accepted_at = now
    row.save(update_fields=["accepted_at"])
    return member


# Teams --------------------------------------------------------------------------


def need_another_manager(member: Membership) -> None:
    others = Membership.objects.filter(
        structure=member.structure, role=MemberRole.MANAGER
    ).exclude(pk=member.pk)
    if member.role == MemberRole.MANAGER and not others.exists():
        raise Refused(
            "last_manager",
            _("Nommez d’abord un autre responsable : il en faut toujours un."),
        )


def team_member(member: Membership, by: User) -> Membership:
    managed(member.structure, by)
    row = Membership.objects.filter(pk=member.pk).first()
    if row is None:
        raise Refused("gone", _("Cette personne ne fait plus partie de l’équipe."))
    return row


@transaction.atomic
def set_member_role(member: Membership, *, role: str, by: User) -> Membership:
    """Change what a member may do. Refuses with ``forbidden``, ``last_manager``."""
    row = team_member(member, by)
    if role != MemberRole.MANAGER:
        need_another_manager(row)
    row.role = role
    row.save(update_fields=["role"])
    return row


@transaction.atomic
def remove_member(member: Membership, *, by: User) -> None:
    """Take a person out of a team; everybody may leave by themselves.

    Refuses with ``forbidden``, ``gone`` or ``last_manager``.
    """
    if member.user_id == by.pk:
        locked(member.structure)
        row = member
    else:
        row = team_member(member, by)
    need_another_manager(row)
    row.delete()


def managed_alone(user: User) -> list[Structure]:
    """Structures that nobody would answer for if the person left."""
    mine = Membership.objects.filter(user=user, role=MemberRole.MANAGER)
    others = Membership.objects.filter(role=MemberRole.MANAGER).exclude(user=user)
    rows = Structure.objects.filter(pk__in=mine.values("structure"))
    return list(rows.exclude(pk__in=others.values("structure")))
