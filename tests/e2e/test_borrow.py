"""A library borrows: from the page of an exhibition to the loan, with and without JS."""

import datetime as dt
import re

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from maillage.circulation.models import Host, Loan, LoanRequest
from tests.factories.accounts import UserFactory
from tests.factories.circulation import CopyFactory, HostFactory, LoanRequestFactory
from tests.factories.directory import MembershipFactory
from tests.factories.territories import CommuneFactory

TODAY = timezone.localdate()
START = TODAY + dt.timedelta(60)
END = START + dt.timedelta(30)
DAYS = f"?debut={START}&fin={END}"


@pytest.fixture
def copy():
    return CopyFactory(
        resource__lent=True, resource__sheet=True, resource__listed=True,
        resource__name="Sous nos pieds",
    )  # fmt: skip


@pytest.fixture
def host():
    return HostFactory(name="Médiathèque du Bourg", host_surface_m2=40)


def new_url(copy, live_server):
    path = reverse("circulation:request_new", args=[copy.resource.slug])
    return live_server.url + path


def test_a_library_asks_in_three_clicks(page, live_server, sign_in, copy, host):
    sign_in(page, host.created_by)
    LoanRequestFactory(host=host)  # the form knows the host from last time
    page.goto(live_server.url + copy.resource.get_absolute_url())

    page.get_by_role("link", name="Demander à emprunter").click()
    expect(page.get_by_label("Où l’accueillir")).to_have_value(str(host.pk))
    page.get_by_label("À partir du").first.fill(START.isoformat())
    page.get_by_label("Jusqu’au").first.fill(END.isoformat())
    page.locator("#ask .form-actions").get_by_role(
        "button", name="Envoyer la demande"
    ).click()

    page.wait_for_url(re.compile(r"/demandes/\d+/$"))
    expect(page.get_by_text("Votre demande est envoyée")).to_be_visible()
    assert LoanRequest.objects.filter(resource=copy.resource, host=host).count() == 1


def test_the_estimate_follows_what_is_typed(page, live_server, sign_in, copy, host):
    sign_in(page, host.created_by)
    page.goto(new_url(copy, live_server) + DAYS)
    estimate = page.locator("#estimate")
    expect(estimate.get_by_text("n’offre que 40")).to_be_visible()
    expect(estimate.get_by_text("Libre")).to_be_visible()

    page.get_by_label("Durée de l’emprunt").fill("7")
    page.get_by_label("Durée de l’emprunt").press("Tab")
    expect(estimate.get_by_text("80 €", exact=True)).to_be_visible()
    page.get_by_label("Durée de l’emprunt").fill("90")
    page.get_by_label("Durée de l’emprunt").press("Tab")
    expect(estimate.get_by_text("60 jours au plus")).to_be_visible()


def test_a_host_is_added_without_losing_what_is_typed(
    page, live_server, sign_in, copy, host
):
    CommuneFactory(amiens=True)
    sign_in(page, host.created_by)
    page.goto(new_url(copy, live_server) + DAYS)
    page.get_by_label("Message au propriétaire").fill("Pour la fête de la science")
    expect(page.get_by_role("heading", name="Ajouter un lieu")).to_be_hidden()

    page.get_by_label("Où l’accueillir").select_option("")
    page.locator("[name=lieu-name]").fill("École du Marais")
    page.locator("[name=lieu-kind]").select_option("association")
    page.locator("[name=lieu-commune]").fill("Amiens")
    page.locator("[name=lieu-commune]").press("Tab")
    expect(page.locator("#estimate").get_by_text("km aller et retour")).to_be_visible()
    page.locator("#ask .form-actions").get_by_role(
        "button", name="Envoyer la demande"
    ).click()

    page.wait_for_url(re.compile(r"/demandes/\d+/$"))
    expect(page.get_by_text("Pour la fête de la science")).to_be_visible()
    assert Host.objects.filter(name="École du Marais").count() == 1


def test_without_javascript_from_the_exhibition_to_the_loan(
    plain, live_server, sign_in, copy, host
):
    page, owner = plain, UserFactory()
    MembershipFactory(structure=copy.resource.owner, user=owner)
    sign_in(page, host.created_by)
    page.goto(live_server.url + copy.resource.get_absolute_url())
    page.get_by_role("link", name="Demander à emprunter").click()
    page.locator("[name=start_1]").fill(START.isoformat())
    page.locator("[name=end_1]").fill(END.isoformat())
    page.get_by_role("button", name="Voir l’estimation").click()
    expect(page.locator("#estimate").get_by_text("Libre")).to_be_visible()
    page.locator("#ask .form-actions").get_by_role(
        "button", name="Envoyer la demande"
    ).click()
    expect(page.get_by_text("Votre demande est envoyée")).to_be_visible()
    address = page.url

    sign_in(page, owner)
    page.goto(live_server.url + reverse("portal:my_space"))
    page.get_by_role("link", name=re.compile("^Répondre D")).click()
    assert page.url == address
    page.get_by_role("button", name="Accepter ces dates").click()

    expect(page.get_by_text("Le prêt est confirmé")).to_be_visible()
    loan = Loan.objects.get()
    assert loan.host == host
    assert loan.hold.copy == copy


def test_the_pages_of_requests_have_no_fault(
    screen, live_server, sign_in, faults, copy
):
    agency = sign_in(screen, role="agency")
    host = HostFactory(created_by=agency)
    asked = LoanRequestFactory(
        resource=copy.resource, host=host, windows=[(START, END)], message="Bonjour"
    )
    addresses = [
        new_url(copy, live_server) + DAYS,
        live_server.url + reverse("circulation:request_new_theme"),
        live_server.url + asked.get_absolute_url(),
        live_server.url + reverse("circulation:request_list"),
        live_server.url + reverse("circulation:host_list"),
        live_server.url + reverse("circulation:host_edit", args=[host.pk]),
    ]
    for address in addresses:
        screen.goto(address)
        for summary in screen.locator("main details:not([open]) > summary").all():
            if summary.is_visible():
                summary.click()
        assert faults(screen) == [], address
        wide = screen.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{address} is {wide} px too wide"
