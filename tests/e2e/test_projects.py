"""A work made together, from the first line to its public page."""

import datetime as dt
import io

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect
from pypdf import PdfWriter

from maillage.catalogue.models import RevenueKey
from maillage.studio.models import Partner, PartnerCall, Project
from tests.factories.catalogue import ResourceFactory
from tests.factories.directory import MembershipFactory, StructureFactory
from tests.factories.studio import (
    BudgetLineFactory,
    FileVersionFactory,
    PartnerAnswerFactory,
    PartnerCallFactory,
    PartnerFactory,
    ProjectFactory,
)


def a_pdf():
    writer, out = PdfWriter(), io.BytesIO()
    writer.add_blank_page(100, 100)
    writer.write(out)
    return {"name": "plan.pdf", "mimeType": "application/pdf", "buffer": out.getvalue()}


def test_a_work_is_made_together_and_shown(page, plain, live_server, sign_in):
    lead = MembershipFactory(structure__name="Le Forum", structure__listed=True)
    partner = MembershipFactory(structure__name="La Fabrique", structure__listed=True)
    resource = ResourceFactory(name="Malle du son", owner=lead.structure, listed=True)
    StructureFactory(name="L’Atelier", production_tools=["woodwork"], listed=True)

    # A project, and what it lacks.
    sign_in(page, lead.user)
    page.goto(f"{live_server.url}/mon-espace/")
    page.get_by_role("link", name="Commencer une coproduction").click()
    page.get_by_label("Titre").fill("Une malle sur le son")
    page.get_by_label("Ressource du catalogue").select_option(str(resource.pk))
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("heading", name="Il manque un partenaire")).to_be_visible()
    expect(page.get_by_role("link", name="L’Atelier")).to_be_visible()

    # A call for partners.
    page.get_by_role("link", name="Lancer un appel à partenaires").click()
    page.get_by_label("Titre").fill("Un atelier pour la malle")
    page.get_by_label("Ce qui est cherché").fill("Dix boîtes en bois.")
    last = timezone.localdate() + dt.timedelta(10)
    page.get_by_label("Dernier jour").fill(last.isoformat())
    page.get_by_role("button", name="Ouvrir l’appel").click()
    project, call = Project.objects.get(), PartnerCall.objects.get()
    assert "production" in call.roles

    # Somebody answers, without JavaScript.
    sign_in(plain, partner.user)
    plain.goto(f"{live_server.url}/appels-a-partenaires/")
    plain.get_by_role("link", name="Un atelier pour la malle").click()
    plain.get_by_role("link", name="Répondre", exact=True).click()
    plain.get_by_label("production").check()
    plain.get_by_label("Ce que vous proposez").fill("Nous avons un atelier.")
    plain.get_by_role("button", name="Envoyer la réponse").click()
    expect(plain.get_by_text("en attente")).to_be_visible()

    # Accepted, with its share, its task.
    sign_in(page, lead.user)
    here = live_server.url + project.get_absolute_url()
    page.goto(here)
    page.get_by_label("Votre mot").fill("Bienvenue !")
    page.get_by_role("button", name="Accepter La Fabrique").click()
    for name, share, credit in (
        ("Le Forum", "60", "textes"),
        ("La Fabrique", "40", "fabrication"),
    ):
        page.get_by_role("rowheader").get_by_role("link", name=name).click()
        page.get_by_label("Part des recettes").fill(share)
        page.get_by_label("Crédit").fill(credit)
        page.get_by_role("button", name="Enregistrer").click()
    page.get_by_role("link", name="Ajouter une tâche").click()
    page.get_by_label("Tâche").fill("Scier les planches")
    page.get_by_label("Partenaire").select_option(label="La Fabrique")
    page.get_by_label("Pour le").fill(last.isoformat())
    page.get_by_role("button", name="Enregistrer").click()

    # The partner does it, brings a file, agrees.
    sign_in(plain, partner.user)
    plain.goto(here)
    plain.get_by_role("button", name="C’est fait Scier les planches").click()
    plain.get_by_role("link", name="Ajouter un fichier").click()
    plain.get_by_label("Titre").fill("Plan de la malle")
    plain.get_by_label("Fichier").set_input_files(a_pdf())
    plain.get_by_role("button", name="Ajouter").click()
    expect(
        plain.get_by_role("link", name="Plan de la malle", exact=True)
    ).to_be_visible()
    plain.get_by_role("button", name="La Fabrique est d’accord").click()
    expect(plain.get_by_text("parts appliquées")).to_be_visible()
    keys = RevenueKey.objects.filter(resource=resource).order_by("-parts")
    assert [key.parts for key in keys] == [6_000, 4_000]

    # The page opens to all.
    sign_in(page, lead.user)
    page.goto(here)
    page.get_by_role("button", name="Montrer sur la page publique").click()
    page.get_by_role("button", name="Ouvrir la page publique").click()
    plain.context.clear_cookies()
    plain.goto(f"{live_server.url}/faits-ensemble/")
    plain.get_by_role("link", name="Une malle sur le son").click()
    expect(plain.get_by_text("fabrication").first).to_be_visible()
    expect(
        plain.get_by_role("link", name="Plan de la malle", exact=True)
    ).to_be_visible()
    plain.get_by_role("link", name="Voir la ressource au catalogue").click()
    expect(plain.get_by_role("heading", name="Crédits")).to_be_visible()


@pytest.mark.parametrize(
    "what",
    [
        "project",
        "call",
        "calls",
        "answer",
        "new_call",
        "file",
        "work",
        "works",
        "space",
    ],
)
def test_pages_of_works_have_no_fault(what, screen, live_server, sign_in, faults):
    project = ProjectFactory(open=True, summary="Dix expériences pour les écoles.")
    PartnerFactory(project=project, credit="scénographie", revenue_bps=5_000)
    BudgetLineFactory(project=project)
    project.tasks.create(label="Dessiner", due_on=dt.date(2020, 1, 4))
    version = FileVersionFactory(file__project=project, file__audience="public")
    call = PartnerCallFactory(project=project, roles=["production", "validation"])
    PartnerAnswerFactory(call=call)
    StructureFactory(know_how=["making", "research"], listed=True)
    if what in ("work", "works"):
        Partner.objects.update(agreed_at=timezone.now())
    else:
        member = MembershipFactory(structure=project.lead)
        other = MembershipFactory(structure__listed=True)
        sign_in(screen, other.user if what == "answer" else member.user)
    url = {
        "project": project.get_absolute_url(),
        "call": call.get_absolute_url(),
        "calls": reverse("studio:partner_call_list"),
        "answer": reverse("studio:partner_answer_new", args=[call.pk]),
        "new_call": reverse("studio:partner_call_new", args=[project.pk]),
        "file": reverse(
            "studio:project_file_version", args=[project.pk, version.file_id]
        ),
        "work": reverse("studio:work_detail", args=[project.pk]),
        "works": reverse("studio:work_list"),
        "space": reverse("portal:my_space"),
    }[what]
    answer = screen.goto(live_server.url + url)

    assert answer.status == 200
    assert faults(screen) == []
    wide = screen.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0
