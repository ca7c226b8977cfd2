"""States that the agenda branches on."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    """What became of an event; it stays visible whatever it is."""

    SCHEDULED = "scheduled", _("prévu")
    POSTPONED = "postponed", _("reporté")
    CANCELLED = "cancelled", _("annulé")


class Mode(models.TextChoices):
    ON_SITE = "on_site", _("sur place")
    ONLINE = "online", _("en ligne")
    MIXED = "mixed", _("sur place et en ligne")


class Booking(models.TextChoices):
    NONE = "none", _("sans inscription")
    LINK = "link", _("par un lien ou un contact")
    HERE = "here", _("sur ce site")


class OccurrenceState(models.TextChoices):
    SCHEDULED = "scheduled", _("prévue")
    FULL = "full", _("complète")
    CANCELLED = "cancelled", _("annulée")


class SignUpState(models.TextChoices):
    CONFIRMED = "confirmed", _("inscrit")
    WAITING = "waiting", _("en liste d’attente")
    CANCELLED = "cancelled", _("annulée")


class LabelState(models.TextChoices):
    """Where an event stands on its way into a programme."""

    ASKED = "asked", _("proposé")
    CHANGES_ASKED = "changes_asked", _("à compléter")
    GRANTED = "granted", _("labellisé")
    REFUSED = "refused", _("refusé")
    WITHDRAWN = "withdrawn", _("retiré")


class TrailMode(models.TextChoices):
    WALK = "walk", _("à pied")
    BICYCLE = "bicycle", _("à vélo")
    CAR = "car", _("en voiture")
    TRANSIT = "transit", _("en transports en commun")
    FREE = "free", _("à son rythme")


class FeedKind(models.TextChoices):
    ICALENDAR = "icalendar", _("calendrier iCalendar (.ics)")
    OPENAGENDA = "openagenda", _("agenda OpenAgenda (JSON)")


class RemoteState(models.TextChoices):
    """What an event of another site is to ours."""

    SAME = "same", _("identique")
    CONFLICT = "conflict", _("modifié des deux côtés")
    GONE = "gone", _("disparu de la source")
    LEFT = "left", _("n’est plus suivi")
