"""What is kept of a month when its pseudonyms are gone."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from maillage.directory.models import Place


class MonthFigure(models.Model):
    """How many different passes came in a month, at a place or in the region.

    Counted before the key of the month is destroyed: afterwards nobody can. Shown
    through the disclosure gate only.
    """

    month = models.CharField(max_length=7)
    place = models.ForeignKey(
        Place, models.CASCADE, null=True, blank=True, related_name="+"
    )
    passes = models.PositiveIntegerField(_("passeports différents"))
    passes_of_two_places = models.PositiveIntegerField(
        _("passeports vus dans plusieurs lieux"), default=0
    )
    visits = models.PositiveIntegerField(_("passages"))

    class Meta:
        verbose_name = _("chiffre du mois")
        constraints = [
            models.UniqueConstraint(
                name="month_figure_is_one_per_place", fields=["month", "place"]
            ),
            models.UniqueConstraint(
                name="month_figure_is_one_for_all",
                fields=["month"],
                condition=Q(place=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month}: {self.passes}"


class FigureRelease(models.Model):
    """The tables of a counted month as they are published: of the region, or of a place.

    Written once by the disclosure gate, when the month is counted; pages, files and the
    observatory read it, none decides anything. The one of a place is for its team.
    """

    month = models.CharField(max_length=7)
    place = models.ForeignKey(
        Place, models.CASCADE, null=True, blank=True, related_name="+"
    )
    #: Releases of ``core.disclosure`` by their name, as they write themselves.
    tables = models.JSONField()
    made_at = models.DateTimeField(_("comptés le"))

    class Meta:
        verbose_name = _("tableaux du mois")
        constraints = [
            models.UniqueConstraint(
                name="figure_release_is_one_per_place", fields=["month", "place"]
            ),
            models.UniqueConstraint(
                name="figure_release_is_one_for_all",
                fields=["month"],
                condition=Q(place=None),
            ),
        ]

    def __str__(self) -> str:
        return self.month
