import json
import re

import pytest
from django.urls import reverse

from maillage.core.choices import State
from maillage.core.models import Alias
from tests.factories.accounts import UserFactory
from tests.factories.catalogue import AttachmentFactory, ResourceFactory
from tests.factories.directory import MembershipFactory, PlaceFactory, StructureFactory
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db
LIST = reverse("catalogue:resource_list")
COMPARE = reverse("catalogue:resource_compare")


def text(answer):
    return re.sub("[\xa0\u202f]", " ", answer.content.decode())


# The list ---------------------------------------------------------------------


def test_anybody_reads_the_catalogue_with_its_facts_and_its_examples(client):
    ResourceFactory(
        name="Nuages", surface_m2=80, lent=True, is_example=True, listed=True
    )
    ResourceFactory(name="Brouillard", state=State.DRAFT, listed=True)
    page = text(client.get(LIST))
    for words in ("Nuages", "80 m²", "de 80 € à 250 €", "exemple", "Comparer"):
        assert words in page
    assert "Brouillard" not in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("category=kit", {"Malle"}),
        ("power=socket", {"Nuages"}),
        ("level=cycle_3", {"Malle"}),
        ("language=nl", {"Malle"}),
        ("access=tactile", {"Nuages"}),
        ("owner=xplorium", {"Nuages"}),
        ("department=80", {"Malle"}),
        ("theme=physics", {"Nuages", "Malle"}),
        ("q=nuage", {"Nuages"}),
        ("category=film", set()),
    ],
)
def test_filters_narrow_the_list(client, query, found):
    ResourceFactory(
        name="Nuages",
        power="socket",
        access=["tactile"],
        owner=StructureFactory(slug="xplorium"),
        listed=True,
    )
    ResourceFactory(
        name="Malle",
        kind="kit",
        levels=["cycle_3"],
        languages=["nl"],
        commune=CommuneFactory(amiens=True),
        listed=True,
    )
    page = client.get(f"{LIST}?{query}")
    assert {thing.title for thing in page.context["things"]} == found


def test_a_series_shows_the_modules_that_travel(client):
    series = ResourceFactory(name="Pop’up", listed=True)
    ResourceFactory(name="Pop’up 1", parent=series)
    ResourceFactory(name="Pop’up secret", parent=series, state=State.DRAFT)
    page = text(client.get(LIST))
    assert "1 module voyage séparément" in page
    assert "Pop’up secret" not in page


def test_htmx_gets_the_results_alone(client):
    ResourceFactory(name="Nuages", listed=True)
    page = text(client.get(LIST, headers={"HX-Request": "true"}))
    assert "Nuages" in page
    assert "<html" not in page


def test_nothing_found_says_what_to_do(client):
    page = text(client.get(f"{LIST}?q=zzzz"))
    assert "Rien ne correspond" in page


def test_a_commune_that_is_typed_makes_an_address_to_share(client):
    CommuneFactory(amiens=True)
    answer = client.get(f"{LIST}?around=Amiens&km=20")
    assert answer.status_code == 302
    assert "commune=80021" in answer["Location"]


def test_boxes_of_the_address_are_ticked_without_javascript(client):
    ResourceFactory(name="Nuages", slug="nuages", listed=True)
    page = text(client.get(f"{LIST}?r=nuages"))
    assert re.search(r'value="nuages"[^>]*checked', page)


def test_a_resource_that_was_withdrawn_meanwhile_still_has_a_card(client):
    resource = ResourceFactory(name="Nuages", listed=True)
    type(resource).objects.filter(pk=resource.pk).update(state=State.ARCHIVED)
    assert "Nuages" in text(client.get(LIST))


@pytest.mark.parametrize("rows", [1, 5])
def test_the_list_costs_the_same_for_one_or_five(
    client, rows, django_assert_max_num_queries
):
    for _ in range(rows):
        ResourceFactory(parent=None, listed=True)
    client.get(LIST)
    with django_assert_max_num_queries(4):  # version, page, resources, modules
        client.get(LIST)


# The page of one --------------------------------------------------------------


def whole():
    owner = StructureFactory(
        name="Xplorium", email="pret@example.org", phone="03 20 00 00 00"
    )
    resource = ResourceFactory(
        name="Nuages",
        slug="nuages",
        owner=owner,
        sheet=True,
        lent=True,
        summary="Tout sur le temps.",
        description="Un **beau** sujet.\n\n<script>alert(1)</script>",
        levels=["cycle_3"],
        access=["tactile"],
        languages=["fr"],
        year=2021,
        producers=[StructureFactory(name="Nausicaá")],
        listed=True,
    )
    AttachmentFactory(resource=resource, title="Dossier pédagogique")
    AttachmentFactory(resource=resource, kind="picture", title="Le dôme")
    ResourceFactory(name="Nuages 1", parent=resource)
    ResourceFactory(name="Vents", listed=True)
    return resource


def test_the_page_says_what_a_host_must_know(client):
    page = text(client.get(whole().get_absolute_url()))
    for words in (
        "Tout sur le temps.",
        "<strong>beau</strong>",
        "80 m²",
        "2,50 m",
        "prise 230 V, 10/16 A",
        "2 h 30",
        "12 000 €",
        "500 €",
        "de 1 semaine à 2 mois",
        "école maternelle ou élémentaire",
        "éléments à toucher",
        "CM1, CM2, 6e (cycle 3)",
        "Nausicaá",
        "pret@example.org",
        "Dossier pédagogique",
        "Le dôme",
        "Nuages 1",
        "Vents",
        "2021",
    ):
        assert words.lower() in page.lower(), words
    assert "<script>alert" not in page
    assert "Modifier la fiche" not in page


def test_machines_read_the_page_too(client):
    page = text(client.get(whole().get_absolute_url()))
    data = json.loads(re.search(r'ld\+json">(.*?)</script>', page)[1])
    assert data["name"] == "Nuages"
    assert data["@type"] == "CreativeWork"
    assert data["inLanguage"] == ["fr"]
    assert data["provider"]["name"] == "Xplorium"


def test_an_empty_page_offers_nothing_that_is_not_there(client):
    bare = ResourceFactory(themes=[], audiences=[], owner__commune=None)
    page = text(client.get(bare.get_absolute_url()))
    assert "Le propriétaire n’a pas encore donné de contact" in page
    assert "Le propriétaire n’a pas encore rempli la fiche technique" in page
    assert "non renseigné" not in page
    assert "Le tarif n’est pas renseigné" in page
    assert "maillage-minimap lon" not in page
    assert "Sur les mêmes thèmes" not in page


def test_free_for_some_and_nothing_else_makes_a_table(client):
    resource = ResourceFactory(free_for=["ecole"])
    assert "École maternelle ou élémentaire" in text(
        client.get(resource.get_absolute_url())
    )


def test_a_module_names_its_series(client):
    series = ResourceFactory(name="Pop’up")
    module = ResourceFactory(parent=series, commune=CommuneFactory(amiens=True))
    page = text(client.get(module.get_absolute_url()))
    assert "module de" in page
    assert "Rangée à Amiens, Somme" in page


def test_a_draft_is_for_its_people(client):
    member = MembershipFactory()
    draft = ResourceFactory(owner=member.structure, state=State.DRAFT)
    sheet = reverse("catalogue:resource_sheet", args=[draft.slug])
    for user in (None, UserFactory()):
        if user:
            client.force_login(user)
        assert client.get(draft.get_absolute_url()).status_code == 404
        assert client.get(sheet).status_code == 404
    client.force_login(member.user)
    page = text(client.get(draft.get_absolute_url()))
    assert "Modifier la fiche" in page
    assert "Ajouter un module" in page
    assert "ld+json" not in page
    assert client.get(sheet).status_code == 200


def test_an_owner_that_is_not_public_is_named_without_a_link(client):
    owner = StructureFactory(name="Cachée", state=State.DRAFT)
    page = text(client.get(ResourceFactory(owner=owner).get_absolute_url()))
    assert "Cachée" in page
    assert owner.get_absolute_url() not in page.split("</script>")[-1]


def test_an_old_address_leads_to_the_new_one_for_those_who_may(client):
    resource = ResourceFactory(slug="nuages")
    draft = ResourceFactory(state=State.DRAFT)
    Alias.objects.create(kind="resource", slug="nuees", object_id=resource.pk)
    Alias.objects.create(kind="resource", slug="secret", object_id=draft.pk)
    answer = client.get("/ressources/nuees/")
    assert answer.status_code == 301
    assert answer["Location"] == "/ressources/nuages/"
    for slug in ("secret", "rien"):
        assert client.get(f"/ressources/{slug}/").status_code == 404


@pytest.mark.parametrize("modules", [1, 4])
def test_the_page_costs_the_same_for_one_module_or_four(
    client, modules, django_assert_max_num_queries
):
    resource = whole()
    for n in range(modules):
        ResourceFactory(name=f"Module {n}", parent=resource)
        AttachmentFactory(resource=resource)
    client.get(resource.get_absolute_url())
    with django_assert_max_num_queries(
        13
    ):  # eight, three of copies, what happens with it
        client.get(resource.get_absolute_url())


# Does it fit? -----------------------------------------------------------------


def test_one_place_is_checked_line_by_line(client):
    place = PlaceFactory(slug="mediatheque", name="Médiathèque", host_surface_m2=20)
    resource = ResourceFactory(sheet=True)
    page = text(client.get(f"{resource.get_absolute_url()}?place={place.slug}"))
    assert "Pas tel quel à « Médiathèque »" in page
    assert "Il faut 80 m², le lieu n’offre que 20 m²." in page


def test_a_place_that_has_all_is_said_to(client):
    PlaceFactory(slug="salle", host_surface_m2=200)
    resource = ResourceFactory(surface_m2=80)
    assert "a tout ce qu’il faut" in text(
        client.get(f"{resource.get_absolute_url()}?place=salle")
    )


def test_a_sheet_that_says_nothing_has_no_verdict_of_its_own(client):
    PlaceFactory(slug="salle")
    page = text(client.get(f"{ResourceFactory().get_absolute_url()}?place=salle"))
    assert "À vérifier avec" in page
    assert "ne dit encore rien" in page


def test_several_places_are_proposed_and_an_unknown_one_is_said(client):
    PlaceFactory(name="Musée", slug="un")
    PlaceFactory(name="Musée", slug="deux")
    url = ResourceFactory().get_absolute_url()
    page = text(client.get(f"{url}?place=musée"))
    assert "?place=un" in page
    assert "?place=deux" in page
    assert "Aucun lieu ne s’appelle « zzz »" in text(client.get(f"{url}?place=zzz"))


def test_htmx_gets_the_answer_alone(client):
    PlaceFactory(slug="salle", host_surface_m2=200)
    url = f"{ResourceFactory(surface_m2=80).get_absolute_url()}?place=salle"
    page = text(client.get(url, headers={"HX-Request": "true"}))
    assert "a tout ce qu’il faut" in page
    assert "<html" not in page


def test_places_are_suggested_with_their_town(client):
    PlaceFactory(name="Médiathèque Jean-Lévy", listed=True)
    PlaceFactory(name="Médiathèque volante", commune=None, listed=True)
    url = reverse("catalogue:host_suggest")
    labels = [
        r["label"] for r in client.get(url, {"q": "mediatheque"}).json()["results"]
    ]
    assert labels == ["Médiathèque Jean-Lévy (Lille)", "Médiathèque volante"]
    assert client.get(url).json() == {"results": []}


# Paper, comparison ------------------------------------------------------------


def test_the_sheet_is_a_pdf_that_is_not_sent_twice(client):
    resource = ResourceFactory(slug="nuages")
    url = reverse("catalogue:resource_sheet", args=["nuages"])
    answer = client.get(url)
    assert answer["Content-Type"] == "application/pdf"
    assert 'filename="nuages.pdf"' in answer["Content-Disposition"]
    assert answer.content.startswith(b"%PDF")
    again = client.get(url, headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304
    assert resource.slug in url


def test_two_resources_stand_side_by_side_and_differences_are_marked(client):
    ResourceFactory(name="Nuages", slug="a", surface_m2=80, levels=["cycle_3"])
    ResourceFactory(name="Vents", slug="b", surface_m2=20, levels=["cycle_3"])
    answer = client.get(f"{COMPARE}?r=b&r=a&r=b")
    groups = {group.title: group for group in answer.context["groups"]}
    rows = {row.label: row for row in groups["Fiche technique"].rows}
    assert [v.replace("\xa0", " ") for v in rows["Surface"].values] == [
        "20 m²",
        "80 m²",
    ]
    assert rows["Surface"].differs
    levels = [
        row for row in groups["Pour qui"].rows if row.label == "Niveaux scolaires"
    ]
    assert not levels[0].differs
    page = text(answer)
    assert page.index("Vents</a>") < page.index("Nuages</a>")
    assert "(diffère)" in page
    assert "/ressources/comparer/?r=a" in page  # without « Vents »


def test_what_cannot_be_compared_is_left_out_and_said(client):
    ResourceFactory(slug="a")
    ResourceFactory(slug="secret", state=State.DRAFT)
    page = text(client.get(f"{COMPARE}?r=a&r=secret&r=rien"))
    assert "2 ressources n’existent pas ou plus" in page
    page = text(client.get(f"{COMPARE}?r=a&r=rien"))
    assert "1 ressource n’existe pas ou plus" in page


def test_four_are_compared_at_most(client):
    slugs = [ResourceFactory().slug for _ in range(5)]
    answer = client.get(f"{COMPARE}?{'&'.join(f'r={slug}' for slug in slugs)}")
    assert len(answer.context["things"]) == 4
    assert "quatre ressources au plus" in text(answer)


def test_nothing_to_compare_says_how(client):
    assert "Rien à comparer" in text(client.get(COMPARE))


@pytest.mark.parametrize("rows", [1, 4])
def test_a_comparison_costs_the_same_for_one_or_four(
    client, rows, django_assert_max_num_queries
):
    slugs = [ResourceFactory().slug for _ in range(rows)]
    with django_assert_max_num_queries(2):
        client.get(f"{COMPARE}?{'&'.join(f'r={slug}' for slug in slugs)}")


@pytest.mark.parametrize("url", [LIST, COMPARE, reverse("catalogue:host_suggest")])
def test_pages_that_are_read_are_only_read(client, url):
    assert client.post(url).status_code == 405
