"""A small season on the board: two copies of one resource, three requests, a plan."""

import datetime as dt
from dataclasses import dataclass

from maillage.circulation.choices import RequestState, ScenarioState
from maillage.circulation.models import (
    Copy,
    LoanRequest,
    PlannedLoan,
    PlannedRefusal,
    Scenario,
    Season,
)
from tests.factories.catalogue import ResourceFactory
from tests.factories.circulation import (
    CopyFactory,
    HostFactory,
    LoanRequestFactory,
    SeasonFactory,
)
from tests.factories.directory import PlaceFactory
from tests.factories.territories import CommuneFactory

TODAY = dt.date(2026, 8, 20)
NOW = dt.datetime(2026, 8, 20, 10, tzinfo=dt.UTC)
OCTOBER = (dt.date(2026, 10, 5), dt.date(2026, 11, 30))


@dataclass
class Scene:
    season: Season
    scenario: Scenario
    copies: list[Copy]
    lens: LoanRequest
    douai: LoanRequest
    arras: LoanRequest

    @property
    def planned(self):
        rows = PlannedLoan.objects.filter(scenario=self.scenario)
        return {loan.request_id: (loan.copy_id, loan.starts_on) for loan in rows}


def ask(season, resource, name, *, windows, days=21):
    commune = CommuneFactory(name=name, lon=2.8, lat=50.4)
    host = HostFactory(name=f"Médiathèque de {name}", commune=commune)
    return LoanRequestFactory(
        host=host, resource=resource, season=season, state=RequestState.SEASON,
        duration_days=days, windows=windows,
    )  # fmt: skip


def board_scene():
    """Lens has the first copy in October, Arras the second; Douai has nothing."""
    season = SeasonFactory(slug="2026-2027")
    resource = ResourceFactory(
        name="Mille mètres sous terre", slug="mille", listed=True
    )
    depot = PlaceFactory(name="Réserve", structure=resource.owner, lon=2.3, lat=49.9)
    copies = [
        CopyFactory(resource=resource, rank=n, label=f"MIL-{n}", depot=depot)
        for n in (1, 2)
    ]
    rows = [
        ask(season, resource, name, windows=[OCTOBER]) for name in ("Lens", "Arras")
    ]
    tight = [(dt.date(2026, 10, 5), dt.date(2026, 10, 30))]
    douai = ask(season, resource, "Douai", windows=tight)
    scenario = Scenario.objects.create(
        season=season, name="Équilibre", created_at=NOW, state=ScenarioState.DONE
    )
    for request, copy in zip(rows, copies, strict=True):
        PlannedLoan.objects.create(
            scenario=scenario, request=request, copy=copy, worth=50,
            starts_on=dt.date(2026, 10, 6), ends_on=dt.date(2026, 10, 27),
        )  # fmt: skip
    PlannedRefusal.objects.create(scenario=scenario, request=douai, reason="taken")
    return Scene(season, scenario, copies, rows[0], douai, rows[1])
