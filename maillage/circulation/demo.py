"""A season to try circulation with: copies, hosts, loans of the past, 300 requests.

Everything is invented but for the tour of ``tours.csv`` (facts with their source) and
the communes; what is invented is marked as an example. The same day gives the same data.
"""

import csv
import datetime as dt
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from maillage.accounts.models import User
from maillage.catalogue.models import Resource, RevenueKey
from maillage.circulation import demo_life, demo_past, demo_requests
from maillage.circulation.demo_hosts import make_hosts
from maillage.circulation.models import (
    Component,
    Copy,
    LendingRules,
    Season,
)
from maillage.core.choices import State
from maillage.core.slugs import save_with_slug
from maillage.directory.choices import MemberRole
from maillage.directory.models import Membership, Place, Structure

Progress = Callable[[str, int, int], object]
#: Kinds of resources that travel as a thing, with copies to hold.
TRAVELLING = (
    "exhibition kit model device mobile_planetarium mobile_unit game documentary_set"
).split()
#: Open days that one copy needs: set-up, take-down, days out between maintenances.
PACE = {
    "exhibition": (2, 1, 150),
    "model": (1, 1, 120),
    "device": (1, 1, 120),
    "kit": (0, 0, 90),
    "game": (0, 0, None),
    "documentary_set": (0, 0, None),
    "mobile_planetarium": (1, 0, 45),
    "mobile_unit": (1, 1, 45),
}
KM_CENTS = {"exhibition": 150, "mobile_unit": 190, "mobile_planetarium": 140}
STEPS = 4
OLD, NEW = (500, 1100), (0, 200)


@dataclass(frozen=True)
class Demo:
    """What the steps share."""

    rng: np.random.Generator
    today: dt.date
    now: dt.datetime
    people: dict[str, User]


def is_ready() -> bool:
    """Circulation has been loaded before."""
    return Copy.objects.exists()


@transaction.atomic
def load_circulation(folder: Path, *, now: dt.datetime, progress: Progress) -> None:
    """Load it all, once; in one transaction, so that half a season is never there."""
    if is_ready():
        return
    people = {user.email.split("@")[0]: user for user in User.objects.all()}
    demo = Demo(np.random.default_rng(2026), now.date(), now, people)
    progress("circulate", 0, STEPS)
    make_copies(demo)
    progress("circulate", 1, STEPS)
    give_an_owner(demo)
    hosts = make_hosts(demo.rng, people=people)
    season = make_season(demo.today)
    progress("circulate", 2, STEPS)
    if (tours := folder / "tours.csv").exists():
        load_tours(tours, now=now)
    demo_past.make_past(demo, hosts=hosts, season=season)
    progress("circulate", 3, STEPS)
    demo_requests.make_requests(demo, hosts=hosts, season=season)
    demo_life.show_lives(demo)
    progress("circulate", STEPS, STEPS)


def make_season(today: dt.date) -> Season:
    """The school year that has at least six months to go."""
    year = today.year if today.month >= 3 else today.year - 1
    season: Season = Season.objects.create(
        name=_("Saison %(first)s-%(second)s") % {"first": year, "second": year + 1},
        slug=f"{year}-{year + 1}",
        starts_on=dt.date(year, 9, 1),
        ends_on=dt.date(year + 1, 9, 1),
        asks_until=max(today, dt.date(year, 9, 1)) + dt.timedelta(10),
        seed=year,
    )
    return season


def make_copies(demo: Demo) -> None:
    """One to three copies of all that travels, at the depot of its owner."""
    rows = Resource.objects.published().filter(kind__in=TRAVELLING)
    resources = list(rows.select_related("owner__commune").order_by("pk"))
    wholes = {r.parent_id for r in resources if r.parent_id}
    depots: dict[int, Place] = {}
    for resource in resources:
        if resource.pk in wholes:
            continue  # its modules travel, one by one
        owner = resource.owner
        if owner.pk not in depots:
            depots[owner.pk] = depot_of(owner)
        number = int(demo.rng.choice([1, 2, 3], p=[0.6, 0.3, 0.1]))
        number = (
            1 if resource.kind.startswith("mobile") or resource.parent_id else number
        )
        for rank in range(1, number + 1):
            copy = make_copy(demo, resource=resource, rank=rank, depot=depots[owner.pk])
            make_components(copy, crates=resource.crates or 1)
    for owner in Structure.objects.filter(pk__in=depots).order_by("pk")[::3]:
        LendingRules.objects.create(
            structure=owner,
            notice_days=int(demo.rng.choice([10, 15, 21])),
            loans_per_host=int(demo.rng.choice([2, 3, 4])),
            shuttle_weekdays=[1, 3] if demo.rng.random() < 0.4 else [],
        )
    share_revenue()


def give_an_owner(demo: Demo) -> None:
    """Let an account speak for the structure that lends the most, but the agency's."""
    owners = Structure.objects.filter(resources__copies__isnull=False)
    most = owners.exclude(slug__startswith="ombellis").annotate(
        number=Count("resources__copies")
    )
    owner = most.order_by("-number", "pk").first()
    user = demo.people.get("responsable")
    if owner and user:
        Membership.objects.get_or_create(
            structure=owner, user=user,
            defaults={"role": MemberRole.MANAGER, "since": demo.now},
        )  # fmt: skip


def depot_of(owner: Structure) -> Place:
    """The first place of an owner, else a store that the public does not see."""
    place: Place | None = owner.places.order_by("pk").first()
    if place and place.position:
        return place
    commune = (
        owner.commune or Structure.objects.get(slug__startswith="ombellis").commune
    )
    place = Place(
        name=_("Réserve de %(owner)s") % {"owner": owner.name},
        kind="resource_centre",
        structure=owner,
        commune=commune,
        is_example=True,
        state=State.DRAFT,
    )
    save_with_slug(place)
    return place


def make_copy(demo: Demo, *, resource: Resource, rank: int, depot: Place) -> Copy:
    setup, takedown, wear = PACE[resource.kind]
    value = resource.insurance_value_cents or 450_000
    old = demo.rng.random() < 0.2
    copy: Copy = Copy.objects.create(
        resource=resource,
        rank=rank,
        label=label_of(resource, rank),
        depot=depot,
        purchased_on=dt.date((resource.year or 2020), 9, 1),
        purchase_value_cents=int(value * 0.8),
        expected_life_days=int(demo.rng.choice([600, 900, 1200])),
        setup_days=setup,
        takedown_days=takedown,
        days_between_maintenances=wear,
        maintenance_days=7 if resource.kind == "exhibition" else 3,
        # One copy in five has toured for years before it came into the books.
        days_out_before=int(demo.rng.integers(*(OLD if rank == 1 and old else NEW))),
        km_cents=KM_CENTS.get(resource.kind),
        feed_key=secrets.token_urlsafe(32),
    )
    return copy


def label_of(resource: Resource, rank: int) -> str:
    """Three letters of the title, the resource, the copy: short enough for a sticker."""
    letters = "".join(c for c in resource.slug.upper() if c.isalpha())
    for particle in ("LES", "LE", "LA", "UN", "UNE"):
        if resource.slug.upper().startswith(f"{particle}-"):
            letters = letters[len(particle) :]
            break
    return f"{letters[:3]}{resource.pk:03d}-{rank}"


def make_components(copy: Copy, *, crates: int) -> None:
    """Crates, and in each a few pieces to check."""
    value = (copy.purchase_value_cents or 100_000) // (crates * 4)
    for number in range(1, crates + 1):
        crate = Component.objects.create(
            copy=copy, kind="crate", name=_("Caisse %(n)s") % {"n": number},
            label=f"{copy.label}-C{number}", position=number * 10, weight_kg=25,
            value_cents=15_000,
        )  # fmt: skip
        for piece, name in enumerate(PIECES[copy.resource.kind], 1):
            Component.objects.create(
                copy=copy, crate=crate, name=f"{name} {number}",
                label=f"{copy.label}-C{number}{'ABCD'[piece - 1]}",
                position=number * 10 + piece, value_cents=value,
                expected_life_days=copy.expected_life_days,
            )  # fmt: skip


PIECES = {
    "exhibition": ("Panneau", "Dispositif à manipuler", "Éclairage"),
    "model": ("Maquette", "Socle"),
    "device": ("Manipulation", "Panneau"),
    "kit": ("Matériel", "Livret"),
    "game": ("Plateau", "Cartes"),
    "documentary_set": ("Lot de livres",),
    "mobile_planetarium": ("Coupole", "Projecteur"),
    "mobile_unit": ("Équipement", "Mobilier"),
}


def share_revenue() -> None:
    """Equal parts, and one more for the owner, where several have produced."""
    rows = Resource.objects.published().prefetch_related("producers")
    for resource in rows.filter(copies__isnull=False).distinct():
        partners = [p for p in resource.producers.all() if p.pk != resource.owner_id]
        if not partners:
            continue
        RevenueKey.objects.create(resource=resource, structure=resource.owner, parts=2)
        for partner in partners:
            RevenueKey.objects.create(resource=resource, structure=partner, parts=1)


def load_tours(file: Path, *, now: dt.datetime) -> None:
    """Loans that really took place, one for each module and stop."""
    rows: list[dict[str, Any]] = list(
        csv.DictReader(file.read_text(encoding="utf-8").splitlines())
    )
    demo_past.write_tours(rows, now=now)
