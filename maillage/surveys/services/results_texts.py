"""Free answers read by the agency: themes, proposed by words, ticked by people."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.text import slugify
from django.utils.translation import gettext as _

from maillage.core.errors import Refused
from maillage.core.french import fold
from maillage.core.records import need_agency
from maillage.surveys.choices import QuestionKind
from maillage.surveys.definition import QuestionSpec, from_json
from maillage.surveys.models import Answer, TextTheme, Wave
from maillage.surveys.results.people import ANSWERED
from maillage.surveys.services.waves import lock_wave

#: Themes of a question: one key each on the keyboard, and then some.
MOST = 20


@dataclass(frozen=True)
class Text:
    """One free answer, with the themes that it has or that its words propose."""

    answer: Answer
    themes: tuple[tuple[TextTheme, bool, bool], ...]

    @property
    def is_coded(self) -> bool:
        return bool(self.answer.themes)


def free_questions(wave: Wave) -> list[QuestionSpec]:
    questions = from_json(wave.version.definition).questions().values()
    return [spec for spec in questions if spec.kind == QuestionKind.LONG_TEXT]


def answers_to(wave: Wave, question: str) -> QuerySet[Answer]:
    """The texts that count, in the order in which they came."""
    return (
        Answer.objects.filter(
            response__unit__wave=wave, response__state__in=ANSWERED,
            is_counted=True, question=question, instance="",
        )
        .exclude(value__isnull=True)
        .exclude(value="")
        .order_by("pk")
    )  # fmt: skip


def themes_of(wave: Wave, question: str) -> list[TextTheme]:
    rows = TextTheme.objects.filter(
        questionnaire=wave.version.questionnaire_id, question=question
    )
    return list(rows.order_by("pk"))


def texts(answers: Sequence[Answer], themes: Sequence[TextTheme]) -> list[Text]:
    """Each answer with all themes: (theme, it has it, its words propose it)."""
    patterns = [(theme, pattern_of(theme)) for theme in themes]
    return [
        Text(
            answer,
            tuple(
                (
                    theme,
                    theme.code in answer.themes,
                    bool(pattern and pattern.search(fold(str(answer.value)))),
                )
                for theme, pattern in patterns
            ),
        )
        for answer in answers
    ]


def pattern_of(theme: TextTheme) -> re.Pattern[str] | None:
    """The words of a theme, at the start of a word of the text."""
    words = [fold(word).strip() for word in theme.words.split(",")]
    kept = "|".join(re.escape(word) for word in words if word)
    return re.compile(rf"\b(?:{kept})") if kept else None


def progress(wave: Wave) -> list[tuple[QuestionSpec, int, int]]:
    """Each free question with its texts, and how many of them have themes."""
    found = []
    for spec in free_questions(wave):
        given = [
            themes for (themes,) in answers_to(wave, spec.code).values_list("themes")
        ]
        found.append((spec, len(given), sum(map(bool, given))))
    return found


@transaction.atomic
def set_themes(wave: Wave, question: str, *, lines: str, by: Any) -> list[TextTheme]:
    """Keep the list of themes; what answers have of a theme that goes is taken away.

    Refuses with ``forbidden``, ``question``, ``many`` or ``twice``.
    """
    row = lock_wave(wave, by=by)
    if question not in {spec.code for spec in free_questions(row)}:
        raise Refused("question", _("Cette question n’a pas de réponses libres."))
    wanted = [read_line(line) for line in lines.splitlines() if line.strip()]
    if len(wanted) > MOST:
        raise Refused("many", _("Pas plus de %d thèmes.") % MOST)
    codes = Counter(code for code, _label, _words in wanted)
    if any(number > 1 or not code for code, number in codes.items()):
        raise Refused("twice", _("Deux thèmes ont le même nom, ou l’un n’en a pas."))
    there = TextTheme.objects.filter(
        questionnaire=row.version.questionnaire, question=question
    )
    gone = set(there.exclude(code__in=codes).values_list("code", flat=True))
    if gone:
        forget(question, gone, row)
        there.filter(code__in=gone).delete()
    for code, label, words in wanted:
        TextTheme.objects.update_or_create(
            questionnaire=row.version.questionnaire, question=question, code=code,
            defaults={"label": label, "words": words},
        )  # fmt: skip
    return themes_of(row, question)


def forget(question: str, gone: set[str], wave: Wave) -> None:
    rows = Answer.objects.filter(
        question=question,
        response__unit__wave__version__questionnaire=wave.version.questionnaire,
    ).exclude(themes=[])
    changed = []
    for answer in rows.select_for_update(of=("self",)):
        kept = [code for code in answer.themes if code not in gone]
        if kept != answer.themes:
            answer.themes = kept
            changed.append(answer)
    Answer.objects.bulk_update(changed, ["themes"])


def read_line(line: str) -> tuple[str, str, str]:
    label, _sep, words = line.partition(":")
    label = " ".join(label.split())[:120]
    return slugify(label)[:60], label, " ".join(words.split())


def as_lines(themes: Sequence[TextTheme]) -> str:
    return "\n".join(
        f"{theme.label} : {theme.words}" if theme.words else theme.label
        for theme in themes
    )


@transaction.atomic
def code_answer(
    wave: Wave, question: str, *, pk: int, themes: Sequence[str], by: Any
) -> Answer:
    """Give a text its themes. Refuses with ``forbidden``, ``gone`` or ``theme``."""
    need_agency(by)
    answer = (
        answers_to(wave, question).select_for_update(of=("self",)).filter(pk=pk).first()
    )
    if answer is None:
        raise Refused("gone", _("Cette réponse n’est plus là."))
    known = [theme.code for theme in themes_of(wave, question)]
    if not {*themes} <= {*known}:
        raise Refused("theme", _("Ce thème n’existe plus : rechargez la page."))
    answer.themes = [code for code in known if code in themes]
    answer.save(update_fields=["themes"])
    return answer
