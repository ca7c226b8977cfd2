"""What the scan page says by itself; its scripts have no words of their own."""

from django.utils.translation import gettext as _

from maillage.circulation.choices import Finding, Moment, Party


def words() -> dict[str, object]:
    """The texts, with {places} that the scripts fill."""
    return {
        "moments": {each.value: each.label.capitalize() for each in Moment},
        "parties": {each.value: each.label.capitalize() for each in Party},
        "findings": {each.value: each.label.capitalize() for each in Finding},
        "confirm": {
            Moment.DEPARTURE: _("Confirmer le départ"),
            Moment.ARRIVAL: _("Confirmer l’arrivée"),
            Moment.LEAVING: _("Confirmer la fin du prêt"),
            Moment.RETURN: _("Confirmer le retour"),
        },
        "due": {
            Moment.DEPARTURE: _("Départ prévu {day}"),
            Moment.ARRIVAL: _("Arrivée attendue {day}"),
            Moment.LEAVING: _("Fin du prêt {day}"),
            Moment.RETURN: _("Retour attendu {day}"),
        },
        "over": _("Rendu"),
        "noted": _("{moment} : noté sur ce téléphone"),
        "online": _("En ligne"),
        "offline": _("Hors ligne"),
        "fetched": _("Liste à jour à {time}"),
        "fetched_on": _("Liste du {day}"),
        "queue_none": _("Rien à envoyer"),
        "queue_one": _("1 envoi en attente"),
        "queue_many": _("{n} envois en attente"),
        "queue_refused": _("{n} à revoir"),
        "loans_none": _("Aucun prêt ne bouge dans les prochains jours."),
        "loans_first": _("Il faut du réseau une première fois, pour prendre la liste."),
        "parts": _("{n} éléments"),
        "seen": _("{name} : présent ({n} sur {all})"),
        "again": _("{name} : déjà vu ({n} sur {all})"),
        "complete": _("Tout est là : {all} sur {all}"),
        "unticked": _("{name} : retiré ({n} sur {all})"),
        "copy": _("C’est le bon exemplaire. Scannez maintenant chaque caisse."),
        "elsewhere": _("{label} est d’un autre prêt : {resource}, {host}"),
        "unknown": _("{label} : étiquette inconnue sur ce téléphone"),
        "count": _("{n} sur {all}"),
        "missing_one": _("Il manque 1 élément : {names}"),
        "missing_many": _("Il manque {n} éléments : {names}"),
        "missing_none": _("Rien ne manque."),
        "with_missing": _("{verb} (manquants : {n})"),
        "need_name": _("Écrivez votre nom : il vaut signature."),
        "need_findings": _("Dites l’état de chaque élément ; il en reste {n}."),
        "kept": _("Gardé sur ce téléphone. Ce sera envoyé dès qu’il y aura du réseau."),
        "sent_now": _("Envoyé."),
        "lost": _(
            "Ce téléphone n’a pas pu le garder : libérez de la place, recommencez."
        ),
        "contact": _("Contact : {name}"),
        "camera_open": _("Ouvrir la caméra"),
        "camera_close": _("Fermer la caméra"),
        "camera_none": _(
            "La caméra n’est pas disponible. Autorisez-la dans les réglages du "
            "navigateur, ou tapez le code écrit sous l’étiquette."
        ),
        "picture": _("Photo {n} de {name}"),
        "picture_bad": _("Cette photo ne peut pas être lue : essayez-en une autre."),
        "picture_remove": _("Retirer la photo {n}"),
        "state_waiting": _("En attente d’envoi"),
        "state_sent": _("Envoyé"),
        "state_refused": _("Refusé"),
        "pictures_waiting": _("Photos en attente d’envoi : {n}"),
        "pictures_refused": _("Photos refusées : {n}. {why}"),
        "handover": _("Passage : {moment}"),
        "report": _("Constat d’état : {moment}"),
        "signed_out": _(
            "Votre session a pris fin. Rien n’est perdu : reconnectez-vous."
        ),
        "other_user": _("Une autre personne est connectée : la page se recharge."),
    }
