"""Addresses that people can read, and the old ones that still work."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from maillage.core.models import Alias, Stamp
from maillage.core.publishing import Publishable

#: Words of the site that stand where a slug stands in an address.
RESERVED = {"proposer", "comparer", "nouveau", "nouvelle", "tableau", "carte"}
ATTEMPTS = 5
SLUGS = "slugs"


def free_slug(thing: Publishable) -> str:
    """A slug of the name that nothing of this kind has, nor has had."""
    model = type(thing)
    base = slugify(thing.name)[:100].strip("-") or thing.code
    rows = model._default_manager.filter(slug__startswith=base).exclude(pk=thing.pk)
    old = Alias.objects.filter(kind=thing.code, slug__startswith=base)
    taken = {*rows.values_list("slug", flat=True), *RESERVED}
    taken |= {*old.exclude(object_id=thing.pk or 0).values_list("slug", flat=True)}
    if base not in taken:
        return base
    number = 2
    while f"{base}-{number}" in taken:
        number += 1
    return f"{base}-{number}"


def save_with_slug(thing: Publishable) -> None:
    """Save a thing under a free slug, even when somebody takes it meanwhile.

    Inside a transaction: those who look for a slug wait for each other.
    """
    Stamp.objects.get_or_create(name=SLUGS)
    Stamp.objects.select_for_update().get(name=SLUGS)
    for attempt in range(ATTEMPTS):
        thing.slug = free_slug(thing)
        try:
            with transaction.atomic():
                thing.save()
        except IntegrityError:
            if attempt == ATTEMPTS - 1:
                raise
        else:
            return


def moved_to(model: type[Publishable], slug: str) -> Any:
    """The thing that had this address, or ``None``."""
    alias = Alias.objects.filter(kind=model.code, slug=slug).first()
    if alias is None:
        return None
    return model._default_manager.filter(pk=alias.object_id).first()
