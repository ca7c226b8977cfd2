"""« Avec le passeport »: a filter of the agenda, from what the pass gives."""

from django.utils.translation import gettext_lazy as _

from maillage.agenda.models import Event
from maillage.core.marks import Mark, register
from maillage.directory.models import Place
from maillage.passport.services.benefit_events import FACET, giving

PASS = Mark(
    kind=Event.code,
    facet=FACET,
    value="benefit",
    label=_("Passeport"),
    value_label=_("avec le passeport"),
    holders=giving,
    follows=(Place.code,),
    badge=_("avantage passeport"),
    quick=_("Avec le passeport"),
    word="avec-le-passeport",
)

register(PASS)
