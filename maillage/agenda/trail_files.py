"""A trail as GPX, and on paper: the sheet of the walker, the posters of the stops."""

import datetime as dt
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import segno
from django.conf import settings
from django.utils.translation import get_language, gettext as _

from maillage.agenda.models import Trail
from maillage.agenda.trail_pages import StopLine, key_facts, stop_url
from maillage.core import vocab
from maillage.core.context import region
from maillage.core.dates import day_words
from maillage.core.markup import plain_text
from maillage.core.pdf import set_pages

FOLDER = Path(__file__).parent / "pdf"
GPX = "http://www.topografix.com/GPX/1/1"
#: The drawing of the map: its width, its greatest and least height, its margin.
WIDE, TALL, LOW, EDGE = 170.0, 110.0, 40.0, 12.0
KM_PER_DEGREE = 111.32
#: Lengths that the bar of scale may say, in kilometres.
BARS = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)


def gpx(trail: Trail, stops: Sequence[StopLine]) -> bytes:
    """Way points and the route, for any walking application (GPX 1.1)."""
    ET.register_namespace("", GPX)
    root = ET.Element(f"{{{GPX}}}gpx", {"version": "1.1", "creator": "Maillage"})
    meta = ET.SubElement(root, f"{{{GPX}}}metadata")
    told(meta, "name", trail.name)
    told(meta, "desc", trail.summary)
    link = ET.SubElement(
        meta,
        f"{{{GPX}}}link",
        {"href": settings.SITE_URL + trail.get_absolute_url()},
    )
    told(link, "text", trail.name)
    known = [(one, one.position) for one in stops if one.position]
    for one, at in known:
        point(root, "wpt", one, at)
    route = ET.SubElement(root, f"{{{GPX}}}rte")
    told(route, "name", trail.name)
    for one, at in known:
        point(route, "rtept", one, at)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def point(parent: ET.Element, tag: str, one: StopLine, at: tuple[float, float]) -> None:
    lon, lat = at
    node = ET.SubElement(
        parent, f"{{{GPX}}}{tag}", {"lat": f"{lat:.6f}", "lon": f"{lon:.6f}"}
    )
    told(node, "name", f"{one.stop.rank}. {one.stop.title}")
    told(node, "desc", plain_text(one.stop.text))


def told(parent: ET.Element, tag: str, text: str) -> None:
    """An element with a text that XML allows; nothing for an empty one."""
    clean = "".join(sign for sign in text if sign >= " " or sign in "\n\t")
    if clean:
        ET.SubElement(parent, f"{{{GPX}}}{tag}").text = clean


def frame(trail: Trail, *, today: dt.date) -> dict[str, Any]:
    url = settings.SITE_URL + trail.get_absolute_url()
    return {
        "lang": (get_language() or "fr")[:2],
        "site": "Maillage",
        "region": region()["name"],
        "title": trail.name,
        "owner": trail.owner.name,
        "badge": _("exemple") if trail.is_example else "",
        "url": url,
        "address": url.partition("//")[2],
        "printed": _("Imprimé le %(day)s") % {"day": day_words(today)},
    }


def sheet_pdf(trail: Trail, *, stops: Sequence[StopLine], today: dt.date) -> bytes:
    """What a family takes along: the map, the stops, the questions to answer.

    The codes of the stops are not on it: one finds them on the spot.
    """
    page = frame(trail, today=today)
    data = page | {
        "summary": trail.summary,
        "eyebrow": trail.category_label.capitalize(),
        "keywords": vocab.labels("themes", trail.themes),
        "key": [[label, value] for label, value in key_facts(trail, stops)],
        "map": map_svg(stops),
        "map_alt": _("Schéma du parcours : %(stops)s.")
        % {"stops": ", ".join(f"{one.stop.rank} {one.stop.title}" for one in stops)},
        "qr": qr_svg(page["url"]),
        "qr_alt": _("Code QR vers la page du parcours"),
        "stops": [stop_words(one) for one in stops],
        "has_questions": any(one.stop.question for one in stops),
        "words": {
            "stops": _("Les étapes"),
            "question": _("Question"),
            "page": _("Carte, horaires, GPX"),
            "stamp": _("Tampon"),
            "explorer": _("Carnet de"),
        },
    }
    return set_pages(FOLDER / "trail.typ", data=data)


def stop_words(one: StopLine) -> dict[str, Any]:
    return {
        "number": str(one.stop.rank),
        "title": one.stop.title,
        "where": one.thing.commune_name if one.thing else "",
        "text": plain_text(one.stop.text).split("\n") if one.stop.text else [],
        "question": one.stop.question,
        "stay": _("%(n)s min sur place") % {"n": one.stop.minutes}
        if one.stop.minutes
        else "",
        "next": one.leg_text,
    }


def posters_pdf(trail: Trail, *, stops: Sequence[StopLine], today: dt.date) -> bytes:
    """One poster a stop, with the code that is scanned on the spot."""
    posters = []
    for one in stops:
        one.stop.trail = trail
        url = stop_url(one.stop)
        posters.append(
            {
                "number": str(one.stop.rank),
                "title": one.stop.title,
                "question": one.stop.question,
                "qr": qr_svg(url),
                "code": one.stop.code,
            }
        )
    data = frame(trail, today=today) | {
        "posters": posters,
        "words": {
            "stop": _("Étape"),
            "scan": _("Scannez ce code pour marquer votre passage"),
            "typed": _("ou tapez ce code :"),
            "alt": _("Code QR de l’étape"),
        },
    }
    return set_pages(FOLDER / "trail_posters.typ", data=data)


def qr_svg(text: str) -> str:
    code = segno.make(text, error="m", micro=False)
    return str(code.svg_inline(border=0, scale=4, dark="#16233b", omitsize=True))


# The map on paper --------------------------------------------------------------------


def map_svg(stops: Sequence[StopLine]) -> str:
    """The stops and the line between them, to scale, north at the top.

    Empty when fewer than two stops have a position.
    """
    known = [(one, at) for one in stops if (at := one.position)]
    if len(known) < 2:
        return ""
    mid = math.radians(sum(at[1] for _one, at in known) / len(known))
    flat = [
        (at[0] * math.cos(mid) * KM_PER_DEGREE, -at[1] * KM_PER_DEGREE)
        for _one, at in known
    ]
    left, top = min(x for x, _y in flat), min(y for _x, y in flat)
    width = max(max(x for x, _y in flat) - left, 0.05)
    height = max(max(y for _x, y in flat) - top, 0.05)
    scale = min((WIDE - 2 * EDGE) / width, (TALL - 2 * EDGE) / height)
    tall = max(height * scale + 2 * EDGE + 8, LOW)
    shift = (WIDE - width * scale) / 2
    spots = [((x - left) * scale + shift, (y - top) * scale + EDGE) for x, y in flat]
    root = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {WIDE:g} {tall:.1f}",
        },
    )
    ET.SubElement(
        root, "rect",
        {"width": f"{WIDE:g}", "height": f"{tall:.1f}", "rx": "3", "fill": "#f2f0e9"},
    )  # fmt: skip
    ET.SubElement(
        root, "polyline",
        {"points": " ".join(f"{x:.2f},{y:.2f}" for x, y in spots), "fill": "none",
         "stroke": "#e8a317", "stroke-width": "1.4", "stroke-linecap": "round",
         "stroke-dasharray": "0.1 2.6"},
    )  # fmt: skip
    for (one, _at), (x, y) in zip(known, spread(spots), strict=True):
        ET.SubElement(
            root, "circle",
            {"cx": f"{x:.2f}", "cy": f"{y:.2f}", "r": "4", "fill": "#0b7a75",
             "stroke": "#ffffff", "stroke-width": "0.8"},
        )  # fmt: skip
        write(root, x, y + 1.5, str(one.stop.rank), size=4.2, fill="#ffffff", bold=True)
    add_scale(root, scale, tall)
    return ET.tostring(root, encoding="unicode")


def spread(spots: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Spots that would cover one another, moved a little aside, in turn."""
    placed: list[tuple[float, float]] = []
    for x, y in spots:
        turn = 0
        at = (x, y)
        while any(math.dist(at, other) < 7.5 for other in placed) and turn < 24:
            turn += 1
            angle, far = turn * 2.4, 3.5 + turn * 0.5
            at = (x + far * math.cos(angle), y + far * math.sin(angle))
            at = (min(max(at[0], 5.0), WIDE - 5.0), max(at[1], 5.0))
        placed.append(at)
    return placed


def add_scale(root: ET.Element, scale: float, tall: float) -> None:
    """A bar whose length is told, and the north."""
    km = max((bar for bar in BARS if bar * scale <= 40), default=BARS[0])
    y, x = tall - 5.0, 6.0
    ET.SubElement(
        root, "path",
        {"d": f"M{x},{y - 1.5}V{y}H{x + km * scale:.2f}V{y - 1.5}", "fill": "none",
         "stroke": "#16233b", "stroke-width": "0.5"},
    )  # fmt: skip
    text = f"{round(km * 1000)} m" if km < 1 else f"{km:g} km"
    write(root, x + km * scale / 2, y - 1.8, text, size=3.2, fill="#16233b")
    ET.SubElement(root, "path", {"d": f"M{WIDE - 8},5l2,5h-4z", "fill": "#16233b"})
    write(root, WIDE - 8, 14, "N", size=3.4, fill="#16233b", bold=True)


def write(
    root: ET.Element,
    x: float,
    y: float,
    text: str,
    *,
    size: float,
    fill: str,
    bold: bool = False,
) -> None:
    node = ET.SubElement(
        root,
        "text",
        {
            "x": f"{x:.2f}", "y": f"{y:.2f}", "font-size": f"{size:g}", "fill": fill,
            "text-anchor": "middle", "font-family": "Atkinson Hyperlegible Next",
            "font-weight": "800" if bold else "400",
        },
    )  # fmt: skip
    node.text = text
