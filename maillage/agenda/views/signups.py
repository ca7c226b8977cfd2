"""Sign up, change one's mind; the list for the organiser and who came."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db.models import Count, Prefetch, Sum
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from maillage.accounts.http import Request
from maillage.agenda.choices import SignUpState
from maillage.agenda.exports import SIGNUP_COLUMNS
from maillage.agenda.forms_signups import (
    AttendanceForm,
    SeatsForm,
    SignUpForm,
    seats_initial,
)
from maillage.agenda.models import Event, Occurrence, SignUp
from maillage.agenda.services import seats, signups as verbs
from maillage.agenda.views.edit import own
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.core.tables.sending import table_file

ALL = ("occurrence__event__place__commune", "occurrence__event__commune",
       "occurrence__event__owner")  # fmt: skip


@login_not_required
@require_http_methods(["GET", "POST"])
def signup_new(request: Request, slug: str, pk: int) -> HttpResponse:
    """Sign up for one occurrence, without an account."""
    events = Event.objects.all().visible_to(request.user).filter(slug=slug)
    rows = Occurrence.objects.filter(event__in=events)
    rows = rows.select_related(
        "event__place__commune", "event__commune", "event__owner"
    )
    one = get_object_or_404(rows, pk=pk)
    closed = refusal(one)
    user: Any = request.user
    known = {"name": user.display_name, "email": user.email} if user.is_authenticated else {}  # fmt: skip
    form = SignUpForm(request.POST or None, initial=known)
    if not closed and form.is_valid() and (signup := signed(request, one, form)):
        told(request, signup)
        mine = user.is_authenticated and signup.user_id == user.pk
        if mine:
            return go(request, "agenda:signup_detail", signup.token)
        return go(request, one.event)
    return page(
        request,
        "agenda/signup_new.html",
        {
            "thing": one.event,
            "one": one,
            "form": form,
            "closed": closed,
            "left": seats.left(one),
        },
        status=422 if form.errors else 200,
    )


def refusal(one: Occurrence) -> str:
    """Why nobody signs up for it any more; empty when one can."""
    try:
        verbs.check_open(one, now=timezone.now())
    except Refused as no:
        return str(no.message)
    return ""


def signed(request: Request, one: Occurrence, form: SignUpForm) -> SignUp | None:
    try:
        return verbs.sign_up(
            one,
            person=form.person(),
            number=form.cleaned_data["seats"],
            by=request.user,
            now=timezone.now(),
        )
    except Refused as no:
        form.add_error("seats" if no.code == "too_many" else None, no.message)
        return None


def told(request: Request, signup: SignUp) -> None:
    """The same words whether the address was there before: it is nobody's business."""
    messages.success(
        request,
        _(
            "C’est noté. Un e-mail part à %(email)s : il dit si vous avez vos places, et "
            "donne le lien pour les changer ou les rendre."
        )
        % {"email": signup.email},
    )


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def signup_detail(request: Request, token: str) -> HttpResponse:
    """One's own sign-up, by its secret link: change it."""
    signup = get_object_or_404(SignUp.objects.select_related(*ALL), token=token)
    form = SeatsForm(request.POST or None, initial=seats_initial(signup))
    if form.is_valid():
        data = form.cleaned_data
        try:
            verbs.change_signup(
                signup,
                number=data["seats"],
                phone=data["phone"],
                note=data["note"],
                now=timezone.now(),
            )
        except Refused as no:
            form.add_error(None, no.message)
        else:
            messages.success(request, _("Votre inscription est changée."))
            return go(request, "agenda:signup_detail", token)
    return page(
        request,
        "agenda/signup_detail.html",
        {
            "signup": signup,
            "one": signup.occurrence,
            "thing": signup.occurrence.event,
            "form": form,
            "is_over": signup.occurrence.ends_at <= timezone.now(),
            "rank": rank(signup),
        },
        status=422 if form.errors else 200,
    )


def rank(signup: SignUp) -> int:
    """Its place in the waiting list; 0 when it does not wait."""
    if signup.state != SignUpState.WAITING:
        return 0
    waiting = list(
        signup.occurrence.signups.all().waiting().values_list("pk", flat=True)
    )
    return waiting.index(signup.pk) + 1


@login_not_required
@require_POST
def signup_cancel(request: Request, token: str) -> HttpResponse:
    """Give one's seats back."""
    signup = get_object_or_404(SignUp.objects.select_related("occurrence"), token=token)
    try:
        verbs.cancel_signup(signup, now=timezone.now())
    except Refused as no:
        messages.error(request, no.message)
    else:
        messages.success(request, _("Votre inscription est annulée. Merci de l’avoir dit."))  # fmt: skip
    return go(request, "agenda:signup_detail", token)


# For the organiser -------------------------------------------------------------------


@never_cache
@require_safe
def signup_list(request: Request, slug: str) -> HttpResponse:
    """Who comes, occurrence by occurrence; for the screen and for paper."""
    event = own(request, slug)
    people = SignUp.objects.exclude(state=SignUpState.CANCELLED).order_by(
        "state", "name", "pk"
    )
    rows = event.occurrences.annotate(number=Count("signups")).filter(number__gt=0)
    rows = rows.prefetch_related(Prefetch("signups", people, to_attr="people"))
    now = timezone.now()
    groups = [
        {
            "one": one,
            "people": one.people,
            "has_begun": one.starts_at <= now,
            "taken": sum(
                p.seats for p in one.people if p.state == SignUpState.CONFIRMED
            ),
            "seats": one.capacity if one.capacity is not None else event.capacity,
        }
        for one in rows.order_by("starts_at", "pk")
    ]
    return page(request, "agenda/signup_list.html", {"thing": event, "groups": groups})


@never_cache
@require_safe
def signup_file(request: Request, slug: str, form: str) -> HttpResponse:
    """The same list as a table."""
    event = own(request, slug)
    rows = SignUp.objects.filter(occurrence__event=event)
    rows = rows.exclude(state=SignUpState.CANCELLED).select_related("occurrence")
    people = rows.order_by("occurrence__starts_at", "state", "name", "pk")
    return table_file(people, SIGNUP_COLUMNS, name=f"{slug}-inscriptions", form=form)


@require_POST
def signup_came(request: Request, slug: str, pk: int) -> HttpResponse:
    """Note how many of a sign-up came."""
    event = own(request, slug)
    rows = SignUp.objects.filter(occurrence__event=event).select_related(
        "occurrence__event"
    )
    signup = get_object_or_404(rows, pk=pk)
    typed = request.POST.get("came", "")
    if typed and not (typed.isdecimal() and int(typed) <= 10_000):
        raise Http404
    verbs.note_came(signup, came=int(typed) if typed else None, by=request.user)
    return go(request, "agenda:signup_list", slug)


@require_http_methods(["GET", "POST"])
def event_report(request: Request, slug: str) -> HttpResponse:
    """Who came, for each occurrence that took place."""
    event = own(request, slug)
    now = timezone.now()
    times: Any = list(
        event.occurrences.filter(starts_at__lte=now)
        .annotate(came=Sum("signups__came"))
        .order_by("-starts_at", "pk")[:200]
    )
    data = request.POST if request.method == "POST" else None
    forms = [(one, AttendanceForm.of(data, one)) for one in times]
    if data is not None and all(form.is_valid() for _one, form in forms):
        for one, form in forms:
            if form.has_changed():
                verbs.report(one, **form.cleaned_data, by=request.user, now=now)
        messages.success(request, _("Merci : c’est enregistré."))
        return go(request, "agenda:event_report", slug)
    wrong = any(form.errors for _one, form in forms)
    return page(
        request,
        "agenda/event_report.html",
        {"thing": event, "forms": forms},
        status=422 if wrong else 200,
    )
