"""Published results of surveys as open data: the stored cells, one a line.

A secret cell is a line without a value whose column ``status`` says so.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy

from maillage.interchange.datasets import Dataset
from maillage.surveys.exports_results import RESULTS
from maillage.surveys.models import Release, Wave
from maillage.surveys.results.shown import published_releases, results_of
from maillage.surveys.results_pages import data_code

PREFIX = data_code("")


def cells(release: Release, pks: Sequence[int] | None = None) -> Iterator[Any]:
    yield from results_of(release).cells()


def count(release: Release) -> int:
    return sum(1 for _cell in cells(release))


def of_wave(release: Release) -> Dataset:
    wave = release.wave
    about = _(
        "Les réponses à l’enquête, pondérées : pour chaque question, l’ensemble, par nature "
        "et par département. Les cases couvertes par le secret statistique sont vides."
    )
    if wave.is_example:
        about = _("Exemple : réponses inventées. %s") % about
    return Dataset(
        data_code(wave.slug),
        _("%(name)s : résultats") % {"name": wave.name},
        about,
        RESULTS,
        partial(cells, release),
        partial(count, release),
        origin=wave.version.questionnaire.name,
        version=lambda: f"{release.pk}-{release.number}",
        changed=lambda: release.published_at,
        key=("question", "measure", "option", "dimension", "code"),
        page=reverse("surveys:result_detail", args=[wave.slug]),
        family=gettext_lazy("Enquêtes"),
    )


def all_surveys() -> list[Dataset]:
    return [of_wave(release) for release in published_releases()]


def survey_of(code: str) -> Dataset | None:
    """The results of one wave; None when they are not published."""
    wave = Wave.objects.filter(slug=code.removeprefix(PREFIX)).first()
    rows = Release.objects.filter(wave=wave).published()
    related = rows.select_related("wave__version__questionnaire").order_by("-number")
    release = related.first() if wave else None
    return of_wave(release) if release else None
