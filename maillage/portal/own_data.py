"""What concerns a person across all apps: erasing them, and their data as a file."""

import datetime as dt
import json
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from maillage.accounts.models import User
from maillage.accounts.services import erase_account, own_data
from maillage.agenda.services import signups
from maillage.calls.services import people as applicants
from maillage.circulation.services.people import forget_person, person_data
from maillage.core.models import Proposal
from maillage.core.services import withdraw
from maillage.directory.models import Invitation
from maillage.passport.services import holding
from maillage.plan.services import consultations, mandates
from maillage.studio.services import people as peers, project_people as co_producers
from maillage.surveys.services import people as respondents


@transaction.atomic
def leave_for_good(user: User, *, now: dt.datetime) -> None:
    """Erase a person: open proposals are withdrawn, published things stay.

    Refuses with ``last_administrator``.
    """
    for proposal in Proposal.objects.all().open().filter(author=user):
        withdraw(proposal, by=user, now=now)
    Invitation.objects.filter(email__iexact=user.email).delete()
    forget_person(user, now=now)
    respondents.forget_person(user)
    applicants.forget_person(user)
    peers.forget_person(user)
    holding.forget_person(user, now=now)
    signups.forget_person(user, now=now)
    consultations.forget_person(user)
    mandates.forget_person(user)
    erase_account(user)


def data_file(user: User, *, now: dt.datetime) -> str:
    """One's data as JSON text, with the history of the changes one made."""
    found: dict[str, Any] = {"exported_at": now, **own_data(user)}
    invitations = Invitation.objects.filter(email__iexact=user.email)
    found["invitations"] = list(
        invitations.values("structure__name", "role", "invited_at", "accepted_at")
    )
    found["circulation"] = person_data(user)
    found["surveys"] = respondents.person_data(user)
    found["calls"] = applicants.person_data(user)
    found["studio"] = peers.person_data(user)
    found["co_productions"] = co_producers.person_data(user)
    found["signups"] = signups.person_data(user)
    found["passport"] = holding.person_data(user)
    found["mandates"] = mandates.person_data(user)
    found["contributions"] = consultations.person_data(user)
    return json.dumps(found, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
