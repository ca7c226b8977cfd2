"""What makes the door page an application of the phone: its card and its worker."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from maillage.core import phone_app

#: What the door page loads besides its modules; a test opens it without a network.
FILES = (
    "css/door.css", "npm/qr/index.js", "npm/qr/decode.js",
    "npm/noble-ed25519/index.js", "js/field/scan.js", "js/field/dom.js",
)  # fmt: skip
OTHERS = ("pass-worker.js", "pass.js")


def files() -> list[str]:
    modules = phone_app.modules("js/passport", without=OTHERS)
    return phone_app.addresses([*FILES, *modules])


def manifest(*, site: str) -> dict[str, Any]:
    return phone_app.manifest(
        reverse("passport:door"),
        name=_("Contrôle des passeports, %(site)s") % {"site": site},
        short_name=_("Contrôle"),
        description=_("Vérifier les passeports à l’entrée, même sans réseau."),
    )


def worker() -> str:
    facts = {"name": "controle", "page": reverse("passport:door")}
    return phone_app.worker(
        "js/field/worker.js", word="FIELD", files=files(), facts=facts
    )
