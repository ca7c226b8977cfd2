"""Agendas of other sites that we read, and what of theirs became ours."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from maillage.agenda.choices import FeedKind, RemoteState
from maillage.agenda.models.events import Event
from maillage.agenda.models.programmes import Programme
from maillage.directory.models import Place, Structure


class FeedQuerySet(models.QuerySet["Feed"]):
    def managed_by(self, user: Any) -> Self:
        """All for the agency; those of structures that one speaks for."""
        if not user.is_authenticated:
            return self.none()
        return self if user.is_agency else self.filter(owner__memberships__user=user)


class Feed(models.Model):
    """An agenda elsewhere, by its address or by the files that people send."""

    name = models.CharField(_("nom"), max_length=120)
    kind = models.CharField(_("format"), max_length=12, choices=FeedKind)
    url = models.URLField(
        _("adresse"),
        max_length=500,
        blank=True,
        help_text=_("Vide : les fichiers sont envoyés à la main."),
    )
    owner = models.ForeignKey(
        Structure,
        models.PROTECT,
        related_name="feeds",
        verbose_name=_("organisateur des événements"),
    )
    place = models.ForeignKey(
        Place,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("lieu, si la source n’en dit pas"),
    )
    programme = models.ForeignKey(
        Programme, models.PROTECT, null=True, blank=True, related_name="+"
    )
    event_kind = models.CharField(_("nature, si la source n’en dit pas"), max_length=40)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    #: The agency has looked at it: what it says is published without being asked again.
    is_trusted = models.BooleanField(_("publié sans relecture"), default=False)
    #: A file that was sent or fetched, until a person says yes to what it would do.
    pending = models.FileField(upload_to="private/feeds", blank=True)
    pending_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(_("lu le"), null=True, blank=True)
    trouble = models.TextField(_("dernière difficulté"), blank=True)

    objects = FeedQuerySet.as_manager()

    class Meta:
        verbose_name = _("agenda suivi")
        verbose_name_plural = _("agendas suivis")
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("agenda:feed_detail", args=[self.pk])


class RemoteQuerySet(models.QuerySet["Remote"]):
    def to_settle(self) -> Self:
        """Those that wait for a person: changed twice, or gone."""
        return self.filter(state__in=[RemoteState.CONFLICT, RemoteState.GONE])


class Remote(models.Model):
    """An event of a feed beside ours: what it said last, and what we took of it."""

    feed = models.ForeignKey(Feed, models.CASCADE, related_name="remotes")
    uid = models.CharField(_("identifiant dans la source"), max_length=255)
    event = models.ForeignKey(Event, models.CASCADE, null=True, related_name="remotes")
    #: Both as ``exchange_told`` has them: when last agreed, and as the source is now.
    base = models.JSONField(default=dict)
    current = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)
    sequence = models.IntegerField(default=0)
    state = models.CharField(
        _("état"), max_length=10, choices=RemoteState, default=RemoteState.SAME
    )
    seen_at = models.DateTimeField(_("vu le"))

    objects = RemoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("événement suivi")
        constraints = [
            models.UniqueConstraint(
                name="remote_is_one_per_feed",
                fields=["feed", "uid"],
                condition=~Q(uid=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.feed}: {self.uid}"
