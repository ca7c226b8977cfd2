"""Figures of the pass in a browser: a team, an observer, a holder; axe looks on."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from maillage.passport.services.months import close_month
from tests.factories.directory import MembershipFactory, PlaceFactory
from tests.factories.passport import PassFactory
from tests.factories.territories import CommuneFactory, DepartmentFactory
from tests.passport.passages_made import came, crowd

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def places():
    CommuneFactory(lille=True)
    CommuneFactory(
        insee="02381",
        name="Hirson",
        department=DepartmentFactory(code="02", name="Aisne"),
    )
    found = [PlaceFactory(listed=True) for _ in range(2)]
    for seed, month in enumerate(("2026-08", "2026-09")):
        communes = ("59350", "59350", "02381")
        crowd(found, number=30, seed=seed, month=month, communes=communes)
        close_month(month, now=timezone.now())
    return found


def test_figures_have_no_fault(screen, live_server, sign_in, faults, places):
    holder = PassFactory()
    this = timezone.localdate()
    came(places[0], month=f"{this:%Y-%m}", day=1, number=holder.number)
    found = {}
    for role, paths in (
        ("observer", ["/agence/passeport/chiffres/", f"/controle/chiffres/{places[0].slug}/"]),
        ("member", [f"/controle/chiffres/{places[0].slug}/", f"{holder.get_absolute_url()}passages/"]),
    ):  # fmt: skip
        screen.context.clear_cookies()
        user = sign_in(screen, role=role)
        if role == "member":
            MembershipFactory(structure=places[0].structure, user=user)
        for path in paths:
            screen.goto(live_server.url + path)
            wide = screen.evaluate(
                "() => document.documentElement.scrollWidth > innerWidth"
            )
            if bad := [*faults(screen), *(["too wide"] if wide else [])]:
                found[role, path] = bad
    assert found == {}


def test_a_holder_forgets_its_passages_without_javascript(plain, live_server, places):
    holder = PassFactory()
    month = f"{timezone.localdate():%Y-%m}"
    came(places[0], month=month, day=1, number=holder.number)

    plain.goto(f"{live_server.url}{holder.get_absolute_url()}passages/")
    expect(plain.get_by_text(places[0].name)).to_be_visible()
    plain.get_by_role("button", name="Oublier ces passages").click()

    expect(plain.get_by_text(places[0].name)).to_have_count(0)
