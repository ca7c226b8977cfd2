import datetime as dt

import pytest

from maillage.catalogue.models import Attachment, Resource, RevenueKey
from maillage.circulation.models import Closure, LendingRules
from maillage.core.choices import ProposalState, State
from maillage.core.errors import Refused
from maillage.core.merging import links, merge
from maillage.core.models import Alias, Entry, Mail, Proposal
from maillage.core.services import change, propose_new
from maillage.core.slugs import moved_to
from maillage.directory.choices import ClaimState, MemberRole
from maillage.directory.models import Claim, Invitation, Membership, Place, Structure
from tests.factories.accounts import UserFactory
from tests.factories.agenda import (
    EventFactory,
    FeedFactory,
    ProgrammeFactory,
    TrailFactory,
)
from tests.factories.assessment import ImprovementFactory, VisitReviewerFactory
from tests.factories.calls import ApplicationFactory
from tests.factories.catalogue import AttachmentFactory, ResourceFactory
from tests.factories.circulation import HostFactory
from tests.factories.directory import MembershipFactory, PlaceFactory, StructureFactory
from tests.factories.passport import IssuerFactory, PassFactory
from tests.factories.plan import ActionFactory, DeclinationFactory
from tests.factories.plan_governance import (
    ContributionFactory,
    DecisionFactory,
    MandateFactory,
)
from tests.factories.reviews import ReviewerFactory
from tests.factories.studio import (
    BudgetLineFactory as StudioLineFactory,
    EvaluationFactory,
    PartnerAnswerFactory,
    ProjectFactory,
)
from tests.factories.surveys import UnitFactory

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 9, 14, 9, tzinfo=dt.UTC)


@pytest.fixture
def agency():
    return UserFactory(agency=True)


@pytest.fixture
def kept():
    return StructureFactory(name="Forum des sciences", website="", listed=True)


@pytest.fixture
def dropped():
    return StructureFactory(
        name="Le Forum des sciences",
        slug="le-forum",
        website="https://forum.example.org/",
        source="consultation-2018",
        source_key="17",
        listed=True,
    )


def claim(structure, user, state=ClaimState.WAITING):
    return Claim.objects.create(
        structure=structure,
        user=user,
        position="Médiatrice",
        proof="Site",
        state=state,
        asked_at=NOW,
    )


def calls_of(structure):
    application = ApplicationFactory(structure=structure)
    application.partners.create(structure=structure, name="Le Forum")
    ReviewerFactory().structures.add(structure)


def plan_of(structure):
    action = ActionFactory(owner=structure, scope="establishment", establishment=structure)  # fmt: skip
    action.partners.add(structure)
    DeclinationFactory(owner=structure)
    MandateFactory(structure=structure)
    DecisionFactory(owner=structure)
    contribution = ContributionFactory(structure=structure)
    contribution.consultation.participants.create(name="Le Forum", structure=structure)


def studio_of(structure):
    ImprovementFactory(structure=structure)
    VisitReviewerFactory(
        structure=structure,
        user=UserFactory(),
        visit__assessment__structure=structure,
    )
    EvaluationFactory(structure=structure)
    project = ProjectFactory(lead=structure)
    StudioLineFactory(project=project)
    project.tasks.create(label="Dessiner", structure=structure, due_on=NOW.date())
    PartnerAnswerFactory(structure=structure)


def test_every_relation_moves_and_none_is_lost(kept, dropped, agency):
    both, only = UserFactory(), UserFactory()
    MembershipFactory(structure=kept, user=both)
    MembershipFactory(structure=dropped, user=both, manager=True)
    MembershipFactory(structure=dropped, user=only)
    claim(kept, both)
    claim(dropped, both)
    claim(dropped, only)
    Invitation.objects.create(
        structure=dropped, email="a@example.org", token="t", invited_at=NOW
    )
    PlaceFactory(structure=dropped)
    shared = ResourceFactory(owner=dropped, producers=[kept, dropped])
    LendingRules.objects.create(structure=dropped)
    Closure.objects.create(
        structure=dropped, starts_on=NOW.date(), ends_on=NOW.date() + dt.timedelta(7)
    )
    HostFactory(structure=dropped)
    UnitFactory(structure=dropped)
    RevenueKey.objects.create(resource=shared, structure=dropped, parts=1)
    change(dropped, values={"summary": "Autre"}, version=1, by=UserFactory(), now=NOW)
    Alias.objects.create(kind="structure", slug="cst", object_id=dropped.pk)
    pointing = {str(field) for field in links(Structure)}
    EventFactory(owner=dropped).co_organisers.set([kept, dropped])
    EventFactory(owner=kept)
    TrailFactory(owner=dropped)
    ProgrammeFactory(organiser=dropped)
    FeedFactory(owner=dropped)
    issuers = IssuerFactory(structure=kept), IssuerFactory(structure=dropped)
    PassFactory(group=dropped, offer__issuer=issuers[1])
    calls_of(dropped)
    plan_of(dropped)
    studio_of(dropped)
    assert pointing == {
        "agenda.Event.owner",
        "agenda.Event_co_organisers.structure",
        "agenda.Feed.owner",
        "agenda.HistoricalEvent.owner",
        "agenda.HistoricalEvent_co_organisers.structure",
        "agenda.HistoricalProgramme.organiser",
        "agenda.HistoricalTrail.owner",
        "agenda.Programme.organiser",
        "agenda.Trail.owner",
        "calls.Application.structure",
        "calls.PartnerStructure.structure",
        "calls.Reviewer_structures.structure",
        "catalogue.HistoricalResource.owner",
        "catalogue.HistoricalResource_producers.structure",
        "catalogue.Resource.owner",
        "catalogue.Resource_producers.structure",
        "circulation.Closure.structure",
        "circulation.Host.structure",
        "circulation.LendingRules.structure",
        "catalogue.RevenueKey.structure",
        "directory.Claim.structure",
        "directory.HistoricalPlace.structure",
        "directory.Invitation.structure",
        "directory.Membership.structure",
        "directory.Place.structure",
        "passport.Issuer.structure",
        "passport.Pass.group",
        "plan.Action.establishment",
        "plan.Action.owner",
        "plan.Action_partners.structure",
        "plan.Contribution.structure",
        "plan.Decision.owner",
        "plan.Declination.establishment",
        "plan.Declination.owner",
        "plan.HistoricalAction.establishment",
        "plan.HistoricalAction.owner",
        "plan.HistoricalDeclination.establishment",
        "plan.HistoricalDeclination.owner",
        "plan.Mandate.structure",
        "plan.Participant.structure",
        "studio.BudgetLine.structure",
        "studio.Evaluation.structure",
        "studio.HistoricalEvaluation.structure",
        "studio.HistoricalProject.lead",
        "studio.Improvement.structure",
        "studio.Partner.structure",
        "studio.PartnerAnswer.structure",
        "studio.Project.lead",
        "studio.SelfAssessment.structure",
        "studio.Task.structure",
        "studio.VisitReviewer.structure",
        "surveys.Unit.structure",
    }

    merge(kept, dropped=dropped, take=["website"], by=agency, now=NOW)

    for field in links(Structure):
        rows = field.model._base_manager
        assert not rows.filter(**{field.name: dropped.pk}).exists(), field
        assert rows.filter(**{field.name: kept.pk}).exists(), field
    assert Membership.objects.filter(structure=kept).count() == 2
    assert Membership.objects.get(user=both).role == MemberRole.MANAGER
    assert Claim.objects.filter(structure=kept).count() == 2
    assert list(shared.producers.all()) == [kept]
    assert Proposal.objects.get().object_id == kept.pk
    assert kept.pass_issuers.count() == 2  # passes of both stay good
    kept.refresh_from_db()
    assert kept.website == "https://forum.example.org/"
    assert (kept.source, kept.source_key) == ("consultation-2018", "17")


def test_the_dropped_record_leaves_an_address_and_a_history(kept, dropped, agency):
    place = PlaceFactory(structure=dropped, listed=True)
    pk = dropped.pk

    merge(kept, dropped=dropped, take=[], by=agency, now=NOW)

    assert moved_to(Structure, "le-forum") == kept
    assert not Structure.objects.filter(pk=pk).exists()
    public = Entry.objects.all().public()
    assert [e.object_id for e in public.filter(kind="structure")] == [kept.pk]
    assert public.get(object_id=place.pk, kind="place").owner_name == kept.name
    said = [past.history_change_reason for past in Structure.history.filter(id=pk)]
    assert any("Fusionnée dans" in (why or "") and kept.name in why for why in said)
    kept.refresh_from_db()
    assert "Le Forum" in kept.history.first().history_change_reason


def test_modules_do_not_become_their_own_whole(agency):
    whole = ResourceFactory()
    part = ResourceFactory(parent=whole, owner=whole.owner)
    other = ResourceFactory(parent=whole, owner=whole.owner)
    AttachmentFactory(resource=whole, size=3)

    merge(part, dropped=whole, take=["name", "parent"], by=agency, now=NOW)

    part.refresh_from_db()
    other.refresh_from_db()
    assert part.parent is None
    assert part.name == whole.name
    assert other.parent == part
    assert Attachment.objects.get().resource == part


def test_taking_over_the_parent_that_is_oneself_is_ignored(agency):
    kept = ResourceFactory()
    dropped = ResourceFactory(parent=kept, owner=kept.owner)

    merge(kept, dropped=dropped, take=["parent", "producers"], by=agency, now=NOW)

    assert Resource.objects.get().parent is None


def test_who_proposed_the_dropped_record_is_told(kept, agency):
    author = UserFactory()
    new = propose_new(Structure(name="Forum", kind="association"), by=author, now=NOW)

    merge(kept, dropped=new, take=[], by=agency, now=NOW)

    assert Proposal.objects.get().state == ProposalState.ACCEPTED
    assert "Forum des sciences" in Mail.objects.get(to=author.email).body


def test_a_published_record_that_is_dropped_publishes_the_kept_one(dropped, agency):
    kept = StructureFactory(state=State.DRAFT, source="x", source_key="1")

    merge(kept, dropped=dropped, take=[], by=agency, now=NOW)

    kept.refresh_from_db()
    assert kept.state == State.PUBLISHED
    assert kept.source_key == "1"


def test_what_cannot_be_merged_is_refused(kept, dropped, agency):
    place = PlaceFactory()

    def refused(one, two, by):
        with pytest.raises(Refused) as no:
            merge(one, dropped=two, take=[], by=by, now=NOW)
        return no.value.code

    assert refused(kept, dropped, UserFactory()) == "forbidden"
    assert refused(kept, kept, agency) == "same"
    assert refused(kept, place, agency) == "same"
    Structure.objects.filter(pk=dropped.pk).update(kind="guild")
    gone = Place.objects.get(pk=place.pk)
    place.delete()
    assert refused(PlaceFactory(), gone, agency) == "gone"
