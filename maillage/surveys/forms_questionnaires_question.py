"""The form of one question, with the list of its choices."""

from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext as _, gettext_lazy

from maillage.core.form_fields import choices_of
from maillage.surveys.choice_lines import BadLine, as_lines, from_lines
from maillage.surveys.choices import QuestionKind
from maillage.surveys.definition import CHOSEN, NUMBERS, ChoiceList, QuestionSpec
from maillage.surveys.forms_questionnaires_parts import (
    Group,
    PartForm,
    field_labels,
    lines,
    prefill_choices,
    shortened,
)
from maillage.surveys.names import code_from
from maillage.surveys.services.questionnaire_edit import print_of

KINDS_WITH_CHOICES = " ".join(sorted(map(str, CHOSEN)))
KINDS_WITH_NUMBERS = " ".join(sorted(map(str, NUMBERS)))
ANSWERED = " ".join(
    str(kind)
    for kind in QuestionKind
    if kind not in {QuestionKind.NOTE, QuestionKind.CALCULATE}
)
APPEARANCES = (
    ("", gettext_lazy("habituelle")),
    ("minimal", gettext_lazy("menu déroulant")),
    ("horizontal", gettext_lazy("choix sur une ligne")),
)


class QuestionForm(PartForm):
    kind = forms.ChoiceField(
        label=gettext_lazy("Sorte de réponse"), choices=QuestionKind.choices
    )
    required = forms.BooleanField(
        label=gettext_lazy("La réponse est obligatoire"), required=False
    )
    choices = forms.ChoiceField(
        label=gettext_lazy("Liste de choix"),
        help_text=gettext_lazy("Une liste peut servir à plusieurs questions."),
        required=False,
    )
    choice_lines = forms.CharField(
        label=gettext_lazy("Un choix par ligne"),
        help_text=gettext_lazy(
            "Laissez en place le code entre crochets : il relie les réponses d’une "
            "édition à l’autre. Une ligne nouvelle n’en a pas besoin."
        ),
        max_length=40_000,
        required=False,
        widget=lines(6),
    )
    list_seen = forms.CharField(required=False, widget=forms.HiddenInput)
    minimum = forms.FloatField(
        label=gettext_lazy("Au moins"), required=False, localize=True
    )
    maximum = forms.FloatField(
        label=gettext_lazy("Au plus"), required=False, localize=True
    )
    unit = forms.CharField(
        label=gettext_lazy("Unité"),
        help_text=gettext_lazy("Écrite après la case : « visiteurs », « m² »."),
        max_length=40,
        required=False,
    )
    calculation = forms.CharField(
        label=gettext_lazy("Calcul"),
        help_text=gettext_lazy(
            "Par exemple : sum(${expo_visiteurs}) ou round(100 * ${eleves} div ${public})"
        ),
        max_length=2_000,
        required=False,
        widget=lines(2),
    )
    constraint = forms.CharField(
        label=gettext_lazy("Règle de saisie"),
        help_text=gettext_lazy(
            "Le point est la réponse. Par exemple : . <= ${public_total}"
        ),
        max_length=2_000,
        required=False,
        widget=lines(2),
    )
    constraint_message = forms.CharField(
        label=gettext_lazy("Ce que l’on dit quand elle n’est pas respectée"),
        max_length=500,
        required=False,
    )
    prefill = forms.ChoiceField(label=gettext_lazy("Préremplir avec"), required=False)
    updates = forms.ChoiceField(
        label=gettext_lazy("Mettre à jour dans l’annuaire"),
        help_text=gettext_lazy("Toujours après l’accord de la structure."),
        required=False,
    )
    guidance = forms.CharField(
        label=gettext_lazy("Précisions, repliées sous la question"),
        help_text=gettext_lazy("Qui compter, ce qu’il faut laisser de côté."),
        max_length=4_000,
        required=False,
        widget=lines(3),
    )
    appearance = forms.ChoiceField(
        label=gettext_lazy("Présentation"), required=False, choices=APPEARANCES
    )
    translated = ("label", "hint", "guidance")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lists = [(one.code, list_name(one)) for one in self.definition.choice_lists]
        choices_of(self, "choices").choices = [("", _("Une nouvelle liste")), *lists]
        choices_of(self, "prefill").choices = prefill_choices(self.step)
        choices_of(self, "updates").choices = [("", _("Rien")), *field_labels()]
        look = self.part.appearance
        if look not in dict(APPEARANCES):
            choices_of(self, "appearance").choices = [*APPEARANCES, (look, look)]
        self.fields["label"].required = self.part.kind != QuestionKind.CALCULATE
        if self.step.repeat:
            del self.fields["updates"]

    def first_values(self) -> dict[str, Any]:
        held = self.definition.choice_list(self.part.choices)
        return super().first_values() | {
            "choice_lines": as_lines(held),
            "list_seen": print_of(held) if held else "",
        }

    def groups(self) -> list[Group]:
        when, *rest = super().groups()[1:]
        kind = str(self["kind"].value())

        def of(legend: str, kinds: str, *boxes: str) -> Group:
            hidden = kind not in kinds.split()
            return Group(legend, self.box(*boxes), kinds, hidden)

        return [
            Group("", self.box("label", "kind", "required", "hint")),
            of(_("Choix"), KINDS_WITH_CHOICES, "choices", "choice_lines"),
            of(_("Nombre"), KINDS_WITH_NUMBERS, "minimum", "maximum", "unit"),
            of(_("Calcul"), str(QuestionKind.CALCULATE), "calculation"),
            when,
            self.folded(_("Ce que la plateforme sait déjà"), "prefill", "updates", kinds=ANSWERED),
            self.folded(_("Précisions et présentation"), "guidance", "appearance"),
            self.folded(_("Vérifier la réponse"), "constraint", "constraint_message", kinds=ANSWERED),
            *rest,
        ]  # fmt: skip

    @property
    def shared_with(self) -> list[str]:
        """Other questions that the list of choices serves."""
        name = self.part.choices
        return [
            shortened(spec.label or spec.code)
            for spec in self.definition.questions().values()
            if name and spec.choices == name and spec.code != self.part.code
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        low, high = data.get("minimum"), data.get("maximum")
        if low is not None and high is not None and low > high:
            self.add_error("maximum", _("Le plus est plus petit que le moins."))
        self.held: ChoiceList | None = None
        if data.get("kind") in CHOSEN and "choice_lines" in data:
            try:
                self.held = self.chosen_list(data)
            except BadLine as bad:
                self.add_error("choice_lines", str(bad))
        return data

    def chosen_list(self, data: dict[str, Any]) -> ChoiceList | None:
        """The list to write with the question; None when it stays as it is.

        Another list of the menu is taken as it is; lines belong to the list that the
        form showed, or to a new one.
        """
        name = data.get("choices") or ""
        if name and name != self.part.choices:
            return None
        old = self.definition.choice_list(name)
        if not name:
            taken = {one.code for one in self.definition.choice_lists}
            base = data.get("code") or data.get("label", "")
            name = code_from(base, taken, otherwise="liste")
        return from_lines(data["choice_lines"], code=name, old=old)

    def result(self) -> QuestionSpec:
        data = self.cleaned_data
        made = super().result()
        assert isinstance(made, QuestionSpec)  # noqa: S101 -- for mypy
        kind = QuestionKind(data["kind"])
        names = (
            "required guidance unit constraint constraint_message prefill appearance"
        )
        made = replace(
            made,
            kind=kind,
            updates=data.get("updates", ""),
            **{name: data[name] for name in names.split()},
        )
        held = self.held.code if self.held else data["choices"]
        return replace(
            made,
            choices=held if kind in CHOSEN else "",
            calculation=data["calculation"] if kind == QuestionKind.CALCULATE else "",
            minimum=whole(data["minimum"]) if kind in NUMBERS else None,
            maximum=whole(data["maximum"]) if kind in NUMBERS else None,
        )


def whole(number: float | None) -> float | None:
    if number is None:
        return None
    return int(number) if number == int(number) else number


def list_name(held: ChoiceList) -> str:
    return shortened(", ".join(choice.label for choice in held.choices) or held.code)
