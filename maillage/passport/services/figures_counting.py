"""What is counted of a finished month, while its pseudonyms can still be told apart.

The unit of secrecy is a pass at a place: who comes ten times is one. What is published of
the month is decided here, once, by ``core.disclosure``: first the region, then each place
for its team, who may subtract what the doors counted from what the region publishes.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from maillage.core import vocab
from maillage.core.disclosure import (
    TOTAL,
    PublishedTable,
    Release,
    Table,
    Unit,
    count,
    protect,
    total,
)
from maillage.directory.models import Place
from maillage.kernels.secrecy.problem import SecrecyError
from maillage.passport.models import CheckIn
from maillage.territories.models import Commune

#: Upper bounds of the bands of distance, in kilometres; beyond the last: one more band.
BANDS: Final = (5, 15, 30, 60)
#: Communes with fewer passes in a month are in their department only.
OF_REGION, OF_PLACE = 10, 5
#: The places of one structure that are decided together; the others have totals only.
MOST_PLACES = 4
NOT_SAID, ELSEWHERE = "none", "elsewhere"
#: What only the holder knows of itself, for whoever has no door.
ANSWERS: Final = ("who", "home", "several")


@dataclass
class Holder:
    """What is known of a pass in one month."""

    kind: str
    age_band: str
    commune: str
    is_named: bool
    #: Visits and people by place, and visits by day of the week.
    visits: Counter[int] = field(default_factory=Counter)
    people: Counter[int] = field(default_factory=Counter)
    weekdays: Counter[int] = field(default_factory=Counter)
    km: dict[int, float | None] = field(default_factory=dict)

    @property
    def who(self) -> list[str]:
        """Its kind and its age band; both say who it may be, and are decided together."""
        return [f"kind:{self.kind or NOT_SAID}", f"age:{self.age_band or NOT_SAID}"]

    @property
    def is_at_several(self) -> bool:
        return len(self.visits) > 1


@dataclass(frozen=True)
class Counted:
    """The figures of a month: those to keep, and those that may be shown."""

    holders: Mapping[str, Holder]
    region: Mapping[str, Release]
    places: Mapping[int, Release]

    def passes(self, place: int | None = None) -> list[Holder]:
        """Passes that were told apart, at a place or anywhere."""
        return [
            one
            for one in self.holders.values()
            if one.is_named and (place is None or place in one.visits)
        ]

    def visits(self, place: int | None = None) -> int:
        return sum(
            one.visits.total() if place is None else one.visits[place]
            for one in self.holders.values()
        )


def holders_of(month: str) -> dict[str, Holder]:
    """Passes seen in a month, by pseudonym.

    Passages without one, of passes that were erased meanwhile, may all be of one person:
    those of one profile are.
    """
    rows = CheckIn.objects.all().accepted().filter(month=month).order_by("pk")
    found: dict[str, Holder] = {}
    for name, place, kind, band, insee, km, day, people in rows.values_list(
        "pseudonym", "place_id", "kind", "age_band", "commune", "distance_km",
        "happened_on", "people",
    ):  # fmt: skip
        key = name or f"? {kind} {band} {insee}"
        one = found.setdefault(key, Holder(kind, band, insee, is_named=bool(name)))
        one.visits[place] += 1
        one.people[place] += people
        one.weekdays[day.isoweekday()] += 1
        one.km[place] = km
    return found


def band_of(km: float | None) -> str:
    if km is None:
        return f"km:{NOT_SAID}"
    return f"km:{next((bound for bound in BANDS if km < bound), 'more')}"


class Homes:
    """Where holders live: department, commune where enough do, distance."""

    def __init__(self, holders: Iterable[Holder]) -> None:
        self.holders = list(holders)
        codes = {one.commune for one in self.holders}
        rows = Commune.objects.filter(insee__in=codes)
        self.department = dict(rows.values_list("insee", "department_id"))
        self.often = self.listed(self.holders, least=OF_REGION)

    def listed(self, holders: Iterable[Holder], *, least: int) -> set[str]:
        """Communes of so many passes."""
        number = Counter(
            one.commune for one in holders if one.commune in self.department
        )
        return {code for code, passes in number.items() if passes >= least}

    def of(self, one: Holder, listed: Collection[str]) -> list[str]:
        if not one.commune:
            return [f"dep:{NOT_SAID}"]
        home = f"dep:{self.department.get(one.commune, ELSEWHERE)}"
        return [home, f"com:{one.commune}"] if one.commune in listed else [home]

    def with_km(self, one: Holder, place: int, listed: Collection[str]) -> list[str]:
        """Where it lives, and how far that is from a place."""
        return [*self.of(one, listed), band_of(one.km[place])]


def count_month(month: str) -> Counted:
    """All figures of a month; reads, and writes nothing."""
    holders = holders_of(month)
    if not holders:
        return Counted({}, {}, {})
    homes = Homes(holders.values())
    region = region_releases(holders, homes)
    rows = Place.objects.filter(
        pk__in={pk for one in holders.values() for pk in one.visits}
    )
    owners: dict[int, list[int]] = {}
    for pk, owner in rows.order_by("pk").values_list("pk", "structure_id"):
        owners.setdefault(owner, []).append(pk)
    places: dict[int, Release] = {}
    for group in owners.values():
        places |= team_releases(group, holders, homes, region)
    return Counted(holders, region, places)


# The region ------------------------------------------------------------------------


def region_releases(holders: Mapping[str, Holder], homes: Homes) -> dict[str, Release]:
    """``people`` and ``distance`` say who came, ``places`` where, ``days`` when."""
    visits, at = total("visits"), pairs(holders)
    where = groups_of({place for _key, _one, place in at})
    people = decided(
        [
            Table("who", by=("who",), asks=(visits,)),
            Table("home", by=("home",), asks=(visits,)),
            Table("several", by=("several",), asks=(count("passes"),)),
        ],
        units=[
            Unit(
                key,
                {
                    "who": one.who,
                    "home": homes.of(one, homes.often),
                    "several": yes(one.is_at_several),
                },
                {"visits": one.visits.total()},
            )
            for key, one in holders.items()
        ],
    )
    # A holder has as many distances as places.
    distance = decided(
        [Table("home", by=("home",), asks=(visits,), codes={"home": bands()})],
        units=[
            unit_at(key, one, place, home=homes.with_km(one, place, homes.often))
            for key, one, place in at
        ],
        before=[people],
    )
    places = decided(
        [Table("places", by=("where",), asks=(count("passes"), visits))],
        units=[
            Unit(f"{key} {place}", {"where": where[place]}, {"visits": one.visits[place]})
            for key, one, place in at
        ],
    )  # fmt: skip
    entered = decided(
        [Table("people", by=("everywhere",), asks=(total("people"),))],
        units=[
            Unit(key, {}, {"people": one.people.total()})
            for key, one in holders.items()
        ],
    )
    days = decided(
        [Table("days", by=("weekday",), asks=(visits,), codes={"weekday": [*"1234567"]})],
        units=[
            Unit(f"{key} {day}", {"weekday": str(day)}, {"visits": number})
            for key, one in holders.items()
            for day, number in one.weekdays.items()
        ],
    )  # fmt: skip
    return {
        "people": people, "distance": distance, "places": places, "entered": entered,
        "days": days,
    }  # fmt: skip


def decided(
    tables: Iterable[Table], *, units: list[Unit], before: Sequence[Release] = ()
) -> Release:
    """Each table through the gate, without those that cannot but tell of somebody."""
    kept: dict[str, PublishedTable] = {}
    for table in tables:
        with suppress(SecrecyError):
            made = protect([table], units=units, answers=ANSWERS, before=before)
            kept |= made.tables
    return Release(kept, {})


def pairs(holders: Mapping[str, Holder]) -> list[tuple[str, Holder, int]]:
    """Each pass at each of its places."""
    return [(key, one, place) for key, one in holders.items() for place in one.visits]


def yes(is_so: bool) -> str:
    return "yes" if is_so else "no"


def bands() -> list[str]:
    return [*(f"km:{bound}" for bound in BANDS), "km:more", f"km:{NOT_SAID}"]


def unit_at(
    key: str, one: Holder, place: int, *, home: list[str], spot: str = "rest"
) -> Unit:
    """A pass at a place."""
    codes = {"spot": spot, "who": one.who, "home": home, "several": yes(one.is_at_several)}  # fmt: skip
    return Unit(f"{key} {place}", codes, {"visits": one.visits[place]})


def groups_of(places: Collection[int]) -> dict[int, list[str]]:
    """A place, its family of places and its department."""
    kinds = vocab.terms("place_kinds")
    rows = Place.objects.filter(pk__in=places)
    found = {}
    for pk, kind, department in rows.values_list(
        "pk", "kind", "commune__department_id"
    ):
        family = kinds[kind].family if kind in kinds else ""
        found[pk] = [f"place:{pk}"]
        found[pk].append(f"family:{family or NOT_SAID}")
        found[pk].append(f"dep:{department or NOT_SAID}")
    return found


# A place, for its team ---------------------------------------------------------------


def team_releases(
    group: list[int],
    holders: Mapping[str, Holder],
    homes: Homes,
    region: Mapping[str, Release],
) -> dict[int, Release]:
    """What the team of a structure sees of its places.

    They know what the region publishes, and how many came to their own doors: everybody
    else is what is left. Nothing where that cannot be kept to.
    """
    often = Counter({pk: len([1 for o in holders.values() if pk in o.visits]) for pk in group})  # fmt: skip
    mine = [pk for pk, _number in often.most_common(MOST_PLACES)]
    near = [one for one in holders.values() if any(pk in one.visits for pk in mine)]
    listed = homes.often | homes.listed(near, least=OF_PLACE)
    spots = {"spot": [f"place:{pk}" for pk in mine]}
    visits = total("visits")
    release = decided(
        [
            Table("who", by=("spot", "who"), asks=(visits,), codes=spots),
            Table("home", by=("spot", "home"), asks=(visits,), codes=spots),
            Table("several", by=("spot", "several"), asks=(count("passes"),), codes=spots),
        ],
        units=[
            unit_at(
                key, one, place, home=homes.with_km(one, place, listed),
                spot=f"place:{place}" if place in mine else "rest",
            )
            for key, one, place in pairs(holders)
        ],
        before=[region["people"], region["distance"]],
    )  # fmt: skip
    return {pk: only(release, f"place:{pk}") for pk in mine}


def only(release: Release, spot: str) -> Release:
    """The rows of one place that have somebody or are hidden."""
    stored = release.as_json()
    for table in stored["tables"]:
        table["rows"] = [
            row
            for row in table["rows"]
            if row["codes"][0] == spot and is_told(row, table["by"])
        ]
    return Release.from_json(stored)


def is_told(row: Mapping[str, Any], by: list[str]) -> bool:
    is_total = row["codes"][len(by) - 1] == TOTAL
    return is_total or any(one["status"] != "empty" for one in row["figures"].values())
