"""Events and their occurrences: what happens, and when."""

import datetime as dt
import uuid
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from maillage.agenda import schema_org
from maillage.agenda.choices import Booking, Mode, Status
from maillage.agenda.models.programmes import Programme
from maillage.catalogue.models import Resource
from maillage.core import vocab
from maillage.core.fields import TermField, TermsField
from maillage.core.publishing import Facets, Publishable, PublishedQuerySet
from maillage.directory.models import COMMON, Place, Structure


class EventQuerySet(PublishedQuerySet):
    def owned_by(self, user: Any) -> Self:
        """Events of structures that the person speaks for, co-organised ones too."""
        mine = Structure.objects.filter(memberships__user=user.pk)
        shared = Event.co_organisers.through.objects.filter(structure__in=mine)
        return self.filter(Q(owner__in=mine) | Q(pk__in=shared.values("event")))

    def upcoming(self, today: dt.date) -> Self:
        """Events that are not over."""
        return self.filter(last_on__gte=today)


class Event(Publishable):
    """Something that happens, once or often, somewhere or online."""

    code: ClassVar[str] = "event"
    category_vocabulary: ClassVar[str] = "event_kinds"
    list_facets: ClassVar[Facets] = (
        ("category", _("Nature"), "event_kinds"),
        ("features", _("Pratique"), ""),
        ("programme", _("Temps fort"), ""),
        ("levels", _("Niveaux scolaires"), "school_levels"),
        ("languages", _("Langues"), "languages"),
        ("access", _("Accessibilité"), "resource_access"),
        *(facet for facet in Publishable.list_facets if facet[0] != "trust"),
    )
    facet_labels = {
        **Publishable.facet_labels,
        "features": {
            "free": _("gratuit"),
            "family": _("en famille"),
            "accessible": _("accessible en fauteuil roulant"),
            "online": _("en ligne"),
            "signup": _("inscription sur ce site"),
        },
    }
    list_facts: ClassVar[tuple[str, ...]] = ("min_age", "first_on", "last_on")
    entry_related: ClassVar[tuple[str, ...]] = (
        *Publishable.entry_related,
        "owner",
        "programme",
        "place__commune__department",
        "place__commune__epci",
    )
    editable: ClassVar[tuple[str, ...]] = (
        *COMMON,
        "kind",
        "owner",
        "co_organisers",
        "place",
        "venue",
        "mode",
        "online_url",
        "resource",
        "levels",
        "languages",
        "min_age",
        "max_age",
        "is_free",
        "price_cents",
        "price_note",
        "booking",
        "booking_url",
        "booking_contact",
        "capacity",
        "access",
    )

    kind = TermField(_("nature"), vocabulary="event_kinds")
    owner = models.ForeignKey(
        Structure,
        models.PROTECT,
        related_name="events",
        verbose_name=_("organisateur"),
    )
    co_organisers = models.ManyToManyField(
        Structure,
        blank=True,
        related_name="co_organised",
        verbose_name=_("co-organisateurs"),
    )
    place = models.ForeignKey(
        Place,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="events",
        verbose_name=_("lieu"),
    )
    venue = models.CharField(
        _("salle ou adresse"),
        max_length=200,
        blank=True,
        help_text=_("Si le lieu n’est pas dans l’annuaire, ou pour préciser."),
    )
    mode = models.CharField(
        _("forme"), max_length=10, choices=Mode, default=Mode.ON_SITE
    )
    online_url = models.URLField(
        _("lien pour suivre en ligne"), max_length=500, blank=True
    )
    resource = models.ForeignKey(
        Resource,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="events",
        verbose_name=_("ressource présentée"),
    )
    levels = TermsField(_("niveaux scolaires"), vocabulary="school_levels")
    languages = TermsField(_("langues"), vocabulary="languages")
    min_age = models.PositiveSmallIntegerField(_("dès (ans)"), null=True, blank=True)
    max_age = models.PositiveSmallIntegerField(
        _("jusqu’à (ans)"), null=True, blank=True
    )
    is_free = models.BooleanField(_("gratuit"), null=True, blank=True)
    price_cents = models.PositiveIntegerField(_("plein tarif"), null=True, blank=True)
    price_note = models.CharField(
        _("précision sur le tarif"), max_length=300, blank=True
    )
    booking = models.CharField(
        _("inscription"), max_length=10, choices=Booking, default=Booking.NONE
    )
    booking_url = models.URLField(_("lien pour s’inscrire"), max_length=500, blank=True)
    booking_contact = models.CharField(
        _("téléphone ou adresse e-mail"), max_length=200, blank=True
    )
    capacity = models.PositiveIntegerField(
        _("places par séance"), null=True, blank=True
    )
    access = TermsField(_("accessibilité"), vocabulary="resource_access")
    status = models.CharField(
        _("ce qu’il en est"), max_length=10, choices=Status, default=Status.SCHEDULED
    )
    status_note = models.CharField(_("pourquoi"), max_length=300, blank=True)
    programme = models.ForeignKey(
        Programme,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="events",
        verbose_name=_("temps fort"),
    )
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sequence = models.PositiveIntegerField(default=0)
    first_on = models.DateField(_("premier jour"), null=True, blank=True)
    last_on = models.DateField(_("dernier jour"), null=True, blank=True, db_index=True)

    objects = EventQuerySet.as_manager()
    history = HistoricalRecords(
        excluded_fields=["changed_at"], m2m_fields=["co_organisers"]
    )

    class Meta(Publishable.Meta):
        verbose_name = _("événement")
        verbose_name_plural = _("événements")
        constraints = [
            models.UniqueConstraint(
                name="event_source_key_is_unique",
                fields=["source", "source_key"],
                condition=~Q(source_key=""),
            ),
            models.CheckConstraint(
                name="event_ages_in_order",
                condition=Q(min_age=None)
                | Q(max_age=None)
                | Q(max_age__gte=F("min_age")),
            ),
        ]

    @property
    def is_found(self) -> bool:
        """Lists show it until it is over; its page stays."""
        today = timezone.localdate()
        return self.is_public and (self.last_on is None or self.last_on >= today)

    @property
    def owner_name(self) -> str:
        return self.owner.name

    @property
    def timetable(self) -> str:
        """Its times as files write them, ``2027-03-06T14:00/2027-03-06T16:00|…``."""
        if self._state.adding:
            return ""
        times = sorted(self.occurrences.all(), key=lambda one: (one.starts_at, one.pk))
        return "|".join(one.interval for one in times if not one.is_cancelled)

    @property
    def commune_name(self) -> str:
        """Its commune, else its place's; empty online."""
        own = super().commune_name
        return own or (self.place.commune_name if self.place else "")

    @property
    def position(self) -> tuple[float, float] | None:
        """Its place's, else its own, else its commune's."""
        place = self.place.position if self.place else None
        return place or super().position

    def facets(self) -> dict[str, list[str]]:
        found = super().facets() | {
            "levels": list(self.levels),
            "languages": list(self.languages),
            "access": list(self.access),
            "owner": [self.owner.slug],
            "place": [self.place.slug] if self.place else [],
            "programme": [self.programme.slug] if self.programme else [],
        }
        if not self.commune and self.place and self.place.commune:
            home = self.place.commune
            found |= {"commune": [home.insee], "department": [home.department_id]}
            if home.epci_id:
                found["epci"] = [home.epci_id]
        features = {
            "free": self.is_free,
            "family": {"families", "children", "young_children", "everyone"}
            & set(self.audiences),
            "accessible": "wheelchair" in self.access,
            "online": self.mode != Mode.ON_SITE,
            "signup": self.booking == Booking.HERE,
        }
        found["features"] = [name for name, holds in features.items() if holds]
        return found

    def facts(self) -> dict[str, Any]:
        """Numbers that lists bound, and the words that lines of an agenda show."""
        return {
            "min_age": self.min_age,
            "max_age": self.max_age,
            "first_on": self.first_on.toordinal() if self.first_on else None,
            "last_on": self.last_on.toordinal() if self.last_on else None,
            "place_name": self.place.name if self.place else self.venue,
            "status": self.status,
            "is_free": self.is_free,
        }

    def schema_org(self) -> dict[str, Any]:
        return schema_org.event_data(self)

    def search_text(self) -> tuple[str, str]:
        name, body = super().search_text()
        words = [
            self.owner.name,
            self.venue,
            *vocab.labels("school_levels", self.levels),
        ]
        if self.place:
            words.append(self.place.name)
        if self.programme:
            words.append(self.programme.name)
        return name, f"{body} {' '.join(words)}"
