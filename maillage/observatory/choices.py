"""States and sorts that the code of the observatory branches on."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Level(TextChoices):
    COMMUNE = "commune", _("commune")
    EPCI = "epci", _("intercommunalité")
    DEPARTMENT = "department", _("département")
    REGION = "region", _("région")


class Aggregation(TextChoices):
    """How values of small territories make the value of a larger one."""

    SUM = "sum", _("somme")
    MEAN = "mean", _("moyenne pondérée")
    RATE = "rate", _("rapport de deux sommes")
    NONE = "none", _("ne s’agrège pas")


class PeriodKind(TextChoices):
    YEAR = "year", _("année")
    SCHOOL_YEAR = "school_year", _("année scolaire")
    MONTH = "month", _("mois")
    DAY = "day", _("état à une date")


class Origin(TextChoices):
    COMPUTED = "computed", _("calculé par la plateforme")
    IMPORTED = "imported", _("importé")
    TYPED = "typed", _("saisi")


class Status(TextChoices):
    PROVISIONAL = "provisional", _("provisoire")
    FINAL = "final", _("définitif")
    CORRECTED = "corrected", _("corrigé")


class IndicatorState(TextChoices):
    DRAFT = "draft", _("en préparation")
    PUBLISHED = "published", _("publié")
    RETIRED = "retired", _("abandonné")


class Secrecy(TextChoices):
    """What of an observation could tell of somebody."""

    NONE = "none", _("aucun : public par nature")
    COUNT = "count", _("effectif d’unités")
    VALUE = "value", _("somme sur des unités")


class Hidden(TextChoices):
    """Why a value is not published."""

    NO = "", _("publié")
    FEW = "few", _("moins de trois unités")
    DOMINANCE = "dominance", _("une unité domine")
    COMPLEMENT = "complement", _("protège une autre valeur")


class RuleKind(TextChoices):
    THRESHOLD = "threshold", _("seuil franchi")
    TREND = "trend", _("rupture de tendance")
    MISSING = "missing", _("donnée manquante")


class AlertState(TextChoices):
    OPEN = "open", _("à regarder")
    ACKNOWLEDGED = "acknowledged", _("vue")
    EXPLAINED = "explained", _("expliquée")
    OVER = "over", _("n’est plus vraie")


class ScenarioState(TextChoices):
    DRAFT = "draft", _("à l’étude")
    KEPT = "kept", _("retenu")
    DROPPED = "dropped", _("écarté")
