"""Files of a project: what comes in, who reads it, what stays of it."""

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from pypdf import PdfWriter

from maillage.core.errors import Refused
from maillage.studio.models import FileVersion, Partner, ProjectFile
from maillage.studio.services.project_files import add_file, drop_file, path_of
from tests.factories.accounts import UserFactory
from tests.factories.directory import MembershipFactory
from tests.factories.studio import PartnerFactory, ProjectFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def pdf(name="plan.pdf", pages=1):
    writer, out = PdfWriter(), io.BytesIO()
    for _page in range(pages):
        writer.add_blank_page(100, 100)
    writer.write(out)
    return SimpleUploadedFile(name, out.getvalue(), "application/pdf")


def picture():
    out = io.BytesIO()
    Image.new("RGB", (20, 20), "teal").save(out, "PNG")
    return SimpleUploadedFile("croquis.png", out.getvalue(), "image/png")


def macros():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/vbaProject.bin", b"x")
    return SimpleUploadedFile("note.docm", out.getvalue())


def add(project, file=None, *, title="Plan", by=None, to=None):
    return add_file(
        project, title=title, file=file or pdf(), by=by or UserFactory(),
        now=timezone.now(), to=to,
    )  # fmt: skip


def opened(client, version):
    """The answer for a file, read to its end."""
    answer = client.get(version.get_absolute_url())
    if answer.streaming:
        assert b"".join(answer.streaming_content)
    return answer


def refusal(action):
    with pytest.raises(Refused) as no:
        action()
    return no.value


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (SimpleUploadedFile("rien.pdf", b""), "vide"),
        (SimpleUploadedFile("virus.pdf", b"MZ\x90"), "ni un PDF ni une image"),
        (SimpleUploadedFile("abime.pdf", b"%PDF-1.4 abc"), "abîmé"),
        (macros(), "enregistrez-le au format PDF"),
    ],
)
def test_what_is_no_sound_file_is_refused_with_words(file, said):
    no = refusal(lambda: add(ProjectFactory(), file))
    assert no.code == "file"
    assert said in no.message
    assert not ProjectFile.objects.exists()


def test_a_file_that_is_too_large_is_refused(monkeypatch):
    monkeypatch.setattr("maillage.core.uploads.DOCUMENT_BYTES", 100)
    assert refusal(lambda: add(ProjectFactory())).code == "file"


def test_versions_follow_each_other_and_the_same_bytes_are_one():
    project = ProjectFactory()
    first = add(project)
    assert add(project) == first
    assert refusal(lambda: add(project, pdf(pages=2))).code == "title"
    second = add(project, pdf(pages=2), to=first.file)
    assert add(project, pdf(pages=2), to=first.file) == second
    first.refresh_from_db()

    assert (first.number, first.is_last) == (1, False)
    assert (second.number, second.is_last) == (2, True)
    assert project.journal.count() == 2


def test_a_picture_is_told_by_its_content():
    assert add(ProjectFactory(), picture()).name == "croquis.jpg"


def test_partners_read_files_and_strangers_find_nothing(client):
    project = ProjectFactory(open=True)
    version = add(project)
    partner = MembershipFactory(structure=PartnerFactory(project=project).structure)
    Partner.objects.update(agreed_at=timezone.now())
    for user, status in (
        (None, 404),
        (MembershipFactory().user, 404),
        (partner.user, 200),
        (UserFactory(agency=True), 200),
    ):
        client.logout()
        if user:
            client.force_login(user)
        answer = opened(client, version)
        assert answer.status_code == status
    assert answer["Content-Disposition"] == 'attachment; filename="plan.pdf"'
    assert "no-store" in answer["Cache-Control"]


def test_a_public_file_gives_its_last_version_while_the_page_is_open(client):
    project = ProjectFactory(open=True)
    first = add(project)
    last = add(project, pdf(pages=2), to=first.file)
    lead = MembershipFactory(structure=project.lead).user
    public = reverse("studio:project_file_audience", args=[project.pk, first.file_id])
    client.force_login(lead)
    assert client.post(public, {"audience": "public"}).status_code == 302
    client.logout()

    assert opened(client, last).status_code == 200
    assert opened(client, first).status_code == 404
    work = reverse("studio:work_detail", args=[project.pk])
    assert last.get_absolute_url() in client.get(work).content.decode()
    Partner.objects.update(agreed_at=None)
    assert opened(client, last).status_code == 404


def test_nothing_of_a_project_leaves_by_the_folder_of_files(client):
    version = add(ProjectFactory(open=True))
    client.force_login(UserFactory(agency=True))
    assert client.get(f"/fichiers/{version.stored}").status_code == 404


def test_a_file_is_taken_away_with_a_trace(django_capture_on_commit_callbacks):
    project = ProjectFactory()
    author, partner = (
        MembershipFactory(structure=PartnerFactory(project=project).structure).user
        for _person in range(2)
    )
    version = add(project, by=author)
    path, now = path_of(version), timezone.now()
    assert path.is_file()
    no = refusal(lambda: drop_file(version.file, by=partner, now=now))
    assert no.code == "not_yours"
    with django_capture_on_commit_callbacks(execute=True):
        drop_file(version.file, by=author, now=now)

    assert not path.exists()
    assert not FileVersion.objects.exists()
    assert project.journal.first().text.startswith("Fichier retiré")


def test_a_partner_brings_a_file_on_the_page(client):
    project = ProjectFactory()
    partner = MembershipFactory(structure=PartnerFactory(project=project).structure)
    client.force_login(partner.user)
    url = reverse("studio:project_file_new", args=[project.pk])
    wrong = client.post(
        url, {"title": "Plan", "file": SimpleUploadedFile("a.pdf", b"")}
    )
    assert wrong.status_code == 422
    assert "vide" in wrong.content.decode()
    assert client.post(url, {"title": "Plan", "file": pdf()}).status_code == 302
    file = ProjectFile.objects.get()
    again = reverse("studio:project_file_version", args=[project.pk, file.pk])
    assert client.post(again, {"file": pdf(pages=2)}).status_code == 302
    text = client.get(project.get_absolute_url()).content.decode()
    assert "version 2" in text
    public = reverse("studio:project_file_audience", args=[project.pk, file.pk])
    assert client.post(public, {"audience": "public"}).status_code == 404
    drop = reverse("studio:project_file_delete", args=[project.pk, file.pk])
    client.post(drop)
    assert not ProjectFile.objects.exists()
