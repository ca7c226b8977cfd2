"""Decisions told once, money to the cent, reports, open data, mails before dates."""

import datetime as dt
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from frictionless import Resource, Schema
from hypothesis import given, settings, strategies as st

from maillage.accounts.choices import Role
from maillage.calls.models import Decision, Grant, Instalment
from maillage.calls.review_choices import GrantState
from maillage.calls.services import deciding, granting, reporting
from maillage.calls.services.reminding import remind_all
from maillage.core.errors import Refused
from maillage.core.models import Mail
from maillage.kernels.shares import split_exactly
from tests.factories.accounts import UserFactory
from tests.factories.calls import ApplicationFactory, CallFactory
from tests.factories.directory import MembershipFactory
from tests.factories.reviews import granted

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2030, 3, 4, 9, tzinfo=dt.UTC)
TODAY = NOW.date()


@pytest.fixture
def agent():
    return UserFactory(role=Role.AGENCY)


def decide(application, agent, **values):
    wanted = {"outcome": "granted", "cents": 5_000_00, "reason": ""} | values
    return deciding.decide(application, **wanted, by=agent, now=NOW)


def signed(agent, **fields):
    grant = granted(by=agent, now=NOW, **fields)
    granting.sign_agreement(
        grant, agreed_on=TODAY, starts_on=TODAY,
        last_on=TODAY + dt.timedelta(200), act="DEL-7", conditions="",
        is_told_to_europe=False, by=agent, now=NOW,
    )  # fmt: skip
    return Grant.objects.get(pk=grant.pk)


def test_an_applicant_reads_nothing_before_the_decision_is_told(client, agent):
    call = CallFactory(closed=True)
    row = ApplicationFactory(call=call, eligible=True)
    user = MembershipFactory(structure=row.structure).user
    decide(row, agent)
    client.force_login(user)
    urls = [
        reverse(f"calls:decision_{name}", args=[row.number])
        for name in ("detail", "letter")
    ]
    assert [client.get(url).status_code for url in urls] == [404, 404]
    page = client.get(row.get_absolute_url()).content.decode()
    assert "retenue" not in page
    assert not Mail.objects.filter(to=user.email).exists()

    assert deciding.notify(call, by=agent, now=NOW) == 1

    assert [client.get(url).status_code for url in urls] == [200, 200]
    assert client.get(urls[1]).content.startswith(b"%PDF")
    assert Mail.objects.filter(to=user.email).count() == 1
    assert "Lire la décision" in client.get(row.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"cents": 0}, "amount"),
        ({"cents": 17_000_00}, "amount"),  # more than the budget of the project
        ({"cents": 11_000_00}, "budget"),
        ({"outcome": "declined"}, "reason"),
    ],
)
def test_decisions_that_cannot_be_are_refused(agent, values, code):
    call = CallFactory(closed=True, budget_cents=15_000_00)
    first, second = ApplicationFactory.create_batch(2, call=call, eligible=True)
    decide(first, agent)
    with pytest.raises(Refused) as no:
        decide(second, agent, **values)
    assert no.value.code == code


def test_who_waits_is_granted_later_and_others_never_change(agent):
    call = CallFactory(closed=True)
    row, other = ApplicationFactory.create_batch(2, call=call, eligible=True)
    decide(row, agent, outcome="waiting", rank=1)
    decide(other, agent, outcome="declined", reason="Hors sujet.")
    deciding.notify(call, by=agent, now=NOW)
    decide(row, agent, cents=4_000_00)
    assert deciding.notify(call, by=agent, now=NOW) == 1
    assert row.decision.__class__.objects.get(application=row).is_granted
    assert Grant.objects.get().cents == 4_000_00
    with pytest.raises(Refused) as no:
        decide(other, agent)
    assert no.value.code == "state"


def test_nobody_decides_for_a_friend(agent):
    row = ApplicationFactory(call=CallFactory(closed=True), eligible=True)
    MembershipFactory(user=agent, structure=row.structure)
    with pytest.raises(Refused) as no:
        decide(row, agent)
    assert no.value.code == "conflict"


@given(
    cents=st.integers(1, 10**12),
    parts=st.lists(st.integers(1, 100), min_size=1, max_size=6),
)
def test_no_cent_is_lost_in_a_split(cents, parts):
    assert sum(split_exactly(cents, parts)) == cents


@settings(deadline=None, max_examples=20)
@given(cents=st.integers(100, 10**9), first=st.integers(1, 98))
@pytest.mark.django_db(transaction=False)
def test_instalments_add_up_after_each_change(cents, first):
    agent = UserFactory(role=Role.AGENCY)
    grant = signed(agent, cents=cents)
    granting.plan_instalments(
        grant,
        parts=[(first, TODAY), (1, TODAY), (99 - first, TODAY)],
        seen=grant.revision,
        by=agent,
        now=NOW,
    )
    standing = list(grant.instalments.all().standing())
    assert sum(one.cents for one in standing) == cents
    granting.pay_instalment(standing[0], paid_on=TODAY, by=agent, now=NOW)
    granting.amend(
        grant, cents=cents + 37, last_on=TODAY + dt.timedelta(300), reason="plus",
        agreed_on=TODAY, by=agent, now=NOW,
    )  # fmt: skip
    assert sum(one.cents for one in grant.instalments.all().standing()) == cents + 37
    assert deciding.promised(grant.application.call) == cents + 37
    granting.cancel_grant(grant, reason="fin", cancelled_on=TODAY, by=agent, now=NOW)
    paid = sum(one.cents for one in grant.instalments.all().paid())
    assert deciding.promised(grant.application.call) == paid == standing[0].cents


@pytest.mark.parametrize(
    ("verb", "code"),
    [
        (lambda g, a: granting.amend(g, cents=1, last_on=TODAY, reason="x", agreed_on=TODAY, by=a, now=NOW), "paid"),
        (lambda g, a: granting.plan_instalments(g, parts=[(50, TODAY)], seen=g.revision, by=a, now=NOW), "parts"),
        (lambda g, a: granting.plan_instalments(g, parts=[(100, TODAY)], seen=-1, by=a, now=NOW), "stale"),
        (lambda g, a: granting.cancel_grant(g, reason=" ", cancelled_on=TODAY, by=a, now=NOW), "reason"),
        (lambda g, a: granting.close_grant(g, by=a, now=NOW), "unpaid"),
    ],
)  # fmt: skip
def test_steps_that_would_break_the_books_are_refused(agent, verb, code):
    grant = signed(agent)
    granting.pay_instalment(grant.instalments.first(), paid_on=TODAY, by=agent, now=NOW)
    grant.refresh_from_db()
    with pytest.raises(Refused) as no:
        verb(grant, agent)
    assert no.value.code == code


def test_nothing_is_paid_before_the_agreement(agent):
    grant = granted(by=agent, now=NOW)
    with pytest.raises(Refused) as no:
        granting.pay_instalment(
            grant.instalments.first(), paid_on=TODAY, by=agent, now=NOW
        )
    assert no.value.code == "agreement"


def test_a_beneficiary_files_a_report_and_takes_it_up_again(client, agent, pdf):
    grant = signed(agent)
    user = MembershipFactory(structure=grant.application.structure).user
    report = grant.reports.get()
    client.force_login(user)
    url = reverse("calls:report_file", args=[report.pk])
    assert client.get(url).status_code == 200
    form = {
        "text": "Fait.", "spent_cents": "8 123,45", "people": "1200",
        "file": SimpleUploadedFile("bilan.pdf", pdf),
    }  # fmt: skip

    assert client.post(url, form).status_code == 302

    report.refresh_from_db()
    assert (report.spent_cents, report.people) == (8_123_45, 1200)
    piece = reverse("calls:report_attachment", args=[report.pk])
    assert b"".join(client.get(piece)).startswith(b"%PDF")
    client.force_login(UserFactory())
    assert client.get(piece).status_code == 404
    reporting.answer_report(report, reason="Et le public ?", by=agent, now=NOW)
    client.force_login(user)
    assert "Et le public" in client.get(url).content.decode()
    assert client.post(url, form | {"file": ""}).status_code == 302
    reporting.answer_report(report, reason="", by=agent, now=NOW)
    report.refresh_from_db()
    assert report.accepted_at


def test_a_program_in_place_of_a_report_is_refused(client, agent):
    grant = signed(agent)
    user = MembershipFactory(structure=grant.application.structure).user
    client.force_login(user)
    url = reverse("calls:report_file", args=[grant.reports.get().pk])
    file = SimpleUploadedFile("bilan.pdf", b"MZ\x90")
    form = {"text": "x", "spent_cents": "1", "file": file}
    assert client.post(url, form).status_code == 422
    assert grant.reports.get().filed_at is None


@pytest.fixture
def pdf(tmp_path):
    from pypdf import PdfWriter  # noqa: PLC0415 -- one test needs it

    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    path = tmp_path / "a.pdf"
    writer.write(path)
    return path.read_bytes()


def test_the_steps_of_a_grant_by_pages(client, agent):
    grant = granted(by=agent, now=NOW)
    client.force_login(agent)
    day = TODAY.isoformat()
    after = (TODAY + dt.timedelta(90)).isoformat()
    forms = {
        "convention": {"agreed_on": day, "starts_on": day, "last_on": after},
        "versements": {"seen": 1, "percent_0": 40, "day_0": day, "percent_1": 60, "day_1": after},
        "bilan": {"name": "Bilan d’étape", "due_on": after},
        "avenant": {"agreed_on": day, "cents": "9 000", "last_on": after, "reason": "x"},
    }  # fmt: skip
    for step, form in forms.items():
        url = reverse("calls:grant_step", args=[grant.reference, step])
        assert client.get(url).status_code == 200, step
        assert client.post(url, form).status_code == 302, step
    grant.refresh_from_db()
    assert grant.cents == 9_000_00
    assert [one.cents for one in grant.instalments.all()] == [3_600_00, 5_400_00]
    first = grant.instalments.first()
    pay = reverse("calls:instalment_pay", args=[first.pk])
    assert client.post(pay, {"paid_on": day}).status_code == 302
    first.refresh_from_db()
    assert first.paid_on == TODAY
    assert client.post(pay).status_code == 302
    first.refresh_from_db()
    assert first.paid_on is None
    export = client.get(reverse("calls:payment_export", args=["csv"]))
    assert "3600" in b"".join(export).decode()
    url = reverse("calls:grant_step", args=[grant.reference, "annuler"])
    assert (
        client.post(url, {"cancelled_on": day, "reason": "abandon"}).status_code == 302
    )
    assert "Annulée le" in client.get(grant.get_absolute_url()).content.decode()
    assert client.get(reverse("calls:grant_desk")).status_code == 200


def test_the_agency_decides_and_notifies_by_pages(client, agent):
    row = ApplicationFactory(call=CallFactory(closed=True), eligible=True)
    client.force_login(agent)
    url = reverse("calls:decision_edit", args=[row.number])
    assert client.get(url).status_code == 200
    assert client.post(url, {"outcome": "granted", "cents": "x"}).status_code == 422
    assert client.post(url, {"outcome": "granted", "cents": "7 000"}).status_code == 302
    listed = reverse("calls:decision_list", args=[row.call.slug])
    assert "Relire et notifier" in client.get(listed).content.decode()
    draft = reverse("calls:decision_draft", args=[row.number])
    assert client.get(draft).content.startswith(b"%PDF")
    notify = reverse("calls:decision_notify", args=[row.call.slug])
    assert client.get(notify).status_code == 200
    assert Decision.objects.get().notified_at is None  # looking changes nothing
    assert client.post(notify).status_code == 302
    assert Grant.objects.get().cents == 7_000_00


#: SCDL « subventions » 2.1.1 as https://schema.data.gouv.fr/scdl/subventions/2.1.1/
#: tells it: type, whether a value is needed, and what else a value must be.
NEEDED = {"required": True}
SIRET = NEEDED | {"pattern": r"^\d{14}$"}
PERIOD = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(/[0-9]{4}-[0-9]{2}-[0-9]{2})?$"
RULES = [
    ("nomAttribuant", "string", NEEDED),
    ("idAttribuant", "string", SIRET),
    ("dateConvention", "date", NEEDED),
    ("referenceDecision", "string", {}),
    ("nomBeneficiaire", "string", NEEDED),
    ("idBeneficiaire", "string", SIRET),
    ("rnaBeneficiaire", "string", {"pattern": r"^W\d{9}$"}),
    ("objet", "string", NEEDED | {"maxLength": 256}),
    ("montant", "number", NEEDED),
    ("nature", "string", NEEDED | {"enum": ["aide en numéraire", "aide en nature"]}),
    ("conditionsVersement", "string", NEEDED | {"maxLength": 256}),
    ("datesPeriodeVersement", "string", NEEDED | {"pattern": PERIOD}),
    ("idRAE", "string", {"maxLength": 5}),
    ("notificationUE", "boolean", NEEDED),
    ("pourcentageSubvention", "number", NEEDED | {"minimum": 0.01, "maximum": 1}),
    ("dispositifAide", "string", {}),
]


def scdl_schema():
    fields = [
        {"name": name, "type": kind, "constraints": rules}
        | ({"trueValues": ["oui"], "falseValues": ["non"]} if kind == "boolean" else {})
        for name, kind, rules in RULES
    ]
    return Schema.from_descriptor({"fields": fields, "missingValues": [""]})


def test_open_data_of_grants_keep_the_rules_of_scdl(client, agent, tmp_path):
    odd = "« Nuages ; vents », l’objet\nqui va à la ligne" + " très long" * 40
    signed(agent, cents=7_800_05, title=odd[:200])
    once = signed(agent, cents=1_00)
    granting.plan_instalments(
        once, parts=[(100, TODAY)], seen=once.revision, by=agent, now=NOW
    )
    granting.pay_instalment(once.instalments.get(), paid_on=TODAY, by=agent, now=NOW)
    granted(by=agent, now=NOW)  # without an agreement: not there
    gone = signed(agent)
    granting.cancel_grant(gone, reason="x", cancelled_on=TODAY, by=agent, now=NOW)
    no_siret = signed(agent)
    no_siret.application.structure.siret = ""
    no_siret.application.structure.save()

    answer = client.get(
        reverse("interchange:dataset_file", args=["subventions", "csv"])
    )
    path = tmp_path / "subventions.csv"
    path.write_bytes(b"".join(answer) if answer.streaming else answer.content)

    report = Resource(path=path.name, basepath=str(tmp_path), schema=scdl_schema()).validate()  # fmt: skip
    assert report.valid, json.dumps(report.flatten(["title", "message"]))
    rows = Resource(path=path.name, basepath=str(tmp_path), schema=scdl_schema()).read_rows()  # fmt: skip
    assert list(rows[0]) == [name for name, _kind, _rules in RULES]
    assert sorted(float(row["montant"]) for row in rows) == [1, 7800.05]
    periods = {row["conditionsVersement"]: row["datesPeriodeVersement"] for row in rows}
    assert periods["unique"] == "2030-03-04"
    assert periods["échelonné"] == "2030-03-04/2030-09-20"


def test_mails_leave_before_dates_and_only_once(agent):
    grant = signed(agent)
    user = MembershipFactory(structure=grant.application.structure).user
    report = grant.reports.get()
    report.due_on = TODAY + dt.timedelta(20)
    report.save()
    Instalment.objects.filter(grant=grant).update(due_on=TODAY + dt.timedelta(5))
    before = Mail.objects.count()

    assert remind_all(today=TODAY, now=NOW) == 3  # a report, two payments
    assert remind_all(today=TODAY + dt.timedelta(1), now=NOW) == 0

    assert Mail.objects.count() == before + 3
    assert Mail.objects.filter(to=user.email).count() == 1
    Grant.objects.update(state=GrantState.CLOSED)
    report.due_on += dt.timedelta(1)
    report.save()
    assert remind_all(today=TODAY, now=NOW) == 0
