"""Communes, their groupings, and the days on which schools are closed.

Codes are the official ones (INSEE for communes, SIREN for EPCI). A perimeter is
true on one day, ``valid_on``: communes merge and EPCI change every 1 January.
"""

import datetime as dt

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from maillage.territories.choices import DensityClass
from maillage.territories.names import fold_place


class Department(models.Model):
    code = models.CharField(_("code"), max_length=3, primary_key=True)
    name = models.CharField(_("nom"), max_length=80)
    academy = models.CharField(_("académie"), max_length=80, blank=True)
    holiday_zone = models.CharField(
        _("zone de vacances scolaires"), max_length=10, blank=True
    )

    class Meta:
        verbose_name = _("département")
        verbose_name_plural = _("départements")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Epci(models.Model):
    """A group of communes with its own taxes (métropole, agglomération…)."""

    siren = models.CharField(_("SIREN"), max_length=9, primary_key=True)
    name = models.CharField(_("nom"), max_length=160)
    kind = models.CharField(_("nature"), max_length=10)
    communes_in_region = models.PositiveIntegerField(_("communes dans la région"))
    communes_total = models.PositiveIntegerField(_("communes en tout"))
    valid_on = models.DateField(_("périmètre en vigueur au"))

    class Meta:
        verbose_name = _("intercommunalité")
        verbose_name_plural = _("intercommunalités")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class CommuneQuerySet(models.QuerySet["Commune"]):
    def named_like(self, text: str) -> "CommuneQuerySet":
        """Communes whose name holds every word of ``text``, accents aside."""
        found = self
        for word in fold_place(text).split():
            found = found.filter(search_name__contains=word)
        return found

    def with_postal_code(self, start: str) -> "CommuneQuerySet":
        """Communes with a postal code that begins with ``start``."""
        return self.filter(
            Q(postal_codes__startswith=start) | Q(postal_codes__contains=f" {start}")
        )

    def of_department(self, code: str) -> "CommuneQuerySet":
        return self.filter(department_id=code)

    def of_epci(self, siren: str) -> "CommuneQuerySet":
        return self.filter(epci_id=siren)

    def largest_first(self) -> "CommuneQuerySet":
        return self.order_by("-population", "insee")


class Commune(models.Model):
    insee = models.CharField(_("code INSEE"), max_length=5, primary_key=True)
    name = models.CharField(_("nom"), max_length=80)
    slug = models.SlugField(_("adresse"), max_length=100, unique=True)
    department = models.ForeignKey(
        Department,
        models.PROTECT,
        related_name="communes",
        verbose_name=_("département"),
    )
    epci = models.ForeignKey(
        Epci,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="communes",
        verbose_name=_("intercommunalité"),
    )
    postal_codes = models.TextField(
        _("codes postaux"), blank=True, help_text=_("Séparés par des espaces.")
    )
    population = models.PositiveIntegerField(_("population municipale"))
    area_km2 = models.FloatField(_("superficie (km²)"))
    density_class = models.CharField(
        _("classe de densité"),
        max_length=20,
        choices=DensityClass,
        help_text=_(
            "Calculée par Maillage d’après la population et la superficie ; "
            "ce n’est pas la grille de densité de l’INSEE."
        ),
    )
    lon = models.FloatField(
        _("longitude"),
        help_text=_("De la mairie si elle est connue, sinon d’un point intérieur."),
    )
    lat = models.FloatField(_("latitude"))
    search_name = models.CharField(
        _("nom pour la recherche"), max_length=100, editable=False, db_index=True
    )
    valid_on = models.DateField(_("périmètre en vigueur au"))

    objects = CommuneQuerySet.as_manager()

    class Meta:
        verbose_name = _("commune")
        verbose_name_plural = _("communes")
        ordering = ["search_name", "insee"]
        constraints = [
            models.CheckConstraint(
                name="commune_on_earth",
                condition=Q(lon__range=(-180, 180), lat__range=(-90, 90)),
            ),
            models.CheckConstraint(
                name="commune_area_not_negative", condition=Q(area_km2__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def density(self) -> float:
        """Inhabitants per km²; 0 where the area is unknown."""
        return self.population / self.area_km2 if self.area_km2 else 0.0

    @property
    def postal_code(self) -> str:
        """The first postal code, or nothing."""
        return self.postal_codes.partition(" ")[0]


class FormerCommune(models.Model):
    """A code that was a commune until it was joined to another.

    Files keep old codes for years; figures of an old commune belong to the present one.
    """

    insee = models.CharField(_("ancien code INSEE"), max_length=5, primary_key=True)
    name = models.CharField(_("nom"), max_length=80, blank=True)
    commune = models.ForeignKey(
        Commune,
        models.CASCADE,
        related_name="former",
        verbose_name=_("commune actuelle"),
    )
    valid_on = models.DateField(_("périmètre en vigueur au"))

    class Meta:
        verbose_name = _("ancienne commune")
        verbose_name_plural = _("anciennes communes")
        ordering = ["insee"]

    def __str__(self) -> str:
        return f"{self.name or self.insee} → {self.commune_id}"


class HolidayQuerySet(models.QuerySet["Holiday"]):
    def between(self, start: dt.date, end: dt.date) -> "HolidayQuerySet":
        """Public holidays in [start, end)."""
        return self.filter(day__gte=start, day__lt=end)


class Holiday(models.Model):
    day = models.DateField(_("jour"), primary_key=True)
    name = models.CharField(_("nom"), max_length=80)

    objects = HolidayQuerySet.as_manager()

    class Meta:
        verbose_name = _("jour férié")
        verbose_name_plural = _("jours fériés")
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.name}, {self.day}"


class SchoolHolidayQuerySet(models.QuerySet["SchoolHoliday"]):
    def overlapping(self, start: dt.date, end: dt.date) -> "SchoolHolidayQuerySet":
        """School holidays that share at least one day with [start, end)."""
        return self.filter(starts_on__lt=end, ends_on__gt=start)

    def of_zone(self, zone: str) -> "SchoolHolidayQuerySet":
        return self.filter(zone=zone)


class SchoolHoliday(models.Model):
    """Schools are closed from ``starts_on`` and open again on ``ends_on``."""

    zone = models.CharField(_("zone"), max_length=10)
    school_year = models.CharField(_("année scolaire"), max_length=9)
    name = models.CharField(_("nom"), max_length=80)
    starts_on = models.DateField(_("premier jour"))
    ends_on = models.DateField(_("jour de la reprise"))
    academies = models.TextField(
        _("académies"), blank=True, help_text=_("Séparées par des barres verticales.")
    )

    objects = SchoolHolidayQuerySet.as_manager()

    class Meta:
        verbose_name = _("vacances scolaires")
        verbose_name_plural = _("vacances scolaires")
        ordering = ["starts_on", "zone"]
        constraints = [
            models.CheckConstraint(
                name="school_holiday_lasts_a_day",
                condition=Q(ends_on__gt=F("starts_on")),
            ),
            models.UniqueConstraint(
                name="school_holiday_once", fields=["zone", "school_year", "name"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.school_year}, zone {self.zone}"
