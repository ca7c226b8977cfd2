import pytest

from maillage.core.entries import refresh_entries
from maillage.core.listing import Query, find
from maillage.core.search import suggest
from tests.factories.directory import PlaceFactory, StructureFactory
from tests.factories.entries import EntryFactory

pytestmark = pytest.mark.django_db


def found(text, **query):
    return [entry.name for entry in find(Query(text=text, **query)).page(1)]


@pytest.fixture
def region():
    for name, body in (
        ("Médiathèque du Château", "Livres et jeux"),
        ("Planétarium de Lille", "Le ciel et l’astronomie"),
        ("Musée d’histoire naturelle", "Oiseaux et fossiles"),
        ("Musée d’art et d’histoire", "Peintures"),
        ("Les Coquilles", "Exposition sur les mollusques"),
        ("Pop’up 2 – Paléontologie", "Module dépliable, astronomie"),
        ("L’espace en bulles", "Bande dessinée"),
        ("Fête de l’été", "Dans le parc"),
        ("Œuvres de cœur", "Le son et la lumière"),
    ):
        EntryFactory(name=name, body=body)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("mediatheque", "Médiathèque du Château"),
        ("médiathèques", "Médiathèque du Château"),
        ("MEDIATHEQUE", "Médiathèque du Château"),
        ("planetariums", "Planétarium de Lille"),
        ("planétar", "Planétarium de Lille"),
        ("l'espace", "L’espace en bulles"),
        ("l’espace", "L’espace en bulles"),
        ("espaces", "L’espace en bulles"),
        ("musee d'histoire naturelle", "Musée d’histoire naturelle"),
        ("histoire naturelle musée", "Musée d’histoire naturelle"),
        ("pop up", "Pop’up 2 – Paléontologie"),
        ("pop-up", "Pop’up 2 – Paléontologie"),
        ("popup", "Pop’up 2 – Paléontologie"),
        ("Pop'up 2", "Pop’up 2 – Paléontologie"),
        ("coquille", "Les Coquilles"),
        ("oeuvre", "Œuvres de cœur"),
        ("cœurs", "Œuvres de cœur"),
        ("été", "Fête de l’été"),
        ("mollusque", "Les Coquilles"),
    ],
)
def test_words_are_found_however_they_are_written(region, text, name):
    assert found(text)[0] == name


@pytest.mark.parametrize(
    ("typed", "name", "understood"),
    [
        ("planetarum", "Planétarium de Lille", "planétarium"),
        ("mediateque", "Médiathèque du Château", "médiathèque"),
        ("coqille", "Les Coquilles", "coquilles"),
        ("musée d'histiore naturelle", "Musée d’histoire naturelle", None),
    ],
)
def test_a_typing_error_is_mended_and_said(region, typed, name, understood):
    listing = find(Query(text=typed))

    assert listing.page(1)[0].name == name
    assert listing.correction == (understood or "musée d'histoire naturelle")


def test_a_word_of_the_themes_is_mended_to_what_people_write(region):
    listing = find(Query(text="astronmie"))

    assert listing.correction == "astronomie"
    assert listing.total == 2


def test_a_word_that_is_known_is_left_alone(region):
    assert find(Query(text="astronomie")).correction == ""


@pytest.mark.parametrize("text", ["xyzzy", "qqqqqqqq", "12345678", "lé"])
def test_nonsense_finds_nothing(region, text):
    listing = find(Query(text=text))

    assert (listing.total, listing.correction) == (0, "")


def test_every_word_counts_while_something_has_them_all(region):
    assert found("musée art") == ["Musée d’art et d’histoire"]


def test_some_words_are_enough_when_nothing_has_them_all(region):
    assert sorted(found("musée mollusques")) == [
        "Les Coquilles",
        "Musée d’art et d’histoire",
        "Musée d’histoire naturelle",
    ]


def test_words_that_every_text_has_do_not_count(region):
    assert found("le planétarium de la Lille") == ["Planétarium de Lille"]


def test_a_name_stands_before_a_mention_and_a_word_before_a_beginning():
    EntryFactory(name="Récit", body="On y passe un pont")
    EntryFactory(name="Ponton", body="")
    EntryFactory(name="Un pont parmi nous", body="")
    EntryFactory(name="Pont", body="")

    assert found("pont") == ["Pont", "Un pont parmi nous", "Ponton", "Récit"]


def test_what_is_verified_stands_before_what_is_not_then_the_alphabet():
    EntryFactory(name="Abeille brune", is_verified=False)
    EntryFactory(name="Abeille noire")
    EntryFactory(name="Abeille dorée")

    assert found("abeille") == ["Abeille dorée", "Abeille noire", "Abeille brune"]


def test_words_are_sought_inside_what_is_filtered(region):
    EntryFactory(name="Malle d’astronomie", resource=True)

    assert found("astronomie", kinds=("resource",)) == ["Malle d’astronomie"]
    assert found("musée astronomie", kinds=("resource",)) == ["Malle d’astronomie"]


def test_a_new_thing_is_found_at_once_and_an_old_name_no_longer():
    place = PlaceFactory(name="Musée du lin", listed=True)
    assert found("lin") == ["Musée du lin"]

    place.name = "Musée du chanvre"
    place.save()
    refresh_entries([place])

    assert found("lin") == []
    assert found("chanvre") == ["Musée du chanvre"]


def test_what_surrounds_a_thing_finds_it_too():
    structure = StructureFactory(name="Le Forum")
    PlaceFactory(name="Salle 3", structure=structure, listed=True)

    assert found("forum") == ["Salle 3"]
    assert found("lille") == ["Salle 3"]
    assert found("physique") == ["Salle 3"]


@pytest.mark.parametrize(
    "text",
    ["", "   ", "'", "’’’", "%", '"*(', "🦊", "\u202eabc", "a" * 5000, "le", "- -"],
)
def test_any_text_is_a_search(region, text):
    find(Query(text=text)).page(1)
    suggest(text)


def test_a_query_of_nothing_but_small_words_looks_for_them():
    EntryFactory(name="Le son")

    assert found("son") == ["Le son"]


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("p", "Planétarium de Lille"),
        ("plane", "Planétarium de Lille"),
        ("PLANÉ", "Planétarium de Lille"),
        ("lil", "Planétarium de Lille"),
        ("lille pla", "Planétarium de Lille"),
        ("plantéarium", "Planétarium de Lille"),
        ("plenéta", "Planétarium de Lille"),
        ("l'esp", "L’espace en bulles"),
        ("mediat", "Médiathèque du Château"),
        ("cœu", "Œuvres de cœur"),
    ],
)
def test_names_are_suggested_from_their_first_letters(region, typed, name):
    assert name in [suggestion.text for suggestion in suggest(typed)]


def test_names_that_begin_so_are_suggested_first():
    EntryFactory(name="Maison de la mer")
    EntryFactory(name="Mer et marins")

    assert [s.text for s in suggest("mer")] == ["Mer et marins", "Maison de la mer"]


def test_suggestions_are_few_and_say_what_they_are(django_assert_num_queries):
    EntryFactory.create_batch(20, commune_name="Amiens")
    suggest("musée")

    with django_assert_num_queries(2):
        suggestions = suggest("musée", limit=5)

    assert len(suggestions) == 5
    assert {(s.kind, s.detail) for s in suggestions} == {
        ("place", "musée d’art, d’histoire ou de société, Amiens")
    }
    assert all(s.url for s in suggestions)


@pytest.fixture
def backend(settings):
    """The database's own full text, as OpenSearch would be asked."""
    settings.SEARCH_ENGINE = "database"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("mediatheques", ["Médiathèque du lin"]),
        ("musée lin", ["Musée du lin"]),
        ("musee", ["Musée de la mer", "Musée du lin"]),
        ("mussée", ["Musée de la mer", "Musée du lin"]),
        ("musée zzzz", ["Musée de la mer", "Musée du lin"]),
        ("navires", ["Musée de la mer"]),
        ("xyzzy", []),
    ],
)
def test_a_search_backend_finds_the_same_words(backend, text, names):
    PlaceFactory(name="Musée du lin", listed=True)
    PlaceFactory(name="Musée de la mer", summary="Un navire", listed=True)
    PlaceFactory(name="Médiathèque du lin", kind="library", listed=True)

    assert sorted(found(text)) == names


def test_a_search_backend_forgets_what_is_withdrawn(backend):
    place = PlaceFactory(name="Musée du lin", listed=True)
    assert found("lin") == ["Musée du lin"]

    place.state = "archived"
    place.save()
    refresh_entries([place])

    assert found("lin") == []
