"""What a region's site starts with, and the people to try it with."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils.translation import gettext as _

from maillage.accounts.choices import Role
from maillage.accounts.models import User
from maillage.catalogue.imports import RESOURCES
from maillage.core import services
from maillage.core.intake.applying import apply_plan
from maillage.core.intake.files import read_path
from maillage.core.intake.planning import make_plan
from maillage.directory import people
from maillage.directory.choices import MemberRole
from maillage.directory.imports import PLACES, STRUCTURES
from maillage.directory.models import Membership, Place, Structure
from maillage.territories.models import Commune

Progress = Callable[[str, int, int], object]
FILES = (
    ("structures.csv", STRUCTURES),
    ("places.csv", PLACES),
    ("resources.csv", RESOURCES),
)
PASSWORD = "maillage-demo"  # noqa: S105 -- of accounts that only the demonstration has


@dataclass(frozen=True)
class DemoAccount:
    email: str
    name: str
    role: str
    is_what: str


ACCOUNTS = (
    DemoAccount("public@exemple.fr", "Camille Public", Role.MEMBER, "membre"),
    DemoAccount(
        "contributeur@exemple.fr", "Dominique Contributeur", Role.MEMBER,
        "contributeur d’une structure",
    ),
    DemoAccount(
        "responsable@exemple.fr", "Claude Responsable", Role.MEMBER,
        "responsable d’une structure",
    ),
    DemoAccount(
        "observateur@exemple.fr", "Sacha Observateur", Role.OBSERVER,
        "observateur (Région, État)",
    ),
    DemoAccount("agence@exemple.fr", "Alex Agence", Role.AGENCY, "agence régionale"),
    DemoAccount(
        "administrateur@exemple.fr", "Morgan Administrateur", Role.ADMINISTRATOR,
        "administrateur",
    ),
)  # fmt: skip


def load_actors(
    folder: Path, *, source: str, now: dt.datetime, progress: Progress
) -> None:
    """Import the region's structures, places and resources, once.

    Does nothing where something from this source is there already: what people have
    entered since is theirs.
    """
    for name, schema in FILES:
        file = folder / name
        if schema.model._default_manager.filter(source=source).exists():
            continue
        if file.read_text(encoding="utf-8").count("\n") < 2:
            continue  # a new region: only the line of titles so far
        plan = make_plan(
            read_path(file), schema=schema, source=source, progress=progress
        )
        apply_plan(
            plan, by=None, now=now, reason=_("données de départ"), progress=progress
        )


@transaction.atomic
def make_demo_accounts(*, now: dt.datetime) -> None:
    """One account for each role, and something for each to do; made once."""
    made = {}
    for account in ACCOUNTS:
        user = User.objects.filter(email=account.email).first()
        if user is None:
            user = User.objects.create_user(
                account.email,
                PASSWORD,
                display_name=account.name,
                role=account.role,
                is_staff=account.role == Role.ADMINISTRATOR,
            )
            made[account.email] = user
        EmailAddress.objects.get_or_create(
            user=user,
            email=account.email,
            defaults={"verified": True, "primary": True},
        )
    if len(made) == len(ACCOUNTS):
        give_them_work(now=now)


def give_them_work(*, now: dt.datetime) -> None:
    """A structure to speak for, and proposals that wait for the agency."""
    who = {user.email.split("@")[0]: user for user in User.objects.all()}
    commune = Commune.objects.all().largest_first().first()
    structure = Structure(
        name=_("Atelier des sciences de démonstration"),
        kind="association",
        summary=_("Une structure inventée, pour essayer le site."),
        commune=commune,
        themes=["astronomy"],
        is_example=True,
    )
    services.propose_new(structure, by=who["agence"], now=now)
    for email, role in (
        ("contributeur", MemberRole.EDITOR),
        ("responsable", MemberRole.MANAGER),
    ):
        Membership.objects.create(
            structure=structure, user=who[email], role=role, since=now
        )
    services.propose_new(
        Place(
            name=_("Salle d’étoiles de démonstration"),
            kind="planetarium",
            summary=_("Un lieu inventé, qui attend l’avis de l’agence."),
            structure=structure,
            commune=commune,
            is_example=True,
        ),
        by=who["responsable"],
        now=now,
        note=_("Nous ouvrons au printemps."),
    )
    known = Place.objects.published().exclude(structure=structure).order_by("pk")
    if place := known.first():
        services.change(
            place,
            values={"is_free": True},
            version=place.version,
            by=who["public"],
            now=now,
            note=_("L’entrée est gratuite le premier dimanche du mois."),
        )
    if other := Structure.objects.published().exclude(pk=structure.pk).first():
        people.claim_structure(
            other,
            position=_("Chargée de médiation"),
            proof=_("Mon nom est sur la page de l’équipe."),
            by=who["public"],
            now=now,
        )


def is_ready() -> bool:
    """The demonstration has been loaded before."""
    return User.objects.filter(email=ACCOUNTS[0].email).exists()
