"""What can show that an action happened: each kind of row says here how it is found.

A kind is found by words, named by number, and proposed for an action. Kinds of apps
below register in ``maillage.plan.evidence_kinds``; a part of this app may add its own.
"""

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise


@dataclass(frozen=True)
class Found:
    """A row that may be linked: the words and the page that everybody may read."""

    kind: str
    pk: int
    label: str
    day: dt.date
    url: str = ""


@dataclass(frozen=True)
class Kind:
    """``search(words, user)`` and ``near(action, user)`` give what ``user`` may see."""

    code: str
    label: str | Promise
    search: Callable[[str, Any], list[Found]]
    get: Callable[[Collection[int], Any], list[Found]]
    near: Callable[[Any, Any], list[Found]]


#: What is no row of the platform: a file or a page.
DOCUMENT = "document"
_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    _kinds[kind.code] = kind


def kinds() -> Mapping[str, Kind]:
    """Every kind of row, in the order in which they came."""
    return _kinds
