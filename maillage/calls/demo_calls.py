"""Calls to try: one that is open, one to come, one that is closed with 40 applications.

Everything is invented, the structures that apply too: nothing here may pass for what a
real one asked for or was granted. The same day gives the same applications, but for
their numbers.
"""

import datetime as dt
import tomllib
from functools import cache
from importlib import resources
from itertools import cycle, islice
from typing import Any

import numpy as np
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from maillage.accounts.choices import Role
from maillage.accounts.models import User
from maillage.calls.choices import ApplicationState, CallState
from maillage.calls.definition import Definition, starting_definition
from maillage.calls.models import (
    Application,
    ApplicationAuthor,
    ApplicationStep,
    Call,
    CallQuestion,
    Criterion,
    FormVersion,
    Submission,
)
from maillage.calls.services.drafts import RURAL, fill_columns
from maillage.calls.services.starting import known
from maillage.calls.services.submitting import content_of, digest_of
from maillage.core import vocab
from maillage.directory.models import Membership, Structure

CLOSED_NUMBER, OPEN_NUMBER = 40, 6
#: How the 40 of the closed call end: the rest is eligible.
ENDS = {
    7: ApplicationState.INELIGIBLE,
    19: ApplicationState.INELIGIBLE,
    23: ApplicationState.WITHDRAWN,
    31: ApplicationState.SUBMITTED,
}
NOON = dt.time(12)
#: What the names of invented structures end with.
EXAMPLE = "(exemple)"


@cache
def words() -> dict[str, Any]:
    source = resources.files("maillage") / "data" / "calls" / "demo.toml"
    return tomllib.loads(source.read_text(encoding="utf-8"))


def is_ready() -> bool:
    """Calls have been loaded before."""
    return Call.objects.exists()


@transaction.atomic
def load_calls(*, now: dt.datetime) -> None:
    """Load it all, once; nothing before there are structures and an agency."""
    agency = (
        User.objects.filter(role=Role.AGENCY, is_active=True).order_by("pk").first()
    )
    if is_ready() or agency is None:
        return
    structures = make_applicants(by=agency)
    if not structures:
        return
    calls = {row["key"]: make_call(row, by=agency, now=now) for row in words()["calls"]}
    rng = np.random.default_rng(2026)
    # There are fewer of them than a call has applications: some send two.
    spread = cycle(structures)
    for key, number in (("closed", CLOSED_NUMBER), ("open", OPEN_NUMBER)):
        make_applications(calls[key], list(islice(spread, number)), rng=rng, by=agency)
    make_drafts(calls["open"], now=now)


def make_applicants(*, by: User) -> list[Structure]:
    """Invented structures, in communes where real ones are; those of the accounts first.

    They are drafts: no list, map or figure of the site counts them.
    """
    real = Structure.objects.published().exclude(commune=None).select_related("commune")
    communes = list(
        {row.commune_id: row.commune for row in real.order_by("pk")}.values()
    )
    if not communes:
        return []
    member = Membership.objects.filter(structure__is_example=True).values("structure")
    own = Structure.objects.filter(pk__in=member).select_related("commune")
    made = [
        Structure.objects.create(
            name=f"{name} {EXAMPLE}",
            slug=f"exemple-{slugify(name)}",
            kind=kind,
            commune=commune,
            siret=invented_siret(900 + rank),
            is_example=True,
            created_by=by,
        )
        for rank, ((name, kind), commune) in enumerate(
            zip(words()["applicants"], cycle(communes), strict=False)
        )
    ]
    return [*own.exclude(commune=None), *made]


def at_noon(now: dt.datetime, days: int) -> dt.datetime:
    day = timezone.localdate(now) + dt.timedelta(days)
    return timezone.make_aware(dt.datetime.combine(day, NOON))


def make_call(row: dict[str, Any], *, by: User, now: dt.datetime) -> Call:
    """A call with its criteria, its form, its questions."""
    opens = at_noon(now, row["opens_days"])
    call = Call.objects.create(
        title=row["title"],
        slug=f"exemple-{row['slug']}-{row['edition']}",
        edition=row["edition"],
        summary=row["summary"],
        text=row["text"].strip(),
        state=CallState.PUBLISHED,
        opens_at=opens,
        closes_at=at_noon(now, row["closes_days"]),
        decision_on=(now + dt.timedelta(row["decision_days"])).date(),
        budget_cents=row["budget_euros"] * 100,
        min_grant_cents=row["min_euros"] * 100,
        max_grant_cents=row["max_euros"] * 100,
        max_percent=row["max_percent"],
        plan_lead=row["plan_lead"],
        published_at=min(opens, now) - dt.timedelta(10),
        is_example=True,
        created_by=by,
    )
    Criterion.objects.bulk_create(
        Criterion(call=call, title=title, help=text, weight=weight, rank=rank)
        for rank, (title, text, weight) in enumerate(words()["criteria"])
    )
    FormVersion.objects.create(
        call=call,
        number=1,
        definition=starting_definition().as_json(),
        published_at=call.published_at,
        changed_by=by,
    )
    if row["key"] == "open":
        ask_all(call, by=by)
    return call


def ask_all(call: Call, *, by: User) -> None:
    asked = call.opens_at + dt.timedelta(2)
    CallQuestion.objects.bulk_create(
        CallQuestion(
            call=call,
            text=one["text"],
            asked_at=asked,
            answer=one["answer"],
            answered_by=by if one["answer"] else None,
            answered_at=asked + dt.timedelta(1) if one["answer"] else None,
            is_public=bool(one["answer"]),
        )
        for one in words()["questions"]
    )


def make_applications(
    call: Call, structures: list[Structure], *, rng: np.random.Generator, by: User
) -> None:
    """Applications that were sent, most of them on the last days."""
    form = call.form
    assert form is not None  # noqa: S101 -- made with the call
    definition = Definition.of(form.definition)
    until = min(call.closes_at, timezone.now())
    rows = []
    for rank, structure in enumerate(structures):
        hours = float(rng.exponential(60.0)) % ((until - call.opens_at).days * 24)
        sent = until - dt.timedelta(hours=hours, minutes=1)
        row = Application(
            call=call, structure=structure, form=form, state=state_of(call, rank),
            answers=answers_of(structure, call, rank=rank, rng=rng),
            created_at=sent - dt.timedelta(6), changed_at=sent, submitted_at=sent,
            created_by=by,
        )  # fmt: skip
        place_of(row, definition, structure)
        if row.state != ApplicationState.SUBMITTED:
            row.checked_at, row.checked_by = call.closes_at + dt.timedelta(2), by
        rows.append(row)
    Application.objects.bulk_create(rows)
    keep_versions(rows)


def state_of(call: Call, rank: int) -> str:
    if call.closes_at > timezone.now():
        return ApplicationState.SUBMITTED
    return ENDS.get(rank, ApplicationState.ELIGIBLE)


def place_of(row: Application, definition: Definition, structure: Structure) -> None:
    """Columns, without asking the database for each commune."""
    code = row.answers.pop("commune", None)
    fill_columns(row, definition)
    if code and structure.commune is not None:
        row.answers["commune"] = code
        row.commune = structure.commune
        row.departments = [structure.commune.department_id]
        row.is_rural = structure.commune.density_class in RURAL


def answers_of(
    structure: Structure, call: Call, *, rank: int, rng: np.random.Generator
) -> dict[str, Any]:
    """A whole application: its budget is even to the cent."""
    most = (call.max_grant_cents or 0) // 100
    asked = int(rng.integers((call.min_grant_cents or 0) // 100, most + 1)) * 100
    total = -(-asked * 100 // int(rng.integers(45, call.max_percent or 80)))
    cuts = np.sort(rng.integers(0, total, len(words()["expenses"]) - 1))
    parts = np.diff([0, *cuts, total])
    themes = list(vocab.terms("themes"))
    titles, summaries = words()["titles"], words()["summaries"]
    summary = summaries[int(rng.integers(len(summaries)))]
    return {
        "siret": structure.siret or invented_siret(rank),
        "is_association": "yes" if structure.kind == "association" else "no",
        "rna": f"W59{rank:07d}" if structure.kind == "association" else None,
        "contact_name": "Camille Exemple",
        "contact_email": "camille@exemple.fr",
        "title": titles[rank % len(titles)],
        "summary": summary,
        "description": f"{summary}\n\n{call.summary}",
        "themes": [themes[int(at)] for at in rng.choice(len(themes), 2, replace=False)],
        "commune": structure.commune_id,
        "budget": {
            "expenses": [
                {"label": label, "cents": int(part)}
                for label, part in zip(words()["expenses"], parts, strict=True)
                if part
            ],
            "resources": [
                {"label": _("Aide demandée"), "cents": asked},
                {"label": structure.name[:200], "cents": total - asked},
            ],
        },
        "requested": asked,
        "agree": True,
    }


def invented_siret(rank: int) -> str:
    """Fourteen digits with a right check digit, that nobody has: they begin with 999."""
    body = f"9990000{rank:06d}"
    doubled = [int(d) * (2 if place % 2 == 0 else 1) for place, d in enumerate(body)]
    return f"{body}{-sum(n - 9 if n > 9 else n for n in doubled) % 10}"


def keep_versions(rows: list[Application]) -> None:
    """What was sent, as it was sent, and the first line of each journal."""
    sent = []
    for row in rows:
        content = content_of(row)
        sent.append(
            Submission(
                application=row, number=1, content=content,
                digest=digest_of(content), submitted_at=row.submitted_at or row.created_at,
            )
        )  # fmt: skip
    Submission.objects.bulk_create(sent)
    ApplicationStep.objects.bulk_create(
        ApplicationStep(
            application=row, state=ApplicationState.SUBMITTED,
            text=_("Candidature déposée"), at=row.changed_at,
        )
        for row in rows
    )  # fmt: skip


def make_drafts(call: Call, *, now: dt.datetime) -> None:
    """A draft for each invented structure for which an account speaks."""
    form = call.form
    assert form is not None  # noqa: S101 -- made with the call
    definition, taken = Definition.of(form.definition), set()
    members = Membership.objects.filter(structure__is_example=True)
    for member in members.select_related("structure", "user").order_by("pk"):
        if member.structure_id in taken:
            continue
        taken.add(member.structure_id)
        row = Application(
            call=call, structure=member.structure, form=form, created_by=member.user,
            created_at=now - dt.timedelta(3), changed_at=now - dt.timedelta(1),
        )  # fmt: skip
        row.answers = known(definition, structure=member.structure, by=member.user)
        row.answers |= {"title": words()["titles"][0]}
        fill_columns(row, definition)
        row.save()
        ApplicationAuthor.objects.create(
            application=row, user=member.user, added_at=row.created_at
        )
