"""What makes the page of a pass an application of the phone: its card and its worker."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _

from maillage.passport.models import Pass

#: What the page of a pass loads besides our modules; a test opens it without a network.
FILES = (
    "css/base.css", "css/layout.css", "css/components.css", "css/pages.css",
    "css/print.css", "css/passport.css", "css/stamps.css", "img/icon.svg", "img/icons.svg",
    "django_htmx/htmx-4.min.js",
    "npm/fonts/atkinson-hyperlegible-next-latin-wght-normal.woff2",
)  # fmt: skip
ICONS = (
    ("192x192", "any", ""),
    ("512x512", "any", ""),
    ("512x512", "maskable", "-full"),
)


def files() -> list[str]:
    """The addresses to keep on the phone, as the pages of this version name them."""
    root = Path(settings.BASE) / "static"
    modules = [f"js/{path.name}" for path in sorted((root / "js").glob("*.js"))]
    ours = ("js/passport/pass.js", "js/passport/stamps.js")
    return [static(name) for name in (*FILES, *modules, *ours)]


def manifest(holder: Pass, *, site: str) -> dict[str, Any]:
    page = holder.get_absolute_url()
    return {
        "id": page,
        "name": _("Passeport CSTI, %(site)s") % {"site": site},
        "short_name": holder.nickname or _("Passeport"),
        "lang": "fr",
        "start_url": page,
        "scope": page,
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
        "home": reverse("passport:offer_list"),
        "files": names,
        "version": sha256("\n".join(names).encode()).hexdigest()[:12],
    }
    code = static("js/passport/pass-worker.js")
    return f"self.PASS = {json.dumps(facts)};\nimportScripts({json.dumps(code)});\n"
