"""Addresses of the agency: issuers, keys, seasons, offers, passes given."""

from django.urls import URLPattern, path

from maillage.passport.views import desk, issuers, seasons

urlpatterns: list[URLPattern] = [
    path("agence/passeport/", desk.pass_desk, name="pass_desk"),
    path("agence/passeport/chercher/", desk.pass_find, name="pass_find"),
    path("agence/passeport/<int:pk>/retirer/", desk.pass_revoke, name="pass_revoke"),
    path("agence/passeport/emis.<str:form>", desk.issued_export, name="issued_export"),
    path("agence/passeport/emetteurs/", issuers.issuer_list, name="issuer_list"),
    path("agence/passeport/emetteurs/nouveau/", issuers.issuer_new, name="issuer_new"),
    path(
        "agence/passeport/emetteurs/<int:pk>/",
        issuers.issuer_detail,
        name="issuer_detail",
    ),
    path(
        "agence/passeport/emetteurs/<int:pk>/etat/",
        issuers.issuer_state,
        name="issuer_state",
    ),
    path(
        "agence/passeport/emetteurs/<int:pk>/cle/",
        issuers.key_rotate,
        name="key_rotate",
    ),
    path(
        "agence/passeport/cles/<int:pk>/retirer/", issuers.key_revoke, name="key_revoke"
    ),
    path("agence/passeport/racine/", issuers.root_renew, name="root_renew"),
    path(
        "agence/passeport/saisons/nouvelle/",
        seasons.pass_season_new,
        name="pass_season_new",
    ),
    path(
        "agence/passeport/saisons/<slug:slug>/",
        seasons.pass_season_edit,
        name="pass_season_edit",
    ),
    path(
        "agence/passeport/saisons/<slug:slug>/formules/nouvelle/",
        seasons.offer_new,
        name="offer_new",
    ),
    path("agence/passeport/formules/<int:pk>/", seasons.offer_edit, name="offer_edit"),
]
