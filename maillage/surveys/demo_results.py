"""Results of the example waves, made as the agency makes them; marked as examples."""

import datetime as dt
from typing import Any

from maillage.surveys.choices import WaveState
from maillage.surveys.models import Answer, Release, TextTheme, Wave
from maillage.surveys.services import releases, results as service, results_texts

QUESTIONS = (
    "place_csti", "menee_annee", "fete_science", "etp_total", "possede",
    "expo_etat", "freins", "connaissance", "attentes",
)  # fmt: skip
CROSSINGS = [["place_csti", "fete_science"]]
THEMES = """Savoir qui prête : prête, dates
Formations : formation
Transport : transport
Rencontres : rencontrer, acteurs"""
QUESTION = "attentes"


def load_results(*, by: Any, now: dt.datetime) -> None:
    """Publish the results of the example waves that are over; once each."""
    waves = Wave.objects.filter(is_example=True, state=WaveState.CLOSED)
    for wave in waves.select_related("version__questionnaire").order_by("year"):
        if Release.objects.filter(wave=wave).exists():
            continue
        code_texts(wave, by=by)
        known = service.material_of(wave).by_code
        tables = {
            "questions": [code for code in QUESTIONS if code in known],
            "crossings": [pair for pair in CROSSINGS if {*pair} <= known.keys()],
            "panel": True,
        }
        made = releases.prepare(wave, tables=tables, by=by, now=now)
        made = releases.start(made, by=by, now=now)
        done = releases.compute(made.pk, run=made.run, effort=0)
        assert done is not None  # noqa: S101 -- nobody else computes it
        releases.publish(done, by=by, now=now)


def code_texts(wave: Wave, *, by: Any) -> None:
    """Give free answers the themes that their words propose."""
    free = {spec.code for spec in results_texts.free_questions(wave)}
    if QUESTION not in free:
        return
    if not TextTheme.objects.filter(questionnaire=wave.version.questionnaire).exists():
        results_texts.set_themes(wave, QUESTION, lines=THEMES, by=by)
    themes = results_texts.themes_of(wave, QUESTION)
    answers = list(results_texts.answers_to(wave, QUESTION))
    for text in results_texts.texts(answers, themes):
        text.answer.themes = [t.code for t, _has, proposed in text.themes if proposed]
    Answer.objects.bulk_update(answers, ["themes"], batch_size=200)
