"""The fields of a form by the type that they have, for what is known only later."""

from typing import Any, cast

from django import forms


def choices_of(form: forms.BaseForm, name: str) -> forms.ChoiceField:
    """A field whose choices are set once the form is made."""
    return cast("forms.ChoiceField", form.fields[name])


def rows_of(form: forms.BaseForm, name: str) -> forms.ModelChoiceField[Any]:
    """A field whose rows are set once the form is made, one or several to choose."""
    return cast("forms.ModelChoiceField[Any]", form.fields[name])
