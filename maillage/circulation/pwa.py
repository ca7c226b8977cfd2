"""What makes the scan page an application of the phone: its card and its worker."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _

FOLDERS = ("js", "js/field")
#: What the scan page loads besides our modules; a test opens it without a network.
FILES = (
    "css/base.css", "css/layout.css", "css/components.css", "css/pages.css",
    "css/print.css", "css/field.css", "img/icon.svg", "img/icons.svg",
    "django_htmx/htmx-4.min.js", "npm/qr/index.js", "npm/qr/decode.js",
    "npm/fonts/atkinson-hyperlegible-next-latin-wght-normal.woff2",
)  # fmt: skip
ICONS = (("192x192", "any"), ("512x512", "any"), ("512x512", "maskable"))


def files() -> list[str]:
    """The addresses to keep on the phone, as the pages of this version name them."""
    root = Path(settings.BASE) / "static"
    modules = [
        f"{folder}/{path.name}"
        for folder in FOLDERS
        for path in sorted((root / folder).glob("*.js"))
        if path.name != "worker.js"
    ]
    return [static(name) for name in (*FILES, *modules)]


def manifest(*, site: str) -> dict[str, Any]:
    home = reverse("circulation:field")
    return {
        "id": home,
        "name": _("%(site)s, sur le terrain") % {"site": site},
        "short_name": _("Terrain"),
        "description": _(
            "Scanner les caisses d’un prêt et signer les constats d’état."
        ),
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
            for size, purpose in ICONS
            for tail in ["-full" if purpose == "maskable" else ""]
        ],
    }


def worker() -> str:
    """The worker: the list of this version's files, then its code, a static file."""
    names = files()
    facts = {
        "name": "terrain",
        "page": reverse("circulation:field"),
        "files": names,
        "version": sha256("\n".join(names).encode()).hexdigest()[:12],
    }
    code = static("js/field/worker.js")
    return f"self.FIELD = {json.dumps(facts)};\nimportScripts({json.dumps(code)});\n"
