"""What pages, tables and papers of self-assessments and visits show."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.utils.translation import get_language, gettext as _, gettext_lazy

from maillage.agenda.models import Event
from maillage.catalogue.models import Resource
from maillage.core.context import region
from maillage.core.dates import day_words
from maillage.core.pdf import set_pages
from maillage.core.tables.columns import Column
from maillage.directory.models import Place, Structure
from maillage.studio.assessment_choices import GridLevel, PointKind
from maillage.studio.grids import Book
from maillage.studio.models import (
    OVERALL,
    AssessmentAnswer,
    GridAnswer,
    PeerVisit,
    SelfAssessment,
)
from maillage.studio.services.assessing import level_label

TEMPLATE = Path(__file__).parent / "pdf" / "assessment.typ"
MOST_KNOWN = 12


def level_of(value: int | None) -> dict[str, Any]:
    """A level as a word and as dots that count."""
    full = value or 0
    return {
        "value": value,
        "label": level_label(value) or _("pas de niveau"),
        "dots": "●" * full + "○" * (len(GridLevel) - full),
    }


def reading_of(assessment: SelfAssessment, visit: PeerVisit | None = None) -> dict[str, Any]:  # fmt: skip
    """Themes with their standards, what the team says, what the peers say beside."""
    book = Book(assessment.grid.definition)
    answers = by_standard(list(assessment.answers.select_related("changed_by")))
    peers = by_standard(list(visit.answers.select_related("changed_by")) if visit else [])  # fmt: skip
    lines = {
        slug: line_of(one, answers.get(slug), peers.get(slug))
        for slug, one in book.standards.items()
    }
    done = book.answered(answers.values())
    return {
        "book": book,
        "themes": [
            {"theme": theme, "lines": [lines[one.slug] for one in theme.standards]}
            for theme in book.themes
        ],
        "summary": answers.get(OVERALL),
        "peer_summary": peers.get(OVERALL),
        "done": done,
        "total": len(book.standards),
        "peers_done": book.answered(peers.values()),
        "strong": [one for one in lines.values() if (one["level"]["value"] or 0) >= GridLevel.IN_PLACE],
        "weak": [one for one in lines.values() if 0 < (one["level"]["value"] or 9) <= GridLevel.ON_THE_WAY],
        "counts": counts_of(list(lines.values())),
    }  # fmt: skip


def by_standard(rows: Sequence[GridAnswer]) -> dict[str, Any]:
    return {one.standard: one for one in rows}


def line_of(standard: Any, answer: Any, peer: Any) -> dict[str, Any]:
    own = answer.level if answer else None
    theirs = peer.level if peer else None
    return {
        "standard": standard,
        "answer": answer,
        "peer": peer,
        "level": level_of(own),
        "peer_level": level_of(theirs),
        "differs": own is not None and theirs is not None and own != theirs,
    }


def counts_of(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """How many standards are at each level, the highest first; the only sum made."""
    return [
        level_of(level.value)
        | {"n": sum(one["level"]["value"] == level for one in lines)}
        for level in reversed(GridLevel)
    ]


def first_open(reading: dict[str, Any], side: str) -> str:
    """The first standard without a level on one side, else the summary."""
    for line in rows_of_reading(reading):
        if line[side] is None or line[side].level is None:
            return str(line["standard"].slug)
    return OVERALL


def known_of(structure: Structure) -> list[tuple[str, str]]:
    """Published pages of a structure that may serve as evidence: address and name."""
    found: list[Any] = [structure] if structure.state == "published" else []
    for rows in (
        Place.objects.published().filter(structure=structure).order_by("name"),
        Resource.objects.published().filter(owner=structure).order_by("name"),
        Event.objects.published().filter(owner=structure).order_by("-pk"),
    ):
        found += list(rows[:MOST_KNOWN])
    return [(one.get_absolute_url(), f"{one._meta.verbose_name} : {one.name}") for one in found]  # fmt: skip


# Tables -----------------------------------------------------------------------------


def evidence_text(answer: AssessmentAnswer | None) -> str:
    rows = answer.evidence if answer else []
    return " | ".join(f"{one.get('label', '')} {one.get('url', '')}".strip() for one in rows)  # fmt: skip


def column(code: str, label: Any, value: Any, kind: str = "text") -> Column:
    return Column(code, label, kind, value=value)


COLUMNS = (
    column("numero", gettext_lazy("numéro"), lambda one: one["standard"].number),
    column("norme", gettext_lazy("norme"), lambda one: one["standard"].title),
    column("niveau", gettext_lazy("niveau (1 à 4)"), lambda one: one["level"]["value"], "integer"),
    column("en_mots", gettext_lazy("niveau en mots"), lambda one: level_label(one["level"]["value"])),
    column("commentaire", gettext_lazy("commentaire"), lambda one: one["answer"].comment if one["answer"] else "", "long"),
    column("preuves", gettext_lazy("preuves"), lambda one: evidence_text(one["answer"]), "long"),
)  # fmt: skip
VISIT_COLUMNS = (
    *COLUMNS,
    column("niveau_pairs", gettext_lazy("niveau selon les pairs (1 à 4)"), lambda one: one["peer_level"]["value"], "integer"),
    column("commentaire_pairs", gettext_lazy("commentaire des pairs"), lambda one: one["peer"].comment if one["peer"] else "", "long"),
)  # fmt: skip


def rows_of_reading(reading: dict[str, Any]) -> list[dict[str, Any]]:
    return [line for theme in reading["themes"] for line in theme["lines"]]


# Papers -----------------------------------------------------------------------------


def paper(data: dict[str, Any]) -> bytes:
    frame = {
        "lang": (get_language() or "fr")[:2],
        "site": region()["site_name"],
        "page": _("page"),
        "peers": _("Les pairs"),
        "own": _("La structure"),
        "proof": _("Preuves"),
    }
    return set_pages(TEMPLATE, data=frame | data)


def assessment_pdf(assessment: SelfAssessment) -> bytes:
    """The self-assessment on paper."""
    reading = reading_of(assessment)
    return paper(
        {
            "document": _("Auto-évaluation de %(name)s") % {"name": assessment},
            "eyebrow": _("Auto-évaluation"),
            "title": str(assessment),
            "facts": facts_of(assessment),
            "summary_title": _("En résumé"),
            "summary": reading["summary"].comment if reading["summary"] else "",
            "points": [],
            "reply_title": "",
            "reply": "",
            "themes": paper_themes(reading),
        }
    )


def visit_pdf(visit: PeerVisit) -> bytes:
    """The report of the peers on paper, with the structure's answer."""
    reading = reading_of(visit.assessment, visit)
    summary = reading["peer_summary"]
    return paper(
        {
            "document": _("Rapport de visite : %(name)s") % {"name": visit.structure},
            "eyebrow": _("Rapport de visite par les pairs"),
            "title": str(visit.structure),
            "facts": visit_facts(visit),
            "summary_title": _("Ce que les pairs ont vu"),
            "summary": summary.comment if summary else "",
            "points": [
                {"title": title, "items": [point.text for point in rows]}
                for title, rows in points_of(visit)
                if rows
            ],
            "reply_title": _("Réponse de la structure"),
            "reply": visit.reply,
            "themes": paper_themes(reading),
        }
    )


def points_of(visit: PeerVisit) -> list[tuple[str, list[Any]]]:
    rows = list(visit.points.prefetch_related("improvements"))
    titles = {
        PointKind.COMMENDATION: _("Points forts"),
        PointKind.RECOMMENDATION: _("Recommandations"),
    }
    return [(title, [one for one in rows if one.kind == kind]) for kind, title in titles.items()]  # fmt: skip


def facts_of(assessment: SelfAssessment) -> list[list[str]]:
    found = [[_("Structure"), assessment.structure.name]]
    if assessment.finished_at:
        found.append([_("Terminée le"), day_words(assessment.finished_at, "j F Y")])
    else:
        found.append([_("État"), _("en cours, pas terminée")])
    found.append([_("Grille"), _("version %(n)s") % {"n": assessment.grid.number}])
    return found


def visit_facts(visit: PeerVisit) -> list[list[str]]:
    found = [[_("État"), str(visit.get_state_display())]]
    if visit.starts_on and visit.last_day:
        found.append([_("Visite"), days_text(visit.starts_on, visit.last_day)])
    homes = sorted({one.structure.name for one in visit.reviewers.select_related("structure")})  # fmt: skip
    if homes:
        found.append([_("Pairs venus de"), ", ".join(homes)])
    return found


def days_text(start: dt.date, last: dt.date) -> str:
    if start == last:
        return _("le %(day)s") % {"day": day_words(start, "j F Y")}
    return _("du %(start)s au %(end)s") % {
        "start": day_words(start, "j F Y"),
        "end": day_words(last, "j F Y"),
    }


def paper_themes(reading: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "title": f"{one['theme'].number}. {one['theme'].title}",
            "lines": [paper_line(line) for line in one["lines"]],
        }
        for one in reading["themes"]
    ]


def paper_line(line: dict[str, Any]) -> dict[str, Any]:
    answer, peer = line["answer"], line["peer"]
    return {
        "number": line["standard"].number,
        "title": line["standard"].title,
        "level": line["level"]["value"] or 0,
        "word": line["level"]["label"],
        "comment": answer.comment if answer else "",
        "evidence": [one.get("label", "") for one in answer.evidence] if answer else [],
        "peer_level": line["peer_level"]["value"] or 0,
        "peer_word": line["peer_level"]["label"] if peer else "",
        "peer_comment": peer.comment if peer else "",
    }
