"""The applications of a call by filters; the address holds them all."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from maillage.calls.choices import PRIVATE, ApplicationState
from maillage.calls.models import Application, Call
from maillage.core import vocab
from maillage.core.form_fields import choices_of
from maillage.territories.models import Department

SORTS = {
    "recent": ("-submitted_at", "pk"),
    "title": ("title", "pk"),
    "asked": ("-requested_cents", "pk"),
}


class ApplicationFilter(forms.Form):
    """What the list is asked."""

    mot = forms.CharField(
        label=gettext_lazy("Titre, structure ou numéro"), required=False, max_length=80
    )
    etat = forms.ChoiceField(
        label=gettext_lazy("État"),
        required=False,
        choices=[("", gettext_lazy("tous"))]
        + [one for one in ApplicationState.choices if one[0] not in PRIVATE],
    )
    departement = forms.ChoiceField(label=gettext_lazy("Département"), required=False)
    theme = forms.ChoiceField(label=gettext_lazy("Thème"), required=False)
    rural = forms.BooleanField(
        label=gettext_lazy("Communes rurales seulement"), required=False
    )
    tri = forms.ChoiceField(
        label=gettext_lazy("Tri"),
        required=False,
        choices=[
            ("recent", gettext_lazy("dernières déposées")),
            ("title", gettext_lazy("titre")),
            ("asked", gettext_lazy("montant demandé")),
        ],
    )

    def __init__(self, *args: Any, call: Call, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Department.objects.order_by("code").values_list("code", "name")
        choices_of(self, "departement").choices = [("", "—"), *rows]
        choices_of(self, "theme").choices = [("", "—"), *vocab.choices("themes")]


def listed(call: Call, form: ApplicationFilter, *, user: Any) -> list[Application]:
    """The applications that a person may read, by what the form asks."""
    asked = form.cleaned_data if form.is_valid() else {}
    rows = Application.objects.all().visible_to(user).sent().filter(call=call)
    if state := asked.get("etat"):
        rows = rows.filter(state=state)
    if asked.get("rural"):
        rows = rows.filter(is_rural=True)
    order = SORTS.get(asked.get("tri") or "recent", SORTS["recent"])
    found = list(
        rows.select_related("structure", "commune", "call", "form").order_by(*order)
    )
    word = (asked.get("mot") or "").casefold()
    return [row for row in found if fits(row, asked, word)]


def fits(row: Application, asked: dict[str, Any], word: str) -> bool:
    """Lists in JSON are looked into here: both databases read them alike."""
    if (code := asked.get("departement")) and code not in row.departments:
        return False
    if (theme := asked.get("theme")) and theme not in row.themes:
        return False
    text = f"{row.title} {row.structure.name} {row.number}".casefold()
    return word in text
