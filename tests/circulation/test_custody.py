"""The custody log of a copy in the database: kept once, checked, exported."""

import datetime as dt
import json

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from maillage.circulation.choices import CustodyKind, Party
from maillage.circulation.models import CustodyEntry, ReportPicture
from maillage.circulation.services.custody import (
    append,
    export_of,
    keep,
    log_of,
    proof_path,
    verify,
)
from maillage.circulation.services.handover import receive
from maillage.circulation.services.reports import add_picture
from maillage.core.errors import Refused
from tests.circulation.lines import DEPARTURE, NOW, handover, report, signed
from tests.circulation.pictures import jpeg, sha
from tests.factories.accounts import UserFactory
from tests.factories.circulation import ComponentFactory, LoanFactory
from tests.factories.directory import MembershipFactory

HOUR = dt.timedelta(hours=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def loan():
    return LoanFactory()


@pytest.fixture
def lender(loan):
    return MembershipFactory(structure=loan.copy.resource.owner).user


@pytest.fixture
def borrower(loan):
    return loan.host.created_by


def test_the_same_line_sent_again_changes_nothing(loan, lender):
    line = handover(loan)

    first, new = keep(line, by=lender, now=NOW)
    again, new_again = keep(line, by=lender, now=NOW + HOUR)

    assert (first, new, new_again) == (again, True, False)
    assert CustodyEntry.objects.count() == 1


def refused(line, *, by):
    with pytest.raises(Refused) as no:
        keep(line, by=by, now=NOW)
    assert no.value.message
    assert not CustodyEntry.objects.filter(digest=line.get("digest")).exists()
    return no.value.code


def test_who_is_not_of_the_loan_cannot_sign_for_it(loan, lender, borrower):
    assert refused(handover(loan), by=UserFactory()) == "not_yours"
    assert refused(handover(loan), by=UserFactory(observer=True)) == "not_yours"
    assert refused(handover(loan, party="borrower"), by=lender) == "not_yours"
    assert refused(handover(loan), by=borrower) == "not_yours"


def test_the_agency_may_sign_for_either_side(loan):
    agency = UserFactory(agency=True)

    for party in Party.values:
        assert keep(handover(loan, party=party), by=agency, now=NOW)[1]


def test_a_line_with_other_words_than_its_digest_is_refused(loan, lender):
    line = handover(loan, note="Tout va bien")
    line["payload"]["note"] = "Tout va mal"

    assert refused(line, by=lender) == "digest"


def test_another_line_cannot_take_the_place_of_one(loan, lender):
    first = handover(loan)
    keep(first, by=lender, now=NOW)

    other = handover(loan, uuid=first["uuid"], note="autre")
    assert refused(other, by=lender) == "other"


def test_a_line_of_the_future_is_refused(loan, lender):
    ahead = handover(loan, at=NOW + HOUR)
    assert refused(ahead, by=lender) == "clock"
    assert keep(handover(loan, at=NOW + dt.timedelta(minutes=5)), by=lender, now=NOW)


def test_a_loan_that_is_gone_or_of_another_copy_is_refused(loan, lender):
    other = LoanFactory()
    line = handover(loan) | {"copy": other.copy_id}
    line = signed(loan, payload=line["payload"]) | {"loan": 10**6}
    assert refused(line, by=lender) == "digest"

    lost = handover(loan)
    loan.copy = other.copy
    loan.save(update_fields=["copy"])
    MembershipFactory(structure=other.copy.resource.owner, user=lender)
    assert refused(lost, by=lender) == "moved"


def test_a_line_waits_for_those_that_it_names(loan, lender):
    first = handover(loan)
    second = handover(loan, "arrival", parents=[first["digest"]], at=DEPARTURE + HOUR)

    assert refused(second, by=lender) == "parents"
    keep(first, by=lender, now=NOW)
    assert keep(second, by=lender, now=NOW)[1]


def test_a_line_does_not_name_one_of_another_copy(loan, lender):
    other = LoanFactory(copy__resource__owner=loan.copy.resource.owner)
    first = handover(other)
    keep(first, by=lender, now=NOW)

    assert refused(handover(loan, parents=[first["digest"]]), by=lender) == "parents"


@pytest.mark.parametrize(
    "change",
    [
        {"uuid": "non"},
        {"uuid": 1},
        {"copy": "7"},
        {"copy": True},
        {"loan": None},
        {"loan": 0},
        {"kind": "autre"},
        {"party": "agence"},
        {"at": "2026-10-02"},
        {"at": "2026-13-02T08:00:00.000Z"},
        {"signed_name": " "},
        {"signed_name": "x" * 121},
        {"parents": ["a"]},
        {"parents": ["b" * 64, "a" * 64]},
        {"payload": []},
        {"payload": {"moment": "departure"}},
        {"payload": {"moment": "midi", "seen": [], "missing": [], "note": ""}},
        {"payload": {"moment": "return", "seen": ["A", "A"], "missing": [], "note": ""}},
        {"payload": {"moment": "return", "seen": ["<b>"], "missing": [], "note": ""}},
        {"payload": {"moment": "return", "seen": [], "missing": [], "note": "\0"}},
        {"payload": {"moment": "return", "seen": [], "missing": [], "note": "x" * 2001}},
        {"kind": "report", "payload": {"moment": "return", "lines": [1], "note": ""}},
        {"kind": "note", "payload": {"text": ""}},
        {"more": 1},
    ],
    ids=repr,
)  # fmt: skip
def test_what_is_no_line_is_refused(loan, lender, change):
    assert refused(handover(loan) | change, by=lender) in {"shape", "digest"}


@pytest.mark.parametrize("line", [None, 1, "x", [], {}], ids=repr)
def test_what_is_nothing_like_a_line_is_refused(lender, line):
    with pytest.raises(Refused) as no:
        keep(line, by=lender, now=NOW)
    assert no.value.code == "shape"


def write(loan, text, *, by):
    return append(
        loan, kind=CustodyKind.NOTE, payload={"text": text}, party=Party.LENDER,
        signed_name="Zoé", at=NOW, by=by, now=NOW,
    )  # fmt: skip


def test_a_page_of_the_site_ties_its_line_to_all_the_last_ones(loan, lender, borrower):
    one = handover(loan)
    two = handover(loan, party="borrower")
    keep(one, by=lender, now=NOW)
    keep(two, by=borrower, now=NOW)

    entry = write(loan, "Les deux sont là", by=lender)

    assert entry.parents == sorted([one["digest"], two["digest"]])
    assert log_of(loan.copy)[-1] == entry
    assert verify(loan.copy) == []


def test_altering_a_line_in_the_database_is_found_and_named(loan, lender):
    for text in "abc":
        write(loan, text, by=lender)
    second = log_of(loan.copy)[1]
    CustodyEntry.objects.filter(pk=second.pk).update(payload={"text": "faux"})

    found = verify(loan.copy)

    assert [(fault.line, fault.code) for fault in found] == [(2, "digest")]


def with_picture(loan, *, by):
    data = jpeg()
    part = ComponentFactory(copy=loan.copy)
    line = report(loan, lines=[(part.label, "worn", "Rayé", [sha(data)])])
    entry, _new, _why = receive(line, by=by, now=NOW)
    picture, _new = add_picture(entry.uuid, sha256=sha(data), file=data, by=by)
    return entry, picture


def test_exchanging_the_picture_that_is_shown_is_found(loan, lender):
    _entry, picture = with_picture(loan, by=lender)
    assert verify(loan.copy) == []

    with picture.file.open("wb") as file:
        file.write(jpeg("black").getvalue())

    assert [fault.code for fault in verify(loan.copy)] == ["picture"]


@pytest.mark.parametrize("harm", ["other", "gone"])
def test_touching_the_signed_bytes_is_found(loan, lender, harm):
    _entry, picture = with_picture(loan, by=lender)
    path = proof_path(picture.sha256)
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(jpeg("black").getvalue())

    found = verify(loan.copy)

    assert [(fault.line, fault.code, fault.detail) for fault in found] == [
        (1, "picture", picture.sha256)
    ]


def test_altering_the_report_beside_its_line_is_found(loan, lender):
    _entry, picture = with_picture(loan, by=lender)
    row = picture.report
    row.lines[0]["finding"] = "good"
    row.save(update_fields=["lines"])

    assert [fault.code for fault in verify(loan.copy)] == ["report"]
    ReportPicture.objects.all().delete()
    row.delete()
    assert [fault.code for fault in verify(loan.copy)] == ["report"]


def test_an_export_is_checked_without_a_database(loan, lender, tmp_path, capsys):
    with_picture(loan, by=lender)
    write(loan, "Ensuite", by=lender)
    data = json.loads(json.dumps(export_of(loan.copy)))
    file = tmp_path / "garde.json"
    file.write_text(json.dumps(data), encoding="utf-8")

    call_command("verify_custody", str(file))
    assert "2 line(s), all hold" in capsys.readouterr().out

    data["lines"][0]["payload"]["lines"][0]["note"] = "Neuf"
    file.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(CommandError, match="1 fault"):
        call_command("verify_custody", str(file))
    assert "line 1" in capsys.readouterr().out


def test_the_command_checks_pictures_of_a_folder_and_refuses_what_is_no_file(
    loan, lender, tmp_path
):
    _entry, picture = with_picture(loan, by=lender)
    file = tmp_path / "garde.json"
    file.write_text(json.dumps(export_of(loan.copy)), encoding="utf-8")
    folder = tmp_path / "images"
    folder.mkdir()
    image = folder / f"{picture.sha256}.jpg"
    image.write_bytes(proof_path(picture.sha256).read_bytes())
    call_command("verify_custody", str(file), "--pictures", str(folder))

    image.write_bytes(b"autre")
    with pytest.raises(CommandError, match="1 fault"):
        call_command("verify_custody", str(file), "--pictures", str(folder))
    file.write_text("{", encoding="utf-8")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("verify_custody", str(file))


# Pages --------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["custody_log", "custody_export"])
def test_the_log_is_for_the_owner_and_the_agency(client, loan, lender, borrower, name):
    url = reverse(f"circulation:{name}", args=[loan.copy.label])

    for user, status in [
        (lender, 200), (UserFactory(agency=True), 200), (UserFactory(observer=True), 200),
        (borrower, 404), (UserFactory(), 404),
    ]:  # fmt: skip
        client.force_login(user)
        assert client.get(url).status_code == status


def test_the_page_checks_the_chain_and_names_what_breaks_it(client, loan, lender):
    client.force_login(lender)
    url = reverse("circulation:custody_log", args=[loan.copy.label])
    assert "Le registre est vide" in client.get(url).content.decode()
    write(loan, "Un mot", by=lender)
    with_picture(loan, by=lender)
    keep(handover(loan, missing=["EL1"], note="Vu"), by=lender, now=NOW)

    page = client.get(url).content.decode()
    assert "Un mot" in page
    assert "La chaîne tient" not in page
    assert "La chaîne tient" in client.get(url, {"verifier": 1}).content.decode()

    CustodyEntry.objects.filter(kind="note").update(signed_name="Un autre")
    page = client.get(url, {"verifier": 1}, headers={"HX-Request": "true"})
    page = page.content.decode()
    assert "La chaîne est rompue" in page
    assert "<html" not in page


def test_the_export_is_a_file_that_holds(client, loan, lender):
    write(loan, "Un mot", by=lender)
    client.force_login(lender)

    answer = client.get(reverse("circulation:custody_export", args=[loan.copy.label]))

    assert answer["Content-Disposition"].startswith("attachment")
    assert answer.json()["head"] == export_of(loan.copy)["head"]


def test_reading_the_log_costs_the_same_for_one_line_or_ten(
    client, loan, lender, django_assert_max_num_queries
):
    for rank in range(10):
        write(loan, str(rank), by=lender)
    client.force_login(lender)

    with django_assert_max_num_queries(9):
        client.get(reverse("circulation:custody_log", args=[loan.copy.label]))
