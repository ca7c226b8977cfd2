"""Programmes of others by file: what it would do, doing it, and the same file again."""

import csv
import datetime as dt
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from maillage.calls.models import FundingProgramme, ProgrammeDate
from maillage.calls.programme_files import apply_programmes, plan_programmes
from maillage.core.errors import Refused
from maillage.core.intake.files import read_file
from tests.factories.accounts import UserFactory
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2030, 3, 4, 9, tzinfo=dt.UTC)
WINDOW = "2030-01-04 / 2030-03-31 : Dépôt"
IMPORT = reverse("calls:funding_import")


def programme(**fields):
    wanted = {"name": "Fonds", "slug": "fonds", "family": "other", "manager": "x"}
    return FundingProgramme.objects.create(**wanted | fields, changed_at=NOW)


def file_of(*rows):
    """A CSV file of rows by column."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, delimiter=";", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def row(**cells):
    wanted = {"slug": "riv-12", "name": "Rivières", "family": "feder", "manager": "A"}
    return wanted | cells


def plan_of(*rows):
    return plan_programmes(read_file(file_of(*rows).encode(), name="p.csv"))


def counts(*rows):
    return {name: n for name, n in plan_of(*rows).counts.items() if n}


def test_a_row_makes_a_programme_and_the_same_file_again_leaves_it():
    given = row(themes="water|sea", dates=WINDOW, url="exemple.fr", is_published="")
    assert counts(given) == {"create": 1}

    apply_programmes(plan_of(given), now=NOW)

    made = FundingProgramme.objects.get()
    assert (made.slug, made.family, made.is_published) == ("riv-12", "feder", True)
    assert set(made.themes) == {"water", "sea"}
    assert made.url == "https://exemple.fr"
    date = made.dates.get()
    assert (date.label, date.closes_on) == ("Dépôt", dt.date(2030, 3, 31))
    assert counts(given) == {"leave": 1}
    versions = made.history.count()
    apply_programmes(plan_of(given), now=NOW)
    assert made.history.count() == versions


@pytest.mark.parametrize("key", ["RIV 12", "Riv-12", "riv-12"])
def test_a_key_of_elsewhere_is_recognised_however_it_is_written(key):
    apply_programmes(plan_of(row(slug=key)), now=NOW)

    assert counts(row(slug=key)) == {"leave": 1}
    assert FundingProgramme.objects.get().slug == "riv-12"


def test_without_a_key_a_programme_is_recognised_by_its_name():
    apply_programmes(plan_of(row(slug="")), now=NOW)
    assert FundingProgramme.objects.get().slug == "rivieres"
    assert counts(row(slug="")) == {"leave": 1}
    programme(name="rivieres", slug="autre")

    assert counts(row(slug="")) == {"refuse": 1}


def test_what_differs_is_changed_and_what_the_file_does_not_say_stays():
    known = programme(slug="riv-12", name="Rivières", summary="À garder", amount="10 %")
    known.dates.create(label="Dépôt", closes_on=dt.date(2030, 3, 31))
    given = row(manager="B", amount="20 %", dates="")

    plan = plan_of(given)
    assert set(plan.lines[0].values) == {"family", "manager", "amount"}
    apply_programmes(plan, now=NOW)

    known.refresh_from_db()
    assert (known.summary, known.amount, known.manager) == ("À garder", "20 %", "B")
    assert known.dates.count() == 1


def test_dates_of_the_file_replace_those_that_are_there_and_keep_the_same_ones():
    known = programme(slug="riv-12", name="Rivières", family="feder", manager="A")
    kept = known.dates.create(label="Dépôt", closes_on=dt.date(2030, 3, 31))
    known.dates.create(label="Ancienne", closes_on=dt.date(2029, 3, 31))

    apply_programmes(plan_of(row(dates=f"{WINDOW} | / 2030-06-01 : Clôture")), now=NOW)

    assert [one.label for one in known.dates.all()] == ["Dépôt", "Clôture"]
    kept.refresh_from_db()
    assert kept.opens_on == dt.date(2030, 1, 4)


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"name": ""}, "remplie"),
        ({"family": ""}, "remplie"),
        ({"family": "cepr"}, "cper"),
        ({"themes": "magie"}, "magie"),
        ({"departments": "59|999"}, "999"),
        ({"dates": "bientôt"}, "bientôt"),
        ({"dates": "2030-03-31 / 2030-01-04 : À l’envers"}, "envers"),
        ({"dates": "/ 2030-02-31 : Nulle part"}, "2030-02-31"),
        ({"dates": f"{WINDOW} | / 2030-03-31 : Dépôt"}, "deux fois"),
        ({"source_on": "hier"}, "date"),
        ({"url": "camille@exemple.fr"}, "adresse web"),
        ({"is_published": "peut-être"}, "oui"),
        ({"slug": "!!"}, "lettres"),
        ({"slug": "x" * 101}, "caractères"),
        ({"name": "x" * 201}, "caractères"),
    ],
)
def test_what_cannot_be_taken_is_told_with_its_line_and_refuses_the_file(cells, words):
    CommuneFactory(lille=True)
    plan = plan_of(row(slug="bon", name="Bon"), row(**cells))

    assert plan.counts["refuse"] == 1
    (problem,) = plan.problems
    assert problem.line == 3
    assert words in problem.message + problem.value
    with pytest.raises(Refused):
        apply_programmes(plan, now=NOW)
    assert not FundingProgramme.objects.exists()


@pytest.mark.parametrize(
    "other", [{}, {"slug": "RIV 12", "name": "Autre"}, {"slug": "", "name": "RIVIERES"}]
)
def test_the_same_programme_twice_is_refused(other):
    first = row(slug="") if other.get("slug") == "" else row()

    assert counts(first, row(**other))["refuse"] == 1


@pytest.mark.parametrize("form", ["csv", "xlsx", "ods"])
def test_what_is_exported_comes_back_unchanged(client, form):
    CommuneFactory(lille=True)
    full = programme(
        themes=["water"], structure_kinds=["museum"], departments=["59"],
        summary="Deux\nlignes", url="https://example.org/", source_on=dt.date(2029, 5, 1),
    )  # fmt: skip
    full.dates.create(label="Dépôt | fin", closes_on=dt.date(2030, 3, 31))
    programme(slug="nu", name="Nu")
    body = b"".join(client.get(reverse("calls:funding_export", args=[form])))
    client.force_login(UserFactory(agency=True))

    answer = client.post(IMPORT, {"file": SimpleUploadedFile(f"p.{form}", body)})

    assert answer.status_code == 200
    plan = answer.context["plan"]
    assert [problem.message for problem in plan.problems] == []
    assert plan.counts == {"create": 0, "change": 0, "leave": 2, "refuse": 0}


def test_the_agency_checks_a_file_then_applies_it(client):
    client.force_login(UserFactory(agency=True))
    body = file_of(row(dates=WINDOW), row(slug="b", name="Bois"))

    checked = client.post(IMPORT, {"file": SimpleUploadedFile("p.csv", body.encode())})
    assert "2 programmes à ajouter" in checked.content.decode()
    assert not FundingProgramme.objects.exists()
    done = client.post(IMPORT, {"table": checked.context["text"]}, follow=True)

    assert "2 programmes ajoutés" in done.content.decode()
    assert ProgrammeDate.objects.get().closes_on.year == 2030


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("p.csv", b""),
        ("p.csv", b"titre\nx\n"),
        ("p.xlsx", b"PK\x03\x04 rien"),
        ("p.xlsm", b"PK\x03\x04"),
        ("p.pdf", b"%PDF-1.7"),
    ],
)
def test_what_is_no_table_is_refused_with_words(client, name, body):
    client.force_login(UserFactory(agency=True))

    answer = client.post(IMPORT, {"file": SimpleUploadedFile(name, body)})

    assert answer.status_code == 422
    assert not FundingProgramme.objects.exists()


@pytest.mark.parametrize("who", ["nobody", "member", "observer"])
def test_only_the_agency_imports(client, who):
    if who != "nobody":
        client.force_login(UserFactory(observer=who == "observer"))

    assert client.get(IMPORT).status_code in {302, 403}


def test_the_page_names_every_column(client):
    client.force_login(UserFactory(agency=True))
    page = client.get(IMPORT).content.decode()
    for name in ("structure_kinds", "source_on", "dates"):
        assert f"<code>{name}</code>" in page
