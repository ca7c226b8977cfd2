"""The verbs of the catalogue: attach and detach files, find twins, print a sheet."""

import datetime as dt
import hashlib
import json
import re
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.db import transaction
from django.utils.translation import get_language, gettext as _

from maillage.catalogue.choices import AttachmentKind
from maillage.catalogue.models import Attachment, Resource, RevenueKey
from maillage.catalogue.paper import sheet_data
from maillage.core.errors import Refused
from maillage.core.french import words
from maillage.core.listing import Query, find
from maillage.core.pdf import page_count, set_pages
from maillage.core.uploads import clean_document, clean_picture, thumbnail_path
from maillage.directory.models import Place, Structure

MOST_ATTACHMENTS = 30
HINTED = re.compile(r"^(?P<name>.+?)\s*\((?P<town>[^()]+)\)$")
SCALES = (1.12, 1.0, 0.86)  # sizes of the letters, the first that fits
STEP = 40  # letters of a description that are not worth another try
TEMPLATE = Path(__file__).parent / "pdf" / "sheet.typ"


def same_title(
    name: str, *, owner: Structure, but: Resource | None = None
) -> list[Resource]:
    """Resources of an owner that have the same title but for accents and capitals."""
    rows = owner.resources.exclude(pk=but.pk if but else 0)
    title = words(name)
    twins = [
        pk for pk, other in rows.values_list("pk", "name") if words(other) == title
    ]
    return list(rows.filter(pk__in=twins)) if twins else []


def hosts_named(text: str, *, limit: int = 6) -> list[Place]:
    """Published places that a text means: by address, by name, else by search.

    « Musée des sciences (Lille) » is how the suggestions write a place.
    """
    rows = Place.objects.published().select_related("commune", "structure")
    if not text:
        return []
    if exact := list(rows.filter(slug=text)):
        return exact
    match = HINTED.match(text)
    name, town = (match["name"], match["town"]) if match else (text, "")
    named = rows.filter(name__iexact=name).order_by("pk")
    if same := list(named.filter(commune__name__iexact=town) if town else named)[
        :limit
    ]:
        return same
    close = list(rows.filter(name__icontains=name).order_by("name", "pk")[:limit])
    if len(close) < limit:
        found = find(Query(kinds=("place",), text=name)).page(1, limit)
        seen = {place.pk for place in close}
        pks = [entry.object_id for entry in found if entry.object_id not in seen]
        known = {place.pk: place for place in rows.filter(pk__in=pks)}
        close += [known[pk] for pk in pks if pk in known]
    return close[:limit]


@transaction.atomic
def write_keys(resource: Resource, parts: Mapping[int, int]) -> None:
    """Say anew how the income of a resource is shared; ``parts`` by structure."""
    resource.revenue_keys.all().delete()
    RevenueKey.objects.bulk_create(
        RevenueKey(resource=resource, structure_id=structure, parts=number)
        for structure, number in parts.items()
    )


@transaction.atomic
def attach(
    resource: Resource,
    *,
    kind: str,
    file: File[bytes],
    title: str,
    credit: str,
    by: Any,
    now: dt.datetime,
) -> Attachment:
    """Check, clean and add a picture or a document.

    Refuses with ``forbidden`` or ``too_many``; raises ``ValidationError`` with what is
    wrong with the file.
    """
    row = held(resource, by=by)
    if row.attachments.count() >= MOST_ATTACHMENTS:
        raise Refused(
            "too_many",
            _("Une fiche a au plus %(most)s images et documents.")
            % {"most": MOST_ATTACHMENTS},
        )
    is_picture = kind == AttachmentKind.PICTURE
    clean = clean_picture(file) if is_picture else clean_document(file)
    return Attachment.objects.create(
        resource=row,
        kind=kind,
        file=clean,
        title=title,
        credit=credit,
        size=clean.size,
        added_by=by,
        added_at=now,
    )


@transaction.atomic
def detach(attachment: Attachment, *, by: Any) -> None:
    """Take a picture or a document away, its file too. Refuses with ``forbidden``."""
    held(attachment.resource, by=by)
    file = attachment.file
    transaction.on_commit(lambda: file.storage.delete(str(file.name)))
    attachment.delete()


def held(resource: Resource, *, by: Any) -> Resource:
    """The resource, locked, if the person may change it. Refuses with ``forbidden``."""
    rows = Resource.objects.select_for_update(of=("self",)).filter(pk=resource.pk)
    # The right is asked of the same query that locks: nobody loses it in between.
    allowed = Resource.objects.all().editable_by(by).values("pk")
    row: Resource | None = rows.filter(pk__in=allowed).first()
    if row is None:
        raise Refused("forbidden", _("Cette fiche n’est pas la vôtre."))
    return row


def print_sheet(resource: Resource) -> bytes:
    """The one-page sheet of a resource, kept until anything on it changes."""
    data, picture = sheet_data(resource)
    words_ = json.dumps(data, sort_keys=True).encode()
    digest = hashlib.sha256(words_ + TEMPLATE.read_bytes()).hexdigest()[:16]
    folder = Path(settings.VAR) / "cache" / "sheets"
    mine = f"{resource.pk}-{get_language()}-"
    target = folder / f"{mine}{digest}.pdf"
    if target.exists():
        return target.read_bytes()
    files = {}
    if path := thumbnail_path(picture, 800):
        files[data["picture_file"]] = path
    else:
        data["picture"] = False
    pdf = shortened(data, lambda known: set_pages(TEMPLATE, data=known, files=files))
    folder.mkdir(parents=True, exist_ok=True)
    beside = folder / f"{secrets.token_hex(8)}.new"
    beside.write_bytes(pdf)
    beside.replace(target)
    for old in folder.glob(f"{mine}*.pdf"):
        if old != target:
            old.unlink(missing_ok=True)
    return pdf


def shortened(
    data: dict[str, Any], compose: Callable[[dict[str, Any]], bytes]
) -> bytes:
    """Compose a sheet on one page, in the largest letters, else with less text.

    The longest description that fits is looked for by halves.
    """
    for scale in SCALES:
        small = data | {"scale": scale}
        if page_count(pdf := compose(small)) == 1:
            return pdf
    best = compose(small | {"description": []})
    if page_count(best) > 1:  # the facts themselves are too long
        return compose(bare(small))
    text = "\n".join(data["description"])
    low, high = 0, len(text)
    while high - low > STEP:
        middle = (low + high) // 2
        pdf = compose(small | {"description": cut(text, middle)})
        if page_count(pdf) == 1:
            low, best = middle, pdf
        else:
            high = middle
    return best


def cut(text: str, length: int) -> list[str]:
    """The paragraphs of a text up to ``length`` characters, ending with « … »."""
    if len(text) <= length:
        return text.split("\n")
    whole = text[:length].rsplit(maxsplit=1)[0].rstrip(" ,;:.\n")
    return f"{whole}…".split("\n")


def bare(data: dict[str, Any]) -> dict[str, Any]:
    """The sheet at its shortest: no picture, each value on a line or two."""
    short = {
        part: [[label, "".join(cut(value, 90))] for label, value in data[part]]
        for part in ("identity", "technical", "lending")
    }
    fees = data["fees"] | {"rows": data["fees"]["rows"][:6]}
    extra = {"description": [], "picture": False, "fees": fees}
    return data | short | extra | {"summary": "".join(cut(data["summary"], 160))}
