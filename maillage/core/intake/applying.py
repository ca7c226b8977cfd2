"""Do what a plan says: all of it in one transaction, or nothing."""

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

from django.db import connection, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from maillage.core.choices import State
from maillage.core.entries import refresh_entries
from maillage.core.errors import Refused
from maillage.core.intake.planning import (
    CHANGE,
    CREATE,
    Item,
    Plan,
    Progress,
    links_of,
    silent,
)
from maillage.core.intake.schemas import Pending
from maillage.core.models import Alias
from maillage.core.publishing import Publishable
from maillage.core.slugs import RESERVED

BATCH = 500


@transaction.atomic
def apply_plan(
    plan: Plan,
    *,
    by: Any,
    now: dt.datetime,
    only_good: bool = False,
    reason: str = "",
    progress: Progress = silent,
) -> dict[str, int]:
    """Write a plan, with its history and its public entries; returns its counts.

    Refuses with ``errors`` when rows are refused, unless ``only_good``, and with
    ``stale`` when something has changed since the plan was made.
    """
    counts = plan.counts
    if counts["refuse"] and not only_good:
        raise Refused(
            "errors",
            _(
                "Des lignes sont refusées : corrigez-les, ou n’appliquez que les autres."
            ),
        )
    work = Writer(plan, by=by, now=now, reason=reason or _("import %s") % plan.source)
    todo = [item for item in plan.items if item.action in {CREATE, CHANGE}]
    work.check_fresh(todo)
    total, done = 2 * len(todo), 0
    numbers: list[int] = []
    for items, write in work.steps(todo):
        numbers += write(items)
        done += len(items)
        progress("write", done, total)
    for start in range(0, len(numbers), BATCH):
        batch = numbers[start : start + BATCH]
        refresh_entries([work.model(pk=pk) for pk in batch])
        done += len(batch)
        progress("publish", min(done, total), total)
    return counts


class Slugs:
    """Gives free addresses to many things without asking the database for each."""

    def __init__(self, model: type[Publishable]) -> None:
        self.code = model.code
        self.taken = set(model._default_manager.values_list("slug", flat=True))
        aliases = Alias.objects.filter(kind=model.code)
        self.taken |= set(aliases.values_list("slug", flat=True)) | RESERVED
        self.last: dict[str, int] = {}

    def take(self, name: str) -> str:
        base = slugify(name)[:100].strip("-") or self.code
        slug, number = base, self.last.get(base, 1)
        while slug in self.taken:
            number += 1
            slug = f"{base}-{number}"
        self.last[base] = number
        self.taken.add(slug)
        return slug


class Writer:
    """Writes the items of one plan in batches."""

    def __init__(self, plan: Plan, *, by: Any, now: dt.datetime, reason: str) -> None:
        self.model: Any = plan.schema.model
        self.related = plan.schema.related
        self.after = plan.schema.after
        self.source = plan.source
        self.by, self.now, self.reason = by, now, reason[:100]
        self.slugs: Slugs | None = None
        self.made: dict[str, int] = {}

    def check_fresh(self, items: list[Item]) -> None:
        """Lock what will change. Refuses with ``stale``."""
        versions = {item.pk: item.version for item in items if item.pk}
        rows = self.model._default_manager.select_for_update(of=("self",))
        found: dict[int, int] = {}
        for batch in cut(list(versions)):
            pairs = rows.filter(pk__in=batch).order_by("pk")
            found |= dict(pairs.values_list("pk", "version"))
        keys = {item.key for item in items if not item.pk}
        same = self.model._default_manager.filter(source=self.source)
        there = set(same.values_list("source_key", flat=True)) & keys if keys else set()
        if found != versions or there:
            raise Refused(
                "stale",
                _(
                    "Des fiches ont changé depuis la vérification : vérifiez de nouveau."
                ),
            )

    def steps(
        self, items: list[Item]
    ) -> Iterable[tuple[list[Item], Callable[[list[Item]], list[int]]]]:
        """Batches in an order such that what a row refers to is there before it."""
        created = [item for item in items if item.action == CREATE]
        waiting = [item for item in created if self.needs(item)]
        free = [item for item in created if not self.needs(item)]
        while free:
            yield from ((batch, self.create) for batch in cut(free))
            free = [item for item in waiting if self.needs(item) <= self.made.keys()]
            waiting = [item for item in waiting if item not in free]
        if waiting:
            raise Refused(
                "circle",
                _(
                    "Ligne %d : cette fiche fait partie d’elle-même ou d’une ligne refusée."
                )
                % waiting[0].line,
            )
        changed = [item for item in items if item.action == CHANGE]
        yield from ((batch, self.change) for batch in cut(changed))

    def needs(self, item: Item) -> set[str]:
        """Keys of the rows of the file that this one refers to."""
        found = set()
        for value in item.values.values():
            several = value if isinstance(value, list) else [value]
            found |= {one.key for one in several if isinstance(one, Pending)}
        return found

    def resolved(self, value: Any) -> Any:
        if isinstance(value, Pending):
            return self.made[value.key]
        if isinstance(value, list) and any(isinstance(v, Pending) for v in value):
            return sorted({self.resolved(one) for one in value})
        return value

    def create(self, items: list[Item]) -> list[int]:
        self.slugs = self.slugs or Slugs(self.model)
        things = []
        for item in items:
            thing = self.model(
                slug=self.slugs.take(item.name),
                state=State.PUBLISHED,
                source=self.source,
                source_key=item.key,
                created_by=self.by,
            )
            self.fill(thing, item)
            things.append(thing)
        self.model._default_manager.bulk_create(things, batch_size=BATCH)
        for item, thing in zip(items, things, strict=True):
            self.made[item.key] = thing.pk
        self.finish(items, things, is_new=True)
        return [thing.pk for thing in things]

    def change(self, items: list[Item]) -> list[int]:
        rows = self.model._default_manager.in_bulk([item.pk for item in items])
        things, names = [], {"version", "changed_at"}
        for item in items:
            thing = rows[item.pk]
            old = thing.slug
            names |= self.fill(thing, item)
            thing.version += 1
            thing.changed_at = self.now
            if "name" in item.values:
                self.rename(thing, old)
                names.add("slug")
            things.append(thing)
        fields = sorted(name.removesuffix("_id") for name in names)
        self.model._default_manager.bulk_update(things, fields, batch_size=100)
        self.finish(items, things, is_new=False)
        return [thing.pk for thing in things]

    def fill(self, thing: Any, item: Item) -> set[str]:
        """Put the values of a row into a thing; returns the attributes written."""
        others = {*self.related, *self.after}
        own = {k: v for k, v in item.values.items() if k not in others}
        for name, value in own.items():
            setattr(thing, name, self.resolved(value))
        return set(own)

    def rename(self, thing: Any, old: str) -> None:
        """Give a renamed thing the address of its name; the old one leads to it."""
        self.slugs = self.slugs or Slugs(self.model)
        base = slugify(thing.name)[:100].strip("-") or thing.code
        if old == base or old.removeprefix(f"{base}-").isdigit():
            return
        thing.slug = self.slugs.take(thing.name)
        Alias.objects.update_or_create(
            kind=thing.code, slug=old, defaults={"object_id": thing.pk}
        )

    def finish(self, items: list[Item], things: list[Any], *, is_new: bool) -> None:
        """Write the links and the history of things that are there."""
        for name in self.related:
            self.link(name, items, things, is_new=is_new)
        for name, write in self.after.items():
            for item, thing in zip(items, things, strict=True):
                if name in item.values:
                    write(thing, item.values[name])
        pks = [thing.pk for thing in things]
        copy_history(
            self.model,
            pks,
            kind="+" if is_new else "~",
            by=self.by,
            now=self.now,
            reason=self.reason,
        )
        for name in self.related:
            self.link_history(name, pks)

    def link(
        self, name: str, items: list[Item], things: list[Any], *, is_new: bool
    ) -> None:
        through, own, other = links_of(self.model._meta.get_field(name))
        pairs = [
            (thing.pk, self.resolved(item.values[name]))
            for item, thing in zip(items, things, strict=True)
            if name in item.values
        ]
        rows = through._default_manager
        if not is_new:
            rows.filter(**{f"{own}__in": [pk for pk, _numbers in pairs]}).delete()
        rows.bulk_create(
            [through(**{own: pk, other: n}) for pk, numbers in pairs for n in numbers],
            batch_size=BATCH,
        )

    def link_history(self, name: str, pks: list[int]) -> None:
        """Keep the links of each version, as the history of a single save does."""
        through, own, other = links_of(self.model._meta.get_field(name))
        kept: Any = getattr(self.model.history.model, name).model
        past = self.model.history.filter(id__in=pks).order_by("history_id")
        versions = dict(past.values_list("id", "history_id"))  # the last one stays
        links = through._default_manager.filter(**{f"{own}__in": pks})
        kept.objects.bulk_create(
            [
                kept(history_id=versions[mine], **{"id": pk, own: mine, other: theirs})
                for pk, mine, theirs in links.values_list("pk", own, other)
            ],
            batch_size=BATCH,
        )


def copy_history(
    model: Any, pks: list[int], *, kind: str, by: Any, now: dt.datetime, reason: str
) -> None:
    """Write the history of rows that were just saved, all by one statement.

    A version is a copy of its row; made in Python, one by one, they would take
    as long as the rows themselves.
    """
    past = model.history.model
    quote = connection.ops.quote_name
    copied = ", ".join(quote(field.column) for field in past.tracked_fields)
    told = {
        "history_date": connection.ops.adapt_datetimefield_value(now),
        "history_type": kind,
        "history_change_reason": reason,
        "history_user_id": by.pk if by else None,
    }
    marks = ", ".join(["%s"] * len(told))
    wanted = ", ".join(["%s"] * len(pks))
    statement = (  # every name in it comes from the models
        f"INSERT INTO {quote(past._meta.db_table)} "  # noqa: S608
        f"({copied}, {', '.join(map(quote, told))}) "
        f"SELECT {copied}, {marks} FROM {quote(model._meta.db_table)} "
        f"WHERE {quote(model._meta.pk.column)} IN ({wanted})"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*told.values(), *pks])


def cut(things: list[Any]) -> Iterable[list[Any]]:
    for start in range(0, len(things), BATCH):
        yield things[start : start + BATCH]
