"""What the agency decides, and what a person searches."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from maillage.core.choices import ProposalState
from maillage.core.form_fields import choices_of
from maillage.portal.queue import DECIDED, kind_choices


class QueueForm(forms.Form):
    """The filters of the moderation queue; what is wrong counts as not chosen."""

    state = forms.ChoiceField(
        label=_("État"),
        choices=[
            (ProposalState.WAITING, _("À traiter")),
            (ProposalState.CHANGES_ASKED, _("Chez l’auteur, à compléter")),
            (DECIDED, _("Traitées")),
        ],
        required=False,
    )
    kind = forms.ChoiceField(label=_("Genre"), choices=[], required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = choices_of(self, "kind")
        field.choices = [("", _("Tous")), *kind_choices()]

    def chosen(self) -> tuple[str, str]:
        self.is_valid()
        data = getattr(self, "cleaned_data", {})
        return data.get("state") or ProposalState.WAITING, data.get("kind") or ""


class DecisionForm(forms.Form):
    """An answer to a proposal or a claim; the buttons say which."""

    answer = forms.CharField(
        label=_("Votre mot à l’auteur"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": "4"}),
        help_text=_(
            "Il le reçoit par e-mail. Nécessaire pour demander un complément ou refuser."
        ),
    )
    over = forms.BooleanField(
        label=_("Remplacer aussi ce qui a changé entre-temps"), required=False
    )


class MergeForm(forms.Form):
    """Search for the second of two records that are one."""

    q = forms.CharField(label=_("Nom de l’autre fiche"), required=False, max_length=200)
