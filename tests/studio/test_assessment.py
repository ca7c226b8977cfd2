import datetime as dt

import pytest
from django.urls import reverse

from maillage.core.errors import Refused
from maillage.core.pdf import page_count
from maillage.studio import grids
from maillage.studio.assessment_pages import assessment_pdf
from maillage.studio.forms_assessment import evidence_of
from maillage.studio.grids import Book, current_grid, written_grid
from maillage.studio.models import OVERALL, AssessmentGrid, SelfAssessment
from maillage.studio.services.assessing import (
    Written,
    delete_assessment,
    finish_assessment,
    formers_of,
    moves_between,
    open_assessment,
    save_answer,
)
from tests.factories.accounts import UserFactory
from tests.factories.assessment import SelfAssessmentFactory
from tests.factories.directory import MembershipFactory, StructureFactory
from tests.factories.studio import EvaluationFactory

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 9, 14, 9, tzinfo=dt.UTC)


def write(row, slug, *, by, **more):
    return save_answer(row, Written(slug, **more), by=by, now=NOW)


def test_each_standard_of_the_file_has_two_languages_and_four_levels():
    seen = set()
    for theme in written_grid()["theme"]:
        for one in theme["standard"]:
            assert one["slug"] not in seen
            seen.add(one["slug"])
            assert len(one["levels"]) == len(one["levels_en"]) == 4
            assert len(one["questions"]) == len(one["questions_en"]) > 0
            assert all(
                one[f"{name}{end}"]
                for name in ("title", "text", "evidence")
                for end in ("", "_en")
            )
    assert OVERALL not in seen


def test_an_assessment_keeps_the_grid_that_it_was_opened_with(monkeypatch):
    member = MembershipFactory()
    old = open_assessment(member.structure, subject="", by=member.user, now=NOW)
    assert current_grid(now=NOW) == old.grid  # the same words are the same row
    changed = {**written_grid(), "theme": written_grid()["theme"][:1]}
    monkeypatch.setattr(grids, "written_grid", lambda: changed)
    new = open_assessment(member.structure, subject="", by=member.user, now=NOW)

    assert (old.grid.number, new.grid.number) == (1, 2)
    old.refresh_from_db()
    assert len(Book(old.grid.definition).themes) == 6
    assert len(Book(new.grid.definition).themes) == 1
    assert AssessmentGrid.objects.count() == 2


def test_only_the_team_opens_an_assessment():
    structure = StructureFactory()
    for user in (UserFactory(), UserFactory(role="agency")):
        with pytest.raises(Refused) as no:
            open_assessment(structure, subject="", by=user, now=NOW)
        assert no.value.code == "not_yours"


def test_nothing_is_written_over_words_that_were_not_seen():
    member = MembershipFactory()
    other = MembershipFactory(structure=member.structure).user
    row = SelfAssessmentFactory(structure=member.structure)
    first = write(row, "mission", level=2, comment="Un texte", by=member.user)
    assert first.revision == 1

    with pytest.raises(Refused) as no:
        write(row, "mission", level=3, comment="Autre", seen=0, by=other)
    assert no.value.code == "stale"
    same = write(row, "mission", level=2, comment="Un texte", seen=0, by=other)
    assert (same.revision, same.changed_by) == (1, member.user)  # the same words
    second = write(row, "mission", level=3, comment="Les deux", seen=1, by=other)
    assert (second.revision, second.changed_by) == (2, other)


def test_an_open_page_never_trips_over_its_own_words():
    member = MembershipFactory()
    row = SelfAssessmentFactory(structure=member.structure)
    write(row, "mission", comment="a", page="p1", by=member.user)
    write(row, "mission", comment="ab", page="p1", seen=0, by=member.user)
    write(row, "mission", comment="x", page="p2", seen=2, by=member.user)
    with pytest.raises(Refused):
        write(row, "mission", comment="abc", page="p1", seen=0, by=member.user)


@pytest.mark.parametrize(
    ("slug", "level", "code"), [("ailleurs", 1, "unknown"), ("mission", 5, "level")]
)
def test_an_answer_is_of_the_grid(slug, level, code):
    member = MembershipFactory()
    row = SelfAssessmentFactory(structure=member.structure)
    with pytest.raises(Refused) as no:
        write(row, slug, level=level, by=member.user)
    assert no.value.code == code


def test_it_is_finished_whole_and_frozen():
    member = MembershipFactory()
    row = SelfAssessmentFactory(structure=member.structure, level=3)
    row.answers.filter(standard="mission").update(level=None)
    with pytest.raises(Refused) as no:
        finish_assessment(row, by=member.user, now=NOW)
    assert no.value.code == "incomplete"
    write(row, "mission", level=1, seen=1, by=member.user)
    finish_assessment(row, by=member.user, now=NOW)
    for verb in (
        lambda: write(row, "mission", level=4, seen=2, by=member.user),
        lambda: finish_assessment(row, by=member.user, now=NOW),
        lambda: delete_assessment(row),
    ):
        with pytest.raises(Refused) as no:
            verb()
        assert no.value.code == "finished"


def test_two_assessments_of_one_subject_are_compared():
    structure = StructureFactory()
    before = SelfAssessmentFactory(
        structure=structure, finished=True, started_at=NOW, level=2
    )
    SelfAssessmentFactory(
        structure=structure, subject="La malle", finished=True, started_at=NOW
    )
    later = SelfAssessmentFactory(
        structure=structure, finished=True, started_at=NOW + dt.timedelta(300), level=2
    )
    later.answers.filter(standard="mission").update(level=4)
    later.answers.filter(standard="accueil").update(level=1)
    before.answers.filter(standard="outils").delete()

    assert list(formers_of(later)) == [before]
    assert not formers_of(before)
    moves = {one.standard.slug: one for one in moves_between(before, later)}
    assert (moves["mission"].step, moves["accueil"].step) == (2, -1)
    assert (moves["outils"].before, moves["outils"].step) == (None, 0)


def test_drafts_are_for_the_team_and_the_rest_for_those_who_follow():
    member = MembershipFactory()
    draft = SelfAssessmentFactory(structure=member.structure)
    done = SelfAssessmentFactory(structure=member.structure, finished=True)
    rows = SelfAssessment.objects.all()

    assert {*rows.visible_to(member.user)} == {draft, done}
    assert not rows.visible_to(UserFactory())
    for role in ("agency", "observer", "administrator"):
        user = UserFactory(role=role)
        assert [*rows.visible_to(user)] == [done]
        assert not rows.editable_by(user)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("", None),
        ("Bilan 2025 https://e.fr/b.pdf", {"label": "Bilan 2025", "url": "https://e.fr/b.pdf"}),
        ("https://e.fr", {"label": "https://e.fr", "url": "https://e.fr"}),
        ("Le cahier rouge", {"label": "Le cahier rouge", "url": ""}),
        ("Piège javascript:alert(1)", {"label": "Piège javascript:alert(1)", "url": ""}),
    ],
)  # fmt: skip
def test_a_line_of_evidence_is_a_name_and_an_address(line, found):
    assert evidence_of(line) == found


def test_the_page_of_a_standard_saves_and_goes_on(client):
    member = MembershipFactory()
    row = SelfAssessmentFactory(structure=member.structure)
    client.force_login(member.user)
    url = reverse("studio:assessment_answer", args=[row.pk, "mission"])
    answer = client.post(
        url,
        {"level": "3", "comment": "Écrite", "evidence": "Charte https://e.fr", "go": "next", "seen": "0"},
    )  # fmt: skip

    assert answer.url == reverse("studio:assessment_answer", args=[row.pk, "conduite"])
    kept = row.answers.get()
    assert (kept.level, kept.evidence) == (3, [{"label": "Charte", "url": "https://e.fr"}])  # fmt: skip
    quiet = client.post(
        url,
        {"level": "4", "comment": "Écrite", "seen": "1", "evidence": "Charte https://e.fr"},
        headers={"HX-Request": "true"},
    )  # fmt: skip
    assert b'name="seen" value="2"' in quiet.content
    assert b"<h1" not in quiet.content


def test_two_texts_are_shown_side_by_side(client):
    member = MembershipFactory()
    row = SelfAssessmentFactory(structure=member.structure)
    write(row, "mission", level=1, comment="Le mien", by=member.user)
    other = MembershipFactory(structure=member.structure).user
    client.force_login(other)
    url = reverse("studio:assessment_answer", args=[row.pk, "mission"])
    answer = client.post(url, {"level": "3", "comment": "Le nouveau", "seen": "0"})

    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Le mien" in text
    assert "Le nouveau" in text
    assert 'name="seen" value="1"' in text  # the next press is a choice
    client.post(url, {"level": "3", "comment": "Le nouveau", "seen": "1"})
    assert row.answers.get().comment == "Le nouveau"


def test_pages_papers_and_tables(client):
    member = MembershipFactory()
    row = SelfAssessmentFactory(structure=member.structure, finished=True)
    SelfAssessmentFactory(
        structure=member.structure, finished=True, started_at=NOW, level=3
    )
    client.force_login(member.user)
    for name in ("detail", "compare"):
        page = client.get(reverse(f"studio:assessment_{name}", args=[row.pk]))
        assert page.status_code == 200
    assert page.context["down"] == 17
    assert page_count(assessment_pdf(row)) >= 1
    for form in ("csv", "ods", "xlsx"):
        url = reverse("studio:assessment_export", args=[row.pk, form])
        assert client.get(url).status_code == 200
    lines = client.get(reverse("studio:assessment_export", args=[row.pk, "csv"]))
    assert lines.content.decode("utf-8-sig").count("en chemin") == 17


def test_the_grid_is_there_to_be_read_by_everybody(client):
    assert b"Une mission" in client.get(reverse("studio:grid_detail")).content


def test_the_list_of_evaluations_leads_to_all_the_rest(client):
    evaluation = EvaluationFactory()
    client.force_login(MembershipFactory(structure=evaluation.structure).user)
    text = client.get(reverse("studio:evaluation_list")).content.decode()
    for name in ("assessment_list", "visit_list", "improvement_list", "answer_code"):
        assert f'href="{reverse(f"studio:{name}")}"' in text
    assert reverse("studio:answer_code") in client.get(reverse("portal:about")).content.decode()  # fmt: skip


def test_the_page_costs_the_same_for_one_answer_or_seventeen(
    client, django_assert_max_num_queries
):
    member = MembershipFactory()
    row = SelfAssessmentFactory(structure=member.structure, finished=True)
    client.force_login(member.user)
    with django_assert_max_num_queries(16):
        client.get(row.get_absolute_url())


def test_a_draft_shows_how_far_it_is(client):
    member = MembershipFactory()
    row = SelfAssessmentFactory(structure=member.structure)
    client.force_login(member.user)
    text = client.get(row.get_absolute_url()).content.decode()
    assert "0 normes sur 17" in text
    assert reverse("studio:assessment_answer", args=[row.pk, "mission"]) in text
    for slug in ("mission", OVERALL):
        page = client.get(reverse("studio:assessment_answer", args=[row.pk, slug]))
        assert page.status_code == 200
    assert client.get(reverse("studio:assessment_answer", args=[row.pk, "x"])).status_code == 404  # fmt: skip
    assert client.get(reverse("studio:assessment_list")).status_code == 200
    opened = client.post(reverse("studio:assessment_new"), {"structure": member.structure.pk})  # fmt: skip
    assert opened.status_code == 302
    gone = client.post(reverse("studio:assessment_delete", args=[row.pk]))
    assert gone.url == reverse("studio:assessment_list")
