"""The pages of requests: who sees what, mistakes, pieces for htmx, what they cost."""

import csv
import datetime as dt
import io

import pytest
from django.urls import reverse
from django.utils import timezone
from python_calamine import load_workbook

from maillage.circulation.choices import RequestState
from maillage.circulation.models import Host, Loan, LoanRequest
from maillage.circulation.request_pages import next_step
from maillage.circulation.services.answers import Choice
from maillage.circulation.services.letters import period
from maillage.circulation.services.offers import offer_dates
from tests.factories.accounts import UserFactory
from tests.factories.catalogue import ResourceFactory
from tests.factories.circulation import (
    CopyFactory,
    HostFactory,
    LoanFactory,
    LoanRequestFactory,
)
from tests.factories.directory import MembershipFactory

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(1)
TODAY = timezone.localdate()
START = TODAY + dt.timedelta(60)
END = START + dt.timedelta(40)
HTMX = {"HX-Request": "true"}
TOKEN = "t" * 43


@pytest.fixture
def copy():
    return CopyFactory(resource__lent=True, resource__sheet=True)


@pytest.fixture
def host():
    return HostFactory(host_surface_m2=40)


@pytest.fixture
def asked(copy, host):
    return LoanRequestFactory(
        resource=copy.resource, host=host, windows=[(START, END)], message="Bonjour"
    )


@pytest.fixture
def owner(copy):
    return MembershipFactory(structure=copy.resource.owner).user


@pytest.mark.parametrize(
    ("state", "mine", "theirs"),
    [
        ("proposed", "à confirmer", "à confirmer"),
        ("confirmed", "Préparez l’accueil", "Préparez le départ"),
        ("departed", "En route vers vous", "En route vers le lieu d’accueil"),
        ("on_site", "Chez vous", "Chez le lieu d’accueil"),
        ("returning", "chemin du retour", "chemin du retour"),
        ("returned", "Prêt terminé", "Prêt terminé"),
        ("cancelled", "annulé", "annulé"),
    ],
)
def test_what_comes_next_follows_the_loan(asked, copy, state, mine, theirs):
    asked.state = RequestState.ACCEPTED
    LoanFactory(request=asked, copy=copy, host=asked.host, state=state)

    assert mine in str(next_step(asked, tab="mine")["step"])
    assert theirs in str(next_step(asked, tab="answer")["step"])


def form_of(host=None, **facts):
    return {
        "token": TOKEN,
        "host": host.pk if host else "",
        "duration_days": 21,
        "start_1": START.isoformat(),
        "end_1": END.isoformat(),
        "needs_transport": "on",
        **facts,
    }


def new_url(copy):
    return reverse("circulation:request_new", args=[copy.resource.slug])


# Asking -------------------------------------------------------------------------


def test_the_page_of_a_lent_resource_leads_to_the_form(client, copy):
    page = client.get(copy.resource.get_absolute_url()).content.decode()

    assert f'<a class="button" href="{new_url(copy)}">Demander à emprunter</a>' in page
    other = client.get(ResourceFactory().get_absolute_url()).content.decode()
    assert "Demander à emprunter" not in other


def test_the_form_is_filled_in_from_the_address_and_the_last_host(
    client, copy, host, asked
):
    HostFactory(created_by=host.created_by)
    client.force_login(host.created_by)

    address = f"{new_url(copy)}?debut={START}&fin={START + dt.timedelta(14)}"
    form = client.get(address).context["form"]

    assert form["host"].value() == host.pk
    assert form["start_1"].value() == START
    assert form["end_1"].value() == START + dt.timedelta(13)  # the last day, included
    assert form["duration_days"].value() == 14


@pytest.mark.parametrize(
    "query",
    ["debut=hier&fin=x", "debut=2027-02-31&fin=", "debut=%00", "fin=2026-01-01"],
)
def test_an_address_that_means_nothing_still_gives_the_form(client, copy, query):
    assert client.get(f"{new_url(copy)}?{query}").status_code == 200


def test_a_request_is_sent_once_however_often_the_button_is_pressed(client, copy, host):
    client.force_login(host.created_by)

    answers = [client.post(new_url(copy), form_of(host)) for _ in range(2)]

    asked = LoanRequest.objects.get()
    assert [a.headers["Location"] for a in answers] == [asked.get_absolute_url()] * 2
    (window,) = asked.windows.all()
    assert window.ends_on == END + dt.timedelta(1)  # people type the last day


def test_the_same_request_from_a_new_form_is_told_it_is_on_its_way(client, copy, host):
    client.force_login(host.created_by)
    client.post(new_url(copy), form_of(host))
    again = form_of(host, token="u" * 43)

    answer = client.post(new_url(copy), again)

    known = LoanRequest.objects.get()
    assert answer.status_code == 422
    assert known.reference in answer.content.decode()
    client.post(new_url(copy), {**again, "duration_days": 14})
    assert LoanRequest.objects.count() == 2


def test_a_host_is_added_on_the_same_page(client, copy, host):
    user = UserFactory()
    client.force_login(user)
    new = {"lieu-name": "Bibliothèque", "lieu-kind": "bibliotheque"}

    wrong = client.post(new_url(copy), form_of(message="Merci", **new))
    assert wrong.status_code == 422
    assert "Dites dans quelle commune" in wrong.content.decode()
    assert "Merci" in wrong.content.decode()
    assert not Host.objects.filter(created_by=user).exists()

    commune = host.commune.insee
    for _ in range(2):  # twice: one host, one request
        sent = client.post(new_url(copy), form_of(**new, **{"lieu-commune": commune}))
        assert sent.status_code == 302
    added = Host.objects.get(created_by=user)
    assert LoanRequest.objects.get().host == added


def test_a_host_is_not_kept_when_the_request_is_refused(client, copy, host):
    user = UserFactory()
    client.force_login(user)
    new = {"lieu-name": "B", "lieu-kind": "ecole", "lieu-commune": host.commune.insee}

    page = client.post(new_url(copy), form_of(duration_days=90, **new))

    assert page.status_code == 422
    assert not Host.objects.filter(created_by=user).exists()


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"duration_days": "90"}, "duration_days"),
        ({"duration_days": "0"}, "duration_days"),
        ({"start_1": ""}, "start_1"),
        ({"start_1": "2020-01-01"}, "start_1"),
        ({"end_1": START.isoformat()}, "start_1"),
        ({"end_1": "2020-01-01"}, "end_1"),
        ({"start_2": START.isoformat()}, "end_2"),
        ({"expected_pupils": "-1"}, "expected_pupils"),
    ],
)
def test_mistakes_are_beside_their_field_and_nothing_is_lost(
    client, copy, host, facts, field
):
    client.force_login(host.created_by)

    page = client.post(new_url(copy), form_of(host, message="Un mot", **facts))

    assert page.status_code == 422
    assert field in page.context["form"].errors
    assert "Un mot" in page.content.decode()
    assert not LoanRequest.objects.exists()


def test_the_host_of_somebody_else_is_not_in_the_list(client, copy, host):
    client.force_login(UserFactory())

    assert client.post(new_url(copy), form_of(host)).status_code == 422
    assert not LoanRequest.objects.exists()


def test_the_estimate_comes_alone_for_htmx_and_in_the_page_without(client, copy, host):
    client.force_login(host.created_by)
    data = form_of(host, check="1")

    piece = client.post(new_url(copy), data, headers=HTMX).content.decode()
    whole = client.post(new_url(copy), data).content.decode()

    for text in (piece, whole):
        assert "240" in text
        assert "Libre" in text
        assert "n’offre que 40" in text
    assert "<html" not in piece
    assert "<html" in whole
    assert not LoanRequest.objects.exists()


def test_half_a_form_is_no_accident(client, copy):
    for data in (
        {"check": "1"},
        {"check": "1", "duration_days": "x", "start_1": "9999-12-31"},
        {"check": "1", "start_1": "9999-12-30", "end_1": "9999-12-31"},
        {"check": "1", "host": "x", "lieu-commune": "Nulle part"},
    ):
        assert client.post(new_url(copy), data, headers=HTMX).status_code == 200


def test_what_is_taken_says_when_it_is_free(client, copy, host):
    client.force_login(host.created_by)
    copy.holds.create(kind="own_use", starts_on=TODAY, ends_on=END + dt.timedelta(90))

    page = client.post(new_url(copy), form_of(host, check="1"), headers=HTMX)

    assert "Prise" in page.content.decode()
    assert "Prochaine période libre" in page.content.decode()


def test_what_was_typed_is_there_after_signing_in(client, copy, host):
    sent = client.post(new_url(copy), form_of(message="Nos classes", **{
        "lieu-name": "École", "lieu-kind": "ecole", "lieu-commune": host.commune.insee,
    }))  # fmt: skip
    assert sent.status_code == 302
    assert sent.headers["Location"].startswith(reverse("account_login"))
    assert not LoanRequest.objects.exists()

    client.force_login(user := UserFactory())
    back = client.get(f"{new_url(copy)}?reprise=1")

    assert "Nos classes" in back.content.decode()
    assert "École" in back.content.decode()
    assert not Host.objects.filter(created_by=user).exists()


def test_a_resource_without_copy_leads_to_its_owner(client):
    resource = ResourceFactory()
    url = reverse("circulation:request_new", args=[resource.slug])

    page = client.get(url)

    assert page.status_code == 200
    assert "Contacter le propriétaire" in page.content.decode()
    assert client.post(url, form_of()).status_code == 200


def test_a_theme_is_asked_for_too(client, host):
    client.force_login(host.created_by)
    url = reverse("circulation:request_new_theme")

    assert client.post(url, form_of(host, theme="x")).status_code == 422
    assert client.post(url, form_of(host, theme="physics")).status_code == 302
    assert LoanRequest.objects.get().theme == "physics"


# Following ----------------------------------------------------------------------


def test_strangers_do_not_see_a_request_and_its_people_do(client, asked, owner):
    url = asked.get_absolute_url()
    assert client.get(url).status_code == 302

    client.force_login(UserFactory())
    assert client.get(url).status_code == 404
    for person in (asked.asked_by, owner, UserFactory(observer=True)):
        client.force_login(person)
        assert "Bonjour" in client.get(url).content.decode()


def test_each_side_sees_its_own_buttons(client, asked, owner):
    def buttons(person):
        client.force_login(person)
        text = client.get(asked.get_absolute_url()).content.decode()
        return "Accepter ces dates" in text, "Retirer la demande" in text

    assert buttons(asked.asked_by) == (False, True)
    assert buttons(owner) == (True, False)
    assert buttons(UserFactory(observer=True)) == (False, False)


def test_an_owner_accepts_and_comes_back_to_the_loan(client, asked, owner):
    client.force_login(owner)
    url = reverse("circulation:request_answer", args=[asked.pk])
    slot = client.get(asked.get_absolute_url()).context["slots"][0]["value"]

    sent = client.post(url, {"slot": slot, "decision": "accept"})

    assert sent.headers["Location"] == asked.get_absolute_url()
    loan = Loan.objects.get()
    assert loan.reference in client.get(asked.get_absolute_url()).content.decode()
    again = client.post(url, {"slot": slot, "decision": "accept"})
    assert again.status_code == 422
    assert "déjà acceptée" in again.content.decode()


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"decision": "steal"},
        {"decision": "accept"},
        {"decision": "accept", "slot": "x"},
        {"decision": "accept", "slot": "1:2"},
        {"decision": "accept", "slot": f"999999:{START}"},
        {"decision": "offer", "starts_on": "9999-12-31", "copy": "1"},
        {"decision": "offer"},
        {"decision": "season"},
        {"decision": "refuse", "answer": " "},
    ],
)
def test_an_answer_that_says_nothing_is_told_so(client, asked, owner, data):
    client.force_login(owner)

    url = reverse("circulation:request_answer", args=[asked.pk])
    page = client.post(url, data)

    assert page.status_code == 422
    assert page.context["problem"]
    asked.refresh_from_db()
    assert asked.state == RequestState.WAITING


def test_dates_are_offered_then_chosen(client, asked, owner, copy):
    client.force_login(owner)
    url = reverse("circulation:request_answer", args=[asked.pk])
    later = END + dt.timedelta(30)
    client.post(
        url, {"decision": "offer", "copy": copy.pk, "starts_on": later, "answer": "Plus tard"}
    )  # fmt: skip

    client.force_login(asked.asked_by)
    page = client.get(asked.get_absolute_url())
    assert "Plus tard" in page.content.decode()
    choose = reverse("circulation:offer_answer", args=[asked.offers.get().pk])
    client.force_login(owner)
    assert client.post(choose, {"decision": "accept"}).status_code == 404
    client.force_login(asked.asked_by)
    assert client.post(choose, {"decision": "accept"}).status_code == 302
    assert Loan.objects.get().starts_on == later


def test_dates_that_went_are_said_in_the_page(client, asked, copy):
    agency = UserFactory(agency=True)
    (one,) = offer_dates(
        asked, choices=[Choice([copy], START)], by=agency, today=TODAY,
        now=asked.asked_at,
    )  # fmt: skip
    copy.holds.create(kind="own_use", starts_on=START, ends_on=END)
    client.force_login(asked.asked_by)

    url = reverse("circulation:offer_answer", args=[one.pk])
    page = client.post(url, {"decision": "accept"})

    assert page.status_code == 422
    assert f"{copy.label} est déjà pris" in page.content.decode()


def test_a_request_is_withdrawn_and_written_about(client, asked):
    client.force_login(asked.asked_by)
    write = reverse("circulation:request_message", args=[asked.pk])

    assert client.post(write, {"text": ""}).status_code == 422
    assert client.post(write, {"text": "Une précision"}).status_code == 302
    assert client.post(reverse("circulation:request_withdraw", args=[asked.pk])).url
    page = client.get(asked.get_absolute_url()).content.decode()
    assert "Une précision" in page
    assert "retirée" in page


# The list -----------------------------------------------------------------------


def test_the_list_has_the_tabs_of_the_person(client, asked, owner):
    url = reverse("circulation:request_list")

    def shown(person, query=""):
        client.force_login(person)
        context = client.get(f"{url}{query}").context
        names = [tab.name for tab in context["tabs"]]
        return names, context["tab"].name, [row.pk for row, _now in context["items"]]

    assert shown(asked.asked_by) == (["mine", "answer"], "mine", [asked.pk])
    assert shown(owner) == (["mine", "answer"], "answer", [asked.pk])
    assert shown(owner, "?onglet=mine")[2] == []
    assert shown(owner, "?onglet=all")[1] == "answer"  # not theirs to see
    assert shown(UserFactory())[2] == []
    assert shown(UserFactory(observer=True)) == (["all"], "all", [asked.pk])
    assert shown(UserFactory(agency=True))[1:] == ("all", [asked.pk])


def test_the_list_says_which_days_are_wanted_and_who_waits_comes_first(
    client, asked, owner
):
    done = LoanRequestFactory(
        resource=asked.resource, state="refused", asked_at=asked.asked_at + DAY
    )
    client.force_login(owner)

    page = client.get(reverse("circulation:request_list"))

    assert [row.pk for row, _now in page.context["items"]] == [asked.pk, done.pk]
    window = asked.windows.get()
    assert period(window.starts_on, window.ends_on) in page.content.decode()


def test_the_list_is_filtered_in_place_and_downloaded(client, asked, owner):
    LoanRequestFactory(resource=asked.resource, state=RequestState.REFUSED)
    client.force_login(owner)
    url = reverse("circulation:request_list")

    piece = client.get(f"{url}?onglet=answer&state=refused", headers=HTMX)
    assert "<html" not in piece.content.decode()
    assert "1 demande" in piece.content.decode()
    found = client.get(f"{url}?onglet=answer&q={asked.host.name}").context["items"]
    assert [row for row, _now in found] == [asked]

    answer = client.get(f"{url}?onglet=answer&state=open&format=csv")
    text = answer.content.decode("utf-8-sig")
    (line,) = csv.DictReader(text.splitlines(), delimiter=";")
    assert line["reference"] == asked.reference
    assert line["lieu"] == asked.host.name
    answer = client.get(f"{url}?onglet=answer&state=open&format=ods")
    book = load_workbook(io.BytesIO(answer.content)).get_sheet_by_index(0)
    head, row = book.to_python()
    assert head == list(line)
    told = dict(zip(head, row, strict=True))
    assert told["lieu"] == asked.host.name
    assert told["demandee_le"].isoformat() == line["demandee_le"]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_for_one_request_or_three(
    client, host, rows, django_assert_num_queries
):
    LoanRequestFactory.create_batch(rows, host=host)
    client.force_login(host.created_by)

    # session, user, 2 tabs’ counts, count, page, windows, loans, states
    with django_assert_num_queries(9):
        client.get(reverse("circulation:request_list"))


@pytest.mark.parametrize("copies", [1, 3])
def test_the_form_costs_the_same_for_one_copy_or_three(
    client, host, copies, django_assert_max_num_queries
):
    resource = ResourceFactory(lent=True)
    CopyFactory.create_batch(copies, resource=resource)
    client.force_login(host.created_by)
    url = reverse("circulation:request_new", args=[resource.slug])

    with django_assert_max_num_queries(30):
        client.post(url, form_of(host, check="1"), headers=HTMX)


@pytest.mark.parametrize("copies", [1, 3])
def test_a_request_costs_the_same_for_one_copy_or_three(
    client, copies, django_assert_max_num_queries
):
    resource = ResourceFactory()
    CopyFactory.create_batch(copies, resource=resource)
    CopyFactory.create_batch(copies)  # as many alternatives
    asked = LoanRequestFactory(resource=resource, windows=[(START, END)])
    client.force_login(UserFactory(agency=True))

    with django_assert_max_num_queries(50):
        client.get(asked.get_absolute_url())


# Elsewhere ----------------------------------------------------------------------


def test_my_space_shows_what_waits_for_me(client, asked, owner):
    client.force_login(owner)
    page = client.get(reverse("portal:my_space")).content.decode()
    assert asked.get_absolute_url() in page

    client.force_login(asked.asked_by)
    page = client.get(reverse("portal:my_space")).content.decode()
    assert asked.get_absolute_url() not in page  # the owner's turn
    LoanRequest.objects.update(state=RequestState.OFFERED)
    page = client.get(reverse("portal:my_space")).content.decode()
    assert asked.get_absolute_url() in page


def test_the_agency_s_desk_counts_requests(client, asked):
    client.force_login(UserFactory(agency=True))

    page = client.get(reverse("portal:agency_desk")).content.decode()

    assert 'onglet=all&amp;state=waiting">1</a>' in page
