import datetime as dt
import io
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils import translation
from PIL import Image
from pypdf import PdfReader, PdfWriter

from maillage.catalogue import services
from maillage.catalogue.models import Attachment
from maillage.catalogue.services import (
    attach,
    cut,
    detach,
    hosts_named,
    print_sheet,
    same_title,
)
from maillage.core.choices import State
from maillage.core.errors import Refused
from maillage.core.uploads import clean_picture
from maillage.directory.models import Structure
from tests.factories.accounts import UserFactory
from tests.factories.catalogue import AttachmentFactory, ResourceFactory
from tests.factories.directory import MembershipFactory, PlaceFactory, StructureFactory
from tests.factories.territories import CommuneFactory

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)


def a_picture():
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "teal").save(out, "PNG")
    return ContentFile(out.getvalue(), name="vacances <3.png")


def a_pdf():
    out = io.BytesIO()
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.write(out)
    return ContentFile(out.getvalue(), name="notice.pdf")


def add(resource, by, kind="picture", file=None):
    file = file or a_picture()
    return attach(
        resource, kind=kind, file=file, title="Le dôme", credit="", by=by, now=NOW
    )


@pytest.fixture
def member():
    return MembershipFactory()


@pytest.fixture
def resource(member):
    return ResourceFactory(owner=member.structure)


def test_a_member_adds_a_picture_and_a_document_under_safe_names(resource, member):
    picture = add(resource, member.user)
    document = add(resource, member.user, kind="document", file=a_pdf())
    assert picture.file.name.startswith("images/")
    assert document.file.name.startswith("documents/")
    assert "vacances" not in picture.file.name
    assert document.size == document.file.size
    assert picture.added_by == member.user
    assert str(picture) == "Le dôme"


def test_a_stranger_adds_nothing(resource):
    with pytest.raises(Refused) as no:
        add(resource, UserFactory())
    assert no.value.code == "forbidden"
    assert not Attachment.objects.exists()


def test_a_file_that_is_not_what_it_says_is_refused(resource, member):
    with pytest.raises(ValidationError):
        add(resource, member.user, kind="document", file=a_picture())
    assert not Attachment.objects.exists()


def test_there_is_an_end_to_the_files_of_a_resource(resource, member, monkeypatch):
    monkeypatch.setattr(services, "MOST_ATTACHMENTS", 1)
    add(resource, member.user)
    with pytest.raises(Refused) as no:
        add(resource, member.user)
    assert no.value.code == "too_many"


def test_a_file_that_is_taken_away_leaves_the_disk(
    resource, member, django_capture_on_commit_callbacks
):
    picture = add(resource, member.user)
    path = Path(picture.file.path)
    assert path.exists()
    with django_capture_on_commit_callbacks(execute=True):
        detach(picture, by=member.user)
    assert not path.exists()
    assert not Attachment.objects.exists()


def test_a_stranger_takes_nothing_away(resource):
    file = AttachmentFactory(resource=resource)
    with pytest.raises(Refused) as no:
        detach(file, by=UserFactory())
    assert no.value.code == "forbidden"
    assert Attachment.objects.filter(pk=file.pk).exists()


def test_the_same_title_is_found_whatever_its_accents_and_only_at_one_owner():
    first = ResourceFactory(name="L’Été des étoiles")
    ResourceFactory(name="L’Été des étoiles")  # another owner
    assert same_title("l'ete des ETOILES", owner=first.owner) == [first]
    assert same_title("L’été des étoiles", owner=first.owner, but=first) == []
    assert same_title("L’hiver", owner=first.owner) == []


def test_a_host_is_meant_by_its_address_its_name_or_its_town():
    lille = PlaceFactory(name="Musée de la mine", slug="musee-mine", listed=True)
    amiens = PlaceFactory(
        name="Musée de la mine", commune=CommuneFactory(amiens=True), listed=True
    )
    assert hosts_named("musee-mine") == [lille]
    assert hosts_named("musée de la mine") == [lille, amiens]
    assert hosts_named("Musée de la mine (Amiens)") == [amiens]
    assert hosts_named("mines") == [lille, amiens]
    assert hosts_named("zzz") == []
    assert hosts_named("") == []


def test_a_place_that_is_not_published_hosts_nothing():
    PlaceFactory(slug="brouillon", state=State.DRAFT)
    assert hosts_named("brouillon") == []


LONG = "Une phrase qui décrit longuement cette exposition, avec des détails. " * 200


def text_of(pdf):
    pages = PdfReader(io.BytesIO(pdf)).pages
    assert len(pages) == 1
    return " ".join(pages[0].extract_text().split())


def test_the_sheet_says_it_all_on_one_page():
    resource = ResourceFactory(
        name="Nuages",
        sheet=True,
        lent=True,
        is_example=True,
        summary="Tout sur le temps.",
        description="Un *premier* paragraphe.\n\nUn second.",
        producers=[StructureFactory(name="Xplorium")],
    )
    text = text_of(print_sheet(resource))
    for words in ("Nuages", "80 m²", "exemple", "Un premier paragraphe.", "Xplorium"):
        assert words in text
    assert resource.owner.name in text


def test_text_in_the_language_of_typst_is_text():
    evil = '#panic("x") $a$ *b* @c <d> \\ ] } "'
    resource = ResourceFactory(name=evil, summary=evil, fee_note=evil)
    text = text_of(print_sheet(resource))
    assert '#panic("x")' in text


def test_a_long_description_is_cut_so_that_the_sheet_has_one_page():
    text = text_of(
        print_sheet(ResourceFactory(sheet=True, lent=True, description=LONG))
    )
    assert "…" in text


def test_the_longest_facts_still_make_one_page():
    fees = [
        {"borrower": "tous", "days": days, "cents": 10_000_000_00}
        for days in range(1, 9)
    ]
    resource = ResourceFactory(
        name="M" * 200,
        summary="W" * 400,
        fee_note="W " * 150,
        booking_contact="w" * 200,
        largest_crate="4444 × 4444 × 4444",
        audiences=[*map(str, range(60))],
        themes=["thème très long " * 3] * 60,
        levels=["niveau"] * 90,
        description=LONG,
        fees=fees,
        sheet=True,
        producers=StructureFactory.create_batch(4, name="P" * 200),
    )
    assert text_of(print_sheet(resource))


def test_letters_that_no_font_has_do_not_stop_the_sheet():
    assert text_of(print_sheet(ResourceFactory(name="مرحبا 🦕 étoile")))


def test_the_sheet_is_tagged_and_has_a_title_for_screen_readers():
    reader = PdfReader(io.BytesIO(print_sheet(ResourceFactory(name="Nuages"))))
    assert reader.metadata.title == "Nuages"
    assert reader.root_object["/Lang"] == "fr"
    assert reader.root_object["/MarkInfo"]["/Marked"]


def test_the_sheet_is_set_once_until_something_on_it_changes(monkeypatch):
    resource = ResourceFactory()
    first = print_sheet(resource)
    sets = []
    compose = services.set_pages
    monkeypatch.setattr(
        services, "set_pages", lambda *a, **k: sets.append(1) or compose(*a, **k)
    )
    assert print_sheet(resource) == first
    assert not sets
    Structure.objects.filter(pk=resource.owner.pk).update(phone="03 20 00 00 00")
    resource.owner.refresh_from_db()
    assert "03 20 00 00 00" in text_of(print_sheet(resource))
    assert sets


def test_the_sheet_of_each_language_is_kept_apart():
    resource = ResourceFactory(sheet=True)
    french = print_sheet(resource)
    with translation.override("en"):
        print_sheet(resource)
    assert print_sheet(resource) == french


def test_the_sheet_shows_the_picture():
    with_picture = ResourceFactory()
    with_picture.picture = clean_picture(a_picture())
    with_picture.picture_alt = "Un carré"
    with_picture.save()
    page = PdfReader(io.BytesIO(print_sheet(with_picture))).pages[0]
    assert page.images
    lost = ResourceFactory(picture="images/lost.jpg")
    assert text_of(print_sheet(lost))


def test_a_text_is_cut_at_a_word():
    assert cut("un deux trois", 100) == ["un deux trois"]
    assert cut("un deux trois", 9) == ["un deux…"]
    assert cut("un\ndeux, trois", 8) == ["un…"]
