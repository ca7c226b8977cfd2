"""A season of the pass to try: three issuers, the Region's offers, three hundred passes.

Everything is invented but the communes and the structures that the region's data has;
the same day gives the same passes, but for their numbers and keys, which are drawn.
"""

import datetime as dt
from typing import Any

import numpy as np
from django.db import transaction
from django.utils.translation import gettext as _

from maillage.accounts.choices import Role
from maillage.accounts.models import User
from maillage.core.choices import State
from maillage.core.entries import refresh_entries
from maillage.core.slugs import save_with_slug
from maillage.directory.models import Structure
from maillage.passport.choices import AgeBand, PassKind
from maillage.passport.demo_benefits import load_benefits
from maillage.passport.demo_figures import load_figures
from maillage.passport.demo_settling import load_settlements
from maillage.passport.demo_stamps import load_stamps
from maillage.passport.models import Issuer, Member, Offer, Pass, PassSeason
from maillage.passport.services.issuing import (
    Wish,
    drawn,
    issue_class,
    issue_pass,
    sign_all,
)
from maillage.passport.services.keys import make_issuer
from maillage.passport.services.trust import sign_list
from maillage.territories.models import Commune

NUMBER = 300
#: The share of each offer among the passes of the demonstration.
SHARES = {"young": 0.5, "household": 0.32, "carer": 0.12, "student": 0.06}
YOUNG = [AgeBand.UNDER_6, AgeBand.UNDER_12, AgeBand.UNDER_18, AgeBand.UNDER_26]


def is_ready() -> bool:
    """The pass has been loaded before."""
    return Pass.objects.exists()


@transaction.atomic
def load_passport(*, now: dt.datetime) -> None:
    """Load it all, once."""
    agency = (
        User.objects.filter(role=Role.AGENCY, is_active=True).order_by("pk").first()
    )
    if is_ready() or agency is None or not Commune.objects.exists():
        return
    issuers = make_issuers(by=agency, now=now)
    season = make_season(now.date())
    offers = make_offers(season, issuers)
    give_passes(offers, rng=np.random.default_rng(2026), now=now)
    give_to_accounts(offers, now=now)
    load_stamps(rng=np.random.default_rng(2027), now=now)
    load_benefits(today=now.date())
    load_figures(now=now)
    load_settlements(by=agency, now=now)
    sign_list(now=now)


def make_issuers(*, by: Any, now: dt.datetime) -> list[Issuer]:
    """The Region and two more bodies, all three invented."""
    return [
        make_issuer(example(name, kind=kind), code=code, by=by, now=now)
        for code, kind, name in (
            ("region", "local_authority", _("Région de démonstration")),
            ("ecoles", "education_authority", _("Service des écoles de démonstration")),
            ("campus", "university", _("Université de démonstration")),
        )
    ]


def example(name: str, *, kind: str) -> Structure:
    """A structure that gives passes in the demonstration only."""
    body = Structure(
        name=name,
        kind=kind,
        summary=_("Une structure inventée, qui donne des passeports pour l’essai."),
        commune=Commune.objects.all().largest_first().first(),
        state=State.PUBLISHED,
        is_example=True,
    )
    save_with_slug(body)
    refresh_entries([body])
    return body


def make_season(today: dt.date) -> PassSeason:
    """From September to September, the year that ``today`` is in."""
    year = today.year if today.month >= 7 else today.year - 1
    return PassSeason.objects.create(
        name=_("Saison %(start)s-%(end)s") % {"start": year, "end": year + 1},
        slug=f"{year}-{year + 1}",
        starts_on=dt.date(year, 9, 1),
        ends_on=dt.date(year + 1, 9, 1),
        is_open=True,
        about=_(
            "Le passeport donne l’entrée gratuite, un tarif réduit ou une priorité dans "
            "les lieux de science qui participent. Il vaut toute la saison."
        ),
    )


def make_offers(season: PassSeason, issuers: list[Issuer]) -> dict[str, Offer]:
    first, last = issuers[0], issuers[-1]
    rows = {
        "young": Offer(
            issuer=first, name=_("Moins de 26 ans"), kind=PassKind.PERSON,
            age_bands=[str(band) for band in YOUNG],
        ),
        "household": Offer(
            issuer=first, name=_("Famille"), kind=PassKind.HOUSEHOLD, most_members=8,
            about=_("Pour les personnes d’un même foyer qui viennent ensemble."),
        ),
        "class": Offer(
            issuer=issuers[len(issuers) // 2], name=_("Classe"), kind=PassKind.CLASS,
            most_members=40,
            levels=["cycle_2", "cycle_3", "cycle_4", "high_school", "vocational"],
        ),
        "carer": Offer(
            issuer=first, name=_("Accompagnant"), kind=PassKind.CARER,
            proof=_("carte mobilité inclusion de la personne accompagnée"),
        ),
        "student": Offer(
            issuer=last, name=_("Étudiants de passage"), kind=PassKind.PERSON,
            age_bands=[AgeBand.UNDER_26, AgeBand.UNDER_65], price_cents=500,
            proof=_("carte d’étudiant"),
        ),
    }  # fmt: skip
    for offer in rows.values():
        offer.season = season
        offer.save()
    return rows


def give_passes(
    offers: dict[str, Offer], *, rng: np.random.Generator, now: dt.datetime
) -> None:
    """Passes of the last ten weeks, by people who live where people live."""
    communes = list(Commune.objects.all().largest_first()[:400])
    weights = np.array([row.population for row in communes], dtype=float)
    where = rng.choice(len(communes), NUMBER, p=weights / weights.sum())
    names = rng.choice(list(SHARES), NUMBER, p=list(SHARES.values()))
    ago = rng.integers(0, 70 * 24 * 60, NUMBER)
    made: dict[str, list[Pass]] = {name: [] for name in SHARES}
    members: dict[str, list[str]] = {}
    for name, place, minutes in zip(names, where, ago, strict=True):
        wish = a_wish(str(name), rng=rng, commune=communes[int(place)])
        moment = now - dt.timedelta(minutes=int(minutes))
        holder = drawn(offers[str(name)], wish=wish, now=moment)
        made[str(name)].append(holder)
        members[holder.number] = list(wish.members)
    for name, rows in made.items():
        sign_all(rows, offer=offers[name])
        Pass.objects.bulk_create(rows, batch_size=200)
    holders = [row for rows in made.values() for row in rows]
    Member.objects.bulk_create(
        Member(holder=row, age_band=band)
        for row in holders
        for band in members[row.number]
    )


def a_wish(name: str, *, rng: np.random.Generator, commune: Commune) -> Wish:
    if name == "household":
        children = rng.choice(YOUNG[:3], int(rng.integers(1, 4)))
        bands = [AgeBand.UNDER_65] * int(rng.integers(1, 3)) + list(children)
        return Wish(members=[str(band) for band in bands], commune=commune)
    if name == "young":
        band = rng.choice(YOUNG, p=[0.15, 0.35, 0.3, 0.2])
        return Wish(age_band=str(band), commune=commune)
    if name == "student":
        return Wish(age_band=AgeBand.UNDER_26, commune=commune)
    return Wish(commune=commune)


def give_to_accounts(offers: dict[str, Offer], *, now: dt.datetime) -> None:
    """A pass in the space of a demonstration account, and a class to print."""
    commune = Commune.objects.all().largest_first().first()
    public = User.objects.filter(email="public@exemple.fr").first()
    if public:
        family = [AgeBand.UNDER_65, AgeBand.UNDER_65, AgeBand.UNDER_12]
        wish = Wish(members=family, commune=commune, nickname=_("La famille"))
        issue_pass(offers["household"], wish=wish, by=public, now=now)
    teacher = User.objects.filter(email="contributeur@exemple.fr").first()
    if teacher:
        wish = Wish(
            age_band=AgeBand.UNDER_12, commune=commune, level="cycle_3",
            nickname=_("CM2 A"),
        )  # fmt: skip
        issue_class(offers["class"], number=24, wish=wish, by=teacher, now=now)
