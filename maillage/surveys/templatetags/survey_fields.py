"""What the boxes of respondents need of forms elsewhere."""

from django import template
from django.forms.utils import flatatt
from django.utils.safestring import SafeString

from maillage.directory.fields import CommuneField

register = template.Library()


@register.simple_tag
def commune_attributes() -> SafeString:
    """Attributes that make a box propose communes as one types."""
    return flatatt(dict(CommuneField().widget.attrs))
