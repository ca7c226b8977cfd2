"""Resources of the catalogue that an event may present."""

from maillage.catalogue.models import Resource


def resources_named(text: str, *, limit: int = 8) -> list[Resource]:
    """Published resources of a name, or that begin with what is typed so far."""
    rows = Resource.objects.published().order_by("name", "pk")
    if not text:
        return []
    same = list(rows.filter(name__iexact=text)[:limit])
    return same or list(rows.filter(name__icontains=text)[:limit])
