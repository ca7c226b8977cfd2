"""``{% drawing chart %}``: the marks of a chart as an SVG in the page."""

from collections.abc import Iterable
from functools import cache

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from maillage.core.charts import Chart, Key, Mark
from maillage.core.charts.drawing import PHONE

register = template.Library()


def marks_html(marks: Iterable[Mark]) -> SafeString:
    return format_html_join("", "{}", ((mark_html(each),) for each in marks))


def mark_html(each: Mark) -> SafeString:
    names = tuple(name for name, _value in each.attributes)
    values = [value for _name, value in each.attributes]
    if each.hint:
        values.append(each.hint)
    inside = marks_html(each.inside) if each.inside else each.text
    return format_html(form_of(each.tag, names, bool(each.hint)), *values, inside)


@cache
def form_of(tag: str, names: tuple[str, ...], has_hint: bool) -> str:
    """The element with a place for each value: a drawing has few sorts of marks."""
    told = "<title>{}</title>" if has_hint else ""
    attributes = "".join(f' {name}="{{}}"' for name in names)
    return f"<{tag}{attributes}>{told}{{}}</{tag}>"


@register.simple_tag
def drawing(chart: Chart) -> SafeString:
    """An image with a name and a description; its table stands beside it."""
    sort = " chart-at-wide" if chart.narrow else ""
    return format_html(
        '<svg class="chart-svg{}" viewBox="{}" role="img"><title>{}</title>'
        "<desc>{}</desc>{}</svg>",
        " chart-at-narrow" if chart.width == PHONE else sort,
        chart.view_box,
        chart.title,
        chart.desc,
        marks_html(chart.marks),
    )


@register.simple_tag
def key_sign(key: Key) -> SafeString:
    """The sign of a line of the legend; the words beside it say what it is."""
    return format_html(
        '<svg class="chart-sign" viewBox="0 0 32 16" aria-hidden="true">{}</svg>',
        marks_html(key.marks),
    )
