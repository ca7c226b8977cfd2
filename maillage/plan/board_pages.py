"""What the board of the plan shows, live or as it was frozen."""

import datetime as dt
from pathlib import Path
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language, gettext as _, gettext_lazy

from maillage.core.charts import svg_text
from maillage.core.context import region
from maillage.core.dates import day_words
from maillage.core.money import format_cents
from maillage.core.pdf import set_pages
from maillage.core.tables.columns import Column
from maillage.plan.action_choices import Scope, Status, Why
from maillage.plan.board_charts import (
    end_words,
    money_tree,
    percent_words,
    progress_tree,
    time_line,
)
from maillage.plan.services.board import by_year_and_funder, grouped

TEMPLATE = Path(__file__).parent / "pdf" / "board.typ"


def board_context(data: dict[str, Any]) -> dict[str, Any]:
    territories = grouped(data, "territory_key", "territory")
    for row in territories:
        if row["label"] == Scope.REGION:
            row["label"] = str(Scope.REGION.label)
    return {
        "data": data,
        "total": data["total"],
        "day": dt.date.fromisoformat(data["day"]),
        "charts": [progress_tree(data), money_tree(data), time_line(data)],
        "groups": [
            {"title": _("Par territoire"), "first": _("Territoire"), "rows": territories},
            {"title": _("Par porteur"), "first": _("Porteur"), "rows": grouped(data, "owner", "owner")},
        ],
        "money": by_year_and_funder(data),
        "statuses": [
            (str(Status(status).label), count)
            for status, count in data["total"]["statuses"].items()
        ],
        "gaps": sum(bool(action["reasons"]) for action in data["actions"]),
    }  # fmt: skip


def value(name: str) -> Any:
    return lambda row: row[name]


def reason_words(row: dict[str, Any]) -> str:
    return " ; ".join(str(Why(why).label) for why in row["reasons"])


#: A line an action, as the board counts it.
BOARD_COLUMNS: tuple[Column, ...] = (
    Column("lead", gettext_lazy("piste du plan"), value=value("node")),
    Column("action", gettext_lazy("action"), value=value("title")),
    Column("owner", gettext_lazy("porteur"), value=value("owner")),
    Column("territory", gettext_lazy("territoire"), value=value("territory")),
    Column("starts_on", gettext_lazy("début"), value=value("starts_on")),
    Column(
        "ends_on", gettext_lazy("jusqu’au (exclu)"), value=lambda row: row["ends_on"] or ""
    ),
    Column(
        "status", gettext_lazy("avancement déclaré"),
        value=lambda row: str(Status(row["status"]).label),
    ),
    Column("percent", gettext_lazy("avancement calculé"), "integer", value=value("percent"), unit="%"),
    Column("milestones_done", gettext_lazy("jalons faits"), "integer", value=value("milestones_done")),
    Column("milestones", gettext_lazy("jalons"), "integer", value=value("milestones")),
    Column("evidence", gettext_lazy("preuves"), "integer", value=value("evidence")),
    Column("cost_eur", gettext_lazy("coût total"), "cents", value=value("cost_cents"), unit="€"),
    Column("forecast_eur", gettext_lazy("prévu"), "cents", value=value("forecast_cents"), unit="€"),
    Column("spent_eur", gettext_lazy("dépensé"), "cents", value=value("spent_cents"), unit="€"),
    Column("gaps", gettext_lazy("écarts"), value=reason_words),
)  # fmt: skip


def board_pdf(data: dict[str, Any], *, title: str, digest: str = "") -> bytes:
    """The board on paper: the same figures, the same drawings."""
    context = board_context(data)
    total = data["total"]
    words = {
        "lang": (get_language() or "fr")[:2],
        "site": region()["site_name"],
        "title": title,
        "plan": data["plan"]["title"],
        "day": _("Chiffres du %s") % day_words(context["day"]),
        "digest": digest and _("Empreinte SHA-256 des données : %s") % digest,
        "url": settings.SITE_URL + reverse("plan:board"),
        "facts": [
            [_("avancement calculé"), percent_words(total["percent"])],
            [_("actions"), str(total["actions"])],
            [_("pistes avec une action"), f"{total['leads_taken']} / {total['leads']}"],
            [_("prévus"), format_cents(total["forecast_cents"])],
            [_("dépensés"), format_cents(total["spent_cents"])],
        ],
        "charts": [
            {"title": chart.title, "svg": svg_text(chart), "alt": chart.desc}
            for chart in context["charts"]
            if not chart.is_empty
        ],
        "tables": [
            {
                "title": group["title"],
                "head": [group["first"], _("Actions"), _("Calculé"), _("Prévu"), _("Dépensé")],
                "rows": [
                    [
                        row["label"], str(row["actions"]), percent_words(row["percent"]),
                        format_cents(row["forecast_cents"]), format_cents(row["spent_cents"]),
                    ]
                    for row in group["rows"]
                ],
            }
            for group in context["groups"]
        ],
        "actions": {
            "title": _("Actions"),
            "head": [_("Piste"), _("Action"), _("Porteur"), _("Fin"), _("Déclaré"), _("Calculé"), _("Prévu")],
            "rows": [
                [
                    a["node"], a["title"], a["owner"], end_words(a["ends_on"]),
                    str(Status(a["status"]).label), percent_words(a["percent"]),
                    format_cents(a["forecast_cents"]),
                ]
                for a in data["actions"]
            ],
        },
    }  # fmt: skip
    return set_pages(TEMPLATE, data=words)
