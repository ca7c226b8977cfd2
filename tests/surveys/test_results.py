"""Results: what is counted, what the gate lets through, and the same everywhere."""

import csv
import io
import json
import re
import zipfile

import pyarrow.parquet as pq
import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from openpyxl import load_workbook
from pypdf import PdfReader

from maillage.accounts.choices import Role
from maillage.core.disclosure import TOTAL, Release as Gated
from maillage.core.errors import Refused
from maillage.surveys.models import Answer, Release, Unit
from maillage.surveys.results.findings import in_words
from maillage.surveys.results.gate import Gate
from maillage.surveys.results.people import kind_groups, people_of, respondents
from maillage.surveys.results.shown import Group, results_of
from maillage.surveys.services import releases, results
from tests.factories.accounts import UserFactory
from tests.surveys.results import QUESTIONS, SECRET, answered_wave, says, tell

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def told(django_db_setup, django_db_blocker):
    """One published wave for all tests that only read."""
    with django_db_blocker.unblock(), transaction.atomic():
        release = tell(
            answered_wave(slug="lue", is_example=True),
            crossings=[("active", "colour")],
        )
        yield release
        transaction.set_rollback(True)


def page_of(client, name, *args, **asked):
    answer = client.get(reverse(f"surveys:{name}", args=args), asked)
    assert answer.status_code == 200
    return answer


def test_counts_are_those_of_the_answers_weighted():
    wave = answered_wave(slug="poids")
    found = results_of(tell(wave, questions=["colour"]))
    variable = found.variables["colour"]
    weights = dict(Unit.objects.filter(wave=wave).values_list("pk", "weight"))
    rows = Answer.objects.filter(response__unit__wave=wave, question="colour")
    given = [
        (weights[a.response.unit_id], a.value) for a in rows.select_related("response")
    ]
    whole = sum(weight for weight, _value in given)

    row = found.option(variable, "red", found.everybody)
    red = sum(weight for weight, value in given if value == "red")
    # Weights are no secret: all decimals of a weighted figure would tell who is in it.
    assert row["weighted"].value == round(red)
    assert row["share"].value == round(red / whole, 2)
    assert found.base(variable, found.everybody).units == 60
    assert whole == pytest.approx(80)


def test_answers_hidden_by_a_condition_and_open_sheets_do_not_count():
    wave = answered_wave(slug="condition")
    said_yes = Answer.objects.filter(
        response__unit__wave=wave, question="active", value="yes"
    )
    waiting = Unit.objects.filter(wave=wave, response__state="waiting").first()
    says(said_yes.first().response, "soon", "yes", counts=False)
    says(waiting.response, "colour", "red")
    people = respondents(people_of(wave))

    assert len(people) == 60
    assert all("soon" not in p.answers for p in people if p.answers["active"] == "yes")
    assert sum("soon" in p.answers for p in people) == 60 - said_yes.count()


def test_rows_of_a_repeated_group_are_counted_one_by_one():
    wave = answered_wave(slug="lignes")
    found = results_of(tell(wave, questions=["thing_loans", "thing_colour"]))
    rows = Answer.objects.filter(response__unit__wave=wave, question="thing_loans")
    weights = dict(Unit.objects.filter(wave=wave).values_list("pk", "weight"))
    pairs = [
        (weights[a.response.unit_id], a.value) for a in rows.select_related("response")
    ]
    mean = sum(w * v for w, v in pairs) / sum(w for w, _v in pairs)

    told = found.mean(found.variables["thing_loans"], found.everybody)
    assert told["mean"].value == pytest.approx(mean)
    colour = found.variables["thing_colour"]
    assert sum(
        found.option(colour, code, found.everybody)["weighted"].value
        for code, _label in colour.options
    ) == pytest.approx(sum(w for w, _v in pairs))


def test_the_order_of_answers_changes_nothing():
    wave = answered_wave(slug="ordre", number=40, asked=50)
    found = results.material_of(wave)
    groups = kind_groups(found.people)
    told = []
    for people in (found.people, found.people[::-1]):
        gate = Gate(people, groups, found.by_code, effort=0)
        gate.who()
        for code in ("colour", "active", "likes"):
            gate.question(found.by_code[code])
        told.append({name: one.as_json() for name, one in gate.decided.items()})

    one, two = (json.dumps(each, sort_keys=True) for each in told)
    assert rounded(one) == rounded(two)


def rounded(text):
    """Numbers to nine places: sums in another order differ by less."""
    return re.sub(r"\d+\.\d+", lambda found: f"{float(found[0]):.9f}", text)


def test_no_shown_cell_has_fewer_than_three_respondents(told):
    for cell in results_of(told).cells():
        if cell.status == "shown" and cell.value.units:
            assert cell.value.units >= 3


def test_each_family_adds_up_where_it_is_shown(told):
    found = results_of(told)
    for variable in found.variables.values():
        if not variable.is_closed or not variable.options:
            continue
        for group in found.all_groups:
            base = found.base(variable, group)
            rows = [found.option(variable, c, group) for c, _l in variable.options]
            if base.is_hidden or any(row["weighted"].is_hidden for row in rows):
                continue
            parts = sum(row["weighted"].value for row in rows)
            assert parts == pytest.approx(base.value or 0, abs=(len(rows) + 1) / 2)


def test_one_secret_cell_of_a_row_is_never_alone(told):
    """A single hidden answer under a shown total is found by difference.

    So it is one that many gave: it is hidden for what its weighted figure tells of others.
    """
    found = results_of(told)
    hidden = 0
    for variable in found.variables.values():
        if not variable.is_closed or not variable.options:
            continue
        for group in found.all_groups:
            if found.base(variable, group).is_hidden:
                continue
            rows = [found.option(variable, c, group) for c, _l in variable.options]
            secret = [row for row in rows if row["weighted"].is_hidden]
            hidden += len(secret)
            if len(secret) == 1:
                others = [row["weighted"].units or 0 for row in rows]
                rest = found.base(variable, group).units - sum(others)
                assert rest >= 3, (variable.code, group.value)
    assert hidden


def test_a_question_with_a_condition_tells_no_group_of_which_the_filter_is_secret(told):
    found = results_of(told)
    active, soon = found.variables["active"], found.variables["soon"]
    for group in found.all_groups:
        rows = [found.option(active, code, group) for code, _l in active.options]
        if any(row["weighted"].is_hidden for row in rows):
            assert found.base(soon, group).is_hidden


# The same cells everywhere -----------------------------------------------------------


def cells_of(told):
    """What is published: (question, measure, option, dimension, code) to its figures."""
    return {
        (c.variable.code, c.measure, c.option, c.dimension, c.code): (
            c.value.value, c.share.value if c.share else None, c.base.units, c.status
        )
        for c in results_of(told).cells()
    }  # fmt: skip


def number(text):
    return None if text in {"", None} else float(text)


def same(found, told):
    wanted = cells_of(told)
    assert found.keys() == wanted.keys()
    for key, (value, share, base, status) in found.items():
        assert status == wanted[key][3]
        for got, there in zip((value, share, base), wanted[key][:3], strict=True):
            assert number(got) == (None if there is None else pytest.approx(there))
            if status == "hidden":
                assert number(value) is None
                assert number(share) is None


def keyed(rows, value="weighted_value"):
    return {
        tuple(row[name] or "" for name in ("question", "measure", "option", "dimension", "code")):
        (row[value], row["share"], row["base"], row["status"])
        for row in rows
    }  # fmt: skip


def test_the_csv_has_the_cells_of_the_release(client, told):
    text = page_of(client, "result_file", "lue", "csv").content.decode("utf-8-sig")
    lines = [line for line in text.splitlines() if line]
    dialect = csv.Sniffer().sniff(lines[0], delimiters=";,\t")
    rows = csv.DictReader(lines, dialect=dialect)
    same(keyed(rows), told)


def test_the_xlsx_has_the_cells_of_the_release(client, told):
    content = page_of(client, "result_file", "lue", "xlsx").content
    sheet = load_workbook(io.BytesIO(content), read_only=True).worksheets[0]
    head, *lines = sheet.iter_rows(values_only=True)
    same(keyed(dict(zip(head, line, strict=True)) for line in lines), told)


def test_the_ods_has_as_many_secret_cells_and_no_more(client, told):
    content = page_of(client, "result_file", "lue", "ods").content
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        text = file.read("content.xml").decode()
    cells = list(results_of(told).cells())

    hidden = sum(cell.value.is_hidden for cell in cells)
    assert text.count(">hidden<") == hidden > 0
    assert text.count(">shown<") + text.count(">empty<") == len(cells) - hidden


def test_the_parquet_file_has_the_cells_of_the_release(client, told):
    url = reverse("interchange:dataset_file", args=["enquete-lue", "parquet"])
    answer = client.get(url)
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    rows = pq.read_table(io.BytesIO(content)).to_pylist()
    same(keyed(rows), told)


def test_the_api_has_the_cells_of_the_release(client, told):
    answer = client.get("/api/1/enquetes/lue").json()
    same(keyed(answer["cells"], "value"), told)
    assert [wave["slug"] for wave in client.get("/api/1/enquetes/").json()] == ["lue"]


def test_open_data_lists_the_results(client, told):
    page = client.get(reverse("interchange:dataset_detail", args=["enquete-lue"]))
    assert page.status_code == 200
    catalogue = client.get(reverse("interchange:catalogue_file", args=["ttl"]))
    assert b"enquete-lue" in catalogue.content


def test_the_page_shows_each_share_of_each_group_and_no_other(client, told):
    found = results_of(told)
    for group in found.all_groups:
        text = page_of(
            client, "result_detail", "lue", groupe=group.value
        ).content.decode()
        for variable in found.variables.values():
            if not variable.options:
                continue
            start = text.index(f'id="q-{variable.code}"')
            block = text[start : text.index("</article>", start)]
            for code, _label in variable.options:
                row = found.option(variable, code, group)
                if row["share"].is_hidden:
                    assert "secret" in block


def test_paper_says_secret_where_the_page_does(client, told):
    pdf = page_of(client, "result_report", "lue").content
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)

    assert "inventées" in text
    assert "Avez-vous agi" in text
    assert "secret" in text
    assert SECRET not in text


def test_no_text_and_no_name_of_anybody_is_ever_published(client, told):
    urls = [reverse("surveys:result_detail", args=["lue"]),
            reverse("surveys:result_cross", args=["lue"]),
            reverse("surveys:result_file", args=["lue", "csv"]), "/api/1/enquetes/lue"]  # fmt: skip
    for url in urls:
        text = client.get(url).content.decode()
        assert SECRET not in text
        assert "Structure 1" not in text
    stored = json.dumps(told.figures)
    assert SECRET not in stored
    assert "p001" not in stored


def test_a_hidden_cell_is_stored_without_a_number(told):
    hidden = 0
    for family in told.figures["families"].values():
        for table in family["tables"]:
            for row in table["rows"]:
                for figure in row["figures"].values():
                    if figure["status"] == "hidden":
                        hidden += 1
                        assert figure == {"status": "hidden"}
    assert hidden


# Making and publishing ---------------------------------------------------------------


def test_a_second_release_keeps_what_the_first_said():
    wave = answered_wave(slug="deux")
    first = tell(wave, questions=["colour"])
    second = tell(wave, questions=["active"], crossings=[("active", "colour")])

    assert second.number == 2
    for name, family in first.figures["families"].items():
        assert second.figures["families"][name] == family
    assert set(results_of(second).variables) == {"colour", "active"}


def test_results_are_not_made_again_of_other_answers():
    wave = answered_wave(slug="changee")
    tell(wave, questions=["colour"])
    answer = Answer.objects.filter(response__unit__wave=wave, question="colour").first()
    answer.value = "blue" if answer.value != "blue" else "red"
    answer.save()

    with pytest.raises(Refused) as no:
        tell(wave, questions=["active"])
    assert no.value.code == "changed"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"questions": []}, "question"),
        ({"questions": ["wish-not-there"]}, "question"),
        ({"crossings": [("likes", "colour")]}, "crossings"),
        ({"crossings": [("colour", "colour")]}, "crossings"),
    ],
)
def test_what_cannot_be_asked_is_refused(change, code):
    with pytest.raises(Refused) as no:
        tell(answered_wave(slug="refus", number=30, asked=30), **change)
    assert no.value.code == code


def test_an_open_wave_and_one_without_weights_have_no_results():
    wave = answered_wave(slug="ouverte", number=30, asked=30)
    wave.units.update(weight=None)
    with pytest.raises(Refused) as no:
        tell(wave)
    assert no.value.code == "weights"
    wave.state = "open"
    wave.save()
    with pytest.raises(Refused) as no:
        tell(wave)
    assert no.value.code == "open"


def test_only_the_agency_makes_and_publishes():
    wave = answered_wave(slug="droits", number=30, asked=30)
    release = tell(wave, questions=["colour"], publish=False)
    for role in (Role.MEMBER, Role.OBSERVER):
        with pytest.raises((Refused, PermissionDenied)):
            releases.publish(release, by=UserFactory(role=role), now=release.made_at)
    assert not Release.objects.get(pk=release.pk).published_at


def test_what_is_not_published_is_not_read(client):
    wave = answered_wave(slug="attente", number=30, asked=30)
    tell(wave, questions=["colour"], publish=False)

    for name in ("result_detail", "result_cross", "result_change", "result_report"):
        assert (
            client.get(reverse(f"surveys:{name}", args=["attente"])).status_code == 404
        )
    assert client.get("/api/1/enquetes/attente").status_code == 404


def test_the_agency_chooses_sees_and_publishes(
    client, django_capture_on_commit_callbacks
):
    wave = answered_wave(slug="parcours", number=60, asked=70)
    client.force_login(UserFactory(role=Role.AGENCY))
    url = reverse("surveys:release_new", args=["parcours"])
    assert "Avez-vous agi" in client.get(url).content.decode()

    asked = {"questions": ["active", "colour"], "one_1": "active", "two_1": "colour"}
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(url, asked)
    assert answer.status_code == 302
    preview = client.get(answer["Location"]).content.decode()
    release = Release.objects.get(wave=wave)
    assert release.figures.get("families"), release.figures
    assert "Cases secrètes" in preview
    client.post(f"{answer['Location']}decider/", {"verb": "publish"})
    wave.refresh_from_db()
    assert wave.state == "published"
    assert (
        client.get(reverse("surveys:result_detail", args=["parcours"])).status_code
        == 200
    )


def test_raw_answers_are_the_agency_s_own_and_say_so(client):
    answered_wave(slug="brut", number=5, asked=5)
    url = reverse("surveys:answers_export", args=["brut", "csv"])
    client.force_login(UserFactory(role=Role.OBSERVER))
    assert client.get(url).status_code == 403
    client.force_login(UserFactory(role=Role.AGENCY))
    answer = client.get(url)

    assert "confidentiel" in answer["Content-Disposition"]
    assert answer["Cache-Control"] == "no-store"
    assert SECRET in answer.content.decode("utf-8-sig")


def test_free_texts_are_published_as_counts_of_themes(client):
    wave = answered_wave(slug="libre", number=40, asked=40)
    agency = UserFactory(role=Role.AGENCY)
    client.force_login(agency)
    client.post(reverse("surveys:text_themes", args=["libre", "wish"]),
                {"themes": "Adresse : rue\nAutre"})  # fmt: skip
    url = reverse("surveys:text_coding", args=["libre", "wish"])
    assert "proposé" in client.get(url).content.decode()
    answers = list(Answer.objects.filter(response__unit__wave=wave, question="wish"))
    for rank, answer in enumerate(answers):
        theme = "adresse" if rank < 25 else "autre"
        client.post(f"{url}coder/", {"reponse": answer.pk, "themes": [theme]})
    found = results_of(tell(wave, questions=["wish"]))
    client.logout()

    cell = found.option(found.variables["wish"], "adresse", found.everybody)
    assert cell["weighted"].units == 25
    assert 0.5 < cell["share"].value < 0.8
    page = client.get(reverse("surveys:result_detail", args=["libre"])).content.decode()
    assert "Adresse" in page
    assert SECRET not in page


def test_a_theme_that_is_unknown_is_refused(client):
    wave = answered_wave(slug="theme", number=5, asked=5)
    client.force_login(UserFactory(role=Role.AGENCY))
    answer = Answer.objects.filter(response__unit__wave=wave, question="wish").first()
    url = reverse("surveys:text_code", args=["theme", "wish"])
    client.post(url, {"reponse": answer.pk, "themes": ["inconnu"]})
    client.post(url, {"reponse": "9" * 12, "themes": []})
    answer.refresh_from_db()
    assert answer.themes == []


def test_pages_cost_the_same_queries_whatever_they_show(
    client, told, django_assert_max_num_queries
):
    """The release is one row: questions and groups add none."""
    for name, asked in (
        ("result_detail", {}),
        ("result_detail", {"groupe": "kind:association"}),
        ("result_cross", {"par": "department"}),
        ("result_change", {}),
    ):
        with django_assert_max_num_queries(6):
            page_of(client, name, "lue", **asked)


def test_strange_addresses_show_the_whole(client, told):
    page_of(client, "result_detail", "lue", groupe="kind:<script>", partie="-1")
    page_of(client, "result_cross", "lue", question="x", par="y", reponse="z")


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.7, "sept structures sur dix"),
        (0.68, "près de sept structures sur dix"),
        (0.22, "plus d’une structure sur cinq"),
        (0.5, "une structure sur deux"),
        (0.01, "moins d’une structure sur vingt"),
        (0.97, "presque toutes les structures"),
        (0, "aucune structure"),
        (1, "toutes les structures"),
    ],
)
def test_a_share_is_said_as_people_say_it(share, words):
    assert in_words(share) == words


def test_a_group_that_is_not_told_of_is_secret(told):
    found = results_of(told)
    row = found.option(found.variables["colour"], "red", Group("kind", "zoo", "Zoo"))
    assert row["share"].is_hidden


def test_what_is_stored_is_what_the_gate_made(told):
    for data in told.figures["families"].values():
        assert Gated.from_json(data).as_json() == data
    assert results_of(told).row("who", "kind", TOTAL)["count"].value == 60
    assert set(results_of(told).variables) == {*QUESTIONS} - {*told.figures["closed"]}
