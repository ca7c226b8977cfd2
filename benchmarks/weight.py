"""Bytes of a first visit to each kind of page, compressed, and who is asked for them.

More than 150 kB without a map, more than 700 kB with one, or a request to anybody else
than the site is a failure.
"""

import json
from pathlib import Path
from urllib.parse import urlsplit

from django.urls import reverse
from playwright.sync_api import Browser

from benchmarks import figures, region
from benchmarks.site import browser, site
from maillage.core.models import Entry

PLACES = 1000
MOST_KB, MOST_KB_MAP = 150, 700


def pages() -> dict[str, str]:
    """One page of each kind; details have a small map too, when the thing has a place."""
    first = {kind: Entry.objects.filter(kind=kind).first() for kind in KINDS}
    return {
        "home": reverse("portal:home"),
        "list of places": reverse("directory:place_list"),
        "list of structures": reverse("directory:structure_list"),
        "list of resources": reverse("catalogue:resource_list"),
        "search": f"{reverse('portal:search')}?q=musee",
        "near a point": f"{reverse('portal:near')}?near=3.05,50.63",
        "about": reverse("portal:about"),
        "sign in": reverse("account_login"),
        "open data": reverse("interchange:dataset_list"),
        **{f"detail of a {kind}": entry.url for kind, entry in first.items() if entry},
        "map": reverse("portal:map"),
        "map, embedded": reverse("portal:map_embed"),
    }


KINDS = ("place", "structure", "resource")


def weigh(window: Browser, address: str, url: str) -> tuple[int, list[str], set[str]]:
    """Bytes on the wire, requests, and other hosts, of a browser that knows nothing."""
    context = window.new_context(locale="fr-FR")
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    sizes: list[float] = []
    asked: list[str] = []
    wire.on("Network.loadingFinished", lambda e: sizes.append(e["encodedDataLength"]))
    page.on("request", lambda request: asked.append(request.url))
    answer = page.goto(address + url, wait_until="networkidle", timeout=120_000)
    if answer is None or answer.status != 200:
        raise SystemExit(f"{url} answers {answer.status if answer else 'nothing'}")
    if "carte" in url:
        page.locator('maillage-map[data-state="idle"]').wait_for(timeout=120_000)
    context.close()
    web = [one for one in map(urlsplit, asked) if one.scheme in {"http", "https"}]
    others = {one.netloc for one in web} - {urlsplit(address).netloc}
    return int(sum(sizes)), [one.path for one in web], others


def run(*, rows: int, json_file: Path | None) -> None:
    region.prepare()
    region.grow(PLACES)
    found, faults = {}, []
    with site() as address, browser() as window:
        for name, url in pages().items():
            size, asked, others = weigh(window, address, url)
            has_map = any("maplibre" in path for path in asked)
            most = MOST_KB_MAP if has_map else MOST_KB
            found[name] = {
                "kB": round(size / 1000, 1),
                "at most": most,
                "requests": len(asked),
            }
            print(f"{name:24} {size / 1000:7.1f} kB in {len(asked)} requests")
            if size > most * 1000:
                faults.append(f"{name}: {size / 1000:.0f} kB, {most} at most")
            faults += [f"{name} asks {other}" for other in sorted(others)]
    lines = [[name, *map(str, figure.values()), "0"] for name, figure in found.items()]
    if json_file:
        json_file.write_text(json.dumps(found, indent=1), encoding="utf-8")
    if faults:
        raise SystemExit("\n".join(faults))
    head = ["first visit", "kB", "at most", "requests", "to third parties"]
    figures.record("weight", figures.table(head, lines))
