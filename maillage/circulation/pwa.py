"""What makes the scan page an application of the phone: its card and its worker."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from maillage.core import phone_app

#: What the scan page loads besides its modules; a test opens it without a network.
FILES = ("css/field.css", "npm/qr/index.js", "npm/qr/decode.js")


def files() -> list[str]:
    modules = phone_app.modules("js/field", without=["worker.js"])
    return phone_app.addresses([*FILES, *modules])


def manifest(*, site: str) -> dict[str, Any]:
    return phone_app.manifest(
        reverse("circulation:field"),
        name=_("%(site)s, sur le terrain") % {"site": site},
        short_name=_("Terrain"),
        description=_("Scanner les caisses d’un prêt et signer les constats d’état."),
    )


def worker() -> str:
    facts = {"name": "terrain", "page": reverse("circulation:field")}
    return phone_app.worker(
        "js/field/worker.js", word="FIELD", files=files(), facts=facts
    )
