"""People who sign up for an occurrence."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from maillage.agenda.choices import SignUpState
from maillage.agenda.models.occurrences import Occurrence


class SignUpQuerySet(models.QuerySet["SignUp"]):
    def holding(self) -> Self:
        """Sign-ups that keep their seats."""
        return self.filter(state=SignUpState.CONFIRMED)

    def waiting(self) -> Self:
        """The waiting list, first come first."""
        return self.filter(state=SignUpState.WAITING).order_by("asked_at", "pk")

    def managed_by(self, user: Any) -> Self:
        """Those of events that the person may change."""
        if not user.is_authenticated:
            return self.none()
        if user.is_agency:
            return self
        return self.filter(
            Q(occurrence__event__owner__memberships__user=user)
            | Q(occurrence__event__co_organisers__memberships__user=user)
        ).distinct()


class SignUp(models.Model):
    """Seats kept for somebody; erased some weeks after the occurrence.

    ``token`` opens the page where the person changes or cancels without an account.
    """

    occurrence = models.ForeignKey(Occurrence, models.CASCADE, related_name="signups")
    name = models.CharField(_("nom"), max_length=120)
    email = models.EmailField(_("adresse e-mail"))
    phone = models.CharField(_("téléphone"), max_length=30, blank=True)
    seats = models.PositiveSmallIntegerField(_("places"), default=1)
    note = models.CharField(_("message"), max_length=500, blank=True)
    is_school = models.BooleanField(_("pour une classe"), default=False)
    state = models.CharField(_("état"), max_length=10, choices=SignUpState)
    token = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="signups",
    )
    asked_at = models.DateTimeField(_("demandée le"))
    promoted_at = models.DateTimeField(_("place obtenue le"), null=True, blank=True)
    reminded_at = models.DateTimeField(_("rappel envoyé le"), null=True, blank=True)
    came = models.PositiveSmallIntegerField(_("venus"), null=True, blank=True)

    objects = SignUpQuerySet.as_manager()

    class Meta:
        verbose_name = _("inscription")
        ordering = ["asked_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="signup_takes_a_seat", condition=Q(seats__gte=1)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.occurrence}"
