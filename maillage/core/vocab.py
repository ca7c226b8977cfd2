"""Controlled vocabularies, read from the data files in ``maillage/data/vocab``."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from django.utils.translation import get_language


@dataclass(frozen=True)
class Term:
    """One term; ``slug`` is what is stored and exported, for ever."""

    slug: str
    label_fr: str
    label_en: str = ""
    definition: str = ""
    uri: str = ""
    family: str = ""
    color: str = ""
    shape: str = ""
    #: Words of the files that people import, for this term.
    sources: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The label in the language of the page."""
        if (get_language() or "fr").startswith("en"):
            return self.label_en or self.label_fr
        return self.label_fr

    def __str__(self) -> str:
        return self.label


@cache
def terms(vocabulary: str) -> dict[str, Term]:
    """Return the terms of a vocabulary, by slug, in the order of the file."""
    source = resources.files("maillage") / "data" / "vocab" / f"{vocabulary}.toml"
    rows = tomllib.loads(source.read_text(encoding="utf-8"))["term"]
    known = {"slug", "label_en", "definition", "uri", "family", "color", "shape"}
    found = {
        row["slug"]: Term(
            label_fr=row["label"],
            sources=tuple(row.get("sources", ())),
            **{k: v for k, v in row.items() if k in known},
        )
        for row in rows
    }
    if len(found) != len(rows):
        raise ValueError(f"{vocabulary}.toml has two terms with one slug")
    return found


def label(vocabulary: str, slug: str) -> str:
    """The label of a term; a slug that the vocabulary has lost shows as itself."""
    term = terms(vocabulary).get(slug)
    return term.label if term else slug


def labels(vocabulary: str, slugs: list[str]) -> list[str]:
    return [label(vocabulary, slug) for slug in slugs]


def choices(vocabulary: str) -> list[tuple[str, str]]:
    """Pairs for a form field, in the order of the file and the page's language."""
    return [(term.slug, term.label) for term in terms(vocabulary).values()]


@cache
def names() -> tuple[str, ...]:
    """The vocabularies that have terms, by alphabet."""
    folder = Path(__file__).parent.parent / "data" / "vocab"
    found = []
    for path in sorted(folder.glob("*.toml")):
        if "term" in tomllib.loads(path.read_text(encoding="utf-8")):
            found.append(path.stem)
    return tuple(found)
