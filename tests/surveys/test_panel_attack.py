"""Somebody joins what a comparison of two waves tells to all that results tell of each.

They know who was in which wave. Nothing of the gate's code is used.
"""

import pytest

from maillage.core.disclosure import TOTAL
from maillage.surveys.definition import to_json
from maillage.surveys.models import Unit
from maillage.surveys.results import panel, sides
from maillage.surveys.results.people import people_of, respondents
from maillage.surveys.results.shown import results_of
from tests.factories.surveys import VersionFactory
from tests.surveys.results import SHEET, answered_wave, tell
from tests.surveys.test_results_joined import Reader

pytestmark = pytest.mark.django_db
GONE = 25


def two_waves(seed, number, code):
    """Two waves of which some answered the first alone, and some the second."""
    version = VersionFactory(definition=to_json(SHEET))
    waves = [
        answered_wave(
            slug=f"{code}-{seed}-{year}", version=version, seed=seed + year, year=year,
            number=number, asked=number + 20,
        )
        for year in (2021, 2023)
    ]  # fmt: skip
    units = list(Unit.objects.filter(wave=waves[1]).order_by("panel_key"))
    for rank, unit in enumerate(units):
        unit.panel_key = f"q{rank + GONE:03d}"
    Unit.objects.bulk_update(units, ["panel_key"])
    for unit in Unit.objects.filter(wave=waves[0]):
        unit.panel_key = f"q{int(unit.panel_key[1:]):03d}"
        unit.save()
    tell(waves[0], questions=[code])
    return waves, tell(waves[1], questions=[code], panel=True)


class Comparer(Reader):
    """Who reads the results of a wave, and what the comparison tells of it."""

    def __init__(self, found, variable, wave, *, stayed, told, name):
        super().__init__(found, variable, wave, stayed=stayed)
        self.by, gated = told.by[name], told.gated[name]
        code = variable.code
        for group in (sides.STAY, sides.ALONE, TOTAL):
            everybody = self.pairs_of(group)
            for option in (*self.options, TOTAL):
                pairs = [p for p in everybody if option in {TOTAL, p[1]}]
                row = sides.row_of(
                    gated,
                    sides.in_side(self.by, code),
                    f"{code}/{self.by}",
                    group,
                    option,
                )
                figure = row["weighted"]
                if figure.is_hidden:
                    continue
                self.tell(self.row(pairs), figure.units)
                self.tell(
                    self.row(pairs, weighted=True),
                    figure.value - 0.5,
                    figure.value + 0.5,
                )
            if variable.sort == "number":
                self.read_mean(gated, group, everybody)

    def pairs_of(self, group):
        return [
            pair
            for pair in self.rank
            if group == TOTAL or pair[0][3] == (group == sides.STAY)
        ]

    def read_mean(self, gated, group, pairs):
        name = f"{self.variable.code}/mean"
        row = sides.row_of(
            gated, sides.in_side(self.by, name), f"{name}/{self.by}", group
        )
        if row["mean"].is_hidden or row["mean"].value is None:
            return
        weighted = self.row(pairs, weighted=True, sums=True)
        self.tell(
            weighted - self.row(pairs, weighted=True, times=row["mean"].value), 0.0
        )


@pytest.mark.parametrize(
    ("seed", "number", "code"),
    [(1, 110, "active"), (2, 110, "colour"), (3, 110, "mark"), (4, 110, "visits")],
)
def test_a_comparison_and_results_together_tell_nobody_s_answer(seed, number, code):
    waves, release = two_waves(seed, number, code)
    told = panel.Told.from_json(release.figures["panel"]["sides"])
    keys = [{p.key for p in respondents(people_of(wave))} for wave in waves]
    for rank, name in enumerate((panel.EARLIER, panel.LATER)):
        found = results_of(waves[rank].releases.get())
        reader = Comparer(
            found, found.variables[code], waves[rank],
            stayed=keys[1 - rank], told=told, name=name,
        )  # fmt: skip
        assert reader.told() == []
        if code == "visits":
            assert reader.told_sums() == []
