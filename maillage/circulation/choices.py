"""States and kinds that the code of circulation branches on."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class CopyState(models.TextChoices):
    """Whether a copy may go out; where it is now is said by its loans."""

    IN_SERVICE = "in_service", _("en service")
    BROKEN = "broken", _("en panne")
    RETIRED = "retired", _("réformé")
    LOST = "lost", _("perdu")


class ComponentKind(models.TextChoices):
    CRATE = "crate", _("caisse")
    PIECE = "piece", _("élément")


class HoldKind(models.TextChoices):
    """Why a copy is not free."""

    LOAN = "loan", _("prêt")
    MAINTENANCE = "maintenance", _("entretien")
    OWN_USE = "own_use", _("utilisé par son propriétaire")
    BREAKDOWN = "breakdown", _("panne")


class RequestState(models.TextChoices):
    WAITING = "waiting", _("en attente de réponse")
    OFFERED = "offered", _("autres dates proposées")
    SEASON = "season", _("confiée au plan de saison")
    ACCEPTED = "accepted", _("acceptée")
    REFUSED = "refused", _("refusée")
    WITHDRAWN = "withdrawn", _("retirée")


#: Requests that still wait for somebody.
OPEN_REQUESTS = (RequestState.WAITING, RequestState.OFFERED, RequestState.SEASON)


class OfferState(models.TextChoices):
    WAITING = "waiting", _("en attente")
    ACCEPTED = "accepted", _("acceptée")
    DECLINED = "declined", _("déclinée")


class LoanState(models.TextChoices):
    PROPOSED = "proposed", _("proposé, à confirmer")
    CONFIRMED = "confirmed", _("confirmé")
    DEPARTED = "departed", _("en route")
    ON_SITE = "on_site", _("sur place")
    RETURNING = "returning", _("sur le retour")
    RETURNED = "returned", _("rendu")
    CANCELLED = "cancelled", _("annulé")


#: Loans that keep their copy.
HOLDING = (
    LoanState.PROPOSED,
    LoanState.CONFIRMED,
    LoanState.DEPARTED,
    LoanState.ON_SITE,
    LoanState.RETURNING,
)
#: Loans whose copy has left its depot or its last host.
OUT = (LoanState.DEPARTED, LoanState.ON_SITE, LoanState.RETURNING)


class Moment(models.TextChoices):
    """When a copy changes hands."""

    DEPARTURE = "departure", _("départ")
    ARRIVAL = "arrival", _("arrivée")
    LEAVING = "leaving", _("fin du prêt")
    RETURN = "return", _("retour")


class Party(models.TextChoices):
    LENDER = "lender", _("prêteur")
    BORROWER = "borrower", _("emprunteur")


class CustodyKind(models.TextChoices):
    """What a line of the custody log tells."""

    HANDOVER = "handover", _("passage de main")
    REPORT = "report", _("constat d’état")
    NOTE = "note", _("remarque")


class Finding(models.TextChoices):
    """The state of one line of the check-list."""

    GOOD = "good", _("bon état")
    WORN = "worn", _("usé")
    DAMAGED = "damaged", _("abîmé")
    MISSING = "missing", _("manquant")


class Severity(models.TextChoices):
    MINOR = "minor", _("gêne légère")
    MAJOR = "major", _("à réparer")
    TOTAL = "total", _("hors d’usage")


class MaintenanceState(models.TextChoices):
    PLANNED = "planned", _("prévu")
    DONE = "done", _("fait")
    CANCELLED = "cancelled", _("annulé")


class ChargeKind(models.TextChoices):
    FEE = "fee", _("location")
    TRANSPORT = "transport", _("transport")
    DAMAGE = "damage", _("dégradation")
    REBATE = "rebate", _("remise")
    OTHER = "other", _("autre")


class PaperKind(models.TextChoices):
    """A paper that two parties hold, and that says for ever what it said."""

    AGREEMENT = "agreement", _("convention")
    INVOICE = "invoice", _("facture")


class ExpenseKind(models.TextChoices):
    PRODUCTION = "production", _("conception et fabrication")
    MAINTENANCE = "maintenance", _("entretien et réparation")
    TRANSPORT = "transport", _("transport")
    INSURANCE = "insurance", _("assurance")
    STORAGE = "storage", _("stockage")
    STAFF = "staff", _("temps passé")
    COMMUNICATION = "communication", _("communication")
    OTHER = "other", _("autre")


class SeasonState(models.TextChoices):
    OPEN = "open", _("demandes ouvertes")
    PLANNING = "planning", _("en préparation")
    PUBLISHED = "published", _("publiée")
    CLOSED = "closed", _("terminée")


class ScenarioState(models.TextChoices):
    DRAFT = "draft", _("à calculer")
    WAITING = "waiting", _("en file d’attente")
    RUNNING = "running", _("calcul en cours")
    DONE = "done", _("calculé")
    STOPPED = "stopped", _("arrêté à la demande")
    BROKEN = "broken", _("interrompu")
    PUBLISHED = "published", _("publié")


class LockKind(models.TextChoices):
    """What a person has decided before the computer does."""

    PLACED = "placed", _("placée ici")
    REFUSED = "refused", _("écartée")
