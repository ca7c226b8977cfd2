import json

import pytest
from django.urls import reverse
from django.utils import timezone

from maillage.core.models import Mail
from maillage.surveys.models import Answer, DirectoryUpdate, RepeatRow, Response
from maillage.surveys.services.answering import Change, Writer, save_answers
from maillage.surveys.services.sheets import fill, mark, responses
from tests.factories.accounts import UserFactory
from tests.factories.catalogue import ResourceFactory
from tests.factories.directory import MembershipFactory, PlaceFactory
from tests.factories.surveys import UnitFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def unit():
    """One who is asked in a wave that is open today."""
    today = timezone.localdate()
    unit = UnitFactory(
        wave__opens_on=today, wave__closes_on=today, wave__year=2025,
        structure__website="https://vieux.example.org",
    )  # fmt: skip
    PlaceFactory(structure=unit.structure)
    ResourceFactory(owner=unit.structure, name="Malle des nuages")
    return unit


def at(unit, name, *more):
    return reverse(f"surveys:answer_{name}", args=[unit.token, *more])


def sheet(unit):
    return fill(responses().get(unit=unit))


def form(unit, section="vous", **values):
    """What a browser without JavaScript sends: every box, and what it had seen."""
    filled = sheet(unit)
    sent = {}
    for _spec, (code, key) in filled.places():
        if filled.book.page_of(code) == section:
            group = filled.book.group_of(code)
            name = f"{group}.{key}.{code}" if group else code
            answer = filled.answers.get((code, key))
            held = answer.value if answer else None
            sent[f"-seen.{name}"] = mark(answer)
            sent[name] = held if held is not None else []
    return sent | values


def test_a_section_is_saved_as_one_form_and_the_next_one_opens(client, unit):
    answer = client.post(
        at(unit, "section", "vous"), form(unit, nom="Forum", effectif="3")
    )

    assert answer["Location"] == at(unit, "section", "lieux")
    assert {a.question: a.value for a in Answer.objects.exclude(value=None)} == {
        "nom": "Forum", "effectif": 3,
    }  # fmt: skip


def test_a_mistake_is_shown_with_a_link_to_its_box_and_nothing_is_lost(client, unit):
    answer = client.post(at(unit, "section", "vous"), form(unit, effectif="douze"))

    text = answer.content.decode()
    assert answer.status_code == 422
    assert 'href="#q-effectif"' in text
    assert 'value="douze"' in text
    onward = client.post(
        at(unit, "section", "vous"),
        form(unit, **{"effectif": "douze", "-go": "anyway"}),
    )
    assert onward["Location"] == at(unit, "section", "lieux")


def test_questions_that_an_answer_calls_are_shown_before_going_on(client, unit):
    answer = client.post(at(unit, "section", "vous"), form(unit, nom="F", effectif="0"))

    assert answer["Location"] == at(unit, "section", "vous") + "#q-benevoles-part"


def test_what_the_platform_knows_is_proposed_confirmed_and_reviewed(client, unit):
    text = client.get(at(unit, "section", "lieux")).content.decode()
    assert "Malle des nuages" in text
    assert unit.structure.places.get().get_absolute_url() in text

    client.post(
        at(unit, "section", "lieux"),
        form(unit, "lieux", **{"-confirm": "lieux_nombre"}),
    )
    assert Answer.objects.get(question="lieux_nombre").value == 1
    client.post(at(unit, "section", "lieux"), form(unit, "lieux", **{"-confirm": "*"}))
    assert Answer.objects.get(question="outil_nom").value == "Malle des nuages"


def test_rows_are_added_taken_away_and_brought_back_without_javascript(client, unit):
    url = at(unit, "section", "lieux")
    client.get(url)
    answer = client.post(url, form(unit, "lieux", **{"-add": "outil"}))
    row = RepeatRow.objects.get(label="")
    assert answer["Location"].endswith(f"#row-outil-{row.key}")

    name = f"outil.{row.key}.outil_nom"
    client.post(
        url, form(unit, "lieux", **{name: "Robot", "-remove": f"outil.{row.key}"})
    )
    assert Answer.objects.get(question="outil_nom", instance=row.key).value == "Robot"
    assert "Robot" in client.get(url).content.decode()
    client.post(url, form(unit, "lieux", **{"-restore": f"outil.{row.key}"}))
    assert not RepeatRow.objects.filter(is_removed=True).exists()


def test_two_answers_are_shown_side_by_side_with_a_choice(client, unit):
    first = form(unit, nom="Palais")
    save_answers(
        unit.response, [Change("nom", "Forum")], writer=Writer("Bob", "b"),
        now=timezone.now(), today=timezone.localdate(),
    )  # fmt: skip
    client.post(at(unit, "section", "vous"), first)

    text = client.get(at(unit, "section", "vous")).content.decode()
    assert "Laquelle garder" in text
    pick = text.split('name="-choose" value="nom|')[2].split('"')[0]
    client.post(at(unit, "section", "vous"), form(unit, **{"-choose": f"nom|{pick}"}))
    assert Answer.objects.get(question="nom").value == "Palais"


def test_one_reads_again_sends_keeps_the_receipt_and_opens_again(client, unit):
    client.post(
        at(unit, "section", "vous"),
        form(unit, nom="Forum", site="https://neuf.example.org"),
    )
    review = client.get(at(unit, "review")).content.decode()
    assert "https://neuf.example.org" in review
    assert 'name="-consent" value="website"' in review

    answer = client.post(at(unit, "review"), {"-send": "1", "-consent": "website"})
    assert answer["Location"] == at(unit, "receipt")
    assert DirectoryUpdate.objects.get().state == "consented"
    assert "Merci à vous" in client.get(at(unit, "receipt")).content.decode()
    pdf = client.get(at(unit, "paper"))
    assert pdf.content.startswith(b"%PDF")
    client.post(at(unit, "reopen"))
    assert Response.objects.get(unit=unit).state == "started"


def test_what_is_missing_is_told_on_sending_with_a_link(client, unit):
    answer = client.post(at(unit, "review"), {"-send": "1"})

    assert answer.status_code == 422
    link = f"{at(unit, 'section', 'vous')}#q-nom-part"
    assert link in answer.content.decode()


def test_a_late_answer_is_refused_kindly_and_can_still_be_read(client, unit):
    unit.wave.state = "closed"
    unit.wave.save()

    answer = client.post(
        at(unit, "section", "vous"), form(unit, nom="Forum"), follow=True
    )

    assert "est gardé" in answer.content.decode()
    assert not Answer.objects.exists()
    assert client.get(at(unit, "start")).status_code == 200
    assert client.get(at(unit, "review")).status_code == 200


def test_an_unknown_link_says_what_to_do(client):
    answer = client.get(reverse("surveys:answer_start", args=["rien"]))

    assert answer.status_code == 404
    assert "Ce lien n’est plus valable" in answer.content.decode()
    assert answer["X-Robots-Tag"] == "noindex"


# One answer at a time --------------------------------------------------------------


def save(client, unit, *changes, page="a"):
    body = json.dumps({"page": page, "changes": list(changes)})
    return client.post(at(unit, "save"), body, content_type="application/json")


def test_an_answer_is_saved_as_one_types_and_others_hear_of_it(client, unit):
    told = save(client, unit, {"name": "nom", "value": "Forum", "seen": ""}).json()
    assert told["saved"]["nom"]["state"] == "saved"

    news = client.get(at(unit, "news"), {"depuis": "0"}).json()
    (one,) = news["answers"]
    assert (one["name"], one["value"], one["page"]) == ("nom", "Forum", "a")
    later = client.get(at(unit, "news"), {"depuis": news["revision"]}).json()
    assert later == {"revision": news["revision"]}


def test_the_page_is_told_of_two_answers_at_once(client, unit):
    save(client, unit, {"name": "nom", "value": "Forum", "seen": ""})
    told = save(
        client, unit, {"name": "nom", "value": "Palais", "seen": ""}, page="b"
    ).json()

    assert told["saved"]["nom"]["state"] == "beside"
    assert "Palais" in told["saved"]["nom"]["versions"]


@pytest.mark.parametrize(
    "body",
    ["", "[]", "{}", '{"changes": 3}', '{"changes": [{"name": "a.b"}]}', "[" * 5000],
)
def test_what_no_page_of_ours_sends_is_refused_without_accident(client, unit, body):
    answer = client.post(at(unit, "save"), body, content_type="application/json")

    assert answer.status_code == 400


def test_a_save_after_the_end_is_a_conflict_that_says_why(client, unit):
    Response.objects.filter(unit=unit).update(state="submitted")

    answer = save(client, unit, {"name": "nom", "value": "Forum", "seen": ""})

    assert answer.status_code == 409
    assert answer.json()["code"] == "sent"


def test_saving_needs_the_token_of_the_page(unit):
    from django.test import Client  # noqa: PLC0415 -- one that checks

    careful = Client(enforce_csrf_checks=True)
    assert save(careful, unit, {"name": "nom", "value": "x"}).status_code == 403


@pytest.mark.parametrize("number", [1, 4])
def test_a_section_costs_the_same_for_one_row_or_four(
    client, unit, number, django_assert_max_num_queries
):
    for _time in range(number):
        ResourceFactory(owner=unit.structure)
    client.get(at(unit, "section", "lieux"))

    # session-less: sheet, answers, rows, facts twice, besides, place
    with django_assert_max_num_queries(8):
        client.get(at(unit, "section", "lieux"))


# The agency ------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["agency", "observer", "member"])
def test_pages_of_a_wave_open_for_those_who_may(client, unit, role):
    client.force_login(UserFactory(role=role))
    slug = unit.wave.slug
    Response.objects.filter(unit=unit).update(
        state="submitted", submitted_at=timezone.now()
    )
    reads = ["wave_progress", "wave_weights"]
    acts = ["wave_edit", "wave_population", "wave_list_import", "unit_new", "unit_list",
            "wave_mail", "response_list"]  # fmt: skip

    for name in [*reads, *acts]:
        allowed = role == "agency" or (role == "observer" and name in reads)
        status = client.get(reverse(f"surveys:{name}", args=[slug])).status_code
        assert status == (200 if allowed else 403), name
    if role == "agency":
        for name, pk in [("unit_detail", unit.pk), ("unit_check", unit.pk),
                         ("response_detail", unit.response.pk)]:  # fmt: skip
            assert (
                client.get(reverse(f"surveys:{name}", args=[slug, pk])).status_code
                == 200
            )
        for name in ("unit_export", "wave_weights_export"):
            for kind in ("csv", "xlsx", "ods"):
                url = reverse(f"surveys:{name}", args=[slug, kind])
                assert client.get(url).status_code == 200


def test_a_double_click_on_send_writes_once(client, unit):
    client.force_login(UserFactory(agency=True))
    url = reverse("surveys:wave_send", args=[unit.wave.slug])

    for _time in range(2):
        client.post(url, {"kind": "invitation"})

    assert Mail.objects.filter(to=unit.email).count() == 1


def test_paper_is_typed_in_the_same_form_and_the_mode_is_kept(client, unit):
    agency = UserFactory(agency=True)
    client.force_login(agency)
    slug = unit.wave.slug
    client.post(reverse("surveys:unit_enter", args=[slug, unit.pk]), {"mode": "phone"})
    client.post(at(unit, "section", "vous"), form(unit, nom="Forum", effectif="12"))

    response = Response.objects.get(unit=unit)
    assert response.mode == "phone"
    assert Answer.objects.get(question="nom").changed_by == f"{agency} (agence)"
    check = reverse("surveys:unit_check", args=[slug, unit.pk])
    wrong = client.post(check, {"effectif": "21"})
    assert wrong.status_code == 422
    assert "d’abord 12, puis 21" in wrong.content.decode()
    client.post(check, {"effectif": "12"})
    assert Response.objects.get(unit=unit).checked_at


def test_members_find_the_survey_in_their_space_and_others_do_not(client, unit):
    member = MembershipFactory(structure=unit.structure).user
    for user, sees in ((member, True), (UserFactory(), False)):
        client.force_login(user)
        text = client.get(reverse("portal:my_space")).content.decode()
        assert (at(unit, "start") in text) == sees


def test_the_public_sees_published_editions_only(client, unit):
    unit.wave.state = "closed"
    unit.wave.save()
    url = reverse("surveys:wave_detail", args=[unit.wave.slug])
    assert client.get(url).status_code == 404
    assert (
        unit.wave.name
        not in client.get(reverse("surveys:survey_list")).content.decode()
    )

    unit.wave.state = "published"
    unit.wave.save()
    text = client.get(url).content.decode()
    assert unit.name not in text
    assert unit.email not in text
