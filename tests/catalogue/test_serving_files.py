"""Who gets which file, and as what."""

import datetime as dt
import io

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.base import ContentFile
from django.urls import reverse
from PIL import Image

from maillage.core.choices import State
from maillage.core.services import change
from maillage.core.templatetags.texts import thumb
from maillage.core.uploads import Audience, audience_of, clean_picture
from tests.factories.accounts import UserFactory
from tests.factories.catalogue import AttachmentFactory, ResourceFactory
from tests.factories.directory import MembershipFactory, StructureFactory

pytestmark = pytest.mark.django_db


def a_picture():
    out = io.BytesIO()
    Image.new("RGB", (900, 600), "teal").save(out, "JPEG")
    return clean_picture(out)


def url_of(file):
    return reverse("file", args=[file.name])


@pytest.fixture
def shown():
    structure = StructureFactory()
    structure.picture = a_picture()
    structure.save()
    return structure


def test_the_picture_of_a_public_thing_is_kept_by_browsers_for_ever(client, shown):
    answer = client.get(shown.picture.url)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "immutable" in answer["Cache-Control"]
    assert "public" in answer["Cache-Control"]


def test_a_thumbnail_is_small_and_webp(client, shown):
    answer = client.get(thumb(shown.picture, 400))
    assert answer["Content-Type"] == "image/webp"
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert picture.size == (400, 267)
    assert client.get(thumb(shown.picture, 401)).status_code == 404
    assert thumb("", 400) == ""


def test_a_document_is_downloaded_and_never_shown_as_a_page(client):
    file = AttachmentFactory(file=ContentFile(b"%PDF-1.7", name="dossier.pdf"))
    answer = client.get(url_of(file.file))
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment")
    assert b"".join(answer.streaming_content) == b"%PDF-1.7"
    answer.close()


def test_the_picture_of_a_draft_is_for_its_people_and_not_kept(client):
    member = MembershipFactory()
    draft = ResourceFactory(owner=member.structure, state=State.DRAFT)
    draft.picture = a_picture()
    draft.save()
    assert client.get(draft.picture.url).status_code == 404
    client.force_login(UserFactory())
    assert client.get(draft.picture.url).status_code == 404
    client.force_login(member.user)
    answer = client.get(draft.picture.url)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]


def test_the_files_of_a_draft_are_for_its_people(client):
    member = MembershipFactory()
    draft = ResourceFactory(owner=member.structure, state=State.DRAFT)
    file = AttachmentFactory(resource=draft)
    assert client.get(url_of(file.file)).status_code == 404
    client.force_login(member.user)
    answer = client.get(url_of(file.file))
    assert answer.status_code == 200
    answer.close()


def test_a_picture_that_waits_for_an_answer_is_seen_by_its_author_and_the_agency(shown):
    author = UserFactory()
    new = "images/proposed.jpg"
    change(
        shown,
        values={"picture": new},
        version=shown.version,
        by=author,
        now=dt.datetime(2026, 3, 2, tzinfo=dt.UTC),
    )
    assert audience_of(new, user=author) == Audience.PERSON
    assert audience_of(new, user=UserFactory(agency=True)) == Audience.PERSON
    assert audience_of(new, user=UserFactory()) == Audience.NOBODY
    assert audience_of(new, user=AnonymousUser()) == Audience.NOBODY


@pytest.mark.parametrize(
    "name",
    ["images/absent.jpg", "..%2f..%2fmaillage.sqlite3", "images/400/x.webp", "x"],
)
def test_nothing_else_is_served(client, name):
    assert client.get(f"/fichiers/{name}").status_code == 404


def test_a_file_that_belongs_to_nothing_is_served_to_nobody(client, settings):
    path = settings.MEDIA_ROOT / "images" / "lost.jpg"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x")
    client.force_login(UserFactory(agency=True))
    assert client.get("/fichiers/images/lost.jpg").status_code == 404


def test_files_are_only_read(client, shown):
    assert client.post(shown.picture.url).status_code == 405
