"""An evaluation: a team opens a round, somebody answers on a phone, the team reads."""

import datetime as dt
import re

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from maillage.studio.models import Answer, Round
from tests.factories.directory import MembershipFactory
from tests.factories.studio import (
    AnswerFactory,
    BudgetLineFactory,
    EvaluationFactory,
    IndicatorFactory,
    LogicRowFactory,
    ProjectFactory,
    RoundFactory,
)


def test_a_team_evaluates_and_somebody_answers_without_account(
    page, plain, live_server, sign_in
):
    sign_in(page, MembershipFactory().user)
    page.goto(f"{live_server.url}/mon-espace/")
    page.get_by_role("link", name="Évaluer une action").click()
    page.get_by_label("Titre").fill("Nuit des étoiles")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("L’enjeu n’est pas dit.")).to_be_visible()
    page.get_by_role("link", name="Ouvrir un recueil").click()
    page.get_by_label("Enfants de 6 à 10 ans").check()
    last = timezone.localdate() + dt.timedelta(3)
    page.get_by_label("Dernier jour").fill(last.isoformat())
    page.get_by_role("button", name="Ouvrir").click()
    expect(page.get_by_role("heading", name=re.compile("Recueil"))).to_be_visible()

    code = Round.objects.get().shown_code
    plain.goto(f"{live_server.url}/evaluer/")
    plain.get_by_label("Code").fill(code)
    plain.get_by_role("button", name="Continuer").click()
    plain.get_by_role("link", name="Avant l’activité").click()
    plain.get_by_role("group", name="J’aime les sciences.").get_by_label(
        "beaucoup"
    ).check()
    plain.get_by_role("button", name="Envoyer").click()
    expect(plain.get_by_role("heading", name="Merci")).to_be_visible()

    assert Answer.objects.get().values == {"like": 4}
    page.reload()
    expect(page.get_by_text("moins de dix réponses").first).to_be_visible()


@pytest.mark.parametrize("what", ["frame", "round", "answer", "code", "project"])
def test_pages_of_evaluations_have_no_fault(what, screen, live_server, sign_in, faults):
    evaluation = EvaluationFactory()
    row = LogicRowFactory(evaluation=evaluation)
    IndicatorFactory(row=row, target=300, source="comptage")
    round_ = RoundFactory(evaluation=evaluation)
    for moment in ("before", "after"):
        for value in range(10):
            AnswerFactory(round=round_, moment=moment, values={"like": 1 + value % 5})
    project = ProjectFactory(lead=evaluation.structure)
    BudgetLineFactory(project=project)
    sign_in(screen, MembershipFactory(structure=evaluation.structure).user)
    url = {
        "frame": evaluation.get_absolute_url(),
        "round": round_.get_absolute_url(),
        "answer": reverse("studio:answer_new", args=[round_.code, "apres"]),
        "code": reverse("studio:answer_code"),
        "project": project.get_absolute_url(),
    }[what]
    screen.goto(live_server.url + url)

    assert faults(screen) == []
    wide = screen.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0
