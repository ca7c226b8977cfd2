"""Make up a region: places, structures and resources with French names and texts.

The same numbers give the same region. Communes and vocabularies are the real ones,
words follow Zipf's law, places gather in large communes. Rows and their public
entries are written straight into the database of the benchmark.
"""

import datetime as dt
import re
import time
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.utils.text import slugify

from maillage.catalogue.models import Resource
from maillage.core import listing, vocab
from maillage.core.choices import State
from maillage.core.entries import entry_of, next_version
from maillage.core.models import Entry
from maillage.core.publishing import Publishable
from maillage.directory.models import Place, Structure
from maillage.territories.models import Commune
from maillage.territories.services import load_territories

SOURCE = "bench"
SEED = 20260313
RESOURCES, STRUCTURES = 0.2, 0.1  # of the number of places
WORDS = 30_000
BATCH = 2000
CHANGED = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)

PLACES = {
    "museum": "Musée",
    "museum_natural": "Muséum",
    "science_centre": "Centre de sciences",
    "planetarium": "Planétarium",
    "library": "Médiathèque",
    "fablab": "Atelier de fabrication",
    "nature": "Maison de la nature",
    "castle": "Château",
}
SUBJECTS = (
    "d’histoire naturelle",
    "de l’eau",
    "de l’astronomie",
    "de la mine",
    "du textile",
    "de l’espace",
    "des sciences",
    "de la Terre",
    "de la dentelle",
    "des oiseaux",
    "du verre",
    "de l’imprimerie",
    "de la mer",
    "des machines",
    "de l’énergie",
    "du climat",
    "des mathématiques",
    "de la santé",
    "du chemin de fer",
    "des plantes",
)
PEOPLE = (
    "Jules-Verne Marie-Curie Louis-Pasteur Hubert-Curien Ada-Lovelace Rosalind-Franklin "
    "Jean-Perrin Irène-Joliot Sophie-Germain Lamarck Parmentier Boucher-de-Perthes "
    "Émilie-du-Châtelet Henri-Poincaré Galilée Copernic Hypatie Darwin Buffon Fontenelle"
).split()
RESOURCE_NAMES = (
    "Exposition",
    "Malle",
    "Maquette",
    "Atelier",
    "Planétarium mobile",
    "Jeu",
    "Film",
    "Valise",
)
SYLLABLES = "ba be bi bo bra cha clo cré da dé di do fa fi flo ga gra la lé li lo ma mé mi mo na né ni no pa pé pi pla pré ra ré ri ro sa sé si so ta té ti to tra va vé vi vo".split()
ENDS = "tion ment eur euse ique isme able ette age ère oir ude ance té ie on al el if".split()


@dataclass(frozen=True)
class Size:
    places: int
    resources: int
    structures: int

    @classmethod
    def of(cls, rows: int) -> "Size":
        return cls(rows, int(rows * RESOURCES), int(rows * STRUCTURES))


def prepare() -> None:
    """An empty database of this benchmark's own, with the real territories."""
    if connection.vendor == "sqlite":
        if settings.VAR.name != "bench":
            raise SystemExit(f"{settings.VAR} is not a folder of benchmarks (…/bench)")
        connection.close()
        for path in settings.VAR.glob("maillage.sqlite3*"):
            path.unlink()
    call_command("migrate", verbosity=0)
    if Place.objects.exclude(source=SOURCE).exists():
        raise SystemExit("This database holds things that are not the benchmark's.")
    call_command("createcachetable", verbosity=0)
    with transaction.atomic():
        for model in (Resource, Place, Structure, Entry):
            model._default_manager.all().delete()
    load_territories(settings.REGION_DATA)
    listing.forget()


@cache
def words() -> tuple[list[str], Any]:
    """Words and their cumulated chances: the region's own first, then made-up ones."""
    said: Counter[str] = Counter()
    for name in ("places", "resources", "structures"):
        path = settings.REGION_DATA / f"{name}.csv"
        if path.exists():
            said.update(re.findall(r"[^\W\d_]{2,}", path.read_text(encoding="utf-8")))
    for vocabulary in ("themes", "place_kinds", "know_how"):
        for term in vocab.terms(vocabulary).values():
            said.update(
                re.findall(r"[^\W\d_]{2,}", f"{term.label_fr} {term.definition}")
            )
    found = [word for word, _ in said.most_common()]
    rng = np.random.default_rng(SEED)
    while len(found) < WORDS:
        parts = rng.choice(SYLLABLES, rng.integers(2, 5))
        found.append("".join(parts) + rng.choice(ENDS))
    chance = 1 / (np.arange(1, len(found) + 1) + 2.7)  # Mandelbrot's form of the law
    return found, np.cumsum(chance / chance.sum())


def texts(rng: Any, count: int, length: int) -> list[str]:
    known, chances = words()
    picked = np.searchsorted(chances, rng.random((count, length)))
    picked = np.minimum(picked, len(known) - 1)
    return [" ".join([known[i] for i in row]) + "." for row in picked]


@dataclass(frozen=True)
class Ground:
    """Communes with their chances of getting a place."""

    communes: list[Commune]
    chances: Any

    @classmethod
    def load(cls) -> "Ground":
        rows = Commune.objects.select_related("department", "epci").order_by("pk")
        communes = list(rows)
        weight = np.array([commune.population + 300 for commune in communes]) ** 0.8
        return cls(communes, weight / weight.sum())


def grow(rows: int) -> float:
    """Add what is missing for a region of so many places; returns seconds."""
    start = time.perf_counter()
    size, ground = Size.of(rows), Ground.load()
    structures = add(Structure, size.structures, ground, [])
    add(Place, size.places, ground, structures)
    add(Resource, size.resources, ground, structures)
    with connection.cursor() as cursor:
        cursor.execute(
            "VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE"
        )
    listing.forget()
    return time.perf_counter() - start


def add(model: Any, wanted: int, ground: Ground, owners: list[Any]) -> list[Any]:
    """Rows of one kind up to a number, and their entries; returns some structures."""
    first = model._default_manager.count()
    for start in range(first, wanted, BATCH):
        count = min(BATCH, wanted - start)
        rng = np.random.default_rng([SEED, len(model.code), start])
        made = MAKERS[model](rng, start, count, ground, owners)
        with transaction.atomic():
            version = next_version()
            model._default_manager.bulk_create(made)
            for thing in made:
                thing._prefetched_objects_cache = {"producers": []}
            entries = [entry_of(thing, version=version) for thing in made]
            Entry.objects.bulk_create(entries)
    if model is not Structure:
        return []
    related = Structure.objects.select_related("commune__department", "commune__epci")
    return list(related.order_by("pk"))


def common(rng: Any, start: int, count: int, ground: Ground) -> list[dict[str, Any]]:
    """Fields that every kind has."""
    places = rng.choice(len(ground.communes), count, p=ground.chances)
    offsets = rng.normal(0, 0.015, (count, 2))
    themes, audiences = list(vocab.terms("themes")), list(vocab.terms("audiences"))
    summaries, descriptions = texts(rng, count, 14), texts(rng, count, 45)
    rows = []
    for i in range(count):
        commune = ground.communes[places[i]]
        rows.append(
            {
                "summary": summaries[i][:400],
                "description": descriptions[i],
                "state": State.PUBLISHED,
                "themes": pick(rng, themes, 3),
                "audiences": pick(rng, audiences, 3),
                "commune": commune,
                "lon": round(commune.lon + offsets[i, 0], 5),
                "lat": round(commune.lat + offsets[i, 1], 5),
                "source": SOURCE,
                "source_key": str(start + i),
                "verified_on": dt.date(2026, 1, 1) if rng.random() < 0.3 else None,
                "changed_at": CHANGED + dt.timedelta(minutes=start + i),
            }
        )
    return rows


def pick(rng: Any, values: list[str], most: int) -> list[str]:
    """A few values, the first ones more often."""
    places = np.unique(
        (rng.random(rng.integers(1, most + 1)) ** 2 * len(values)).astype(int)
    )
    return [values[place] for place in places]


def named(model: type[Publishable], name: str, number: int, **fields: Any) -> Any:
    slug = f"{slugify(name)[:80]}-{model.code[0]}{number}"
    return model(name=name[:200], slug=slug, **fields)


def structures(
    rng: Any, start: int, count: int, ground: Ground, owners: list[Any]
) -> list[Any]:
    kinds = list(vocab.terms("structure_kinds"))
    subjects, people = rng.choice(SUBJECTS, count), rng.choice(PEOPLE, count)
    return [
        named(
            Structure,
            f"Association {subjects[i]} {people[i]} de {fields['commune'].name}",
            start + i,
            kind=pick(rng, kinds, 1)[0],
            chain_roles=pick(rng, list(vocab.terms("chain_roles")), 2),
            know_how=pick(rng, list(vocab.terms("know_how")), 3),
            **fields,
        )
        for i, fields in enumerate(common(rng, start, count, ground))
    ]


def places(
    rng: Any, start: int, count: int, ground: Ground, owners: list[Any]
) -> list[Any]:
    kinds, heads = list(vocab.terms("place_kinds")), list(PLACES.values())
    networks = list(vocab.terms("networks"))
    subjects, people = rng.choice(SUBJECTS, count), rng.choice(PEOPLE, count)
    which = rng.integers(0, 3, count)
    made = []
    for i, fields in enumerate(common(rng, start, count, ground)):
        head, town = heads[rng.integers(len(heads))], fields["commune"].name
        name = (
            f"{head} {subjects[i]}",
            f"{head} {people[i]} de {town}",
            f"{head} {subjects[i]} de {town}",
        )[which[i]]
        fields |= {"kind": pick(rng, kinds, 1)[0], "is_free": bool(rng.random() < 0.4)}
        fields |= {"can_host": bool(rng.random() < 0.2)}
        fields |= {"structure": owners[rng.integers(len(owners))] if owners else None}
        fields |= {"networks": pick(rng, networks, 1) if rng.random() < 0.3 else []}
        made.append(named(Place, name, start + i, **fields))
    return made


def resources(
    rng: Any, start: int, count: int, ground: Ground, owners: list[Any]
) -> list[Any]:
    kinds, levels = (list(vocab.terms(n)) for n in ("resource_kinds", "school_levels"))
    subjects, heads = rng.choice(SUBJECTS, count), rng.choice(RESOURCE_NAMES, count)
    known, _ = words()
    tail = rng.integers(50, len(known), count)
    return [
        named(
            Resource,
            f"{heads[i]} {subjects[i]} : {known[tail[i]]}",
            start + i,
            kind=pick(rng, kinds, 1)[0],
            owner=owners[rng.integers(len(owners))],
            levels=pick(rng, levels, 2),
            languages=["fr"],
            surface_m2=int(rng.integers(4, 200)),
            year=int(rng.integers(1995, 2027)),
            **fields,
        )
        for i, fields in enumerate(common(rng, start, count, ground))
    ]


MAKERS: dict[Any, Any] = {Structure: structures, Place: places, Resource: resources}
