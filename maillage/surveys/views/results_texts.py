"""Free answers: the agency reads them and ticks their themes."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from maillage.accounts.guards import agency_only
from maillage.accounts.http import Request
from maillage.core.errors import Refused
from maillage.core.http import go, page
from maillage.surveys.definition import QuestionSpec
from maillage.surveys.forms_results import ThemesForm
from maillage.surveys.models import Wave
from maillage.surveys.services import results_texts as service
from maillage.surveys.views.waves import wave_or_404


def question_or_404(wave: Wave, code: str) -> QuestionSpec:
    found = [spec for spec in service.free_questions(wave) if spec.code == code]
    if not found:
        raise Http404
    return found[0]


@agency_only
@require_GET
def text_list(request: Request, slug: str) -> HttpResponse:
    """The free questions of a wave, and how far each has been read."""
    wave = wave_or_404(request, slug)
    context = {"wave": wave, "questions": service.progress(wave)}
    return page(request, "surveys/result_texts.html", context)


@agency_only
@require_GET
def text_coding(request: Request, slug: str, question: str) -> HttpResponse:
    """The next text to read, its themes as boxes; digits of the keyboard tick them."""
    wave = wave_or_404(request, slug)
    spec = question_or_404(wave, question)
    themes = service.themes_of(wave, question)
    found = service.texts(list(service.answers_to(wave, question)), themes)
    asked = request.GET.get("reponse", "")
    waiting = [text for text in found if not text.is_coded]
    chosen = [text for text in found if str(text.answer.pk) == asked]
    now = next(iter([*chosen, *waiting, *found]), None)
    context = {
        "wave": wave,
        "question": spec,
        "themes": themes,
        "texts": found,
        "now": now,
        "place": 0 if now is None else found.index(now) + 1,
        "coded": len(found) - len(waiting),
    }
    return page(request, "surveys/result_coding.html", context)


@agency_only
@require_POST
def text_code(request: Request, slug: str, question: str) -> HttpResponse:
    """Keep the themes of a text and go to the next."""
    wave = wave_or_404(request, slug)
    question_or_404(wave, question)
    pk = request.POST.get("reponse", "")
    try:
        service.code_answer(
            wave, question, pk=int(pk) if pk.isdecimal() and len(pk) < 16 else 0,
            themes=request.POST.getlist("themes"), by=request.user,
        )  # fmt: skip
    except Refused as no:
        messages.error(request, no.message)
    return go(request, "surveys:text_coding", slug, question)


@agency_only
@require_http_methods(["GET", "POST"])
def text_themes(request: Request, slug: str, question: str) -> HttpResponse:
    """The list of themes of a question, and the words that propose them."""
    wave = wave_or_404(request, slug)
    spec = question_or_404(wave, question)
    lines = service.as_lines(service.themes_of(wave, question))
    form = ThemesForm(request.POST or None, initial={"themes": lines})
    if form.is_valid():
        given = form.cleaned_data["themes"]
        try:
            service.set_themes(wave, question, lines=given, by=request.user)
        except Refused as no:
            form.add_error(None, no.message)
        else:
            messages.success(request, _("Les thèmes sont enregistrés."))
            return go(request, "surveys:text_coding", slug, question)
    context = {"wave": wave, "question": spec, "form": form}
    status = 422 if form.errors else 200
    return page(request, "surveys/result_themes.html", context, status=status)
