"""What somebody would like to borrow soon: a form that anybody may fill in."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy as _

from maillage.circulation.models import Host
from maillage.core import vocab
from maillage.core.form_fields import DayField, choices_of, rows_of
from maillage.directory.fields import CommuneField

LONGEST = 366
FURTHEST = 730


def terms(vocabulary: str, blank: str) -> list[tuple[str, str]]:
    rows = vocab.terms(vocabulary).values()
    return [("", blank), *[(term.slug, str(term.label)) for term in rows]]


class WishForm(forms.Form):
    """Read from the address: all of it may be left out."""

    duree = forms.IntegerField(
        label=_("Durée (jours)"), min_value=1, max_value=LONGEST, required=False
    )
    du = DayField(label=_("À partir du"), required=False)
    commune = CommuneField(label=_("Près de"), required=False)
    theme = forms.ChoiceField(label=_("Thème"), required=False)
    nature = forms.ChoiceField(label=_("Nature"), required=False)
    lieu = forms.ModelChoiceField(
        Host.objects.none(), label=_("Mon lieu d’accueil"), required=False
    )
    salle = forms.CharField(
        label=_("Ma salle, dans l’annuaire"),
        required=False,
        max_length=200,
        help_text=_("Pour écarter ce qui n’y entre pas."),
    )
    ecole = forms.BooleanField(
        label=_("Hors vacances scolaires (pour une école)"), required=False
    )

    def __init__(self, *args: Any, user: Any, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        themes = choices_of(self, "theme")
        kinds = choices_of(self, "nature")
        themes.choices = terms("themes", gettext("tous les thèmes"))
        kinds.choices = terms("resource_kinds", gettext("toutes"))
        host = rows_of(self, "lieu")
        host.empty_label = "—"
        if user.is_authenticated:
            host.queryset = Host.objects.all().spoken_for_by(user).select_related(
                "commune__department", "place__commune"
            )  # fmt: skip
        else:
            del self.fields["lieu"]

    def clean_du(self) -> dt.date:
        day: dt.date = self.cleaned_data["du"] or self.today
        if day > self.today + dt.timedelta(FURTHEST):
            raise forms.ValidationError(_("Choisissez un jour dans les deux ans."))
        return max(day, self.today)

    def clean_duree(self) -> int:
        return self.cleaned_data["duree"] or 21
