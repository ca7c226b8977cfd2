"""Trails: ordered stops that one walks, rides or drives."""

import secrets
from collections.abc import Iterable
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext, gettext_lazy as _
from simple_history.models import HistoricalRecords

from maillage.agenda import trail_schema, trail_steps
from maillage.agenda.choices import TrailMode
from maillage.agenda.models.events import Event
from maillage.catalogue.models import Resource
from maillage.core.fields import TermField, TermsField
from maillage.core.models import Alias
from maillage.core.publishing import Facets, Publishable, PublishedQuerySet
from maillage.directory.models import COMMON, Place, Structure

#: Without the letters that look alike, so that a code can be read from paper.
LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
MOST_STOPS = 40
STEP_TYPES: dict[str, tuple[type, ...]] = {
    "key": (str,),
    "kind": (str,),
    "slug": (str,),
    "title": (str,),
    "text": (str,),
    "question": (str,),
    "minutes": (int, type(None)),
    "lon": (float, int, type(None)),
    "lat": (float, int, type(None)),
}
LONGEST = {"key": 12, "title": 200, "text": 5000, "question": 300, "slug": 120}


def new_code() -> str:
    """Ten letters that nobody guesses: 50 bits."""
    return "".join(secrets.choice(LETTERS) for _n in range(10))


class TrailQuerySet(PublishedQuerySet):
    def owned_by(self, user: Any) -> Self:
        return self.filter(owner__memberships__user=user.pk)


class Trail(Publishable):
    """A series of places, events and resources, with a theme and an order."""

    code: ClassVar[str] = "trail"
    category_vocabulary: ClassVar[str] = "trail_kinds"
    list_facets: ClassVar[Facets] = (
        ("category", _("Nature"), "trail_kinds"),
        ("mode", _("On le suit"), ""),
        ("length", _("Durée"), ""),
        ("access", _("Accessibilité"), "resource_access"),
        *(facet for facet in Publishable.list_facets if facet[0] != "trust"),
    )
    facet_labels = {
        **Publishable.facet_labels,
        "mode": dict(TrailMode.choices),
        "length": {
            "short": _("moins d’une heure"),
            "half": _("une à trois heures"),
            "day": _("plus de trois heures"),
        },
    }
    list_facts: ClassVar[tuple[str, ...]] = ("minutes", "distance_km", "min_age")
    entry_related: ClassVar[tuple[str, ...]] = (*Publishable.entry_related, "owner")
    entry_prefetch: ClassVar[tuple[str, ...]] = (
        "stops__place__commune",
        "stops__event__place__commune",
        "stops__event__commune",
        "stops__resource__commune",
        "stops__resource__owner__commune",
    )
    editable: ClassVar[tuple[str, ...]] = (
        *COMMON,
        "kind",
        "owner",
        "mode",
        "minutes",
        "distance_km",
        "min_age",
        "access",
        "steps",
    )

    kind = TermField(_("nature"), vocabulary="trail_kinds")
    owner = models.ForeignKey(
        Structure,
        models.PROTECT,
        related_name="trails",
        verbose_name=_("proposé par"),
    )
    mode = models.CharField(
        _("on le suit"), max_length=10, choices=TrailMode, default=TrailMode.WALK
    )
    minutes = models.PositiveIntegerField(_("durée (minutes)"), null=True, blank=True)
    distance_km = models.FloatField(_("longueur (km)"), null=True, blank=True)
    min_age = models.PositiveSmallIntegerField(_("dès (ans)"), null=True, blank=True)
    access = TermsField(_("accessibilité"), vocabulary="resource_access")
    #: The stops as people propose, compare and restore them; the rows of ``Stop``
    #: follow whenever a trail is saved. A step is known by its ``key``.
    steps = models.JSONField(_("étapes"), default=list, blank=True)

    objects = TrailQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["changed_at"])

    class Meta(Publishable.Meta):
        verbose_name = _("parcours")
        verbose_name_plural = _("parcours")
        constraints = [
            models.UniqueConstraint(
                name="trail_source_key_is_unique",
                fields=["source", "source_key"],
                condition=~Q(source_key=""),
            ),
            models.CheckConstraint(
                name="trail_distance_is_not_negative",
                condition=Q(distance_km=None) | Q(distance_km__gte=0),
            ),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        with transaction.atomic():
            super().save(*args, **kwargs)
            fields = kwargs.get("update_fields")
            if fields is None or "steps" in fields:
                self.write_stops()

    def clean(self) -> None:
        super().clean()
        check_steps(self.steps)

    def write_stops(self) -> None:
        """Make the rows of stops follow ``steps``; one that stays keeps its code."""
        known = {stop.key: stop for stop in self.stops.all()}
        things = things_of(self.steps)
        wanted = [
            filled(
                known.get(step["key"])
                or Stop(trail=self, key=step["key"], code=new_code()),
                step,
                rank=rank,
                thing=things.get((step["kind"], step["slug"])),
            )
            for rank, step in enumerate(self.steps, 1)
        ]
        gone = known.keys() - {stop.key for stop in wanted}
        self.stops.filter(key__in=gone).delete()
        for stop in wanted:
            stop.save()
        getattr(self, "_prefetched_objects_cache", {}).clear()

    @property
    def owner_name(self) -> str:
        return self.owner.name

    @property
    def itinerary(self) -> str:
        """Its steps as files write them."""
        return trail_steps.in_file(self.steps)

    @property
    def position(self) -> tuple[float, float] | None:
        """Its own, else its first stop's, else its commune's."""
        if self.lon is not None and self.lat is not None:
            return self.lon, self.lat
        stops = self.stops.all() if self.pk else ()
        first = next((at for stop in stops if (at := stop.position)), None)
        return first or super().position

    def facets(self) -> dict[str, list[str]]:
        found = super().facets() | {
            "access": list(self.access),
            "owner": [self.owner.slug],
            "mode": [self.mode],
            "length": [self.length] if self.length else [],
        }
        for stop in self.stops.all():
            if home := stop.commune:
                found["commune"] = sorted({*found.get("commune", []), home.insee})
                departments = {*found.get("department", []), home.department_id}
                found["department"] = sorted(departments)
                if home.epci_id:
                    found["epci"] = sorted({*found.get("epci", []), home.epci_id})
        return found

    @property
    def length(self) -> str:
        if self.minutes is None:
            return ""
        return (
            "short" if self.minutes < 60 else "half" if self.minutes <= 180 else "day"
        )

    def facts(self) -> dict[str, Any]:
        return {
            "minutes": self.minutes,
            "distance_km": self.distance_km,
            "min_age": self.min_age,
        }

    def search_text(self) -> tuple[str, str]:
        name, body = super().search_text()
        stops = " ".join(f"{stop.title} {stop.text}" for stop in self.stops.all())
        return name, f"{body} {self.owner.name} {stops}"

    def schema_org(self) -> dict[str, Any]:
        return trail_schema.trail_data(self)

    @classmethod
    def worded(cls, field: str, value: Any) -> str | None:
        """The stops in words, one after the other, for those who compare versions."""
        if field != "steps":
            return super().worded(field, value)
        return " ; ".join(
            ", ".join(
                part
                for part in (
                    f"{rank}. {step.get('title', '')}",
                    str(step.get("text", "")),
                    str(step.get("question", "")),
                )
                if part
            )
            for rank, step in enumerate(value or [], 1)
            if isinstance(step, dict)
        )


def check_steps(steps: Any) -> None:
    """Raise ``ValidationError`` unless the steps have the form that stops need."""
    wrong = ValidationError({"steps": gettext("Une étape n’a pas la forme attendue.")})
    if not isinstance(steps, list):
        raise wrong
    if len(steps) > MOST_STOPS:
        text = gettext("Un parcours a au plus %(most)s étapes.") % {"most": MOST_STOPS}
        raise ValidationError({"steps": text})
    for step in steps:
        if not isinstance(step, dict) or step.keys() != STEP_TYPES.keys():
            raise wrong
        for name, types in STEP_TYPES.items():
            value = step[name]
            if isinstance(value, bool) or not isinstance(value, types):
                raise wrong
            if isinstance(value, str) and len(value) > LONGEST.get(name, 40):
                raise wrong
        if not step["key"] or not step["title"] or step["kind"] not in {"", *LINKS}:
            raise wrong
        if (step["minutes"] or 0) < 0 or (step["minutes"] or 0) > 10_000:
            raise wrong
        if (step["lon"] is None) != (step["lat"] is None):
            raise wrong
        if abs(step["lon"] or 0) > 180 or abs(step["lat"] or 0) > 90:
            raise wrong
    if len({step["key"] for step in steps}) != len(steps):
        raise wrong


def things_of(steps: Iterable[dict[str, Any]]) -> dict[tuple[str, str], Publishable]:
    """What the steps lead to, by kind and address; old addresses are understood."""
    found: dict[tuple[str, str], Publishable] = {}
    for kind, model in LINKS.items():
        slugs = {step["slug"] for step in steps if step["kind"] == kind}
        if not slugs:
            continue
        found |= {(kind, row.slug): row for row in model.objects.filter(slug__in=slugs)}
        missing = slugs - {slug for one, slug in found if one == kind}
        aliases = Alias.objects.filter(kind=kind, slug__in=missing)
        moved = dict(aliases.values_list("slug", "object_id"))
        rows = model.objects.in_bulk(moved.values())
        found |= {(kind, slug): rows[pk] for slug, pk in moved.items() if pk in rows}
    return found


def filled(stop: "Stop", step: dict[str, Any], *, rank: int, thing: Any) -> "Stop":
    """A stop with the values of a step."""
    for name in ("title", "text", "question", "minutes", "lon", "lat"):
        setattr(stop, name, step[name])
    stop.rank = rank
    for kind in LINKS:
        setattr(
            stop, kind, thing if thing is not None and step["kind"] == kind else None
        )
    return stop


LINKS: dict[str, Any] = {"place": Place, "event": Event, "resource": Resource}


class Stop(models.Model):
    """A place, an event, a resource, or a point of its own, at its rank."""

    trail = models.ForeignKey(Trail, models.CASCADE, related_name="stops")
    #: Which step of the trail it is, whatever its rank.
    key = models.CharField(max_length=12)
    rank = models.PositiveSmallIntegerField(_("rang"))
    place = models.ForeignKey(
        Place, models.PROTECT, null=True, blank=True, related_name="trail_stops"
    )
    event = models.ForeignKey(
        Event, models.PROTECT, null=True, blank=True, related_name="trail_stops"
    )
    resource = models.ForeignKey(
        Resource, models.PROTECT, null=True, blank=True, related_name="trail_stops"
    )
    title = models.CharField(_("titre"), max_length=200)
    text = models.TextField(_("ce que l’on y voit"), blank=True)
    question = models.CharField(
        _("question pour les enfants"), max_length=300, blank=True
    )
    minutes = models.PositiveSmallIntegerField(
        _("durée sur place (minutes)"), null=True, blank=True
    )
    lon = models.FloatField(_("longitude"), null=True, blank=True)
    lat = models.FloatField(_("latitude"), null=True, blank=True)
    #: What its QR code says: it stands at the stop and is told nowhere else, since
    #: whoever knows it can stamp a pass.
    code = models.CharField(max_length=16, unique=True, default=new_code)

    class Meta:
        verbose_name = _("étape")
        ordering = ["trail", "rank", "pk"]
        constraints = [
            models.UniqueConstraint(name="stop_key_is_unique", fields=["trail", "key"]),
        ]

    def __str__(self) -> str:
        return f"{self.rank}. {self.title}"

    @property
    def thing(self) -> Publishable | None:
        """What one meets there, when it has a page."""
        return self.place or self.event or self.resource

    @property
    def position(self) -> tuple[float, float] | None:
        """Its own point, else that of what one meets there."""
        if self.lon is not None and self.lat is not None:
            return self.lon, self.lat
        return self.thing.position if self.thing else None

    @property
    def commune(self) -> Any:
        """The commune of what one meets there, when it has one."""
        thing: Any = self.thing
        if thing is None:
            return None
        if thing.commune is None and self.event and self.event.place:
            return self.event.place.commune
        return thing.commune
