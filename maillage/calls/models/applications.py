"""An application: what its authors write, and what was sent, kept as it was."""

import datetime as dt
import secrets
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from maillage.calls.choices import (
    PRIVATE,
    WITHDRAWABLE,
    WRITABLE,
    ApplicationState,
)
from maillage.calls.models.calls import Call, FormVersion
from maillage.core.fields import TermsField
from maillage.directory.models import Membership, Structure

#: Letters and digits that nobody mixes up when they are read aloud.
SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def new_number() -> str:
    """The number of an application, as « K7Q2-9XPM-A4 »: it counts nothing."""
    text = "".join(secrets.choice(SIGNS) for _sign in range(10))
    return f"{text[:4]}-{text[4:8]}-{text[8:]}"


class ApplicationQuerySet(models.QuerySet["Application"]):
    def sent(self) -> Self:
        """Applications that were sent at least once, withdrawn ones included."""
        return self.exclude(submitted_at=None)

    def standing(self) -> Self:
        """Sent, and neither withdrawn nor turned down as ineligible."""
        return self.sent().exclude(
            state__in=[ApplicationState.WITHDRAWN, ApplicationState.INELIGIBLE]
        )

    def eligible(self) -> Self:
        """Those that readers and the committee have to judge, or have judged."""
        return self.filter(
            state__in=[
                ApplicationState.ELIGIBLE,
                ApplicationState.GRANTED,
                ApplicationState.DECLINED,
            ]
        )

    def authored_by(self, user: Any) -> Self:
        """Those that the person writes: named among its authors, or of its structure."""
        if not user.is_authenticated:
            return self.none()
        named = ApplicationAuthor.objects.filter(user=user.pk)
        member = Membership.objects.filter(user=user.pk)
        return self.filter(
            Q(pk__in=named.values("application"))
            | Q(structure__in=member.values("structure"))
        )

    def visible_to(self, user: Any) -> Self:
        """One's own; for the agency and the observer, those that were sent."""
        if not user.is_authenticated:
            return self.none()
        if user.is_agency or user.is_observer:
            own = Application.objects.authored_by(user).values("pk")
            return self.filter(Q(submitted_at__isnull=False) | Q(pk__in=own))
        return self.authored_by(user)

    def editable_by(self, user: Any) -> Self:
        return self.authored_by(user).filter(state__in=WRITABLE)


class Application(models.Model):
    """What a structure asks of a call.

    ``answers`` holds values by question id, ``marks`` who wrote each of them last
    (``{"n": revision, "by", "at", "page"}``), ``asides`` words that two authors wrote
    at the same time and that nobody has sorted out yet. Columns from ``title`` on are
    read in the answers by the role of their question.
    """

    call = models.ForeignKey(Call, models.PROTECT, related_name="applications")
    structure = models.ForeignKey(
        Structure,
        models.PROTECT,
        related_name="applications",
        verbose_name=_("structure"),
    )
    form = models.ForeignKey(FormVersion, models.PROTECT, related_name="+")
    number = models.CharField(
        _("numéro"), max_length=14, unique=True, default=new_number
    )
    state = models.CharField(
        _("état"),
        max_length=12,
        choices=ApplicationState,
        default=ApplicationState.DRAFT,
    )
    answers = models.JSONField(_("réponses"), default=dict, blank=True)
    marks = models.JSONField(default=dict, blank=True)
    asides = models.JSONField(default=dict, blank=True)
    #: Rises with each change of an answer.
    revision = models.PositiveIntegerField(_("révision"), default=0)

    title = models.CharField(_("titre du projet"), max_length=200, blank=True)
    summary = models.TextField(_("résumé"), blank=True)
    requested_cents = models.PositiveBigIntegerField(
        _("montant demandé"), null=True, blank=True
    )
    total_cents = models.PositiveBigIntegerField(
        _("budget du projet"), null=True, blank=True
    )
    commune = models.ForeignKey(
        "territories.Commune",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("commune du projet"),
    )
    #: Codes of the departments concerned; that of the commune when nothing else is said.
    departments = models.JSONField(_("départements"), default=list, blank=True)
    #: The commune of the project is rural by ``territories.DensityClass``.
    is_rural = models.BooleanField(_("commune rurale"), default=False)
    themes = TermsField(_("thèmes"), vocabulary="themes")

    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    created_at = models.DateTimeField(_("commencée le"))
    changed_at = models.DateTimeField(_("modifiée le"))
    #: When it was sent for the first time.
    submitted_at = models.DateTimeField(_("déposée le"), null=True, blank=True)
    #: Given by the agency to this application alone; the call's hour otherwise.
    extended_until = models.DateTimeField(
        _("délai accordé jusqu’au"), null=True, blank=True
    )
    extended_why = models.CharField(_("motif du délai"), max_length=300, blank=True)
    checked_at = models.DateTimeField(_("recevabilité du"), null=True, blank=True)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    check_reason = models.TextField(_("motif de la recevabilité"), blank=True)
    withdrawn_at = models.DateTimeField(_("retirée le"), null=True, blank=True)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("candidature")
        ordering = ["-changed_at", "pk"]
        indexes = [
            models.Index(fields=["call", "state"], name="application_state"),
            models.Index(fields=["structure", "call"], name="application_structure"),
        ]
        constraints = [
            models.CheckConstraint(
                name="application_is_sent_or_private",
                condition=Q(submitted_at__isnull=False)
                | Q(state__in=[*PRIVATE, ApplicationState.WITHDRAWN]),
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.number

    def get_absolute_url(self) -> str:
        return reverse("calls:application_detail", args=[self.number])

    @property
    def is_draft(self) -> bool:
        return self.state == ApplicationState.DRAFT

    @property
    def is_writable(self) -> bool:
        return self.state in WRITABLE

    @property
    def may_be_withdrawn(self) -> bool:
        return self.state in WITHDRAWABLE

    @property
    def closes_at(self) -> dt.datetime:
        """When it may no longer be sent for the first time."""
        return max(self.call.closes_at, self.extended_until or self.call.closes_at)

    def may_be_sent(self, now: dt.datetime) -> bool:
        """The call takes this application, to the second."""
        return self.call.opens_at <= now < self.closes_at


class ApplicationAuthor(models.Model):
    """A person who writes an application, invited by an e-mail until they have joined."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="authors")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="application_authors",
    )
    email = models.EmailField(_("adresse e-mail"), blank=True)
    token = models.CharField(max_length=43, blank=True, db_index=True)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    added_at = models.DateTimeField(_("depuis le"))

    class Meta:
        verbose_name = _("auteur d’une candidature")
        ordering = ["added_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="application_author_is_one_a_person",
                fields=["application", "user"],
            ),
        ]

    def __str__(self) -> str:
        return str(self.user or self.email)


class PartnerStructure(models.Model):
    """A partner of the project, as the last version that was sent names it."""

    application = models.ForeignKey(
        Application, models.CASCADE, related_name="partners"
    )
    structure = models.ForeignKey(
        Structure,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="partnerships",
    )
    name = models.CharField(_("nom"), max_length=200)
    role = models.CharField(_("rôle"), max_length=300, blank=True)
    cents = models.PositiveBigIntegerField(_("apport"), null=True, blank=True)
    rank = models.PositiveSmallIntegerField(_("rang"), default=0)

    class Meta:
        verbose_name = _("partenaire")
        ordering = ["rank", "pk"]

    def __str__(self) -> str:
        return self.name


class Submission(models.Model):
    """What was sent, as it was sent: never written again.

    ``content`` holds the definition, the answers and the facts of the columns;
    ``digest`` is the SHA-256 of its canonical JSON, printed on the receipt.
    """

    application = models.ForeignKey(
        Application, models.PROTECT, related_name="submissions"
    )
    number = models.PositiveSmallIntegerField(_("version"))
    content = models.JSONField(_("contenu"))
    digest = models.CharField(_("empreinte"), max_length=64)
    submitted_at = models.DateTimeField(_("déposée le"))
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("dépôt")
        ordering = ["application", "number"]
        constraints = [
            models.UniqueConstraint(
                name="submission_is_one_a_number", fields=["application", "number"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application.number} v{self.number}"


class RevisionRequest(models.Model):
    """The agency asks for a revision of some sections until an instant."""

    application = models.ForeignKey(
        Application, models.CASCADE, related_name="revision_requests"
    )
    #: Ids of the sections that are open again; empty: all of them.
    sections = models.JSONField(_("parties à revoir"), default=list, blank=True)
    reason = models.TextField(_("ce qui est demandé"))
    until = models.DateTimeField(_("jusqu’au"))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    asked_at = models.DateTimeField(_("demandé le"))
    #: When the new version came, or when the agency closed the request itself.
    ended_at = models.DateTimeField(_("terminé le"), null=True, blank=True)

    class Meta:
        verbose_name = _("complément demandé")
        ordering = ["asked_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="revision_request_is_one_at_a_time",
                fields=["application"],
                condition=Q(ended_at=None),
            ),
        ]

    def __str__(self) -> str:
        return self.reason[:60]


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def present(self) -> Self:
        """Those that answer their question now."""
        return self.filter(removed_at=None)


class Attachment(models.Model):
    """A file that answers a question, checked and written anew; read by few."""

    application = models.ForeignKey(
        Application, models.CASCADE, related_name="attachments"
    )
    question = models.CharField(_("question"), max_length=40)
    #: Where it is, under the folder of files: « applications/… ».
    file = models.CharField(max_length=120, unique=True)
    name = models.CharField(_("nom du fichier"), max_length=160)
    size = models.PositiveIntegerField(_("taille"))
    sha256 = models.CharField(max_length=64)
    added_at = models.DateTimeField(_("ajouté le"))
    #: Taken out of the answers; versions that were sent still hold it.
    removed_at = models.DateTimeField(_("retiré le"), null=True, blank=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("pièce jointe")
        ordering = ["added_at", "pk"]

    def __str__(self) -> str:
        return self.name


class ApplicationStep(models.Model):
    """One line of the journal of an application."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="steps")
    state = models.CharField(_("état"), max_length=12, choices=ApplicationState)
    text = models.CharField(_("ce qui s’est passé"), max_length=400)
    at = models.DateTimeField(_("le"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("étape")
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return self.text
