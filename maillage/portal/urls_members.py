"""Addresses of Mon espace, of the agency, and of what every record has."""

from django.urls import URLPattern, path, register_converter

from maillage.portal.views import moderation, people, records, space


class KindConverter:
    """The word of a kind in addresses, for its code."""

    WORDS = {
        "structures": "structure",
        "lieux": "place",
        "ressources": "resource",
        "evenements": "event",
        "parcours": "trail",
    }
    regex = "|".join(WORDS)

    def to_python(self, value: str) -> str:
        return self.WORDS[value]

    def to_url(self, value: str) -> str:
        words = {code: word for word, code in self.WORDS.items()}
        return words[value]


register_converter(KindConverter, "kind")

member_urls: list[URLPattern] = [
    path("mon-espace/", space.my_space, name="my_space"),
    path("mon-espace/compte/", space.my_account, name="my_account"),
    path("mon-espace/mes-donnees.json", space.my_data, name="my_data"),
    path("mon-espace/effacer/", space.my_account_erase, name="my_account_erase"),
    path("mon-espace/propositions/<int:pk>/", space.my_proposal, name="my_proposal"),
    path(
        "mon-espace/propositions/<int:pk>/completer/",
        space.my_proposal_edit,
        name="my_proposal_edit",
    ),
    path(
        "mon-espace/propositions/<int:pk>/retirer/",
        space.my_proposal_withdraw,
        name="my_proposal_withdraw",
    ),
    path("agence/", moderation.agency_desk, name="agency_desk"),
    path("agence/moderation/", moderation.moderation_list, name="moderation_list"),
    path(
        "agence/moderation/propositions/<int:pk>/",
        moderation.moderation_proposal,
        name="moderation_proposal",
    ),
    path(
        "agence/moderation/demandes/<int:pk>/",
        moderation.moderation_claim,
        name="moderation_claim",
    ),
    path("agence/doublons/", moderation.suspect_list, name="suspect_list"),
    path("agence/courriels/", moderation.mail_list, name="mail_list"),
    path(
        "agence/courriels/<int:pk>/renvoyer/", moderation.mail_retry, name="mail_retry"
    ),
    path("agence/personnes/", people.user_list, name="user_list"),
    path("agence/personnes/<int:pk>/", people.user_role, name="user_role"),
    path(
        "agence/fusionner/<kind:kind>/<slug:slug>/",
        records.merge_choose,
        name="merge_choose",
    ),
    path(
        "agence/fusionner/<kind:kind>/<slug:slug>/<slug:other>/",
        records.merge_compare,
        name="merge_compare",
    ),
    path(
        "<kind:kind>/<slug:slug>/historique/",
        records.record_history,
        name="record_history",
    ),
    path(
        "<kind:kind>/<slug:slug>/historique/<int:history_id>/retablir/",
        records.record_restore,
        name="record_restore",
    ),
    path(
        "<kind:kind>/<slug:slug>/a-jour/", records.record_confirm, name="record_confirm"
    ),
    path("<kind:kind>/<slug:slug>/etat/", records.record_state, name="record_state"),
]
