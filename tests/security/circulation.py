"""One of each thing of circulation, for the table of addresses and roles."""

import datetime as dt
import uuid

from django.core.files.base import ContentFile

from maillage.circulation.choices import LoanState
from maillage.circulation.models import (
    Charge,
    Closure,
    ConditionReport,
    Expense,
    Hold,
    Incident,
    Lock,
    Maintenance,
    Offer,
    PlannedRefusal,
    ReportPicture,
)
from tests.factories.circulation import (
    ComponentFactory,
    CopyFactory,
    HostFactory,
    LoanFactory,
    LoanRequestFactory,
    ScenarioFactory,
    SeasonFactory,
)
from tests.factories.directory import PlaceFactory

DAY = dt.date(2026, 10, 5)


def circulate(resource, people):
    """Arguments of the addresses: the structure lends, ``author`` borrows."""
    depot = PlaceFactory(structure=resource.owner)
    copy = CopyFactory(resource=resource, label="EX-1", depot=depot)
    component = ComponentFactory(copy=copy, label="EX-1-C1")
    host = HostFactory(created_by=people["author"])
    request = LoanRequestFactory(host=host, resource=resource)
    loan = LoanFactory(copy=copy, host=host, state=LoanState.CONFIRMED)
    season = SeasonFactory(slug="2026")
    scenario = ScenarioFactory(season=season)
    work = Maintenance.objects.create(
        copy=copy, starts_on=DAY, ends_on=DAY + dt.timedelta(2)
    )
    incident = Incident.objects.create(
        copy=copy, noticed_on=DAY, severity="minor", text="Rayure"
    )
    expense = Expense.objects.create(
        resource=resource, kind="other", spent_on=DAY, cents=1
    )
    return {
        # copies
        **copy_pages(copy),
        # care
        "copy_wear": [copy.label],
        "incident_new": [copy.label],
        "incident_mend": [incident.pk],
        "maintenance_new": [copy.label],
        "maintenance_end": [work.pk],
        "maintenance_cancel": [work.pk],
        "component_renew": [component.label],
        "resource_report": [resource.slug],
        "expense_new": [resource.slug],
        "expense_delete": [expense.pk],
        "revenue_keys": [resource.slug],
        "owner_report": [resource.owner.slug],
        "attendance_edit": [loan.pk],
        # requests
        **request_pages(request, copy),
        # loans
        **loan_pages(loan),
        # beside the crates
        **field_pages(loan),
        # the board
        **board_pages(scenario, request),
        # seasons
        **season_pages(scenario, request),
    }


def season_pages(scenario, request):
    """The addresses of a season at work, and of one whose plan is published."""
    done = ScenarioFactory(
        season=SeasonFactory(slug="2025"), state="published",
        inputs={
            "weights": {}, "scale": {"base": 10},
            "requests": [
                {"reference": request.reference, "key": "1", "kind": "musee",
                 "commune_name": "Lille", "terms": {}, "options": []}
            ],
        },
    )  # fmt: skip
    lock = Lock.objects.create(
        scenario=scenario, request=request, kind="refused", made_at=request.asked_at
    )
    season, here = scenario.season.slug, [scenario.season.slug, scenario.pk]
    verbs = ["detail", "start", "stop", "delete", "locks", "publish", "replan"]
    return {
        **{f"scenario_{verb}": here for verb in verbs},
        **{f"season_{name}": [season] for name in ("detail", "edit", "state")},
        "season_programme": [done.season.slug],
        "season_inputs": [done.season.slug],
        "scenario_new": [season],
        "scenario_compare": [season],
        "scenario_export": [*here, "prets", "csv"],
        "lock_delete": [*here, lock.pk],
        "result_list": [done.season.slug],
        "result_detail": [done.season.slug, request.pk],
    }


def field_pages(loan):
    """The addresses of one loan beside the crates, with a report and its picture."""
    report = ConditionReport.objects.create(
        uuid=uuid.uuid4(), loan=loan, moment="arrival", party="lender",
        signed_name="x", signed_at=loan.created_at, received_at=loan.created_at,
    )  # fmt: skip
    picture = ReportPicture(report=report, sha256="ab" * 32)
    picture.file.save("x.jpg", ContentFile(b"x"))
    return {
        "field_picture": [report.uuid],
        "field_loan": [loan.pk],
        "field_report": [loan.pk],
        "report_list": [loan.pk],
        "report_sheet": [loan.pk],
        "report_picture": [loan.pk, picture.sha256],
        "custody_log": [loan.copy.label],
        "custody_export": [loan.copy.label],
        "label_show": [loan.copy.label],
    }


def request_pages(request, copy):
    """The addresses of one request, with dates that its owner offers."""
    offer = Offer.objects.create(
        request=request, copy=copy, starts_on=DAY + dt.timedelta(90),
        ends_on=DAY + dt.timedelta(111), made_at=request.asked_at,
    )  # fmt: skip
    plain = ["detail", "answer", "withdraw", "message"]
    return {
        **{f"request_{name}": [request.pk] for name in plain},
        "request_new": [request.resource.slug],
        "offer_answer": [offer.pk],
        "host_edit": [request.host.pk],
    }


def board_pages(scenario, request):
    """The addresses of the board of a scenario that refuses the request."""
    PlannedRefusal.objects.create(scenario=scenario, request=request, reason="taken")
    here = [scenario.season.slug, scenario.pk]
    plain = [
        "board", "board_data", "board_table", "board_tray", "board_rounds", "board_slots",
    ]  # fmt: skip
    return {
        **dict.fromkeys([*plain, "board_undo"], here),
        **{f"board_{verb}": [*here, request.pk] for verb in ("move", "refuse", "free")},
    }


def copy_pages(copy):
    """The addresses of one copy and of its owner: with days kept and a closure."""
    kept = Hold.objects.create(
        copy=copy, kind="own_use", starts_on=DAY + dt.timedelta(500),
        ends_on=DAY + dt.timedelta(501),
    )  # fmt: skip
    closure = Closure.objects.create(
        structure=copy.resource.owner, starts_on=DAY, ends_on=DAY + dt.timedelta(1)
    )
    plain = [
        "copy_detail", "copy_edit", "copy_state", "component_list", "label_sheets",
        "copy_labels", "copy_keep",
    ]  # fmt: skip
    return {
        **{name: [copy.label] for name in plain},
        "copy_export": ["csv"],
        "copy_free": [copy.label, kept.pk],
        "copy_new": [copy.resource.slug],
        "resource_calendar": [copy.resource.slug],
        "resource_feed": [copy.resource.slug],
        "copy_feed": [copy.feed_key],
        "lending_rules": [copy.resource.owner.slug],
        "closure_delete": [copy.resource.owner.slug, closure.pk],
    }


def loan_pages(loan):
    """The addresses of one loan: with a certificate, an invoice and a line to come."""
    loan.insurance_file.save("attestation.pdf", ContentFile(b"%PDF-"))
    line = Charge.objects.create(loan=loan, kind="fee", text="Location", cents=8000)
    Charge.objects.create(
        loan=loan, kind="other", text="x", cents=1, invoice_number="2026-0001",
        invoiced_on=DAY,
    )  # fmt: skip
    plain = [
        "detail", "agreement", "certificate", "confirm", "cancel", "step", "extend",
        "extend_decline", "move", "exchange", "alternatives", "insurance", "charges",
        "first_lines", "bill",
    ]  # fmt: skip
    return {
        **{f"loan_{name}": [loan.pk] for name in plain},
        "loan_export": ["csv"],
        "loan_invoice": [loan.pk, "2026-0001"],
        "loan_payment": [loan.pk, "2026-0001"],
        "loan_paper": [loan.pk, "convention"],
        "charge_edit": [loan.pk, line.pk],
        "charge_delete": [loan.pk, line.pk],
        "copy_break": [loan.copy.label],
        "copy_mend": [loan.copy.label],
    }
