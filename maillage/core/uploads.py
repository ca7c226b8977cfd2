"""What people send: checked by content, cleaned, re-encoded, under a new name."""

import io
import re
import secrets
import struct
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils.translation import gettext as _
from PIL import Image, ImageOps
from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, NameObject

from maillage.core.models import Proposal
from maillage.core.publishing import kinds

PICTURE_BYTES = 12 * 1024 * 1024
PICTURE_PIXELS = 50_000_000
PICTURE_SIDE = 1600
DOCUMENT_BYTES = 20 * 1024 * 1024
DOCUMENT_PAGES = 500
#: Sides of the thumbnails, in pixels.
THUMBNAILS = (400, 800)

#: What is served, and as what; nothing else ever is.
CONTENT_TYPES = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "pdf": "application/pdf",
}
#: A name that this module gave or could have given: no dot-dot, no sub-folder.
SAFE_NAME = re.compile(r"^(images|documents)/([a-z0-9][a-z0-9_-]{0,99})\.([a-z]{3,4})$")

FORMATS = ["JPEG", "PNG", "WEBP"]
# What Pillow raises on bytes that are no picture, or that lie about themselves.
UNREADABLE = (
    OSError,
    EOFError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    struct.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)
BROKEN = (
    PyPdfError,
    AttributeError,
    LookupError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
)
# What a page of a PDF does not need to be read: programs, forms, films, other files.
DROPPED = {
    "/AA",
    "/AF",
    "/AcroForm",
    "/Collection",
    "/EF",
    "/EmbeddedFiles",
    "/JS",
    "/JavaScript",
    "/LastModified",
    "/Metadata",
    "/OpenAction",
    "/Perms",
    "/PieceInfo",
    "/Requirements",
    "/XFA",
}
SAFE_ACTIONS = {"/GoTo", "/URI"}
SAFE_SCHEMES = ("http://", "https://", "mailto:")
UNSAFE_NOTES = {
    "/3D",
    "/FileAttachment",
    "/Movie",
    "/RichMedia",
    "/Screen",
    "/Sound",
    "/Widget",
}


def fresh_name(extension: str) -> str:
    """A name that tells nothing and that nobody can guess."""
    return f"{secrets.token_hex(12)}.{extension}"


def clean_picture(file: IO[bytes]) -> ContentFile[bytes]:
    """Decode a picture and encode it anew: upright, at most 1600 px, no metadata.

    Takes JPEG, PNG and WebP, told by their content. A picture with transparency
    becomes a PNG, any other a JPEG. Raises ``ValidationError`` with what to do.
    """
    check_size(file, PICTURE_BYTES)
    picture = decode(file)
    picture.thumbnail((PICTURE_SIDE, PICTURE_SIDE), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    if picture.mode == "RGBA":
        picture.save(out, "PNG", optimize=True)
        return ContentFile(out.getvalue(), name=fresh_name("png"))
    picture.save(out, "JPEG", quality=86, optimize=True, progressive=True)
    return ContentFile(out.getvalue(), name=fresh_name("jpg"))


def check_size(file: IO[bytes], most: int) -> None:
    file.seek(0, io.SEEK_END)
    size = file.tell()
    file.seek(0)
    if not size:
        raise ValidationError(_("Ce fichier est vide."), "empty")
    if size > most:
        limit = most // (1024 * 1024)
        raise ValidationError(
            _("Ce fichier dépasse %(limit)s Mo : réduisez-le avant de l’envoyer."),
            "too_big",
            {"limit": limit},
        )


def decode(file: IO[bytes]) -> Image.Image:
    """The pixels of a picture, upright, as RGB or RGBA."""
    try:
        raw = Image.open(file, formats=FORMATS)
        if raw.width * raw.height > PICTURE_PIXELS:
            raise ValidationError(
                _("Cette image a trop de pixels : réduisez-la à 5 000 px de côté."),
                "too_many_pixels",
            )
        upright = ImageOps.exif_transpose(raw)
        has_alpha = "A" in upright.getbands() or "transparency" in upright.info
        pixels = upright.convert("RGBA" if has_alpha else "RGB")
    except UNREADABLE as error:
        raise ValidationError(
            _("Ce fichier n’est pas une image JPEG, PNG ou WebP lisible."), "unreadable"
        ) from error
    # A new picture holds pixels only: no place, no camera, no comment.
    clean = Image.new(pixels.mode, pixels.size)
    clean.paste(pixels)
    return clean


def clean_document(file: IO[bytes]) -> ContentFile[bytes]:
    """Rewrite a PDF without programs, forms, attached files nor metadata.

    Its tags, outline and links stay. Raises ``ValidationError`` with what to do.
    """
    check_size(file, DOCUMENT_BYTES)
    if b"%PDF-" not in file.read(1024):
        raise ValidationError(
            _(
                "Ce fichier n’est pas un PDF. Depuis votre traitement de texte, "
                "enregistrez-le au format PDF."
            ),
            "not_pdf",
        )
    file.seek(0)
    try:
        data = rewrite_pdf(file)
    except BROKEN as error:
        raise ValidationError(
            _("Ce PDF est abîmé : enregistrez-le de nouveau, puis renvoyez-le."),
            "unreadable",
        ) from error
    return ContentFile(data, name=fresh_name("pdf"))


def clean_file(file: IO[bytes]) -> ContentFile[bytes]:
    """A PDF or a picture without anything that runs. Raises ``ValidationError``."""
    check_size(file, DOCUMENT_BYTES)
    head = file.read(1024)
    file.seek(0)
    if b"%PDF-" in head:
        return clean_document(file)
    try:
        return clean_picture(file)
    except ValidationError as error:
        if error.code != "unreadable":
            raise
        raise ValidationError(
            _(
                "Ce fichier n’est ni un PDF ni une image JPEG, PNG ou WebP. Depuis votre "
                "traitement de texte, enregistrez-le au format PDF."
            ),
            "type",
        ) from error


def shown_name(given: str, stored: str) -> str:
    """The name that the person gave, with the suffix of what the file has become."""
    stem = PurePosixPath(given.replace("\\", "/")).stem
    stem = "".join(sign for sign in stem if sign.isprintable())[:120].strip()
    return f"{stem or 'fichier'}{PurePosixPath(stored).suffix}"


def rewrite_pdf(file: IO[bytes]) -> bytes:
    reader = PdfReader(file)
    if reader.is_encrypted:
        raise ValidationError(
            _("Ce PDF est protégé par un mot de passe : retirez-le d’abord."),
            "encrypted",
        )
    if not 0 < len(reader.pages) <= DOCUMENT_PAGES:
        raise ValidationError(
            _("Un document a de 1 à %(most)s pages."),
            "pages",
            {"most": DOCUMENT_PAGES},
        )
    writer = PdfWriter(clone_from=reader)
    for row in list(writer._objects):
        if row is not None:
            scrub(row)
    writer.metadata = None
    return written(PdfWriter(clone_from=PdfReader(io.BytesIO(written(writer)))))


def written(writer: PdfWriter) -> bytes:
    """The bytes of a PDF; a copy of a copy holds only what its pages still name."""
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def scrub(thing: Any) -> None:
    """Take out of an object, and of what it holds itself, all that is not to be read."""
    if isinstance(thing, DictionaryObject):
        for key in DROPPED & set(thing):
            del thing[key]
        if "/A" in thing and not is_safe_action(thing["/A"]):
            del thing["/A"]
        if "/S" in thing and "/Next" in thing:
            del thing["/Next"]  # an action after the action
        if "/Annots" in thing:
            thing[NameObject("/Annots")] = safe_notes(thing["/Annots"])
        for value in list(thing.values()):
            scrub(value)
    elif isinstance(thing, ArrayObject):
        for value in thing:
            scrub(value)


def is_safe_action(action: Any) -> bool:
    row = action.get_object()
    kind = row.get("/S") if isinstance(row, DictionaryObject) else None
    if kind is None:
        # In the tree of tags, /A holds the layout of a paragraph or of a table.
        return True
    address = str(row.get("/URI", "https://")).strip().lower()
    return kind in SAFE_ACTIONS and address.startswith(SAFE_SCHEMES)


def safe_notes(notes: Any) -> ArrayObject:
    """The notes of a page that are read or followed: links, remarks, highlights."""
    kept = ArrayObject()
    for note in notes.get_object():
        row = note.get_object()
        subtype = row.get("/Subtype") if isinstance(row, DictionaryObject) else None
        if subtype is not None and subtype not in UNSAFE_NOTES:
            kept.append(note)
    return kept


# Serving ----------------------------------------------------------------------


class Audience(StrEnum):
    """Who may read a file: what it belongs to decides."""

    PUBLIC = "public"
    PERSON = "person"
    NOBODY = "nobody"


def audience_of(name: str, *, user: Any) -> Audience:
    """Tell whether the public, or at least this person, may read a file."""
    for model in kinds().values():
        rows: Any = model._default_manager.all()
        holders = rows.holding_file(name)
        if holders.published().exists():
            return Audience.PUBLIC
        if user.is_authenticated and holders.visible_to(user).exists():
            return Audience.PERSON
    # A picture that waits for the agency's answer is seen by its author and by it.
    if Proposal.objects.visible_to(user).open().filter(after__picture=name).exists():
        return Audience.PERSON
    return Audience.NOBODY


def file_path(name: str) -> Path | None:
    """Where a file is, if its name is one of ours and it is there."""
    match = SAFE_NAME.match(name)
    if match is None or match[3] not in CONTENT_TYPES:
        return None
    path = Path(settings.MEDIA_ROOT) / name
    return path if path.is_file() else None


def thumbnail_path(name: str, side: int) -> Path | None:
    """The file of a thumbnail, made at the first call; ``None`` without its picture.

    Two processes may make the same one: each writes beside, then renames.
    """
    original = file_path(name)
    if original is None or side not in THUMBNAILS or original.suffix == ".pdf":
        return None
    target = original.parent / str(side) / f"{original.stem}.webp"
    if target.exists():
        return target
    try:
        with Image.open(original, formats=FORMATS) as picture:
            picture.thumbnail((side, side), Image.Resampling.LANCZOS)
            small = picture.convert("RGBA" if "A" in picture.getbands() else "RGB")
    except UNREADABLE:
        return None
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f"{secrets.token_hex(6)}.new")
    small.save(beside, "WEBP", quality=80, method=4)
    beside.replace(target)
    return target
