"""The scan page in a phone's browser, with the network and without."""

import datetime as dt

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from maillage.circulation.models import CustodyEntry, Loan, ReportPicture
from maillage.circulation.services.custody import log_of, verify
from tests.circulation.pictures import jpeg, label_jpeg
from tests.e2e.network import come_back
from tests.factories.circulation import ComponentFactory, LoanFactory
from tests.factories.directory import MembershipFactory

PHONE = {"width": 390, "height": 844}
DAY = dt.timedelta(1)


@pytest.fixture
def loan():
    today = timezone.localdate()
    loan = LoanFactory(
        departs_on=today, starts_on=today + DAY, ends_on=today + 20 * DAY,
        free_on=today + 22 * DAY,
    )  # fmt: skip
    crate = ComponentFactory(copy=loan.copy, kind="crate", name="Caisse", label="EX-C1")
    ComponentFactory(copy=loan.copy, crate=crate, name="Panneau", label="EX-P1")
    return loan


@pytest.fixture
def lender(loan):
    return MembershipFactory(structure=loan.copy.resource.owner).user


@pytest.fixture
def phone(new_context, live_server, sign_in):
    """A phone of a person, the scan page open and kept for later."""

    def start(user):
        page = new_context(viewport=PHONE).new_page()
        sign_in(page, user)
        page.goto(f"{live_server.url}/terrain/")
        page.locator("maillage-field[data-ready=yes]").wait_for()
        # the worker holds the page once it controls it
        page.evaluate(
            "() => navigator.serviceWorker.ready.then(() => navigator.serviceWorker"
            ".controller || new Promise((done) => navigator.serviceWorker"
            ".addEventListener('controllerchange', done)))"
        )
        return page

    return start


def scan(page, code):
    page.locator("#scan-code").fill(code)
    page.locator("#scan-code").press("Enter")


def waiting(page, text):
    expect(page.locator("[data-role=status] [data-slot=queue]")).to_have_text(text)


def confirm_offline(page, *codes):
    page.locator("[data-role=view] .field-card a").first.click()
    for code in codes:
        scan(page, code)
    page.locator(".field-end .field-go").click()
    page.locator(".field-line").first.wait_for()


def test_a_handover_and_a_report_signed_offline_are_sent_once(loan, lender, phone):
    page = phone(lender)
    page.context.set_offline(True)
    page.locator("[data-role=view] .field-card a").first.click()
    answer = page.locator("[data-role=view] [data-slot=answer]")
    scan(page, "ex-c1")
    expect(answer).to_contain_text("Caisse : présent (1 sur 2)")
    scan(page, "https://maillage.example/etiquettes/EX-C1/")
    expect(answer).to_contain_text("déjà vu")
    scan(page, "AUTRE")
    expect(answer).to_have_attribute("data-tone", "bad")
    expect(page.locator(".field-missing")).to_contain_text("Panneau")
    page.locator(".field-end .field-go").click()

    page.locator("[data-do=all-good]").click()
    line = page.locator(".field-line", has_text="EX-P1")
    line.locator("label[data-value=damaged]").click()
    line.locator("[name=line]").fill("Coin enfoncé")
    image = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": jpeg().getvalue()}
    line.locator("[type=file]").set_input_files(image)
    line.locator("img").wait_for()
    page.locator("[data-form=report] .field-go").click()
    waiting(page, "2 envois en attente")
    assert not CustodyEntry.objects.exists()

    page.context.set_offline(False)
    waiting(page, "Rien à envoyer")
    expect(page.locator(".field-sent[data-state=sent]")).to_have_count(2)
    expect(page.locator(".field-sent", has_text="photo")).to_have_count(0)

    assert [entry.kind for entry in log_of(loan.copy)] == ["handover", "report"]
    assert log_of(loan.copy)[0].payload["missing"] == ["EX-P1"]
    assert ReportPicture.objects.count() == 1
    assert verify(loan.copy) == []
    assert Loan.objects.get().state == "departed"


def test_a_page_that_is_killed_offline_loses_nothing(loan, lender, phone, live_server):
    page = phone(lender)
    page.context.set_offline(True)
    confirm_offline(page, "EX-C1", "EX-P1")
    page.locator(".field-line label[data-value=worn]").first.click()
    page.close()

    page = page.context.new_page()
    page.goto(f"{live_server.url}/terrain/#constat-{loan.pk}")
    waiting(page, "1 envoi en attente")
    worn = page.locator(".field-line label[data-value=worn] input").first
    expect(worn).to_be_checked()
    come_back(page)
    waiting(page, "Rien à envoyer")
    page.reload()
    waiting(page, "Rien à envoyer")

    assert CustodyEntry.objects.count() == 1


@pytest.mark.parametrize("first", [0, 1])
def test_two_phones_offline_send_in_either_order(loan, lender, phone, first):
    phones = [phone(lender), phone(loan.host.created_by)]
    for page in phones:
        page.context.set_offline(True)
        confirm_offline(page, "EX-C1", "EX-P1")
    for page in (phones[first], phones[1 - first]):
        page.context.set_offline(False)
        waiting(page, "Rien à envoyer")

    assert [entry.party for entry in log_of(loan.copy)] == ["lender", "borrower"]
    assert verify(loan.copy) == []
    assert Loan.objects.get().state == "departed"


def test_a_refused_line_says_why_and_stays_on_the_phone(loan, lender, phone):
    page = phone(lender)
    page.context.set_offline(True)
    confirm_offline(page, "EX-C1")
    lender.memberships.all().delete()
    page.context.set_offline(False)
    page.locator("nav a[href='#envois']").click()

    refused = page.locator(".field-sent[data-state=refused]")
    expect(refused).to_contain_text("Demandez au prêteur")
    MembershipFactory(structure=loan.copy.resource.owner, user=lender)
    refused.locator("[data-do=again]").click()
    expect(page.locator(".field-sent[data-state=sent]")).to_have_count(1)
    assert CustodyEntry.objects.count() == 1


KEPT = """async () => {
  const [{ name }] = await indexedDB.databases();
  const db = await new Promise((done) => {
    indexedDB.open(name).onsuccess = (event) => done(event.target.result);
  });
  const found = {};
  for (const store of ["loans", "drafts", "queue", "pictures"]) {
    const table = db.transaction(store).objectStore(store);
    found[store] = await new Promise((done) => {
      table.count().onsuccess = (event) => done(event.target.result);
    });
  }
  db.close();
  const page = await caches.match("/terrain/");
  return { ...found, page: Boolean(page) };
}"""


def test_signing_out_empties_the_phone_but_for_what_waits(
    loan, lender, phone, live_server, sign_in
):
    page = phone(lender)
    page.context.set_offline(True)
    confirm_offline(page, "EX-C1")
    page.locator(".field-line label[data-value=worn]").first.click()
    page.goto("about:blank")
    page.context.set_offline(False)
    page.goto(f"{live_server.url}/mon-espace/compte/")
    assert page.evaluate(KEPT) == {
        "loans": 1, "drafts": 1, "queue": 1, "pictures": 0, "page": True,
    }  # fmt: skip

    leave = page.get_by_role("button", name="Se déconnecter")
    leave.click()
    said = page.locator("[data-role=leaving]")
    expect(said).to_contain_text("Un envoi fait sur le terrain n’est pas encore parti")
    expect(said).to_contain_text("sans être signé sera effacé")
    leave.click()
    page.wait_for_url(f"{live_server.url}/")
    assert page.evaluate(KEPT) == {
        "loans": 0, "drafts": 0, "queue": 1, "pictures": 0, "page": False,
    }  # fmt: skip
    page.goto(f"{live_server.url}/terrain/")
    expect(page.locator("[type=password]")).to_be_visible()
    assert not CustodyEntry.objects.exists()

    sign_in(page, lender)
    page.goto(f"{live_server.url}/terrain/")
    waiting(page, "Rien à envoyer")
    expect(page.locator("[data-role=view] .field-card")).to_have_count(1)
    assert CustodyEntry.objects.count() == 1


def test_signing_out_of_a_phone_that_sent_all_asks_nothing(
    loan, lender, phone, live_server
):
    page = phone(lender)
    page.goto(f"{live_server.url}/mon-espace/compte/")
    page.get_by_role("button", name="Se déconnecter").click()
    page.wait_for_url(f"{live_server.url}/")
    assert page.evaluate(KEPT) == {
        "loans": 0, "drafts": 0, "queue": 0, "pictures": 0, "page": False,
    }  # fmt: skip


FILM = (
    "--use-fake-device-for-media-stream --use-fake-ui-for-media-stream "
    "--use-file-for-fake-video-capture="
)


def test_the_camera_reads_a_label(
    tmp_path, launch_browser, browser_type_launch_args, watch, sign_in,
    live_server, loan, lender,
):  # fmt: skip
    film = tmp_path / "film.mjpeg"
    film.write_bytes(label_jpeg("https://maillage.example/etiquettes/EX-P1/") * 30)
    args = [*browser_type_launch_args["args"], *f"{FILM}{film}".split()]
    browser = launch_browser(args=args)
    page = watch(browser.new_page(locale="fr-FR", viewport=PHONE))
    sign_in(page, lender)
    page.goto(f"{live_server.url}/terrain/#pret-{loan.pk}")
    page.locator("[data-do=camera]").click()
    answer = page.locator("[data-role=view] [data-slot=answer]")

    expect(answer).to_contain_text("Panneau : présent (1 sur 2)", timeout=20_000)
    expect(page.locator(".field-part.is-seen code")).to_have_text("EX-P1")
    page.locator("[data-do=camera]").click()
    expect(page.locator(".field-video")).to_be_hidden()
    browser.close()


def test_the_scan_page_has_no_accessibility_fault(
    screen, sign_in, live_server, loan, lender, faults
):
    sign_in(screen, lender)
    for here, shows in (
        ("", ".field-card"), (f"#pret-{loan.pk}", ".field-part"),
        (f"#constat-{loan.pk}", ".field-line"), ("#envois", ".field-queue"),
    ):  # fmt: skip
        screen.goto("about:blank")
        screen.goto(f"{live_server.url}/terrain/{here}")
        screen.locator("maillage-field[data-ready=yes]").wait_for()
        expect(screen.locator(f"[data-role=view] {shows}")).not_to_have_count(0)
        assert faults(screen) == []
    for path in (
        f"/terrain/prets/{loan.pk}/", f"/terrain/prets/{loan.pk}/constat/",
        f"/prets/{loan.pk}/constats/", f"/exemplaires/{loan.copy.label}/garde/",
        "/etiquettes/EX-C1/",
    ):  # fmt: skip
        screen.goto(live_server.url + path)
        assert faults(screen) == []
