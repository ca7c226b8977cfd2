"""What is counted of a question."""

import math
from dataclasses import replace

from maillage.surveys.results.tables import band_ends
from maillage.surveys.results.variables import Variable, bands


def test_a_number_that_few_gave_has_no_bands_and_stops_nothing():
    few = Variable("visits", "Visites", "number", has_total=True)

    assert bands([1, 2, 3], is_whole=True) == []
    assert band_ends(few) == {}
    assert band_ends(replace(few, options=(("0", "0"), ("5", "5 ou plus")))) == {
        "0": (0.0, 5.0), "5": (5.0, math.inf)
    }  # fmt: skip
