"""Events and when they happen, programmes, trails, sign-ups, other agendas."""

from maillage.agenda.models.events import (
    Event as Event,
    EventQuerySet as EventQuerySet,
)
from maillage.agenda.models.exchange import Feed as Feed, Remote as Remote
from maillage.agenda.models.occurrences import (
    Occurrence as Occurrence,
    OccurrenceQuerySet as OccurrenceQuerySet,
    Series as Series,
)
from maillage.agenda.models.programmes import (
    Coordinator as Coordinator,
    Labelling as Labelling,
    Programme as Programme,
)
from maillage.agenda.models.signups import SignUp as SignUp
from maillage.agenda.models.trails import Stop as Stop, Trail as Trail
