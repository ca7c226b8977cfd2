"""Pages for paper, set by Typst: the template is ours, the data never enters it."""

import io
import json
import shutil
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import typst
from django.conf import settings
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont
from pypdf import PdfReader

FAMILY = "Atkinson Hyperlegible Next"
WEB_FONT = (
    "@fontsource-variable/atkinson-hyperlegible-next/files/*-latin-wght-normal.woff2"
)
WEIGHTS = {"Regular": 400, "SemiBold": 600, "ExtraBold": 800}


def font_folder() -> Path:
    """The site's font at the weights that paper needs, made once of the web font.

    Without the npm packages the folder stays empty: Typst's own font serves.
    """
    folder = Path(settings.VAR) / "fonts"
    source = next(Path(settings.NODE_MODULES).glob(WEB_FONT), None)
    if source is None:
        folder.mkdir(parents=True, exist_ok=True)
        return folder
    for style, weight in WEIGHTS.items():
        target = folder / f"{source.stem}-{weight}.ttf"
        if not target.exists():
            make_font(source, target, style=style, weight=weight)
    return folder


def make_font(source: Path, target: Path, *, style: str, weight: int) -> None:
    """One weight of a variable web font as a plain font file."""
    font = instantiateVariableFont(TTFont(source), {"wght": weight})
    font.flavor = None
    for name_id, text in {
        1: FAMILY if style == "Regular" else f"{FAMILY} {style}",
        2: "Regular",
        4: f"{FAMILY} {style}",
        6: f"{FAMILY} {style}".replace(" ", ""),
        16: FAMILY,
        17: style,
    }.items():
        font["name"].setName(text, name_id, 3, 1, 0x409)
    font["OS/2"].usWeightClass = weight
    target.parent.mkdir(parents=True, exist_ok=True)
    # Another process may make the same file: write beside, then rename.
    with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as beside:
        font.save(beside)
    Path(beside.name).replace(target)


@cache
def fonts(folder: Path) -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, font_paths=[folder])


def set_pages(
    template: Path,
    *,
    data: Mapping[str, Any],
    files: Mapping[str, Path] | None = None,
) -> bytes:
    """A PDF of a template and its data, tagged for screen readers (PDF/UA-1).

    The template reads ``json(bytes(sys.inputs.data))``: what people wrote is a value
    and never code. ``files`` are pictures, by the name that the template calls them.
    A text in letters that no font has gives a PDF that is tagged only.
    """
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        main = root / template.name
        shutil.copyfile(template, main)
        for name, path in (files or {}).items():
            shutil.copyfile(path, root / name)
        compiler = typst.Compiler(
            main,
            root=root,
            font_paths=fonts(font_folder()),
            ignore_system_fonts=True,
            sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        )
        try:
            pdf = compiler.compile(format="pdf", pdf_standards="ua-1")
        except typst.TypstError:
            pdf = compiler.compile(format="pdf")
    assert isinstance(pdf, bytes)  # noqa: S101 -- one file was asked for
    return pdf


def page_count(pdf: bytes) -> int:
    return len(PdfReader(io.BytesIO(pdf)).pages)
