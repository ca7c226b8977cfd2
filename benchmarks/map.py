"""Time until the map stands still, beside plain Leaflet.markercluster, in one run.

Both show the same points in the same window of headless Chromium, which draws with the
processor: nobody has a graphics card here. Neither fetches a base map from the network.
"""

import json
import shutil
import tempfile
import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import Browser

from benchmarks import figures, region
from benchmarks.site import browser, site
from maillage.core import listing

RUNS = 3
LEAFLET = ("leaflet/dist/leaflet", "leaflet.markercluster/dist/leaflet.markercluster")
PAGE = """<!doctype html><meta charset="utf-8"><title>Leaflet.markercluster</title>
<link rel="stylesheet" href="leaflet.css">
<link rel="stylesheet" href="leaflet.markercluster.css">
<style>html, body, #map { height: 100%; margin: 0 }</style><div id="map"></div>
<script src="leaflet.js"></script><script src="leaflet.markercluster.js"></script>
<script>
fetch("points.json").then((r) => r.json()).then((points) => {
  const map = L.map("map", { maxZoom: 17 }).fitBounds(points.bounds);
  const group = L.markerClusterGroup();
  group.addLayers(points.places.map(([lon, lat]) => L.marker([lat, lon])));
  map.addLayer(group);
  requestAnimationFrame(() => requestAnimationFrame(() => {
    document.getElementById("map").dataset.state = "idle";
  }));
});
</script>"""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- its name above
        pass


def plain_page(folder: Path) -> None:
    """Leaflet's page and the points that ours shows."""
    for stem in LEAFLET:
        for end in ("js", "css"):
            source = settings.NODE_MODULES / f"{stem}.{end}"
            if source.exists():
                shutil.copy(source, folder / source.name)
    style = settings.NODE_MODULES / "leaflet.markercluster/dist/MarkerCluster.css"
    if not style.exists():
        raise SystemExit("Leaflet is not here: make node_modules/.dev")
    shutil.copy(style, folder / "leaflet.markercluster.css")
    shutil.copytree(settings.NODE_MODULES / "leaflet/dist/images", folder / "images")
    points = listing.find(listing.Query(kinds=("place",))).points()
    lon, lat = points.lon.astype(float), points.lat.astype(float)
    bounds = [[lat.min(), lon.min()], [lat.max(), lon.max()]]
    places = np.round(np.stack([lon, lat], axis=1), 5).tolist()
    text = json.dumps({"bounds": bounds, "places": places})
    (folder / "points.json").write_text(text, encoding="utf-8")
    (folder / "index.html").write_text(PAGE, encoding="utf-8")


def until_idle(window: Browser, url: str, element: str) -> float:
    """Seconds from the start of the navigation; a new browser profile each time."""
    context = window.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    start = time.perf_counter()
    page.goto(url, wait_until="commit", timeout=120_000)
    state = f'{element}[data-state="idle"]'
    page.locator(state).wait_for(state="attached", timeout=300_000)
    took = time.perf_counter() - start
    context.close()
    return took


def run(*, rows: int, json_file: Path | None) -> None:
    region.prepare()
    region.grow(rows)
    found: dict[str, list[float]] = {"Maillage": [], "Leaflet.markercluster": []}
    with tempfile.TemporaryDirectory() as name:
        plain_page(Path(name))
        handler = partial(Quiet, directory=name)
        plain = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=plain.serve_forever, daemon=True).start()
        with site() as address, browser() as window:
            ours = f"{address}{reverse('portal:map')}?kind=place"
            theirs = f"http://127.0.0.1:{plain.server_port}/"
            until_idle(window, ours, "maillage-map")  # both servers have answered once
            until_idle(window, theirs, "#map")
            for _ in range(RUNS):
                found["Maillage"].append(until_idle(window, ours, "maillage-map"))
                found["Leaflet.markercluster"].append(
                    until_idle(window, theirs, "#map")
                )
        plain.shutdown()
    lines = []
    for label, took in found.items():
        print(
            f"{label:24} {np.median(took):6.2f} s ({min(took):.2f} to {max(took):.2f})"
        )
        lines.append([label, *(f"{f(took):.2f}" for f in (np.median, min, max))])
    figures.record(
        "map",
        figures.table(
            [f"{rows} points, {RUNS} runs", "median, s", "least", "most"], lines
        ),
    )
    if json_file:
        json_file.write_text(json.dumps(found, indent=1), encoding="utf-8")
