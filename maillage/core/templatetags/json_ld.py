"""``{% json_ld thing %}``: a published thing described for search engines."""

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from maillage.core.jsonld import describe, embedded

register = template.Library()


@register.simple_tag
def json_ld(thing: Any) -> SafeString:
    """Write a data block, that browsers do not run; drafts say nothing."""
    if not thing.is_public:
        return SafeString("")
    data = SafeString(embedded(describe(thing)))
    return format_html('<script type="application/ld+json">{}</script>', data)
