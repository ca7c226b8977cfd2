"""What phones send and read, and the pages without JavaScript."""

import hashlib
import json
import re
import uuid
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from maillage.circulation import pwa
from maillage.circulation.models import ConditionReport, CustodyEntry, ReportPicture
from maillage.circulation.services.handover import receive
from tests.circulation.lines import NOW, handover, report
from tests.circulation.pictures import jpeg, sha
from tests.factories.accounts import UserFactory
from tests.factories.circulation import ComponentFactory, LoanFactory
from tests.factories.directory import MembershipFactory

pytestmark = pytest.mark.django_db
SEND = "/terrain/envoi/"


@pytest.fixture
def loan():
    loan = LoanFactory(copy__label="EX-7", state="departed")
    ComponentFactory(copy=loan.copy, name="Caisse", label="EX-7-C1")
    ComponentFactory(copy=loan.copy, name="Panneau", label="EX-7-P1")
    return loan


@pytest.fixture
def lender(loan):
    return MembershipFactory(structure=loan.copy.resource.owner).user


@pytest.fixture
def borrower(loan):
    return loan.host.created_by


def send(client, body, **options):
    data = body if isinstance(body, str | bytes) else json.dumps(body)
    return client.post(SEND, data, content_type="application/json", **options)


def test_each_line_of_a_batch_gets_its_answer(client, loan, lender):
    client.force_login(lender)
    line = handover(loan)

    first = send(client, {"lines": [line, "x"]}).json()["answers"]
    again = send(client, {"lines": [line]}).json()["answers"]

    assert [each["state"] for each in first] == ["kept", "refused"]
    assert first[0]["uuid"] == line["uuid"]
    assert again[0]["state"] == "known"


def test_a_stranger_gets_a_refusal_that_says_what_to_do(client, loan):
    client.force_login(UserFactory())

    [answer] = send(client, {"lines": [handover(loan)]}).json()["answers"]

    assert (answer["state"], answer["code"]) == ("refused", "not_yours")
    assert "Demandez au prêteur" in answer["message"]
    assert not CustodyEntry.objects.exists()


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ("{", 400, "ne peut pas être lu"),
        (b"\xff\xfe", 400, "ne peut pas être lu"),
        ("[" * 100_000, 400, "ne peut pas être lu"),
        ("[]", 400, "ne peut pas être lu"),
        ('{"lines": {}}', 400, "ne peut pas être lu"),
        ('{"lines": [' + "0," * 100 + "0]}", 413, "trop gros"),
        (" " * (1024 * 1024 + 1), 413, "trop gros"),
    ],
    ids=range(7),
)
def test_what_is_no_batch_gets_a_clear_message(client, lender, body, status, words):
    client.force_login(lender)

    answer = send(client, body)

    assert answer.status_code == status
    assert words in answer.json()["message"]


def test_sending_needs_a_session_a_token_and_a_post(loan, lender):
    strict = Client(enforce_csrf_checks=True)
    assert send(strict, {"lines": []}).status_code in {302, 403}
    strict.force_login(lender)
    assert send(strict, {"lines": []}).status_code == 403
    token = strict.get("/terrain/donnees.json").json()["csrf"]
    answer = send(strict, {"lines": []}, headers={"X-CSRFToken": token})
    assert answer.json() == {"answers": []}
    assert strict.get(SEND).status_code == 405


def test_a_phone_is_told_who_it_belongs_to(client, loan, borrower):
    client.force_login(borrower)

    data = client.get("/terrain/donnees.json").json()

    assert data["user"] == borrower.pk
    assert data["csrf"]


# Pictures -----------------------------------------------------------------------


def picture(client, key, file, *, name=None):
    data = {"sha256": name or sha(file), "file": file}
    return client.post(reverse("circulation:field_picture", args=[key]), data)


def reported(loan, *files, by):
    line = report(loan, lines=[("EX-7-C1", "worn", "", [sha(each) for each in files])])
    return receive(line, by=by, now=NOW)[0].uuid


def test_a_signed_picture_is_kept_once_and_seen_by_the_parties_only(
    client, loan, lender, borrower
):
    key = reported(loan, jpeg(), by=lender)
    client.force_login(lender)

    assert picture(client, key, jpeg()).json() == {"state": "kept"}
    assert picture(client, key, jpeg()).json() == {"state": "known"}

    row = ReportPicture.objects.get()
    url = reverse("circulation:report_picture", args=[loan.pk, row.sha256])
    for user, status in [(borrower, 200), (UserFactory(), 404)]:
        client.force_login(user)
        answer = client.get(url)
        assert answer.status_code == status
        assert b"".join(answer)  # to its end: that closes the file
    assert client.get(f"/fichiers/{row.file.name}").status_code == 404


def test_wrong_pictures_are_refused_with_a_reason(client, loan, lender):
    text = SimpleUploadedFile("a.jpg", b"<svg onload=alert(1)>")
    hashed = hashlib.sha256(b"<svg onload=alert(1)>").hexdigest()
    line = report(loan, lines=[("EX-7-C1", "worn", "", [sha(jpeg()), hashed])])
    key = receive(line, by=lender, now=NOW)[0].uuid
    client.force_login(lender)

    def code(answer):
        assert answer.status_code in {400, 422}
        assert answer.json()["message"]
        return answer.json()["code"]

    assert code(picture(client, key, jpeg("black"), name=sha(jpeg()))) == "hash"
    assert code(picture(client, key, jpeg("black"))) == "unsigned"
    assert code(picture(client, key, text, name=hashed)) == "picture"
    assert code(picture(client, uuid.uuid4(), jpeg())) == "gone"
    url = reverse("circulation:field_picture", args=[key])
    assert code(client.post(url, {"file": "texte"})) == "none"
    client.force_login(UserFactory())
    assert code(picture(client, key, jpeg())) == "gone"
    assert not ReportPicture.objects.exists()


# Pages without JavaScript -----------------------------------------------------------


def test_the_page_lists_what_moves_with_a_link_to_a_plain_form(client, loan, borrower):
    client.force_login(borrower)
    page = client.get("/terrain/").content.decode()
    assert reverse("circulation:field_loan", args=[loan.pk]) in page

    client.force_login(UserFactory())
    assert "Aucun prêt ne bouge" in client.get("/terrain/").content.decode()


def test_a_handover_is_ticked_and_posted(client, loan, borrower):
    client.force_login(borrower)
    url = reverse("circulation:field_loan", args=[loan.pk])
    assert "Panneau" in client.get(url).content.decode()
    data = {
        "moment": "arrival", "party": "borrower", "seen": ["EX-7-C1"],
        "note": "Un panneau manque", "signed_name": "Ana",
    }  # fmt: skip

    assert client.post(url, data).status_code == 302

    entry = CustodyEntry.objects.get()
    assert entry.payload["missing"] == ["EX-7-P1"]
    loan.refresh_from_db()
    assert loan.state == "on_site"
    assert client.post(url, {**data, "party": "lender"}).status_code == 422
    assert client.post(url, {**data, "signed_name": ""}).status_code == 422


def test_one_tick_says_that_all_is_there(client, loan, borrower):
    client.force_login(borrower)
    url = reverse("circulation:field_loan", args=[loan.pk])
    data = {"moment": "arrival", "party": "borrower", "signed_name": "Ana"}

    answer = client.post(url, {**data, "all_seen": "on"})

    entry = CustodyEntry.objects.get()
    assert entry.payload["seen"] == ["EX-7-C1", "EX-7-P1"]
    assert entry.payload["missing"] == []
    # the report comes next, of the same moment: not the one that follows
    report = client.get(answer.url)
    assert report.context["form"]["moment"].value() == "arrival"


def test_a_report_with_pictures_is_signed_without_javascript(client, loan, lender):
    client.force_login(lender)
    url = reverse("circulation:field_report", args=[loan.pk])
    data = {
        "moment": "departure", "party": "lender", "signed_name": "Zoé", "note": "",
        "finding_0": "damaged", "note_0": "Fendue", "finding_1": "good", "note_1": "",
        "pictures_0": [jpeg(exif=b"Exif\0\0")],
    }  # fmt: skip

    assert client.post(url, data).status_code == 302

    row = ConditionReport.objects.get()
    assert row.pictures.count() == 1
    with row.pictures.get().file.open("rb") as file:
        assert b"Exif" not in file.read()
    bad = {**data, "pictures_0": [SimpleUploadedFile("a.jpg", b"texte")]}
    answer = client.post(url, bad)
    assert answer.status_code == 422
    assert "image" in answer.content.decode()
    assert ConditionReport.objects.count() == 1


def test_no_state_is_ticked_before_anybody_has_looked(client, loan, lender):
    client.force_login(lender)
    url = reverse("circulation:field_report", args=[loan.pk])
    boxes = re.findall(
        r'<input type="radio" name="finding_\d"[^>]*>', client.get(url).content.decode()
    )

    assert boxes
    assert all("required" in box and "checked" not in box for box in boxes)
    data = {
        "moment": "departure", "party": "lender", "signed_name": "Zoé",
        "finding_0": "good",
    }  # fmt: skip
    answer = client.post(url, data)
    assert answer.status_code == 422
    assert "dites son état" in answer.content.decode()
    assert not ConditionReport.objects.exists()


@pytest.mark.parametrize("name", ["field_loan", "field_report", "report_list"])
def test_a_loan_is_nothing_to_a_stranger(client, loan, name):
    client.force_login(UserFactory())

    assert client.get(reverse(f"circulation:{name}", args=[loan.pk])).status_code == 404


# Reports side by side ---------------------------------------------------------------


def test_both_reports_stand_side_by_side_what_differs_first(
    client, loan, lender, borrower
):
    rows = [("EX-7-C1", "good", "", []), ("EX-7-P1", "good", "", [])]
    other = [
        ("EX-7-C1", "good", "", []),
        ("EX-7-P1", "damaged", "Déchiré", [sha(jpeg())]),
    ]
    receive(report(loan, lines=rows), by=lender, now=NOW)
    receive(report(loan, lines=other, party="borrower"), by=borrower, now=NOW)
    client.force_login(lender)

    page = client.get(reverse("circulation:report_list", args=[loan.pk]))
    html = page.content.decode()

    assert html.index("EX-7-P1") < html.index("EX-7-C1")
    assert "désaccord" in html
    assert "n’est pas encore arrivée" in html
    pdf = client.get(reverse("circulation:report_sheet", args=[loan.pk]))
    assert pdf.content.startswith(b"%PDF")


# Labels -----------------------------------------------------------------------------


def test_a_label_says_whose_it_is_and_nothing_of_its_loans(client, loan):
    owner = loan.copy.resource.owner
    for label in ("EX-7", "ex-7-c1"):
        page = client.get(reverse("circulation:label_show", args=[label]))
        html = page.content.decode()
        assert page.status_code == 200
        assert owner.name in html
        assert loan.host.name not in html
        assert loan.reference not in html


def test_a_label_leads_its_people_to_what_they_may_do(client, loan, lender, borrower):
    url = reverse("circulation:label_show", args=["EX-7"])
    for user, sees_copy in [(lender, True), (borrower, False)]:
        client.force_login(user)
        html = client.get(url).content.decode()
        assert f"#pret-{loan.pk}" in html
        assert (loan.copy.get_absolute_url() in html) is sees_copy


def test_an_unknown_label_is_a_friendly_404(client):
    page = client.get(reverse("circulation:label_show", args=["RIEN"]))

    assert page.status_code == 404
    assert "Aucun objet" in page.content.decode()


# Installing --------------------------------------------------------------------------


def test_the_worker_keeps_every_file_that_the_page_loads(client, loan, borrower):
    client.force_login(borrower)
    page = client.get("/terrain/").content.decode()
    kept = set(pwa.files())

    named = set(re.findall(r'(?:src|href)="(/static/[^"#]+)', page))
    assert named - kept <= {"/static/img/field-192.png"}
    for name in kept:
        assert finders.find(name.removeprefix(settings.STATIC_URL)), name
    root = Path(settings.BASE) / "static"
    for path in [*(root / "js").glob("*.js"), *(root / "js/field").glob("*.js")]:
        for to in re.findall(r'from "(\.[^"]+)"', path.read_text(encoding="utf-8")):
            target = (path.parent / to).resolve().relative_to(root)
            assert f"/static/{target}" in kept


def test_anybody_may_fetch_the_card_and_the_worker_of_the_application(client):
    card = client.get("/terrain/manifeste.webmanifest")
    worker = client.get("/terrain/sw.js")

    assert card.json()["scope"] == "/terrain/"
    assert {icon["purpose"] for icon in card.json()["icons"]} == {"any", "maskable"}
    assert worker["Content-Type"].startswith("text/javascript")
    assert "importScripts" in worker.content.decode()
