"""Decisions and the life of grants, as the agency and applicants write them."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext as _, gettext_lazy

from maillage.calls.models import Application, Decision, Grant
from maillage.calls.review_choices import Outcome
from maillage.calls.services.envelopes import first_amount
from maillage.core.form_fields import DayField
from maillage.core.money import EurosField

#: Payments that one page plans.
PARTS = 4
LONG = forms.Textarea(attrs={"rows": 4})


class DecisionForm(forms.Form):
    outcome = forms.ChoiceField(
        label=gettext_lazy("Décision"),
        choices=Outcome.choices,
        widget=forms.RadioSelect,
    )
    cents = EurosField(
        label=gettext_lazy("Montant attribué"),
        required=False,
        help_text=gettext_lazy("Pour un projet retenu."),
    )
    rank = forms.IntegerField(
        label=gettext_lazy("Rang sur la liste d’attente"),
        min_value=1,
        max_value=999,
        required=False,
    )
    reason = forms.CharField(
        label=gettext_lazy("Motif"),
        widget=LONG,
        required=False,
        help_text=gettext_lazy("Le porteur le lira dans sa lettre."),
    )
    reference = forms.CharField(
        label=gettext_lazy("Référence de l’acte"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("Numéro de la délibération, comme 2026-03-103."),
    )

    def __init__(self, *args: Any, application: Application, **kwargs: Any) -> None:
        decision = Decision.objects.filter(application=application).first()
        first: dict[str, Any] = {"cents": first_amount(application, application.call)}
        if decision:
            names = ("outcome", "rank", "reason", "reference")
            first = {name: getattr(decision, name) for name in names}
            first["cents"] = decision.cents or None
        super().__init__(*args, **{"initial": first, **kwargs})

    @property
    def choices(self) -> dict[str, Any]:
        return self.cleaned_data | {"cents": self.cleaned_data["cents"] or 0}


class ApplyForm(forms.Form):
    """The committee's proposal, as decisions."""

    reason = forms.CharField(
        label=gettext_lazy("Motif pour les projets non retenus"), widget=LONG
    )


class StepForm(forms.Form):
    """A step of a grant; ``asked`` is what its service takes."""

    def __init__(self, *args: Any, grant: Grant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.grant = grant

    @property
    def asked(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class AgreementForm(StepForm):
    agreed_on = DayField(label=gettext_lazy("Convention signée le"))
    starts_on = DayField(label=gettext_lazy("Premier jour"))
    last_on = DayField(label=gettext_lazy("Dernier jour"))
    act = forms.CharField(
        label=gettext_lazy("Référence de l’acte"), max_length=60, required=False
    )
    conditions = forms.CharField(
        label=gettext_lazy("Conditions particulières"), max_length=500, required=False
    )
    is_told_to_europe = forms.BooleanField(
        label=gettext_lazy("Aide notifiée à la Commission européenne"), required=False
    )

    def __init__(self, *args: Any, grant: Grant, **kwargs: Any) -> None:
        names = ("agreed_on", "starts_on", "act", "conditions", "is_told_to_europe")
        first = {name: getattr(grant, name) for name in names}
        first["last_on"] = grant.last_day
        super().__init__(*args, grant=grant, **{"initial": first, **kwargs})


class InstalmentsForm(StepForm):
    """Percents of what is not paid yet, with their days."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, grant: Grant, **kwargs: Any) -> None:
        first: dict[str, Any] = {"seen": grant.revision}
        unpaid = list(grant.instalments.all().unpaid())
        left = sum(one.cents for one in unpaid) or 1
        percents = [round(100 * one.cents / left) for one in unpaid]
        if percents:
            percents[-1] = 100 - sum(percents[:-1])
        for rank, (one, percent) in enumerate(zip(unpaid, percents, strict=True)):
            first |= {f"percent_{rank}": percent, f"day_{rank}": one.due_on}
        super().__init__(*args, grant=grant, **{"initial": first, **kwargs})
        for rank in range(PARTS):
            self.fields[f"percent_{rank}"] = forms.IntegerField(
                label=_("Versement %(n)s, en %% de ce qui reste") % {"n": rank + 1},
                min_value=1,
                max_value=100,
                required=False,
            )
            self.fields[f"day_{rank}"] = DayField(
                label=_("Versement %(n)s, prévu le") % {"n": rank + 1}, required=False
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for rank in range(PARTS):
            if bool(data.get(f"percent_{rank}")) != bool(data.get(f"day_{rank}")):
                self.add_error(f"day_{rank}", _("Écrivez la part et le jour."))
        return data

    @property
    def asked(self) -> dict[str, Any]:
        data = self.cleaned_data
        parts = [
            (data[f"percent_{rank}"], data[f"day_{rank}"])
            for rank in range(PARTS)
            if data[f"percent_{rank}"]
        ]
        return {"parts": parts, "seen": data["seen"]}


class AmendForm(StepForm):
    agreed_on = DayField(label=gettext_lazy("Avenant signé le"))
    cents = EurosField(label=gettext_lazy("Nouveau montant"))
    last_on = DayField(label=gettext_lazy("Nouveau dernier jour"))
    reason = forms.CharField(label=gettext_lazy("Motif"), max_length=300)

    def __init__(self, *args: Any, grant: Grant, **kwargs: Any) -> None:
        first = {"cents": grant.cents, "last_on": grant.last_day}
        super().__init__(*args, grant=grant, **{"initial": first, **kwargs})


class CancelForm(StepForm):
    cancelled_on = DayField(label=gettext_lazy("Annulée le"))
    reason = forms.CharField(label=gettext_lazy("Motif"), max_length=300)


class AskReportForm(StepForm):
    name = forms.CharField(label=gettext_lazy("Nom du bilan"), max_length=80)
    due_on = DayField(label=gettext_lazy("À rendre le"))


class CloseForm(StepForm):
    """Nothing to write: a question before the end."""


class PaidForm(forms.Form):
    paid_on = DayField(label=gettext_lazy("Payé le"))

    def clean_paid_on(self) -> dt.date:
        day: dt.date = self.cleaned_data["paid_on"]
        return day


class ReportForm(forms.Form):
    """What was done, spent, and for how many people."""

    text = forms.CharField(
        label=gettext_lazy("Ce qui a été fait"),
        widget=forms.Textarea(attrs={"rows": 10}),
        max_length=20_000,
    )
    spent_cents = EurosField(label=gettext_lazy("Dépenses réelles du projet"))
    people = forms.IntegerField(
        label=gettext_lazy("Personnes touchées"),
        min_value=0,
        max_value=10_000_000,
        required=False,
    )
    file = forms.FileField(
        label=gettext_lazy("Pièce jointe"),
        required=False,
        help_text=gettext_lazy("Un PDF ou une image de 20 Mo au plus."),
    )


class AnswerForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Ce qui est à reprendre"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("Vide : le bilan est accepté."),
    )
