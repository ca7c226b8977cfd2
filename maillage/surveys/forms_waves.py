"""What the agency fills in to prepare a wave and to ask people."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _, gettext_lazy

from maillage.core import vocab
from maillage.core.errors import Refused
from maillage.core.form_fields import DayField, choices_of, rows_of
from maillage.core.intake.files import read_file
from maillage.directory.fields import CommuneField, readable_data
from maillage.directory.models import Structure
from maillage.surveys.choices import EntryMode, ResponseState, VersionState
from maillage.surveys.models import Version, Wave
from maillage.surveys.services.invitations import check_text
from maillage.surveys.services.population import Filters
from maillage.territories.models import Department


class ReadableForm(forms.Form):
    """A form whose texts hold no control character."""

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(readable_data(data), *args, **kwargs)


class WaveForm(forms.ModelForm[Wave]):
    class Meta:
        model = Wave
        fields = ("name", "year", "opens_on", "closes_on", "remind_days_before")
        field_classes = {"opens_on": DayField, "closes_on": DayField}

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(readable_data(data), **kwargs)
        self.fields["year"] = forms.IntegerField(
            label=gettext_lazy("Année"), min_value=1990, max_value=2100,
            help_text=gettext_lazy("Celle sur laquelle portent les réponses."),
        )  # fmt: skip
        self.fields["remind_days_before"] = forms.IntegerField(
            label=gettext_lazy("Relancer d’office (jours avant la clôture)"),
            required=False, min_value=1, max_value=90,
            help_text=gettext_lazy("Vide : aucune relance ne part sans l’agence."),
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        start, end = data.get("opens_on"), data.get("closes_on")
        if start and end and end < start:
            self.add_error("closes_on", _("Le dernier jour vient après l’ouverture."))
        return data


class NewWaveForm(WaveForm):
    version = forms.ModelChoiceField(
        Version.objects.none(),
        label=gettext_lazy("Questionnaire"),
        help_text=gettext_lazy("Seules les versions figées peuvent être posées."),
        empty_label=gettext_lazy("Choisir…"),
    )
    field_order = ("version", "name", "year", "opens_on", "closes_on")

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        rows = Version.objects.filter(state=VersionState.FROZEN)
        rows_of(self, "version").queryset = rows.select_related("questionnaire")


class PopulationForm(ReadableForm):
    """Which structures of the directory are asked."""

    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("Natures"), required=False,
        choices=lambda: vocab.choices("structure_kinds"),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Aucune cochée : toutes."),
    )  # fmt: skip
    departments = forms.MultipleChoiceField(
        label=gettext_lazy("Départements"), required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Aucun coché : toute la région."),
    )  # fmt: skip
    is_active = forms.BooleanField(
        label=gettext_lazy("Seulement les structures en activité"), required=False,
        initial=True,
    )  # fmt: skip
    has_email = forms.BooleanField(
        label=gettext_lazy("Seulement celles que l’on peut joindre par e-mail"),
        required=False,
    )

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        choices_of(self, "departments").choices = list(
            Department.objects.values_list("pk", "name")
        )

    @property
    def filters(self) -> Filters:
        found = self.cleaned_data
        return Filters(
            tuple(found["kinds"]),
            tuple(found["departments"]),
            found["is_active"],
            found["has_email"],
        )


class UnitForm(ReadableForm):
    """One more to ask: a structure of the directory, or somebody else."""

    structure = forms.CharField(
        label=gettext_lazy("Structure de l’annuaire"), required=False, max_length=200,
        help_text=gettext_lazy("Son nom exact, ou la fin de l’adresse de sa page."),
    )  # fmt: skip
    name = forms.CharField(
        label=gettext_lazy("Ou un autre nom"), required=False, max_length=200
    )
    email = forms.EmailField(label=gettext_lazy("Adresse e-mail"), required=False)
    kind = forms.ChoiceField(
        label=gettext_lazy("Nature"), required=False,
        choices=lambda: [("", "—"), *vocab.choices("structure_kinds")],
    )  # fmt: skip
    commune = CommuneField(label=gettext_lazy("Commune"), required=False)

    def clean_structure(self) -> Structure | None:
        word = self.cleaned_data["structure"].strip()
        if not word:
            return None
        rows = Structure.objects.published().select_related("commune")
        found = list(rows.filter(slug=word)) or list(rows.filter(name__iexact=word)[:2])
        if len(found) != 1:
            raise forms.ValidationError(
                _("Aucune structure ne s’appelle ainsi, ou plusieurs.")
            )
        structure: Structure = found[0]
        return structure


class AddressForm(ReadableForm):
    email = forms.EmailField(label=gettext_lazy("Adresse e-mail"), required=False)


class BounceForm(forms.Form):
    """Addresses to which letters came back: pasted, or in a file."""

    addresses = forms.CharField(
        label=gettext_lazy("Adresses"), required=False, max_length=200_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy(
            "Collez les adresses, ou les messages de retour entiers : les adresses y "
            "sont cherchées."
        ),
    )  # fmt: skip
    file = forms.FileField(
        label=gettext_lazy("Ou un fichier"), required=False,
        help_text=gettext_lazy(
            "CSV, XLSX ou ODS, par exemple le rapport de votre outil d’envoi."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.xlsx,.ods"}),
    )  # fmt: skip
    why = forms.CharField(
        label=gettext_lazy("Raison (facultatif)"), required=False, max_length=200,
        help_text=gettext_lazy("Par exemple : boîte pleine, personne partie."),
    )  # fmt: skip

    def texts(self) -> list[str]:
        """Where addresses may stand. Refuses as ``read_file`` does."""
        found = [self.cleaned_data["addresses"]]
        if file := self.cleaned_data["file"]:
            table = read_file(file.read(), name=file.name)
            found += table.header
            found += [cell for row in table.rows for cell in row.cells]
        return found


class LettersForm(ReadableForm):
    """What invitations and reminders say."""

    invitation = forms.CharField(
        label=gettext_lazy("Invitation"), max_length=5000,
        widget=forms.Textarea(attrs={"rows": 12}),
    )  # fmt: skip
    reminder = forms.CharField(
        label=gettext_lazy("Relance"), max_length=5000,
        widget=forms.Textarea(attrs={"rows": 10}),
    )  # fmt: skip

    def checked(self, name: str) -> str:
        text: str = self.cleaned_data[name]
        try:
            check_text(text)
        except Refused as no:
            raise forms.ValidationError(no.message) from no
        return text

    def clean_invitation(self) -> str:
        return self.checked("invitation")

    def clean_reminder(self) -> str:
        return self.checked("reminder")


class ReopenForm(forms.Form):
    closes_on = DayField(label=gettext_lazy("Nouveau dernier jour"))


class AsideForm(ReadableForm):
    """Why an answer is not waited for, or no longer."""

    state = forms.ChoiceField(
        label=gettext_lazy("Classer"),
        choices=[
            (ResponseState.WAITING, gettext_lazy("attendue")),
            (ResponseState.DECLINED, ResponseState.DECLINED.label),
            (ResponseState.OUTSIDE, ResponseState.OUTSIDE.label),
        ],
    )
    note = forms.CharField(
        label=gettext_lazy("Note de l’agence"), required=False, max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip


class NoteForm(ReadableForm):
    note = forms.CharField(
        label=gettext_lazy("Note de l’agence"), required=False, max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Pour l’agence seulement."),
    )  # fmt: skip


class ModeForm(forms.Form):
    mode = forms.ChoiceField(
        label=gettext_lazy("La réponse arrive"), choices=EntryMode.choices
    )
