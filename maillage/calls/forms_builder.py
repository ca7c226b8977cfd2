"""Forms of the builder: a section, a question of the form of a call."""

from dataclasses import replace
from typing import Any

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext as _, gettext_lazy

from maillage.calls.choices import BRANCHING, WITH_OPTIONS, QuestionKind, Role
from maillage.calls.definition import LONGEST, Definition, Question, Section
from maillage.calls.services.form_editing import fresh_id
from maillage.core.form_fields import choices_of

MOST_OPTIONS = 60


class SectionForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("Titre de la partie"), max_length=160)
    help = forms.CharField(
        label=gettext_lazy("Explication"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def section(self, before: Section | None) -> Section:
        data = self.cleaned_data
        known = before or Section(fresh_id("s"), "")
        return replace(known, title=data["title"], help=data["help"])


class QuestionForm(forms.Form):
    """A question; its identifier never changes."""

    label = forms.CharField(label=gettext_lazy("Question"), max_length=300)
    help = forms.CharField(
        label=gettext_lazy("Aide sous la question"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Genre de réponse"), choices=QuestionKind.choices
    )
    section = forms.ChoiceField(label=gettext_lazy("Partie"))
    required = forms.BooleanField(label=gettext_lazy("Obligatoire"), required=False)
    options = forms.CharField(
        label=gettext_lazy("Choix"),
        required=False,
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy(
            "Un choix par ligne, pour « un » ou « plusieurs choix »."
        ),
    )
    most = forms.IntegerField(
        label=gettext_lazy("Nombre maximal de signes"),
        required=False,
        min_value=1,
        max_value=LONGEST,
        help_text=gettext_lazy("Pour un texte long ; vide : 5 000."),
    )
    condition = forms.ChoiceField(
        label=gettext_lazy("Posée seulement si"),
        required=False,
        help_text=gettext_lazy("Une réponse donnée plus haut."),
    )
    role = forms.ChoiceField(
        label=gettext_lazy("Ce que le site y lit"),
        required=False,
        choices=Role.choices,
        help_text=gettext_lazy("Pour les listes, les règles et les données ouvertes."),
    )
    identifies = forms.BooleanField(
        label=gettext_lazy("Désigne la structure ou une personne"),
        required=False,
        help_text=gettext_lazy("Cachée aux lecteurs d’un appel à l’aveugle."),
    )

    def __init__(
        self,
        *args: Any,
        definition: Definition,
        question: Question | None,
        section: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.definition, self.question = definition, question
        choices_of(self, "section").choices = [
            (one.id, one.title) for one in definition.sections
        ]
        choices_of(self, "condition").choices = conditions(definition, question)
        known = told(definition, question)
        self.initial = {**self.initial, "section": section, **known}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        lines = [line.strip() for line in data.get("options", "").splitlines()]
        data["lines"] = list(dict.fromkeys(line for line in lines if line))
        if data.get("kind") in WITH_OPTIONS and len(data["lines"]) < 2:
            self.add_error("options", _("Écrivez au moins deux choix, un par ligne."))
        if len(data["lines"]) > MOST_OPTIONS:
            self.add_error("options", _("Soixante choix au plus."))
        return data

    def built(self) -> Question:
        data = self.cleaned_data
        other, _bar, value = data["condition"].partition("|")
        before = self.question
        keeps = before is not None and before.when_question == other
        values = before.when_values if before and keeps else ()
        return Question(
            id=before.id if before else fresh_id("q"),
            kind=QuestionKind(data["kind"]),
            label=data["label"],
            help=data["help"],
            required=data["required"],
            options=self.options_built() if data["kind"] in WITH_OPTIONS else (),
            most=data["most"] or 0,
            role=data["role"],
            identifies=data["identifies"],
            when_question=other,
            when_values=(values if value in values else (value,)) if other else (),
        )

    def options_built(self) -> tuple[tuple[str, str], ...]:
        """A label that stays keeps its value, so that answers keep their meaning."""
        known = self.question.options if self.question else ()
        values = {label: value for value, label in known}
        taken = {*values.values()}
        found = []
        for label in self.cleaned_data["lines"]:
            if label not in values:
                base = slugify(label)[:40] or "choix"
                value, number = base, 2
                while value in taken:
                    value, number = f"{base}-{number}", number + 1
                values[label] = value
                taken.add(value)
            found.append((values[label], label))
        return tuple(found)


def told(definition: Definition, question: Question | None) -> dict[str, Any]:
    """What the form shows of a question."""
    if question is None:
        return {}
    place = definition.section_of(question.id)
    value = question.when_values[0] if question.when_values else ""
    return {
        "label": question.label,
        "help": question.help,
        "kind": question.kind,
        "section": place.id if place else "",
        "required": question.required,
        "options": "\n".join(label for _value, label in question.options),
        "most": question.most or None,
        "condition": f"{question.when_question}|{value}" if value else "",
        "role": question.role,
        "identifies": question.identifies,
    }


def conditions(
    definition: Definition, question: Question | None
) -> list[tuple[str, str]]:
    """Answers that a question may depend on: those of the questions before it."""
    found = [("", "—")]
    for _section, other in definition.walk():
        if question is not None and other.id == question.id:
            break
        if other.kind in BRANCHING:
            yes_no = (("yes", _("oui")), ("no", _("non")))
            for value, label in other.options or yes_no:
                found.append((f"{other.id}|{value}", f"{other.label} → {label}"))
    return found
