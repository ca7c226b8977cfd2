"""What pages of evaluations show: the logic frame, findings in words, the sheet."""

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import segno
from django.conf import settings
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import get_language, gettext as _, gettext_lazy

from maillage.core.context import region
from maillage.core.dates import day_words
from maillage.core.pdf import set_pages
from maillage.core.tables.columns import Column
from maillage.studio.choices import LogicLevel, Moment
from maillage.studio.kits import asked_at, is_scale, kit_label, said
from maillage.studio.models import Evaluation, Round
from maillage.studio.services.results import LEAST, Finding, findings, numbers

TEMPLATE = Path(__file__).parent / "pdf" / "questionnaire.typ"
#: The word of a moment in an address.
MOMENTS = {"avant": Moment.BEFORE, "apres": Moment.AFTER}
MINUS, DASH = "\N{MINUS SIGN}", "–"


def frame_of(evaluation: Evaluation) -> list[dict[str, Any]]:
    """Levels of the logic frame with their rows, also those that have none."""
    rows = list(evaluation.rows.prefetch_related("indicators"))
    return [
        {"label": level.label, "rows": [row for row in rows if row.level == level]}
        for level in LogicLevel
    ]


def missing_of(evaluation: Evaluation) -> list[str]:
    """What a frame lacks before it can be defended."""
    rows = list(evaluation.rows.prefetch_related("indicators"))
    levels = {row.level for row in rows}
    found = []
    if not evaluation.issue.strip():
        found.append(_("L’enjeu n’est pas dit."))
    for level in LogicLevel:
        if level not in levels:
            found.append(
                _("Il n’y a pas de ligne : %(level)s.") % {"level": level.label}
            )
    indicators = [one for row in rows for one in row.indicators.all()]
    if rows and not indicators:
        found.append(_("Aucun indicateur ne dit si c’est réussi."))
    if any(one.target is None for one in indicators):
        found.append(_("Un indicateur n’a pas de cible."))
    if any(not one.source for one in indicators):
        found.append(_("Un indicateur n’a pas de source."))
    return found


def decimal(value: float) -> str:
    return number_format(round(value, 1), 1).replace("-", MINUS)


def percent(value: float) -> str:
    return f"{round(100 * value)}\u00a0%"


def signed(value: float) -> str:
    return f"+{decimal(value)}" if value > 0 else decimal(value)


def line_of(finding: Finding) -> dict[str, Any]:
    """A finding in words; a figure that is withheld says why."""
    line: dict[str, Any] = {"text": said(finding.question, "text")}
    show = decimal if finding.is_scale else percent
    effect = finding.effect
    if effect is None:
        line |= {"numbers": str(finding.number), "before": "", "difference": ""}
        line["after"] = "" if finding.level is None else show(finding.level)
        few = _("moins de dix réponses : rien n’est montré")
        once = _("demandé après seulement")
        return line | {"interval": "", "say": few if finding.level is None else once}
    if effect.is_paired:
        line["numbers"] = _("%(n)s paires") % {"n": effect.after_number}
    else:
        line["numbers"] = f"{effect.before_number} / {effect.after_number}"
    if effect.before is None or effect.after is None or effect.difference is None:
        say = _("moins de dix réponses avant ou après : rien n’est montré")
        blank = {"before": "", "after": "", "difference": "", "interval": ""}
        return line | blank | {"say": say}
    factor = 1 if finding.is_scale else 100
    line |= {"before": show(effect.before), "after": show(effect.after)}
    line["difference"] = signed(factor * effect.difference)
    if effect.low is None or effect.high is None:
        say = _("toutes les réponses sont les mêmes : pas d’intervalle")
        return line | {"interval": "", "say": say}
    line["interval"] = _("de %(low)s à %(high)s") % {
        "low": signed(factor * effect.low),
        "high": signed(factor * effect.high),
    }
    if not effect.is_clear:
        say = _("on ne peut pas conclure : l’intervalle contient zéro")
    elif effect.difference > 0:
        say = _("les réponses ont monté")
    else:
        say = _("les réponses ont baissé")
    return line | {"say": say}


def round_context(round_: Round, *, now: dt.datetime) -> dict[str, Any]:
    counted = numbers(round_)
    return {
        "round": round_,
        "kit": kit_label(round_.kit),
        "is_open": round_.is_open(now),
        "numbers": counted,
        "lines": [line_of(one) for one in findings(round_)],
        "least": LEAST,
        "links": [
            {"moment": moment, "word": word, "link": link_of(round_, word)}
            for word, moment in MOMENTS.items()
        ],
    }


def link_of(round_: Round, word: str) -> str:
    return settings.SITE_URL + reverse("studio:answer_new", args=[round_.code, word])


def qr(text: str) -> str:
    """A code as a drawing for the ``src`` of an image."""
    code = segno.make_qr(text, error="m", boost_error=False)
    return str(code.svg_data_uri(border=4, dark="#000", light="#fff", omitsize=True))


COLUMNS = (
    Column("question", gettext_lazy("question"), value=lambda f: said(f.question, "text")),
    Column("sorte", gettext_lazy("sorte"), value=lambda f: f.question["kind"]),
    Column("reponses_avant", gettext_lazy("réponses avant"), "integer", value=lambda f: f.effect.before_number if f.effect else None),
    Column("reponses_apres", gettext_lazy("réponses après"), "integer", value=lambda f: f.number),
    Column("apparie", gettext_lazy("mêmes personnes"), "boolean", value=lambda f: f.effect.is_paired if f.effect else None),
    Column("avant", gettext_lazy("avant"), "number", value=lambda f: figure_of(f, "before")),
    Column("apres", gettext_lazy("après"), "number", value=lambda f: figure_of(f, "after")),
    Column("ecart", gettext_lazy("écart"), "number", value=lambda f: figure_of(f, "difference")),
    Column("borne_basse", gettext_lazy("borne basse à 95 %"), "number", value=lambda f: figure_of(f, "low")),
    Column("borne_haute", gettext_lazy("borne haute à 95 %"), "number", value=lambda f: figure_of(f, "high")),
    Column("dit", gettext_lazy("ce qu’on peut en dire"), value=lambda f: line_of(f)["say"]),
)  # fmt: skip


def figure_of(finding: Finding, name: str) -> float | None:
    """A figure of a finding; proportions from 0 to 1."""
    if finding.effect is None:
        return finding.level if name == "after" else None
    value = getattr(finding.effect, name)
    return None if value is None else round(value, 4)


# Paper ------------------------------------------------------------------------------


def sheet_pdf(round_: Round) -> bytes:
    """Two pages to print, before and after, each with its code for phones."""
    return set_pages(TEMPLATE, data=sheet_data(round_))


def sheet_data(round_: Round) -> dict[str, Any]:
    return {
        "lang": (get_language() or "fr")[:2],
        "document": _("Questionnaire « %(title)s »")
        % {"title": round_.evaluation.title},
        "site": region()["site_name"],
        "title": round_.evaluation.title,
        "owner": round_.evaluation.structure.name,
        "yes": _("oui"),
        "no": _("non"),
        "word": _(
            "Un mot que vous choisissez, le même avant et après ; pas votre nom :"
        ),
        "anonymous": _(
            "Ce questionnaire est anonyme. Vous pouvez laisser une question de côté."
        ),
        "online": _("En ligne, avec le code %(code)s, jusqu’au %(day)s")
        % {
            "code": round_.shown_code,
            "day": day_words(last_day(round_), "j F Y"),
        },
        "pages": [
            {
                "moment": str(moment.label).capitalize(),
                "qr": drawing(link_of(round_, word)),
                "link": link_of(round_, word),
                "questions": list(asked_lines(asked_at(round_.questions, moment))),
            }
            for word, moment in MOMENTS.items()
        ],
    }


def asked_lines(questions: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    for question in questions:
        scale = said(question, "scale") if is_scale(question) else []
        yield {"text": said(question, "text"), "scale": scale}


def drawing(text: str) -> str:
    code = segno.make_qr(text, error="m", boost_error=False)
    return str(code.svg_inline(border=2, dark="#000", light="#fff"))


def last_day(round_: Round) -> dt.datetime:
    """A moment of the last day on which a round takes answers."""
    return round_.closes_at - dt.timedelta(seconds=1)
