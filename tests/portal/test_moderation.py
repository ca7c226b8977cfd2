import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from maillage.accounts.choices import Role
from maillage.core.choices import ProposalState, State
from maillage.core.models import Mail, Proposal
from maillage.core.services import change, propose_new
from maillage.directory.models import Claim, Membership, Place
from tests.factories.accounts import UserFactory
from tests.factories.directory import MembershipFactory, PlaceFactory, StructureFactory

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 9, 14, 9, tzinfo=dt.UTC)


def url(name, *args):
    return reverse(f"portal:{name}", args=args)


@pytest.fixture
def agency(client):
    user = UserFactory(agency=True)
    client.force_login(user)
    return user


@pytest.fixture
def place():
    return PlaceFactory(name="Palais", slug="palais", summary="Un musée", listed=True)


@pytest.fixture
def proposal(place):
    return change(
        place,
        values={"summary": "Un grand musée"},
        version=1,
        by=UserFactory(display_name="Zoé"),
        now=NOW,
    )


@pytest.fixture
def claim(place):
    return Claim.objects.create(
        structure=place.structure, user=UserFactory(), position="x", proof="y",
        asked_at=NOW,
    )  # fmt: skip


def text(answer):
    return answer.content.decode()


# The desk and the queue ---------------------------------------------------------


def test_the_desk_says_what_waits(client, agency, proposal, claim):
    PlaceFactory(name="Palais", listed=True, verified_on=None)
    Mail.objects.create(
        to="a@example.org", subject="s", body="b", written_at=NOW, error="non"
    )

    counts = client.get(url("agency_desk")).context["counts"]

    assert counts == {
        "proposals": 1,
        "changes_asked": 0,
        "claims": 1,
        "suspects": 1,
        "unverified": 1,
        "mails": 1,
    }


def test_the_queue_is_one_list_the_oldest_first(client, agency, proposal, claim):
    Claim.objects.update(asked_at=NOW - dt.timedelta(1))

    def shown(**query):
        items = client.get(url("moderation_list"), query).context["items"]
        return [item["what"] for item in items]

    assert shown() == ["claim", "proposal"]
    assert shown(kind="claim") == ["claim"]
    assert shown(kind="place") == ["proposal"]
    assert shown(kind="resource") == []
    assert shown(kind="nonsense", state="nonsense") == ["claim", "proposal"]
    assert shown(state="changes_asked") == []
    Proposal.objects.update(state="accepted", decided_at=NOW)
    Claim.objects.update(state="refused", decided_at=NOW - dt.timedelta(1))
    assert shown(state="decided") == ["proposal", "claim"]


def test_the_queue_gives_htmx_its_piece(client, agency, proposal):
    answer = client.get(url("moderation_list"), headers={"HX-Request": "true"})

    assert "<html" not in text(answer)
    assert "Palais" in text(answer)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_queue_costs_the_same_for_one_or_three(
    client, agency, place, rows, django_assert_num_queries
):
    for number in range(rows):
        change(
            place, values={"summary": f"{number}"}, version=1, by=UserFactory(), now=NOW
        )
        Claim.objects.create(
            structure=place.structure, user=UserFactory(), position="x", proof="y",
            asked_at=NOW,
        )  # fmt: skip

    # session, user, keys of both, rows of both
    with django_assert_num_queries(6):
        client.get(url("moderation_list"))


# Answers ------------------------------------------------------------------------


def test_the_agency_reads_the_change_and_accepts(client, agency, proposal, place):
    page = url("moderation_proposal", proposal.pk)
    seen = text(client.get(page))
    assert "Un grand musée" in seen
    assert "Résumé" in seen
    assert "Zoé" in seen

    answer = client.post(page, {"decision": "accept", "answer": "Merci"})

    assert answer["Location"] == url("moderation_list")
    place.refresh_from_db()
    assert place.summary == "Un grand musée"


@pytest.mark.parametrize("decision", ["ask", "refuse"])
def test_a_no_without_a_reason_is_not_sent(client, agency, proposal, decision):
    page = url("moderation_proposal", proposal.pk)

    answer = client.post(page, {"decision": decision})
    assert answer.status_code == 422
    assert "Écrivez la raison" in text(answer)
    client.post(page, {"decision": decision, "answer": "Source ?"})
    assert Mail.objects.count() == 1


def test_the_second_moderator_is_told(client, agency, proposal):
    page = url("moderation_proposal", proposal.pk)
    client.post(page, {"decision": "accept"})

    answer = client.post(page, {"decision": "refuse", "answer": "Non"})

    assert answer.status_code == 422
    assert "déjà reçu une réponse" in text(answer)
    assert Mail.objects.count() == 1


def test_a_proposal_that_is_stale_is_accepted_on_purpose(
    client, agency, proposal, place
):
    change(place, values={"summary": "Autre"}, version=1, by=agency, now=NOW)
    page = url("moderation_proposal", proposal.pk)
    assert "a changé depuis" in text(client.get(page))

    assert client.post(page, {"decision": "accept"}).status_code == 422
    client.post(page, {"decision": "accept", "over": "on"})
    place.refresh_from_db()
    assert place.summary == "Un grand musée"


def test_an_answer_must_be_chosen(client, agency, proposal, claim):
    for page in (
        url("moderation_proposal", proposal.pk),
        url("moderation_claim", claim.pk),
    ):
        assert client.post(page, {"decision": "?"}).status_code == 422


def test_a_proposal_about_a_lost_record_can_be_read(client, agency, proposal, place):
    place.delete()

    assert "n’existe plus" in text(client.get(url("moderation_proposal", proposal.pk)))


def test_a_claim_is_answered_once(client, agency, claim):
    page = url("moderation_claim", claim.pk)

    assert client.post(page, {"decision": "refuse"}).status_code == 422
    client.post(page, {"decision": "accept"})
    assert Membership.objects.get().user == claim.user
    answer = client.post(page, {"decision": "refuse", "answer": "Non"})
    assert "déjà reçu une réponse" in text(answer)


# Mails, people, suspects ---------------------------------------------------------


def test_a_mail_is_sent_again_by_hand(client, agency, monkeypatch):
    mail = Mail.objects.create(
        to="a@example.org", subject="s", body="b", written_at=NOW, attempts=5
    )
    monkeypatch.setattr("maillage.core.mail.send_mail", broken)
    answer = client.post(url("mail_retry", mail.pk), follow=True)
    assert "plus de serveur" in text(answer)

    monkeypatch.undo()
    client.post(url("mail_retry", mail.pk))
    mail.refresh_from_db()
    assert mail.sent_at


def broken(*args):
    raise OSError("plus de serveur")


def test_an_administrator_gives_a_role(client):
    boss, person = UserFactory(administrator=True), UserFactory(email="lea@example.org")
    client.force_login(boss)
    found = client.get(url("user_list"), {"q": "lea", "role": "member"})
    assert list(found.context["page_obj"]) == [person]

    client.post(url("user_role", person.pk), {"role": "agency"})
    person.refresh_from_db()
    assert person.role == Role.AGENCY
    answer = client.post(url("user_role", boss.pk), {"role": "member"})
    assert answer.status_code == 422
    assert "un administrateur" in text(answer)


def test_suspects_lead_to_a_merge(client, agency, place):
    twin = PlaceFactory(name="Palais", slug="palais-2", summary="", listed=True)
    page = text(client.get(url("suspect_list")))
    assert url("merge_choose", "place", "palais") in page

    found = client.get(url("merge_choose", "place", "palais"), {"q": "pal"})
    assert list(found.context["found"]) == [twin]
    compare = url("merge_compare", "place", "palais", "palais-2")
    rows = {row["name"]: row for row in client.get(compare).context["rows"]}
    assert rows["summary"]["kept"] == "Un musée"
    answer = client.post(compare, {"structure": "other", "summary": "own"})

    assert answer["Location"] == place.get_absolute_url()
    place.refresh_from_db()
    assert place.structure == twin.structure
    assert place.summary == "Un musée"
    assert client.get("/lieux/palais-2/")["Location"] == "/lieux/palais/"


def test_a_merge_with_itself_is_refused(client, agency, place):
    answer = client.post(url("merge_compare", "place", "palais", "palais"))

    assert answer.status_code == 422


# History and state ----------------------------------------------------------------


@pytest.fixture
def editor(client, place):
    user = MembershipFactory(structure=place.structure).user
    client.force_login(user)
    return user


def test_the_history_says_who_changed_what(client, editor, place):
    change(place, values={"summary": "Autre"}, version=1, by=editor, now=NOW)
    page = client.get(url("record_history", "place", "palais"))

    latest, first = page.context["versions"]
    assert latest.who == str(editor)
    assert [(c.before, c.after) for c in latest.changes] == [("Un musée", "Autre")]
    assert first.title == "Création"

    back = url("record_restore", "place", "palais", first.past.history_id)
    client.post(back)
    place.refresh_from_db()
    assert place.summary == "Un musée"
    answer = client.post(back, follow=True)
    assert "déjà ainsi" in text(answer)


def test_the_history_goes_on_page_after_page(client, editor, place):
    for number in range(1, 20):
        change(
            place, values={"summary": f"{number}"}, version=number, by=editor, now=NOW
        )

    first = client.get(url("record_history", "place", "palais")).context["versions"]
    rest = client.get(url("record_history", "place", "palais"), {"page": 2})

    assert (len(first), len(rest.context["versions"])) == (15, 5)
    assert all(version.changes for version in first)


def test_a_record_is_confirmed_archived_and_published(client, editor, place):
    client.post(url("record_confirm", "place", "palais"))
    place.refresh_from_db()
    assert place.verified_on == timezone.localdate()

    client.post(url("record_state", "place", "palais"), {"state": "draft"})
    place.refresh_from_db()
    assert place.state == State.ARCHIVED
    client.post(url("record_state", "place", "palais"), {"state": "published"})
    place.refresh_from_db()
    assert place.state == State.ARCHIVED
    client.force_login(UserFactory(agency=True))
    client.post(url("record_state", "place", "palais"), {"state": "published"})
    place.refresh_from_db()
    assert place.state == State.PUBLISHED
    said = [
        v.title.replace("\xa0", " ")
        for v in client.get(url("record_history", "place", "palais")).context[
            "versions"
        ]
    ]
    assert "État : archivé" in said
    assert "Confirmée à jour" in said


def test_an_author_does_not_confirm_what_is_not_theirs(client):
    author = UserFactory()
    new = propose_new(Place(name="Neuf", kind="museum"), by=author, now=timezone.now())
    client.force_login(author)

    client.post(url("record_confirm", "place", new.slug))

    new.refresh_from_db()
    assert new.verified_on is None
    assert Proposal.objects.get().state == ProposalState.WAITING


def test_structures_have_a_history_too(client):
    member = MembershipFactory(structure=StructureFactory(slug="forum"))
    client.force_login(member.user)

    assert client.get("/structures/forum/historique/").status_code == 200
