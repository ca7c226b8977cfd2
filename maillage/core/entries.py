"""Keep the public copy of every published thing up to date."""

from collections.abc import Iterable

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone, translation
from modelsearch.backends import get_search_backend

from maillage.core.french import index_terms
from maillage.core.marks import facets_of_marks
from maillage.core.models import Entry, Stamp
from maillage.core.publishing import Publishable, kinds

ENTRIES = "entries"
BATCH = 500
COPIED = [
    "is_public",
    "version",
    "name",
    "slug",
    "summary",
    "category",
    "owner_name",
    "commune_name",
    "picture",
    "lon",
    "lat",
    "is_example",
    "is_verified",
    "facets",
    "facts",
    "name_terms",
    "body_terms",
    "changed_at",
]


def entries_version() -> int:
    """The number of the last change of the public entries; 0 before the first."""
    row = Stamp.objects.filter(name=ENTRIES).values_list("version", flat=True).first()
    return row or 0


def next_version() -> int:
    """Take the stamp's lock and raise it; inside a transaction only."""
    Stamp.objects.get_or_create(name=ENTRIES)
    Stamp.objects.filter(name=ENTRIES).update(version=F("version") + 1)
    return Stamp.objects.get(name=ENTRIES).version


@transaction.atomic
def refresh_entries(things: Iterable[Publishable]) -> None:
    """Rewrite the entries of things that have changed, in their transaction.

    Things that are not public withdraw their entry. Costs a constant number of
    queries for each kind and 500 things.
    """
    pks: dict[str, list[int]] = {}
    for thing in things:
        pks.setdefault(thing.code, []).append(thing.pk)
    if not pks:
        return
    version = next_version()
    for code, numbers in pks.items():
        for start in range(0, len(numbers), BATCH):
            write_entries(code, numbers[start : start + BATCH], version=version)


def write_entries(code: str, pks: list[int], *, version: int) -> None:
    rows = kinds()[code].for_entries(pks)
    entries = [entry_of(row, version=version) for row in rows]
    for mark, held in facets_of_marks(code, pks, day=timezone.localdate()):
        for entry in entries:
            entry.facets[mark.facet] = [mark.value] if entry.object_id in held else []
    Entry.objects.bulk_create(
        entries,
        update_conflicts=True,
        unique_fields=["kind", "object_id"],
        update_fields=COPIED,
    )
    found = Entry.objects.filter(kind=code, object_id__in=pks)
    gone = set(pks) - {entry.object_id for entry in entries}
    if gone:
        found.filter(object_id__in=gone).update(is_public=False, version=version)
    if settings.SEARCH_ENGINE != "memory":
        get_search_backend().get_index_for_model(Entry).add_items(Entry, list(found))


def entry_of(thing: Publishable, *, version: int) -> Entry:
    """The public copy of a thing, found by its words in either language."""
    with translation.override("en"):
        _, english = thing.search_text()
    with translation.override("fr"):
        name, body = thing.search_text()
    lon, lat = thing.position or (None, None)
    return Entry(
        kind=thing.code,
        object_id=thing.pk,
        is_public=thing.is_found,
        version=version,
        name=thing.name,
        slug=thing.slug,
        summary=thing.summary,
        category=thing.category,
        owner_name=thing.owner_name,
        commune_name=thing.commune_name,
        picture=thing.picture.name or "",
        lon=lon,
        lat=lat,
        is_example=thing.is_example,
        is_verified=thing.is_verified,
        facets=thing.facets(),
        facts=thing.facts(),
        name_terms=" ".join(index_terms(name, keep_all=True)),
        body_terms=" ".join(index_terms(f"{body} {english}")),
        changed_at=thing.changed_at,
    )


def rebuild_entries() -> int:
    """Write every entry anew and tell the search index; returns how many."""
    for code, model in kinds().items():
        pks = list(model._default_manager.values_list("pk", flat=True))
        with transaction.atomic():
            version = next_version()
            for start in range(0, len(pks), BATCH):
                write_entries(code, pks[start : start + BATCH], version=version)
            known = model._default_manager.values("pk")
            gone = Entry.objects.filter(kind=code).exclude(object_id__in=known)
            gone.update(is_public=False, version=version)
    return Entry.objects.public().count()


__all__ = ["entries_version", "rebuild_entries", "refresh_entries"]
