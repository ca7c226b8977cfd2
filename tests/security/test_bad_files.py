"""Files that are not what they say, or far too much: a clear answer, soon, never an error."""

import io
import json
import time
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from maillage.surveys.services.questionnaires import create_questionnaire
from tests.factories.accounts import UserFactory
from tests.factories.agenda import FeedFactory
from tests.factories.observatory import IndicatorFactory
from tests.factories.surveys import WaveFactory

pytestmark = pytest.mark.django_db
#: Seconds of the processor that one file may cost.
MOST = 20


def zipped():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("nom.csv", "nom;adresse\nForum;a@example.org\n")
    return buffer.getvalue()


FILES = {
    "nothing": b"",
    "nul": b"nom;email\nFor\x00um;a@example.org\n",
    "zip": zipped(),
    "fifty_megabytes": b"nom;adresse e-mail\n" + b"x" * 52_428_800,
    "a_million_rows": b"nom;adresse e-mail\n" + b"a;b\n" * 1_000_000,
    "one_long_line": b"nom;" * 400_000,
    "quotes": b'nom;adresse\n"' * 50_000,
    "wrong_columns": b"couleur;poids\nrouge;3\n",
    "no_title": b";;\n1;2;3\n",
    "twice_the_same_title": b"nom;nom\nForum;Palais\n",
    "latin": "nom;adresse e-mail\nMusée d’été;a@example.org\n".encode("cp1252"),
    "utf16": "nom;adresse e-mail\nMusée;a@example.org\n".encode("utf-16"),
    "controls": b"nom;adresse e-mail\n\x1b[31mRouge\x07;a@example.org\n",
    "braces": b"{" * 100_000,
    "brackets": b"[" * 100_000,
    "calendar": b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\n" * 20_000,
    "surrogate": json.dumps({"title": "\ud800", "events": ["\x00"]}).encode(),
}  # fmt: skip


def pages():
    wave = WaveFactory(state="preparing")
    draft = create_questionnaire(
        name="Essai", by=UserFactory(agency=True), now=wave.created_at
    )
    indicator = IndicatorFactory()
    figures = {
        "indicator": indicator.pk, "layout": "long", "status": "final",
    }  # fmt: skip
    return {
        "copies": (reverse("circulation:copy_import"), {}),
        "list": (reverse("surveys:wave_list_import", args=[wave.slug]), {}),
        "bounces": (reverse("surveys:wave_bounces", args=[wave.slug]), {}),
        "questionnaire": (
            reverse("surveys:questionnaire_import", args=[draft.slug]), {},
        ),
        "figures": (reverse("observatory:observation_import"), figures),
        "calendar": (reverse("agenda:feed_read", args=[FeedFactory().pk]), {}),
        "openagenda": (
            reverse("agenda:feed_read", args=[FeedFactory(kind="openagenda").pk]), {},
        ),
        "places": (reverse("interchange:import_new"), {}),
        "benefits": (reverse("passport:benefit_import"), {}),
        "programmes": (reverse("calls:funding_import"), {}),
    }  # fmt: skip


PAGES = ("copies", "list", "bounces", "questionnaire", "figures", "calendar",
         "openagenda", "places", "benefits", "programmes")  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_a_bad_file_gets_an_answer(client, page):
    client.force_login(UserFactory(agency=True))
    url, more = pages()[page]
    for name, data in FILES.items():
        file = SimpleUploadedFile(f"{name}.csv", data, content_type="text/csv")
        start = time.process_time()
        answer = client.post(url, {**more, "file": file})
        spent = time.process_time() - start

        assert answer.status_code in {200, 302, 413, 422}, (page, name)
        assert spent < MOST, (page, name, spent)
