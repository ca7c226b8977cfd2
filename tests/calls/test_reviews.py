"""Readers, conflicts of interest, blind reading, two people at once."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from maillage.accounts.choices import Role
from maillage.calls.models import (
    ApplicationAuthor,
    PartnerStructure,
    Review,
    Reviewer,
)
from maillage.calls.models.conflicts import conflicting, reasons
from maillage.calls.review_choices import ReviewState, RoundState
from maillage.calls.services.committee import committee_table
from maillage.calls.services.people import forget_person
from maillage.calls.services.readers import invite_reviewer, join_reviewers
from maillage.calls.services.reviewing import Written, save_review, submit_review
from maillage.calls.services.rounds import (
    assign_round,
    declare_conflict,
    give_review,
    take_review,
)
from maillage.core.errors import Refused
from maillage.core.models import Mail
from maillage.portal.own_data import data_file
from tests.factories.accounts import UserFactory
from tests.factories.calls import ApplicationFactory, CallFactory
from tests.factories.directory import MembershipFactory, StructureFactory
from tests.factories.reviews import (
    ReviewerFactory,
    ReviewFactory,
    ReviewRoundFactory,
)

pytestmark = pytest.mark.django_db


def author(reviewer, application):
    ApplicationAuthor.objects.create(
        application=application, user=reviewer.user, added_at=timezone.now()
    )


def team(reviewer, application):
    MembershipFactory(user=reviewer.user, structure=application.structure)


def declared_link(reviewer, application):
    reviewer.structures.add(application.structure)


def partner(reviewer, application):
    structure = MembershipFactory(user=reviewer.user).structure
    PartnerStructure.objects.create(
        application=application, structure=structure, name="autre nom"
    )


def partner_by_name(reviewer, application):
    structure = MembershipFactory(user=reviewer.user).structure
    PartnerStructure.objects.create(application=application, name=structure.name)


def earlier_project(reviewer, application, years=2):
    """Their structures were together in a project of another call."""
    structure = MembershipFactory(user=reviewer.user).structure
    old = ApplicationFactory(
        call=CallFactory(closed=True), eligible=True, structure=application.structure
    )
    old.submitted_at = timezone.now() - dt.timedelta(365 * years)
    old.save()
    PartnerStructure.objects.create(application=old, structure=structure, name="x")


def declared(reviewer, application):
    declare_conflict(
        application,
        reviewer=reviewer,
        reason="voisin",
        by=reviewer.user,
        now=timezone.now(),
    )


WAYS = [
    author,
    team,
    declared_link,
    partner,
    partner_by_name,
    earlier_project,
    declared,
]


@pytest.mark.parametrize("way", WAYS)
def test_a_conflict_hides_the_dossier_everywhere(way, client):
    review = ReviewFactory()
    reviewer, application = review.reviewer, review.application
    other = ReviewFactory(round=review.round, reviewer=reviewer)
    client.force_login(reviewer.user)
    url = reverse("calls:review_edit", args=[review.pk])
    assert client.get(url).status_code == 200

    way(reviewer, application)

    assert conflicting(reviewer.user_id).filter(pk=application.pk).exists()
    assert application.pk in dict(
        reasons(reviewer.user_id, call_pk=application.call_id)
    )
    assert client.get(url).status_code == 404  # a typed address
    for name in ("review_reopen", "review_conflict"):
        assert (
            client.post(reverse(f"calls:{name}", args=[review.pk])).status_code == 404
        )
    page = client.get(reverse("calls:review_list")).content.decode()
    assert application.title not in page
    assert other.application.title in page
    assert conflicting(reviewer.user_id).count() >= 1
    Review.objects.filter(pk=review.pk).delete()
    with pytest.raises(Refused) as no:
        give_review(
            review.round, application=application, reviewer=reviewer, now=timezone.now()
        )
    assert no.value.code == "conflict"


@pytest.mark.parametrize("way", WAYS)
def test_the_assignment_never_gives_a_conflict_even_if_nobody_else_is_left(way):
    held = ReviewRoundFactory(each=1)
    application = ApplicationFactory(call=held.call, eligible=True)
    reviewer = ReviewerFactory()
    held.reviewers.add(reviewer)
    way(reviewer, application)

    drawn = assign_round(held, now=timezone.now())

    assert drawn.missing == {application.pk: 1}
    assert not application.reviews.exists()


def test_no_search_export_or_api_shows_a_dossier_to_a_reader(client):
    review = ReviewFactory()
    application = review.application
    application.title = "Xylophones quantiques"
    application.save()
    declared(review.reviewer, application)
    client.force_login(review.reviewer.user)
    slug = application.call.slug

    asked = {"q": "xylophones quantiques"}
    for address in (
        reverse("portal:search"),
        reverse("portal:search_suggest"),
        reverse("portal:home"),
        "/api/1/search",
        "/api/1/calls",
        f"/api/1/calls/{slug}",
        "/api/1/grants",
        application.call.get_absolute_url(),
    ):
        answer = client.get(address, asked)
        assert answer.status_code == 200
        words = answer.content.decode()
        assert "Xylophones quantiques" not in words
        assert application.number not in words
    own = data_file(review.reviewer.user, now=timezone.now())
    assert "Xylophones quantiques" not in own
    for name in ("application_export", "committee_export"):
        url = reverse(f"calls:{name}", args=[slug, "csv"])
        assert client.get(url).status_code == 403
    paths = client.get("/api/1/openapi.json").json()["paths"]
    assert not [one for one in paths if "review" in one or "application" in one]


def test_a_project_of_more_than_three_years_ago_is_no_conflict():
    review = ReviewFactory()
    earlier_project(review.reviewer, review.application, years=4)
    found = conflicting(review.reviewer.user_id)
    assert not found.filter(pk=review.application_id).exists()


def test_who_works_at_the_agency_has_interests_as_others_do(client):
    review = ReviewFactory(points=[5, 5, 5])
    agent = UserFactory(role=Role.AGENCY)
    client.force_login(agent)
    slug = review.round.call.slug
    url = reverse("calls:review_detail", args=[review.pk])
    assert client.get(url).status_code == 200

    MembershipFactory(user=agent, structure=review.application.structure)

    assert client.get(url).status_code == 404
    table = client.get(reverse("calls:committee_detail", args=[slug])).content.decode()
    assert "Vous avez un lien avec ce dossier" in table
    assert str(review.reviewer) not in table.split("Habitudes")[0]
    file = client.get(reverse("calls:committee_export", args=[slug, "csv"]))
    assert "100,0" not in b"".join(file).decode()


def test_a_reader_sees_nothing_before_the_phase_opens_and_nothing_of_others(client):
    review = ReviewFactory(round=ReviewRoundFactory(state=RoundState.PREPARING))
    other = ReviewFactory()
    client.force_login(review.reviewer.user)
    for one in (review, other):
        url = reverse("calls:review_edit", args=[one.pk])
        assert client.get(url).status_code == 404
    number = review.application.number
    url = reverse("calls:application_detail", args=[number])
    assert client.get(url).status_code == 404


def test_someone_who_no_longer_reads_sees_nothing():
    review = ReviewFactory()
    Reviewer.objects.update(is_active=False)
    assert not Review.objects.all().assigned_to(review.reviewer.user).exists()


def sent_with(application, answers):
    """A version that was sent, with these answers."""
    application.submissions.create(
        number=1,
        digest="0" * 64,
        submitted_at=timezone.now(),
        content={
            "definition": application.form.definition,
            "answers": answers,
            "files": [],
        },
    )


def test_a_blind_reader_reads_no_name_nor_file(client):
    call = CallFactory(closed=True, is_blind=True)
    structure = StructureFactory(name="Les Petits Curieux")
    application = ApplicationFactory(
        call=call,
        eligible=True,
        structure=structure,
        title="Les petits curieux au village",
        summary="Avec Les Petits Curieux et le Musée du Fer.",
    )
    PartnerStructure.objects.create(application=application, name="Musée du Fer")
    sent_with(application, {"siret": "73282932000074", "title": "Les Petits Curieux !"})
    application.attachments.create(
        question="bank", file="applications/x.pdf", name="RIB Petits Curieux.pdf",
        size=1, sha256="0" * 64, added_at=timezone.now(),
    )  # fmt: skip
    review = ReviewFactory(round=ReviewRoundFactory(call=call), application=application)
    client.force_login(review.reviewer.user)

    page = client.get(reverse("calls:review_edit", args=[review.pk])).content.decode()
    listed = client.get(reverse("calls:review_list")).content.decode()

    for text in (page, listed):
        assert "curieux" not in text.lower()
        assert "Musée du Fer" not in text
        assert "73282932000074" not in text
        assert "[nom masqué] au village" in text
    file = application.attachments.get()
    url = reverse("calls:review_file", args=[review.pk, file.pk])
    assert client.get(url).status_code == 404


def posted(review, *, seen=0, page="p1", score="4", **more):
    criteria = review.round.call.criteria.all()
    return {
        "seen": seen,
        "page": page,
        "opinion": "for",
        "comment": "Bien.",
        **{f"score_{one.pk}": score for one in criteria},
        **more,
    }


def test_a_review_is_kept_as_one_goes_then_returned(client):
    review = ReviewFactory()
    client.force_login(review.reviewer.user)
    url = reverse("calls:review_edit", args=[review.pk])

    kept = client.post(url, posted(review), headers={"HX-Request": "true"})
    assert kept.status_code == 200
    assert b'name="seen" value="1"' in kept.content
    again = client.post(url, posted(review, seen=0), headers={"HX-Request": "true"})
    assert again.status_code == 200  # the same page, before it had its answer
    done = client.post(url, posted(review, seen=2, submit="1"))

    assert done.status_code == 302
    review.refresh_from_db()
    assert review.state == ReviewState.SUBMITTED
    assert {one.value for one in review.scores.all()} == {4}
    assert (
        client.post(reverse("calls:review_reopen", args=[review.pk])).status_code == 302
    )
    review.refresh_from_db()
    assert review.state == ReviewState.DRAFT


def test_a_second_page_does_not_write_over_words_that_it_has_not_seen(client):
    review = ReviewFactory()
    client.force_login(review.reviewer.user)
    url = reverse("calls:review_edit", args=[review.pk])
    client.post(url, posted(review, page="first"))

    late = client.post(url, posted(review, page="second", score="1"))

    assert late.status_code == 409
    assert {one.value for one in review.scores.all()} == {4}


@pytest.mark.parametrize(
    ("change", "words"),
    [({"score": ""}, "Il manque encore"), ({"opinion": ""}, "Il manque encore")],
)
def test_an_incomplete_review_is_kept_but_not_returned(client, change, words):
    review = ReviewFactory()
    client.force_login(review.reviewer.user)
    url = reverse("calls:review_edit", args=[review.pk])

    answer = client.post(url, posted(review, **change) | {"submit": "1"})

    assert answer.status_code == 422
    assert words in answer.content.decode()
    review.refresh_from_db()
    assert review.state != ReviewState.SUBMITTED


def test_a_score_above_the_scale_is_refused(client):
    review = ReviewFactory()
    client.force_login(review.reviewer.user)
    url = reverse("calls:review_edit", args=[review.pk])
    assert client.post(url, posted(review, score="6")).status_code == 422
    assert not review.scores.exists()


def test_the_agency_takes_a_dossier_back_while_the_reader_writes(client):
    """The reader is told; nothing is half written."""
    review = ReviewFactory()
    take_review(review)
    with pytest.raises(Refused) as no:
        save_review(review, Written(scores={}, comments={}), seen=0, now=timezone.now())
    assert no.value.code == "gone"


def test_two_readers_of_one_dossier_write_at_once_and_lose_nothing():
    first = ReviewFactory()
    second = ReviewFactory(round=first.round, application=first.application)
    criteria = list(first.round.call.criteria.all())
    for review, value in ((first, 2), (second, 5)):
        scores = {one.pk: value for one in criteria}
        written = Written(scores=scores, comments={}, opinion="for")
        save_review(review, written, seen=0, now=timezone.now())
        submit_review(review, now=timezone.now())
    row = committee_table(first.round.call).rows[0]
    assert sorted(row.percents) == [40, 100]
    assert row.is_disagreed
    assert row.raw == 70


def test_a_severe_reader_moves_no_rank():
    """Both read both dossiers; all scores of one go down by two points."""
    held = ReviewRoundFactory()
    readers = [ReviewerFactory(), ReviewerFactory()]
    rows = [ApplicationFactory(call=held.call, eligible=True) for _n in range(3)]
    scores = {(0, 0): 5, (1, 0): 3, (1, 1): 4, (2, 1): 4}
    for (row, reader), value in scores.items():
        ReviewFactory(
            round=held,
            application=rows[row],
            reviewer=readers[reader],
            points=[value] * 3,
        )

    def ranks():
        table = committee_table(held.call)
        return {one.application.pk: one.rank for one in table.rows}

    before = ranks()
    for review in readers[1].reviews.all():
        for score in review.scores.all():
            score.value -= 2
            score.save()
    assert ranks() == before


def test_an_invitation_makes_a_reader_once(client):
    now = timezone.now()
    row = invite_reviewer("X@exemple.fr", by=UserFactory(role=Role.AGENCY), now=now)
    assert row.token in Mail.objects.get(to="x@exemple.fr").body
    user = UserFactory()
    client.force_login(user)
    url = reverse("calls:reviewer_join", args=[row.token])
    assert client.get(url).status_code == 200
    assert client.post(url).status_code == 302
    assert Reviewer.objects.get().user == user
    assert client.get(url).status_code == 404
    with pytest.raises(Refused):
        join_reviewers(row.token, by=UserFactory())


def test_a_reader_who_leaves_leaves_scores_without_a_name():
    review = ReviewFactory(points=[4, 4, 4])
    user = review.reviewer.user
    forget_person(user)
    user.delete()
    review.refresh_from_db()
    assert review.reviewer.user is None
    assert "@invalid" in review.reviewer.email
    assert committee_table(review.round.call).returned == 1


def test_the_agency_prepares_a_phase_by_pages(client):
    call = CallFactory(closed=True)
    ApplicationFactory.create_batch(3, call=call, eligible=True)
    ReviewerFactory.create_batch(3)
    client.force_login(UserFactory(role=Role.AGENCY))
    url = reverse("calls:round_list", args=[call.slug])
    assert client.get(url).status_code == 200
    day = timezone.localdate() + dt.timedelta(9)
    made = client.post(url, {"name": "L", "each": 2, "due_on": day})
    held = call.review_rounds.get()
    assert made.url == held.get_absolute_url()
    for step in ("repartir", "ouvrir", "rappeler", "clore"):
        step_url = reverse("calls:round_step", args=[held.pk, step])
        assert client.post(step_url).status_code == 302
        assert client.get(held.get_absolute_url()).status_code == 200
    assert held.reviews.count() == 6
    held.refresh_from_db()
    assert held.state == RoundState.CLOSED
