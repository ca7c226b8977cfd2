"""Whom a decided settlement pays: one payment a beneficiary, for all of its places."""

from dataclasses import dataclass

from maillage.directory.models import Place
from maillage.passport.models import Settlement, SettlementLine


@dataclass(frozen=True)
class Payment:
    """``reference`` names it in the books of who pays, for ever."""

    settlement: Settlement
    reference: str
    name: str
    siret: str
    places: tuple[str, ...]
    cents: int


def lines_of(settlement: Settlement) -> list[SettlementLine]:
    rows = settlement.lines.select_related("place__structure", "place__commune")
    return list(rows.order_by("place__name", "place_id"))


def payments(settlement: Settlement) -> list[Payment]:
    """By name; a place without a structure is paid by its own name, nothing is not paid."""
    found: dict[str, list[SettlementLine]] = {}
    for line in lines_of(settlement):
        if line.cents:
            found.setdefault(key_of(line.place), []).append(line)
    made = [payment(settlement, key, lines) for key, lines in found.items()]
    return sorted(made, key=lambda one: (one.name, one.reference))


def key_of(place: Place) -> str:
    return f"S{place.structure_id}" if place.structure_id else f"L{place.pk}"


def payment(settlement: Settlement, key: str, lines: list[SettlementLine]) -> Payment:
    structure = lines[0].place.structure
    return Payment(
        settlement,
        reference=f"PASS-{settlement.pk}-{key}",
        name=structure.name if structure else lines[0].place.name,
        siret=structure.siret if structure else "",
        places=tuple(line.place.name for line in lines),
        cents=sum(line.cents for line in lines),
    )
