"""Calls for projects, what is asked of them, what is read, decided and paid."""

from maillage.calls.models.applications import (
    Application,
    ApplicationAuthor,
    ApplicationQuerySet,
    ApplicationStep,
    Attachment,
    PartnerStructure,
    RevisionRequest,
    Submission,
)
from maillage.calls.models.calls import (
    Call,
    CallQuerySet,
    CallQuestion,
    Criterion,
    FormVersion,
)
from maillage.calls.models.envelopes import (
    EnvelopeLine,
    EnvelopeMinimum,
    EnvelopePlan,
)
from maillage.calls.models.grants import (
    Amendment,
    Decision,
    Grant,
    GrantStep,
    Instalment,
    ReportDue,
    SentReminder,
)
from maillage.calls.models.programmes import (
    FundingFollow,
    FundingProgramme,
    ProgrammeDate,
)
from maillage.calls.models.reviews import (
    DeclaredConflict,
    Review,
    Reviewer,
    ReviewRound,
    Score,
)

__all__ = [
    "Amendment",
    "Application",
    "ApplicationAuthor",
    "ApplicationQuerySet",
    "ApplicationStep",
    "Attachment",
    "Call",
    "CallQuerySet",
    "CallQuestion",
    "Criterion",
    "Decision",
    "DeclaredConflict",
    "EnvelopeLine",
    "EnvelopeMinimum",
    "EnvelopePlan",
    "FormVersion",
    "FundingFollow",
    "FundingProgramme",
    "Grant",
    "GrantStep",
    "Instalment",
    "PartnerStructure",
    "ProgrammeDate",
    "ReportDue",
    "Review",
    "ReviewRound",
    "Reviewer",
    "RevisionRequest",
    "Score",
    "SentReminder",
    "Submission",
]
