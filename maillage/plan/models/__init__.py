"""The plan: its text as a tree, what is done about it, who decides."""

from maillage.plan.models.actions import (
    Action as Action,
    Adoption as Adoption,
    BudgetLine as BudgetLine,
    Declination as Declination,
    Evidence as Evidence,
    Milestone as Milestone,
    OwnFigure as OwnFigure,
    OwnIndicator as OwnIndicator,
)
from maillage.plan.models.boards import FrozenFile as FrozenFile
from maillage.plan.models.committee import (
    College as College,
    Committee as Committee,
    Mandate as Mandate,
    Seat as Seat,
    Validation as Validation,
)
from maillage.plan.models.consultation import (
    Consultation as Consultation,
    Contribution as Contribution,
    Participant as Participant,
    Session as Session,
    Synthesis as Synthesis,
    Workshop as Workshop,
)
from maillage.plan.models.meetings import (
    AgendaItem as AgendaItem,
    Attendance as Attendance,
    DatedNote as DatedNote,
    Decision as Decision,
    Document as Document,
    Meeting as Meeting,
    Recusal as Recusal,
)
from maillage.plan.models.tree import Node as Node, Plan as Plan
from maillage.plan.models.votes import (
    Ballot as Ballot,
    PublicVote as PublicVote,
    Vote as Vote,
)
