"""Papers of a loan: what is noted, kept, numbered and printed."""

import datetime as dt
import io
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from pypdf import PdfReader, PdfWriter

from maillage.circulation.choices import ChargeKind, LoanState
from maillage.circulation.documents import (
    agreement,
    agreement_data,
    format_signed,
    invoice,
)
from maillage.circulation.models import Charge, IssuedPaper, LendingRules, Loan
from maillage.circulation.services.issued import agreement_of, invoice_of
from maillage.circulation.services.papers import (
    Paper,
    drop_charge,
    first_lines,
    issue_invoice,
    keep_insurance,
    note_paper,
    note_payment,
    write_charge,
)
from maillage.core.errors import Refused
from tests.factories.circulation import CopyFactory, LoanFactory
from tests.factories.directory import MembershipFactory

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 9, 28, 10, tzinfo=dt.UTC)
TODAY = NOW.date()


def day(text):
    return dt.date.fromisoformat(f"2026-{text}")


@pytest.fixture
def loan():
    return LoanFactory(
        fee_cents=25000, transport_cents=9050, deposit_cents=50000,
        insurance_value_cents=1_200_000,
    )  # fmt: skip


@pytest.fixture
def owner(loan):
    return MembershipFactory(structure=loan.copy.resource.owner).user


def certificate(name="attestation.pdf"):
    out = io.BytesIO()
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.write(out)
    return SimpleUploadedFile(name, out.getvalue())


@pytest.mark.parametrize(
    ("paper", "on", "already", "code"),
    [
        (Paper.AGREEMENT, "09-28", None, None),
        (Paper.AGREEMENT, "09-29", None, "future"),
        (Paper.DEPOSIT_IN, "09-20", None, None),
        (Paper.DEPOSIT_OUT, "09-20", None, "order"),
        (Paper.DEPOSIT_OUT, "09-20", "09-21", "order"),
        (Paper.DEPOSIT_OUT, "09-21", "09-21", None),
    ],
)
def test_papers_are_noted_by_their_day(loan, owner, paper, on, already, code):
    Loan.objects.filter(pk=loan.pk).update(deposit_received_on=already and day(already))

    def note():
        return note_paper(loan, paper=paper, on=day(on), by=owner, now=NOW, today=TODAY)

    if code:
        with pytest.raises(Refused) as no:
            note()
        assert no.value.code == code
        return
    assert getattr(note(), paper.value) == day(on)
    undone = note_paper(loan, paper=paper, on=None, by=owner, now=NOW, today=TODAY)
    assert getattr(undone, paper.value) is None


def test_a_certificate_covers_the_loan_until_its_return(loan):
    borrower = loan.host.created_by

    def keep(until, file=None):
        return keep_insurance(
            loan, file=file or certificate(), until=day(until), by=borrower, now=NOW
        )

    with pytest.raises(Refused) as no:
        keep("10-28")
    assert no.value.code == "short"
    assert "29 octobre" in no.value.message

    kept = keep("10-29")
    assert kept.insurance_until == day("10-29")
    assert kept.insurance_file.name.startswith("prets/")
    assert "attestation" not in kept.insurance_file.name
    assert len(PdfReader(kept.insurance_file.path).pages) == 1


def test_a_photo_of_a_certificate_will_do_and_a_program_will_not(loan):
    borrower = loan.host.created_by
    out = io.BytesIO()
    Image.new("RGB", (80, 60), "white").save(out, "JPEG")

    kept = keep_insurance(
        loan, file=SimpleUploadedFile("a.pdf", out.getvalue()), until=day("12-31"),
        by=borrower, now=NOW,
    )  # fmt: skip
    assert kept.insurance_file.name.endswith(".jpg")

    with pytest.raises(ValidationError):
        keep_insurance(
            loan, file=SimpleUploadedFile("a.pdf", b"MZ" + b"\0" * 90),
            until=day("12-31"), by=borrower, now=NOW,
        )  # fmt: skip


def test_a_new_certificate_takes_the_place_of_the_old(
    loan, django_capture_on_commit_callbacks
):
    paths = []
    for _time in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            kept = keep_insurance(
                loan, file=certificate(), until=day("12-31"), by=loan.host.created_by,
                now=NOW,
            )  # fmt: skip
        paths.append(Path(kept.insurance_file.path))

    assert [path.exists() for path in paths] == [False, True]


def test_the_owner_does_not_insure_the_host_nor_the_host_note_papers(loan, owner):
    with pytest.raises(Refused) as no:
        keep_insurance(loan, file=certificate(), until=day("12-31"), by=owner, now=NOW)
    assert no.value.code == "forbidden"
    with pytest.raises(Refused) as no:
        note_paper(
            loan,
            paper=Paper.AGREEMENT,
            on=TODAY,
            by=loan.host.created_by,
            now=NOW,
            today=TODAY,
        )
    assert no.value.code == "forbidden"


# Lines and invoices ------------------------------------------------------------


def test_the_first_lines_are_those_that_were_estimated(loan, owner):
    lines = first_lines(loan, by=owner)
    again = first_lines(loan, by=owner)

    assert [(line.kind, line.cents) for line in lines] == [
        (ChargeKind.FEE, 25000), (ChargeKind.TRANSPORT, 9050),
    ]  # fmt: skip
    assert [line.pk for line in lines] == [line.pk for line in again]


def test_a_free_loan_has_no_line_to_begin_with(loan, owner):
    Loan.objects.filter(pk=loan.pk).update(fee_cents=0, transport_cents=0)
    with pytest.raises(Refused) as no:
        first_lines(loan, by=owner)
    assert no.value.code == "nothing"


@pytest.mark.parametrize(
    ("kind", "cents", "kept"),
    [
        (ChargeKind.DAMAGE, 4000, 4000),
        (ChargeKind.REBATE, 4000, -4000),
        (ChargeKind.REBATE, -4000, -4000),
        (ChargeKind.OTHER, -100, -100),
    ],
)
def test_a_rebate_is_taken_off(loan, owner, kind, cents, kept):
    line = write_charge(loan, kind=kind, text=" x ", cents=cents, by=owner, charge=None)

    assert (line.cents, line.text) == (kept, "x")


def test_a_line_on_an_invoice_never_changes(loan, owner):
    line = write_charge(
        loan, kind=ChargeKind.FEE, text="x", cents=100, by=owner, charge=None
    )
    write_charge(loan, kind=ChargeKind.FEE, text="y", cents=200, by=owner, charge=line)
    issue_invoice(loan, by=owner, now=NOW, today=TODAY)

    with pytest.raises(Refused) as no:
        write_charge(
            loan, kind=ChargeKind.FEE, text="z", cents=1, by=owner, charge=line
        )
    assert no.value.code == "invoiced"
    with pytest.raises(Refused) as no:
        drop_charge(loan, charge=line, by=owner)
    assert no.value.code == "invoiced"
    line.refresh_from_db()
    assert (line.text, line.cents) == ("y", 200)


def test_invoices_of_an_owner_follow_each_other_by_year(loan, owner):
    others = [
        LoanFactory(copy=CopyFactory(resource=loan.copy.resource)) for _ in range(2)
    ]
    stranger = LoanFactory()
    stranger_owner = MembershipFactory(structure=stranger.copy.resource.owner).user

    def bill(row, by, year=2026):
        write_charge(row, kind="fee", text="x", cents=100, by=by, charge=None)
        return issue_invoice(row, by=by, now=NOW, today=dt.date(year, 3, 1))

    numbers = [bill(loan, owner), *(bill(row, owner) for row in others)]
    assert numbers == ["2026-0001", "2026-0002", "2026-0003"]
    assert bill(loan, owner, 2027) == "2027-0001"
    assert bill(loan, owner) == "2026-0004"
    assert bill(stranger, stranger_owner) == "2026-0001"


@pytest.mark.parametrize(
    ("cents", "code"), [([], "nothing"), ([100, -200], "negative")]
)
def test_what_is_not_invoiced(loan, owner, cents, code):
    for amount in cents:
        Charge.objects.create(loan=loan, kind="other", text="x", cents=amount)
    with pytest.raises(Refused) as no:
        issue_invoice(loan, by=owner, now=NOW, today=TODAY)
    assert no.value.code == code


def test_an_invoice_is_asked_for_twice_and_made_once(loan, owner):
    first_lines(loan, by=owner)
    issue_invoice(loan, by=owner, now=NOW, today=TODAY)
    with pytest.raises(Refused):
        issue_invoice(loan, by=owner, now=NOW, today=TODAY)

    assert {*loan.charges.values_list("invoice_number", flat=True)} == {"2026-0001"}


def test_a_payment_is_noted_on_all_the_lines_of_its_invoice(loan, owner):
    first_lines(loan, by=owner)
    number = issue_invoice(loan, by=owner, now=NOW, today=TODAY)
    note_payment(loan, number=number, on=TODAY, by=owner, today=TODAY)

    assert {*loan.charges.values_list("paid_on", flat=True)} == {TODAY}
    for wrong, code in [("", "gone"), ("2026-0009", "gone")]:
        with pytest.raises(Refused) as no:
            note_payment(loan, number=wrong, on=TODAY, by=owner, today=TODAY)
        assert no.value.code == code


# On paper ----------------------------------------------------------------------


def words_of(pdf):
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    return " ".join(text.replace("\u202f", " ").replace("\xa0", " ").split())


def test_the_agreement_names_parties_dates_values_and_clauses(loan):
    LendingRules.objects.create(
        structure=loan.copy.resource.owner,
        agreement_text="Pas de #drone[] ni *ballon*.",
    )

    text = words_of(agreement(agreement_data(Loan.objects.get(pk=loan.pk))))

    for wanted in (
        loan.copy.resource.owner.name, loan.host.name, loan.copy.resource.name,
        "du 5 au 25 octobre 2026", "12 000 €", "500 €", "250 €", "29 octobre 2026",
        "Pour l’emprunteur", "#drone[]",
    ):  # fmt: skip
        assert wanted in text, wanted


def test_the_agreement_is_french_whatever_is_spoken(loan, in_english):
    assert "Convention de prêt" in words_of(agreement(agreement_data(loan)))


def test_the_invoice_adds_its_lines_up(loan, owner):
    first_lines(loan, by=owner)
    write_charge(
        loan, kind="rebate", text="Fidélité", cents=4050, by=owner, charge=None
    )
    number = issue_invoice(loan, by=owner, now=NOW, today=TODAY)

    lines = list(loan.charges.all())
    data = invoice_of(loan, number=number, lines=lines, now=NOW)
    text = words_of(invoice(data, paid_on=None))

    for wanted in ("Facture 2026-0001", "Fidélité", "−40,50 €", "300 €", "293 B"):
        assert wanted in text, wanted


def rename_all(loan):
    """Both parties and the resource change name, the loan its price; read afresh."""
    owner = loan.copy.resource.owner
    for row in (owner, loan.host, loan.copy.resource):
        row.name = "Autre nom"
        row.save()
    Loan.objects.filter(pk=loan.pk).update(fee_cents=99900)
    return Loan.objects.get(pk=loan.pk)


def test_an_invoice_keeps_names_and_amounts_when_they_change_later(loan, owner):
    first_lines(loan, by=owner)
    number = issue_invoice(loan, by=owner, now=NOW, today=TODAY)
    names = loan.copy.resource.owner.name, loan.host.name, loan.copy.resource.name
    loan = rename_all(loan)
    note_payment(loan, number=number, on=TODAY, by=owner, today=TODAY)

    data = invoice_of(loan, number=number, lines=list(loan.charges.all()), now=NOW)
    text = words_of(invoice(data, paid_on=dt.date(2026, 10, 1)))

    for wanted in (*names, "250 €", "Payée le 1er octobre 2026"):
        assert wanted in text, wanted
    assert "Autre nom" not in text


def test_an_agreement_follows_the_loan_until_it_is_signed(loan, owner):
    name = loan.host.name
    loan = rename_all(loan)
    assert "Autre nom" in words_of(agreement(agreement_of(loan, now=NOW)))
    assert not IssuedPaper.objects.exists()

    note_paper(loan, paper=Paper.AGREEMENT, on=TODAY, by=owner, now=NOW, today=TODAY)
    loan.host.name = name
    loan.host.save()
    loan = Loan.objects.get(pk=loan.pk)
    note_paper(
        loan, paper=Paper.AGREEMENT, on=day("09-27"), by=owner, now=NOW, today=TODAY
    )
    assert name not in words_of(agreement(agreement_of(loan, now=NOW)))

    loan = note_paper(
        loan, paper=Paper.AGREEMENT, on=None, by=owner, now=NOW, today=TODAY
    )
    assert name in words_of(agreement(agreement_of(loan, now=NOW)))


def test_a_paper_of_before_is_kept_from_its_first_printing_on(loan, owner):
    first_lines(loan, by=owner)
    number = issue_invoice(loan, by=owner, now=NOW, today=TODAY)
    Loan.objects.filter(pk=loan.pk).update(agreement_signed_on=TODAY)
    IssuedPaper.objects.all().delete()
    loan, name = Loan.objects.get(pk=loan.pk), loan.host.name
    lines = list(loan.charges.all())

    first = invoice_of(loan, number=number, lines=lines, now=NOW)
    signed = agreement_of(loan, now=NOW)
    loan = rename_all(loan)

    assert invoice_of(loan, number=number, lines=lines, now=NOW) == first
    assert agreement_of(loan, now=NOW) == signed
    assert name in str(first)
    assert name in str(signed)


@pytest.mark.parametrize(("cents", "text"), [(0, "0 €"), (-2050, "−20,50 €")])
def test_negative_amounts_have_their_sign(cents, text):
    assert format_signed(cents).replace("\xa0", " ") == text


def test_nothing_is_noted_on_a_cancelled_loan_but_the_deposit_given_back(loan, owner):
    Loan.objects.filter(pk=loan.pk).update(
        state=LoanState.CANCELLED, deposit_received_on=TODAY
    )
    with pytest.raises(Refused) as no:
        note_paper(
            loan, paper=Paper.AGREEMENT, on=TODAY, by=owner, now=NOW, today=TODAY
        )
    assert no.value.code == "cancelled"
    note_paper(loan, paper=Paper.DEPOSIT_OUT, on=TODAY, by=owner, now=NOW, today=TODAY)
