import io
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, strategies as st
from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import Link
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    NameObject,
    TextStringObject,
)

from maillage.core import uploads
from maillage.core.uploads import (
    SAFE_NAME,
    clean_document,
    clean_picture,
    file_path,
    thumbnail_path,
)


def picture_bytes(kind="JPEG", size=(60, 40), mode="RGB", **extra):
    out = io.BytesIO()
    Image.new(mode, size, "red").save(out, kind, **extra)
    return out


def refused(clean, data):
    with pytest.raises(ValidationError) as no:
        clean(data if hasattr(data, "read") else io.BytesIO(data))
    return no.value.code


@pytest.mark.parametrize(
    ("kind", "mode", "kept_as"),
    [
        ("JPEG", "RGB", "jpg"),
        ("JPEG", "CMYK", "jpg"),
        ("JPEG", "L", "jpg"),
        ("WEBP", "RGB", "jpg"),
        ("PNG", "RGBA", "png"),
        ("PNG", "LA", "png"),
    ],
)
def test_a_picture_is_encoded_anew_under_a_name_that_tells_nothing(kind, mode, kept_as):
    clean = clean_picture(picture_bytes(kind, mode=mode))
    assert SAFE_NAME.match(f"images/{clean.name}")
    assert clean.name.endswith(kept_as)
    with Image.open(clean) as picture:
        assert picture.size == (60, 40)


def test_the_picture_of_a_phone_is_upright_and_forgets_where_it_was_taken():
    exif = Image.Exif()
    exif[0x0112] = 6  # lying on its side
    exif[0x010F] = "Maker"
    exif.get_ifd(0x8825)[1] = "N"
    source = picture_bytes(exif=exif, comment=b"secret")
    with Image.open(clean_picture(source)) as picture:
        assert picture.size == (40, 60)
        assert not dict(picture.getexif())
        assert "comment" not in picture.info


def test_a_large_picture_is_made_smaller():
    with Image.open(clean_picture(picture_bytes(size=(3200, 100)))) as picture:
        assert picture.size == (1600, 50)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"<svg onload=alert(1)>", "unreadable"),
        (b"GIF89a" + b"\0" * 40, "unreadable"),
        (b"\xff\xd8\xff\xe0 not really", "unreadable"),
        (b"\x89PNG\r\n\x1a\n", "unreadable"),
    ],
)
def test_what_is_not_a_picture_is_refused(data, code):
    assert refused(clean_picture, data) == code


def test_a_picture_that_would_fill_the_memory_is_refused_before_it_is_read(
    monkeypatch,
):
    monkeypatch.setattr(uploads, "PICTURE_PIXELS", 1000)
    assert refused(clean_picture, picture_bytes()) == "too_many_pixels"
    bomb = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(bomb, "PNG")
    assert refused(clean_picture, bomb) == "unreadable"


def test_a_file_that_is_too_heavy_is_refused(monkeypatch):
    monkeypatch.setattr(uploads, "PICTURE_BYTES", 100)
    assert refused(clean_picture, picture_bytes()) == "too_big"


@given(st.binary(max_size=200))
def test_any_bytes_are_a_picture_or_a_clear_refusal(data):
    for start in (b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP"):
        try:
            clean_picture(io.BytesIO(start + data))
        except ValidationError as no:
            assert no.messages  # noqa: PT017 -- both ends are fine


def a_pdf(pages=1):
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(200, 200)
    return writer


def as_file(writer):
    out = io.BytesIO()
    writer.write(out)
    return out


def action(kind, **rest):
    pairs = {"/S": NameObject(kind)}
    pairs |= {f"/{key}": TextStringObject(value) for key, value in rest.items()}
    return DictionaryObject({NameObject(key): value for key, value in pairs.items()})


def note(subtype, act=None):
    row = DictionaryObject({NameObject("/Subtype"): NameObject(subtype)})
    if act is not None:
        row[NameObject("/A")] = act
    return row


def test_a_document_keeps_its_pages_and_its_links():
    writer = a_pdf(2)
    writer.add_annotation(0, Link(rect=(0, 0, 9, 9), url="https://example.org/"))
    clean = clean_document(as_file(writer))
    assert SAFE_NAME.match(f"documents/{clean.name}")
    pages = PdfReader(clean).pages
    assert len(pages) == 2
    assert pages[0]["/Annots"][0]["/A"]["/URI"] == "https://example.org/"


def test_a_document_loses_programs_forms_files_and_metadata():
    writer = a_pdf()
    writer.add_metadata({"/Author": "Jeanne Secret"})
    writer.add_attachment("virus.exe", b"MZ malware")
    root, page = writer.root_object, writer.pages[0]
    root[NameObject("/OpenAction")] = action("/JavaScript", JS="app.alert(1)")
    root[NameObject("/AcroForm")] = DictionaryObject()
    page[NameObject("/AA")] = action("/Launch", F="cmd.exe")
    page[NameObject("/Annots")] = ArrayObject(
        [
            note("/Link", action("/JavaScript", JS="app.alert(2)")),
            note("/Link", action("/URI", URI="javascript:alert(3)")),
            note("/Link", action("/Launch", F="calc.exe", O="/Layout")),
            note("/Widget"),
            note("/FileAttachment"),
            note("/Highlight"),
        ]
    )
    data = clean_document(as_file(writer)).read()
    for trace in (b"Jeanne", b"MZ malware", b"alert", b"cmd.exe", b"calc", b"virus"):
        assert trace not in data
    reader = PdfReader(io.BytesIO(data))
    assert not {"/OpenAction", "/AcroForm"} & set(reader.root_object)
    assert not reader.attachments
    notes = reader.pages[0]["/Annots"]
    assert [row["/Subtype"] for row in notes] == ["/Link"] * 3 + ["/Highlight"]
    assert not any("/A" in row for row in notes)


def test_the_action_after_an_action_goes_and_the_layout_of_tags_stays():
    writer = a_pdf()
    link = action("/URI", URI="https://example.org/")
    link[NameObject("/Next")] = action("/JavaScript", JS="evil()")
    writer.pages[0][NameObject("/Annots")] = ArrayObject([note("/Link", link)])
    layout = DictionaryObject({NameObject("/O"): NameObject("/Layout")})
    root = writer.root_object
    root[NameObject("/StructTreeRoot")] = DictionaryObject({NameObject("/A"): layout})
    reader = PdfReader(clean_document(as_file(writer)))
    assert "/Next" not in reader.pages[0]["/Annots"][0]["/A"]
    assert reader.root_object["/StructTreeRoot"]["/A"]["/O"] == "/Layout"


def test_a_document_with_a_password_is_refused():
    writer = a_pdf()
    writer.encrypt("secret", algorithm="RC4-128")
    assert refused(clean_document, as_file(writer)) == "encrypted"


def test_a_document_of_too_many_pages_is_refused(monkeypatch):
    monkeypatch.setattr(uploads, "DOCUMENT_PAGES", 2)
    assert refused(clean_document, as_file(a_pdf(3))) == "pages"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"PK\x03\x04 word/document.xml", "not_pdf"),
        (b"%PDF-1.7\n nothing", "unreadable"),
        (
            b"%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\ntrailer<</Root 1 0 R>>\n%%EOF",
            "unreadable",
        ),
    ],
)
def test_what_is_not_a_pdf_is_refused(data, code):
    assert refused(clean_document, data) in {code, "pages"}


@given(st.binary(max_size=300))
def test_any_bytes_are_a_document_or_a_clear_refusal(data):
    try:
        clean_document(io.BytesIO(b"%PDF-1.7\n" + data))
    except ValidationError as no:
        assert no.messages  # noqa: PT017 -- both ends are fine


@pytest.fixture
def stored(settings):
    name = f"images/{uploads.fresh_name('jpg')}"
    path = Path(settings.MEDIA_ROOT) / name
    path.parent.mkdir(parents=True)
    path.write_bytes(picture_bytes(size=(1000, 500)).getvalue())
    return name


@pytest.mark.parametrize(
    "name",
    [
        "../maillage.sqlite3",
        "images/../../maillage.sqlite3",
        "images/a.svg",
        "images/a.html",
        "other/a.jpg",
        "images/sub/a.jpg",
        "images/.jpg",
        "images/absent.jpg",
        "/etc/passwd",
        "images/a.jpg\0",
    ],
)
def test_no_other_file_has_a_path(name):
    assert file_path(name) is None


def test_a_thumbnail_is_made_once(stored):
    first = thumbnail_path(stored, 400)
    with Image.open(first) as picture:
        assert (picture.format, picture.size) == ("WEBP", (400, 200))
    made = first.stat().st_mtime_ns
    assert thumbnail_path(stored, 400) == first
    assert first.stat().st_mtime_ns == made
    assert [path.suffix for path in first.parent.iterdir()] == [".webp"]


def test_a_thumbnail_of_another_side_or_of_nothing_is_not_made(stored, settings):
    assert thumbnail_path(stored, 401) is None
    assert thumbnail_path("images/absent.jpg", 400) is None
    broken = Path(settings.MEDIA_ROOT) / "images" / "broken.jpg"
    broken.write_bytes(b"no picture")
    assert thumbnail_path("images/broken.jpg", 400) is None
