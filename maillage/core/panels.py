"""Pieces that a higher app adds to the pages of a lower one.

The page of a resource does not know loans; circulation, above it, registers a function
that gives the pieces to show there. The page asks for them by name and includes their
templates: nobody looks up the line of apps.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Panel:
    """A template to include, what it needs, and its rank among the others."""

    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    rank: int = 0


Maker = Callable[[Any, Any], Iterable[Panel]]
_makers: dict[str, list[Maker]] = {}


def register(spot: str, maker: Maker) -> None:
    """Let ``maker(thing, user)`` add to a spot; called by the ``panels`` of an app."""
    _makers.setdefault(spot, []).append(maker)


def panels(spot: str, *, thing: Any, user: Any) -> list[Panel]:
    """What is to be shown at a spot for this thing and this person."""
    found = [panel for maker in _makers.get(spot, []) for panel in maker(thing, user)]
    return sorted(found, key=lambda panel: panel.rank)
