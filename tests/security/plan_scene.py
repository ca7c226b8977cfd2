"""An action of the plan with its evidence, a declination, a frozen file."""

import datetime as dt

from django.utils import timezone

from maillage.plan.models import FrozenFile
from maillage.plan.services.board import board_data
from maillage.plan.services.freezing import canonical, digest_of
from maillage.plan.services.reading import read_in_force
from tests.factories.plan import (
    ActionFactory,
    DeclinationFactory,
    EvidenceFactory,
    NodeFactory,
)


def planned(structure):
    node = NodeFactory(code="I.1.a", slug="i-1-a")
    action = ActionFactory(node=node, owner=structure, slug="ateliers")
    evidence = EvidenceFactory(action=action)
    declination = DeclinationFactory(owner=structure, slug="notre-plan")
    today = dt.date(2026, 11, 23)
    text = canonical(board_data(read_in_force(today=today), today=today))
    frozen = FrozenFile.objects.create(
        plan=node.plan, year=2026, title="2026", taken_at=timezone.now(), content=text,
        digest=digest_of(text),
    )  # fmt: skip
    of_action = ("detail", "edit", "state")
    return {
        "plan:home": [],
        "plan:board": [],
        "plan:decision_list": [],  # calls have one too, of a call
        "node_detail": [node.slug],
        **{f"action_{name}": [action.slug] for name in of_action},
        "action_export": ["csv"],
        "evidence_add": [action.slug],
        "evidence_link": [action.slug, "event", 1],
        "evidence_delete": [action.slug, evidence.pk],
        "evidence_file": [evidence.pk],
        "board_export": ["csv"],
        "frozen_detail": [frozen.pk],
        "frozen_file": [frozen.pk, "json"],
        **{f"declination_{name}": [declination.slug] for name in of_action},
    }
