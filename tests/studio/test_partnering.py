"""Looking for partners: who reads a call, who answers, until when, what is decided."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from maillage.accounts.choices import Role
from maillage.core.errors import Refused
from maillage.core.models import Mail
from maillage.portal.own_data import data_file
from maillage.studio.models import Partner, PartnerAnswer, PartnerCall
from maillage.studio.services.partnering import (
    answer_call,
    close_call,
    decide_answer,
    save_call,
    withdraw_answer,
)
from tests.factories.accounts import UserFactory
from tests.factories.directory import MembershipFactory, StructureFactory
from tests.factories.studio import (
    PartnerAnswerFactory,
    PartnerCallFactory,
    PartnerFactory,
    ProjectFactory,
)

pytestmark = pytest.mark.django_db


def refusal(action):
    with pytest.raises(Refused) as no:
        action()
    return no.value.code


@pytest.fixture
def call():
    return PartnerCallFactory(project__lead__email="lead@example.org")


@pytest.fixture
def member():
    return MembershipFactory(structure__listed=True)


def answer(call, member, *, now=None, **facts):
    values = {"roles": ["production"], "text": "Un atelier"} | facts
    return answer_call(
        call, structure=member.structure, by=member.user, now=now or timezone.now(),
        **values,
    )  # fmt: skip


def test_a_structure_answers_once_whatever_the_clicks(call, member):
    first = answer(call, member)
    assert answer(call, member) == first
    assert refusal(lambda: answer(call, member, text="Autre chose")) == "again"
    assert PartnerAnswer.objects.count() == 1
    assert [mail.to for mail in Mail.objects.order_by("pk")] == [
        "lead@example.org",
        member.user.email,
    ]
    assert call.project.journal.count() == 1


def test_a_call_closes_to_the_second(call, member):
    before = call.closes_at - dt.timedelta(microseconds=1)
    assert refusal(lambda: answer(call, member, now=call.closes_at)) == "closed"
    sent = answer(call, member, now=before)
    # The second click of the same button comes after the end: it is the same answer.
    assert answer(call, member, now=call.closes_at) == sent


def test_a_call_is_closed_early_and_opened_again(call, member):
    now = timezone.now()
    who = {"by": UserFactory(), "now": now}
    close_call(call, **who)
    close_call(call, **who)
    assert call.project.journal.count() == 1
    assert refusal(lambda: answer(call, member)) == "closed"
    call.refresh_from_db()
    save_call(call, project=call.project, **who)
    assert answer(call, member).state == "waiting"


@pytest.mark.parametrize(
    ("days", "code"), [(-1, "past"), (0, "past"), (401, "far"), (400, None)]
)
def test_a_call_ends_in_the_year_to_come(days, code):
    project, now = ProjectFactory(lead__listed=True), timezone.now()
    call = PartnerCall(
        title="Un atelier", text="x", roles=["production"], closes_at=now + dt.timedelta(days)
    )  # fmt: skip

    def save():
        return save_call(call, project=project, by=UserFactory(), now=now)

    if code:
        assert refusal(save) == code
    else:
        assert save().opened_at == now


def test_who_is_not_in_the_directory_opens_no_call():
    project, now = ProjectFactory(lead__state="draft"), timezone.now()
    call = PartnerCall(title="x", text="x", closes_at=now + dt.timedelta(9))
    who = {"by": UserFactory(), "now": now}
    assert refusal(lambda: save_call(call, project=project, **who)) == "hidden"


def test_nobody_answers_for_another_nor_a_partner_again(call, member):
    stranger = MembershipFactory().user
    member_of = Partner.objects.filter(project=call.project)
    assert (
        refusal(
            lambda: answer_call(
                call,
                structure=member.structure,
                roles=[],
                text="x",
                by=stranger,
                now=timezone.now(),
            )
        )
        == "not_yours"
    )
    PartnerFactory(project=call.project, structure=member.structure)
    assert refusal(lambda: answer(call, member)) == "partner"
    assert member_of.count() == 2


def test_an_answer_that_is_taken_back_may_be_sent_again(call, member):
    sent = answer(call, member)
    who = {"by": member.user, "now": timezone.now()}
    withdraw_answer(sent, **who)
    withdraw_answer(sent, **who)
    again = answer(call, member, text="Mieux")
    assert (again.pk, again.state, again.text) == (sent.pk, "waiting", "Mieux")
    decide_answer(again, accepts=True, word="", **who)
    assert refusal(lambda: withdraw_answer(again, **who)) == "answered"


def test_who_is_accepted_becomes_a_partner_and_is_told(call, member):
    sent = answer(call, member)
    Mail.objects.all().delete()
    who = {"by": UserFactory(), "now": timezone.now()}
    for _click in range(2):
        decide_answer(sent, accepts=True, word="Bienvenue", **who)

    partner = Partner.objects.get(structure=member.structure)
    assert (partner.roles, partner.agreed_at) == (["production"], None)
    mail = Mail.objects.get()
    assert mail.to == member.user.email
    assert "Bienvenue" in mail.body
    assert (
        refusal(lambda: decide_answer(sent, accepts=False, word="Non", **who))
        == "answered"
    )


def test_a_refusal_says_why(call, member):
    sent = answer(call, member)
    who = {"by": UserFactory(), "now": timezone.now()}
    assert (
        refusal(lambda: decide_answer(sent, accepts=False, word=" ", **who)) == "word"
    )
    decide_answer(sent, accepts=False, word="Trop loin", **who)
    assert not Partner.objects.filter(structure=member.structure).exists()
    assert "Trop loin" in Mail.objects.latest("pk").body


# Pages


def test_everybody_reads_open_calls_and_nobody_their_answers(client, call):
    PartnerAnswerFactory(call=call, text="Un secret de fabrication")
    hidden = PartnerCallFactory(title="Appel caché", project__lead__state="draft")
    text = client.get(reverse("studio:partner_call_list")).content.decode()
    assert call.title in text
    assert hidden.title not in text
    assert client.get(hidden.get_absolute_url()).status_code == 404
    assert "secret" not in client.get(call.get_absolute_url()).content.decode()
    client.force_login(MembershipFactory().user)
    for url in (call.get_absolute_url(), reverse("studio:partner_call_list")):
        assert "secret" not in client.get(url).content.decode()


@pytest.mark.parametrize("calls", [1, 3])
def test_the_list_costs_the_same_for_one_call_or_three(
    client, calls, django_assert_max_num_queries
):
    PartnerCallFactory.create_batch(calls)
    client.get(reverse("studio:partner_call_list"))
    with django_assert_max_num_queries(3):
        client.get(reverse("studio:partner_call_list"))


def test_a_structure_answers_on_the_page_and_the_lead_decides(client, call, member):
    client.force_login(member.user)
    url = reverse("studio:partner_answer_new", args=[call.pk])
    assert "Envoyer la réponse" in client.get(url).content.decode()
    values = {"structure": member.structure_id, "roles": ["production"], "text": "Oui"}
    for _click in range(2):
        assert client.post(url, values).status_code == 302
    assert client.post(url, values | {"text": "Non"}).status_code == 422
    assert "Oui" in client.get(call.get_absolute_url()).content.decode()
    assert "n’a pas encore répondu" in client.get(url).content.decode()

    lead = MembershipFactory(structure=call.project.lead).user
    decide = reverse(
        "studio:partner_answer_decide", args=[PartnerAnswer.objects.get().pk]
    )
    assert client.post(decide, {"do": "accept"}).status_code == 404
    client.force_login(lead)
    assert "Oui" in client.get(call.project.get_absolute_url()).content.decode()
    space = client.get(reverse("portal:my_space")).content.decode()
    assert f"{member.structure.name} répond à votre appel" in space
    client.post(decide, {"do": "maybe"})
    assert PartnerAnswer.objects.get().state == "waiting"
    client.post(decide, {"do": "accept", "word": "Bienvenue"})
    assert PartnerAnswer.objects.get().state == "accepted"
    client.force_login(member.user)
    assert client.get(call.project.get_absolute_url()).status_code == 200


def test_partners_that_do_not_lead_do_not_read_answers(client, call):
    partner = MembershipFactory(
        structure=PartnerFactory(project=call.project).structure
    )
    PartnerAnswerFactory(call=call, text="Un secret de fabrication")
    client.force_login(partner.user)
    assert "secret" not in client.get(call.project.get_absolute_url()).content.decode()
    client.force_login(UserFactory(role=Role.AGENCY))
    assert "secret" in client.get(call.project.get_absolute_url()).content.decode()


def test_a_call_is_written_with_the_links_that_nobody_holds(client):
    project = ProjectFactory(lead__listed=True)
    client.force_login(MembershipFactory(structure=project.lead).user)
    url = reverse("studio:partner_call_new", args=[project.pk])
    form = client.get(url).context["form"]
    assert "messages" not in form.initial["roles"]
    assert "production" in form.initial["roles"]
    day = timezone.localdate() + dt.timedelta(10)
    values = {"title": "Un atelier", "text": "En bois", "last_day": day.isoformat()}
    assert client.post(url, values).status_code == 422  # no link
    past = values | {"roles": ["production"], "last_day": "2020-01-01"}
    assert client.post(url, past).status_code == 422
    assert client.post(url, values | {"roles": ["production"]}).status_code == 302
    call = PartnerCall.objects.get()
    local = timezone.localtime(call.closes_at)
    assert (local.date(), local.hour) == (day + dt.timedelta(1), 0)


def test_one_finds_a_call_by_its_words(client, call):
    PartnerCall.objects.update(title="Fabriquer une malle d’océanographie")
    found = client.get(reverse("portal:search"), {"q": "malles océanographie"})
    assert "appel à partenaires" in found.content.decode()
    other = client.get(reverse("portal:search"), {"q": "astrolabe"})
    assert "appel à partenaires" not in other.content.decode()


def test_one_s_data_hold_what_one_answered(call, member):
    answer(call, member, text="Nous avons un atelier de bois")
    other = PartnerAnswerFactory(call=call, text="Un secret", by=UserFactory())
    text = data_file(member.user, now=timezone.now())
    assert "un atelier de bois" in text
    assert other.text not in text


def test_merged_structures_keep_one_answer_with_what_both_offer(call):
    one = PartnerAnswerFactory(call=call, roles=["production"], text="Bois")
    one.absorb(PartnerAnswer(roles=["formats"], text="Dessin", state="accepted"))
    assert (one.roles, one.state) == (["production", "formats"], "accepted")
    assert "Dessin" in one.text


def test_an_unlisted_structure_does_not_answer(client, call):
    hidden = MembershipFactory(structure=StructureFactory(state="draft"))
    client.force_login(hidden.user)
    url = reverse("studio:partner_answer_new", args=[call.pk])
    values = {"structure": hidden.structure_id, "roles": ["production"], "text": "Oui"}
    assert client.post(url, values).status_code == 422
    assert not PartnerAnswer.objects.exists()
