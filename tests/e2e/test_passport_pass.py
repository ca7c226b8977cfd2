"""The pass on a phone: its code is verified in the browser as on the server; its page."""

import json

import pytest
from playwright.sync_api import expect

from maillage.passport.models import Pass
from tests.factories.passport import (
    BenefitFactory,
    IssuerFactory,
    OfferFactory,
    PassFactory,
)
from tests.passport import make_vectors as made

FILES = sorted(path.stem for path in made.FOLDER.glob("*.json") if path.stem != "trust")
#: A browser that knows no Ed25519.
OLD = """() => {
  const known = crypto.subtle.importKey.bind(crypto.subtle);
  crypto.subtle.importKey = async (...args) => {
    if (args[2] === "Ed25519") throw new DOMException("unknown", "NotSupportedError");
    return known(...args);
  };
}"""
ANSWER = """async ([cases, trust]) => {
  const { verify, howToVerify } = await import("/static/js/passport/verify.js");
  const answers = [];
  for (const each of cases) answers.push(await verify(each.text, trust, each.now));
  return { answers, way: await howToVerify() };
}"""
SPEED = """async ([text, trust, now]) => {
  const { verify } = await import("/static/js/passport/verify.js");
  await verify(text, trust, now);
  const times = [];
  for (let round = 0; round < 200; round++) {
    const start = performance.now();
    await verify(text, trust, now);
    times.push(performance.now() - start);
  }
  return times.sort((one, other) => one - other)[Math.floor(times.length * 0.95)];
}"""


def cases(name):
    return json.loads((made.FOLDER / f"{name}.json").read_text(encoding="utf-8"))[
        "cases"
    ]


def differences(page, names, *, way):
    asked = [each for name in names for each in cases(name)]
    found = page.evaluate(ANSWER, [asked, made.TRUST])
    assert found["way"] == way
    assert len(found["answers"]) == len(asked)
    wanted = [{key: each[key] for key in ("ok", "reason", "claims")} for each in asked]
    return {
        each["name"]: (answer, right)
        for each, answer, right in zip(asked, found["answers"], wanted, strict=True)
        if answer != right
    }


@pytest.fixture
def offline(page, live_server):
    """A page with the verifier at hand, and then no network at all."""
    page.goto(f"{live_server.url}/a-propos/")
    page.evaluate("async () => { await import('/static/js/passport/verify.js'); }")
    page.context.set_offline(True)
    return page


def test_the_browser_answers_every_vector_as_python_does(offline):
    assert differences(offline, FILES, way="webcrypto") == {}


def test_a_browser_without_ed25519_answers_the_same(page, live_server):
    page.goto(f"{live_server.url}/a-propos/")
    page.evaluate(OLD)
    page.evaluate("async () => { await import('/static/npm/noble-ed25519/index.js'); }")
    page.evaluate("async () => { await import('/static/js/passport/verify.js'); }")
    page.context.set_offline(True)

    names = [name for name in FILES if name not in {"altered", "truncated"}]
    assert differences(page, names, way="script") == {}


def test_a_code_is_verified_in_a_moment(offline):
    p95 = offline.evaluate(SPEED, [made.GOOD, made.TRUST, made.NOW])

    assert p95 < 20


def test_a_pass_is_had_in_a_moment_and_opens_without_network(page, live_server):
    offer = OfferFactory(name="Famille", household=True)
    BenefitFactory(place__name="Muséum")
    page.goto(f"{live_server.url}/passeport/")
    page.get_by_role("link", name="Famille").click()
    page.get_by_label("6 à 11 ans").fill("2")
    page.get_by_label("26 à 64 ans").fill("1")
    page.get_by_role("button", name="Obtenir le passeport").click()

    kept = page.locator("[data-role=kept]")
    expect(kept).to_be_visible()
    holder = Pass.objects.get(offer=offer)
    assert holder.people == 3
    page.context.set_offline(True)
    page.goto(live_server.url + holder.get_absolute_url())
    expect(page.get_by_text(holder.short_number)).to_be_visible()
    expect(page.get_by_text("Muséum")).to_be_visible()
    page.get_by_role("button", name="Afficher en grand").click()
    large = page.get_by_role("dialog")
    expect(large).to_be_visible()
    assert large.locator("img").evaluate("img => img.naturalWidth") > 0
    page.context.set_offline(False)


def test_a_pass_is_had_without_javascript(plain, live_server):
    offer = OfferFactory()
    plain.goto(f"{live_server.url}/passeport/demander/{offer.pk}/")
    plain.get_by_role("button", name="Obtenir le passeport").click()

    expect(plain.locator(".pass-qr")).to_be_visible()
    assert Pass.objects.count() == 1


def test_pages_of_the_pass_have_no_fault(screen, live_server, sign_in, faults):
    holder = PassFactory(nickname="Zoé")
    offers = [OfferFactory(household=True), OfferFactory(school=True)]
    BenefitFactory(label="3 € au lieu de 7 €")
    issuer = IssuerFactory()
    sign_in(screen, role="agency")
    paths = [
        "/passeport/", holder.get_absolute_url(), f"{holder.get_absolute_url()}effacer/",
        *(f"/passeport/demander/{offer.pk}/" for offer in offers),
        "/agence/passeport/", f"/agence/passeport/chercher/?q={holder.number}",
        "/agence/passeport/emetteurs/", f"/agence/passeport/emetteurs/{issuer.pk}/",
        f"/agence/passeport/formules/{offers[0].pk}/", "/mon-espace/passeports/",
    ]  # fmt: skip
    found = {}
    for path in paths:
        screen.goto(live_server.url + path)
        wide = screen.evaluate(
            "() => document.documentElement.scrollWidth > innerWidth"
        )
        if bad := [*faults(screen), *(["too wide"] if wide else [])]:
            found[path] = bad
    assert found == {}
