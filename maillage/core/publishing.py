"""The base of every kind of thing that members publish, and the list of kinds."""

from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar, Self

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from maillage.core import vocab
from maillage.core.choices import State
from maillage.core.fields import TermsField

Facets = tuple[tuple[str, str | Promise, str], ...]


class Publishable(models.Model):
    """A thing with an owner, a public page, a place on the map and a history."""

    #: The word for this kind in addresses, entries and proposals.
    code: ClassVar[str]
    #: The field that says which sort of thing it is, and its vocabulary.
    category_field: ClassVar[str] = "kind"
    category_vocabulary: ClassVar[str]
    #: Related rows that ``facets`` and ``search_text`` read.
    entry_related: ClassVar[tuple[str, ...]] = ("commune__department", "commune__epci")
    entry_prefetch: ClassVar[tuple[str, ...]] = ()
    #: What lists filter on: name in ``facets()``, label, vocabulary of the values.
    list_facets: ClassVar[Facets] = (
        ("themes", _("Thèmes"), "themes"),
        ("audiences", _("Publics"), "audiences"),
        ("department", _("Département"), ""),
        ("epci", _("Intercommunalité"), ""),
        ("commune", _("Commune"), ""),
        ("trust", _("Vérification"), ""),
    )
    #: Labels of the values of facets that are in no vocabulary.
    facet_labels: ClassVar[Mapping[str, Mapping[str, str | Promise]]] = {
        "trust": {
            "verified": _("vérifié par sa structure"),
            "unverified": _("à vérifier"),
            "example": _("exemple"),
        }
    }
    #: Numbers of ``facts()`` that lists sort by and bound.
    list_facts: ClassVar[tuple[str, ...]] = ()
    #: Fields that a form may change; proposals, history and restoring speak of them.
    editable: ClassVar[tuple[str, ...]]

    name = models.CharField(_("nom"), max_length=200)
    slug = models.SlugField(_("adresse"), max_length=120, unique=True)
    summary = models.CharField(
        _("résumé"),
        max_length=400,
        blank=True,
        help_text=_("Une ou deux phrases, celles que l’on lit dans les listes."),
    )
    description = models.TextField(_("description"), blank=True)
    state = models.CharField(
        _("état"), max_length=10, choices=State, default=State.DRAFT, db_index=True
    )
    themes = TermsField(_("thèmes"), vocabulary="themes")
    audiences = TermsField(_("publics"), vocabulary="audiences")
    commune = models.ForeignKey(
        "territories.Commune",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("commune"),
    )
    lon = models.FloatField(_("longitude"), null=True, blank=True)
    lat = models.FloatField(_("latitude"), null=True, blank=True)
    picture = models.ImageField(
        _("image"), upload_to="images", blank=True, db_index=True
    )
    picture_alt = models.CharField(
        _("description de l’image"), max_length=200, blank=True
    )
    picture_credit = models.CharField(_("crédit"), max_length=200, blank=True)
    source = models.CharField(_("source"), max_length=60, blank=True)
    source_key = models.CharField(_("clé dans la source"), max_length=80, blank=True)
    source_url = models.URLField(_("page de la source"), max_length=500, blank=True)
    is_example = models.BooleanField(_("exemple"), default=False)
    verified_on = models.DateField(_("vérifié le"), null=True, blank=True)
    version = models.PositiveIntegerField(_("version"), default=1)
    created_at = models.DateTimeField(_("créé le"), auto_now_add=True)
    changed_at = models.DateTimeField(_("modifié le"), auto_now=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("créé par"),
    )

    class Meta:
        abstract = True
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        app = type(self)._meta.app_label
        return reverse(f"{app}:{self.code}_detail", args=[self.slug])

    @property
    def is_public(self) -> bool:
        return self.state == State.PUBLISHED

    @property
    def is_found(self) -> bool:
        """Lists, search and maps show it; kinds that end may leave them sooner."""
        return self.is_public

    @property
    def is_verified(self) -> bool:
        return self.verified_on is not None

    @property
    def trust(self) -> str:
        """``example``, ``verified`` or ``unverified``, as lists filter on it."""
        if self.is_example:
            return "example"
        return "verified" if self.is_verified else "unverified"

    @property
    def category(self) -> str:
        return str(getattr(self, self.category_field))

    @property
    def category_label(self) -> str:
        return vocab.label(self.category_vocabulary, self.category)

    @property
    def owner_name(self) -> str:
        """Who answers for it, as cards say it; empty for a thing that is its own."""
        return ""

    @property
    def commune_name(self) -> str:
        """Where it is, as cards say it; empty when unknown."""
        return self.commune.name if self.commune else ""

    @property
    def position(self) -> tuple[float, float] | None:
        """Longitude and latitude: its own, else its commune's."""
        if self.lon is not None and self.lat is not None:
            return self.lon, self.lat
        if self.commune:
            return self.commune.lon, self.commune.lat
        return None

    def facets(self) -> dict[str, list[str]]:
        """What lists filter on and count, as slugs or codes."""
        found = {
            "category": [self.category],
            "themes": list(self.themes),
            "audiences": list(self.audiences),
            "trust": [self.trust],
        }
        if self.commune:
            found["commune"] = [self.commune.insee]
            found["department"] = [self.commune.department_id]
            if self.commune.epci_id:
                found["epci"] = [self.commune.epci_id]
        return found

    @classmethod
    def worded(cls, field: str, value: Any) -> str | None:
        """A value of a field of ours in words; ``None``: the usual way will do."""
        return None

    def facts(self) -> dict[str, Any]:
        """Numbers and short facts that cards show or lists sort by."""
        return {}

    def search_text(self) -> tuple[str, str]:
        """Text that counts as the name, and the rest, for search."""
        words = vocab.labels("themes", self.themes)
        words += vocab.labels("audiences", self.audiences)
        place = ""
        if self.commune:
            place = f"{self.commune.name} {self.commune.department.name}"
        body = [self.category_label, self.summary, self.description, place, *words]
        return self.name, " ".join(body)

    @classmethod
    def for_entries(cls, pks: list[int]) -> Any:
        """Rows with all that their entry needs, in a constant number of queries."""
        rows = cls._default_manager.filter(pk__in=pks)
        return rows.select_related(*cls.entry_related).prefetch_related(
            *cls.entry_prefetch
        )


class PublishedQuerySet(models.QuerySet[Any]):
    """What may be seen and changed, by whom; kinds add the rules of their owner."""

    def published(self) -> Self:
        return self.filter(state=State.PUBLISHED)

    def holding_file(self, name: str) -> Self:
        """Things that show or give a file of ours, by its name in the store."""
        return self.filter(picture=name)

    def owned_by(self, user: Any) -> Self:
        """Things of structures that the person is a member of."""
        return self.none()

    def visible_to(self, user: Any) -> Self:
        """The public's, one's own, one's structures'; everything for the agency."""
        if user.is_authenticated and (user.is_agency or user.is_observer):
            return self
        seen = Q(state=State.PUBLISHED)
        if user.is_authenticated:
            seen |= Q(created_by=user) | Q(pk__in=self.owned_by(user).values("pk"))
        return self.filter(seen)

    def editable_by(self, user: Any) -> Self:
        """Things that the person may change at once, without a proposal."""
        if not user.is_authenticated:
            return self.none()
        if user.is_agency:
            return self
        own = Q(pk__in=self.owned_by(user).values("pk"))
        unpublished = Q(created_by=user, state__in=[State.DRAFT, State.PROPOSED])
        return self.filter(own | unpublished)


@cache
def kinds() -> dict[str, type[Publishable]]:
    """Every kind of published thing, by its code, in the order of the apps."""
    models_ = [m for m in apps.get_models() if issubclass(m, Publishable)]
    concrete = [m for m in models_ if not m.__name__.startswith("Historical")]
    return {m.code: m for m in concrete}
