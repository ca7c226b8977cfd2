from typing import Any

from django import template

from maillage.core import panels as registry

register = template.Library()


@register.simple_tag(takes_context=True)
def panels(context: Any, spot: str, thing: Any = None) -> list[registry.Panel]:
    """The pieces that other apps show at a spot of the page, for who is reading."""
    return registry.panels(spot, thing=thing, user=context["request"].user)
