"""Events and their occurrences, programmes, trails and stops, sign-ups."""

import datetime as dt

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from maillage.agenda.choices import FeedKind, SignUpState
from maillage.agenda.models import (
    Coordinator,
    Event,
    Feed,
    Occurrence,
    Programme,
    Series,
    SignUp,
    Stop,
    Trail,
)
from maillage.core.entries import refresh_entries
from tests.factories.accounts import UserFactory
from tests.factories.directory import PlaceFactory, PublishableFactory, StructureFactory


def paris(text):
    """A local time as an instant: « 2027-03-06T14:00 »."""
    return timezone.make_aware(dt.datetime.fromisoformat(text))


class EventFactory(PublishableFactory):
    """An event without dates; ``at="2027-03-06T14:00"`` gives it one, of two hours.

    Several times make several occurrences; with dates it has its public entry.
    """

    class Meta:
        model = Event

    name = factory.Sequence(lambda n: f"Atelier des étoiles {n}")
    slug = factory.Sequence(lambda n: f"atelier-des-etoiles-{n}")
    kind = "workshop"
    owner = factory.SubFactory(StructureFactory)
    place = factory.SubFactory(
        PlaceFactory, structure=factory.SelfAttribute("..owner"), commune=None
    )

    @factory.post_generation
    def at(self, create, wanted, **kwargs):
        if create and wanted:
            times = [wanted] if isinstance(wanted, str) else wanted
            made = [OccurrenceFactory(event=self, at=time) for time in times]
            self.first_on = min(one.starts_on for one in made)
            self.last_on = max(one.ends_on for one in made) - dt.timedelta(1)
            self.save(update_fields=["first_on", "last_on"])
            refresh_entries([self])


class SeriesFactory(DjangoModelFactory):
    class Meta:
        model = Series

    event = factory.SubFactory(EventFactory)
    starts = "2027-03-03T14:00"
    minutes = 120
    rule = "FREQ=WEEKLY;COUNT=10"


class OccurrenceFactory(DjangoModelFactory):
    class Meta:
        model = Occurrence

    class Params:
        at = "2027-03-06T14:00"
        minutes = 120

    event = factory.SubFactory(EventFactory)
    starts_at = factory.LazyAttribute(lambda row: paris(row.at))
    ends_at = factory.LazyAttribute(
        lambda row: row.starts_at + dt.timedelta(minutes=row.minutes)
    )
    starts_on = factory.LazyAttribute(lambda row: timezone.localdate(row.starts_at))
    ends_on = factory.LazyAttribute(
        lambda row: (
            timezone.localdate(row.ends_at - dt.timedelta(minutes=1)) + dt.timedelta(1)
        )
    )


class SignUpFactory(DjangoModelFactory):
    class Meta:
        model = SignUp

    occurrence = factory.SubFactory(OccurrenceFactory)
    name = factory.Sequence(lambda n: f"Famille {n}")
    email = factory.Sequence(lambda n: f"famille{n}@example.org")
    state = SignUpState.CONFIRMED
    token = factory.Sequence(lambda n: f"jeton-{n:04d}")
    asked_at = dt.datetime(2027, 2, 1, 9, tzinfo=dt.UTC)


class ProgrammeFactory(DjangoModelFactory):
    class Meta:
        model = Programme

    edition_of = "fete-de-la-science"
    year = 2027
    name = factory.LazyAttribute(lambda row: f"Fête de la science {row.year}")
    slug = factory.LazyAttribute(lambda row: f"{row.edition_of}-{row.year}")
    starts_on = factory.LazyAttribute(lambda row: dt.date(row.year, 10, 1))
    ends_on = factory.LazyAttribute(lambda row: dt.date(row.year, 10, 12))
    proposals_from = factory.LazyAttribute(lambda row: dt.date(row.year, 1, 1))
    proposals_until = factory.LazyAttribute(lambda row: dt.date(row.year, 9, 1))
    is_published = True


class FeedFactory(DjangoModelFactory):
    class Meta:
        model = Feed

    name = factory.Sequence(lambda n: f"Agenda de la ville {n}")
    kind = FeedKind.ICALENDAR
    owner = factory.SubFactory(StructureFactory)
    event_kind = "talk"


class CoordinatorFactory(DjangoModelFactory):
    class Meta:
        model = Coordinator

    programme = factory.SubFactory(ProgrammeFactory)
    user = factory.SubFactory(UserFactory)


class TrailFactory(PublishableFactory):
    class Meta:
        model = Trail

    name = factory.Sequence(lambda n: f"Sur les pas des savants {n}")
    slug = factory.Sequence(lambda n: f"sur-les-pas-des-savants-{n}")
    kind = "heritage"
    owner = factory.SubFactory(StructureFactory)


class StopFactory(DjangoModelFactory):
    class Meta:
        model = Stop

    trail = factory.SubFactory(TrailFactory)
    key = factory.Sequence(lambda n: f"k{n}")
    rank = factory.Sequence(lambda n: n + 1)
    title = factory.LazyAttribute(lambda row: f"Étape {row.rank}")
    place = factory.SubFactory(PlaceFactory)
    code = factory.Sequence(lambda n: f"ETAPE{n:04d}")
