"""A section of an application as a form: one field for each question."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.forms.utils import ErrorDict
from django.utils.translation import gettext as _, gettext_lazy

from maillage.calls.choices import QuestionKind
from maillage.calls.definition import LINE, Question
from maillage.calls.forms_calls import MomentField
from maillage.calls.models import Application
from maillage.calls.reading import SIDES, is_typed
from maillage.calls.services.rules import Fault
from maillage.core import vocab
from maillage.core.money import plain_cents
from maillage.directory.fields import CommuneField
from maillage.directory.models import Structure

#: Empty lines below those of a table.
SPARE = 3


class LinesInput(forms.Widget):
    """Lines of a table, in boxes that have the same name: a budget or partners."""

    use_fieldset = True
    #: Part of the names of boxes, then what a box holds.
    tables: Sequence[tuple[str, Any]] = ()
    boxes: Sequence[tuple[str, Any]] = ()

    def rows(self, data: Any, name: str, table: str) -> list[dict[str, str]]:
        columns = [data.getlist(f"{name}-{table}-{box}") for box, _label in self.boxes]
        return [
            {
                box: values[at] if at < len(values) else ""
                for (box, _label), values in zip(self.boxes, columns, strict=True)
            }
            for at in range(max(map(len, columns), default=0))
        ]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        box = self.boxes[0][0]
        return all(f"{name}-{table}-{box}" not in data for table, _l in self.tables)

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["boxes"] = self.boxes
        context["tables"] = [
            {
                "label": label,
                "rows": [
                    [
                        {
                            "name": f"{name}-{table}-{box}",
                            "label": box_label,
                            "value": line.get(box, ""),
                            "is_amount": box == "amount",
                        }
                        for box, box_label in self.boxes
                    ]
                    for line in self.shown(value, table)
                ],
            }
            for table, label in self.tables
        ]
        return context

    def shown(self, value: Any, table: str) -> list[dict[str, Any]]:
        lines = value.get(table, []) if isinstance(value, Mapping) else value or []
        rows = [line | {"amount": written(line)} for line in lines]
        return [*rows, *({} for _n in range(SPARE))]


def written(line: Mapping[str, Any]) -> str:
    """The amount of a line as its box shows it: what was typed, or the cents."""
    if "amount" in line:
        return str(line["amount"])
    return str(line.get("typed") or plain_cents(line.get("cents")))


class BudgetInput(LinesInput):
    template_name = "calls/widgets/lines.html"
    tables = (
        ("expenses", gettext_lazy("Dépenses")),
        ("resources", gettext_lazy("Recettes")),
    )
    boxes = (("label", gettext_lazy("Poste")), ("amount", gettext_lazy("Montant (€)")))

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return {side: self.rows(data, name, side) for side in SIDES}


class PartnersInput(LinesInput):
    template_name = "calls/widgets/lines.html"
    tables = (("partners", gettext_lazy("Partenaires")),)
    boxes = (
        ("name", gettext_lazy("Nom")),
        ("role", gettext_lazy("Rôle")),
        ("amount", gettext_lazy("Apport (€)")),
    )

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return self.rows(data, name, "partners")


class TableField(forms.Field):
    """A table is one group of boxes under one legend."""

    widget = LinesInput


def field_of(question: Question, departments: Sequence[tuple[str, str]]) -> forms.Field:
    """The box of a question."""
    same: dict[str, Any] = {
        "label": question.label,
        "help_text": question.help,
        "required": question.required,
    }
    yes_no = [("yes", _("Oui")), ("no", _("Non"))]
    lists = {
        QuestionKind.CHOICES: list(question.options),
        QuestionKind.DEPARTMENTS: list(departments),
        QuestionKind.THEMES: vocab.choices("themes"),
    }
    if question.kind in lists:
        return forms.MultipleChoiceField(
            choices=lists[QuestionKind(question.kind)],
            widget=forms.CheckboxSelectMultiple,
            **same,
        )
    if question.kind in {QuestionKind.CHOICE, QuestionKind.YES_NO}:
        options = list(question.options) or yes_no
        return forms.ChoiceField(choices=options, widget=forms.RadioSelect, **same)
    if question.kind == QuestionKind.AGREE:
        return forms.BooleanField(**same)
    if question.kind == QuestionKind.BUDGET:
        return TableField(widget=BudgetInput(), **same)
    if question.kind == QuestionKind.PARTNERS:
        return TableField(widget=PartnersInput(), **same)
    if question.kind == QuestionKind.COMMUNE:
        return CommuneField(**same)
    return forms.CharField(widget=box_of(question), **same)


def box_of(question: Question) -> forms.Widget:
    if question.kind == QuestionKind.TEXT:
        rows = 12 if question.length > 3000 else 6
        return forms.Textarea(attrs={"rows": rows, "data-most": question.length})
    if question.kind == QuestionKind.DAY:
        return forms.DateInput(attrs={"type": "date"})
    modes = {
        QuestionKind.AMOUNT: "decimal",
        QuestionKind.NUMBER: "decimal",
        QuestionKind.SIRET: "numeric",
        QuestionKind.EMAIL: "email",
        QuestionKind.PHONE: "tel",
        QuestionKind.WEB: "url",
    }
    attrs: dict[str, Any] = {"maxlength": LINE}
    if mode := modes.get(QuestionKind(question.kind)):
        attrs |= {"inputmode": mode}
    return forms.TextInput(attrs=attrs)


def shown_value(question: Question, value: Any, names: Mapping[str, str]) -> Any:
    """A stored answer as its box shows it."""
    if is_typed(value):
        return value["typed"]
    if question.kind == QuestionKind.AMOUNT and isinstance(value, int):
        return plain_cents(value)
    if question.kind == QuestionKind.NUMBER and value is not None:
        return str(value).replace(".", ",")
    if question.kind == QuestionKind.COMMUNE and value:
        return names.get(value, value)
    return value


class AnswersForm(forms.Form):
    """The questions of a section; what is typed is read by the services, never here."""

    use_required_attribute = False

    def __init__(
        self,
        *args: Any,
        questions: Sequence[Question],
        answers: Mapping[str, Any],
        names: Mapping[str, str],
        departments: Sequence[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        for question in questions:
            if question.kind == QuestionKind.FILE:
                continue
            self.fields[question.id] = field_of(question, departments)
            self.initial[question.id] = shown_value(
                question, answers.get(question.id), names
            )

    def point_out(self, faults: Iterable[Fault]) -> None:
        """Show beside each box what is wrong with what it holds, and nothing else."""
        self._errors, self.cleaned_data = ErrorDict(), {}
        for fault in faults:
            if fault.question in self.fields:
                self.add_error(fault.question, fault.message)

    def raw(self, name: str) -> Any:
        """What the page sent for one question."""
        widget = self.fields[name].widget
        return widget.value_from_datadict(self.data, self.files, name)


class StartForm(forms.Form):
    """For which structure, and from which earlier application."""

    structure = forms.ModelChoiceField(
        Structure.objects.none(), label=gettext_lazy("Structure")
    )
    earlier = forms.ModelChoiceField(
        Application.objects.none(),
        label=gettext_lazy("Reprendre les réponses d’une candidature"),
        required=False,
        empty_label=gettext_lazy("Non, partir de la fiche de la structure"),
    )

    def __init__(
        self, *args: Any, structures: Any, earlier: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["structure"].queryset = structures  # type: ignore[attr-defined]
        self.fields["earlier"].queryset = earlier  # type: ignore[attr-defined]
        self.fields["earlier"].label_from_instance = (  # type: ignore[attr-defined]
            lambda row: f"{row} – {row.call.title}"
        )
        if not earlier.exists():
            del self.fields["earlier"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        before, structure = data.get("earlier"), data.get("structure")
        if before and structure and before.structure_id != structure.pk:
            self.add_error("earlier", _("Cette candidature est d’une autre structure."))
        return data


class InviteForm(forms.Form):
    email = forms.EmailField(label=gettext_lazy("Adresse e-mail"), max_length=254)


class CheckForm(forms.Form):
    """Whether an application may be judged."""

    verdict = forms.ChoiceField(
        label=gettext_lazy("Cette candidature est"),
        choices=[
            ("yes", gettext_lazy("recevable")),
            ("no", gettext_lazy("non recevable")),
        ],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=gettext_lazy("Motif"),
        required=False,
        max_length=3000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Obligatoire et envoyé aux auteurs pour un refus."),
    )


class RevisionForm(forms.Form):
    """Which sections are open again, why and until when."""

    sections = forms.MultipleChoiceField(
        label=gettext_lazy("Parties à revoir"), widget=forms.CheckboxSelectMultiple
    )
    reason = forms.CharField(
        label=gettext_lazy("Ce qui est demandé"),
        max_length=3000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    until = MomentField(label=gettext_lazy("Jusqu’au"))

    def __init__(
        self, *args: Any, sections: Sequence[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sections"].choices = sections  # type: ignore[attr-defined]
