"""Two waves: the parts of a change sum to it, breaks end a series."""

import numpy as np
import pytest
from django.urls import reverse
from hypothesis import given, strategies as st

from maillage.accounts.choices import Role
from maillage.core.errors import Refused
from maillage.kernels.secrecy.problem import SecrecyError
from maillage.surveys.definition import to_json
from maillage.surveys.models import Answer, Break, Question, Release, Unit
from maillage.surveys.results import panel, sides
from maillage.surveys.results.gate import Gate
from maillage.surveys.results.people import Person, kind_groups, people_of
from maillage.surveys.results.shown import results_of
from maillage.surveys.results.variables import Variable
from maillage.surveys.services import comparing
from maillage.surveys.services.questionnaires import new_version
from tests.factories.accounts import UserFactory
from tests.factories.surveys import NOW, VersionFactory
from tests.surveys.results import SHEET, answered_wave, tell

YES_NO = Variable("active", "Avez-vous agi ?", "one", options=(("yes", "Oui"), ("no", "Non")),
                  is_yes_no=True)  # fmt: skip
VISITS = Variable("visits", "Visites", "number", has_total=True)


def person(rank, value, weight=1.0, code="visits"):
    answers = {} if value is None else {code: value}
    return Person(f"p{rank:03d}", "museum", "59", weight, True, answers)


people = st.lists(
    st.tuples(
        st.sampled_from(["both", "first", "second"]),
        st.integers(1, 1000), st.integers(1, 1000),
        st.floats(0.2, 9, allow_nan=False), st.floats(0.2, 9, allow_nan=False),
    ),
    min_size=12, max_size=40,
)  # fmt: skip


@given(people)
def test_the_parts_of_a_change_sum_to_it(given_people):
    """From means by group, whatever the weights: to the rounding of a double."""
    sides = ([], [])
    for who, one, two, w, v in given_people:
        if who != "second":
            sides[0].append((who == "both", one, w))
        if who != "first":
            sides[1].append((who == "both", two, v))
    if not all(any(both for both, *_rest in side) for side in sides):
        return

    def mean(rows):
        weight = sum(w for _b, _v, w in rows)
        return sum(w * v for _b, v, w in rows) / weight if weight else None

    parts = []
    for side in sides:
        stay = [row for row in side if row[0]]
        other = [row for row in side if not row[0]]
        share = sum(w for *_r, w in other) / sum(w for *_r, w in side)
        parts.append((mean(stay), mean(other), share))
    change = panel.decompose(
        stay_earlier=parts[0][0], stay_later=parts[1][0], leave=parts[0][1],
        enter=parts[1][1], leave_share=parts[0][2], enter_share=parts[1][2],
    )  # fmt: skip

    assert change.earlier == pytest.approx(mean(sides[0]), rel=1e-9)
    assert change.later == pytest.approx(mean(sides[1]), rel=1e-9)
    total = change.same + change.entrants + change.leavers
    assert total == pytest.approx(change.change, abs=1e-9 * 1000)


def test_nobody_left_and_nobody_entered_leaves_the_change_to_the_same():
    change = panel.decompose(
        stay_earlier=2.0, stay_later=5.0, leave=None, enter=None,
        leave_share=0.0, enter_share=0.0,
    )  # fmt: skip
    assert (change.change, change.same) == (3.0, 3.0)
    assert change.entrants == change.leavers == 0


def compare(variable, earlier, later):
    """Decide two waves of one question as releases do, and read what is told."""
    gates = []
    for people in (earlier, later):
        gate = Gate(people, kind_groups(people), {variable.code: variable}, effort=0)
        gate.who()
        gate.question(variable)
        gates.append(gate)
    pair = panel.Pair(*gates, sides.side_of("deux"), sides.side_of("un"))
    keys = [{p.key for p in people} for people in (earlier, later)]
    sides.split(gates[1], pair.later_by, keys[0])
    sides.split(gates[0], pair.earlier_by, keys[1])
    options = pair.decide(variable)
    return options, panel.Told.from_json(pair.as_json())


def test_a_panel_passes_the_gate_and_the_parts_are_of_all_answers():
    earlier = [person(rank, 10 + rank, 1 + rank / 50) for rank in range(30)]
    later = [person(rank, 12 + rank, 2 + rank / 50) for rank in range(12, 44)]
    options, told = compare(VISITS, earlier, later)
    change, figures = told.change(VISITS, "mean")

    whole = [
        sum(p.weight * p.answers["visits"] for p in side) / sum(p.weight for p in side)
        for side in (earlier, later)
    ]
    assert options == ["mean"]
    # The shares of those who left and entered are published to a thousandth.
    assert (change.earlier, change.later) == pytest.approx(whole, rel=1e-3)
    assert figures["earlier/*/mean"].value == pytest.approx(whole[0])
    assert change.same == pytest.approx(
        sum(p.weight * p.answers["visits"] for p in later[:18])
        / sum(p.weight for p in later[:18])
        - sum(p.weight * p.answers["visits"] for p in earlier[12:])
        / sum(p.weight for p in earlier[12:])
    )


def test_of_a_survey_of_some_size_most_changes_are_told():
    """Kinds, departments and who is new, together, and still something to read."""

    def wave(ranks, seed):
        rng = np.random.default_rng(seed)
        kinds = {r: ("library", "museum", "club")[r * 7 % 3] for r in ranks}
        return [
            Person(
                f"p{r:03d}", kinds[r], ("59", "62", "80")[r * 5 % 7 % 3],
                1 + 0.1 * (r % 3), True, {"active": rng.choice(("yes", "no"), p=(0.7, 0.3))},
            )
            for r in ranks
        ]  # fmt: skip

    changes = [
        compare(YES_NO, wave(range(300), seed), wave(range(80, 380), seed + 10))[1]
        for seed in range(3)
    ]
    assert sum(told.change(YES_NO, "yes")[0] is not None for told in changes) >= 2


def test_two_who_left_are_told_of_nobody():
    earlier = [person(rank, 10 + rank) for rank in range(20)]
    later = [person(rank, 12 + rank) for rank in range(2, 20)]
    _options, told = compare(VISITS, earlier, later)
    change, figures = told.change(VISITS, "mean")

    assert change is None
    assert figures["earlier/alone/mean"].is_hidden
    assert figures["earlier/alone/mean"].value is None
    assert told.people("earlier", "alone").is_hidden


def test_an_answer_that_one_gave_is_told_of_nobody():
    def side(ranks, yes):
        return [person(r, "yes" if r in yes else "no", code="active") for r in ranks]

    _options, told = compare(
        YES_NO, side(range(20), {1, 2, 3, 4, 5, 19}), side(range(14), {1, 2, 3, 9})
    )
    change, figures = told.change(YES_NO, "yes")
    assert figures["earlier/alone/mean"].is_hidden
    assert change is None


def test_an_option_is_not_what_the_other_options_leave():
    """One of ten who are new chose red: neither that, nor both other shares are told."""
    colours = ("red", "green", "blue")
    hue = Variable("colour", "Couleur", "one", options=tuple((c, c) for c in colours))
    earlier = [person(r, colours[r % 3], code="colour") for r in range(30)]
    new = ["red", *["green"] * 5, *["blue"] * 4]
    later = earlier + [person(100 + r, c, code="colour") for r, c in enumerate(new)]
    options, told = compare(hue, earlier, later)

    assert options == [*colours]
    shares = {c: told.figures(hue, c)["later/alone/mean"] for c in colours}
    assert shares["red"].is_hidden
    assert sum(share.is_hidden for share in shares.values()) >= 2


def test_those_who_are_new_do_not_tell_what_is_hidden_of_their_kind():
    """All museums are new: what is told of these is what results tell of museums."""

    def one(rank, kind, value):
        return Person(f"p{rank:03d}", kind, "59", 1.0, True, {"active": value})

    first = [one(r, "library", "yes" if r % 2 else "no") for r in range(30)]
    new = [one(100 + r, "museum", "yes" if r else "no") for r in range(14)]
    _options, told = compare(YES_NO, first, first + new)

    assert told.figures(YES_NO, "yes")["later/alone/mean"].is_hidden


@pytest.mark.parametrize(
    ("other", "wanted"),
    [
        (None, []),
        (Variable("active", "x", "many"), []),
        (YES_NO, [("yes", "Oui")]),
    ],
)
def test_only_what_is_asked_alike_is_compared(other, wanted):
    assert panel.compared(YES_NO, other) == wanted


@pytest.mark.django_db
def test_the_second_wave_tells_what_changed_and_a_break_stops_a_series(client):
    first = VersionFactory(definition=to_json(SHEET))
    survey = first.questionnaire
    one = answered_wave(slug="un", version=first, seed=3)  # with 1 a mean is secret
    one.year = 2021
    one.save()
    tell(one, questions=["active", "mark", "visits"])
    second = new_version(survey, by=UserFactory(role=Role.AGENCY), now=NOW)
    second.definition, second.state = to_json(SHEET), "frozen"
    second.save()
    question = Question.objects.create(
        questionnaire=survey, code="visits", kind="integer", label="Visites"
    )
    Break.objects.create(question=question, version=second, reason="Compté autrement",
                         declared_at=NOW)  # fmt: skip
    two = answered_wave(slug="deux", version=second, seed=2)
    two.year = 2023
    two.save()
    release = tell(two, questions=["active", "mark", "visits"], panel=True)

    data = release.figures["panel"]
    assert data["wave"] == "un"
    assert data["compared"] == [["active", "yes"], ["mark", "mean"]]
    assert data["breaks"] == {"visits": "Compté autrement"}
    shown = 0
    told = panel.Told.from_json(data["sides"])
    known = results_of(release).variables
    for code, option in data["compared"]:
        change, _figures = told.change(known[code], option)
        if change:
            shown += 1
            total = change.same + change.entrants + change.leavers
            assert total == pytest.approx(change.change, abs=1e-12)
    page = client.get(reverse("surveys:result_change", args=["deux"])).content.decode()
    assert "Compté autrement" in page
    assert "Note" in page or "note" in page
    assert results_of(Release.objects.get(wave=two)).data["panel"]["year"] == 2021
    assert Unit.objects.filter(wave=two, panel_key="p000").exists()


def test_the_panel_tells_of_everybody_only_what_the_results_do():
    """Else an answer that results hide beside a small one would be read in the panel."""

    def side(ranks):
        return [person(r, "yes" if r == 3 else "no", code="active") for r in ranks]

    _options, told = compare(YES_NO, side(range(40)), side(range(10, 50)))

    assert told.figures(YES_NO, "yes")["earlier/*/mean"].is_hidden
    assert told.change(YES_NO, "yes")[0] is None


@pytest.mark.django_db
def test_a_comparison_that_cannot_be_told_leaves_the_others(monkeypatch):
    first = VersionFactory(definition=to_json(SHEET))
    one = answered_wave(slug="un", version=first, seed=1, year=2021)
    tell(one, questions=["active", "mark"])
    two = answered_wave(slug="deux", version=first, seed=2, year=2023)
    whole = sides.decide

    def some(gate, variable, by):
        if variable.code == "mark":
            raise SecrecyError("published_unsafe", "it would tell")
        whole(gate, variable, by)

    monkeypatch.setattr(sides, "decide", some)
    release = tell(two, questions=["active", "mark"], panel=True)

    assert release.published_at
    assert release.figures["panel"]["compared"] == [["active", "yes"]]


@pytest.mark.django_db
def test_a_wave_whose_answers_have_changed_since_is_not_compared():
    first = VersionFactory(definition=to_json(SHEET))
    one = answered_wave(slug="un", version=first, seed=1, year=2021)
    tell(one, questions=["active"])
    Answer.objects.filter(response__unit__wave=one, question="active").first().delete()
    two = answered_wave(slug="deux", version=first, seed=2, year=2023)

    with pytest.raises(Refused) as no:
        tell(two, questions=["active"], panel=True)

    assert no.value.code == "changed_before"
    assert tell(two, questions=["active"]).figures["panel"] is None


@pytest.mark.django_db
def test_a_wave_between_two_others_is_decided_with_both_comparisons():
    version = VersionFactory(definition=to_json(SHEET))
    for rank, slug in enumerate(("un", "deux", "trois")):
        wave = answered_wave(slug=slug, version=version, seed=rank, year=2021 + rank)
        release = tell(wave, questions=["active", "colour"], panel=True)
    middle = release.wave.version.waves.get(slug="deux")
    gate = comparing.gate_told(middle, people_of(middle), {}, effort=0)
    comparing.split(gate, middle, {})

    assert [*gate.sides] == ["in un", "in trois"]
    assert len([*sides.told(gate, "active")]) == 3
