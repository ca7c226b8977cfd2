"""A structure proposes an action, the agency publishes and freezes it; axe looks on."""

import datetime as dt

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from maillage.core import listing
from maillage.plan.models import Action, FrozenFile
from tests.factories.agenda import EventFactory
from tests.factories.directory import MembershipFactory
from tests.factories.plan import (
    ActionFactory,
    BudgetLineFactory,
    DeclinationFactory,
    EvidenceFactory,
    MilestoneFactory,
    NodeFactory,
)


@pytest.fixture(autouse=True)
def _new_shelf():
    listing.forget()


@pytest.fixture
def lead():
    axis = NodeFactory(code="II", kind="axis", title="Diffuser partout", path="002", summary="Un axe.")  # fmt: skip
    return NodeFactory(
        code="II.a", title="Une répartition équilibrée", path="002.001", parent=axis,
        short="Répartition", summary="Une piste.", place="Chapitre V",
    )  # fmt: skip


def at(live_server, name, *args):
    return live_server.url + reverse(f"plan:{name}", args=args)


def test_an_action_goes_from_a_lead_to_the_frozen_file(
    plain, live_server, sign_in, lead
):
    member = MembershipFactory()
    EventFactory(owner=member.structure, name="Nuit des étoiles", at="2026-03-06T20:00")
    page = plain
    sign_in(page, member.user)
    page.goto(at(live_server, "home"))
    page.get_by_role("link", name="Répartition").click()
    page.get_by_role("link", name="Proposer une action").click()
    page.get_by_label("Titre").fill("Tournée des villages")
    page.get_by_label("Premier jour").fill("2026-01-01")
    page.get_by_label("Dernier jour").fill("2026-12-31")
    page.get_by_label("Coût total").fill("1000")
    page.get_by_label("Année, ligne 1").fill("2026")
    page.get_by_label("Financeur, ligne 1").fill("Région")
    page.get_by_label("Prévu, ligne 1").fill("999,99")
    page.get_by_role("button", name="Proposer").click()
    expect(page.get_by_text("Il manque 0,01 € de financement.")).to_be_visible()
    page.get_by_role("link", name="Lier une preuve").first.click()
    page.get_by_role("button", name="Lier Nuit des étoiles").click()
    expect(page.get_by_text("La preuve est liée à l’action.")).to_be_visible()
    action = Action.objects.get()
    assert action.evidence.get().happened_on == dt.date(2026, 3, 6)

    sign_in(page, role="agency")
    page.goto(live_server.url + action.get_absolute_url())
    page.get_by_role("button", name="Publier").click()
    page.goto(at(live_server, "frozen_list"))
    page.get_by_role("button", name="Figer").click()
    Action.objects.all().delete()
    page.goto(live_server.url + FrozenFile.objects.get().get_absolute_url())
    page.get_by_role("button", name="Vérifier l’empreinte").click()
    expect(page.get_by_text("intact", exact=True).first).to_be_visible()
    expect(page.get_by_text("999,99").first).to_be_visible()


def test_the_plan_is_searched_in_place(page, live_server, lead):
    page.goto(at(live_server, "home"))
    page.get_by_label("Chercher dans le plan").fill("equilibree")
    page.get_by_role("button", name="Chercher").last.click()

    expect(page.locator("#found")).to_contain_text("1 partie du plan")
    assert "q=equilibree" in page.url


def test_axe_finds_nothing_on_the_plan(screen, live_server, sign_in, lead, faults):
    agency = sign_in(screen, role="agency")
    actions = [
        ActionFactory(node=lead, status=status, cost_cents=100_00, is_example=True)
        for status in ("planned", "under_way", "done", "suspended", "abandoned")
    ]
    for action in actions:
        MilestoneFactory(action=action, due_on=dt.date(2026, 2, 1))
        BudgetLineFactory(action=action, spent_cents=5)
        EvidenceFactory(action=action)
    row = DeclinationFactory()
    row.adoptions.create(node=lead)
    own = row.own_indicators.create(name="Classes", unit="classes", target=3)
    own.figures.create(year=2026, value=1.5)
    frozen = FrozenFile.objects.create(
        plan=lead.plan, year=2026, title="2026", taken_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        taken_by=agency, digest="0" * 64,
        content='{"actions":[],"day":"2026-01-01","format":1,"nodes":[],"plan":{"title":"Plan"},"total":{"actions":0,"forecast_cents":0,"leads":0,"leads_taken":0,"percent":null,"spent_cents":0,"statuses":{}}}',
    )  # fmt: skip
    slug = actions[0].slug
    paths = {
        "home": at(live_server, "home"),
        "nothing": f"{at(live_server, 'home')}?q=introuvable",
        "node": live_server.url + lead.get_absolute_url(),
        "actions": at(live_server, "action_list"),
        "action": at(live_server, "action_detail", slug),
        "new": at(live_server, "action_new"),
        "edit": at(live_server, "action_edit", slug),
        "import": at(live_server, "action_import"),
        "evidence": at(live_server, "evidence_add", slug),
        "gaps": at(live_server, "gap_list"),
        "board": at(live_server, "board"),
        "frozen": at(live_server, "frozen_list"),
        "frozen file": f"{at(live_server, 'frozen_detail', frozen.pk)}?verifier=1",
        "declinations": at(live_server, "declination_list"),
        "declination": live_server.url + row.get_absolute_url(),
        "declination form": at(live_server, "declination_edit", row.slug),
    }
    found = {}
    for name, path in paths.items():
        screen.goto(path)
        wide = screen.evaluate("document.documentElement.scrollWidth > innerWidth")
        if bad := [*faults(screen), *(["too wide"] if wide else [])]:
            found[name] = bad

    assert found == {}


LETTERS = """() => [...document.querySelectorAll(".chart-svg")]
  .filter((svg) => svg.getClientRects().length)
  .flatMap((svg) => {
    const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
    return [...svg.querySelectorAll("text")].map(
      (text) => parseFloat(getComputedStyle(text).fontSize) * scale);
  })"""


@pytest.mark.parametrize("width", [390, 1280])
def test_letters_of_the_board_are_large_enough_to_read(
    new_context, watch, live_server, lead, faults, width
):
    action = ActionFactory(node=lead)
    BudgetLineFactory(action=action)
    page = watch(new_context(viewport={"width": width, "height": 844}).new_page())

    page.goto(at(live_server, "board"))

    expect(page.get_by_role("img")).to_have_count(3)  # of two sizes, one is shown
    assert min(page.evaluate(LETTERS)) >= 11
    assert faults(page) == []
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
