"""How much a place counts: the people it says it receives, else the usual of its kind.

Method and sources: docs/methods/catchment.md.
"""

from maillage.core import vocab

#: Visitors a year of the place that counts 1: the median of the 71 musées de France of
#: Hauts-de-France that declared any since 2019 (Patrimostat): 11,956.
USUAL = 12_000
#: The least and the most that a place counts: a mistyped number does not tip a region.
LEAST, MOST = 0.1, 10.0
#: Kinds that usually receive more or fewer people than that museum. Choices of this
#: site, by orders of magnitude: nobody counts them all.
BY_KIND = {
    "science_centre": 3.0,
    "planetarium": 2.0,
    "learning_centre": 2.0,
    "technical_museum": 0.5,
    "ecomuseum": 0.5,
    "industrial_site": 0.5,
    "mill": 0.25,
    "heritage_railway": 0.5,
    "zoo_aquarium": 5.0,
    "nature_centre": 0.5,
}


def capacity_of(kind: str, *, yearly_visitors: int | None) -> float:
    """What a place counts, :data:`LEAST` to :data:`MOST`.

    A declared 0 is a place that receives nobody yet: it counts the least.
    """
    if yearly_visitors is None:
        return BY_KIND.get(kind, 1.0)
    return min(MOST, max(LEAST, yearly_visitors / USUAL))


def by_default(kinds: list[str]) -> list[tuple[str, float]]:
    """The label of each kind and what it counts undeclared, the most first."""
    told = [
        (vocab.label("place_kinds", kind), BY_KIND.get(kind, 1.0)) for kind in kinds
    ]
    return sorted(told, key=lambda row: -row[1])
