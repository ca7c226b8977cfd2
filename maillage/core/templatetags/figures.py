"""``{{ row.figures.visits|figure }}``: a published number, or that it is secret."""

from django import template
from django.utils.html import format_html
from django.utils.translation import gettext as _, pgettext

from maillage.core.disclosure import Figure

register = template.Library()


@register.filter
def figure(value: Figure, decimals: int | None = None) -> str:
    """The number as people write it; a short sign with its meaning when it is secret.

    Takes figures of the gate only: whatever else would be an aggregate that skipped it.
    """
    if not isinstance(value, Figure):
        raise TypeError("the filter takes figures of maillage.core.disclosure")
    if value.is_hidden:
        return format_html(
            '<span class="figure-secret"><span aria-hidden="true">{}</span>'
            '<span class="hidden-visually">{}</span></span>',
            pgettext("sign of a secret figure", "s"),
            _("secret statistique"),
        )
    return value.text(decimals)
