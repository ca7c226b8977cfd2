"""What makes the page of a pass an application of the phone: its card and its worker."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from maillage.core import phone_app
from maillage.passport.models import Pass

#: What the page of a pass loads besides; a test opens it without a network.
FILES = (
    "css/passport.css", "css/stamps.css", "js/passport/pass.js", "js/passport/stamps.js",
)  # fmt: skip


def files() -> list[str]:
    return phone_app.addresses(FILES)


def manifest(holder: Pass, *, site: str) -> dict[str, Any]:
    return phone_app.manifest(
        holder.get_absolute_url(),
        name=_("Passeport CSTI, %(site)s") % {"site": site},
        short_name=holder.nickname or _("Passeport"),
    )


def worker() -> str:
    facts = {"home": reverse("passport:offer_list")}
    return phone_app.worker(
        "js/passport/pass-worker.js", word="PASS", files=files(), facts=facts
    )
