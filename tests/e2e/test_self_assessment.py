"""A team assesses itself, peers visit, a recommendation becomes an action."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from maillage.studio.models import Improvement, SelfAssessment
from tests.factories.assessment import (
    ImprovementFactory,
    PeerVisitFactory,
    SelfAssessmentFactory,
    VisitPointFactory,
    VisitReviewerFactory,
)
from tests.factories.directory import MembershipFactory


def test_a_team_assesses_itself_and_decides_what_to_work_on(page, live_server, sign_in):
    member = MembershipFactory(manager=True)
    sign_in(page, member.user)
    page.goto(f"{live_server.url}/evaluations/")
    page.get_by_role("link", name="Auto-évaluations").click()
    page.get_by_role("link", name="Commencer une auto-évaluation").click()
    page.get_by_role("button", name="Commencer").click()
    page.get_by_role("link", name="Commencer", exact=True).click()
    page.get_by_label("en chemin").check()
    page.get_by_label("Pourquoi ce niveau").fill("Le texte est ancien.")
    expect(page.get_by_text(re.compile("Gardé le"))).to_be_visible()
    row = SelfAssessment.objects.get()
    assert row.answers.get().comment == "Le texte est ancien."

    page.get_by_role("button", name="Enregistrer et continuer").click()
    expect(page.get_by_role("heading", name=re.compile("^1.2"))).to_be_visible()
    for slug in (
        one["slug"] for theme in row.grid.definition["theme"] for one in theme["standard"]
    ):  # fmt: skip
        row.answers.get_or_create(
            standard=slug, defaults={"level": 3, "changed_at": row.started_at}
        )
    page.goto(live_server.url + row.get_absolute_url())
    page.get_by_role("button", name="Terminer l’auto-évaluation").click()
    page.get_by_role("link", name=re.compile("Décider d’une action")).first.click()
    page.get_by_label("Ce que nous allons faire").fill("Relire la mission")
    page.get_by_label("Échéance").fill("2099-01-01")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("link", name="Relire la mission")).to_be_visible()
    assert Improvement.objects.get().standard == "mission"


@pytest.mark.parametrize(
    "what",
    ["grid", "list", "draft", "answer", "done", "compare", "visit", "report", "plan", "action"],
)  # fmt: skip
def test_pages_of_self_assessments_have_no_fault(
    what, screen, live_server, sign_in, faults
):
    member = MembershipFactory(manager=True)
    structure = member.structure
    draft = SelfAssessmentFactory(structure=structure)
    done = SelfAssessmentFactory(structure=structure, finished=True)
    SelfAssessmentFactory(
        structure=structure, finished=True, started_at="2026-01-05T09:00:00Z", level=3
    )
    visit = PeerVisitFactory(
        assessment=done, final=True, level=3, published_at="2026-01-05T09:00:00Z"
    )
    VisitReviewerFactory(visit=visit)
    VisitPointFactory(visit=visit)
    action = ImprovementFactory(structure=structure, due_on="2026-01-05")
    sign_in(screen, member.user)
    url = {
        "grid": reverse("studio:grid_detail"),
        "list": reverse("studio:assessment_list"),
        "draft": draft.get_absolute_url(),
        "answer": reverse("studio:assessment_answer", args=[draft.pk, "mission"]),
        "done": done.get_absolute_url(),
        "compare": reverse("studio:assessment_compare", args=[done.pk]),
        "visit": visit.get_absolute_url(),
        "report": reverse("studio:visit_report", args=[visit.pk]),
        "plan": reverse("studio:improvement_plan", args=[structure.slug]),
        "action": action.get_absolute_url(),
    }[what]
    screen.goto(live_server.url + url)

    assert faults(screen) == []
    wide = screen.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0


def test_a_peer_reads_beside_what_the_structure_says(page, live_server, sign_in):
    visit = PeerVisitFactory()
    visit.assessment.answers.filter(standard="mission").update(comment="Écrite en 2020")
    sign_in(page, VisitReviewerFactory(visit=visit).user)
    page.goto(live_server.url + visit.get_absolute_url())
    page.get_by_role("link", name="Écrire norme par norme").click()
    expect(page.get_by_text("Écrite en 2020")).to_be_visible()
    page.get_by_label("installé").check()
    page.get_by_role("button", name="Enregistrer et revenir").click()
    expect(page.get_by_role("heading", name="Deux regards")).to_be_visible()
    assert visit.answers.get().level == 3
