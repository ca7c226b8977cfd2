"""What makes the door page an application of the phone: its card and its worker."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _

from maillage.passport.pwa import ICONS

FOLDERS = ("js", "js/passport")
#: What the door page loads besides our modules; a test opens it without a network.
FILES = (
    "css/base.css", "css/layout.css", "css/components.css", "css/pages.css",
    "css/print.css", "css/door.css", "img/icon.svg", "img/icons.svg",
    "django_htmx/htmx-4.min.js", "npm/qr/index.js", "npm/qr/decode.js",
    "npm/noble-ed25519/index.js", "js/field/scan.js", "js/field/dom.js",
    "npm/fonts/atkinson-hyperlegible-next-latin-wght-normal.woff2",
)  # fmt: skip
OTHERS = {"pass-worker.js", "pass.js"}


def files() -> list[str]:
    """The addresses to keep on the phone, as the pages of this version name them."""
    root = Path(settings.BASE) / "static"
    modules = [
        f"{folder}/{path.name}"
        for folder in FOLDERS
        for path in sorted((root / folder).glob("*.js"))
        if path.name not in OTHERS
    ]
    return [static(name) for name in (*FILES, *modules)]


def manifest(*, site: str) -> dict[str, Any]:
    home = reverse("passport:door")
    return {
        "id": home,
        "name": _("Contrôle des passeports, %(site)s") % {"site": site},
        "short_name": _("Contrôle"),
        "description": _("Vérifier les passeports à l’entrée, même sans réseau."),
        "lang": "fr",
        "start_url": home,
        "scope": home,
        "display": "standalone",
        "background_color": "#fbfaf7",
        "theme_color": "#0b7a75",
        "icons": [
            {
                "src": static(f"img/field-{size.partition('x')[0]}{tail}.png"),
                "sizes": size,
                "type": "image/png",
                "purpose": purpose,
            }
            for size, purpose, tail in ICONS
        ],
    }


def worker() -> str:
    """The worker: the list of this version's files, then its code, a static file."""
    names = files()
    facts = {
        "name": "controle",
        "page": reverse("passport:door"),
        "files": names,
        "version": sha256("\n".join(names).encode()).hexdigest()[:12],
    }
    code = static("js/field/worker.js")
    return f"self.FIELD = {json.dumps(facts)};\nimportScripts({json.dumps(code)});\n"
