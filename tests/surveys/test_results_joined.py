"""Somebody joins everything that a release tells of a question in one linear programme.

Counts and weighted counts, shares, means and sums, by kind, by department, in all and in
the panel. They know who was asked, who answered, what each stands for (the plan of the
survey says so) and the ends of bands. Nothing of the gate's code is used.
"""

import itertools
from collections import Counter, defaultdict

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import linprog

from maillage.core.disclosure import TOTAL
from maillage.surveys.results.people import kind_groups, people_of, respondents
from maillage.surveys.results.shown import results_of
from maillage.surveys.results.variables import number_of, option_of
from tests.surveys.results import answered_wave, tell

pytestmark = pytest.mark.django_db
NEAR = 1e-6


class Reader:
    """All that is told of one question; columns: units, then sums, by place and option.

    A place is a kind, a department, a weight, and whether the wave before was answered.
    """

    def __init__(self, found, variable, wave, *, stayed=frozenset()):
        self.found, self.variable = found, variable
        groups = kind_groups(people_of(wave))
        self.truth, self.sums = Counter(), defaultdict(list)
        for person in respondents(people_of(wave)):
            answer = person.answers.get(variable.code)
            if (option := option_of(variable, answer)) is None:
                continue
            stays = person.key in stayed
            place = (groups[person.kind], person.department, person.weight, stays)
            self.truth[place, option] += 1
            self.sums[place, option].append(number_of(answer) or 0.0)
        self.options = [code for code, _label in variable.options]
        self.places = sorted({place for place, _option in self.truth})
        pairs = itertools.product(self.places, self.options)
        self.rank = {pair: rank for rank, pair in enumerate(pairs)}
        self.rows, self.least, self.most = [], [], []
        for place in self.places:
            own = [(place, option) for option in self.options]
            self.tell(self.row(own), sum(self.truth[pair] for pair in own))
        if variable.has_mean and variable.sort == "number":
            self.tell_bands()
        for group in found.all_groups:
            self.read(group)

    def row(self, pairs, *, weighted=False, sums=False, times=1.0):
        row = np.zeros(2 * len(self.rank))
        for pair in pairs:
            at = self.rank[pair] + (len(self.rank) if sums else 0)
            row[at] += times * (pair[0][2] if weighted else 1.0)
        return row

    def tell(self, row, least, most=None):
        self.rows.append(row)
        self.least.append(least)
        self.most.append(least if most is None else most)

    def tell_bands(self):
        ends = [*(float(code) for code in self.options), np.inf]
        for place, (rank, option) in itertools.product(
            self.places, enumerate(self.options)
        ):
            low, high = ends[rank], ends[rank + 1]
            pair = [(place, option)]
            added = self.row(pair, sums=True)
            self.tell(added - self.row(pair, times=low), 0.0, np.inf)
            if np.isfinite(high):
                self.tell(added - self.row(pair, times=high), -np.inf, 0.0)

    def inside(self, group, option=None):
        side = 0 if group.by == "kind" else 1
        return [
            pair
            for pair in self.rank
            if group.code in {TOTAL, pair[0][side]} and option in {None, pair[1]}
        ]

    def read(self, group):
        found, variable = self.found, self.variable
        everybody = self.inside(group)
        base = sum(self.truth[pair] * pair[0][2] for pair in everybody)
        for option in self.options:
            pairs = self.inside(group, option)
            cell = found.option(variable, option, group)
            weighted = self.row(pairs, weighted=True)
            for figure in cell.figures.values():
                if figure.units is not None:
                    self.tell(self.row(pairs), figure.units)
            if not (figure := cell["weighted"]).is_hidden:
                value = figure.value or 0.0
                half = 0.5 if value == round(value) else 0.0
                self.tell(weighted, value - half, value + half)
            if (figure := cell["share"]).is_shown:
                half = 0.005 if figure.value == round(figure.value, 2) else 0.0
                at = figure.value * base
                self.tell(weighted, at - half * base, at + half * base)
        mean = found.mean(variable, group)
        if mean is None or mean["mean"].is_hidden or mean["mean"].value is None:
            return
        if variable.sort == "scale":
            self.read_scale(group, everybody, mean["mean"].value)
        else:
            weighted = self.row(everybody, weighted=True, sums=True)
            counted = self.row(everybody, weighted=True, times=mean["mean"].value)
            self.tell(weighted - counted, 0.0)
            self.tell(weighted, mean["total"].value)

    def read_scale(self, group, pairs, mean):
        """The mean of a scale is that of its shares, when they are all told."""
        cells = [
            self.found.option(self.variable, option, group)["share"]
            for option in self.options
        ]
        known = [cell.value for cell in cells]
        if None not in known:
            points = [float(option) for option in self.options]
            if mean == pytest.approx(np.dot(points, known) / sum(known), abs=1e-12):
                return  # already told
        row = sum(
            self.row([pair], weighted=True, times=float(pair[1]) - mean)
            for pair in pairs
        )
        self.tell(row, 0.0)

    def ends(self, row):
        """Least and largest value of a sum of columns that is possible."""
        rows = sparse.csr_matrix(np.array(self.rows))
        least, most = np.array(self.least, float), np.array(self.most, float)
        same = least == most
        low, high = ~same & np.isfinite(least), ~same & np.isfinite(most)
        found = []
        for sign in (1, -1):
            done = linprog(
                sign * row,
                A_eq=rows[same], b_eq=least[same],
                A_ub=sparse.vstack([rows[high], -rows[low]]),
                b_ub=np.r_[most[high], -least[low]] + NEAR,
            )  # fmt: skip
            found.append(sign * done.fun if done.status == 0 else -sign * np.inf)
            assert done.status in {0, 3}, done.message
        return found

    def told(self):
        """Numbers of one or two, hidden or never asked for, that can be told."""
        cells = [[pair] for pair in self.rank]
        cells += [
            self.inside(group, option)
            for group in self.found.all_groups
            for option in self.options
        ]
        found = []
        for pairs in cells:
            number = sum(self.truth[pair] for pair in pairs)
            if not 0 < number < 3:
                continue
            least, most = self.ends(self.row(pairs))
            assert least - 0.01 <= number <= most + 0.01
            if most < number + 0.99 and least > number - 0.99:
                found.append((pairs, number, least, most))
        return found

    def told_sums(self):
        """Sums that are told closer than they may be."""
        found = []
        for group in self.found.all_groups:
            pairs = self.inside(group)
            held = [
                value * pair[0][2] for pair in pairs for value in self.sums[pair]
            ]  # fmt: skip
            if not held or not (len(held) < 3 or max(held) > 0.85 * sum(held)):
                continue
            least, most = self.ends(self.row(pairs, weighted=True, sums=True))
            width = (1 / 0.85 - 1) * max(held)
            if least > sum(held) - width * 0.999 or most < sum(held) + width * 0.999:
                found.append((group.value, sum(held), least, most))
        return found


@pytest.mark.parametrize(
    ("seed", "number", "code"),
    [
        *((seed, 70, code) for seed in (3, 4) for code in ("colour", "active", "mark")),
        *((seed, 130, code) for seed in (5, 6) for code in ("mark", "visits")),
    ],
)
def test_counts_weights_shares_and_means_together_tell_nobody_s_answer(
    seed, number, code
):
    wave = answered_wave(
        slug=f"joined-{seed}", seed=seed, number=number, asked=number + 25
    )
    found = results_of(tell(wave, questions=[code]))
    reader = Reader(found, found.variables[code], wave)

    assert reader.told() == []
    if code == "visits":
        assert reader.told_sums() == []
    shown = [
        found.option(found.variables[code], option, group)["weighted"].is_shown
        for group in found.all_groups
        for option in reader.options
    ]
    assert sum(shown) >= 3
