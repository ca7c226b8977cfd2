"""From a call to a receipt: with JavaScript, without, two people at once, and axe."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from maillage.calls.choices import ApplicationState
from maillage.calls.models import Application, Call, Submission
from maillage.calls.services.form_editing import making_of
from maillage.calls.services.submitting import ask_revision, submit
from tests.calls.written import fill
from tests.factories.accounts import UserFactory
from tests.factories.calls import (
    SIRET,
    ApplicationFactory,
    CallFactory,
    CallQuestionFactory,
)
from tests.factories.directory import MembershipFactory
from tests.factories.territories import CommuneFactory


@pytest.fixture
def member():
    CommuneFactory(lille=True)
    return MembershipFactory(structure__siret=SIRET)


@pytest.fixture
def draft(member):
    row = ApplicationFactory(structure=member.structure, by=member.user)
    fill(row, by=member.user, now=timezone.now())
    return row


def at(live_server, name, *args):
    return live_server.url + reverse(f"calls:{name}", args=args)


def write_all(page, *, waits):
    """Write the four parts; ``waits`` says that the page keeps what is typed by itself."""
    page.get_by_role("radio", name="Non").check()
    if waits:
        expect(page.get_by_label("Numéro RNA")).to_be_hidden()
    page.get_by_role("button", name="Enregistrer et continuer").click()
    page.get_by_label("Titre du projet").fill("Un bus des sciences")
    if waits:
        expect(page.get_by_text("Enregistré à")).to_be_visible()
    page.get_by_label("Résumé").fill("Dix villages.")
    page.get_by_label("Description").fill("Dix ateliers dans dix villages.")
    page.get_by_label("Physique").first.check()
    page.get_by_label("Commune où").fill("Lille")
    page.get_by_role("button", name="Enregistrer et continuer").click()
    page.get_by_label("Dépenses, Poste, ligne 1").fill("Bus")
    page.get_by_label("Dépenses, Montant (€), ligne 1").fill("5 000,01")
    page.get_by_label("Recettes, Poste, ligne 1").fill("Aide")
    page.get_by_label("Recettes, Montant (€), ligne 1").fill("4 000")
    page.get_by_label("Recettes, Poste, ligne 2").fill("Commune")
    page.get_by_label("Recettes, Montant (€), ligne 2").fill("1 000")
    page.get_by_label("Montant demandé").fill("4 000")
    page.get_by_role("button", name="Enregistrer et continuer").click()
    page.get_by_label("Je certifie").check()
    page.get_by_role("button", name="Enregistrer et relire").click()
    expect(page.get_by_text("Il manque 0,01").first).to_be_visible()
    page.get_by_role("link", name="Budget du projet").click()
    page.get_by_label("Recettes, Montant (€), ligne 2").fill("1 000,01")
    page.get_by_role("button", name="Relire et déposer").click()
    page.get_by_role("button", name="Déposer la candidature").click()
    expect(page.get_by_text("Votre candidature est déposée.")).to_be_visible()


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
def test_a_member_applies(page, plain, live_server, sign_in, member, script):
    window = page if script else plain
    call = CallFactory(title="Sciences en partage")
    sign_in(window, member.user)
    window.goto(at(live_server, "call_list"))
    window.get_by_role("link", name="Sciences en partage").click()
    window.get_by_role("link", name="Candidater").click()
    window.get_by_role("button", name="Commencer").click()
    expect(window.get_by_label("SIRET de la structure")).to_have_value(SIRET)

    write_all(window, waits=script)

    row = Application.objects.get()
    assert row.state == ApplicationState.SUBMITTED
    assert row.requested_cents == 400_000
    assert row.total_cents == 500_001
    assert row.call == call
    expect(window.get_by_role("link", name="Accusé de réception (PDF)")).to_be_visible()
    assert Submission.objects.get().digest in window.content()


def test_two_people_who_write_one_answer_keep_both_texts(
    page, live_server, sign_in, member, draft
):
    sign_in(page, member.user)
    page.goto(f"{at(live_server, 'application_write', draft.number)}?partie=project")
    fill(draft, by=UserFactory(display_name="Zoé"), page="z", title="Celui de Zoé")
    Application.objects.filter(pk=draft.pk).update(
        answers=draft.answers | {"title": "Celui de Zoé"},
        marks=draft.marks | {"title": {"n": 5, "by": "Zoé", "at": "", "page": "z"}},
        asides={},
    )

    page.get_by_label("Titre du projet").fill("Le mien")
    page.get_by_role("link", name="choisir").click()
    expect(page.get_by_label("Titre du projet")).to_have_value("Celui de Zoé")
    page.get_by_role("button", name="Prendre ce texte").click()

    expect(page.get_by_label("Titre du projet")).to_have_value("Le mien")


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
def test_the_agency_writes_a_call(page, plain, live_server, sign_in, script):
    window = page if script else plain
    sign_in(window, UserFactory(agency=True))
    window.goto(at(live_server, "call_desk"))
    window.get_by_role("link", name="Écrire un appel").click()
    window.get_by_label("Titre").fill("Une science à soi")
    window.get_by_label("Texte de l’appel").fill("Pour qui, pour quoi.")
    start = timezone.localtime()
    for label, days in (("Ouverture", -1), ("Clôture", 20)):
        day = start + dt.timedelta(days=days)
        window.get_by_label(label).fill(f"{day:%Y-%m-%dT12:00:00}")
    window.get_by_label("Enveloppe").fill("50 000")
    window.get_by_role("button", name="Enregistrer").click()
    window.get_by_role("link", name="Modifier les critères").click()
    window.get_by_label("Critère").first.fill("Intérêt")
    window.get_by_role("button", name="Enregistrer").click()
    window.get_by_role("link", name="Modifier le formulaire").click()
    window.get_by_role("link", name="Ajouter une question").last.click()
    window.get_by_label("Question", exact=False).first.fill(
        "Comment nous avez-vous connus ?"
    )
    window.get_by_label("Genre de réponse").select_option("choice")
    window.get_by_label("Choix", exact=True).fill("Par la lettre\nPar un ami")
    window.get_by_role("button", name="Enregistrer").click()
    expect(window.get_by_text("Comment nous avez-vous connus").first).to_be_visible()
    window.get_by_role("link", name="Aperçu").click()
    expect(window.get_by_label("Par la lettre")).to_be_visible()
    window.goto(at(live_server, "call_manage", Call.objects.get().slug))
    window.get_by_role("button", name="Publier l’appel").click()
    expect(window.get_by_text("L’appel est publié.")).to_be_visible()

    assert Call.objects.get().is_open(timezone.now())


def addresses(live_server, call, draft, sent):
    number = draft.number
    return {
        "call_list": [], "call_detail": [call.slug], "call_ask": [call.slug],
        "application_start": [call.slug], "application_list": [],
        "application_detail": [number], "application_write": [number],
        "application_send": [number], "application_authors": [number],
        "application_withdraw": [number], "application_version": [sent.number, 2],
    }  # fmt: skip


def agency_addresses(call, sent):
    names = ("call_manage", "call_edit", "call_criteria", "call_questions", "call_delay",
             "call_builder", "builder_section_new", "builder_question_new",
             "builder_preview", "application_desk")  # fmt: skip
    found = {name: [call.slug] for name in names}
    own = ("detail", "check", "revision")
    return found | {
        "call_desk": [],
        "call_new": [],
        **{f"application_{name}": [sent.number] for name in own},
    }


@pytest.fixture
def sent(member):
    """Sent, revised and sent again."""
    row = ApplicationFactory(structure=member.structure, by=member.user)
    now = timezone.now()
    fill(row, by=member.user, now=now)
    submit(row, by=member.user, now=now)
    ask_revision(
        row, sections=[], reason="Une date ?", until=now + dt.timedelta(1),
        by=UserFactory(agency=True), now=now,
    )  # fmt: skip
    fill(row, by=member.user, now=now, description="En mars.")
    submit(row, by=member.user, now=now)
    return row


def look(screen, faults, live_server, paths):
    found = {}
    for name, args in paths.items():
        screen.goto(at(live_server, name, *args))
        wide = screen.evaluate("document.documentElement.scrollWidth > innerWidth")
        if bad := [*faults(screen), *(["too wide"] if wide else [])]:
            found[name] = bad
    return found


def test_axe_finds_nothing_for_applicants(
    screen, live_server, sign_in, member, draft, sent, faults
):
    call = draft.call
    CallQuestionFactory(
        call=call, answer="Oui.", is_public=True, answered_at=timezone.now()
    )
    draft.asides = {
        "siret": [{"value": "x", "by": "Zoé", "at": timezone.now().isoformat()}],
        "partie": [{"value": "y", "label": "Ancienne question", "kind": "text", "why": "form"}],
    }  # fmt: skip
    draft.save()
    sign_in(screen, member.user)

    paths = addresses(live_server, call, draft, sent)
    assert look(screen, faults, live_server, paths) == {}


def test_axe_finds_nothing_for_the_agency(screen, live_server, sign_in, sent, faults):
    agency = UserFactory(agency=True)
    CallQuestionFactory(call=sent.call)
    making_of(sent.call, by=agency)
    sign_in(screen, agency)

    assert look(screen, faults, live_server, agency_addresses(sent.call, sent)) == {}
