"""What every app shares: the public index, proposals, old addresses, the outbox."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from modelsearch import index

from maillage.core import vocab
from maillage.core.choices import OPEN_PROPOSALS, ProposalKind, ProposalState
from maillage.core.publishing import kinds


class Stamp(models.Model):
    """Counts the changes of one thing that processes keep in memory.

    A writer takes the row's lock, so that numbers are given in the order of the
    commits; a reader whose number is the same has nothing to load.
    """

    name = models.CharField(primary_key=True, max_length=40)
    version = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class EntryQuerySet(models.QuerySet["Entry"]):
    def public(self) -> "EntryQuerySet":
        return self.filter(is_public=True)

    def since(self, version: int) -> "EntryQuerySet":
        """Entries written after a version of the stamp, withdrawn ones included."""
        return self.filter(version__gt=version)


@dataclass(frozen=True)
class Badge:
    """A word on a card; ``tone`` is the style it is written in."""

    tone: str
    label: str | Promise


class Entry(index.Indexed, models.Model):
    """One published thing as lists, search, maps and feeds show it.

    A copy, written by ``core.services.refresh_entries`` in the transaction of the
    change. A thing that is no longer public keeps its row, withdrawn, so that
    readers that keep entries in memory learn of it.
    """

    kind = models.CharField(max_length=20)
    object_id = models.BigIntegerField()
    is_public = models.BooleanField(default=True)
    version = models.BigIntegerField(db_index=True)

    name = models.CharField(max_length=200)
    slug = models.CharField(max_length=120)
    summary = models.CharField(max_length=400, blank=True)
    category = models.CharField(max_length=40, blank=True)
    owner_name = models.CharField(max_length=200, blank=True)
    commune_name = models.CharField(max_length=100, blank=True)
    picture = models.CharField(max_length=200, blank=True)
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    is_example = models.BooleanField(default=False)
    is_verified = models.BooleanField(default=False)
    facets = models.JSONField(default=dict)
    facts = models.JSONField(default=dict)
    name_terms = models.TextField(blank=True)
    body_terms = models.TextField(blank=True)
    changed_at = models.DateTimeField()

    #: Kilometres from where a list was asked, when it was; set by the list.
    distance_km: float | None = None

    objects = EntryQuerySet.as_manager()

    search_fields = [
        index.SearchField("name_terms", boost=3.0),
        index.SearchField("body_terms"),
        index.FilterField("kind"),
        index.FilterField("is_public"),
    ]

    class Meta:
        verbose_name = _("fiche publique")
        constraints = [
            models.UniqueConstraint(
                name="entry_is_one_per_thing", fields=["kind", "object_id"]
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def url(self) -> str:
        """Its page, without reading the thing itself."""
        app = kinds()[self.kind]._meta.app_label
        return reverse(f"{app}:{self.kind}_detail", args=[self.slug])

    @property
    def picture_url(self) -> str:
        """Its picture as cards show it: 800 pixels, made when first asked for."""
        return reverse("thumbnail", args=[800, self.picture]) if self.picture else ""

    @property
    def kind_label(self) -> str:
        return str(kinds()[self.kind]._meta.verbose_name)

    @property
    def category_label(self) -> str:
        return vocab.label(kinds()[self.kind].category_vocabulary, self.category)

    @property
    def family(self) -> str:
        """The family of places that gives its colour and shape; empty for others."""
        return str((self.facets.get("family") or [""])[0])

    @property
    def motif(self) -> str:
        """The drawing that stands where the thing has no picture."""
        terms = vocab.terms(kinds()[self.kind].category_vocabulary)
        term = terms.get(self.category)
        return self.family or (term.family if term else "") or "reseau"

    @property
    def detail(self) -> str:
        """What tells it from another of the same name."""
        parts = [self.category_label, self.commune_name or self.owner_name]
        return ", ".join(part for part in parts if part)

    @property
    def badges(self) -> list[Badge]:
        """What a card must say of it: an example, or not yet verified."""
        found = []
        if self.is_example:
            found.append(Badge("example", _("exemple")))
        if not self.is_verified and not self.is_example:
            found.append(Badge("unverified", _("à vérifier")))
        return found


class ProposalQuerySet(models.QuerySet["Proposal"]):
    def open(self) -> "ProposalQuerySet":
        return self.filter(state__in=OPEN_PROPOSALS)

    def waiting(self) -> "ProposalQuerySet":
        """Those that wait for the agency, the oldest first."""
        return self.filter(state=ProposalState.WAITING).order_by("proposed_at", "pk")

    def about(self, kind: str, object_id: int) -> "ProposalQuerySet":
        return self.filter(target_kind=kind, object_id=object_id)

    def visible_to(self, user: Any) -> "ProposalQuerySet":
        if not user.is_authenticated:
            return self.none()
        if user.is_agency or user.is_observer:
            return self
        return self.filter(author=user)


class Proposal(models.Model):
    """What a member asks to publish or to change, until the agency has answered."""

    target_kind = models.CharField(_("genre de fiche"), max_length=20)
    object_id = models.BigIntegerField(_("fiche"))
    name = models.CharField(_("nom de la fiche"), max_length=200)
    kind = models.CharField(_("nature"), max_length=10, choices=ProposalKind)
    state = models.CharField(
        _("état"),
        max_length=20,
        choices=ProposalState,
        default=ProposalState.WAITING,
    )
    before = models.JSONField(_("avant"), default=dict)
    after = models.JSONField(_("après"), default=dict)
    note = models.TextField(_("mot de l’auteur"), blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="proposals",
        verbose_name=_("auteur"),
    )
    proposed_at = models.DateTimeField(_("proposée le"))
    answer = models.TextField(_("réponse"), blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("décidée par"),
    )
    decided_at = models.DateTimeField(_("décidée le"), null=True)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        verbose_name = _("proposition")
        ordering = ["-proposed_at", "-pk"]
        indexes = [
            models.Index(fields=["state", "proposed_at"], name="proposal_queue"),
            models.Index(fields=["target_kind", "object_id"], name="proposal_target"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} : {self.name}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_PROPOSALS


class Alias(models.Model):
    """An address that a thing had before it was renamed or merged."""

    kind = models.CharField(max_length=20)
    slug = models.CharField(max_length=120)
    object_id = models.BigIntegerField()

    class Meta:
        verbose_name = _("ancienne adresse")
        constraints = [
            models.UniqueConstraint(
                name="alias_leads_to_one_thing", fields=["kind", "slug"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}/{self.slug}"


class FormerKey(models.Model):
    """The key in its source of a record that was merged into another.

    A file that still speaks of it leaves the merged record alone.
    """

    kind = models.CharField(max_length=20)
    source = models.CharField(max_length=60)
    source_key = models.CharField(max_length=80)
    object_id = models.BigIntegerField()

    class Meta:
        verbose_name = _("ancienne clé")
        constraints = [
            models.UniqueConstraint(
                name="former_key_leads_to_one_thing",
                fields=["kind", "source", "source_key"],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.source} {self.source_key}"


class MailQuerySet(models.QuerySet["Mail"]):
    def unsent(self) -> "MailQuerySet":
        return self.filter(sent_at=None, attempts__lt=Mail.MAX_ATTEMPTS).order_by("pk")


class Mail(models.Model):
    """A mail written in the transaction of what it tells, sent afterwards."""

    MAX_ATTEMPTS = 5

    to = models.EmailField(_("destinataire"))
    subject = models.CharField(_("objet"), max_length=200)
    body = models.TextField(_("texte"))
    written_at = models.DateTimeField(_("écrit le"))
    sent_at = models.DateTimeField(_("envoyé le"), null=True)
    attempts = models.PositiveSmallIntegerField(_("essais"), default=0)
    tried_at = models.DateTimeField(_("dernier essai"), null=True)
    error = models.TextField(_("dernière erreur"), blank=True)

    objects = MailQuerySet.as_manager()

    class Meta:
        verbose_name = _("courriel")

    def __str__(self) -> str:
        return f"{self.to}: {self.subject}"

    def waited(self, now: dt.datetime) -> dt.timedelta:
        return now - self.written_at
