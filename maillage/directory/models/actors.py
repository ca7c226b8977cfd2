"""Who does science culture, where, and who speaks for them."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from maillage.core import vocab
from maillage.core.fields import TermField, TermsField
from maillage.core.publishing import Facets, Publishable, PublishedQuerySet
from maillage.directory import schema_org
from maillage.directory.access import answered, check_access
from maillage.directory.choices import MemberRole, PositionQuality


class StructureQuerySet(PublishedQuerySet):
    def owned_by(self, user: Any) -> Self:
        return self.filter(memberships__user=user.pk)

    def managed_by(self, user: Any) -> Self:
        """Structures whose team and claims the person answers for."""
        if not user.is_authenticated:
            return self.none()
        if user.is_agency:
            return self
        return self.filter(memberships__user=user, memberships__role=MemberRole.MANAGER)


class Contact(models.Model):
    """How the public reaches a structure or a place."""

    website = models.URLField(_("site web"), max_length=300, blank=True)
    email = models.EmailField(_("e-mail public"), blank=True)
    phone = models.CharField(_("téléphone"), max_length=30, blank=True)
    street = models.CharField(_("adresse postale"), max_length=200, blank=True)
    postcode = models.CharField(_("code postal"), max_length=5, blank=True)

    class Meta:
        abstract = True


CONTACT = ("website", "email", "phone", "street", "postcode")
COMMON = (
    "name",
    "summary",
    "description",
    "themes",
    "audiences",
    "commune",
    "lon",
    "lat",
    "picture",
    "picture_alt",
    "picture_credit",
)


class Structure(Contact, Publishable):
    """An organisation that conceives, produces, spreads or coordinates."""

    code: ClassVar[str] = "structure"
    category_vocabulary: ClassVar[str] = "structure_kinds"
    list_facets: ClassVar[Facets] = (
        ("category", _("Nature"), "structure_kinds"),
        ("chain_roles", _("Rôle dans la chaîne"), "chain_roles"),
        ("networks", _("Réseaux"), "networks"),
        ("production_tools", _("Outils de production"), "production_tools"),
        ("know_how", _("Savoir-faire"), "know_how"),
        *Publishable.list_facets,
    )
    editable: ClassVar[tuple[str, ...]] = (
        *COMMON,
        *CONTACT,
        "kind",
        "networks",
        "chain_roles",
        "production_tools",
        "know_how",
        "siret",
        "is_active",
    )

    kind = TermField(_("nature"), vocabulary="structure_kinds")
    networks = TermsField(_("réseaux"), vocabulary="networks")
    chain_roles = TermsField(
        _("rôle dans la chaîne de conception"), vocabulary="chain_roles"
    )
    production_tools = TermsField(
        _("outils de production"), vocabulary="production_tools"
    )
    know_how = TermsField(_("savoir-faire"), vocabulary="know_how")
    siret = models.CharField(_("SIRET"), max_length=14, blank=True)
    printed_name = models.CharField(
        _("nom dans le plan de 2018"), max_length=200, blank=True
    )
    is_active = models.BooleanField(_("en activité"), default=True)

    objects = StructureQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["changed_at"])

    class Meta(Publishable.Meta):
        verbose_name = _("structure")
        verbose_name_plural = _("structures")
        constraints = [
            models.UniqueConstraint(
                name="structure_source_key_is_unique",
                fields=["source", "source_key"],
                condition=~Q(source_key=""),
            ),
        ]
        indexes = [models.Index(fields=["siret"], name="structure_siret")]

    def schema_org(self) -> dict[str, Any]:
        return schema_org.organization(self)

    def facets(self) -> dict[str, list[str]]:
        return super().facets() | {
            "networks": list(self.networks),
            "chain_roles": list(self.chain_roles),
            "production_tools": list(self.production_tools),
            "know_how": list(self.know_how),
        }

    def search_text(self) -> tuple[str, str]:
        name, body = super().search_text()
        words = [
            self.printed_name,
            *vocab.labels("networks", self.networks),
            *vocab.labels("chain_roles", self.chain_roles),
            *vocab.labels("production_tools", self.production_tools),
            *vocab.labels("know_how", self.know_how),
        ]
        return name, f"{body} {' '.join(words)}"


class Room(models.Model):
    """What a host can say of where a loan would stand; unknown until it is told."""

    host_surface_m2 = models.PositiveIntegerField(
        _("surface disponible (m²)"), null=True, blank=True
    )
    host_height_cm = models.PositiveIntegerField(
        _("hauteur sous plafond (cm)"), null=True, blank=True
    )
    host_door_width_cm = models.PositiveIntegerField(
        _("largeur de la porte la plus étroite (cm)"), null=True, blank=True
    )
    host_power = TermField(_("électricité"), vocabulary="power", blank=True)
    host_staff = models.PositiveSmallIntegerField(
        _("personnes pour aider au montage"), null=True, blank=True
    )
    host_is_level = models.BooleanField(
        _("de plain-pied ou avec monte-charge"), null=True, blank=True
    )

    class Meta:
        abstract = True

    @property
    def declines_loans(self) -> bool:
        """It has said that it hosts nothing."""
        return False


ROOM = tuple(field.name for field in Room._meta.local_fields)


#: More people than live in the country do not come to one place.
MOST_VISITORS = 100_000_000


class PlaceQuerySet(PublishedQuerySet):
    def owned_by(self, user: Any) -> Self:
        return self.filter(structure__memberships__user=user.pk)


class Place(Room, Contact, Publishable):
    """A site of a structure that receives the public or a loan."""

    code: ClassVar[str] = "place"
    category_vocabulary: ClassVar[str] = "place_kinds"
    list_facets: ClassVar[Facets] = (
        ("family", _("Famille"), "place_families"),
        ("category", _("Nature"), "place_kinds"),
        ("features", _("Pratique"), ""),
        ("networks", _("Réseaux"), "networks"),
        *Publishable.list_facets,
    )
    facet_labels: ClassVar[Mapping[str, Mapping[str, str | Promise]]] = {
        **Publishable.facet_labels,
        "features": {
            "can_host": _("peut accueillir une exposition"),
            "is_free": _("entrée gratuite"),
            "accessible": _("accessible en fauteuil roulant"),
        },
    }
    entry_related: ClassVar[tuple[str, ...]] = (
        *Publishable.entry_related,
        "structure",
    )
    editable: ClassVar[tuple[str, ...]] = (
        *COMMON,
        *CONTACT,
        "kind",
        "structure",
        "networks",
        "position_quality",
        "opening",
        "prices",
        "is_free",
        "yearly_visitors",
        "access",
        "can_host",
        *ROOM,
        "host_is_secured",
        "host_notes",
    )

    kind = TermField(_("nature"), vocabulary="place_kinds")
    structure = models.ForeignKey(
        Structure,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="places",
        verbose_name=_("structure"),
    )
    networks = TermsField(_("réseaux"), vocabulary="networks")
    position_quality = models.CharField(
        _("précision de la position"),
        max_length=10,
        choices=PositionQuality,
        default=PositionQuality.COMMUNE,
    )
    opening = models.TextField(_("ouverture"), blank=True)
    prices = models.TextField(_("tarifs"), blank=True)
    is_free = models.BooleanField(_("entrée gratuite"), null=True, blank=True)
    yearly_visitors = models.PositiveIntegerField(
        _("visiteurs par an"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(MOST_VISITORS)],
        help_text=_(
            "La dernière année comptée ; publié avec la fiche. L’accès des communes en "
            "tient compte : un grand lieu sert plus de monde."
        ),
    )
    access = models.JSONField(
        _("accessibilité"), default=dict, blank=True, validators=[check_access]
    )
    can_host = models.BooleanField(
        _("peut accueillir une exposition itinérante"), null=True, blank=True
    )
    host_is_secured = models.BooleanField(
        _("salle surveillée ou fermée à clé"), null=True, blank=True
    )
    host_notes = models.TextField(_("à savoir pour le montage"), blank=True)

    objects = PlaceQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["changed_at"])

    class Meta(Publishable.Meta):
        verbose_name = _("lieu")
        verbose_name_plural = _("lieux")
        constraints = [
            models.UniqueConstraint(
                name="place_source_key_is_unique",
                fields=["source", "source_key"],
                condition=~Q(source_key=""),
            ),
        ]

    @property
    def family(self) -> str:
        """The family of its kind: a colour and a shape on the map."""
        term = vocab.terms("place_kinds").get(self.kind)
        return term.family if term else ""

    @property
    def owner_name(self) -> str:
        return self.structure.name if self.structure else ""

    @property
    def declines_loans(self) -> bool:
        return self.can_host is False

    @property
    def is_position_of_commune(self) -> bool:
        """The point on the map only says in which commune it is."""
        return self.lon is None or self.position_quality == PositionQuality.COMMUNE

    def schema_org(self) -> dict[str, Any]:
        return schema_org.place(self)

    def facets(self) -> dict[str, list[str]]:
        found = super().facets() | {"networks": list(self.networks)}
        found["family"] = [self.family]
        features = {
            "can_host": self.can_host,
            "is_free": self.is_free,
            "accessible": self.access.get("entree_pmr")
            or self.access.get("entree_plain_pied"),
        }
        found["features"] = [name for name, holds in features.items() if holds]
        return found

    @classmethod
    def worded(cls, field: str, value: Any) -> str | None:
        if field != "access":
            return None
        return "\n".join(
            f"{line['question'].label} : {line['text']}"
            for _section, lines in answered(value)
            for line in lines
        )

    def search_text(self) -> tuple[str, str]:
        name, body = super().search_text()
        words = [self.owner_name, *vocab.labels("networks", self.networks)]
        return name, f"{body} {' '.join(words)}"
