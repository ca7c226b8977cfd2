"""Indicators, their observations by territory and period, and alerts on them."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from maillage.core.fields import TermsField
from maillage.observatory.choices import (
    Aggregation,
    AlertState,
    Hidden,
    IndicatorState,
    Level,
    Origin,
    PeriodKind,
    RuleKind,
    Secrecy,
    Status,
)


class IndicatorQuerySet(models.QuerySet["Indicator"]):
    def published(self) -> Self:
        return self.filter(state=IndicatorState.PUBLISHED)

    def visible_to(self, user: Any) -> Self:
        if user.is_authenticated and (user.is_agency or user.is_observer):
            return self
        return self.published()

    def editable_by(self, user: Any) -> Self:
        if user.is_authenticated and user.is_agency:
            return self
        return self.none()


class Indicator(models.Model):
    """A defined measure: what is counted, how, where from, for whom, and its limits."""

    code = models.SlugField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("nom"), max_length=160)
    unit = models.CharField(_("unité"), max_length=60)
    decimals = models.PositiveSmallIntegerField(_("décimales"), default=0)
    about = models.TextField(_("ce qu’il mesure"), blank=True)
    method = models.TextField(_("formule ou source"))
    limits = models.TextField(_("limites"), blank=True)
    themes = TermsField(_("thèmes"), vocabulary="themes")
    family = models.CharField(_("famille"), max_length=60, blank=True)
    aggregation = models.CharField(
        _("agrégation"), max_length=6, choices=Aggregation, default=Aggregation.SUM
    )
    weight_name = models.CharField(
        _("dénominateur ou poids"),
        max_length=120,
        blank=True,
        help_text=_("Par exemple : habitants. Pour un rapport ou une moyenne."),
    )
    scale = models.FloatField(
        _("multiplié par"),
        default=1,
        help_text=_("100 pour un pourcentage, 1000 pour « pour mille habitants »."),
    )
    zero_if_absent = models.BooleanField(
        _("un territoire absent vaut zéro"),
        default=False,
        help_text=_("Pour un recensement complet ; sinon il est inconnu."),
    )
    #: Its place among the key figures of the region, if it is one.
    rank = models.PositiveSmallIntegerField(
        _("rang parmi les chiffres clés"),
        null=True,
        blank=True,
        help_text=_("Vide : il n’est pas un chiffre clé."),
    )
    period_kind = models.CharField(
        _("période"), max_length=12, choices=PeriodKind, default=PeriodKind.YEAR
    )
    finest = models.CharField(
        _("niveau le plus fin"), max_length=10, choices=Level, default=Level.COMMUNE
    )
    shown_from = models.CharField(
        _("publié à partir du niveau"),
        max_length=10,
        choices=Level,
        default=Level.COMMUNE,
        help_text=_("Les niveaux plus fins servent aux sommes, sans être publiés."),
    )
    origin = models.CharField(
        _("origine"), max_length=10, choices=Origin, default=Origin.IMPORTED
    )
    #: What the platform computes: a name in ``observatory.computing``.
    computation = models.CharField(_("calcul"), max_length=60, blank=True)
    secrecy = models.CharField(
        _("secret statistique"), max_length=6, choices=Secrecy, default=Secrecy.NONE
    )
    higher_is_better = models.BooleanField(
        _("une hausse est une bonne nouvelle"), null=True, blank=True
    )
    owner = models.CharField(_("responsable"), max_length=160, blank=True)
    plan_ref = models.CharField(
        _("piste du plan"),
        max_length=40,
        blank=True,
        help_text=_("Sa place dans le plan, par exemple III.2."),
    )
    source_name = models.CharField(_("source"), max_length=200, blank=True)
    source_url = models.URLField(_("page de la source"), max_length=500, blank=True)
    licence = models.CharField(_("licence"), max_length=80, blank=True)
    state = models.CharField(
        _("état"), max_length=10, choices=IndicatorState, default=IndicatorState.DRAFT
    )
    refreshed_at = models.DateTimeField(_("calculé le"), null=True, blank=True)
    changed_at = models.DateTimeField(_("modifié le"))
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    objects = IndicatorQuerySet.as_manager()

    class Meta:
        verbose_name = _("indicateur")
        ordering = ["family", "name", "pk"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("observatory:indicator_detail", args=[self.code])

    @property
    def is_public(self) -> bool:
        return self.state == IndicatorState.PUBLISHED

    @property
    def finest_shown(self) -> Level:
        """The finest level that is published."""
        order = list(Level)
        return max(Level(self.finest), Level(self.shown_from), key=order.index)


class ObservationQuerySet(models.QuerySet["Observation"]):
    def current(self) -> Self:
        return self.filter(is_current=True)

    def published(self) -> Self:
        """Those of indicators that everybody may read."""
        return self.filter(indicator__state=IndicatorState.PUBLISHED)

    def at(self, level: str, code: str) -> Self:
        return self.filter(level=level, code=code)


class Observation(models.Model):
    """The value of an indicator for a territory and a period, as known on one day.

    ``numerator`` and ``denominator`` are kept for means and rates: what is summed when
    territories are put together. A value that the disclosure gate hides keeps ``value``
    for the agency's own sums and is never read by a page: readers use ``shown``.
    """

    indicator = models.ForeignKey(
        Indicator, models.CASCADE, related_name="observations"
    )
    level = models.CharField(_("niveau"), max_length=10, choices=Level)
    code = models.CharField(_("territoire"), max_length=12)
    period = models.CharField(_("période"), max_length=10)
    vintage = models.DateField(_("millésime"))
    value = models.FloatField(_("valeur"), null=True)
    numerator = models.FloatField(_("numérateur"), null=True)
    denominator = models.FloatField(_("dénominateur"), null=True)
    units = models.PositiveIntegerField(_("unités"), null=True)
    largest = models.FloatField(_("part de la plus grande unité"), null=True)
    status = models.CharField(
        _("statut"), max_length=12, choices=Status, default=Status.FINAL
    )
    hidden = models.CharField(
        _("secret"), max_length=10, choices=Hidden, default=Hidden.NO, blank=True
    )
    #: Share of the communes of the territory that the value is made of.
    coverage = models.FloatField(_("communes connues"), null=True)
    is_aggregated = models.BooleanField(_("agrégé par la plateforme"), default=False)
    is_current = models.BooleanField(_("dernière valeur connue"), default=True)
    note = models.CharField(_("note"), max_length=600, blank=True)

    objects = ObservationQuerySet.as_manager()

    class Meta:
        verbose_name = _("observation")
        constraints = [
            models.UniqueConstraint(
                name="observation_is_one_a_vintage",
                fields=["level", "code", "indicator", "period", "vintage"],
            ),
            models.UniqueConstraint(
                name="observation_is_current_once",
                fields=["indicator", "level", "period", "code"],
                condition=Q(is_current=True),
            ),
        ]
        indexes = [
            models.Index(
                name="observation_of_territory",
                fields=["level", "code", "indicator", "period"],
                condition=Q(is_current=True),
            ),
            models.Index(
                name="observation_replaced",
                fields=["indicator", "vintage"],
                condition=Q(is_current=False),
            ),
            models.Index(
                name="observation_noted",
                fields=["indicator", "period"],
                condition=Q(is_current=True) & ~Q(note=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator_id} {self.code} {self.period}"

    @property
    def shown(self) -> float | None:
        """The value that may be published; None when unknown or secret."""
        return None if self.hidden else self.value


class AlertRule(models.Model):
    """What is to be watched: a bound, a break of trend, data that do not come."""

    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="rules")
    kind = models.CharField(_("sorte"), max_length=10, choices=RuleKind)
    level = models.CharField(_("niveau"), max_length=10, choices=Level)
    code = models.CharField(_("territoire"), max_length=12, blank=True)
    below = models.FloatField(_("alerter au-dessous de"), null=True, blank=True)
    above = models.FloatField(_("alerter au-dessus de"), null=True, blank=True)
    #: Break of trend: how many usual deviations; missing: how many days after the period.
    tolerance = models.FloatField(_("tolérance"), null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("créée le"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("règle d’alerte")
        ordering = ["indicator", "pk"]

    def __str__(self) -> str:
        return f"{self.indicator} : {self.get_kind_display()}"


class AlertQuerySet(models.QuerySet["Alert"]):
    def going_on(self) -> Self:
        """What is still true, answered or not."""
        return self.exclude(state=AlertState.OVER)

    def unanswered(self) -> Self:
        return self.filter(state=AlertState.OPEN)


class Alert(models.Model):
    """One alert for one subject, however many times the rule finds it true."""

    rule = models.ForeignKey(AlertRule, models.CASCADE, related_name="alerts")
    level = models.CharField(_("niveau"), max_length=10, choices=Level)
    code = models.CharField(_("territoire"), max_length=12)
    period = models.CharField(_("période"), max_length=10)
    state = models.CharField(
        _("état"), max_length=12, choices=AlertState, default=AlertState.OPEN
    )
    value = models.FloatField(_("valeur"), null=True)
    expected = models.FloatField(_("attendu"), null=True)
    raised_at = models.DateTimeField(_("levée le"))
    seen_at = models.DateTimeField(_("constatée la dernière fois le"))
    #: Whether a mail has told it to the agency.
    told_at = models.DateTimeField(_("annoncée le"), null=True, blank=True)
    explanation = models.TextField(_("explication"), blank=True)
    answered_at = models.DateTimeField(_("répondu le"), null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    objects = AlertQuerySet.as_manager()

    class Meta:
        verbose_name = _("alerte")
        ordering = ["-raised_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="alert_is_one_a_subject",
                fields=["rule", "level", "code", "period"],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.code} {self.period}"
