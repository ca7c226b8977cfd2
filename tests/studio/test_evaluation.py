"""Evaluations: who reads and writes them, answers without names, effects and silence."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from maillage.accounts.choices import Role
from maillage.core.errors import Refused
from maillage.core.pdf import page_count
from maillage.studio.evaluation_pages import line_of, missing_of, sheet_pdf
from maillage.studio.kits import kits
from maillage.studio.models import Answer, Evaluation, Indicator, Round
from maillage.studio.services import collecting
from maillage.studio.services.collecting import (
    add_answer,
    close_round,
    count_sending,
    open_round,
    typed_code,
)
from maillage.studio.services.evaluating import delete_evaluation, save_piece
from maillage.studio.services.results import findings, numbers
from tests.factories.accounts import UserFactory
from tests.factories.directory import MembershipFactory, StructureFactory
from tests.factories.studio import (
    AnswerFactory,
    EvaluationFactory,
    IndicatorFactory,
    LogicRowFactory,
    RiskFactory,
    RoundFactory,
)

pytestmark = pytest.mark.django_db


def answer(round_, **given):
    facts = {
        "moment": "before", "values": {"like": 4}, "word": "", "page": "a",
        "mode": "web", "now": timezone.now(), "today": timezone.localdate(),
    }  # fmt: skip
    return add_answer(round_, **(facts | given))


def fill(round_, moment, values, *, slug="like", words=False):
    for rank, value in enumerate(values):
        word = f"{rank:032d}" if words else ""
        AnswerFactory(round=round_, moment=moment, values={slug: value}, word=word)


# The data file ----------------------------------------------------------------------


def test_each_kit_can_be_asked_in_both_languages():
    for kit in kits().values():
        slugs = [question["slug"] for question in kit["question"]]
        assert len(slugs) == len({*slugs}) >= 5
        assert len(kit["scale"]) == len(kit["scale_en"]) == 5
        for question in kit["question"]:
            assert question["kind"] in {"scale", "yes_no"}
            assert question["when"] in {"both", "after"}
            assert question["text_en"]


# Collecting -------------------------------------------------------------------------


def test_a_round_has_a_code_that_is_typed_as_one_likes():
    now = timezone.now()
    made = open_round(
        EvaluationFactory(),
        kit="jeunes",
        last_day_ends_at=now + dt.timedelta(3),
        now=now,
    )

    assert len(made.code) == 8
    assert typed_code(f" {made.shown_code.lower()} ") == made.code
    assert next(question["slug"] for question in made.questions) == "interest"


def test_a_round_does_not_end_before_it_opens():
    now = timezone.now()
    with pytest.raises(Refused) as no:
        open_round(EvaluationFactory(), kit="jeunes", last_day_ends_at=now, now=now)
    assert no.value.code == "past"


def test_the_same_page_sent_twice_counts_once():
    round_ = RoundFactory()
    first = answer(round_)

    assert answer(round_, values={"like": 1}) == first
    assert answer(round_, page="b") != first


def test_no_word_can_be_read_and_it_is_another_one_in_each_round():
    one, other = RoundFactory(), RoundFactory()
    kept = answer(one, word="Renard  BLEU")
    again = answer(one, word="renard bleu", moment="after", page="b")
    elsewhere = answer(other, word="renard bleu")

    assert kept.word == again.word != elsewhere.word
    assert "renard" not in kept.word


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"values": {}}, "empty"),
        ({"values": {"like": 6}}, "wrong"),
        ({"values": {"for_me": 3}}, "wrong"),
        ({"values": {"tell": 1}}, "empty"),  # asked after only
    ],
)
def test_answers_are_on_the_scale_and_of_the_moment(given, code):
    with pytest.raises(Refused) as no:
        answer(RoundFactory(), **given)
    assert no.value.code == code


def test_a_round_that_is_closed_takes_paper_only():
    round_ = RoundFactory(closed=True)
    with pytest.raises(Refused) as no:
        answer(round_)
    assert no.value.code == "closed"
    assert answer(round_, mode="paper").mode == "paper"


def test_a_round_is_closed_at_once():
    round_, now = RoundFactory(), timezone.now()
    assert not close_round(round_, now=now).is_open(now)


def test_a_connection_that_sends_too_much_waits(monkeypatch):
    monkeypatch.setattr(collecting, "MOST_AN_HOUR", 3)
    now = timezone.now()
    for _time in range(3):
        count_sending("192.0.2.7", now=now)
    with pytest.raises(Refused) as no:
        count_sending("192.0.2.7", now=now)
    assert no.value.code == "too_many"
    count_sending("192.0.2.8", now=now)
    count_sending("192.0.2.7", now=now + dt.timedelta(hours=1))


def test_a_round_that_is_full_says_so(monkeypatch):
    monkeypatch.setattr(collecting, "MOST_ANSWERS", 1)
    round_ = RoundFactory()
    answer(round_)
    with pytest.raises(Refused) as no:
        answer(round_, page="b")
    assert no.value.code == "full"


# Findings ---------------------------------------------------------------------------


def finding(round_, slug):
    return next(one for one in findings(round_) if one.question["slug"] == slug)


def test_nothing_is_shown_of_nine_answers():
    round_ = RoundFactory()
    fill(round_, "before", [2, 3] * 10)
    fill(round_, "after", [4, 5] * 4 + [5])

    found = finding(round_, "like")
    assert (found.effect.reason, found.effect.after) == ("few", None)
    line = line_of(found)
    assert {line[name] for name in ("before", "after", "difference", "interval")} == {
        ""
    }
    assert "moins de dix" in line["say"]


def test_ten_answers_on_each_side_show_an_effect_of_two_groups():
    round_ = RoundFactory()
    fill(round_, "before", [2, 3] * 5)
    fill(round_, "after", [4, 5] * 5)

    found = finding(round_, "like")
    assert not found.effect.is_paired
    assert found.effect.difference == pytest.approx(2)
    line = line_of(found)
    assert (line["before"], line["after"], line["difference"]) == ("2,5", "4,5", "+2,0")
    assert line["say"] == "les réponses ont monté"


def test_ten_pairs_are_compared_as_pairs():
    round_ = RoundFactory()
    fill(round_, "before", [1, 2, 3, 4, 1, 2, 3, 4, 2, 3], words=True)
    fill(round_, "after", [2, 3, 4, 5, 2, 3, 4, 5, 3, 3], words=True)

    assert numbers(round_) == {"before": 10, "after": 10, "pairs": 10}
    found = finding(round_, "like")
    assert found.effect.is_paired
    assert found.effect.difference == pytest.approx(0.9)


def test_a_word_that_two_people_chose_pairs_nobody():
    round_ = RoundFactory()
    for moment in ("before", "before", "after"):
        AnswerFactory(round=round_, moment=moment, word="a" * 32)

    assert numbers(round_)["pairs"] == 0


def test_a_question_asked_once_shows_its_share_from_ten_answers_on():
    round_ = RoundFactory()
    fill(round_, "after", [1, 1, 1, 0, 1, 1, 1, 0, 1], slug="tell")
    assert finding(round_, "tell").level is None
    fill(round_, "after", [1], slug="tell")
    assert line_of(finding(round_, "tell"))["after"] == "80\u00a0%"


def test_yes_and_no_are_told_in_percent():
    round_ = RoundFactory()
    fill(round_, "before", [0] * 8 + [1] * 2, slug="for_me")
    fill(round_, "after", [1] * 9 + [0], slug="for_me")

    line = line_of(finding(round_, "for_me"))
    assert (line["before"], line["after"]) == ("20\u00a0%", "90\u00a0%")
    assert line["difference"] == "+70,0"


# The frame --------------------------------------------------------------------------


def test_a_frame_says_what_it_lacks():
    evaluation = EvaluationFactory(issue="")
    assert "L’enjeu n’est pas dit." in missing_of(evaluation)
    for level in ("goal", "activity", "output", "outcome", "impact"):
        row = LogicRowFactory(evaluation=evaluation, level=level)
    IndicatorFactory(row=row)
    evaluation.issue = "Un constat"
    assert missing_of(evaluation) == [
        "Un indicateur n’a pas de cible.", "Un indicateur n’a pas de source.",
    ]  # fmt: skip


def test_a_target_is_reached_in_its_own_direction():
    assert Indicator(baseline=10, target=5, measured=4).is_reached
    assert not Indicator(baseline=10, target=5, measured=6).is_reached
    assert Indicator(target=5, measured=6).is_reached
    assert Indicator(target=5).is_reached is None


def test_an_indicator_stays_in_its_evaluation():
    row = LogicRowFactory()
    with pytest.raises(Refused) as no:
        save_piece(Indicator(row=row, label="x"), evaluation=EvaluationFactory())
    assert no.value.code == "elsewhere"


def test_an_evaluation_with_answers_is_kept():
    round_ = RoundFactory()
    answer(round_)
    with pytest.raises(Refused) as no:
        delete_evaluation(round_.evaluation)
    assert no.value.code == "answered"
    delete_evaluation(EvaluationFactory())
    assert Evaluation.objects.count() == 1


# Pages ------------------------------------------------------------------------------


@pytest.fixture
def round_():
    return RoundFactory()


def test_the_team_reads_and_writes_others_do_not_know_it_exists(client, round_):
    evaluation = round_.evaluation
    member = MembershipFactory(structure=evaluation.structure).user
    pages = [evaluation.get_absolute_url(), round_.get_absolute_url()]
    own = [
        reverse("studio:evaluation_edit", args=[evaluation.pk]),
        reverse("studio:round_enter", args=[round_.code, "avant"]),
    ]
    for user, reads, writes in (
        (member, 200, 200),
        (UserFactory(role=Role.AGENCY), 200, 200),
        (UserFactory(role=Role.OBSERVER), 200, 404),
        (MembershipFactory().user, 404, 404),
    ):
        client.force_login(user)
        assert [client.get(url).status_code for url in pages] == [reads] * 2
        assert [client.get(url).status_code for url in own] == [writes] * 2


def test_a_member_writes_an_evaluation_and_its_frame(client):
    member = MembershipFactory()
    client.force_login(member.user)
    client.post(
        reverse("studio:evaluation_new"),
        {"title": "Nuit des étoiles", "structure": member.structure_id, "issue": "x"},
    )
    row = Evaluation.objects.get()
    assert (row.created_by, row.structure) == (member.user, member.structure)
    new = lambda kind: reverse("studio:frame_piece_new", args=[row.pk, kind])  # noqa: E731
    client.post(new("lignes"), {"level": "goal", "text": "Faire regarder le ciel"})
    line = row.rows.get()
    client.post(new("indicateurs"), {"row": line.pk, "label": "Venus", "target": "80"})
    client.post(new("risques"), {"text": "Nuages", "gravity": "3"})
    page = client.get(row.get_absolute_url()).content.decode()

    for text in ("Faire regarder le ciel", "Venus", "80", "Nuages", "gravité forte"):
        assert text in page


def test_a_member_writes_for_no_other_structure(client):
    client.force_login(MembershipFactory().user)
    answer = client.post(
        reverse("studio:evaluation_new"),
        {"title": "x", "structure": StructureFactory().pk},
    )
    assert answer.status_code == 422
    assert not Evaluation.objects.exists()


def test_a_piece_of_another_evaluation_is_not_found(client, round_):
    client.force_login(MembershipFactory(structure=round_.evaluation.structure).user)
    risk = RiskFactory()
    url = reverse(
        "studio:frame_piece_edit", args=[round_.evaluation_id, "risques", risk.pk]
    )
    assert client.get(url).status_code == 404


def test_somebody_without_account_answers_once_by_the_code(client, round_):
    found = client.post(
        reverse("studio:answer_code"), {"code": round_.shown_code.lower()}
    )
    assert found.url == reverse("studio:answer_start", args=[round_.code])
    url = reverse("studio:answer_new", args=[round_.code, "avant"])
    page = client.get(url)
    assert "J’aime les sciences." in page.content.decode()
    assert "envie d’en parler" not in page.content.decode()
    sent = {
        "once": page.context["once"],
        "q-like": "5",
        "q-for_me": "0",
        "word": "Lynx",
    }
    for _time in range(2):
        assert client.post(url, sent).status_code == 302

    kept = Answer.objects.get()
    assert (kept.values, kept.moment, kept.mode) == (
        {"like": 5, "for_me": 0},
        "before",
        "web",
    )
    assert kept.word


def test_an_unknown_code_or_moment_leads_nowhere(client, round_):
    assert client.post(reverse("studio:answer_code"), {"code": "x"}).status_code == 422
    for args in (["ZZZZZZZZ", "avant"], [round_.code, "pendant"]):
        assert client.get(reverse("studio:answer_new", args=args)).status_code == 404


def test_an_empty_questionnaire_is_sent_back(client, round_):
    url = reverse("studio:answer_new", args=[round_.code, "apres"])
    assert client.post(url, {"once": "a"}).status_code == 422
    assert not Answer.objects.exists()


def test_the_team_enters_paper_after_the_end(client):
    round_ = RoundFactory(closed=True)
    client.force_login(MembershipFactory(structure=round_.evaluation.structure).user)
    url = reverse("studio:round_enter", args=[round_.code, "apres"])
    client.post(url, {"once": "a", "q-tell": "1"})

    assert Answer.objects.get().mode == "paper"
    online = reverse("studio:answer_new", args=[round_.code, "apres"])
    assert "Ce questionnaire est clos." in client.get(online).content.decode()


def test_the_team_opens_and_closes_a_round(client):
    evaluation = EvaluationFactory()
    client.force_login(MembershipFactory(structure=evaluation.structure).user)
    last = timezone.localdate() + dt.timedelta(7)
    url = reverse("studio:round_new", args=[evaluation.pk])
    client.post(url, {"kit": "adultes", "last_day": last.isoformat()})
    made = Round.objects.get()
    assert timezone.localdate(made.closes_at) == last + dt.timedelta(1)
    client.post(reverse("studio:round_close", args=[made.code]))
    made.refresh_from_db()
    assert not made.is_open(timezone.now())


@pytest.mark.parametrize("form", ["csv", "xlsx", "ods"])
def test_findings_are_exported_and_no_answer_is(client, round_, form):
    fill(round_, "before", [2, 3] * 4)
    client.force_login(MembershipFactory(structure=round_.evaluation.structure).user)
    answer = client.get(reverse("studio:round_export", args=[round_.code, form]))

    assert answer.status_code == 200
    if form == "csv":
        lines = answer.content.decode("utf-8-sig").splitlines()
        assert len(lines) == 1 + len(round_.questions)
        assert "moins de dix" in lines[1]


def test_the_sheet_has_a_page_before_and_one_after(round_):
    assert page_count(sheet_pdf(round_)) == 2
