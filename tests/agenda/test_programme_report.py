"""Declared attendance, the report that it makes, and what is never told."""

import datetime as dt

import pytest
from django.urls import reverse

from maillage.agenda.choices import LabelState
from maillage.agenda.models import Labelling, Occurrence
from maillage.agenda.programme_reports import report_context
from maillage.agenda.services.programme_facts import editions, published
from maillage.agenda.services.programme_report import (
    Report,
    close_report,
    computed,
    declare_attendance,
    remind_organisers,
    report_of,
)
from maillage.core.errors import Refused
from maillage.core.models import Mail
from tests.factories.accounts import UserFactory
from tests.factories.agenda import EventFactory, ProgrammeFactory
from tests.factories.directory import StructureFactory
from tests.factories.territories import CommuneFactory

AFTER = dt.datetime(2025, 10, 20, 9, tzinfo=dt.UTC)
CLOSING = dt.date(2025, 11, 3)


@pytest.fixture
def programme(db):
    return ProgrammeFactory(year=2025)


def labelled(programme, *, owner=None, at="2025-10-04T14:00", commune=None, **facts):
    event = EventFactory(
        owner=owner or StructureFactory(), at=at, programme=programme,
        commune=commune or CommuneFactory(lille=True), **facts,
    )  # fmt: skip
    return Labelling.objects.create(
        programme=programme, event=event, state=LabelState.GRANTED, asked_at=AFTER,
        asked_by=UserFactory(),
    )  # fmt: skip


def declare(label, came, pupils=0, *, public=False):
    one = label.event.occurrences.first()
    return declare_attendance(
        label, counts={one.pk: (came, pupils)}, is_public=public, now=AFTER
    )


def refusal(call, *args, **kwargs):
    with pytest.raises(Refused) as no:
        call(*args, **kwargs)
    return no.value.code


def test_the_report_counts_what_took_place(programme):
    owner = StructureFactory()
    for commune in (CommuneFactory(lille=True), CommuneFactory(amiens=True)):
        labelled(programme, owner=owner, commune=commune)
    labelled(programme, status="cancelled")
    labelled(programme, state="archived")

    whole = computed(programme).whole

    assert (whole.events, whole.communes, whole.organisers) == (2, 2, 1)
    assert [line.code for line in computed(programme).departments] == ["59", "80"]
    assert whole.visits.value is None
    assert not whole.visits.is_secret


def test_declared_attendance_of_enough_organisers_is_added_up(programme):
    for came, pupils in ((100, 40), (120, 60), (80, 0), (90, 30)):
        declare(labelled(programme), came, pupils)

    whole = computed(programme).whole

    assert (whole.visits.value, whole.schools.value) == (390, 130)
    assert whole.declared == 4


def test_a_sum_of_one_organiser_is_secret(programme):
    declare(labelled(programme), 4321)

    report = computed(programme)

    assert report.whole.visits.is_secret
    assert report.whole.visits.value is None
    assert "4321" not in str(report.as_json())


def test_a_department_with_one_organiser_stays_secret_and_so_does_another(programme):
    amiens = CommuneFactory(amiens=True)
    laon = CommuneFactory(
        insee="02408", name="Laon", department__code="02", department__name="Aisne"
    )
    for came in (100, 120, 80, 90):
        declare(labelled(programme), came)
        declare(labelled(programme, commune=laon), came + 5)
    declare(labelled(programme, commune=amiens), 777)

    report = computed(programme)
    lines = {line.code: line for line in report.departments}

    assert lines["80"].visits.is_secret
    # Else the total less the others would tell it.
    told = [
        line.visits.value for line in report.departments if not line.visits.is_secret
    ]
    whole = report.whole.visits
    assert whole.is_secret or sum(line.visits.is_secret for line in lines.values()) >= 2
    assert 777 not in told
    assert "777" not in str(report.as_json())


def test_one_organiser_in_several_departments_is_one(programme):
    owner = StructureFactory()
    for n in range(3):
        home = CommuneFactory(insee=f"0240{n}", department__code=f"0{n + 1}")
        declare(labelled(programme, owner=owner, commune=home), 100)

    assert computed(programme).whole.visits.is_secret


def test_what_is_declared_for_publication_is_told(programme):
    declare(labelled(programme), 4321, 21, public=True)

    whole = computed(programme).whole

    assert (whole.visits.value, whole.schools.value) == (4321, 21)


def test_a_public_attendance_does_not_cover_a_secret_one(programme):
    declare(labelled(programme), 1000, public=True)
    declare(labelled(programme), 1100, public=True)
    declare(labelled(programme), 333)

    assert computed(programme).whole.visits.is_secret


@pytest.mark.parametrize(
    ("came", "pupils", "code"), [(10, 11, "more"), (None, 1, "more"), (10, 10, "")]
)
def test_pupils_are_part_of_the_public(came, pupils, code, programme):
    label = labelled(programme)
    if code:
        assert refusal(declare, label, came, pupils) == code
    else:
        assert declare(label, came, pupils).declared_at == AFTER


def test_an_occurrence_of_another_event_is_refused(programme):
    other = labelled(programme).event.occurrences.get()

    code = refusal(
        declare_attendance, labelled(programme), counts={other.pk: (5, 0)},
        is_public=False, now=AFTER,
    )  # fmt: skip

    assert code == "unknown"
    other.refresh_from_db()
    assert other.attendance is None


def test_what_is_to_come_has_no_public_yet(programme):
    label = labelled(programme)
    one = label.event.occurrences.get()
    before = dt.datetime(2025, 10, 2, 9, tzinfo=dt.UTC)

    code = refusal(
        declare_attendance, label, counts={one.pk: (5, 0)}, is_public=False, now=before
    )

    assert code == "early"


def test_organisers_who_did_not_answer_are_reminded_once(programme):
    agency = UserFactory(agency=True)
    waiting = labelled(programme)
    declare(labelled(programme), 10)

    assert remind_organisers(programme, by=agency, now=AFTER) == 1
    mail = Mail.objects.get()
    assert mail.to == waiting.asked_by.email
    assert waiting.token in mail.body
    assert remind_organisers(programme, by=agency, now=AFTER) == 0
    later = AFTER + dt.timedelta(days=5)
    assert remind_organisers(programme, by=agency, now=later) == 1
    assert remind_organisers(programme, by=UserFactory(), now=later) == 0


def test_a_closed_report_does_not_change_any_more(programme):
    agency = UserFactory(agency=True)
    labels = [labelled(programme) for _n in range(4)]
    for label in labels:
        declare(label, 100)
    early = dt.date(2025, 10, 5)
    assert refusal(close_report, programme, note="", by=agency, today=early) == "early"
    assert (
        refusal(close_report, programme, note="", by=UserFactory(), today=CLOSING)
        == "forbidden"
    )

    row = close_report(programme, note="Beau temps", by=agency, today=CLOSING)

    Occurrence.objects.update(attendance=999)
    row.refresh_from_db()
    assert report_of(row).whole.visits.value == 400
    assert Report.from_json(row.report) == report_of(row)
    assert refusal(declare, labels[0], 5) == "closed"
    assert refusal(close_report, row, note="", by=agency, today=CLOSING) == "closed"


def test_published_figures_keep_their_words_and_their_page():
    told = published("fete-de-la-science")

    first = next(one for one in told if one.year == 2017 and one.measure == "events")
    assert first.text == "plus de 350"
    assert first.source_url.startswith("https://")
    assert {one.year for one in told} == {2017, 2018, 2021, 2023}
    nord = [one for one in told if one.scope == "59"]
    assert {one.year for one in nord} == {2017, 2018}
    assert published("pint-of-science") == []


def test_editions_are_compared_and_silence_is_a_gap(programme):
    for _n in range(4):
        declare(labelled(programme), 100)

    found = editions(programme, [(programme, computed(programme))])

    assert [one.year for one in found] == [2017, 2018, 2021, 2023, 2025]
    assert [cell.value for cell in found[0].cells] == [350, 80, None, None, None]
    assert found[1].cells[3].value == 38892
    assert found[-1].cells[3].value == 400
    assert found[-1].is_ours


def test_the_charts_draw_a_secret_as_a_gap(programme):
    declare(labelled(programme), 4321)

    context = report_context(programme)

    assert "4321" not in str(context["rows"])
    assert all("4321" not in str(chart) for chart in context["charts"])


# Pages ------------------------------------------------------------------------------


def test_attendance_is_declared_by_the_link_alone(client, programme):
    label = labelled(programme)
    one = label.event.occurrences.get()
    url = reverse("agenda:programme_attendance", args=[programme.slug, label.token])

    assert client.get(url)["Referrer-Policy"] == "no-referrer"
    wrong = client.post(url, {f"came_{one.pk}": "10", f"pupils_{one.pk}": "12"})
    assert wrong.status_code == 422
    assert "leur nombre ne le dépasse pas" in wrong.content.decode()
    right = client.post(url, {f"came_{one.pk}": "50", f"pupils_{one.pk}": "12"})
    assert right.status_code == 302
    one.refresh_from_db()
    assert (one.attendance, one.school_attendance) == (50, 12)
    assert client.get(url.replace(label.token, "autre")).status_code == 404


def test_the_report_is_for_its_coordination_until_it_is_closed(client, programme):
    url = reverse("agenda:programme_report", args=[programme.slug])
    labelled(programme)

    assert client.get(url).status_code == 404
    client.force_login(UserFactory(agency=True))
    assert "chiffres provisoires" in client.get(url).content.decode()
    client.post(
        reverse("agenda:programme_close", args=[programme.slug]), {"note": "Fin"}
    )
    client.logout()
    page = client.get(url).content.decode()
    assert "Fin" in page
    assert "plus de 350" in page


@pytest.mark.parametrize("name", ["programme_report_paper", "programme_paper"])
def test_papers_are_set(client, programme, name):
    for _n in range(3):
        declare(labelled(programme), 100)
    client.force_login(UserFactory(agency=True))

    answer = client.get(reverse(f"agenda:{name}", args=[programme.slug]))

    assert answer.content.startswith(b"%PDF")


def test_the_table_of_the_report_says_what_is_secret(client, programme):
    declare(labelled(programme), 4321)
    client.force_login(UserFactory(agency=True))

    args = [programme.slug, "csv"]
    text = client.get(
        reverse("agenda:programme_report_export", args=args)
    ).content.decode()

    assert "secret statistique" in text
    assert "4321" not in text
