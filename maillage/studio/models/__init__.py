"""What an action changes and how one knows; works that are made together."""

from maillage.studio.models.evaluation import (
    Answer,
    Evaluation,
    EvaluationQuerySet,
    Indicator,
    LogicRow,
    Risk,
    Round,
)
from maillage.studio.models.projects import (
    BudgetLine,
    JournalEntry,
    Partner,
    Project,
    ProjectQuerySet,
    Task,
)

__all__ = [
    "Answer",
    "BudgetLine",
    "Evaluation",
    "EvaluationQuerySet",
    "Indicator",
    "JournalEntry",
    "LogicRow",
    "Partner",
    "Project",
    "ProjectQuerySet",
    "Risk",
    "Round",
    "Task",
]
