"""Model fields that keep what people may choose inside the vocabularies."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from maillage.core import vocab


class TermField(models.CharField[str, str]):
    """One term of a vocabulary, stored as its slug; empty when unknown."""

    def __init__(self, *args: Any, vocabulary: str, **kwargs: Any) -> None:
        self.vocabulary = vocabulary
        kwargs.setdefault("max_length", 40)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | {"vocabulary": self.vocabulary}

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        super().validate(value, model_instance)
        if value and value not in vocab.terms(self.vocabulary):
            raise unknown_term(value)

    def formfield(self, **kwargs: Any) -> Any:
        blank = [("", "—")] if self.blank or not self.has_default() else []
        return forms.ChoiceField(
            label=kwargs.get("label", capfirst(self.verbose_name)),
            help_text=kwargs.get("help_text", self.help_text),
            required=not self.blank,
            choices=lambda: [*blank, *vocab.choices(self.vocabulary)],
        )


class TermsField(models.JSONField):
    """Terms of a vocabulary, stored as a JSON list of slugs in a stable order."""

    def __init__(self, *args: Any, vocabulary: str, **kwargs: Any) -> None:
        self.vocabulary = vocabulary
        kwargs.setdefault("default", list)
        kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | {"vocabulary": self.vocabulary}

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        super().validate(value, model_instance)
        if not isinstance(value, list):
            raise unknown_term(value)
        known = vocab.terms(self.vocabulary)
        for slug in value:
            if slug not in known:
                raise unknown_term(slug)

    def formfield(self, **kwargs: Any) -> Any:
        return forms.MultipleChoiceField(
            label=kwargs.get("label", capfirst(self.verbose_name)),
            help_text=kwargs.get("help_text", self.help_text),
            required=not self.blank,
            choices=lambda: vocab.choices(self.vocabulary),
            widget=forms.CheckboxSelectMultiple,
        )


def unknown_term(value: object) -> ValidationError:
    return ValidationError(
        _("« %(value)s » n’est pas dans la liste."), "unknown_term", {"value": value}
    )
