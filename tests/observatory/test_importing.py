"""Tables from elsewhere: read as they are, told, written whole or not at all."""

import csv
import datetime as dt
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from maillage.core.errors import Refused
from maillage.core.intake.files import read_file, read_path
from maillage.observatory.choices import Aggregation, Level, Secrecy
from maillage.observatory.services.importing import Asked, apply_import, plan_import
from maillage.territories.models import FormerCommune
from maillage.territories.services import load_territories
from tests.factories.accounts import UserFactory
from tests.factories.observatory import IndicatorFactory
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 20)
REFERENCE = Path(settings.ROOT).parent / "shared" / "data" / "reference"


@pytest.fixture
def lille():
    return CommuneFactory(lille=True)


@pytest.fixture
def amiens():
    return CommuneFactory(amiens=True)


def table(text):
    return read_file(text.encode(), name="a.csv")


def planned(text, indicator=None, **asked):
    asked.setdefault("layout", "long")
    return plan_import(
        table(text), indicator=indicator or IndicatorFactory(), asked=Asked(**asked)
    )


def figures(plan):
    return {(one.code, one.period): one.part.value for one in plan.given}


def test_the_long_table_gives_one_figure_a_row(lille, amiens):
    plan = planned(
        "code_territoire;periode;valeur;statut;note\n"
        "59350;2024;1 234,5;provisoire;enquête\n80021;2024;7;;\n59350;2023;nd;;\n"
    )

    assert figures(plan) == {("59350", "2024"): 1234.5, ("80021", "2024"): 7}
    assert [one.part.status for one in plan.given] == ["provisional", "final"]
    assert plan.missing == 1
    assert not plan.problems


def test_a_level_is_told_from_the_code(lille):
    plan = planned("code;periode;valeur\n32;2024;5\n59;2024;4\n200093201;2024;3\n")

    assert [(one.level, one.code) for one in plan.given] == [
        ("department", "59"), ("epci", "200093201"), ("region", "32"),
    ]  # fmt: skip


def test_the_wide_table_of_insee_gives_the_column_that_is_asked_for(lille, amiens):
    plan = planned(
        "CODGEO,LIBGEO,P21_POP,C21_ETUD\n59350,Lille,236710,40000\n80021,Amiens,133625,s\n"
        "75056,Paris,2133111,200000\n",
        layout="wide", column="C21_ETUD", period="2021",
    )  # fmt: skip

    assert figures(plan) == {("59350", "2021"): 40000}
    assert (plan.outside, plan.missing) == (1, 1)


def test_a_rate_takes_its_denominator_from_another_column(lille):
    indicator = IndicatorFactory(
        aggregation=Aggregation.RATE, scale=100, weight_name="hab."
    )
    plan = planned(
        "CODGEO,POP,ETUD\n59350,200,50\n", indicator,
        layout="wide", column="ETUD", denominator="POP", period="2021",
    )  # fmt: skip

    assert figures(plan) == {("59350", "2021"): 25}
    assert plan.given[0].part.denominator == 200


def test_a_code_whose_zero_was_eaten_and_a_commune_that_was_joined_are_found():
    commune = CommuneFactory(insee="02018", name="Anizy-le-Grand", epci=None)
    for old in ("02434", "02301"):
        FormerCommune.objects.create(insee=old, commune=commune, valid_on=TODAY)
    plan = planned("code;periode;valeur\n2018;2015;10\n02434;2015;3\n02301;2015;2\n")

    assert figures(plan) == {("02018", "2015"): 15}
    assert plan.former == [("02301", "02018"), ("02434", "02018")]


def test_the_rates_of_joined_communes_are_put_together_by_their_sums():
    commune = CommuneFactory(insee="02018", epci=None)
    FormerCommune.objects.create(insee="02434", commune=commune, valid_on=TODAY)
    indicator = IndicatorFactory(
        aggregation=Aggregation.RATE, scale=100, weight_name="hab."
    )
    plan = planned(
        "code;periode;numerateur;denominateur\n02018;2015;10;100\n02434;2015;30;100\n",
        indicator,
    )

    assert figures(plan) == {("02018", "2015"): 20}


def test_means_without_weights_are_not_put_together():
    commune = CommuneFactory(insee="02018", epci=None)
    FormerCommune.objects.create(insee="02434", commune=commune, valid_on=TODAY)
    indicator = IndicatorFactory(aggregation=Aggregation.MEAN, weight_name="hab.")
    plan = planned("code;periode;valeur\n02018;2015;10\n02434;2015;30\n", indicator)

    assert plan.given == []
    assert "ne peuvent pas être réunies" in plan.problems[0].message


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("59350;hier;3\n", "n’est pas une période"),
        ("59350;2024;beaucoup\n", "n’est pas un nombre"),
        ("59350;2024;1\n59350;2024;2\n", "déjà à la ligne 2"),
    ],
)
def test_a_line_that_makes_no_sense_is_told_and_stops_the_writing(lille, rows, told):
    plan = planned(f"code;periode;valeur\n{rows}")

    assert told in plan.errors[0].message
    with pytest.raises(Refused) as no:
        apply_import(plan, today=TODAY)
    assert no.value.code == "errors"


def test_a_file_without_the_column_says_which_ones_it_has(lille):
    with pytest.raises(Refused) as no:
        planned("code;valeur\n59350;1\n")
    assert no.value.code == "missing_column"
    assert "code, valeur" in no.value.message


def test_a_file_of_other_regions_gives_nothing(lille):
    plan = planned("code;periode;valeur\n75056;2024;1\n")
    with pytest.raises(Refused) as no:
        apply_import(plan, today=TODAY)
    assert no.value.code == "nothing"


def test_what_the_platform_computes_is_not_imported(lille):
    with pytest.raises(Refused) as no:
        planned(
            "code;periode;valeur\n59350;2024;1\n", IndicatorFactory(computation="lieux")
        )
    assert no.value.code == "computed"


MUSEUMS = (
    "museofile_id,nom,code_insee,annee,total,scolaires\n"
    "M1,A,59350,2022,90000,\nM2,B,59350,2022,4000,100\nM3,C,59350,2022,2000,\n"
    "M4,D,59350,2022,0,\nM5,E,80021,2022,5000,20\nM6,F,80021,2022,,\n"
)


def test_museums_of_a_town_are_its_units_and_undeclared_ones_are_missing(lille, amiens):
    indicator = IndicatorFactory(secrecy=Secrecy.VALUE, zero_if_absent=True)
    plan = planned(MUSEUMS, indicator, layout="museums")

    assert figures(plan) == {("59350", "2022"): 96000, ("80021", "2022"): 5000}
    part = plan.given[0].part
    assert (part.units, round(part.largest, 4)) == (3, 0.9375)
    assert plan.missing == 2
    apply_import(plan, today=TODAY)
    hidden = dict(indicator.observations.values_list("code", "hidden"))
    assert hidden["59350"] == "dominance"  # one museum has 94 % of it
    assert hidden["80021"] == "few"
    assert (
        indicator.observations.get(level="region").shown is None
    )  # so has it of the region


def test_libraries_take_the_period_that_is_typed(lille):
    text = "venue_id,code_insee,nb_entrees\nB1,59350,354792\nB2,59350,\n"
    plan = planned(text, layout="libraries", period="2024")

    assert figures(plan) == {("59350", "2024"): 354792}


def test_the_agency_checks_a_file_then_writes_it(client, lille, amiens):
    indicator = IndicatorFactory(state="draft", name="Étudiants")
    client.force_login(UserFactory(role="agency"))
    url = reverse("observatory:observation_import")
    file = SimpleUploadedFile(
        "a.csv", b"code;periode;valeur\n59350;2024;12\n80021;2024;3\n"
    )
    asked = {"indicator": indicator.code, "layout": "long", "status": "final"}

    told = client.post(url, asked | {"file": file})
    assert told.status_code == 200
    assert not indicator.observations.exists()
    form = told.context["text"]
    client.post(url, asked | {"table_text": form, "apply": "1"})

    assert indicator.observations.get(level="region").value == 15


def test_a_bad_file_keeps_what_was_chosen(client, lille):
    indicator = IndicatorFactory()
    client.force_login(UserFactory(role="agency"))
    file = SimpleUploadedFile("a.csv", b"code;periode;valeur\n59350;2024;beaucoup\n")
    url = reverse("observatory:observation_import")
    told = client.post(
        url,
        {
            "indicator": indicator.code,
            "layout": "long",
            "status": "final",
            "file": file,
        },
    )

    assert told.status_code == 422
    assert "pas un nombre" in told.content.decode()
    assert "apply" not in told.content.decode()


@pytest.fixture
def region():
    load_territories(settings.REGION_DATA)


@pytest.mark.skipif(not REFERENCE.exists(), reason="the reference files are not here")
def test_the_real_attendance_of_museums_is_read_and_kept_safe(region):
    indicator = IndicatorFactory(
        secrecy=Secrecy.VALUE, shown_from=Level.EPCI, zero_if_absent=True
    )
    file = REFERENCE / "museum_attendance.csv"
    with file.open(encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row["annee"] == "2019"]
    told = read_path(file)
    at = told.header.index("annee")
    told.rows = [row for row in told.rows if row.cells[at] == "2019"]
    plan = plan_import(told, indicator=indicator, asked=Asked(layout="museums"))
    assert not plan.errors
    apply_import(plan, today=TODAY)

    declared = [float(row["total"]) for row in rows if row["total"] not in {"", "0"}]
    region_row = indicator.observations.get(level="region")
    assert region_row.value == sum(declared)
    assert region_row.shown == region_row.value
    assert region_row.units == len(declared)
    single = indicator.observations.filter(level="epci", units=1)
    assert single.exists()
    assert not single.filter(hidden="").exists()


@pytest.mark.skipif(not REFERENCE.exists(), reason="the reference files are not here")
def test_the_real_file_of_libraries_is_read(region):
    plan = plan_import(
        read_path(REFERENCE / "libraries.csv"),
        indicator=IndicatorFactory(secrecy=Secrecy.VALUE),
        asked=Asked(layout="libraries", column="nb_actions_culturelles", period="2024"),
    )

    assert not plan.errors
    assert plan.outside == 0
    assert len(plan.given) > 100


@pytest.mark.skipif(not REFERENCE.exists(), reason="the reference files are not here")
def test_a_real_wide_table_of_the_region_is_read(region):
    indicator = IndicatorFactory(aggregation=Aggregation.NONE)
    plan = plan_import(
        read_path(REFERENCE / "communes_zonages.csv"),
        indicator=indicator,
        asked=Asked(layout="wide", column="tuu2017", period="2017"),
    )

    assert plan.territories == 3782
    assert not plan.errors
