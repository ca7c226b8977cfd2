"""What people type about programmes: editions, charters, proposals, attendance."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _, gettext_lazy

from maillage.agenda.models import Event, Labelling, Occurrence, Programme
from maillage.agenda.services.charter import RULES, Check, Rule
from maillage.agenda.services.programme_report import MOST_VISITORS
from maillage.core.form_fields import DayField, choices_of, rows_of
from maillage.directory.fields import WebField, readable_data
from maillage.directory.models import Structure
from maillage.territories.models import Department

DAY_LONG = dt.timedelta(1)


def lines(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class ProgrammeForm(forms.ModelForm[Programme]):
    """An edition; people give the last day, the model keeps the one after."""

    starts_on = DayField(label=gettext_lazy("Premier jour"))
    last_on = DayField(label=gettext_lazy("Dernier jour"))
    proposals_from = DayField(label=gettext_lazy("Propositions à partir du"))
    proposals_last_on = DayField(label=gettext_lazy("Propositions jusqu’au"))
    website = WebField(label=gettext_lazy("Site national"), required=False)

    class Meta:
        model = Programme
        fields = (
            "name",
            "edition_of",
            "year",
            "theme",
            "starts_on",
            "last_on",
            "proposals_from",
            "proposals_last_on",
            "summary",
            "description",
            "website",
            "organiser",
            "is_published",
        )
        widgets = {"summary": lines(2), "description": lines(6)}
        help_texts = {
            "edition_of": gettext_lazy(
                "Le mot commun à toutes les années, comme fete-de-la-science."
            ),
            "is_published": gettext_lazy(
                "Le public le voit, et les organisateurs y proposent leurs événements."
            ),
        }

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        row = kwargs.get("instance")
        own = {}
        if row is not None and row.starts_on:
            own = {
                "last_on": row.last_on,
                "proposals_last_on": row.proposals_last_on,
            }
        kwargs["initial"] = own | kwargs.get("initial", {})
        super().__init__(readable_data(data), **kwargs)
        rows = Structure.objects.published().order_by("name", "pk")
        rows_of(self, "organiser").queryset = rows
        if row is not None and row.pk:
            # Its address and its place among the editions stay.
            del self.fields["edition_of"], self.fields["year"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for first, last, name in (
            ("starts_on", "last_on", "ends_on"),
            ("proposals_from", "proposals_last_on", "proposals_until"),
        ):
            start, end = data.get(first), data.get(last)
            if start and end and end < start:
                self.add_error(last, _("Le dernier jour vient après le premier."))
            elif end:
                setattr(self.instance, name, end + DAY_LONG)
        return data


class CharterForm(forms.Form):
    """One line a rule: whether it holds, whether it is required, its numbers."""

    STATES = (
        ("", gettext_lazy("ne fait pas partie")),
        ("advised", gettext_lazy("conseillée")),
        ("required", gettext_lazy("obligatoire")),
    )

    def __init__(self, data: Any = None, *, programme: Programme) -> None:
        super().__init__(data)
        held = {line["code"]: line for line in programme.charter}
        for code, rule in RULES.items():
            line = held.get(code, {})
            state = ""
            if line:
                state = "required" if line["is_required"] else "advised"
            self.fields[code] = forms.ChoiceField(
                label=str(rule.label),
                choices=self.STATES,
                required=False,
                initial=state,
            )
            for one in rule.parameters:
                self.fields[f"{code}_{one.code}"] = forms.IntegerField(
                    label=f"{rule.label} : {one.label}",
                    min_value=one.low,
                    max_value=one.high,
                    initial=line.get("parameters", {}).get(one.code, one.default),
                )
        self.programme = programme

    def rows(self) -> Iterable[tuple[Rule, str, Any, list[Any]]]:
        """Each rule with its sentence and its boxes."""
        for code, rule in RULES.items():
            boxes = [self[f"{code}_{one.code}"] for one in rule.parameters]
            values = rule.values({})
            yield rule, rule.sentence(self.programme, values), self[code], boxes

    def lines(self) -> list[dict[str, Any]]:
        """The charter as a programme keeps it."""
        data = self.cleaned_data
        return [
            {
                "code": code,
                "is_required": data[code] == "required",
                "parameters": {
                    one.code: data[f"{code}_{one.code}"] for one in rule.parameters
                },
            }
            for code, rule in RULES.items()
            if data[code]
        ]


class CoordinatorForm(forms.Form):
    email = forms.EmailField(
        label=gettext_lazy("Adresse e-mail"),
        help_text=gettext_lazy("Celle de son compte sur ce site."),
    )
    department = forms.ModelChoiceField(
        Department.objects.order_by("code"),
        required=False,
        label=gettext_lazy("Territoire"),
        empty_label=gettext_lazy("toute la région"),
    )


class ChooseEventForm(forms.Form):
    """Which of one's events to propose."""

    event = forms.ModelChoiceField(
        Event.objects.none(),
        label=gettext_lazy("Événement"),
        empty_label=None,
        widget=forms.RadioSelect,
        to_field_name="slug",
    )


class LabelAskForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("Un mot pour la coordination"),
        required=False,
        max_length=2000,
        widget=lines(3),
    )

    def __init__(self, data: Any = None, *, check: Check, **kwargs: Any) -> None:
        super().__init__(readable_data(data), **kwargs)
        if check.blocking:
            self.fields["note"].label = _(
                "Pourquoi l’accepter sans respecter toute la charte ?"
            )
            self.fields["note"].required = True


class LabelAnswerForm(forms.Form):
    """A decision; a box of its own for the reason of each rule that is let be."""

    DECISIONS = (
        ("grant", gettext_lazy("Labelliser")),
        ("ask_changes", gettext_lazy("Demander des compléments")),
        ("refuse", gettext_lazy("Ne pas retenir")),
    )
    decision = forms.ChoiceField(
        label=gettext_lazy("Réponse"), choices=DECISIONS, widget=forms.RadioSelect
    )
    answer = forms.CharField(
        label=gettext_lazy("Message à l’organisateur"),
        required=False,
        max_length=2000,
        widget=lines(4),
        help_text=gettext_lazy("Obligatoire, sauf pour labelliser."),
    )

    def __init__(self, data: Any = None, *, check: Check) -> None:
        super().__init__(readable_data(data))
        self.waivers = [one.rule.code for one in check.blocking]
        for one in check.blocking:
            self.fields[f"waive_{one.rule.code}"] = forms.CharField(
                label=_("Lever « %(rule)s » parce que")
                % {"rule": one.sentence.rstrip(".")},
                required=False,
                max_length=300,
            )

    def waiver_boxes(self) -> list[Any]:
        return [self[f"waive_{code}"] for code in self.waivers]

    def waived(self) -> dict[str, str]:
        data = self.cleaned_data
        return {code: data.get(f"waive_{code}", "") for code in self.waivers}


class WithdrawForm(forms.Form):
    answer = forms.CharField(
        label=gettext_lazy("Pourquoi"), required=False, max_length=1000, widget=lines(2)
    )


class AttendanceForm(forms.Form):
    """Two numbers for each occurrence, and whether the total may be shown."""

    is_public = forms.BooleanField(
        label=gettext_lazy("Publier la fréquentation de cet événement"),
        required=False,
        help_text=gettext_lazy(
            "Sinon ces nombres ne servent qu’à des totaux, qui ne paraissent que s’ils "
            "ne disent rien d’un seul organisateur."
        ),
    )

    def __init__(
        self, data: Any = None, *, label: Labelling, occurrences: Iterable[Occurrence]
    ) -> None:
        super().__init__(data, initial={"is_public": label.is_attendance_public})
        self.occurrences = list(occurrences)
        for one in self.occurrences:
            for name, text, value in (
                ("came", _("Public accueilli"), one.attendance),
                ("pupils", _("dont scolaires"), one.school_attendance),
            ):
                self.fields[f"{name}_{one.pk}"] = forms.IntegerField(
                    label=text,
                    required=False,
                    min_value=0,
                    max_value=MOST_VISITORS,
                    initial=value,
                    widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
                )

    def rows(self) -> list[tuple[Occurrence, Any, Any]]:
        return [
            (one, self[f"came_{one.pk}"], self[f"pupils_{one.pk}"])
            for one in self.occurrences
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for one in self.occurrences:
            came, pupils = data.get(f"came_{one.pk}"), data.get(f"pupils_{one.pk}")
            if pupils is not None and (came is None or pupils > came):
                self.add_error(
                    f"pupils_{one.pk}",
                    _(
                        "Les élèves font partie du public : leur nombre ne le dépasse pas."
                    ),
                )
        return data

    def counts(self) -> dict[int, tuple[int | None, int | None]]:
        data = self.cleaned_data
        return {
            one.pk: (data[f"came_{one.pk}"], data[f"pupils_{one.pk}"])
            for one in self.occurrences
        }


class CloseReportForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("Commentaire"),
        required=False,
        max_length=5000,
        widget=lines(4),
        help_text=gettext_lazy("Ce qui explique les chiffres, en quelques phrases."),
    )


class QueueFilterForm(forms.Form):
    """What the queue shows."""

    STATES = (
        ("asked", gettext_lazy("à examiner")),
        ("changes_asked", gettext_lazy("à compléter")),
        ("granted", gettext_lazy("labellisés")),
        ("refused", gettext_lazy("refusés")),
        ("withdrawn", gettext_lazy("retirés")),
    )
    state = forms.ChoiceField(choices=STATES, required=False)
    department = forms.ChoiceField(required=False)

    def __init__(self, data: Any, *, departments: Iterable[tuple[str, str]]) -> None:
        super().__init__(data)
        choices_of(self, "department").choices = [("", "—"), *departments]
