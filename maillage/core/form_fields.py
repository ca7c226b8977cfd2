"""Days that people choose, and the fields of a form by the type that they have."""

import datetime as dt
from typing import Any, cast

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

#: Days around these can be added to, and read in any calendar.
FIRST_DAY, LAST_DAY = dt.date(1900, 1, 1), dt.date(2200, 1, 1)


class DayField(forms.DateField):
    """A day, with the calendar of the browser."""

    def __init__(self, **kwargs: Any) -> None:
        box = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
        super().__init__(**{"widget": box, **kwargs})
        self.validators += [MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)]


def choices_of(form: forms.BaseForm, name: str) -> forms.ChoiceField:
    """A field whose choices are set once the form is made."""
    return cast("forms.ChoiceField", form.fields[name])


def rows_of(form: forms.BaseForm, name: str) -> forms.ModelChoiceField[Any]:
    """A field whose rows are set once the form is made, one or several to choose."""
    return cast("forms.ModelChoiceField[Any]", form.fields[name])
