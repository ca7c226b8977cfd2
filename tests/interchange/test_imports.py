"""The agency's imports, from the upload to the report."""

import csv
import datetime as dt
import io
import os

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from maillage.core.errors import Refused
from maillage.directory.models import Place
from maillage.interchange import services
from maillage.interchange.choices import RunState
from maillage.interchange.models import SILENCE, ImportRun
from maillage.interchange.services import apply_run, ask_apply, check_run, receive
from tests.factories.accounts import UserFactory
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 5, 4, 9, tzinfo=dt.UTC)
GOOD = "key,name,kind,commune\nP1,Musée d’exemple,museum,59350\n"
BAD = GOOD + "P2,Château,zzz,59350\n"
NEW = reverse("interchange:import_new")


@pytest.fixture
def agency(client):
    CommuneFactory(lille=True)
    person = UserFactory(agency=True)
    client.force_login(person)
    return person


def upload(client, text=GOOD, *, name="lieux.csv", **fields):
    data = text if isinstance(text, bytes) else text.encode()
    form = {"kind": "places", "layout": "", "source": "essai"} | fields
    return client.post(NEW, form | {"file": SimpleUploadedFile(name, data)})


def test_a_good_file_is_checked_then_applied_then_told(client, agency):
    answer = upload(client)
    run = ImportRun.objects.get()
    assert answer.url == run.get_absolute_url()
    page = client.get(answer.url).content.decode()
    assert (run.state, Place.objects.count()) == (RunState.CHECKED, 0)
    assert "Le fichier est bon" in page
    assert "UTF-8" in page

    client.post(reverse("interchange:import_apply", args=[run.pk]))

    run.refresh_from_db()
    place = Place.objects.get()
    assert (run.state, run.counts["create"], place.created_by) == ("applied", 1, agency)
    assert place.history.get().history_change_reason == f"import {run.pk} (essai)"
    page = client.get(run.get_absolute_url()).content.decode()
    assert "L’import est appliqué" in page
    assert str(agency) in page


def test_a_file_with_a_bad_row_needs_a_choice(client, agency):
    upload(client, BAD)
    run = ImportRun.objects.get()
    page = client.get(run.get_absolute_url()).content.decode()
    assert "Des lignes sont refusées" in page
    assert "«\u00a0zzz\u00a0» n’est pas dans la liste" in page

    apply = reverse("interchange:import_apply", args=[run.pk])
    client.post(apply)
    assert Place.objects.count() == 0

    client.post(apply, {"only_good": "1"})
    run.refresh_from_db()
    assert (Place.objects.count(), run.only_good, run.counts["refuse"]) == (1, True, 1)


def test_the_errors_are_a_file_with_line_and_column(client, agency):
    upload(client, BAD)
    run = ImportRun.objects.get()

    answer = client.get(reverse("interchange:import_problems", args=[run.pk, "csv"]))

    text = answer.content.decode().removeprefix("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert [(r["ligne"], r["colonne"], r["titre"], r["valeur"]) for r in rows] == [
        ("3", "3", "kind", "zzz")
    ]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"\x89PNG\x00\x00", "ni un texte CSV"),
        (b"name,kind\na,museum\n", "Il manque des colonnes"),
        (b"PK\x03\x04bad", "ne peut pas être lu"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(client, agency, data, told):
    upload(client, data, name="x.xlsx")

    run = ImportRun.objects.get()
    assert run.state == RunState.FAILED
    assert told in client.get(run.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"source": "Été 2026"}, "minuscules"),
        ({"kind": "zzz"}, "zzz"),
        ({"layout": "zzz"}, "zzz"),
    ],
)
def test_a_mistake_in_the_form_is_told(client, agency, fields, told):
    answer = upload(client, **fields)

    assert answer.status_code == 422
    assert told in answer.content.decode()


def test_an_empty_file_is_told_at_once(client, agency):
    answer = upload(client, b"")

    assert answer.status_code == 422
    assert "Le fichier est vide." in answer.content.decode()


def test_a_name_with_markup_is_shown_as_text(client, agency):
    upload(
        client,
        GOOD.replace("Musée d’exemple", "<script>alert(1)</script>"),
        name="<b>.csv",
    )

    page = client.get(ImportRun.objects.get().get_absolute_url()).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_the_list_says_who_imported_what(client, agency):
    upload(client)

    page = client.get(reverse("interchange:import_list")).content.decode()

    assert "lieux.csv" in page
    assert str(agency) in page


@pytest.mark.parametrize("runs", [1, 3])
def test_the_list_costs_the_same_for_one_import_or_three(
    client, agency, runs, django_assert_num_queries
):
    for _ in range(runs):
        receive(
            b"a", name="x", kind="places", layout="", source="s", by=agency, now=NOW
        )

    with django_assert_num_queries(4):  # session, user, count, imports
        client.get(reverse("interchange:import_list"))


PAGES = [("import_detail",), ("import_problems", "ods")]
VERBS = ["import_check", "import_apply"]


@pytest.mark.parametrize("person", [None, "member", "observer"])
def test_imports_are_for_the_agency_alone(client, person):
    run = receive(
        b"a", name="x", kind="places", layout="", source="s", by=None, now=NOW
    )
    if person:
        client.force_login(
            UserFactory(observer=True) if person == "observer" else UserFactory()
        )
    answers = [
        client.get(reverse("interchange:import_list")),
        client.get(NEW),
        upload(client),
    ]
    answers += [
        client.get(reverse(f"interchange:{name}", args=[run.pk, *more]))
        for name, *more in PAGES
    ]
    answers += [
        client.post(reverse(f"interchange:{name}", args=[run.pk])) for name in VERBS
    ]

    assert {answer.status_code for answer in answers} == {403 if person else 302}
    assert ImportRun.objects.count() == 1


def test_a_run_at_work_shows_how_far_it_is_and_asks_again(client, agency):
    run = receive(
        GOOD.encode(), name="x.csv", kind="places", layout="", source="s",
        by=agency, now=timezone.now(),
    )  # fmt: skip
    services.teller(run.progress_path)("write", 40, 100)

    page = client.get(run.get_absolute_url()).content.decode()
    piece = client.get(
        run.get_absolute_url(), headers={"HX-Request": "true"}
    ).content.decode()

    assert 'max="100" value="40"' in page
    assert 'http-equiv="refresh"' in page
    assert "<html" not in piece
    assert 'hx-trigger="every 2s"' in piece


def test_a_run_that_was_killed_says_so_and_can_be_checked_again(client, agency):
    run = receive(
        GOOD.encode(),
        name="x.csv",
        kind="places",
        layout="",
        source="s",
        by=agency,
        now=NOW,
    )
    ImportRun.objects.filter(pk=run.pk).update(state=RunState.APPLYING)

    page = client.get(run.get_absolute_url()).content.decode()
    assert "L’import a été interrompu" in page

    client.post(reverse("interchange:import_check", args=[run.pk]))
    run.refresh_from_db()
    assert run.state == RunState.CHECKED


def test_a_word_of_the_worker_keeps_a_run_alive(agency):
    run = receive(
        b"a", name="x", kind="places", layout="", source="s", by=agency, now=NOW
    )
    services.teller(run.progress_path)("check", 1, 2)
    now = timezone.now()

    assert not run.is_lost(now)
    os.utime(run.progress_path, (0, 0))
    assert run.is_lost(now)
    assert not run.is_lost(NOW + SILENCE)


def test_two_clicks_apply_once(client, agency):
    upload(client)
    run = ImportRun.objects.get()
    ask_apply(run, only_good=False, now=NOW)

    with pytest.raises(Refused) as no:
        ask_apply(run, only_good=False, now=NOW)

    assert no.value.code == "busy"


def test_what_changed_since_the_check_stops_the_import(client, agency):
    upload(client)
    first = ImportRun.objects.get()
    upload(client, GOOD.replace("Musée", "Maison"))
    second = ImportRun.objects.exclude(pk=first.pk).get()
    client.post(reverse("interchange:import_apply", args=[second.pk]))

    client.post(reverse("interchange:import_apply", args=[first.pk]))

    first.refresh_from_db()
    assert first.state == RunState.FAILED
    assert "vérifiez de nouveau" in first.error
    assert Place.objects.get().name == "Maison d’exemple"


def test_an_accident_in_the_middle_writes_nothing_and_says_so(agency, monkeypatch):
    run = receive(
        GOOD.encode(), name="x.csv", kind="places", layout="", source="s",
        by=agency, now=timezone.now(),
    )  # fmt: skip
    check_run(run)

    def fall(*args, **kwargs):
        raise RuntimeError("power cut")

    monkeypatch.setattr("maillage.core.intake.applying.refresh_entries", fall)
    with pytest.raises(RuntimeError):
        apply_run(ask_apply(run, only_good=False, now=timezone.now()))

    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert "rien n’a été écrit" in run.error
    assert (Place.objects.count(), Place.history.count()) == (0, 0)


def test_a_known_public_file_chooses_kind_and_source(client, agency):
    text = (
        "identifiant_museofile;nom_officiel_du_musee;commune;code_postal;latitude;longitude;url\n"
        "M9999;musée inventé;LILLE;59000;50.63;3.06;www.exemple.org\n"
    )

    upload(client, text, kind="resources", layout="musees-de-france")

    run = ImportRun.objects.get()
    assert (run.kind, run.source, run.counts["create"]) == ("places", "museofile", 1)


def test_the_file_is_kept_where_nothing_is_served(client, agency):
    upload(client)
    run = ImportRun.objects.get()

    answer = client.get(f"/fichiers/{run.file.name}")

    assert answer.status_code == 404
    assert "lieux" not in run.file.name


def test_old_imports_are_forgotten_with_their_files(agency):
    run = check_run(
        receive(
            GOOD.encode(),
            name="x",
            kind="places",
            layout="",
            source="s",
            by=agency,
            now=NOW,
        )
    )
    path = run.file.path

    assert services.forget_old(before=NOW) == 0
    assert services.forget_old(before=NOW + dt.timedelta(days=1)) == 1
    assert not os.path.exists(path)
    assert not run.problems_path.exists()


def command(tmp_path, text, *more):
    path = tmp_path / "f.csv"
    path.write_text(text, encoding="utf-8")
    out = io.StringIO()
    call_command("import", "places", str(path), *more, stdout=out, verbosity=0)
    return out.getvalue()


def test_the_command_tries_unless_told(tmp_path, agency):
    said = command(tmp_path, GOOD, "--source", "essai")
    assert "1 to create" in said
    assert Place.objects.count() == 0

    command(tmp_path, GOOD, "--source", "essai", "--commit")
    assert Place.objects.count() == 1


def test_the_command_refuses_bad_rows_unless_told(tmp_path, agency):
    with pytest.raises(CommandError, match="refusées"):
        command(tmp_path, BAD, "--commit")
    assert Place.objects.count() == 0

    said = command(tmp_path, BAD, "--commit", "--only-good")
    assert "line 3, column 3 kind" in said
    assert Place.objects.count() == 1
