"""Stamps: at a stop, by its code, how far one is, the diploma, figures of the gate."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from maillage.accounts.guards import agency_readers
from maillage.accounts.http import Request
from maillage.agenda.models import Stop, Trail
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.core.tables.sending import TYPES, table_file
from maillage.passport.models import Pass
from maillage.passport.services.stamps import (
    finished,
    keep_stamps,
    progress_of,
    progress_on,
    stamp_pass,
    stop_told_by,
)
from maillage.passport.stamp_pages import (
    COLUMNS,
    copies_asked,
    forgotten,
    name_of,
    passes_at_hand,
    progress_line,
    progress_words,
    remembered,
    stop_lines,
    trail_lines,
    until_words,
)
from maillage.passport.stamp_paper import print_diplomas
from maillage.passport.views.passes import found_pass


@login_not_required
@require_POST
def stop_stamp(request: Request, slug: str, code: str) -> HttpResponse:
    """Stamp the chosen passes of this phone or account, at the stop itself."""
    seen = Trail.objects.all().visible_to(request.user).filter(slug=slug)
    stops = Stop.objects.filter(trail__in=seen).select_related("trail")
    stop = get_object_or_404(stops, code=code.upper())
    chosen = {*request.POST.getlist("pass")}
    holders = [row for row in passes_at_hand(request) if row.number in chosen]
    keeps = request.POST.get("keep") == "on"
    for holder in holders:
        try:
            text = stamped(holder, stop, keeps=keeps)[1]
        except Refused as no:
            messages.error(request, f"{name_of(holder)} : {no.message}")
        else:
            messages.success(request, f"{name_of(holder)} : {text}")
    if not holders:
        messages.error(request, _("Choisissez au moins un passeport."))
    return go(request, "agenda:stop_detail", slug, stop.code)


def stamped(holder: Pass, stop: Stop, *, keeps: bool = False) -> tuple[bool, str]:
    """Whether the stamp is new, and what is told of it. Refuses as ``stamp_pass``."""
    if keeps and not holder.keeps_stamps:
        keep_stamps(holder)
    is_new = stamp_pass(holder, stop=stop, today=timezone.localdate())
    progress = progress_on(holder, trail=stop.trail)
    told = {"stop": stop.title, "progress": progress_words(progress)}
    if is_new:
        return True, _("« %(stop)s » est tamponnée, %(progress)s.") % told
    return False, _("« %(stop)s » était déjà tamponnée, %(progress)s.") % told


@login_not_required
@never_cache
@require_POST
def pass_stamp(request: Request, secret: str) -> HttpResponse:
    """Stamp a pass by the code that is on the poster: typed, now or while offline."""
    holder = found_pass(secret)
    try:
        is_new, text = stamped(holder, stop_told_by(request.POST.get("code", "")))
        state = "stamped" if is_new else "again"
    except Refused as no:
        state, text = "refused", str(no.message)
    if request.accepts("text/html"):
        tell = messages.error if state == "refused" else messages.success
        tell(request, text)
        return go(request, "passport:pass_trails", secret)
    if state == "stamped":
        messages.success(request, text)  # the page is read again
    return JsonResponse({"state": state, "message": text})


@login_not_required
@never_cache
@require_safe
def pass_trails(request: Request, secret: str) -> HttpResponse:
    """My trails: stop by stop, what is next, the diplomas."""
    holder = found_pass(secret)
    lines = progress_of(holder) if holder.keeps_stamps else []
    context = {
        "holder": holder,
        "name": name_of(holder),
        "lines": [progress_line(holder, one) for one in lines],
        "most": copies_asked("", holder),
    }
    answer = page(request, "passport/pass_trails.html", context)
    return remembered(request, answer, holder)


@login_not_required
@require_POST
def stamps_keep(request: Request, secret: str) -> HttpResponse:
    """Keep the stamps of a pass from now on, and let this phone stamp it."""
    holder = found_pass(secret)
    try:
        holder = keep_stamps(holder)
    except Refused as no:
        raise Http404 from no
    messages.success(request, _("Ce passeport garde désormais vos tampons."))
    answer = go(request, "passport:pass_trails", secret)
    return remembered(request, answer, holder)


@login_not_required
@require_POST
def stamps_forget(request: Request, secret: str) -> HttpResponse:
    """Propose the pass on this phone no more; its stamps stay."""
    holder = found_pass(secret)
    messages.success(
        request, _("Ce téléphone ne propose plus ce passeport aux étapes.")
    )
    return forgotten(request, go(request, "passport:offer_list"), holder)


@login_not_required
@never_cache
@require_safe
def pass_diploma(request: Request, secret: str, slug: str) -> HttpResponse:
    """The diploma of a trail, one page a person: the name is written by hand."""
    holder = found_pass(secret)
    trail = get_object_or_404(Trail.objects.select_related("owner"), slug=slug)
    try:
        progress = finished(holder, trail=trail)
    except Refused as no:
        messages.error(request, no.message)
        return go(request, "passport:pass_trails", secret)
    copies = copies_asked(request.GET.get("exemplaires", ""), holder)
    pdf = print_diplomas(progress, copies=copies, today=timezone.localdate())
    answer = HttpResponse(pdf, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="diplome-{trail.slug}.pdf"'
    return answer


# Figures -------------------------------------------------------------------------------


@require_safe
def trail_stamps(request: Request, slug: str) -> HttpResponse:
    """How many passes began a trail and ended it, for those who make it."""
    rows = Trail.objects.all().editable_by(request.user).select_related("owner")
    trail = get_object_or_404(rows, slug=slug)
    today = timezone.localdate()
    (line,) = trail_lines([trail], today=today)
    context = {
        "trail": trail,
        "line": line,
        "stops": stop_lines(trail, today=today),
        "until": until_words(today),
    }
    return page(request, "passport/trail_stamps.html", context)


@agency_readers
@require_safe
def stamp_list(request: Request) -> HttpResponse:
    """All trails, by name, with the passes that began and ended them."""
    today = timezone.localdate()
    trails = Trail.objects.published().select_related("owner").order_by("name")
    context = {"lines": trail_lines(trails, today=today), "until": until_words(today)}
    return page(request, "passport/stamp_list.html", context)


@agency_readers
@require_safe
def stamp_export(request: Request, form: str) -> HttpResponse:
    """The same as a file."""
    if form not in TYPES:
        raise Http404
    trails = Trail.objects.published().select_related("owner").order_by("name")
    lines = trail_lines(trails, today=timezone.localdate())
    return table_file(lines, COLUMNS, name="tampons", form=form)
