"""One of each thing of surveys, for the table of addresses and roles."""

from tests.factories.surveys import UnitFactory, WaveFactory
from tests.surveys.results import answered_wave, tell, text_of


def ask(structure):
    """Arguments of the addresses: one wave is at work, the results of another are out."""
    wave = WaveFactory(slug="2025")
    unit = UnitFactory(wave=wave, structure=structure, token="cle-de-test")
    WaveFactory(slug="2023", state="published")
    slug, one, response = ["2025"], ["2025", unit.pk], ["2025", unit.response.pk]
    token = [unit.token]
    names = ["edit", "state", "population", "list_import", "mail", "bounces", "send", "progress",
             "weights", "weights_keep"]  # fmt: skip
    return {
        **{f"wave_{name}": slug for name in names},
        "wave_detail": ["2023"],
        "wave_progress_export": ["2025", "natures", "csv"],
        "wave_weights_export": ["2025", "csv"],
        "unit_new": slug,
        "unit_list": slug,
        "unit_export": ["2025", "csv"],
        **{f"unit_{name}": one for name in ("detail", "change", "enter", "check")},
        "response_list": slug,
        "response_detail": response,
        "response_change": response,
        **{f"answer_{name}": token for name in (
            "start", "save", "news", "review", "receipt", "paper", "reopen"
        )},
        "answer_section": ["cle-de-test", "vous"],
        **results(),
    }  # fmt: skip


def results():
    """A wave with free answers whose results are published."""
    wave = answered_wave(slug="2021", number=30, asked=30)
    release = tell(wave, questions=["colour"])
    question, _answer = text_of(wave)
    page, text = ["2021"], ["2021", question]
    return {
        "surveys:result_detail": page,  # circulation has one, too
        **{f"result_{name}": page for name in ("cross", "change", "report")},
        "result_file": ["2021", "csv"],
        "release_list": page,
        "release_new": page,
        "release_detail": ["2021", release.number],
        "release_preview": ["2021", release.number],
        "release_decide": ["2021", release.number],
        "text_list": page,
        "text_coding": text,
        "text_code": text,
        "text_themes": text,
        "answers_export": ["2021", "csv"],
        "survey": page,
    }
