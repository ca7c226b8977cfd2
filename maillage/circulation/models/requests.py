"""Who asks for what: hosts, their requests, and the dates that owners offer."""

from typing import Any, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from maillage.catalogue.models import Resource
from maillage.circulation.choices import (
    OPEN_REQUESTS,
    OfferState,
    RequestState,
)
from maillage.circulation.models.copies import Copy
from maillage.core.fields import TermField
from maillage.directory.models import Place, Room, Structure
from maillage.territories.models import Commune

#: Kinds of borrowers that are closed when the schools are.
SCHOOLS = ("ecole", "college_lycee")


class HostQuerySet(models.QuerySet["Host"]):
    def spoken_for_by(self, user: Any) -> Self:
        """Hosts for which the person may borrow."""
        if not user.is_authenticated:
            return self.none()
        mine = Q(created_by=user) | Q(structure__memberships__user=user)
        return self.filter(pk__in=Host.objects.filter(mine).values("pk"))

    def visible_to(self, user: Any) -> Self:
        if user.is_authenticated and (user.is_agency or user.is_observer):
            return self
        return self.spoken_for_by(user)

    def editable_by(self, user: Any) -> Self:
        if user.is_authenticated and user.is_agency:
            return self
        return self.spoken_for_by(user)


class Host(Room):
    """Where a loan is set up: a place of the directory, a school, a town hall."""

    name = models.CharField(_("nom"), max_length=200)
    kind = TermField(_("nature"), vocabulary="borrower_kinds")
    place = models.OneToOneField(
        Place, models.PROTECT, null=True, blank=True, related_name="host",
        verbose_name=_("lieu de l’annuaire"),
    )  # fmt: skip
    structure = models.ForeignKey(
        Structure, models.PROTECT, null=True, blank=True, related_name="hosts",
        verbose_name=_("structure"),
    )  # fmt: skip
    commune = models.ForeignKey(
        Commune, models.PROTECT, related_name="hosts", verbose_name=_("commune")
    )
    address = models.CharField(_("adresse de livraison"), max_length=300, blank=True)
    contact_name = models.CharField(_("personne à joindre"), max_length=120, blank=True)
    contact_email = models.EmailField(_("e-mail"), blank=True)
    contact_phone = models.CharField(_("téléphone"), max_length=30, blank=True)
    uai = models.CharField(
        _("code UAI (école, collège, lycée)"), max_length=8, blank=True
    )
    is_example = models.BooleanField(_("exemple"), default=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True,
        related_name="hosts_made",
    )  # fmt: skip
    created_at = models.DateTimeField(auto_now_add=True)

    objects = HostQuerySet.as_manager()

    class Meta:
        verbose_name = _("lieu d’accueil")
        verbose_name_plural = _("lieux d’accueil")
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    def step_aside(self, place: Place) -> None:
        """Let go of a place that another host stands for (merging)."""
        self.place = None
        self.save(update_fields=["place"])

    @property
    def is_school(self) -> bool:
        return self.kind in SCHOOLS

    @property
    def position(self) -> tuple[float, float]:
        """Longitude and latitude: of its place, else of its commune."""
        if self.place and (position := self.place.position):
            return position
        return self.commune.lon, self.commune.lat


class LoanRequestQuerySet(models.QuerySet["LoanRequest"]):
    def open(self) -> Self:
        return self.filter(state__in=OPEN_REQUESTS)

    def unanswered_first(self) -> Self:
        """Those that wait for someone before those that wait for the season."""
        late = models.Case(
            models.When(state__in=(RequestState.WAITING, RequestState.OFFERED), then=0),
            models.When(state=RequestState.SEASON, then=1),
            default=2,
        )
        return self.order_by(late, "-asked_at", "-pk")

    def named(self, text: str) -> Self:
        """Requests whose resource or host has a text in its name."""
        return self.filter(
            Q(resource__name__icontains=text)
            | Q(host__name__icontains=text)
            | Q(host__commune__name__icontains=text)
        )

    def made_for(self, user: Any) -> Self:
        """Requests of hosts for which the person speaks."""
        hosts = Host.objects.all().spoken_for_by(user)
        return self.filter(host__in=hosts.values("pk"))

    def answered_by(self, user: Any) -> Self:
        """Requests that the person may answer, for the owner or the agency."""
        if not user.is_authenticated:
            return self.none()
        if user.is_agency:
            return self
        return self.filter(
            resource__owner__in=Structure.objects.owned_by(user).values("pk")
        )

    def visible_to(self, user: Any) -> Self:
        if not user.is_authenticated:
            return self.none()
        if user.is_agency or user.is_observer:
            return self
        mine = self.made_for(user).values("pk")
        theirs = self.answered_by(user).values("pk")
        return self.filter(Q(pk__in=mine) | Q(pk__in=theirs))


class LoanRequest(models.Model):
    """A host asks for a resource, or any of a theme, in one or several windows."""

    host = models.ForeignKey(
        Host, models.PROTECT, related_name="requests", verbose_name=_("lieu d’accueil")
    )
    resource = models.ForeignKey(
        Resource, models.PROTECT, null=True, blank=True, related_name="loan_requests",
        verbose_name=_("ressource"),
    )  # fmt: skip
    theme = TermField(
        _("ou une ressource sur le thème"), vocabulary="themes", blank=True
    )
    modules = models.ManyToManyField(
        Resource, blank=True, related_name="+", verbose_name=_("modules souhaités"),
        help_text=_("Pour une ressource en modules ; vide : tous."),
    )  # fmt: skip
    accepts_similar = models.BooleanField(
        _("une ressource du même thème conviendrait aussi"), default=False
    )
    duration_days = models.PositiveSmallIntegerField(
        _("durée (jours)"), validators=[MinValueValidator(1), MaxValueValidator(366)]
    )
    expected_pupils = models.PositiveIntegerField(_("élèves attendus"), default=0)
    expected_public = models.PositiveIntegerField(
        _("autres visiteurs attendus"), default=0
    )
    needs_transport = models.BooleanField(
        _("le transport est à organiser par le prêteur"), default=True
    )
    message = models.TextField(_("message"), blank=True)
    state = models.CharField(
        _("état"), max_length=10, choices=RequestState, default=RequestState.WAITING,
        db_index=True,
    )  # fmt: skip
    season = models.ForeignKey(
        "circulation.Season", models.PROTECT, null=True, blank=True,
        related_name="requests", verbose_name=_("saison"),
    )  # fmt: skip
    estimated_fee_cents = models.PositiveBigIntegerField(
        _("location estimée"), null=True, blank=True
    )
    estimated_transport_cents = models.PositiveBigIntegerField(
        _("transport estimé"), null=True, blank=True
    )
    answer = models.TextField(_("réponse"), blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="loan_requests",
    )
    asked_at = models.DateTimeField(_("demandée le"))
    answered_by_user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    answered_at = models.DateTimeField(_("répondue le"), null=True, blank=True)
    token = models.CharField(
        max_length=43, unique=True, editable=False,
        help_text="One a form shown: a form sent twice makes one request.",
    )  # fmt: skip

    objects = LoanRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("demande d’emprunt")
        verbose_name_plural = _("demandes d’emprunt")
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="loan_request_names_what",
                condition=Q(resource__isnull=False) | ~Q(theme=""),
            ),
            models.CheckConstraint(
                name="loan_request_lasts_a_day", condition=Q(duration_days__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.host}"

    def get_absolute_url(self) -> str:
        return reverse("circulation:request_detail", args=[self.pk])

    @property
    def reference(self) -> str:
        return f"D{self.pk:05d}"

    @property
    def expected(self) -> int:
        return self.expected_pupils + self.expected_public

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_REQUESTS


class RequestWindow(models.Model):
    """The loan may take place in ``[starts_on, ends_on)``."""

    request = models.ForeignKey(LoanRequest, models.CASCADE, related_name="windows")
    starts_on = models.DateField(_("à partir du"))
    ends_on = models.DateField(_("jusqu’au (exclu)"))

    class Meta:
        verbose_name = _("période souhaitée")
        ordering = ["starts_on", "pk"]
        constraints = [
            models.CheckConstraint(
                name="request_window_lasts_a_day",
                condition=Q(ends_on__gt=F("starts_on")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts_on} → {self.ends_on}"


class Offer(models.Model):
    """Other dates, or another copy, that an owner offers for a request."""

    request = models.ForeignKey(LoanRequest, models.CASCADE, related_name="offers")
    copy = models.ForeignKey(Copy, models.CASCADE, related_name="offers")
    starts_on = models.DateField(_("début"))
    ends_on = models.DateField(_("fin (jour du départ)"))
    message = models.CharField(_("message"), max_length=400, blank=True)
    state = models.CharField(
        _("état"), max_length=10, choices=OfferState, default=OfferState.WAITING
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    made_at = models.DateTimeField(_("faite le"))

    class Meta:
        verbose_name = _("proposition de dates")
        ordering = ["-made_at", "starts_on", "pk"]
        constraints = [
            models.CheckConstraint(
                name="offer_lasts_a_day", condition=Q(ends_on__gt=F("starts_on"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.copy}, {self.starts_on}"


class RequestMessage(models.Model):
    """What the two sides of a request write to each other."""

    request = models.ForeignKey(LoanRequest, models.CASCADE, related_name="messages")
    text = models.TextField(_("message"))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    is_from_host = models.BooleanField(default=False)
    written_at = models.DateTimeField(_("écrit le"))

    class Meta:
        verbose_name = _("message d’une demande")
        verbose_name_plural = _("messages d’une demande")
        ordering = ["written_at", "pk"]

    def __str__(self) -> str:
        return self.text[:60]
