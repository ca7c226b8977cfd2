"""Actions of the plan to try: invented, marked as examples, their evidence what is there.

The same day and the same region give the same actions.
"""

import datetime as dt
import tomllib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from maillage.accounts.choices import Role
from maillage.accounts.models import User
from maillage.core.choices import State
from maillage.core.entries import refresh_entries
from maillage.core.slugs import save_with_slug
from maillage.directory.models import Structure
from maillage.observatory.models import Indicator
from maillage.plan.action_choices import SCOPE_FIELDS, Scope, Status
from maillage.plan.demo_evidence import Shelf
from maillage.plan.models import (
    Action,
    Adoption,
    BudgetLine,
    Declination,
    Evidence,
    Milestone,
    Node,
    OwnFigure,
    OwnIndicator,
    Plan,
)
from maillage.plan.services.freezing import freeze
from maillage.plan.services.loading import load_plan, read_plan
from maillage.plan.services.progress import months_after
from maillage.territories.models import Commune, Department, Epci

FILE = settings.BASE / "data" / "demo" / "plan.toml"
#: Who pays, in the order of the shares; what is left of a cent goes to the first.
FUNDERS = ("Région", "État", "Porteur")
SHARES = (5, 3, 2)
STEPS = ("Cahier des charges", "Premiers essais", "Bilan à mi-parcours", "Bilan")


def is_ready() -> bool:
    """The plan has been loaded with its actions before."""
    return Action.objects.exists()


@transaction.atomic
def load_plan_demo(folder: Path, *, now: dt.datetime) -> None:
    """Load the region's plan if it has one, then actions under the leads it knows."""
    today = now.date()
    file = folder / "plan.toml"
    if file.exists():
        load_plan(read_plan(file), today=today)
    plan = Plan.objects.all().current()
    agency = (
        User.objects.filter(role=Role.AGENCY, is_active=True).order_by("pk").first()
    )
    if is_ready() or plan is None or not Structure.objects.published().exists():
        return
    told = tomllib.loads(FILE.read_text(encoding="utf-8"))
    maker = Maker(plan, invented(told["structure"]), by=agency, today=today)
    for number, row in enumerate(told["action"]):
        if row["lead"] in maker.leads:
            maker.make(row, number)
    maker.write()
    make_declinations(maker)
    if agency:
        title = _("Comité de suivi %d") % today.year
        freeze(year=today.year, title=title, by=agency, now=now, today=today)


def invented(rows: list[dict[str, str]]) -> list[Structure]:
    """Structures that do the invented actions: invented too, each of them says so.

    Some are there already, for other things to try.
    """
    known = {one.name: one for one in Structure.objects.filter(is_example=True)}
    home = Commune.objects.all().largest_first().first()
    made = []
    for row in rows:
        if row["name"] not in known:
            one = Structure(
                name=row["name"], kind=row["kind"], commune=home, state=State.PUBLISHED,
                summary=_("Une structure inventée, qui porte des actions du plan pour l’essai."),
                is_example=True,
            )  # fmt: skip
            save_with_slug(one)
            known[one.name] = one
            made.append(one)
    refresh_entries(made)
    return [known[row["name"]] for row in rows]


class Maker:
    """Builds rows in lists, written at once."""

    def __init__(
        self, plan: Plan, structures: list[Structure], *, by: Any, today: dt.date
    ) -> None:
        self.today, self.by = today, by
        self.shelf = Shelf(by=by, today=today)
        rows = Node.objects.in_force().workable().of_plan(plan)
        self.leads = {node.code: node for node in rows}
        self.structures = structures
        self.places: dict[str, list[Any]] = {
            "department": list(Department.objects.order_by("code")),
            "epci": list(Epci.objects.order_by("-communes_in_region", "siren")[:12]),
            "commune": list(Commune.objects.all().largest_first()[:12]),
        }
        self.indicators: dict[str, list[Indicator]] = {}
        for one in Indicator.objects.published().exclude(plan_ref=""):
            self.indicators.setdefault(one.plan_ref, []).append(one)
        self.actions: list[Action] = []
        self.lines: list[BudgetLine] = []
        self.steps: list[Milestone] = []
        self.evidence: list[Evidence] = []
        self.partners: list[tuple[Action, Structure]] = []

    def of_kind(self, kind: str, number: int) -> Structure:
        rows = [row for row in self.structures if row.kind == kind] or self.structures
        found: Structure = rows[number % len(rows)]
        return found

    def make(self, row: Mapping[str, Any], number: int) -> None:
        start = months_after(self.today.replace(day=1), row["start"])
        owner = self.of_kind(row["owner"], number)
        scope = Scope(row["scope"])
        action = Action(
            node=self.leads[row["lead"]],
            title=row["title"],
            slug=f"exemple-{slugify(row['title'])[:100]}",
            summary=row["summary"],
            owner=owner,
            scope=scope,
            starts_on=start,
            ends_on=months_after(start, row["months"]) if row["months"] else None,
            status=row["status"],
            cost_cents=row["cost_cents"] or None,
            state=State.PUBLISHED,
            is_example=True,
        )
        if scope == Scope.ESTABLISHMENT:
            action.establishment = owner
        elif name := SCOPE_FIELDS.get(scope):
            rows = self.places[name]
            setattr(action, name, rows[number % len(rows)])
        self.actions.append(action)
        partner = self.structures[(number * 7 + 3) % len(self.structures)]
        if partner.pk != owner.pk:
            self.partners.append((action, partner))
        self.pay(action, row["cost_cents"] - row["gap_cents"])
        self.plan_steps(action, number)
        self.show(action, row["evidence"])

    def last_day(self, action: Action) -> dt.date:
        return action.ends_on or months_after(self.today, 12)

    def pay(self, action: Action, cents: int) -> None:
        """Split by year, then by funder: to the cent."""
        if cents <= 0:
            return
        years = range(
            action.starts_on.year, (self.last_day(action) - dt.timedelta(1)).year + 1
        )
        for year, of_year in zip(years, split(cents, [1] * len(years)), strict=True):
            for funder, given in zip(FUNDERS, split(of_year, SHARES), strict=True):
                self.lines.append(
                    BudgetLine(
                        action=action, year=year, funder=_(funder), forecast_cents=given,
                        spent_cents=self.spent(action, year, given),
                    )
                )  # fmt: skip

    def spent(self, action: Action, year: int, given: int) -> int:
        if action.status == Status.PLANNED or year > self.today.year:
            return 0
        done = year < self.today.year or action.status == Status.DONE
        return given if done else given * self.today.month // 12

    def plan_steps(self, action: Action, number: int) -> None:
        """Four steps over its time; one action in five is late with one."""
        days = (self.last_day(action) - action.starts_on).days
        for rank, title in enumerate(STEPS, 1):
            due = action.starts_on + dt.timedelta(days * rank // (len(STEPS) + 1))
            is_done = action.status == Status.DONE or (
                action.status == Status.UNDER_WAY and due < self.today
            )
            is_left = (
                number % 5 == 4 and rank == 2 and action.status == Status.UNDER_WAY
            )
            self.steps.append(
                Milestone(
                    action=action, title=_(title), due_on=due,
                    done_on=min(due, self.today) if is_done and not is_left else None,
                )
            )  # fmt: skip

    def show(self, action: Action, wanted: list[str]) -> None:
        """Rows of the platform, spread over the time of the action."""
        for row in self.shelf.evidence(action, wanted, last=self.last_day(action)):
            row.action, row.added_by = action, self.by
            self.evidence.append(row)

    def busiest(self, name: str) -> Any:
        """The territory of a kind where most actions are."""
        there = Counter(getattr(one, name) for one in self.actions)
        there.pop(None, None)
        most = there.most_common(1)
        return most[0][0] if most else next(iter(self.places.get(name, [])), None)

    def leads_there(self, row: Declination) -> list[Node]:
        """Leads of the actions in the territory of a declination."""
        name = SCOPE_FIELDS[Scope(row.scope)]
        place = getattr(row, name)
        there = [one for one in self.actions if one.scope == row.scope]
        return [one.node for one in there if getattr(one, name) == place]

    def write(self) -> None:
        Action.objects.bulk_create(self.actions)
        BudgetLine.objects.bulk_create(self.lines)
        Milestone.objects.bulk_create(self.steps)
        Evidence.objects.bulk_create(self.evidence)
        Action.partners.through.objects.bulk_create(
            Action.partners.through(action=action, structure=structure)
            for action, structure in self.partners
        )
        Action.indicators.through.objects.bulk_create(
            Action.indicators.through(action=action, indicator=one)
            for action in self.actions
            for one in self.indicators.get(action.node.code, [])[:2]
        )


def split(cents: int, weights: Any) -> list[int]:
    """Parts by weight that sum to the whole; the first ones take what is left."""
    total = sum(weights)
    parts = [cents * weight // total for weight in weights]
    for rank in range(cents - sum(parts)):
        parts[rank] += 1
    return parts


def make_declinations(maker: Maker) -> None:
    """A department, an EPCI and an establishment that have made the plan their own."""
    authority = maker.of_kind("local_authority", 0)
    museum = maker.busiest("establishment") or maker.of_kind("museum", 1)
    rows = [
        Declination(scope=Scope.ESTABLISHMENT, establishment=museum, owner=museum,
                    name=_("Le plan au musée : %s") % museum.name),
    ]  # fmt: skip
    if place := maker.busiest("department"):
        rows.append(Declination(scope=Scope.DEPARTMENT, department=place, owner=authority,
                                name=_("Le plan dans le département : %s") % place.name))  # fmt: skip
    if group := maker.busiest("epci"):
        rows.append(Declination(scope=Scope.EPCI, epci=group, owner=authority,
                                name=_("Le plan ici : %s") % group.name[:100]))  # fmt: skip
    for rank, row in enumerate(rows):
        row.slug = f"exemple-{slugify(row.name)[:100]}"
        row.state, row.is_example = State.PUBLISHED, True
        row.about = _("Une déclinaison inventée, pour essayer le site.")
        row.save()
        leads = dict.fromkeys(maker.leads_there(row))
        leads |= dict.fromkeys(list(maker.leads.values())[rank * 9 + 5 :][:3])
        Adoption.objects.bulk_create(
            Adoption(declination=row, node=lead) for lead in leads
        )
        own = OwnIndicator.objects.create(
            declination=row, name=_("Classes accueillies"), unit=_("classes"), target=60,
            target_year=maker.today.year + 2,
        )  # fmt: skip
        OwnFigure.objects.bulk_create(
            OwnFigure(
                indicator=own, year=maker.today.year - ago, value=40 - 8 * ago + rank
            )
            for ago in (2, 1)
        )
