"""States that the pass branches on."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PassKind(models.TextChoices):
    """Whose pass it is; the letter stands in the code that is scanned."""

    PERSON = "P", _("une personne")
    HOUSEHOLD = "H", _("un foyer")
    CLASS = "C", _("une classe ou un groupe")
    CARER = "A", _("un accompagnant")


class AgeBand(models.TextChoices):
    """As narrow as figures need and no narrower."""

    UNDER_6 = "0-5", _("moins de 6 ans")
    UNDER_12 = "6-11", _("6 à 11 ans")
    UNDER_18 = "12-17", _("12 à 17 ans")
    UNDER_26 = "18-25", _("18 à 25 ans")
    UNDER_65 = "26-64", _("26 à 64 ans")
    OVER_65 = "65-", _("65 ans et plus")
    UNKNOWN = "", _("non dit")


class PassState(models.TextChoices):
    ACTIVE = "active", _("valable")
    REVOKED = "revoked", _("retiré")


class Gives(models.TextChoices):
    FREE = "free", _("entrée gratuite")
    REDUCED = "reduced", _("tarif réduit")
    PRIORITY = "priority", _("entrée prioritaire")


class Limit(models.TextChoices):
    NONE = "none", _("sans limite")
    ONCE = "once", _("une seule fois")
    ONCE_A_DAY = "once_a_day", _("une fois par jour")
    N_A_SEASON = "n_a_season", _("un nombre de fois par saison")


class Outcome(models.TextChoices):
    """What the door said."""

    ACCEPTED = "accepted", _("accepté")
    REFUSED = "refused", _("refusé")


class Reason(models.TextChoices):
    """Why a code is refused at the door, or an entry flagged afterwards.

    The browser and the server use the same codes.
    """

    UNREADABLE = "unreadable", _("ce n’est pas un passeport")
    OTHER_VERSION = "other_version", _("passeport d’une autre version")
    WRONG_ALGORITHM = "wrong_algorithm", _("signature d’une sorte inconnue")
    UNKNOWN_KEY = "unknown_key", _("émetteur inconnu")
    BAD_SIGNATURE = "bad_signature", _("passeport altéré ou faux")
    EXPIRED = "expired", _("passeport expiré")
    NOT_YET_VALID = "not_yet_valid", _("passeport pas encore valable")
    REVOKED = "revoked", _("passeport retiré")
    NOT_HERE = "not_here", _("pas d’avantage ici pour ce passeport")
    LIMIT_REACHED = "limit_reached", _("limite d’utilisation atteinte")
    ELSEWHERE = "elsewhere", _("vu dans un autre lieu au même moment")


class SettlementKind(models.TextChoices):
    FLAT = "flat", _("forfait par visite")
    PRICE_SHARE = "price_share", _("part du prix d’entrée")
    EQUITY = "equity", _("forfait et bonus pour les communes éloignées")


class SettlementState(models.TextChoices):
    DRAFT = "draft", _("simulation")
    DECIDED = "decided", _("arrêté")
