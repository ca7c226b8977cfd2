"""What long forms are made of: groups of fields, and the boxes of the questions."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from maillage.directory.access import LARGEST, Question
from maillage.directory.fields import WebField


class Part:
    """A group of fields under one title."""

    def __init__(
        self, form: forms.BaseForm, title: Any, names: Iterable[str], hint: Any = ""
    ) -> None:
        self.title, self.hint = title, hint
        # Short questions stand in rows, their answers in one column.
        self.in_rows = False
        self.fields = [form[name] for name in names if name in form.fields]
        self.more: list[Part] = []
        self.has_errors = any(field.errors for field in self.fields)

    @property
    def has_answers(self) -> bool:
        return any(field.value() not in (None, "", []) for field in self.fields)


def sent_values(value: Any) -> list[str]:
    """The value of a box as a browser would send it."""
    if isinstance(value, list):
        return [str(item) for item in value]
    if value is None:
        return []
    return [str(value)]


def in_form(answer: Any) -> Any:
    """A kept answer as its box shows it."""
    return str(answer).lower() if isinstance(answer, bool) else answer


def field_of(question: Question) -> forms.Field:
    common: dict[str, Any] = {
        "label": question.label,
        "help_text": question.help,
        "required": False,
    }
    match question.type:
        case "yes_no":
            answers = [
                ("", _("Je ne sais pas")),
                ("true", _("Oui")),
                ("false", _("Non")),
            ]
            return forms.TypedChoiceField(
                choices=answers,
                coerce=lambda v: v == "true",
                empty_value=None,
                **common,
            )
        case "number":
            if question.unit:
                common["label"] = f"{question.label} ({question.unit})"
            return forms.IntegerField(min_value=0, max_value=LARGEST, **common)
        case "choice":
            answers = [("", _("Je ne sais pas")), *question.choices]
            return forms.ChoiceField(choices=answers, **common)
        case "choices":
            return forms.MultipleChoiceField(
                choices=question.choices, widget=forms.CheckboxSelectMultiple, **common
            )
        case _:
            return WebField(**common)
