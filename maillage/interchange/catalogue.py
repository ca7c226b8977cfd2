"""Every dataset that the site offers: those that are always there, and those of rows."""

from maillage.interchange.datasets import DATASETS, Dataset
from maillage.interchange.datasets_observatory import (
    all_indicators,
    all_observations,
    of_indicator,
)
from maillage.interchange.datasets_surveys import PREFIX, all_surveys, survey_of
from maillage.observatory.models import Indicator

INDICATOR = "indicateur-"


def all_datasets() -> list[Dataset]:
    """In the order of the page."""
    indicators = Indicator.objects.published().order_by("family", "name")
    return [
        *DATASETS.values(),
        all_indicators(),
        all_observations(),
        *(of_indicator(indicator) for indicator in indicators),
        *all_surveys(),
    ]


def find_dataset(code: str) -> Dataset | None:
    """The dataset of this code; None when there is none, or none that is published."""
    fixed = {"indicators": all_indicators, "observations": all_observations}
    if code in DATASETS:
        return DATASETS[code]
    if code in fixed:
        return fixed[code]()
    if code.startswith(INDICATOR):
        code = code.removeprefix(INDICATOR)
        found = Indicator.objects.published().filter(code=code).first()
        return of_indicator(found) if found else None
    return survey_of(code) if code.startswith(PREFIX) else None
