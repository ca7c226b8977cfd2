"""Handovers and reports typed without JavaScript: one tick or choice a component."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext, gettext_lazy as _

from maillage.circulation.choices import Finding, LoanState, Moment, Party
from maillage.circulation.custody_shape import MOST_PICTURES, NOTE_LONGEST
from maillage.circulation.models import Component, Loan
from maillage.circulation.services.luggage import NEXT, check_list
from maillage.circulation.services.sides import parties_of
from maillage.core.form_fields import choices_of
from maillage.core.uploads import PICTURE_BYTES


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class PicturesField(forms.FileField):
    """Several pictures at once, none too heavy."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        kwargs["widget"] = ManyFiles(attrs={"multiple": True, "accept": "image/*"})
        super().__init__(**kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = data if isinstance(data, list | tuple) else [data] if data else []
        if any(file.size > PICTURE_BYTES for file in files):
            raise forms.ValidationError(_("Une image fait 12 Mo au plus."), "too_big")
        return [super(PicturesField, self).clean(file) for file in files]


class MomentForm(forms.Form):
    """Who hands what over to whom, when, and signs."""

    moment = forms.ChoiceField(
        label=_("Ce qui se passe"), choices=Moment.choices, widget=forms.RadioSelect
    )
    party = forms.ChoiceField(label=_("Vous signez pour"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, loan: Loan, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mine = parties_of(loan, user=user)
        party = choices_of(self, "party")
        party.choices = [
            (each.value, each.label.capitalize()) for each in Party if each in mine
        ]
        self.initial.setdefault("moment", NEXT[LoanState(loan.state)])
        self.initial.setdefault("party", party.choices[0][0])
        self.parts = check_list(loan.copy)
        self.add_parts()
        self.fields["note"] = forms.CharField(
            label=_("Remarque"), required=False, max_length=NOTE_LONGEST,
            widget=forms.Textarea(attrs={"rows": 3}),
        )  # fmt: skip
        self.fields["signed_name"] = forms.CharField(
            label=_("Votre nom, qui vaut signature"), max_length=120,
            initial=user.get_full_name(),
        )  # fmt: skip

    def add_parts(self) -> None:
        """Add the fields of the components, before the signature."""


class HandoverForm(MomentForm):
    """The labels that are there."""

    def add_parts(self) -> None:
        if len(self.parts) > 1:
            self.fields["all_seen"] = forms.BooleanField(
                label=_("Tout est là"), required=False
            )
        self.fields["seen"] = forms.MultipleChoiceField(
            label=_("Ce qui est là"), required=False,
            choices=[(part.label, f"{part.name} – {part.label}") for part in self.parts],
            widget=forms.CheckboxSelectMultiple,
            help_text=_(
                "Si tout n’est pas là : ce que vous ne cochez pas est noté manquant."
            ),
        )  # fmt: skip

    def signed(self) -> dict[str, Any]:
        """What a line of the custody log says of it."""
        data = self.cleaned_data
        labels = [part.label for part in self.parts]
        seen = set(labels if data.get("all_seen") else data["seen"])
        return {
            "party": Party(data["party"]),
            "signed_name": data["signed_name"],
            "payload": {
                "moment": data["moment"],
                "seen": [label for label in labels if label in seen],
                "missing": [label for label in labels if label not in seen],
                "note": data["note"],
            },
        }


class ReportForm(MomentForm):
    """The state of each component, with a note and pictures.

    Nothing is ticked beforehand: a state that is signed is one that was looked at.
    """

    def add_parts(self) -> None:
        for rank, part in enumerate(self.parts):
            self.fields[f"finding_{rank}"] = forms.ChoiceField(
                label=f"{part.name} – {part.label}", choices=Finding.choices,
                widget=forms.RadioSelect, help_text=part.check_note,
                error_messages={"required": _("Regardez, puis dites son état.")},
            )  # fmt: skip
            self.fields[f"note_{rank}"] = forms.CharField(
                label=_("Précision"), required=False, max_length=NOTE_LONGEST
            )
            self.fields[f"pictures_{rank}"] = PicturesField(label=_("Photos"))

    def rows(self) -> Iterator[tuple[Component | BoundField, ...]]:
        """The fields of each component, for the page."""
        for rank, part in enumerate(self.parts):
            names = (f"finding_{rank}", f"note_{rank}", f"pictures_{rank}")
            yield part, *(self[name] for name in names)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        found = sum(
            len(files or [])
            for key, files in data.items()
            if key.startswith("pictures_")
        )
        if found > MOST_PICTURES:
            self.add_error(
                None,
                gettext("Un constat a %(most)s photos au plus.")
                % {"most": MOST_PICTURES},
            )
        return data

    def signed(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {
            "party": Party(data["party"]),
            "moment": Moment(data["moment"]),
            "signed_name": data["signed_name"],
            "note": data["note"],
            "rows": [
                {
                    "label": part.label,
                    "finding": data[f"finding_{rank}"],
                    "note": data[f"note_{rank}"],
                    "files": data[f"pictures_{rank}"],
                }
                for rank, part in enumerate(self.parts)
            ],
        }
