"""People who speak for a structure, and those who ask to."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from maillage.directory.choices import ClaimState, MemberRole
from maillage.directory.models.actors import Structure


class MembershipQuerySet(models.QuerySet["Membership"]):
    def visible_to(self, user: Any) -> "MembershipQuerySet":
        """The team of one's structures."""
        return self.filter(structure__in=Structure.objects.managed_by(user))


class Membership(models.Model):
    """A person who speaks for a structure."""

    structure = models.ForeignKey(Structure, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships"
    )
    role = models.CharField(
        _("rôle"), max_length=10, choices=MemberRole, default=MemberRole.EDITOR
    )
    since = models.DateTimeField(_("depuis"))

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membre d’une structure")
        constraints = [
            models.UniqueConstraint(
                name="membership_is_one_per_person", fields=["structure", "user"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} @ {self.structure}"

    def absorb(self, other: "Membership") -> None:
        """Take over from a second membership of one person: the stronger role."""
        if other.role == MemberRole.MANAGER:
            self.role = MemberRole.MANAGER
        self.since = min(self.since, other.since)


class Invitation(models.Model):
    """A manager's invitation to join a structure, sent to an e-mail address."""

    structure = models.ForeignKey(Structure, models.CASCADE, related_name="invitations")
    email = models.EmailField(_("adresse e-mail"))
    role = models.CharField(
        _("rôle"), max_length=10, choices=MemberRole, default=MemberRole.EDITOR
    )
    token = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    invited_at = models.DateTimeField(_("envoyée le"))
    accepted_at = models.DateTimeField(_("acceptée le"), null=True)

    class Meta:
        verbose_name = _("invitation")

    def __str__(self) -> str:
        return f"{self.email} → {self.structure}"


class ClaimQuerySet(models.QuerySet["Claim"]):
    def waiting(self) -> "ClaimQuerySet":
        return self.filter(state=ClaimState.WAITING).order_by("asked_at", "pk")

    def made_by(self, user: Any) -> "ClaimQuerySet":
        return self.filter(user=user) if user.is_authenticated else self.none()


class Claim(models.Model):
    """A person says that they speak for a structure; the agency checks."""

    structure = models.ForeignKey(Structure, models.CASCADE, related_name="claims")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="claims"
    )
    position = models.CharField(_("votre fonction"), max_length=120)
    proof = models.TextField(
        _("comment le vérifier"),
        help_text=_("Page de l’équipe, téléphone de l’accueil, adresse e-mail…"),
    )
    state = models.CharField(
        _("état"), max_length=10, choices=ClaimState, default=ClaimState.WAITING
    )
    asked_at = models.DateTimeField(_("demandée le"))
    answer = models.TextField(_("réponse"), blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("décidée le"), null=True)

    objects = ClaimQuerySet.as_manager()

    class Meta:
        verbose_name = _("revendication")
        constraints = [
            models.UniqueConstraint(
                name="claim_waits_once_per_person",
                fields=["structure", "user"],
                condition=Q(state=ClaimState.WAITING),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} ? {self.structure}"
