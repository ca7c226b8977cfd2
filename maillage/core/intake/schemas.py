"""What a kind of thing asks of an imported row."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from maillage.core.intake.files import Problem
from maillage.core.models import Alias
from maillage.core.publishing import Publishable
from maillage.core.tables.columns import Column, simple

#: The source of files that were exported from this site: keys are then addresses.
OWN = "maillage"


@dataclass(frozen=True)
class Pending:
    """The key of a row that the same file creates."""

    key: str


@dataclass
class Reading:
    """One row while it is read: values by attribute of the model, and problems."""

    line: int
    cells: Mapping[str, str]
    values: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    numbers: Mapping[str, int] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)

    def tell(self, column: str, message: str, *, fatal: bool = True) -> None:
        self.problems.append(
            Problem(
                self.line,
                message,
                column=self.numbers.get(column, -1) + 1,
                header=self.titles.get(column, column),
                value=self.cells.get(column, "")[:80],
                fatal=fatal,
            )
        )

    @property
    def is_good(self) -> bool:
        return not any(problem.fatal for problem in self.problems)


class Keys:
    """Things of one kind by what files call them: key, old and new address, name."""

    def __init__(self, model: type[Publishable], *, source: str) -> None:
        self.by_key: dict[str, int] = {}
        self.by_slug: dict[str, int] = {}
        self.by_name: dict[str, set[int]] = defaultdict(set)
        rows = model._default_manager.values_list(
            "pk", "source", "source_key", "slug", "name"
        )
        for pk, origin, key, slug, name in rows.iterator(chunk_size=5000):
            if key and origin == source:
                self.by_key[key] = pk
            self.by_slug[slug] = pk
            self.by_name[simple(name)].add(pk)
        aliases = Alias.objects.filter(kind=model.code)
        for slug, pk in aliases.values_list("slug", "object_id"):
            self.by_slug.setdefault(slug, pk)

    def find(self, word: str) -> int | None:
        """The one thing that a word of a file means; ``None`` for none or several."""
        pk = self.by_key.get(word) or self.by_slug.get(word)
        if pk is None:
            named = self.by_name.get(simple(word), set())
            pk = next(iter(named)) if len(named) == 1 else None
        return pk


#: Reads what columns alone cannot: references, commune, values that must agree.
Finish = Callable[[Reading], None]


@dataclass(frozen=True)
class Schema:
    """The columns of a kind, and how to make ready for a file of it."""

    code: str  # structures, places, resources: the word for files
    model: type[Publishable]
    columns: tuple[Column, ...]
    prepare: Callable[[str, set[str]], Finish]
    #: Columns of the file whose values are attributes of another name.
    related: tuple[str, ...] = ()
    #: Attributes that are no field: how to write them once the thing is there.
    after: Mapping[str, Callable[[Any, Any], None]] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        return self.model.code

    def column(self, code: str) -> Column:
        return next(column for column in self.columns if column.code == code)


def read_references(
    reading: Reading,
    column: str,
    attribute: str,
    *,
    keys: Keys,
    pending: Iterable[str] = (),
) -> None:
    """Resolve one or many keys of other things into their numbers."""
    if attribute not in reading.values:
        return
    words = reading.values[attribute]
    many = isinstance(words, list)
    found: list[int | Pending] = []
    for word in words if many else [words]:
        if not word:
            continue
        pk = keys.find(word)
        if pk is None and word in pending:
            found.append(Pending(word))
        elif pk is None:
            reading.tell(column, _("Aucune fiche ne correspond à « %s ».") % word[:80])
        else:
            found.append(pk)
    reading.values[attribute] = (
        sorted(set(found), key=str) if many else next(iter(found), None)
    )
