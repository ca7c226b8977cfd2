"""Addresses of passes: asking for one, holding it, what doors trust."""

from django.urls import URLPattern, path, register_converter

from maillage.passport.views import classes, passes, trust, wallet


class SecretConverter:
    """What opens a pass or a class for whoever has it."""

    regex = "[A-Za-z0-9_-]{32}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(SecretConverter, "secret")

urlpatterns: list[URLPattern] = [
    path("passeport/", passes.offer_list, name="offer_list"),
    path("passeport/demander/<int:pk>/", passes.pass_new, name="pass_new"),
    path("passeport/confiance.json", trust.trust_list, name="trust_list"),
    path("passeport/racine.json", trust.trust_root, name="trust_root"),
    path("passeport/sw.js", trust.pass_worker, name="pass_worker"),
    path(
        "passeport/classe/<secret:secret>/", classes.batch_detail, name="batch_detail"
    ),
    path(
        "passeport/classe/<secret:secret>/planche.pdf",
        classes.batch_sheet,
        name="batch_sheet",
    ),
    path(
        "passeport/classe/<secret:secret>/oublier/",
        classes.batch_close,
        name="batch_close",
    ),
    path("passeport/<secret:secret>/", passes.pass_detail, name="pass_detail"),
    path("passeport/<secret:secret>/carte.pdf", passes.pass_card, name="pass_card"),
    path(
        "passeport/<secret:secret>/manifeste.webmanifest",
        trust.pass_manifest,
        name="pass_manifest",
    ),
    path("passeport/<secret:secret>/donnees.json", wallet.pass_data, name="pass_data"),
    path("passeport/<secret:secret>/reglages/", wallet.pass_edit, name="pass_edit"),
    path("passeport/<secret:secret>/perdu/", wallet.pass_reissue, name="pass_reissue"),
    path("passeport/<secret:secret>/effacer/", wallet.pass_erase, name="pass_erase"),
    path("passeport/<secret:secret>/compte/", wallet.pass_wallet, name="pass_wallet"),
    path("mon-espace/passeports/", wallet.pass_list, name="pass_list"),
]
