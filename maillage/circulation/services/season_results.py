"""« Pourquoi ? »: the result of each request of a published season, and its reasons."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _, gettext_lazy

from maillage.circulation.choices import ScenarioState
from maillage.circulation.models import (
    Loan,
    LoanRequest,
    PlannedLoan,
    PlannedRefusal,
    Scenario,
    Season,
)
from maillage.circulation.problem.scores import TERMS
from maillage.core import vocab

#: Reasons as a person reads them: a few words, then what it means.
REASONS: dict[str, tuple[Any, Any]] = {
    "open": (
        gettext_lazy("à placer : le calcul ne l’a pas encore vue"),
        gettext_lazy("Cette demande a été libérée à la main : recalculez le plan."),
    ),
    "no_copy": (
        gettext_lazy("aucun exemplaire"),
        gettext_lazy("Aucune ressource en service ne répond à cette demande."),
    ),
    "room": (
        gettext_lazy("la salle ne convient pas"),
        gettext_lazy(
            "Les besoins techniques de la ressource dépassent ce que la salle offre : "
            "surface, hauteur, porte, électricité ou accès."
        ),
    ),
    "modules": (
        gettext_lazy("plusieurs modules ensemble : à traiter à la main"),
        gettext_lazy(
            "Cette demande veut plusieurs modules à la fois, et le plan n’en place qu’un "
            "par demande : le propriétaire ou l’agence y répond sur la page de la demande."
        ),
    ),
    "set_aside": (
        gettext_lazy("écartée à la main"),
        gettext_lazy("L’agence a décidé de ne pas servir cette demande dans ce plan."),
    ),
    "no_window": (
        gettext_lazy("aucun jour possible"),
        gettext_lazy(
            "Les périodes demandées, sans les vacances scolaires et les jours passés, ne "
            "laissent pas la durée du prêt et de son transport."
        ),
    ),
    "taken": (
        gettext_lazy("déjà pris à ces dates"),
        gettext_lazy(
            "Tous les exemplaires qui conviennent sont donnés à d’autres dans les "
            "périodes demandées."
        ),
    ),
    "host_limit": (
        gettext_lazy("nombre de prêts atteint"),
        gettext_lazy(
            "Le lieu d’accueil a déjà tous les prêts auxquels il a droit cette saison."
        ),
    ),
    "travel": (
        gettext_lazy("pas le temps du trajet"),
        gettext_lazy(
            "Un exemplaire est libre, mais ne peut pas arriver, être monté et repartir "
            "à temps pour le prêt suivant."
        ),
    ),
    "wear": (
        gettext_lazy("entretien à faire"),
        gettext_lazy("L’exemplaire libre doit d’abord être entretenu."),
    ),
    "km_budget": (
        gettext_lazy("plus assez de kilomètres"),
        gettext_lazy("Les kilomètres permis pour la saison ne suffisent plus."),
    ),
    "limit": (
        gettext_lazy("quota du propriétaire"),
        gettext_lazy(
            "Le propriétaire limite le nombre de prêts par lieu d’accueil et par saison."
        ),
    ),
    "worth": (
        gettext_lazy("d’autres passent avant"),
        gettext_lazy(
            "La servir coûterait plus, en trajets ou en prêts à retirer à d’autres, que "
            "ce qu’elle apporte."
        ),
    ),
    "moved": (
        gettext_lazy("a cédé sa place"),
        gettext_lazy("Sa place a été donnée à une autre demande, à la main."),
    ),
}
TERM_LABELS: dict[str, tuple[Any, Any]] = {
    "public": (
        gettext_lazy("Public attendu"),
        gettext_lazy("racine carrée du nombre de visiteurs attendus, 1 à 1 600"),
    ),
    "underserved": (
        gettext_lazy("Territoire peu desservi"),
        gettext_lazy("part des habitants de la région mieux desservis"),
    ),
    "hosts": (
        gettext_lazy("Équité entre lieux d’accueil"),
        gettext_lazy("mois depuis le dernier prêt, et prêts des deux dernières années"),
    ),
    "owners": (
        gettext_lazy("Équité entre propriétaires"),
        gettext_lazy("plus si les exemplaires du propriétaire sortent peu"),
    ),
    "income": (
        gettext_lazy("Recettes"),
        gettext_lazy("location, 1 à 500 €"),
    ),
}
#: Requests that a page compares with; the file has them all.
MOST_RIVALS = 12


@dataclass(frozen=True)
class TermLine:
    """One term of a score: what it is, its value, its weight, its points."""

    label: str
    about: str
    value: float
    weight: int
    points: float


@dataclass(frozen=True)
class RivalLine:
    """Another request for the same thing; named only to those who may know."""

    rank: int
    label: str
    score: float
    is_served: bool
    is_mine: bool
    is_before: bool


@dataclass(frozen=True)
class Result:
    """All that a page tells of one request."""

    request: LoanRequest
    planned: PlannedLoan | None
    refusal: PlannedRefusal | None
    loan: Loan | None
    reason: str
    about: str
    lines: tuple[TermLine, ...]
    base: float
    preference: float
    score: float
    rank: int
    wanted: int
    rivals: tuple[RivalLine, ...]
    resource: str


def published_scenario(season: Season) -> Scenario | None:
    rows = season.scenarios.filter(state=ScenarioState.PUBLISHED)
    found: Scenario | None = rows.select_related("season").first()
    return found


def reason_label(reason: str) -> str:
    return str(REASONS.get(reason, (reason, ""))[0])


def reason_about(reason: str) -> str:
    return str(REASONS.get(reason, ("", ""))[1])


def inputs_of(scenario: Scenario) -> dict[str, dict[str, Any]]:
    """The published inputs of each request, by its reference."""
    return {row["reference"]: row for row in scenario.inputs.get("requests", [])}


def explain(
    scenario: Scenario, request: LoanRequest, *, may_name: bool
) -> Result | None:
    """Why a request is served or not; ``None`` when it was not in the plan."""
    inputs = inputs_of(scenario)
    mine = inputs.get(request.reference)
    if mine is None:
        return None
    planned = scenario.planned_loans.filter(request=request).select_related(
        "copy__resource"
    ).first()  # fmt: skip
    refusal = scenario.refusals.filter(request=request).select_related(
        "alternative_copy__resource"
    ).first()  # fmt: skip
    option = option_of(mine, planned)
    slug = option["resource"] if option else ""
    ranked = competitors(inputs.values(), slug)
    rank = next((n for n, row in enumerate(ranked, 1) if row[1] is mine), 0)
    reason = refusal.reason if refusal else ""
    loan = request.loans.all().holding().order_by("-pk").first()
    return Result(
        request=request, planned=planned, refusal=refusal, loan=loan,
        reason=reason_label(reason), about=reason_about(reason),
        lines=tuple(term_lines(scenario, mine, option)),
        base=scenario.inputs["scale"]["base"],
        preference=option["preference"] if option else 1.0,
        score=option["score"] if option else 0.0,
        rank=rank, wanted=len(ranked), resource=slug,
        rivals=tuple(
            rival_lines(
                scenario, ranked, mine=mine, may_name=may_name,
                before=set(refusal.rivals) if refusal else set(),
            )
        ),
    )  # fmt: skip


def option_of(
    row: Mapping[str, Any], planned: PlannedLoan | None
) -> Mapping[str, Any] | None:
    """The option that was taken, else the one that is worth most."""
    options: list[Mapping[str, Any]] = row["options"]
    if planned is not None:
        slug = planned.copy.resource.slug
        options = [one for one in options if one["resource"] == slug] or options
    best = sorted(options, key=lambda one: (-one["score"], one["resource"]))
    return best[0] if best else None


def competitors(
    rows: Iterable[Mapping[str, Any]], slug: str
) -> list[tuple[float, Mapping[str, Any]]]:
    """Requests that would take a resource, the highest score first.

    Equal scores keep the order of their keys, which is nobody's order of arrival.
    """
    found = [
        (option["score"], row)
        for row in rows
        for option in row["options"]
        if option["resource"] == slug
    ]
    return sorted(found, key=lambda pair: (-pair[0], pair[1]["key"]))


def term_lines(
    scenario: Scenario, row: Mapping[str, Any], option: Mapping[str, Any] | None
) -> Iterable[TermLine]:
    values = {**row["terms"], **(option["terms"] if option else {})}
    weights = scenario.inputs["weights"]
    for name in TERMS:
        if name in values:
            label, about = TERM_LABELS[name]
            points = round(weights[name] * values[name], 2)
            yield TermLine(str(label), str(about), values[name], weights[name], points)


def rival_lines(
    scenario: Scenario, ranked: list[tuple[float, Mapping[str, Any]]], *,
    mine: Mapping[str, Any], may_name: bool, before: set[int],
) -> Iterable[RivalLine]:  # fmt: skip
    shown = ranked[:MOST_RIVALS]
    if not any(row is mine for _score, row in shown):
        shown += [pair for pair in ranked if pair[1] is mine]
    references = {row["reference"]: n for n, (_s, row) in enumerate(ranked, 1)}
    pks = {int(reference[1:]): reference for reference in references}
    served = set(
        scenario.planned_loans.filter(request__in=pks).values_list("request", flat=True)
    )
    names = {}
    if may_name:
        rows = LoanRequest.objects.filter(pk__in=pks).select_related("host")
        names = {request.pk: request.host.name for request in rows}
    for score, row in shown:
        pk = int(row["reference"][1:])
        yield RivalLine(
            rank=references[row["reference"]],
            label=names.get(pk) or anonymous(row),
            score=score,
            is_served=pk in served,
            is_mine=row is mine,
            is_before=pk in before,
        )


def anonymous(row: Mapping[str, Any]) -> str:
    """« Bibliothèque, Hirson (02381) »: never a name."""
    kind = vocab.label("borrower_kinds", row["kind"])
    return _("%(kind)s, %(commune)s") % {
        "kind": kind[:1].upper() + kind[1:],
        "commune": row["commune_name"],
    }


def programme(scenario: Scenario) -> list[dict[str, Any]]:
    """What goes where and when, for everybody: the loans that hold, by resource."""
    rows = (
        Loan.objects.all()
        .holding()
        .filter(scenario__season=scenario.season)
        .select_related("copy__resource", "host__commune__department", "host__place")
        .order_by("copy__resource__name", "starts_on", "pk")
    )
    return [
        {
            "resource": loan.copy.resource,
            "commune": loan.host.commune,
            # A school is not an address to visit: only its commune is told.
            "place": loan.host.place if loan.host.place_id else None,
            "kind": vocab.label("borrower_kinds", loan.host.kind),
            "starts_on": loan.starts_on,
            "last_on": loan.ends_on - dt.timedelta(1),
            "is_confirmed": loan.state != "proposed",
        }
        for loan in rows
    ]
