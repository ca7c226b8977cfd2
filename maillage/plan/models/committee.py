"""Who follows the plan: committee, colleges, seats and the people who hold them."""

import datetime as dt
from typing import Any, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from maillage.directory.models import Structure
from maillage.plan.committee_choices import HELD, MandateState, Side


class CommitteeQuerySet(models.QuerySet["Committee"]):
    def followed_by(self, user: Any, *, day: dt.date) -> Self:
        """Committees that a person sits in on a day."""
        if not user.is_authenticated:
            return self.none()
        mandates = Mandate.objects.all().sitting_on(day).filter(user=user.pk)
        return self.filter(colleges__seats__mandates__in=mandates).distinct()


class Committee(models.Model):
    """A body that the plan sets up, as the region's data file describes it.

    The numbers are rules of procedure: a vote is counted by those of its day.
    """

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("nom"), max_length=160)
    about = models.TextField(_("rôle"), blank=True)
    reference = models.CharField(_("dans le plan"), max_length=200, blank=True)
    #: What the plan leaves open and the file therefore sets.
    setting_note = models.TextField(_("ce que le plan ne fixe pas"), blank=True)
    rank = models.PositiveSmallIntegerField(default=0)
    quorum_percent = models.PositiveSmallIntegerField(
        _("quorum (% des sièges pourvus)"), default=50,
        validators=[MaxValueValidator(100)],
    )  # fmt: skip
    quorum_counts_proxies = models.BooleanField(
        _("les pouvoirs comptent pour le quorum"), default=False
    )
    most_proxies = models.PositiveSmallIntegerField(
        _("pouvoirs par membre, au plus"), default=1
    )
    term_months = models.PositiveSmallIntegerField(
        _("durée d’un mandat (mois)"), default=36, validators=[MinValueValidator(1)]
    )
    notice_days = models.PositiveSmallIntegerField(
        _("convocation, jours avant"), default=15
    )

    objects = CommitteeQuerySet.as_manager()

    class Meta:
        verbose_name = _("comité")
        ordering = ["rank", "pk"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("plan:committee_detail", args=[self.code])


class College(models.Model):
    """A part of the committee, as the plan lists them."""

    committee = models.ForeignKey(Committee, models.CASCADE, related_name="colleges")
    code = models.SlugField(_("code"), max_length=40)
    name = models.CharField(_("nom"), max_length=160)
    about = models.TextField(_("qui le compose"), blank=True)
    reference = models.CharField(_("dans le plan"), max_length=200, blank=True)
    #: The State and the Region lead the committee: nobody validates their own.
    by_right = models.BooleanField(_("membres de droit"), default=False)
    rank = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("collège")
        ordering = ["committee", "rank", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="plan_college_has_one_code", fields=["committee", "code"]
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SeatQuerySet(models.QuerySet["Seat"]):
    def active(self) -> Self:
        """Seats that the data file still has."""
        return self.filter(is_active=True)


class Seat(models.Model):
    """A place in a college, whoever holds it."""

    college = models.ForeignKey(College, models.CASCADE, related_name="seats")
    code = models.SlugField(_("code"), max_length=40)
    label = models.CharField(_("siège"), max_length=160)
    has_vote = models.BooleanField(_("a voix délibérative"), default=True)
    is_active = models.BooleanField(default=True)
    rank = models.PositiveSmallIntegerField(default=0)

    objects = SeatQuerySet.as_manager()

    class Meta:
        verbose_name = _("siège")
        ordering = ["college", "rank", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="plan_seat_has_one_code", fields=["college", "code"]
            ),
        ]

    def __str__(self) -> str:
        return self.label


class MandateQuerySet(models.QuerySet["Mandate"]):
    def proposed(self) -> Self:
        return self.filter(state=MandateState.PROPOSED)

    def sitting_on(self, day: dt.date) -> Self:
        """Mandates that are, or were, held on a day."""
        return self.filter(state__in=HELD, starts_on__lte=day, ends_on__gt=day)

    def ending(self, *, day: dt.date, until: dt.date) -> Self:
        """Those in course that end by ``until``, or are past their end already."""
        rows = self.filter(state=MandateState.SEATED, ends_on__lte=until)
        return rows.filter(starts_on__lte=day).order_by("ends_on", "pk")

    def of_committee(self, committee: Committee) -> Self:
        return self.filter(seat__college__committee=committee)

    def in_order(self) -> Self:
        """By college and seat, with all that a line shows."""
        rows = self.select_related("seat__college", "structure")
        return rows.order_by("seat__college__rank", "seat__rank", "starts_on", "pk")


class Mandate(models.Model):
    """A person in a seat over ``[starts_on, ends_on)``, or a nomination to it."""

    seat = models.ForeignKey(Seat, models.PROTECT, related_name="mandates")
    structure = models.ForeignKey(
        Structure, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("structure représentée"),
    )  # fmt: skip
    body = models.CharField(
        _("organisme, s’il n’est pas dans l’annuaire"), max_length=160, blank=True
    )
    position = models.CharField(_("fonction"), max_length=160)
    person_name = models.CharField(_("nom de la personne"), max_length=120)
    email = models.EmailField(_("adresse e-mail"), blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True,
        related_name="mandates", verbose_name=_("compte"),
    )  # fmt: skip
    #: The person agreed to be named in public; else only the function is.
    shows_name = models.BooleanField(
        _("la personne accepte que son nom soit public"), default=False
    )
    shows_name_since = models.DateField(_("accord donné le"), null=True, blank=True)
    state = models.CharField(
        _("état"), max_length=10, choices=MandateState, default=MandateState.PROPOSED
    )
    starts_on = models.DateField(_("début"))
    ends_on = models.DateField(_("fin (jour où il n’est plus membre)"))
    replaces = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="replaced_by",
        verbose_name=_("remplace"),
    )  # fmt: skip
    note = models.TextField(_("remarque de l’agence"), blank=True)
    end_note = models.CharField(_("motif de la fin"), max_length=240, blank=True)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    proposed_on = models.DateField(_("proposée le"))

    objects = MandateQuerySet.as_manager()

    class Meta:
        verbose_name = _("mandat")
        ordering = ["seat", "starts_on", "pk"]
        constraints = [
            models.CheckConstraint(
                name="plan_mandate_lasts_a_day",
                condition=Q(ends_on__gte=F("starts_on")),
            ),
            models.UniqueConstraint(
                name="plan_seat_has_one_holder",
                fields=["seat"],
                condition=Q(state=MandateState.SEATED),
            ),
            models.CheckConstraint(
                name="plan_name_is_public_by_consent",
                condition=Q(shows_name=False) | Q(shows_name_since__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_name}, {self.position}"

    @property
    def organisation(self) -> str:
        return self.structure.name if self.structure else self.body

    @property
    def public_label(self) -> str:
        """What everybody may read: the function; the name only with consent."""
        facts = [self.position, self.organisation]
        if self.shows_name:
            facts.insert(0, self.person_name)
        return ", ".join(fact for fact in facts if fact)

    @property
    def is_open(self) -> bool:
        return self.state == MandateState.PROPOSED

    def is_past(self, day: dt.date) -> bool:
        """In course by its state, but past its end."""
        return self.state == MandateState.SEATED and self.ends_on <= day


class Validation(models.Model):
    """What the State or the Region answered to a nomination, and by which letter."""

    mandate = models.ForeignKey(Mandate, models.CASCADE, related_name="validations")
    side = models.CharField(_("autorité"), max_length=6, choices=Side)
    accepts = models.BooleanField(_("avis favorable"))
    decided_on = models.DateField(_("date de la décision"))
    signed_by = models.CharField(_("signataire"), max_length=160)
    reference = models.CharField(_("référence du courrier"), max_length=120)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    recorded_at = models.DateTimeField(_("saisie le"))

    class Meta:
        verbose_name = _("avis sur une nomination")
        ordering = ["mandate", "side"]
        constraints = [
            models.UniqueConstraint(
                name="plan_side_answers_once", fields=["mandate", "side"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_side_display()}: {self.reference}"
