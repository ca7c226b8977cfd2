"""What an action changes and how one knows; works that are made together."""

from maillage.studio.models.assessment import (
    OVERALL,
    AssessmentAnswer,
    AssessmentGrid,
    AssessmentQuerySet,
    GridAnswer,
    SelfAssessment,
)
from maillage.studio.models.evaluation import (
    Answer,
    Evaluation,
    EvaluationQuerySet,
    Indicator,
    LogicRow,
    Risk,
    Round,
)
from maillage.studio.models.improving import (
    Improvement,
    ImprovementNote,
    ImprovementQuerySet,
    StudioReminder,
)
from maillage.studio.models.partners import (
    PartnerAnswer,
    PartnerAnswerQuerySet,
    PartnerCall,
    PartnerCallQuerySet,
)
from maillage.studio.models.project_files import (
    FileVersion,
    FileVersionQuerySet,
    ProjectFile,
)
from maillage.studio.models.projects import (
    BudgetLine,
    JournalEntry,
    Partner,
    Project,
    ProjectQuerySet,
    Task,
)
from maillage.studio.models.visits import (
    PeerVisit,
    PeerVisitQuerySet,
    VisitAnswer,
    VisitPoint,
    VisitReviewer,
    VisitSlot,
)

__all__ = [
    "OVERALL",
    "Answer",
    "AssessmentAnswer",
    "AssessmentGrid",
    "AssessmentQuerySet",
    "BudgetLine",
    "Evaluation",
    "EvaluationQuerySet",
    "FileVersion",
    "FileVersionQuerySet",
    "GridAnswer",
    "Improvement",
    "ImprovementNote",
    "ImprovementQuerySet",
    "Indicator",
    "JournalEntry",
    "LogicRow",
    "Partner",
    "PartnerAnswer",
    "PartnerAnswerQuerySet",
    "PartnerCall",
    "PartnerCallQuerySet",
    "PeerVisit",
    "PeerVisitQuerySet",
    "Project",
    "ProjectFile",
    "ProjectQuerySet",
    "Risk",
    "Round",
    "SelfAssessment",
    "StudioReminder",
    "Task",
    "VisitAnswer",
    "VisitPoint",
    "VisitReviewer",
    "VisitSlot",
]
