"""The form of a record, filled with what a proposal says."""

from typing import Any

from django.http import Http404

from maillage.accounts.http import Request
from maillage.agenda.forms_events import EventForm
from maillage.agenda.forms_trails import TrailForm
from maillage.catalogue.forms import ResourceForm
from maillage.core.models import Proposal
from maillage.core.services import target
from maillage.directory.forms import PlaceForm, StructureForm

FORMS: dict[str, type[Any]] = {
    "structure": StructureForm,
    "place": PlaceForm,
    "resource": ResourceForm,
    "event": EventForm,
    "trail": TrailForm,
}


def form_for(request: Request, proposal: Proposal) -> Any:
    """The form in which its author answers; 404 when the record is gone."""
    thing = target(proposal)
    if thing is None:
        raise Http404
    initial: dict[str, Any] = {}
    for name, value in proposal.after.items():
        field = thing._meta.get_field(name)
        if field.many_to_many:
            initial[name] = value
        else:
            setattr(thing, field.attname, field.to_python(value))
    return FORMS[proposal.target_kind](
        request.POST or None,
        request.FILES or None,
        instance=thing,
        user=request.user,
        initial=initial,
    )
