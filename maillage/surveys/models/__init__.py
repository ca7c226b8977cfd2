"""Questionnaires, waves, respondents, answers and published results."""

from maillage.surveys.models.answers import (
    Answer,
    AnswerChange,
    DirectoryUpdate,
    RepeatRow,
    Response,
    TextTheme,
)
from maillage.surveys.models.questionnaires import (
    Break,
    Question,
    Questionnaire,
    QuestionnaireQuerySet,
    Version,
)
from maillage.surveys.models.releases import Release, ReleaseQuerySet
from maillage.surveys.models.waves import Unit, UnitQuerySet, Wave, WaveQuerySet

__all__ = [
    "Answer",
    "AnswerChange",
    "Break",
    "DirectoryUpdate",
    "Question",
    "Questionnaire",
    "QuestionnaireQuerySet",
    "Release",
    "ReleaseQuerySet",
    "RepeatRow",
    "Response",
    "TextTheme",
    "Unit",
    "UnitQuerySet",
    "Version",
    "Wave",
    "WaveQuerySet",
]
