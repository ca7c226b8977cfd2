"""Answers that nobody gave: plausible ones, to try the site with.

The same respondent answers alike from one wave to the next: what they are comes from a
generator seeded by their key, what changes from one seeded by the wave.
"""

import datetime as dt
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from maillage.surveys.accepting import accept
from maillage.surveys.choices import QuestionKind
from maillage.surveys.definition import QuestionSpec, Repeat
from maillage.surveys.models import Answer, RepeatRow
from maillage.surveys.running import Answers, Sheet, run
from maillage.surveys.services.sheets import Book

#: Median and spread (of the logarithm) of numbers, by code of the question.
SIZES = {
    "annee_creation": (1990, 0.008),
    "actions_nombre": (18, 0.9),
    "actions_hors_murs": (6, 0.8),
    "etp_total": (5, 1.1),
    "etp_mediation": (1.5, 0.7),
    "benevoles": (9, 1.1),
    "frequentation": (3200, 1.3),
    "frequentation_scolaire": (900, 1.1),
    "frequentation_hors_murs": (500, 1.0),
    "frequentation_en_ligne": (1500, 1.2),
    "classes": (35, 0.9),
    "visiteurs_prets": (1400, 0.9),
    "eleves_prets": (500, 0.8),
    "prets_consentis": (6, 0.8),
    "lieux_nombre": (1.3, 0.4),
    "lieu_jours": (190, 0.3),
    "lieu_visiteurs": (2600, 1.2),
    "lieu_scolaires": (700, 1.0),
    "part_publique": (55, 0.3),
    "part_propre": (22, 0.5),
    "tarif_plein": (5, 0.4),
    "expo_annee": (2014, 0.002),
}
OTHER_SIZE = (5, 0.9)
#: How often a number stays empty, a question with a choice too.
SILENT = 0.08
TEXTS = {
    "projets": (
        "Renouveler notre exposition sur l’eau et la faire circuler dans les collèges.",
        "Ouvrir un atelier de fabrication avec la médiathèque.",
        "Monter une malle d’astronomie pour les centres de loisirs.",
        "Accueillir des chercheurs en résidence dans notre commune.",
    ),
    "attentes": (
        "Mieux savoir qui prête quoi, et à quelles dates.",
        "Des formations courtes, près de chez nous.",
        "Une aide pour le transport des expositions.",
        "Rencontrer d’autres acteurs du département.",
    ),
    "fonction_repondant": ("Direction", "Chargée de médiation", "Bénévole", "Accueil"),
}


def seed_of(*words: object) -> int:
    return zlib.crc32(" ".join(map(str, words)).encode())


class Respondent:
    """One who answers the same questionnaire in several waves."""

    def __init__(self, key: str, *, kind: str, commune: str | None, year: int) -> None:
        self.key, self.kind, self.commune, self.year = key, kind, commune, year
        self.wave = np.random.default_rng(seed_of(key, year))
        self.size = float(np.random.default_rng(seed_of(key, "size")).normal(0, 0.6))

    def own(self, code: str) -> np.random.Generator:
        """The generator of what lasts of one question."""
        return np.random.default_rng(seed_of(self.key, code))

    def sheet(self, book: Book, *, today: dt.date) -> tuple[Answers, Sheet]:
        """Answers to all that is asked, and which these are."""
        values: dict[str, Any] = {}
        rows: dict[str, list[tuple[str, dict[str, Any]]]] = {}
        for step in book.steps.values():
            part = step.part
            if isinstance(part, Repeat):
                rows[part.code] = list(self.rows(book, part))
            elif isinstance(part, QuestionSpec) and step.repeat is None:
                value = self.answer(book, part)
                if value is not None:
                    values[part.code] = value
        self.agree(values)
        answers = Answers(values, rows)
        sheet = run(book.definition, answers, today=today, steps=book.order)
        for group, held in sheet.rows.items():
            for key, found in held.items():
                self.obey(book, found, sheet, group, key)
        self.obey(book, sheet.values, sheet)
        return answers, sheet

    def obey(
        self, book: Book, values: dict[str, Any], sheet: Sheet,
        group: str = "", key: str = "",
    ) -> None:  # fmt: skip
        """Leave out what the rules of the questionnaire refuse."""
        scope = sheet.scope(group, key)
        for code in list(values):
            spec = book.question(code)
            if spec is None or not spec.is_answered:
                continue
            found = accept(
                spec, values[code], definition=book.definition, scope=scope, kept=True
            )
            if found.error:
                del values[code]
            else:
                values[code] = found.value

    def rows(self, book: Book, part: Repeat) -> Iterator[tuple[str, dict[str, Any]]]:
        number = int(self.own(part.code).poisson(1.4))
        for rank in range(min(number, part.at_most)):
            held = {}
            for spec in part.questions:
                value = self.answer(book, spec, row=f"{part.code}{rank}")
                if value is not None:
                    held[spec.code] = value
            yield f"r{rank}", held

    def agree(self, values: dict[str, Any]) -> None:
        """Parts stay below their whole."""
        for part, whole in (
            ("actions_hors_murs", "actions_nombre"),
            ("etp_mediation", "etp_total"),
            ("frequentation_scolaire", "frequentation"),
            ("frequentation_hors_murs", "frequentation"),
            ("eleves_prets", "visiteurs_prets"),
        ):
            if part in values and whole in values:
                values[part] = min(values[part], values[whole])
        if "part_propre" in values and "part_publique" in values:
            values["part_propre"] = min(
                values["part_propre"], 100 - values["part_publique"]
            )
        freins = values.get("freins")
        if freins and "frein_principal" in values:
            values["frein_principal"] = freins[0]

    def answer(self, book: Book, spec: QuestionSpec, *, row: str = "") -> Any:
        """An answer to one question; None leaves it empty."""
        if spec.code == "nature" and self.kind:
            return self.kind
        if spec.kind == QuestionKind.COMMUNE:
            return self.commune
        lasting = self.own(spec.code + row)
        if not spec.required and lasting.random() < SILENT:
            return None
        if spec.is_number:
            return self.number(spec, lasting)
        if spec.kind == QuestionKind.YES_NO:
            likely = 0.62 + 0.1 * self.size
            return "yes" if self.now_and_then(lasting.random()) < likely else "no"
        if spec.kind in {QuestionKind.ONE, QuestionKind.MANY}:
            return self.choice(book, spec, lasting)
        return self.text(spec, lasting, row)

    def now_and_then(self, share: float) -> float:
        """Another draw in one case out of eight: people change."""
        return float(self.wave.random()) if self.wave.random() < 0.125 else share

    def number(self, spec: QuestionSpec, lasting: np.random.Generator) -> Any:
        if spec.kind == QuestionKind.SCALE:
            low, high = int(spec.minimum or 1), int(spec.maximum or 5)
            middle = low + (high - low) * (0.55 + 0.1 * lasting.normal())
            return int(np.clip(round(middle + self.wave.normal(0, 0.7)), low, high))
        middle, spread = SIZES.get(spec.code, OTHER_SIZE)
        steady = spread < 0.1
        size = 0.0 if steady else self.size
        drift = 0.0 if steady else float(self.wave.normal(0.04, 0.18))
        value = middle * np.exp(lasting.normal(0, spread) + size + drift)
        if spec.code.startswith("frequentation") and self.year == 2021:
            value *= 0.62  # places were closed for a part of the year before
        value = float(np.clip(value, spec.minimum or 0, spec.maximum or 1e9))
        if spec.kind == QuestionKind.INTEGER:
            return round(value)
        return round(value * 2) / 2

    def choice(
        self, book: Book, spec: QuestionSpec, lasting: np.random.Generator
    ) -> Any:
        codes = [choice.code for choice in book.definition.choices_of(spec)]
        if not codes:
            return None
        weights = 1 / (np.arange(len(codes)) + 2.0)
        order = lasting.permutation(len(codes))[: max(len(codes) // 2, 1)]
        weights[order] *= 2.5
        weights /= weights.sum()
        generator = self.wave if self.wave.random() < 0.15 else lasting
        if spec.kind == QuestionKind.ONE:
            return codes[int(generator.choice(len(codes), p=weights))]
        number = min(1 + int(generator.poisson(1.6)), len(codes))
        picked = generator.choice(len(codes), size=number, replace=False, p=weights)
        chosen = [codes[place] for place in sorted(picked)]
        # « aucun » goes with nothing else
        return [code for code in chosen if code != "aucun"] or chosen

    def text(self, spec: QuestionSpec, lasting: np.random.Generator, row: str) -> Any:
        if spec.code in TEXTS:
            texts = TEXTS[spec.code]
            return str(texts[int(lasting.integers(len(texts)))])
        if row:
            return f"Exemple {int(row[-1]) + 1}"
        return "Exemple" if spec.required else None


def rows_of(
    response: Any, answers: Answers, sheet: Sheet, *, at: dt.datetime
) -> tuple[list[Answer], list[RepeatRow]]:
    """The rows to write of one respondent: what is asked, as if it had been sent."""
    made = []
    for code, value in sheet.values.items():
        if code in answers.values:
            made.append(answer_of(response, code, "", value, at=at))
    rows = []
    for group, held in answers.rows.items():
        kept = sheet.rows.get(group, {})
        for rank, (key, _given) in enumerate(held, 1):
            if key not in kept:
                continue
            rows.append(RepeatRow(response=response, group=group, key=key, rank=rank))
            for code, value in kept[key].items():
                made.append(answer_of(response, code, key, value, at=at))
    return made, rows


def answer_of(
    response: Any, code: str, key: str, value: Any, *, at: dt.datetime
) -> Answer:
    return Answer(
        response=response, question=code, instance=key, value=value,
        is_confirmed=True, is_counted=True, revision=1, at_revision=1, changed_at=at,
    )  # fmt: skip
