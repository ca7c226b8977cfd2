"""What the door page needs: words for its script, benefits of the place, counts."""

import datetime as dt
from typing import Any

from django.db.models import Count, Q, Sum
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from maillage.directory.models import Place
from maillage.passport.choices import AgeBand, Gives, Outcome, PassKind, Reason
from maillage.passport.models import Benefit, CheckIn, Device
from maillage.passport.passages import RANKS


def advice() -> dict[str, str | Promise]:
    """What to do when a pass is refused: never leave somebody at a closed door."""
    return {
        Reason.UNREADABLE: _("Montrez le code à plat, sans reflet, ou tapez-le. Un billet d’un autre service ne s’ouvre pas ici."),
        Reason.OTHER_VERSION: _("Mettez cette page à jour (bouton « Mettre à jour »), puis scannez de nouveau."),
        Reason.WRONG_ALGORITHM: _("Ce code n’a pas été fait par la Région : plein tarif, et signalez-le à l’agence."),
        Reason.UNKNOWN_KEY: _("Mettez cette page à jour avec le réseau. Si rien ne change : plein tarif."),
        Reason.BAD_SIGNATURE: _("Le code a été modifié ou mal recopié : demandez la carte d’origine, sinon plein tarif."),
        Reason.EXPIRED: _("La saison est finie : le passeport se redemande en une minute sur le site."),
        Reason.NOT_YET_VALID: _("Il servira à partir de la date indiquée. Vérifiez l’heure de cet appareil."),
        Reason.REVOKED: _("La carte a été déclarée perdue : la personne a dû en recevoir une autre."),
        Reason.NOT_HERE: _("Ce lieu ne donne rien à ce passeport aujourd’hui : plein tarif."),
        Reason.LIMIT_REACHED: _("L’avantage a déjà servi : plein tarif, ou laissez entrer si vous le voulez."),
    }  # fmt: skip


def words() -> dict[str, Any]:
    """All that the script says; it has no text of its own."""
    return {
        "reasons": {code: str(label) for code, label in Reason.choices},
        "advice": {str(code): str(text) for code, text in advice().items()},
        "kinds": {code: str(label) for code, label in PassKind.choices},
        "bands": {code: str(label) for code, label in AgeBand.choices},
        "yes": _("Entrez"),
        "no": _("Refusé"),
        "ask": _("Qui entre ?"),
        "pay": _("À payer : {euros}"),
        "when": {
            Reason.EXPIRED.value: _("il valait jusqu’au {day}"),
            Reason.NOT_YET_VALID.value: _("à partir du {day}"),
        },
        "online": _("En ligne"),
        "offline": _("Sans réseau"),
        "door": _("Contrôle des passeports"),
        "waiting": {"one": _("{n} passage à envoyer"), "other": _("{n} passages à envoyer")},
        "sent": _("Tout est envoyé"),
        "today": {"one": _("{n} personne aujourd’hui"), "other": _("{n} personnes aujourd’hui")},
        "people": {"one": _("{n} personne"), "other": _("{n} personnes")},
        "enter": {"one": _("{n} personne entre"), "other": _("{n} personnes entrent")},
        "others": {
            "one": _("{n} passage d’un autre lieu attend ici : rouvrez le lien de ce lieu pour l’envoyer."),
            "other": _("{n} passages d’un autre lieu attendent ici : rouvrez le lien de ce lieu pour les envoyer."),
        },
        "checked": _("Liste de confiance du {day}"),
        "fresh": _("Tout est à jour."),
        "unreached": _("Le site ne répond pas. Vous pouvez continuer : tout est gardé sur cet appareil."),
        "never": _("Cet appareil n’a pas encore joint le site : connectez-le une fois au réseau avant de contrôler."),
        "untrusted": _("La liste de confiance reçue n’est pas signée par la Région : l’ancienne reste en service. Prévenez l’agence."),
        "stale": _("La liste de confiance a plus de deux semaines : mettez à jour avec le réseau."),
        "no_camera": _("Pas d’accès à la caméra. Autorisez-la dans le navigateur, utilisez une douchette ou tapez le code."),
        "no_crypto": _("Ce navigateur ne sait pas vérifier les passeports sans réseau. Mettez-le à jour, ou quittez la navigation privée."),
        "no_device": _("Cet appareil n’est pas encore autorisé : ouvrez le lien que le lieu vous a donné, ou connectez-vous pour l’autoriser."),
        "off_device": _("Cet appareil a été retiré par le lieu. Ce qui attend reste ici : demandez un nouveau lien au responsable."),
        "number": {
            "wait": _("Recherche du passeport…"),
            "wrong": _("Numéro mal recopié : il a douze signes, comme 7K3M-9PQX-2ABE. Vérifiez-les."),
            "offline": _("Sans réseau, un numéro court ne se retrouve pas : scannez le code ou tapez-le en entier. Sinon, laissez entrer selon la règle de votre lieu."),
        },
        "flagged": _("noté, à revoir : {why}"),
        "clock": _("L’horloge de cet appareil est fausse de plus de dix minutes : réglez-la."),
    }  # fmt: skip


def benefits_of(place: Place, *, today: dt.date) -> list[dict[str, Any]]:
    """The benefits of a place, those that begin later too: a door may be offline."""
    rows = Benefit.objects.all().offered_on(today).filter(place=place)
    found = [
        {
            "id": row.pk,
            "gives": row.gives,
            "rank": RANKS[Gives(row.gives)],
            "label": row.label or capfirst(Gives(row.gives).label),
            "event": row.event.name if row.event else "",
            "price_cents": row.price_cents,
            "kinds": row.kinds,
            "age_bands": row.age_bands,
            "companions": row.most_companions,
            "limit": row.limit,
            "times": row.times,
            "from": row.days[0].isoformat() if row.days[0] else None,
            "until": row.days[1].isoformat() if row.days[1] else None,
        }
        for row in rows.select_related("event")
    ]
    return sorted(found, key=lambda row: (row["rank"], row["price_cents"], row["id"]))


def counts_of(place: Place, *, today: dt.date) -> dict[str, int]:
    """How many came in today and how many were turned away, of the place's own doors."""
    rows = CheckIn.objects.filter(place=place, happened_on=today)
    found = rows.aggregate(
        people=Sum("people", filter=Q(outcome=Outcome.ACCEPTED), default=0),
        refused=Count("pk", filter=Q(outcome=Outcome.REFUSED)),
        flagged=Count("pk", filter=~Q(flag="")),
    )
    return {name: int(value) for name, value in found.items()}


def device_rows(place: Place) -> list[Device]:
    rows = place.pass_devices.all().select_related("added_by")
    return list(rows.order_by("revoked_at", "name", "pk"))
