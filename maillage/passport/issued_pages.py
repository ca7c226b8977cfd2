"""Passes given, as pages and files show them: figures of the gate, in rows."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext_lazy as _

from maillage.core.dates import day_words
from maillage.core.disclosure import TOTAL, PublishedTable, figure_columns
from maillage.core.tables.columns import Column
from maillage.passport.models import Offer, PassSeason
from maillage.passport.services.issued import issued

#: The last weeks that a page shows; the file has them all.
MOST_WEEKS = 10
COLUMNS = (
    Column("offer", _("formule"), value=lambda row: row["offer"]),
    Column("week", _("semaine du"), value=lambda row: row["week"]),
    *figure_columns("passes", _("passeports émis"), of=lambda row: row["figure"]),
)


def offers_of(season: PassSeason) -> list[Offer]:
    return list(season.offers.select_related("issuer__structure"))


def weeks_of(table: PublishedTable) -> list[str]:
    return sorted({row.codes[1] for row in table} - {TOTAL})


def table_of(season: PassSeason) -> dict[str, Any]:
    """A line an offer, a column a week, with totals."""
    offers, table = offers_of(season), issued(season)["issued"]
    weeks = weeks_of(table)[-MOST_WEEKS:]
    lines = [
        {
            "offer": offer,
            "cells": [table.row(str(offer.pk), week)["count"] for week in weeks],
            "total": table.row(str(offer.pk), TOTAL)["count"],
        }
        for offer in offers
    ]
    return {
        "season": season,
        "weeks": [day_words(dt.date.fromisoformat(week), "j b") for week in weeks],
        "lines": lines,
        "totals": [table.row(TOTAL, week)["count"] for week in weeks],
        "total": table.row(TOTAL, TOTAL)["count"],
    }


def lines_of(season: PassSeason) -> list[dict[str, Any]]:
    """One line an offer and week, for a file."""
    table = issued(season)["issued"]
    return [
        {
            "offer": offer.name,
            "week": week,
            "figure": table.row(str(offer.pk), week)["count"],
        }
        for offer in offers_of(season)
        for week in weeks_of(table)
    ]
