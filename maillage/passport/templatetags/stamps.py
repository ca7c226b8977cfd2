"""Stamps on the page of a stop and on the page of a pass."""

from typing import Any

from django import template

from maillage.agenda.models import Stop
from maillage.passport.models import Pass
from maillage.passport.services.stamps import progress_of
from maillage.passport.stamp_pages import progress_line, stamp_box

register = template.Library()


@register.simple_tag(takes_context=True, name="stamp_box")
def box(context: Any, stop: Stop) -> dict[str, Any]:
    """The passes of this phone and of this account that may be stamped here."""
    return stamp_box(context["request"], stop)


@register.simple_tag
def stamp_lines(holder: Pass) -> list[dict[str, Any]]:
    """The trails that a pass has begun."""
    if not holder.keeps_stamps:
        return []
    return [progress_line(holder, progress) for progress in progress_of(holder)]
