"""The committee's pages: rows in words, what each constraint costs."""

from typing import Any

from django.utils.translation import gettext as _, gettext_lazy, ngettext

from maillage.accounts.models import User
from maillage.calls.models import Call, EnvelopePlan
from maillage.calls.models.conflicts import conflicting_pks
from maillage.calls.problem import UNIT, one_more
from maillage.calls.review_choices import PartKind, Weighing
from maillage.calls.services.committee import Row, committee_table
from maillage.core import vocab
from maillage.core.tables.columns import Column
from maillage.territories.models import Department


def points(value: float | None) -> str:
    """« 72,5 »; a dash for nothing."""
    return "–" if value is None else f"{value:.1f}".replace(".", ",")


def signed(value: float | None) -> str:
    if value is None or abs(value) < 0.05:
        return "0" if value is not None else "–"
    sign = "+" if value > 0 else "\N{MINUS SIGN}"
    return f"{sign}{points(abs(value))}"


def row_words(row: Row) -> dict[str, Any]:
    return {
        "row": row,
        "raw": points(row.raw),
        "score": points(row.score),
        "move": signed(row.move),
        "error": points(row.error) if row.error is not None else "",
        "spread": points(row.spread),
        "opinions": ", ".join(f"{n} {label}" for label, n in row.opinions),
        "group": letter(row.group),
    }


def letter(group: int) -> str:
    """Groups of readers by letters; after Z, numbers."""
    if group < 0:
        return ""
    return chr(ord("A") + group) if group < 26 else str(group + 1)


def committee_context(call: Call, user: User) -> dict[str, Any]:
    table = committee_table(call, user=user)
    return {
        "call": call,
        "table": table,
        "rows": [row_words(row) for row in table.rows],
        "habits": [
            {
                "habit": one,
                "effect": signed(one.effect),
                "words": habit_words(one.effect),
                "group": letter(one.group),
            }
            for one in table.habits
        ],
        "plans": call.envelopes.select_related("changed_by"),
        "may_plan": user.is_agency,
        "awaited": table.expected - table.returned,
    }


def habit_words(effect: float) -> str:
    if effect <= -5:
        return _("plus sévère que les autres")
    if effect >= 5:
        return _("plus généreux que les autres")
    return _("comme les autres")


COMMITTEE_COLUMNS = (
    Column("rang", gettext_lazy("rang"), "integer", value=lambda r: r.rank or None),
    Column("numero", gettext_lazy("numéro"), value=lambda r: r.application.number),
    Column("titre", gettext_lazy("titre"), value=lambda r: str(r.application)),
    Column(
        "structure",
        gettext_lazy("structure"),
        value=lambda r: r.application.structure.name,
    ),
    Column(
        "demande_euros",
        gettext_lazy("montant demandé"),
        "cents",
        value=lambda r: r.application.requested_cents,
    ),
    Column("lectures", gettext_lazy("lectures"), "integer", value=lambda r: r.count),
    Column(
        "moyenne_brute", gettext_lazy("moyenne brute"), value=lambda r: points(r.raw)
    ),
    Column(
        "moyenne_corrigee",
        gettext_lazy("moyenne corrigée"),
        value=lambda r: points(r.score),
    ),
    Column("ecart", gettext_lazy("écart"), value=lambda r: points(r.spread)),
    Column("groupe", gettext_lazy("groupe"), value=lambda r: letter(r.group)),
    Column(
        "desaccord",
        gettext_lazy("désaccord"),
        "boolean",
        value=lambda r: r.is_disagreed,
    ),
)


def part_label(kind: str, code: str) -> str:
    if kind == PartKind.RURAL:
        return _("communes rurales")
    if kind == PartKind.THEME:
        return vocab.label("themes", code)
    row = Department.objects.filter(pk=code).first()
    return row.name if row else code


def worth_words(plan: EnvelopePlan, value: int) -> str:
    """A worth in the unit of what the proposal seeks."""
    if plan.weighing == Weighing.COUNT:
        count = round(value / one_more(plan.lines.count()))
        return ngettext("%(n)s projet", "%(n)s projets", count) % {"n": count}
    if plan.weighing == Weighing.MONEY:
        return _("%(n)s points × 1 000 €") % {"n": points(value / UNIT)}
    return _("%(n)s points") % {"n": points(value / UNIT)}


def envelope_context(plan: EnvelopePlan, user: User) -> dict[str, Any]:
    table = committee_table(plan.call)
    scores = {one.application.pk: one for one in table.rows}
    hidden = set(conflicting_pks(user.pk))
    result = plan.result
    lines: list[dict[str, Any]] = []
    for line in plan.lines.select_related("application__structure"):
        row = scores.get(line.application_id)
        value = None if row is None else (row.raw if plan.uses_raw else row.score)
        lines.append(
            {
                "line": line,
                "score": "" if line.application_id in hidden else points(value),
                "order": -(value or 0.0),
                "is_hidden": line.application_id in hidden,
                "lacks_score": value is None,
            }
        )
    lines.sort(key=lambda one: (not one["line"].is_granted, one["order"]))
    spent = result.get("spent", 0)
    return {
        "plan": plan,
        "call": plan.call,
        "lines": lines,
        "granted": [one for one in lines if one["line"].is_granted],
        "refused": [one for one in lines if not one["line"].is_granted],
        "spent": spent,
        "left": plan.budget_cents - spent,
        "value": worth_words(plan, result.get("value", 0)),
        "gap": worth_words(plan, result.get("bound", 0) - result.get("value", 0)),
        "is_proven": result.get("is_proven"),
        "locks_cost": worth_words(plan, result.get("locks_cost", 0)),
        "more_budget": worth_words(plan, result.get("more_budget", 0)),
        "minimums": [
            one
            | {
                "label": part_label(one["kind"], one["code"]),
                "cost_words": worth_words(plan, one["cost"]),
            }
            for one in result.get("minimums", [])
        ],
        "kept": plan.call.envelopes.filter(is_kept=True).first(),
    }
