"""Dates in words, as the language of the page writes them."""

import datetime as dt
import re

from django.utils.formats import date_format
from django.utils.translation import gettext as _

FIRST = re.compile(r"(?<!\d)1(?= )")


def day_words(date: dt.date, form: str = "j F Y") -> str:
    """« 1er décembre 2026 »; ``form`` as for the filter ``date``."""
    words = date_format(date, form)
    return FIRST.sub(_("1er"), words, count=1) if date.day == 1 else words
