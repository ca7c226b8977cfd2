"""Letters of a wave: their text, whom they go to, sending them."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from maillage.accounts.guards import agency_only
from maillage.accounts.http import Request
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.surveys.forms_waves import BounceForm, LettersForm
from maillage.surveys.jobs import send_letters
from maillage.surveys.models import Unit, Wave
from maillage.surveys.services import invitations as service
from maillage.surveys.services.bounces import (
    Noted,
    addresses_in,
    bounced,
    note_bounces,
    note_refused,
)
from maillage.surveys.services.population import new_token
from maillage.surveys.services.waves import write_texts
from maillage.surveys.views.waves import wave_or_404

FEW = 30


@agency_only
@require_http_methods(["GET", "POST"])
def wave_mail(request: Request, slug: str) -> HttpResponse:
    """Write the letters, see them as they will be, and how many would leave."""
    wave = wave_or_404(request, slug)
    initial = {kind: service.text_of(wave, kind) for kind in ("invitation", "reminder")}
    form = LettersForm(request.POST or None, initial=initial)
    if form.is_valid():
        write_texts(wave, **form.cleaned_data, by=request.user)
        messages.success(request, _("Les textes sont enregistrés."))
        return go(request, "surveys:wave_mail", slug)
    context = {
        "wave": wave,
        "form": form,
        "placeholders": service.PLACEHOLDERS.items(),
        "letters": [letter_facts(wave, kind) for kind in ("invitation", "reminder")],
        "may_send": wave.takes_answers(today=timezone.localdate()),
        "nobody": service.without_address(wave).order_by("name")[:FEW],
        "nobody_count": service.without_address(wave).count(),
        "pause": service.PAUSE.days,
        "bounced_count": bounced(wave).count(),
    }
    status = 422 if form.errors else 200
    return page(request, "surveys/wave_mail.html", context, status=status)


def letter_facts(wave: Wave, kind: str) -> dict[str, Any]:
    """One letter as it would be, and how many are due."""
    example = wave.units.order_by("pk").first() or Unit(
        wave=wave, name=_("Structure d’exemple")
    )
    # A link that opens nothing: the page of the agency gives nobody's away.
    sample = Unit(wave=wave, name=example.name, token=new_token())
    title = _("Invitation") if kind == service.INVITATION else _("Relance")
    return {
        "kind": kind,
        "title": title,
        "subject": service.subject_of(wave, kind),
        "body": service.letter(wave, sample, service.text_of(wave, kind)),
        "due": service.due(wave, kind, now=timezone.now()).count(),
    }


@agency_only
@require_POST
def wave_send(request: Request, slug: str) -> HttpResponse:
    """Send the invitations, or the reminders, that are due."""
    wave = wave_or_404(request, slug)
    kind = request.POST.get("kind", "")
    try:
        if kind not in {service.INVITATION, service.REMINDER}:
            raise Refused("kind", _("Ce bouton n’existe plus."))
        service.need_open(wave, today=timezone.localdate())
        number = service.due(wave, kind, now=timezone.now()).count()
        send_letters.enqueue(wave.pk, kind)
    except Refused as no:
        messages.error(request, no.message)
    else:
        text = ngettext("%d courrier part.", "%d courriers partent.", number)
        messages.success(request, text % number)
    return go(request, "surveys:wave_mail", slug)


@agency_only
@require_http_methods(["GET", "POST"])
def wave_bounces(request: Request, slug: str) -> HttpResponse:
    """Letters that came back: note addresses from a list, see whom to call."""
    wave, now = wave_or_404(request, slug), timezone.now()
    form = BounceForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        try:
            refused = note_refused(now=now, wave=wave)
            found = addresses_in(form.texts())
            why = form.cleaned_data["why"]
            noted = note_bounces(wave, found, why=why, by=request.user, now=now)
        except Refused as no:
            form.add_error(None, no.message)
        else:
            tell_bounces(request, noted, refused=refused)
            return go(request, "surveys:wave_bounces", slug)
    context = {"wave": wave, "form": form, "units": bounced(wave)}
    status = 422 if form.errors else 200
    return page(request, "surveys/wave_bounces.html", context, status=status)


def tell_bounces(request: Request, noted: Noted, *, refused: int) -> None:
    number = len(noted.marked) + refused
    text = ngettext(
        "%d structure est notée : plus rien ne part à son adresse.",
        "%d structures sont notées : plus rien ne part à leur adresse.", number,
    )  # fmt: skip
    messages.success(request, text % number)
    if noted.unknown:
        text = ngettext(
            "%(number)d adresse n’est à personne dans cette édition : %(some)s",
            "%(number)d adresses ne sont à personne dans cette édition : %(some)s",
            len(noted.unknown),
        )
        some = ", ".join(noted.unknown[:5])
        messages.warning(request, text % {"number": len(noted.unknown), "some": some})
