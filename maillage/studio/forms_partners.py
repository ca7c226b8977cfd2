"""Looking for partners, and files of a project."""

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from maillage.core import vocab
from maillage.core.form_fields import DayField, choices_of, rows_of
from maillage.directory.models import Structure
from maillage.studio.choices import FileAudience
from maillage.studio.models import PartnerAnswer, PartnerCall
from maillage.territories.models import Department


class PartnerCallForm(forms.ModelForm[PartnerCall]):
    """What a project seeks; the call ends with its last day, at midnight."""

    departments = forms.MultipleChoiceField(
        label=gettext_lazy("Départements"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Aucun : toute la région."),
    )
    last_day = DayField(
        label=gettext_lazy("Dernier jour"),
        help_text=gettext_lazy("Les réponses sont prises jusqu’à minuit."),
    )

    class Meta:
        model = PartnerCall
        fields = ("title", "text", "roles", "themes", "departments")
        widgets = {"text": forms.Textarea(attrs={"rows": 8})}
        help_texts = {
            "title": gettext_lazy("Comme « Un atelier pour fabriquer la malle »."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Department.objects.order_by("code").values_list("code", "name")
        choices = [(code, f"{name} ({code})") for code, name in rows]
        choices_of(self, "departments").choices = choices
        if self.instance.pk:
            self.initial["last_day"] = last_day(self.instance)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("last_day"):
            after = data["last_day"] + dt.timedelta(1)
            midnight = dt.datetime.combine(after, dt.time())
            self.instance.closes_at = timezone.make_aware(midnight)
        return data


def last_day(call: PartnerCall) -> dt.date:
    """The last day on which a call takes answers."""
    ends = call.closed_at or call.closes_at
    return timezone.localdate(ends - dt.timedelta(microseconds=1))


class PartnerAnswerForm(forms.ModelForm[PartnerAnswer]):
    class Meta:
        model = PartnerAnswer
        fields = ("structure", "roles", "text")
        widgets = {"text": forms.Textarea(attrs={"rows": 6})}

    def __init__(
        self, *args: Any, call: PartnerCall, structures: list[Structure], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        keys = [one.pk for one in structures]
        rows = Structure.objects.filter(pk__in=keys).order_by("name", "pk")
        rows_of(self, "structure").queryset = rows
        if len(structures) == 1:
            self.initial["structure"] = structures[0]
        # What is sought comes first, other links after.
        known = vocab.choices("chain_roles")
        sought = [one for one in known if one[0] in call.roles]
        others = [one for one in known if one[0] not in call.roles]
        choices_of(self, "roles").choices = sought + others


class DecisionForm(forms.Form):
    """A word to a structure that answered; a refusal needs one."""

    word = forms.CharField(
        label=gettext_lazy("Votre mot"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Envoyé avec la décision ; obligatoire pour décliner."),
    )


class NewVersionForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("Fichier"),
        allow_empty_file=True,  # the service says it, as it says all that is wrong
        help_text=gettext_lazy(
            "Un PDF de 20 Mo ou une image JPEG, PNG ou WebP de 12 Mo au plus. Un document "
            "de traitement de texte, avec ou sans macros, s’enregistre d’abord en PDF."
        ),
        widget=forms.FileInput(
            attrs={"accept": "application/pdf,image/jpeg,image/png,image/webp"}
        ),
    )


class NewFileForm(NewVersionForm):
    title = forms.CharField(label=gettext_lazy("Titre"), max_length=160)
    field_order = ("title", "file")

    def clean_title(self) -> str:
        title = " ".join(str(self.cleaned_data["title"]).split())
        if not title:
            raise forms.ValidationError(_("Donnez un titre."), "required")
        return title


class AudienceForm(forms.Form):
    audience = forms.ChoiceField(choices=FileAudience.choices)
