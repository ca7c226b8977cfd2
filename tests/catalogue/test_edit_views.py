import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from maillage.catalogue.models import Attachment, Resource
from maillage.core.choices import State
from maillage.core.models import Proposal
from tests.factories.accounts import UserFactory
from tests.factories.catalogue import AttachmentFactory, ResourceFactory
from tests.factories.directory import MembershipFactory

pytestmark = pytest.mark.django_db
NEW = reverse("catalogue:resource_new")


def text(answer):
    return answer.content.decode().replace("\xa0", " ")


@pytest.fixture
def member(client):
    membership = MembershipFactory()
    client.force_login(membership.user)
    return membership


def answers(resource=None, **more):
    found = {"name": "Nuages", "kind": "exhibition", "version": 1}
    if resource:
        found |= {
            "name": resource.name,
            "owner": resource.owner_id,
            "version": resource.version,
            "themes": resource.themes,
            "audiences": resource.audiences,
        }
    return found | more


def edit_url(resource):
    return reverse("catalogue:resource_edit", args=[resource.slug])


def test_a_stranger_is_asked_to_sign_in(client):
    for url in (NEW, edit_url(ResourceFactory())):
        answer = client.get(url)
        assert answer.status_code == 302
        assert "/compte/" in answer["Location"]


def test_htmx_opens_the_sign_in_page_as_a_whole_page(client):
    assert "HX-Redirect" in client.get(NEW, headers={"HX-Request": "true"})


def test_who_has_no_structure_is_told_how_to_get_one(client):
    client.force_login(UserFactory())
    page = text(client.get(NEW))
    assert "Chercher ma structure" in page
    assert "<input id=" not in page.split("<main")[1]
    assert "Chercher ma structure" in text(client.post(NEW, answers()))
    assert not Resource.objects.exists()


def test_a_member_proposes_a_resource_and_the_agency_is_asked(client, member):
    assert client.get(NEW).status_code == 200
    answer = client.post(NEW, answers(owner=member.structure.pk, note="Neuve"))
    resource = Resource.objects.get()
    assert answer["Location"] == resource.get_absolute_url()
    assert resource.state == State.PROPOSED
    assert Proposal.objects.get().note == "Neuve"


def test_what_the_agency_writes_is_published_at_once(client, member):
    client.force_login(UserFactory(agency=True))
    client.post(
        NEW, answers(owner=member.structure.pk, producers=member.structure.name)
    )
    resource = Resource.objects.get()
    assert resource.is_public
    assert list(resource.producers.all()) == [member.structure]


def test_sent_twice_it_is_one(client, member):
    for _ in range(2):
        client.post(NEW, answers(owner=member.structure.pk, confirm="on"))
    assert Resource.objects.count() == 1


def test_a_mistake_keeps_all_that_was_typed(client, member):
    answer = client.post(
        NEW, answers(owner=member.structure.pk, name="", summary="<b>Ciel</b> & terre")
    )
    assert answer.status_code == 422
    page = text(answer)
    assert "&lt;b&gt;Ciel&lt;/b&gt; &amp; terre" in page
    assert 'href="#id_name"' in page
    assert not Resource.objects.exists()


def test_a_title_that_the_owner_has_already_is_pointed_out(client, member):
    ResourceFactory(name="NUAGES", owner=member.structure)
    data = answers(owner=member.structure.pk)
    answer = client.post(NEW, data)
    assert answer.status_code == 422
    assert "déjà une ressource de ce nom" in text(answer)
    assert Resource.objects.count() == 1
    client.post(NEW, data | {"confirm": "on"})
    assert Resource.objects.count() == 2


def test_a_megabyte_of_text_is_a_mistake_and_not_an_accident(client, member):
    answer = client.post(
        NEW, answers(owner=member.structure.pk, description="x" * 1_000_000)
    )
    assert answer.status_code == 422


def test_a_module_has_the_owner_of_its_series_and_names_it(client, member):
    series = ResourceFactory(owner=member.structure, levels=["cycle_3"])
    url = f"{NEW}?parent={series.slug}"
    page = text(client.get(url))
    assert series.name in page
    client.post(url, answers(owner=member.structure.pk, name="Pop’up 1"))
    assert Resource.objects.get(name="Pop’up 1").parent == series


def test_nobody_adds_a_module_to_what_is_not_theirs_nor_to_a_module(client, member):
    other = ResourceFactory()
    module = ResourceFactory(parent=other, owner=member.structure)
    for parent in (other, module):
        assert client.get(f"{NEW}?parent={parent.slug}").status_code == 404
    assert client.get(f"{NEW}?parent=rien").status_code == 404


def test_a_member_changes_their_resource_at_once(client, member):
    resource = ResourceFactory(owner=member.structure)
    page = text(client.get(edit_url(resource)))
    assert "visibles aussitôt" in page
    answer = client.post(edit_url(resource), answers(resource, surface_m2=90))
    assert answer.status_code == 302
    resource.refresh_from_db()
    assert resource.surface_m2 == 90
    assert resource.version == 2
    assert resource.themes == ["physics"]


def test_a_new_name_gives_a_new_address_and_the_old_one_leads_there(client, member):
    resource = ResourceFactory(owner=member.structure)
    old = resource.get_absolute_url()
    answer = client.post(edit_url(resource), answers(resource, name="Nuages d’été"))
    assert answer["Location"] == "/ressources/nuages-dete/"
    moved = client.get(old)
    assert moved.status_code == 301
    assert moved["Location"] == "/ressources/nuages-dete/"


def test_the_wrong_person_s_change_waits_for_the_agency(client):
    resource = ResourceFactory()
    client.force_login(UserFactory())
    client.post(edit_url(resource), answers(resource, surface_m2=90))
    resource.refresh_from_db()
    assert resource.surface_m2 is None
    assert Proposal.objects.get().after == {"surface_m2": 90}


def test_the_wrong_person_does_not_see_a_draft(client):
    client.force_login(UserFactory())
    draft = ResourceFactory(state=State.DRAFT)
    assert client.get(edit_url(draft)).status_code == 404


def test_nothing_changed_is_said(client, member):
    resource = ResourceFactory(owner=member.structure)
    answer = client.post(edit_url(resource), answers(resource))
    assert answer.status_code == 422
    assert "Rien n’a changé" in text(answer)


def test_who_was_slower_sees_what_changed_and_keeps_what_they_typed(client, member):
    resource = ResourceFactory(owner=member.structure, summary="Avant", lent=True)
    seen = answers(resource, summary="La mienne", weight_kg=10)
    client.post(edit_url(resource), answers(resource, summary="La vôtre", surface_m2=5))
    answer = client.post(edit_url(resource), seen)
    assert answer.status_code == 422
    page = text(answer)
    assert "La vôtre" in page
    assert "La mienne" in page
    form = answer.context["form"]
    assert form["version"].value() == "2"
    assert form["surface_m2"].value() == "5"
    assert form["weight_kg"].value() == "10"
    again = {
        name: form[name].value() for name in ("summary", "surface_m2", "weight_kg")
    }
    client.post(edit_url(resource), answers(resource) | again | {"version": 2})
    resource.refresh_from_db()
    assert (resource.summary, resource.surface_m2, resource.weight_kg) == (
        "La mienne",
        5,
        10,
    )


def test_a_scale_that_somebody_else_wrote_meanwhile_is_taken_over(client, member):
    resource = ResourceFactory(owner=member.structure, summary="Avant")
    blank = {"fees-borrower": "", "fees-days": "", "fees-euros": ""}
    seen = answers(resource, summary="La mienne", **blank)
    fees = {"fees-borrower": "tous", "fees-days": "7", "fees-euros": "80"}
    client.post(edit_url(resource), answers(resource, summary="La vôtre", **fees))
    answer = client.post(edit_url(resource), seen)
    assert answer.status_code == 422
    assert 'value="80"' in str(answer.context["form"]["fees"])


def a_picture(name="photo.jpg"):
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "teal").save(out, "JPEG")
    return SimpleUploadedFile(name, out.getvalue(), "image/jpeg")


def test_a_picture_of_the_form_is_cleaned_and_described(client, member):
    resource = ResourceFactory(owner=member.structure)
    data = answers(resource, picture=a_picture("../../etc/passwd"))
    assert client.post(edit_url(resource), data).status_code == 422
    data |= {"picture": a_picture("../../etc/passwd"), "picture_alt": "Un nuage"}
    assert client.post(edit_url(resource), data).status_code == 302
    resource.refresh_from_db()
    assert resource.picture.name.startswith("images/")
    assert "passwd" not in resource.picture.name


def files_url(resource):
    return reverse("catalogue:attachment_list", args=[resource.slug])


def test_a_member_adds_and_takes_away_a_file(client, member):
    resource = ResourceFactory(owner=member.structure)
    url = files_url(resource)
    assert "pas encore" in text(client.get(url))
    data = {"kind": "picture", "title": "Le dôme", "file": a_picture()}
    assert client.post(url, data)["Location"] == url
    file = Attachment.objects.get()
    assert "Le dôme" in text(client.get(url))
    away = reverse("catalogue:attachment_delete", args=[resource.slug, file.pk])
    assert "Retirer « Le dôme »" in text(client.get(away))
    assert Attachment.objects.exists()
    assert client.post(away)["Location"] == url
    assert not Attachment.objects.exists()


def test_a_file_that_is_refused_says_why(client, member, monkeypatch):
    resource = ResourceFactory(owner=member.structure)
    data = {"kind": "document", "title": "Notice"}
    wrong = client.post(files_url(resource), data | {"file": a_picture()})
    assert wrong.status_code == 422
    assert "n’est pas un PDF" in text(wrong)
    assert 'value="Notice"' in text(wrong)
    assert client.post(files_url(resource), {"title": ""}).status_code == 422
    monkeypatch.setattr("maillage.catalogue.services.MOST_ATTACHMENTS", 0)
    data |= {"kind": "picture", "file": a_picture()}
    assert "au plus" in text(client.post(files_url(resource), data))


def test_the_wrong_person_has_no_way_to_the_files(client):
    file = AttachmentFactory()
    client.force_login(UserFactory())
    away = reverse("catalogue:attachment_delete", args=[file.resource.slug, file.pk])
    for url in (files_url(file.resource), away):
        assert client.get(url).status_code == 404
        assert client.post(url).status_code == 404
    assert Attachment.objects.exists()


def test_a_file_of_another_resource_cannot_be_named(client, member):
    mine = ResourceFactory(owner=member.structure)
    other = AttachmentFactory()
    away = reverse("catalogue:attachment_delete", args=[mine.slug, other.pk])
    assert client.post(away).status_code == 404
    assert Attachment.objects.exists()


@pytest.mark.parametrize("structures", [1, 3])
def test_the_form_costs_the_same_for_one_structure_or_three(
    client, member, structures, django_assert_max_num_queries
):
    for _ in range(structures - 1):
        MembershipFactory(user=member.user)
    with django_assert_max_num_queries(9):
        client.get(NEW)
