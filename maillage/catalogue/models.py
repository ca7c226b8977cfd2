"""What travels or is shared: exhibitions, kits, models, planetariums, works."""

from typing import Any, ClassVar, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext, gettext_lazy as _
from simple_history.models import HistoricalRecords

from maillage.catalogue.choices import EVERYONE, AttachmentKind
from maillage.core import vocab
from maillage.core.fields import TermField, TermsField
from maillage.core.money import format_cents
from maillage.core.publishing import Facets, Publishable, PublishedQuerySet
from maillage.directory.models import COMMON, Structure


class ResourceQuerySet(PublishedQuerySet):
    def owned_by(self, user: Any) -> Self:
        return self.filter(owner__memberships__user=user.pk)

    def holding_file(self, name: str) -> Self:
        """Resources that show a picture or give a document of this name."""
        attached = Attachment.objects.filter(file=name).values("resource")
        return self.filter(Q(picture=name) | Q(pk__in=attached))

    def whole(self) -> Self:
        """Resources that are not a module of another one."""
        return self.filter(parent=None)


class TechnicalSheet(models.Model):
    """What a host must know before it says yes: room, hands, current, vehicle."""

    surface_m2 = models.PositiveIntegerField(_("surface (m²)"), null=True, blank=True)
    height_cm = models.PositiveIntegerField(
        _("hauteur nécessaire (cm)"), null=True, blank=True
    )
    volume_m3 = models.DecimalField(
        _("volume emballé (m³)"), max_digits=7, decimal_places=2, null=True, blank=True
    )
    weight_kg = models.PositiveIntegerField(_("poids (kg)"), null=True, blank=True)
    crates = models.PositiveSmallIntegerField(_("caisses"), null=True, blank=True)
    largest_crate = models.CharField(
        _("plus grande caisse (cm)"), max_length=40, blank=True
    )
    setup_minutes = models.PositiveIntegerField(
        _("montage (minutes)"), null=True, blank=True
    )
    takedown_minutes = models.PositiveIntegerField(
        _("démontage (minutes)"), null=True, blank=True
    )
    setup_people = models.PositiveSmallIntegerField(
        _("personnes au montage"), null=True, blank=True
    )
    power = TermField(_("électricité"), vocabulary="power", blank=True)
    vehicle = TermField(_("véhicule"), vocabulary="vehicles", blank=True)

    class Meta:
        abstract = True


SHEET = tuple(field.name for field in TechnicalSheet._meta.local_fields)


class Resource(TechnicalSheet, Publishable):
    """A thing that travels or is shared, as the common catalogue describes it."""

    code: ClassVar[str] = "resource"
    category_vocabulary: ClassVar[str] = "resource_kinds"
    list_facets: ClassVar[Facets] = (
        ("category", _("Nature"), "resource_kinds"),
        ("levels", _("Niveaux scolaires"), "school_levels"),
        ("languages", _("Langues"), "languages"),
        ("access", _("Accessibilité"), "resource_access"),
        ("power", _("Électricité"), "power"),
        ("owner", _("Propriétaire"), ""),
        *Publishable.list_facets,
    )
    list_facts: ClassVar[tuple[str, ...]] = (
        "surface_m2",
        "min_age",
        "year",
        "fee_cents",
    )
    entry_related: ClassVar[tuple[str, ...]] = (
        *Publishable.entry_related,
        "owner__commune__department",
        "owner__commune__epci",
        "parent",
    )
    entry_prefetch: ClassVar[tuple[str, ...]] = ("producers",)
    editable: ClassVar[tuple[str, ...]] = (
        *COMMON,
        *SHEET,
        "kind",
        "owner",
        "producers",
        "parent",
        "levels",
        "languages",
        "min_age",
        "max_age",
        "visit_minutes",
        "insurance_value_cents",
        "deposit_cents",
        "fees",
        "free_for",
        "fee_note",
        "loan_days_min",
        "loan_days_max",
        "access",
        "year",
        "condition",
        "booking_contact",
    )

    kind = TermField(_("nature"), vocabulary="resource_kinds")
    owner = models.ForeignKey(
        Structure,
        models.PROTECT,
        related_name="resources",
        verbose_name=_("propriétaire"),
    )
    producers = models.ManyToManyField(
        Structure, blank=True, related_name="produced", verbose_name=_("producteurs")
    )
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="modules",
        verbose_name=_("fait partie de"),
        help_text=_("Pour un module qui voyage séparément."),
    )
    levels = TermsField(_("niveaux scolaires"), vocabulary="school_levels")
    languages = TermsField(_("langues"), vocabulary="languages")
    min_age = models.PositiveSmallIntegerField(_("dès (ans)"), null=True, blank=True)
    max_age = models.PositiveSmallIntegerField(
        _("jusqu’à (ans)"), null=True, blank=True
    )
    visit_minutes = models.PositiveIntegerField(
        _("durée de la visite (minutes)"), null=True, blank=True
    )
    insurance_value_cents = models.PositiveBigIntegerField(
        _("valeur d’assurance"), null=True, blank=True
    )
    deposit_cents = models.PositiveBigIntegerField(_("caution"), null=True, blank=True)
    fees = models.JSONField(
        _("barème"),
        default=list,
        blank=True,
        help_text=_("Une ligne par emprunteur et durée."),
    )
    free_for = TermsField(_("gratuit pour"), vocabulary="borrower_kinds")
    fee_note = models.CharField(_("précision sur le tarif"), max_length=300, blank=True)
    loan_days_min = models.PositiveSmallIntegerField(
        _("prêt : jours au moins"), null=True, blank=True
    )
    loan_days_max = models.PositiveSmallIntegerField(
        _("prêt : jours au plus"), null=True, blank=True
    )
    access = TermsField(_("accessibilité"), vocabulary="resource_access")
    year = models.PositiveSmallIntegerField(_("année"), null=True, blank=True)
    condition = TermField(
        _("état général"), vocabulary="resource_conditions", blank=True
    )
    booking_contact = models.CharField(
        _("contact pour emprunter"), max_length=200, blank=True
    )

    objects = ResourceQuerySet.as_manager()
    history = HistoricalRecords(
        excluded_fields=["changed_at"], m2m_fields=["producers"]
    )

    class Meta(Publishable.Meta):
        verbose_name = _("ressource")
        verbose_name_plural = _("ressources")
        constraints = [
            models.UniqueConstraint(
                name="resource_source_key_is_unique",
                fields=["source", "source_key"],
                condition=~Q(source_key=""),
            ),
            models.CheckConstraint(
                name="resource_is_not_its_own_module",
                condition=Q(parent=None) | ~Q(parent=F("pk")),
            ),
            models.CheckConstraint(
                name="resource_ages_in_order",
                condition=Q(min_age=None)
                | Q(max_age=None)
                | Q(max_age__gte=F("min_age")),
            ),
        ]

    @property
    def owner_name(self) -> str:
        return self.owner.name

    @property
    def commune_name(self) -> str:
        """Its commune, else where its owner is."""
        return super().commune_name or self.owner.commune_name

    @property
    def position(self) -> tuple[float, float] | None:
        """Its own, else its commune's, else where its owner is."""
        return super().position or self.owner.position

    def facets(self) -> dict[str, list[str]]:
        found = super().facets() | {
            "levels": list(self.levels),
            "languages": list(self.languages),
            "access": list(self.access),
            "power": [self.power] if self.power else [],
            "owner": [self.owner.slug],
        }
        if not self.commune and self.owner.commune:
            home = self.owner.commune
            found |= {"commune": [home.insee], "department": [home.department_id]}
            if home.epci_id:
                found["epci"] = [home.epci_id]
        return found

    def facts(self) -> dict[str, Any]:
        return {
            "surface_m2": self.surface_m2,
            "min_age": self.min_age,
            "year": self.year,
            "fee_cents": min((fee["cents"] for fee in self.fees), default=None),
        }

    def schema_org(self) -> dict[str, Any]:
        """What machines read of it, in the words of schema.org.

        A thing that travels has no dates of its own, so that an exhibition is a
        CreativeWork too; the ExhibitionEvent comes with its stops.
        """
        ages = [self.min_age or "", self.max_age or ""]
        return {
            "@type": SCHEMA_TYPES.get(self.kind, "CreativeWork"),
            "name": self.name,
            "url": settings.SITE_URL + self.get_absolute_url(),
            "description": self.summary or None,
            "image": f"{settings.SITE_URL}{self.picture.url}" if self.picture else None,
            "about": vocab.labels("themes", self.themes),
            "inLanguage": [slug for slug in self.languages if len(slug) == 2],
            "typicalAgeRange": "-".join(map(str, ages)) if any(ages) else None,
            "educationalLevel": vocab.labels("school_levels", self.levels),
            "timeRequired": f"PT{self.visit_minutes}M" if self.visit_minutes else None,
            "copyrightYear": self.year,
            "accessibilityFeature": vocab.labels("resource_access", self.access),
            "provider": {
                "@type": "Organization",
                "name": self.owner.name,
                "url": settings.SITE_URL + self.owner.get_absolute_url(),
            },
            "producer": [
                {"@type": "Organization", "name": producer.name}
                for producer in self.producers.all()
            ],
            "isPartOf": (
                {"@type": "CreativeWork", "name": self.parent.name}
                if self.parent
                else None
            ),
        }

    @classmethod
    def worded(cls, field: str, value: Any) -> str | None:
        if field != "fees":
            return None
        return "\n".join(
            gettext("%(who)s, %(days)s jours : %(price)s")
            % {
                "who": vocab.label("borrower_kinds", fee["borrower"])
                if fee["borrower"] != EVERYONE
                else gettext("tout emprunteur"),
                "days": fee["days"],
                "price": format_cents(fee["cents"]),
            }
            for fee in value
        )

    def search_text(self) -> tuple[str, str]:
        name, body = super().search_text()
        words = [
            self.owner.name,
            *(producer.name for producer in self.producers.all()),
            *vocab.labels("school_levels", self.levels),
        ]
        if self.parent:
            words.append(self.parent.name)
        return name, f"{body} {' '.join(words)}"


#: Kinds of resources that schema.org has a type for.
SCHEMA_TYPES = {
    "film": "Movie",
    "game": "Game",
    "documentary_set": "Collection",
}


def attachment_folder(attachment: "Attachment", name: str) -> str:
    is_picture = attachment.kind == AttachmentKind.PICTURE
    return f"images/{name}" if is_picture else f"documents/{name}"


class Attachment(models.Model):
    """A picture or a document of a resource, checked and cleaned when it came in."""

    resource = models.ForeignKey(Resource, models.CASCADE, related_name="attachments")
    kind = models.CharField(_("nature"), max_length=10, choices=AttachmentKind)
    file = models.FileField(_("fichier"), upload_to=attachment_folder, db_index=True)
    title = models.CharField(
        _("titre"),
        max_length=200,
        help_text=_("Pour une image : ce que l’on y voit."),
    )
    credit = models.CharField(_("crédit"), max_length=200, blank=True)
    size = models.PositiveBigIntegerField(_("taille (octets)"))
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    added_at = models.DateTimeField(_("ajouté le"), auto_now_add=True)

    class Meta:
        verbose_name = _("pièce jointe")
        verbose_name_plural = _("pièces jointes")
        ordering = ["kind", "pk"]

    def __str__(self) -> str:
        return self.title


class RevenueKey(models.Model):
    """The part of a resource's income that goes to one of its co-producers."""

    resource = models.ForeignKey(Resource, models.CASCADE, related_name="revenue_keys")
    structure = models.ForeignKey(
        Structure, models.PROTECT, related_name="revenue_keys"
    )
    parts = models.PositiveIntegerField(
        _("parts"), validators=[MinValueValidator(1), MaxValueValidator(100_000)]
    )

    class Meta:
        verbose_name = _("clé de répartition")
        verbose_name_plural = _("clés de répartition")
        ordering = ["-parts", "structure__name"]
        constraints = [
            models.UniqueConstraint(
                name="revenue_key_is_one_a_structure",
                fields=["resource", "structure"],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.structure}: {self.parts}"

    def absorb(self, other: "RevenueKey") -> None:
        """Take over the parts of a partner that was found to be the same (merging)."""
        self.parts += other.parts
