"""A page that a phone installs and opens without a network: its card and its worker."""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.templatetags.static import static

#: What every such page loads besides its modules.
FILES = (
    "css/base.css", "css/layout.css", "css/components.css", "css/pages.css",
    "css/print.css", "img/icon.svg", "img/icons.svg", "django_htmx/htmx-4.min.js",
    "npm/fonts/atkinson-hyperlegible-next-latin-wght-normal.woff2",
)  # fmt: skip
ICONS = (("192", "any", ""), ("512", "any", ""), ("512", "maskable", "-full"))


def modules(folder: str, *, without: Sequence[str] = ()) -> list[str]:
    """The modules of a folder of ``static``, those of its own folders left out."""
    root = Path(settings.BASE) / "static"
    found = sorted((root / folder).glob("*.js"))
    return [f"{folder}/{path.name}" for path in found if path.name not in without]


def addresses(names: Sequence[str]) -> list[str]:
    """What to keep on the phone, as the pages of this version name it."""
    return [static(name) for name in (*FILES, *modules("js"), *names)]


def manifest(page: str, *, name: str, short_name: str, **more: str) -> dict[str, Any]:
    """The card of the application that ``page`` is."""
    return {
        "id": page,
        "name": name,
        "short_name": short_name,
        **more,
        "lang": "fr",
        "start_url": page,
        "scope": page,
        "display": "standalone",
        "background_color": "#fbfaf7",
        "theme_color": "#0b7a75",
        "icons": [
            {
                "src": static(f"img/field-{size}{tail}.png"),
                "sizes": f"{size}x{size}",
                "type": "image/png",
                "purpose": purpose,
            }
            for size, purpose, tail in ICONS
        ],
    }


def worker(code: str, *, word: str, files: list[str], facts: Mapping[str, str]) -> str:
    """The worker: ``word`` holds this version's files, then comes its code, a static file."""
    version = sha256("\n".join(files).encode()).hexdigest()[:12]
    told = json.dumps({**facts, "files": files, "version": version})
    return f"self.{word} = {told};\nimportScripts({json.dumps(static(code))});\n"
