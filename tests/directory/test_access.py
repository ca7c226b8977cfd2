import pytest
from django.core.exceptions import ValidationError

from maillage.directory.acceslibre import from_acceslibre, read_access, to_acceslibre
from maillage.directory.access import answered, check_access, questions, sections
from maillage.directory.models import Place
from tests.factories.directory import PlaceFactory
from tests.factories.territories import CommuneFactory

ANSWERS = {
    "stationnement_pmr": True,
    "entree_plain_pied": False,
    "entree_marches": 0,
    "entree_marches_rampe": "amovible",
    "entree_largeur_mini": 82,
    "accueil_personnels": "non-formés",
    "accueil_equipements_malentendants": ["bim", "lsf"],
    "labels": ["th"],
    "registre_url": "https://example.org/registre.pdf",
}


def test_every_question_is_in_one_section_and_asked_in_two_languages():
    asked = [q for section in sections() for q in section.questions]
    assert len(asked) == len(questions()) == len({q.label_fr for q in asked})
    assert all(q.label_en and q.label_fr for q in asked)
    assert all(bool(q.values) == (q.type in {"choice", "choices"}) for q in asked)


@pytest.mark.parametrize(
    "answers",
    [
        {},
        ANSWERS,
        {"entree_marches": 10_000},
        {"cheminement_ext_pente_degre_difficulte": "légère"},
    ],
)
def test_answers_of_the_schema_are_kept(answers):
    check_access(answers)


@pytest.mark.parametrize(
    "answers",
    [
        [],
        "oui",
        {"entree_bleue": True},
        {"entree_plain_pied": "oui"},
        {"entree_plain_pied": 1},
        {"entree_marches": -1},
        {"entree_marches": 10_001},
        {"entree_marches": True},
        {"entree_marches_rampe": "en bois"},
        {"labels": []},
        {"labels": ["th", "licorne"]},
        {"labels": "th"},
        {"registre_url": "javascript:alert(1)"},
        {"registre_url": f"https://example.org/{'a' * 500}"},
        {"registre_url": 3},
    ],
)
def test_an_answer_outside_the_schema_is_refused(answers):
    with pytest.raises(ValidationError):
        check_access(answers)


def test_answers_are_said_by_section_in_words():
    said = {
        item["question"].name: item["text"]
        for _, items in answered(ANSWERS)
        for item in items
    }
    assert said["stationnement_pmr"] == "oui"
    assert said["entree_plain_pied"] == "non"
    assert said["entree_marches"] == "0"
    assert said["entree_largeur_mini"] == "82 cm"
    assert said["accueil_equipements_malentendants"] == (
        "boucle magnétique fixe, langue des signes française"
    )
    assert [section.label for section, _ in answered({"sanitaires_adaptes": True})] == [
        "Toilettes"
    ]


def test_questions_are_asked_in_the_language_of_the_page(in_english):
    question = questions()["entree_marches_rampe"]
    assert question.label == "Ramp at the entrance"
    assert sections()[0].label == "Getting there and parking"
    assert dict(question.choices)["fixe"] == "fixed"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("street", "number", "way"),
    [
        ("12 bis, rue des Arts", "12 bis", "rue des Arts"),
        ("Place du Forum", None, "Place du Forum"),
        ("", None, None),
    ],
)
def test_a_place_goes_out_to_acceslibre_and_comes_back(street, number, way):
    place = PlaceFactory(
        access=ANSWERS,
        street=street,
        postcode="59000",
        website="https://musee.fr",
        lon=3.06,
        lat=50.63,
    )
    record = to_acceslibre(place)
    assert (record["numero"], record["voie"]) == (number, way)
    assert record["code_insee"] == "59350"
    assert record["entree_ascenseur"] is None

    back = from_acceslibre(record)
    assert back == {
        "name": place.name,
        "street": street.replace(",", ""),
        "postcode": "59000",
        "insee": "59350",
        "website": "https://musee.fr",
        "lon": 3.06,
        "lat": 50.63,
        "access": ANSWERS,
    }
    Place(name="a", slug="a", kind="museum", access=back["access"]).full_clean()


@pytest.mark.django_db
def test_a_place_without_commune_has_an_empty_address_there():
    record = to_acceslibre(PlaceFactory(commune=None))
    assert record["commune"] == record["postal_code"] == ""
    assert record["longitude"] is record["code_insee"] is None


@pytest.mark.django_db
def test_a_place_without_a_position_of_its_own_has_that_of_its_commune():
    lille = CommuneFactory(lille=True)
    assert to_acceslibre(PlaceFactory(commune=lille))["longitude"] == lille.lon


def test_the_text_of_the_open_file_becomes_typed_answers():
    row = {
        "name": "Musée",
        "longitude": "3,06",
        "latitude": "",
        "entree_plain_pied": "True",
        "sanitaires_presence": "0",
        "entree_largeur_mini": "90",
        "accueil_equipements_malentendants": "['bim', 'lsf']",
        "labels": '["th"]',
        "entree_dispositif_appel_type": "bouton, interphone",
        "accueil_personnels": "formés",
        "entree_marches": "",
        "accueil_chambre_nombre_accessibles": "4",
    }
    found = from_acceslibre(row)
    assert (found["lon"], found["lat"]) == (3.06, None)
    assert found["access"] == {
        "entree_plain_pied": True,
        "sanitaires_presence": False,
        "entree_largeur_mini": 90,
        "accueil_equipements_malentendants": ["bim", "lsf"],
        "labels": ["th"],
        "entree_dispositif_appel_type": ["bouton", "interphone"],
        "accueil_personnels": "formés",
    }


@pytest.mark.parametrize(
    "record",
    [
        {"entree_plain_pied": "peut-être"},
        {"entree_marches": "beaucoup"},
        {"entree_marches": "9" * 40},
        {"labels": "[th"},
        {"longitude": "à l’est"},
    ],
)
def test_a_record_that_the_schema_does_not_allow_is_refused(record):
    with pytest.raises(ValidationError):
        read_access(record) if "longitude" not in record else from_acceslibre(record)
