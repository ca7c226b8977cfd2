"""Alerts as those who watch the indicators see them, and their rules."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from maillage.accounts.guards import agency_only, agency_readers
from maillage.accounts.http import Request
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.observatory.choices import AlertState
from maillage.observatory.forms_alerts import AnswerForm, RuleForm
from maillage.observatory.models import Alert, AlertRule, Indicator
from maillage.observatory.services.alerts import Watched, answer, look, worded

PAGE = 30


@agency_readers
@require_safe
def alert_list(request: Request) -> HttpResponse:
    """Alerts that are still true, those without an answer first."""
    rows = Alert.objects.select_related("rule__indicator", "answered_by")
    state = request.GET.get("etat", "")
    if state in AlertState.values:
        found = rows.filter(state=state)
    else:
        found = rows.all().going_on()
    pages = Paginator(found.order_by("-raised_at", "-pk"), PAGE)
    page_obj = pages.get_page(request.GET.get("page"))
    context = {
        "alerts": worded(page_obj.object_list),
        "page_obj": page_obj,
        "states": AlertState.choices,
        "state": state,
        "form": AnswerForm(auto_id=False),
        "rules": AlertRule.objects.select_related("indicator"),
    }
    return page(request, "observatory/alert_list.html", context)


@agency_only
@require_POST
def alert_answer(request: Request, pk: int) -> HttpResponse:
    """Note that an alert was seen, or explain it."""
    alert = get_object_or_404(Alert, pk=pk)
    form = AnswerForm(request.POST)
    if form.is_valid():
        text = form.cleaned_data["explanation"]
        state = AlertState.EXPLAINED if text.strip() else AlertState.ACKNOWLEDGED
        try:
            answer(
                alert,
                state=state,
                explanation=text,
                by=request.user,
                now=timezone.now(),
            )
        except Refused as no:
            messages.error(request, no.message)
        else:
            messages.success(request, _("La réponse est notée."))
    else:
        messages.error(request, _("Cette explication est trop longue."))
    return go(request, "observatory:alert_list")


@agency_only
@require_http_methods(["GET", "POST"])
def alert_rule_new(request: Request, code: str) -> HttpResponse:
    """Have an indicator watched."""
    indicator = get_object_or_404(
        Indicator.objects.all().editable_by(request.user), code=code
    )
    now = timezone.now()
    return edited(
        request, AlertRule(indicator=indicator, created_at=now, created_by=request.user)
    )


@agency_only
@require_http_methods(["GET", "POST"])
def alert_rule_edit(request: Request, pk: int) -> HttpResponse:
    """Change what is watched."""
    rule = get_object_or_404(AlertRule.objects.select_related("indicator"), pk=pk)
    return edited(request, rule)


def edited(request: Request, rule: AlertRule) -> HttpResponse:
    form = RuleForm(request.POST or None, instance=rule, indicator=rule.indicator)
    if form.is_valid():
        saved = form.save()
        done = Watched()
        if saved.is_active:
            look(saved, now=timezone.now(), done=done)
        messages.success(
            request,
            _("La règle est enregistrée : %d alertes.") % (done.raised + done.again),
        )
        return go(request, "observatory:alert_list")
    return page(
        request,
        "observatory/alert_rule_form.html",
        {"form": form, "rule": rule, "indicator": rule.indicator},
        status=422 if form.errors else 200,
    )


@agency_only
@require_POST
def alert_rule_delete(request: Request, pk: int) -> HttpResponse:
    """Stop watching: the rule and its alerts go."""
    rule = get_object_or_404(AlertRule, pk=pk)
    rule.delete()
    messages.success(request, _("La règle et ses alertes sont supprimées."))
    return go(request, "observatory:alert_list")
