"""Copies, loans, their care, and the seasons that are planned."""

from maillage.circulation.models.care import (
    ConditionReport,
    CustodyEntry,
    Expense,
    Incident,
    Maintenance,
    ReportPicture,
)
from maillage.circulation.models.copies import (
    Closure,
    Component,
    Copy,
    Hold,
    LendingRules,
)
from maillage.circulation.models.loans import Attendance, Charge, IssuedPaper, Loan
from maillage.circulation.models.requests import (
    SCHOOLS,
    Host,
    LoanRequest,
    Offer,
    RequestMessage,
    RequestWindow,
)
from maillage.circulation.models.seasons import (
    Lock,
    PlannedLoan,
    PlannedRefusal,
    Scenario,
    Season,
)

__all__ = [
    "SCHOOLS",
    "Attendance",
    "Charge",
    "Closure",
    "Component",
    "ConditionReport",
    "Copy",
    "CustodyEntry",
    "Expense",
    "Hold",
    "Host",
    "Incident",
    "IssuedPaper",
    "LendingRules",
    "Loan",
    "LoanRequest",
    "Lock",
    "Maintenance",
    "Offer",
    "PlannedLoan",
    "PlannedRefusal",
    "ReportPicture",
    "RequestMessage",
    "RequestWindow",
    "Scenario",
    "Season",
]
