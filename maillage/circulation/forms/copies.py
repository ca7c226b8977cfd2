"""What people type about copies, their crates, and how they are lent."""

import datetime as dt
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from maillage.catalogue.models import Resource
from maillage.circulation.choices import ComponentKind, CopyState
from maillage.circulation.models import Component, Copy, LendingRules
from maillage.circulation.services.copies import COMPONENT, EDITABLE
from maillage.core.choices import State
from maillage.core.form_fields import DayField, rows_of
from maillage.core.money import EurosField
from maillage.directory.models import Place

BLANK_ROWS = 3
MOST_COMPONENTS = 300


def depots_for(resource: Resource) -> Any:
    """Places where a copy may be kept: the owner's, or others of its commune."""
    owner = resource.owner
    near = Q(commune=owner.commune_id, state=State.PUBLISHED)
    mine = Q(structure=owner)
    rows = Place.objects.filter(mine | near if owner.commune_id else mine)
    return rows.exclude(state=State.ARCHIVED).order_by("name")


class CopyForm(forms.ModelForm[Copy]):
    """A copy: its label, its depot, its pace and its price."""

    purchase_value_cents = EurosField(label=_("Valeur d’achat (€)"), required=False)
    km_cents = EurosField(
        label=_("Transport : euros par kilomètre"),
        required=False,
        help_text=_("Vide : le tarif du propriétaire."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Copy
        fields = EDITABLE
        field_classes = {"purchased_on": DayField}
        widgets = {"notes": forms.Textarea({"rows": 4})}

    def __init__(self, *args: Any, resource: Resource, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        depot = rows_of(self, "depot")
        depot.queryset = depots_for(resource)
        if self.instance.pk:
            current = Place.objects.filter(pk=self.instance.depot_id)
            depot.queryset = depot.queryset | current
            self.fields["version"].initial = self.instance.version
        depot.empty_label = "—"

    def clean_label(self) -> str:
        return str(self.cleaned_data["label"]).strip().upper()

    @property
    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in EDITABLE}


class StateForm(forms.Form):
    """All states but broken: a breakdown has a page that moves the loans."""

    state = forms.ChoiceField(
        label=_("État"),
        choices=[pair for pair in CopyState.choices if pair[0] != CopyState.BROKEN],
        widget=forms.RadioSelect,
    )
    why = forms.CharField(label=_("Précision"), max_length=100, required=False)


class ComponentForm(forms.ModelForm[Component]):
    """One row of the list of crates and pieces."""

    # A browser would not send the page while a row is left blank.
    use_required_attribute = False

    value_cents = EurosField(label=_("Valeur (€)"), required=False)
    retire = forms.BooleanField(label=_("Retiré"), required=False)

    class Meta:
        model = Component
        fields = (
            "position", "name", "kind", "crate", "quantity", "weight_kg",
            "value_cents", "expected_life_days", "check_note", "renewed_on",
        )  # fmt: skip
        field_classes = {"renewed_on": DayField}
        labels = {
            "position": _("Ordre"),
            "kind": _("Nature"),
            "expected_life_days": _("Vie (jours)"),
        }

    def __init__(self, *args: Any, copy: Copy, crates: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.copy = copy
        crate = rows_of(self, "crate")
        crate.queryset = copy.components.filter(kind=ComponentKind.CRATE)
        # The rows share one list: a query for each would be one a component.
        crate.choices = [("", "—"), *[(row.pk, row.name) for row in crates]]
        crate.required = False
        self.fields["position"].required = False
        self.fields["retire"].initial = self.instance.retired_on is not None
        self.empty_permitted = not self.instance.pk
        if not self.instance.pk:
            self.initial["position"] = None

    def has_changed(self) -> bool:
        """A blank row has its kind and quantity filled in: they do not count."""
        filled = {*self.changed_data} - {"kind", "quantity", "position"}
        return bool(filled or self.instance.pk)

    def facts(self, *, today: dt.date) -> dict[str, Any]:
        """What the row changes of its component, by field."""
        names = set(self.changed_data) if self.instance.pk else set(self.cleaned_data)
        found = {n: self.cleaned_data[n] for n in names if n in COMPONENT}
        if found.get("position", 0) is None:
            del found["position"]
        if "retire" in names:
            found["retired_on"] = today if self.cleaned_data["retire"] else None
        return found


def component_rows(copy: Copy, data: Any = None) -> list[ComponentForm]:
    """A form for each component, and some blank ones.

    Those that ``data`` speaks of are bound: what a colleague has added meanwhile is
    shown as it is.
    """
    rows = list(copy.components.all())
    crates = [row for row in rows if row.kind == ComponentKind.CRATE]
    blank = min(BLANK_ROWS, max(0, MOST_COMPONENTS - len(rows)))
    things = [(f"c{row.pk}", row) for row in rows]
    things += [(f"n{number}", Component(copy=copy)) for number in range(blank)]
    return [
        ComponentForm(
            data if data and f"{prefix}-name" in data else None,
            prefix=prefix, instance=row, copy=copy, crates=crates,
        )
        for prefix, row in things
    ]  # fmt: skip


class RulesForm(forms.ModelForm[LendingRules]):
    """How an owner lends."""

    shuttle_weekdays = forms.TypedMultipleChoiceField(
        label=_("Jours de navette"),
        choices=[(number, WEEKDAYS[number]) for number in range(5)],
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "Jours où les exemplaires partent ; aucun : tous les jours ouvrés."
        ),
    )
    km_cents = EurosField(label=_("Transport : euros par kilomètre"), required=False)

    class Meta:
        model = LendingRules
        fields = (
            "notice_days", "buffer_days", "loans_per_host", "shuttle_weekdays",
            "km_cents", "agreement_text",
        )  # fmt: skip
        help_texts = {"loans_per_host": _("Vide : sans limite.")}

    def clean_km_cents(self) -> int:
        return self.cleaned_data["km_cents"] or 0

    def clean_notice_days(self) -> int:
        return within(self.cleaned_data["notice_days"], 366)

    def clean_buffer_days(self) -> int:
        return within(self.cleaned_data["buffer_days"], 60)


def within(days: int, most: int) -> int:
    if days > most:
        raise forms.ValidationError(
            _("Écrivez au plus %(most)s jours."), "too_many", {"most": most}
        )
    return days


class PeriodForm(forms.Form):
    """Days as people say them: the last one counts."""

    start = DayField(label=_("Du"))
    last = DayField(label=_("Au (inclus)"))
    text = forms.CharField(label=_("Motif"), max_length=120, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        start, last = data.get("start"), data.get("last")
        if start and last and last < start:
            self.add_error("last", _("Le dernier jour vient avant le premier."))
        elif start and last and (last - start).days > 400:
            self.add_error("last", _("Choisissez moins de 400 jours."))
        return data

    @property
    def end(self) -> dt.date:
        day: dt.date = self.cleaned_data["last"]
        return day + dt.timedelta(1)
