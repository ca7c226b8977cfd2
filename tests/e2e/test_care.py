"""Wear, work, accounts and attendance in a real browser, with and without JavaScript."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from maillage.circulation.choices import LoanState
from maillage.circulation.models import Charge, Incident, Maintenance
from tests.factories.circulation import ComponentFactory, CopyFactory, LoanFactory
from tests.factories.directory import MembershipFactory


@pytest.fixture
def copy():
    copy = CopyFactory(label="PAT-1", purchase_value_cents=500_000)
    piece = ComponentFactory(
        copy=copy, name="Dôme", label="PAT-1-C1", value_cents=9_000
    )
    loan = LoanFactory(copy=copy, state=LoanState.RETURNED)
    Charge.objects.create(loan=loan, kind="fee", text="Location", cents=30_000)
    today = timezone.localdate()
    Incident.objects.create(
        copy=copy, component=piece, noticed_on=today, severity="total", text="Percé"
    )
    Maintenance.objects.create(
        copy=copy, starts_on=today, ends_on=today + dt.timedelta(3), text="Révision"
    )
    return copy


@pytest.fixture
def owner(copy):
    return MembershipFactory(structure=copy.resource.owner, manager=True).user


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("copy_wear", "label"),
        ("incident_new", "label"),
        ("maintenance_new", "label"),
        ("resource_report", "resource"),
        ("owner_report", "owner"),
        ("expense_new", "resource"),
        ("revenue_keys", "resource"),
        ("renewal_list", ""),
        ("attendance_edit", "loan"),
    ],
)
def test_pages_have_no_fault(
    screen, live_server, sign_in, copy, owner, faults, name, what
):
    args = {
        "label": [copy.label],
        "resource": [copy.resource.slug],
        "owner": [copy.resource.owner.slug],
        "loan": [copy.loans.get().pk],
        "": [],
    }[what]
    sign_in(screen, owner)
    screen.goto(live_server.url + reverse(f"circulation:{name}", args=args))

    assert faults(screen) == []


def test_a_worn_piece_is_replaced_without_javascript(
    plain, live_server, sign_in, copy, owner
):
    sign_in(plain, owner)
    plain.goto(live_server.url + reverse("circulation:copy_wear", args=[copy.label]))

    plain.get_by_role("link", name="Remplacer").click()
    plain.get_by_role("button", name="Enregistrer").click()

    expect(plain.get_by_text("son usure repart de zéro")).to_be_visible()
