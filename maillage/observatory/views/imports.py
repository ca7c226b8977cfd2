"""Import figures: check the file, say what it would do, then write it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from maillage.accounts.guards import agency_only
from maillage.accounts.http import Request
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.core.intake.uploads import as_text
from maillage.observatory.forms_imports import MOST_TEXT, ImportForm
from maillage.observatory.imports import LONG
from maillage.observatory.services.alerts import watch
from maillage.observatory.services.importing import (
    MOST,
    ImportPlan,
    apply_import,
    plan_import,
)


@agency_only
@require_http_methods(["GET", "POST"])
def observation_import(request: Request) -> HttpResponse:
    """A file of figures for one indicator."""
    first = {"indicator": request.GET.get("indicateur", "")}
    form = ImportForm(
        request.POST or None, request.FILES or None, user=request.user, initial=first
    )
    context: dict[str, Any] = {"form": form, "columns": LONG}
    if form.is_valid():
        try:
            table = form.table()
            plan = plan_import(
                table, indicator=form.cleaned_data["indicator"], asked=form.asked
            )
            if "apply" in request.POST:
                return applied(request, plan)
            context |= {
                "plan": plan,
                "problems": plan.problems[:MOST],
                "text": as_text(table, most=MOST_TEXT),
            }
        except Refused as no:
            form.add_error(None, no.message)
    if plan_errors := bool(context.get("plan") and context["plan"].errors):
        context["trouble"] = _("Des lignes sont à corriger avant d’écrire.")
    bad = bool(form.errors) or plan_errors
    return page(
        request,
        "observatory/observation_import.html",
        context,
        status=422 if bad else 200,
    )


def applied(request: Request, plan: ImportPlan) -> HttpResponse:
    """Write the plan and say what it did. Refuses as the service does."""
    written = apply_import(plan, today=timezone.localdate())
    watch(now=timezone.now(), indicators=[plan.indicator])
    said = _(
        "%(created)d valeurs écrites, %(corrected)d corrigées, %(same)d inchangées ; "
        "%(hidden)d gardées secrètes."
    )
    facts = {
        "created": written.created, "corrected": written.corrected,
        "same": written.same, "hidden": written.hidden,
    }  # fmt: skip
    messages.success(request, said % facts)
    return go(request, plan.indicator)
