import datetime as dt

import pytest
from django.core import mail as outbox
from django.utils import timezone

from maillage.catalogue.models import Resource
from maillage.core import services
from maillage.core.choices import ProposalKind, ProposalState, State
from maillage.core.errors import Refused
from maillage.core.models import Alias, Entry, Mail, Proposal
from maillage.core.publishing import kinds
from maillage.core.slugs import free_slug, moved_to
from maillage.core.values import snapshot, typed, write_values
from maillage.directory.models import Place, Structure
from tests.factories.accounts import UserFactory
from tests.factories.directory import MembershipFactory, PlaceFactory, StructureFactory

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 9, 14, 9, tzinfo=dt.UTC)


def new_place(**values):
    return Place(name="Palais de l’Univers", kind="museum", **values)


def propose(by=None, **values):
    return services.propose_new(
        new_place(**values), by=by or UserFactory(), now=timezone.now()
    )


def edit(place, by, *, version=None, **values):
    return services.change(
        place,
        values=values,
        version=version or place.version,
        by=by,
        now=timezone.now(),
    )


def the(code, call, *args, **kwargs):
    with pytest.raises(Refused) as no:
        call(*args, **kwargs)
    assert no.value.code == code
    assert no.value.message


@pytest.fixture
def place():
    return PlaceFactory(summary="Un musée", listed=True)


@pytest.fixture
def editor(place):
    return MembershipFactory(structure=place.structure).user


@pytest.fixture
def agency():
    return UserFactory(agency=True)


# New things ---------------------------------------------------------------------


def test_what_a_member_writes_waits_for_the_agency():
    thing = propose()

    assert thing.state == State.PROPOSED
    proposal = Proposal.objects.get()
    assert (proposal.kind, proposal.object_id) == (ProposalKind.NEW, thing.pk)
    assert proposal.after["name"] == "Palais de l’Univers"
    assert not Entry.objects.all().public().exists()


def test_what_the_agency_writes_is_published_at_once(agency):
    thing = propose(agency)

    assert thing.state == State.PUBLISHED
    assert not Proposal.objects.exists()
    assert Entry.objects.all().public().get().name == thing.name
    assert thing.history.first().history_user == agency


def test_the_same_thing_sent_twice_is_one():
    member = UserFactory()

    assert propose(member).pk == propose(member).pk
    assert Place.objects.count() == Proposal.objects.count() == 1


def test_two_different_things_of_one_name_are_two():
    member = UserFactory()

    assert propose(member).pk != propose(member, summary="Un autre").pk
    assert propose(UserFactory()).slug == "palais-de-lunivers-3"


def test_a_new_thing_that_breaks_a_rule_is_refused():
    the("invalid", propose, themes=["alchemy"])


def test_related_rows_are_kept_with_a_new_resource():
    owner = StructureFactory()
    thing = Resource(name="Malle aux étoiles", kind="kit", owner=owner)

    services.propose_new(
        thing, by=UserFactory(), now=timezone.now(), related={"producers": [owner]}
    )

    assert list(thing.producers.all()) == [owner]
    assert Proposal.objects.get().after["producers"] == [owner.pk]


def test_a_slug_taken_at_the_same_moment_is_replaced(monkeypatch):
    PlaceFactory(name="Palais de l’Univers", slug="palais-de-lunivers")
    answers = iter(["palais-de-lunivers", "palais-de-lunivers-2"])
    monkeypatch.setattr("maillage.core.slugs.free_slug", lambda thing: next(answers))

    assert propose().slug == "palais-de-lunivers-2"


def test_a_name_without_letters_gets_an_address():
    assert free_slug(Place(name="★")) == "place"
    assert free_slug(Place(name="Proposer")) == "proposer-2"


# Changes ------------------------------------------------------------------------


def test_an_editor_changes_at_once(place, editor):
    assert edit(place, editor, summary="Un grand musée") is None

    place.refresh_from_db()
    assert (place.summary, place.version) == ("Un grand musée", 2)
    assert place.history.first().history_user == editor
    assert Entry.objects.get(kind="place").summary == "Un grand musée"


def test_anybody_else_proposes_the_change(place):
    proposal = edit(place, UserFactory(), summary="Un grand musée")

    assert proposal.before == {"summary": "Un musée"}
    assert proposal.after == {"summary": "Un grand musée"}
    place.refresh_from_db()
    assert place.summary == "Un musée"


def test_a_proposal_sent_twice_is_one(place):
    member = UserFactory()

    first = edit(place, member, summary="Un grand musée")
    assert edit(place, member, summary="Un grand musée") == first
    assert edit(place, member, summary="Un petit musée") != first


def test_nothing_changed_is_said(place, editor):
    the("nothing", edit, place, editor, summary="Un musée")


def test_a_thing_that_is_gone_cannot_be_changed(place, editor):
    gone = Place.objects.get(pk=place.pk)
    place.delete()

    the("gone", edit, gone, editor, summary="Un grand musée")


def test_changes_of_two_people_to_different_fields_both_stay(place, editor):
    edit(place, editor, summary="Un grand musée")
    edit(place, editor, version=1, summary="Un musée", opening="Tous les jours")

    place.refresh_from_db()
    assert (place.summary, place.opening) == ("Un grand musée", "Tous les jours")


def test_changes_of_two_people_to_one_field_are_stopped(place, editor):
    edit(place, editor, summary="Un grand musée")

    with pytest.raises(Refused, match="résumé") as no:
        edit(place, editor, version=1, summary="Un petit musée")
    assert no.value.code == "stale"


def test_the_same_change_by_two_people_is_no_conflict(place, editor):
    edit(place, editor, summary="Un grand musée")

    the("nothing", edit, place, editor, version=1, summary="Un grand musée")


def test_a_version_that_nobody_noted_is_stale(place, editor):
    place.history.all().delete()
    Place.objects.filter(pk=place.pk).update(version=7)

    the("stale", edit, place, editor, version=3, summary="Un grand musée")


def test_a_value_of_the_wrong_form_is_refused(place, editor):
    the("invalid", edit, place, editor, host_surface_m2="beaucoup")
    the("invalid", edit, place, editor, themes=["alchemy"])
    the("invalid", edit, place, editor, commune=[1])


def test_an_order_of_terms_that_differs_is_no_change(place, editor):
    Place.objects.filter(pk=place.pk).update(themes=["physics", "astronomy"])
    one = Place.objects.get(pk=place.pk)

    again = snapshot(one, ["themes"])["themes"]
    assert (
        again == snapshot(Place(themes=["astronomy", "physics"]), ["themes"])["themes"]
    )


def test_a_renamed_thing_answers_at_both_addresses(place, editor):
    old = place.slug
    edit(place, editor, name="Forum des sciences")

    place.refresh_from_db()
    assert place.slug == "forum-des-sciences"
    assert moved_to(Place, old) == place
    assert moved_to(Place, "never-was") is None

    edit(place, editor, name="FORUM des sciences")
    place.refresh_from_db()
    assert place.slug == "forum-des-sciences"
    assert Alias.objects.count() == 1


def test_a_renamed_structure_shows_in_the_entries_of_its_places(place, agency):
    edit(place.structure, agency, name="Sciences pour tous")

    assert Entry.objects.get(kind="place").owner_name == "Sciences pour tous"


def test_typed_values_are_those_of_the_snapshot(place):
    fields = list(place.editable)

    assert typed(place, fields=fields) == snapshot(place)


def test_rows_that_are_gone_are_left_out():
    owner, lost = StructureFactory(), StructureFactory()
    thing = Resource.objects.create(name="Malle", slug="malle", kind="kit", owner=owner)
    pks = [owner.pk, lost.pk]
    lost.delete()

    write_values(thing, {"producers": pks}, by=UserFactory())

    assert list(thing.producers.all()) == [owner]


# Answers ------------------------------------------------------------------------


@pytest.fixture
def proposal(place):
    return edit(place, UserFactory(email="zoe@example.org"), summary="Un grand musée")


def test_an_accepted_change_is_made_and_told(proposal, place, agency):
    services.accept(proposal, by=agency, now=NOW, answer="Merci")

    place.refresh_from_db()
    assert place.summary == "Un grand musée"
    assert place.history.first().history_user == proposal.author
    mail = Mail.objects.get()
    assert mail.to == "zoe@example.org"
    assert "Merci" in mail.body
    assert place.get_absolute_url() in mail.body


def test_an_accepted_thing_is_public(agency):
    thing = propose()

    services.accept(Proposal.objects.get(), by=agency, now=NOW)

    thing.refresh_from_db()
    assert thing.state == State.PUBLISHED
    assert Entry.objects.all().public().filter(object_id=thing.pk).exists()


def test_only_one_of_two_answers_counts(proposal, agency):
    services.accept(proposal, by=agency, now=NOW)

    for call in (services.refuse, services.ask_for_change, services.accept):
        the("decided", call, proposal, answer="Non", by=agency, now=NOW)
    assert Mail.objects.count() == 1


@pytest.mark.parametrize("role", ["member", "observer"])
def test_only_the_agency_answers(proposal, role):
    other = UserFactory(role=role)

    for call in (services.refuse, services.ask_for_change, services.accept):
        the("forbidden", call, proposal, answer="Non", by=other, now=NOW)


def test_a_proposal_on_a_value_that_has_changed_is_stale(
    proposal, place, editor, agency
):
    edit(place, editor, summary="Un petit musée")

    the("stale", services.accept, proposal, by=agency, now=NOW)
    services.accept(proposal, by=agency, now=NOW, over=True)
    place.refresh_from_db()
    assert place.summary == "Un grand musée"


def test_a_proposal_about_nothing_left_is_gone(proposal, place, agency):
    place.delete()

    the("gone", services.accept, proposal, by=agency, now=NOW)
    services.refuse(proposal, answer="Fiche supprimée", by=agency, now=NOW)
    assert "Fiche supprimée" in Mail.objects.get().body


def test_a_kind_that_the_site_has_lost_is_gone(proposal, agency):
    Proposal.objects.update(target_kind="loan")
    proposal.refresh_from_db()

    the("gone", services.accept, proposal, by=agency, now=NOW)


@pytest.mark.parametrize("call", [services.refuse, services.ask_for_change])
def test_a_no_needs_a_reason(proposal, agency, call):
    the("reason", call, proposal, answer="  ", by=agency, now=NOW)


def test_a_refused_new_thing_goes_back_to_its_author(agency):
    thing = propose()

    services.refuse(Proposal.objects.get(), answer="Hors sujet", by=agency, now=NOW)

    thing.refresh_from_db()
    assert thing.state == State.DRAFT
    assert "Hors sujet" in Mail.objects.get().body


def test_an_author_answers_and_the_proposal_waits_again(proposal, agency):
    services.ask_for_change(proposal, answer="Et l’adresse ?", by=agency, now=NOW)
    assert "Et l’adresse" in Mail.objects.get().body

    again = services.propose_again(
        proposal,
        values={"summary": "Un très grand musée", "street": "1 rue Haute"},
        note="Voilà",
        by=proposal.author,
        now=NOW,
    )

    assert again.state == ProposalState.WAITING
    assert again.after == {"summary": "Un très grand musée", "street": "1 rue Haute"}
    assert again.before == {"summary": "Un musée", "street": ""}


def test_an_author_completes_a_new_thing(agency):
    author = UserFactory()
    thing = propose(author)
    proposal = Proposal.objects.get()
    services.ask_for_change(proposal, answer="Le nom ?", by=agency, now=NOW)

    again = {"note": "", "by": author, "now": NOW}
    services.propose_again(proposal, values={"name": "Palais des étoiles"}, **again)
    services.propose_again(proposal, values={"name": "Palais des étoiles"}, **again)

    thing.refresh_from_db()
    proposal.refresh_from_db()
    assert thing.slug == "palais-des-etoiles"
    assert proposal.name == proposal.after["name"] == "Palais des étoiles"


def test_answering_with_nothing_new_is_refused(proposal, place):
    the(
        "nothing",
        services.propose_again,
        proposal,
        values={"summary": "Un musée"},
        note="",
        by=proposal.author,
        now=NOW,
    )


def test_others_neither_answer_nor_withdraw(proposal):
    other = UserFactory()

    the("forbidden", services.withdraw, proposal, by=other, now=NOW)
    the(
        "forbidden",
        services.propose_again,
        proposal,
        values={},
        note="",
        by=other,
        now=NOW,
    )


def test_a_proposal_is_withdrawn_once():
    author = UserFactory()
    thing = propose(author)
    proposal = Proposal.objects.get()

    services.withdraw(proposal, by=author, now=NOW)

    thing.refresh_from_db()
    assert thing.state == State.DRAFT
    the("decided", services.withdraw, proposal, by=author, now=NOW)
    assert not Mail.objects.exists()


def test_withdrawing_a_change_leaves_the_thing_alone(proposal, place):
    services.withdraw(proposal, by=proposal.author, now=NOW)

    place.refresh_from_db()
    assert place.state == State.PUBLISHED


def test_nobody_is_told_when_the_author_has_left(proposal, agency):
    proposal.author.delete()
    proposal.refresh_from_db()

    services.accept(proposal, by=agency, now=NOW)

    assert not Mail.objects.exists()


def test_authors_see_their_proposals_and_observers_all(proposal):
    visible = Proposal.objects.all().visible_to

    assert proposal in visible(proposal.author)
    assert proposal in visible(UserFactory(observer=True))
    assert proposal not in visible(UserFactory())


# Records ------------------------------------------------------------------------


def test_an_editor_archives_and_the_agency_publishes(place, editor, agency):
    services.set_state(place, state=State.ARCHIVED, by=editor)
    assert not Entry.objects.all().public().filter(kind="place").exists()

    the("forbidden", services.set_state, place, state=State.PUBLISHED, by=editor)
    the("forbidden", services.set_state, place, state=State.ARCHIVED, by=UserFactory())
    services.set_state(place, state=State.PUBLISHED, by=agency)
    assert Entry.objects.all().public().filter(kind="place").exists()


def test_those_who_answer_for_a_thing_confirm_it(place, editor, agency):
    today = dt.date(2026, 9, 14)

    assert (
        services.confirm_up_to_date(place, by=editor, today=today).verified_on == today
    )
    assert services.confirm_up_to_date(place, by=agency, today=today)
    the("forbidden", services.confirm_up_to_date, place, by=UserFactory(), today=today)


def test_a_version_comes_back_with_its_address(place, editor):
    first = place.history.first().history_id
    edit(place, editor, name="Forum des sciences", summary="")

    back = services.restore_version(place, history_id=first, by=editor)

    assert (back.name, back.summary, back.version) == (place.name, "Un musée", 3)
    assert back.slug.startswith("musee-")
    the("nothing", services.restore_version, place, history_id=first, by=editor)


def test_a_version_comes_back_with_its_relations_and_its_picture(agency):
    owner, partner = StructureFactory(), StructureFactory()
    thing = Resource.objects.create(
        name="Malle", slug="malle", kind="kit", owner=owner, picture="images/a.png"
    )
    thing.producers.set([owner, partner])
    past = thing.history.order_by("-history_id").first().history_id
    write_values(thing, {"producers": [], "picture": ""}, by=agency)

    back = services.restore_version(thing, history_id=past, by=agency)

    assert {*back.producers.all()} == {owner, partner}
    assert back.picture.name == "images/a.png"


def test_restoring_needs_a_right_and_a_version(place, editor):
    first = place.history.first().history_id

    the("unknown", services.restore_version, place, history_id=0, by=editor)
    the(
        "forbidden", services.restore_version, place, history_id=first, by=UserFactory()
    )


def test_every_kind_can_be_snapped_and_written_back():
    for model in kinds().values():
        assert set(model.editable) <= {field.name for field in model._meta.get_fields()}


def test_a_mail_leaves_after_the_commit(
    proposal, agency, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        services.accept(proposal, by=agency, now=NOW)

    assert [message.to for message in outbox.outbox] == [["zoe@example.org"]]
    mail = Mail.objects.get()
    assert mail.sent_at
    assert mail.body == ""


def test_structures_are_published_things_too():
    assert kinds()["structure"] is Structure


def test_decimals_are_kept_as_the_database_writes_them():
    thing = Resource(name="Malle", kind="kit", volume_m3=4.5)

    assert snapshot(thing, ["volume_m3"]) == {"volume_m3": "4.50"}


def test_a_value_that_cannot_be_read_is_refused(editor, place):
    the("invalid", edit, place, editor, lon=[1, 2])
