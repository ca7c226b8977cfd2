"""Whose access to what; and what a scenario changes."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from maillage.core import vocab
from maillage.core.form_fields import choices_of
from maillage.directory.fields import CommuneField
from maillage.observatory.models import SitingScenario
from maillage.observatory.problem.supply import FAMILIES, months_from
from maillage.observatory.problem.territory import demand_indicators
from maillage.observatory.services.access import METHODS, REACHES, Choice

METHOD_LABELS = {
    "two_step": _("partage entre tous ceux qui y vont (E2SFCA)"),
    "three_step": _("partage, chacun choisissant parmi ses lieux (3SFCA)"),
    "gravity": _("attraction, qui décroît avec le temps de route"),
    "raam": _("foule et trajet (RAAM) : moins, c’est mieux"),
}
SIZES = [
    ("known", _("un grand lieu compte plus qu’un petit")),
    ("equal", _("tous les lieux comptent autant")),
]
AGO, AHEAD = 12, 12


def kinds() -> list[tuple[str, Any]]:
    families = dict(vocab.choices("place_families"))
    return [
        ("all", _("lieux et expositions de passage")),
        ("places", _("lieux permanents")),
        ("loans", _("expositions et malles de passage")),
        *((slug, families[slug]) for slug in FAMILIES if slug in families),
    ]


class ChoiceForm(forms.Form):
    """The boxes of the access page; what cannot be read is the usual choice."""

    theme = forms.ChoiceField(label=_("Thème"), required=False)
    audience = forms.ChoiceField(label=_("Public"), required=False)
    kind = forms.ChoiceField(label=_("Offre"), required=False)
    month = forms.ChoiceField(label=_("Mois"), required=False)
    demand = forms.ChoiceField(label=_("Qui est compté"), required=False)
    reach = forms.ChoiceField(
        label=_("Jusqu’à"),
        required=False,
        choices=[
            (m, _("%(minutes)s minutes de route") % {"minutes": m}) for m in REACHES
        ],
    )
    method = forms.ChoiceField(
        label=_("Méthode"),
        required=False,
        choices=[(method, METHOD_LABELS[method]) for method in METHODS],
    )
    size = forms.ChoiceField(label=_("Taille des lieux"), required=False, choices=SIZES)

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.use_required_attribute = False
        first = months_from(today, count=1)[0]
        start = (first.year * 12 + first.month - 1) - AGO
        begin = dt.date(start // 12, start % 12 + 1, 1)
        months = months_from(begin, count=AGO + AHEAD)
        told: dict[str, list[tuple[str, Any]]] = {
            "theme": [("", _("tous")), *vocab.choices("themes")],
            "audience": [("", _("tous")), *vocab.choices("audiences")],
            "kind": kinds(),
            "month": [(f"{m:%Y-%m}", date_format(m, "F Y")) for m in months],
            "demand": [
                ("", _("tous les habitants")),
                *demand_indicators().values_list("code", "name"),
            ],
        }
        for name, options in told.items():
            choices_of(self, name).choices = options
        self.initial = {
            "kind": "all",
            "month": f"{first:%Y-%m}",
            "reach": 30,
            "method": "two_step",
            "size": "known",
        }

    def chosen(self) -> tuple[Choice, dt.date]:
        """The choice and the first day of its month."""
        self.is_valid()
        found = {
            name: self.cleaned_data.get(name) or self.initial.get(name, "")
            for name in self.fields
        }
        year, month = (int(part) for part in found.pop("month").split("-"))
        reach = int(found.pop("reach"))
        return Choice(**found, reach=reach), dt.date(year, month, 1)

    def settled(self) -> "ChoiceForm":
        """The form with what is really chosen in its boxes, to be shown again."""
        choice, month = self.chosen()
        told = {name: getattr(choice, name) for name in self.fields if name != "month"}
        return ChoiceForm({**told, "month": f"{month:%Y-%m}"}, today=self.today)


class ScenarioForm(forms.ModelForm[SitingScenario]):
    class Meta:
        model = SitingScenario
        fields = ("name", "question")
        widgets = {"question": forms.Textarea(attrs={"rows": 3})}


class DecisionForm(forms.Form):
    """Keep a scenario or set it aside, and say why."""

    state = forms.ChoiceField(
        label=_("Décision"),
        choices=[("kept", _("retenir")), ("dropped", _("écarter"))],
        widget=forms.RadioSelect,
        initial="kept",
    )
    reasons = forms.CharField(
        label=_("Raisons du choix"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=4000,
        help_text=_("Elles restent au registre avec les chiffres du jour."),
    )


class StepForm(forms.Form):
    """One change: a place more, moved or closed; where, by a commune or by a point."""

    act = forms.ChoiceField(
        label=_("Que voulez-vous essayer ?"),
        choices=[
            ("add", _("ajouter")),
            ("move", _("déplacer")),
            ("close", _("fermer")),
        ],
        widget=forms.RadioSelect,
        initial="add",
    )
    sort = forms.ChoiceField(
        label=_("Ce qui est ajouté"),
        required=False,
        choices=[
            ("place", _("un lieu, ouvert toute l’année")),
            ("stop", _("une étape d’exposition, trois semaines du mois")),
            ("depot", _("un dépôt d’où partent malles et expositions")),
        ],
        help_text=_(
            "Un dépôt ne reçoit pas de public : il ne change que la longueur des "
            "livraisons."
        ),
    )
    site = forms.ChoiceField(
        label=_("Lieu ou dépôt à déplacer ou fermer"), required=False
    )
    commune = CommuneField(label=_("Commune où l’ajouter ou le mettre"), required=False)
    name = forms.CharField(
        label=_("Nom de ce qui est ajouté"), max_length=80, required=False
    )
    lon = forms.FloatField(required=False, widget=forms.HiddenInput)
    lat = forms.FloatField(required=False, widget=forms.HiddenInput)
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, sites: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False
        self.names = {site.key: site.name for site in sites}
        choices_of(self, "site").choices = [
            ("", "—"),
            *((site.key, site.name) for site in sites if not site.is_depot),
            (
                _("Dépôts"),
                [(site.key, site.name) for site in sites if site.is_depot],
            ),
        ]

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        act = found.get("act")
        if act in {"move", "close"} and not found.get("site"):
            self.add_error("site", _("Choisissez le lieu."))
        has_point = found.get("lon") is not None and found.get("lat") is not None
        if act in {"add", "move"} and not has_point and not found.get("commune"):
            self.add_error(
                "commune", _("Donnez la commune, ou placez le lieu sur la carte.")
            )
        return found

    def change(self) -> dict[str, Any]:
        """The change as scenarios keep it."""
        found = self.cleaned_data
        change: dict[str, Any] = {"act": found["act"], "site": found["site"]}
        if found["site"] and found["act"] != "add":
            change["name"] = self.names[found["site"]]  # read again years later
        if found["act"] == "close":
            return change
        if found["lon"] is not None and found["lat"] is not None:
            change |= {"lon": found["lon"], "lat": found["lat"]}
        else:
            commune = found["commune"]
            change |= {"lon": commune.lon, "lat": commune.lat}
        if found["act"] == "add":
            place = found["commune"].name if found["commune"] else _("Nouveau lieu")
            change |= {"site": "", "name": found["name"] or str(place)}
            if found["sort"] in {"stop", "depot"}:
                change["sort"] = found["sort"]
        return change


class ProposalForm(forms.Form):
    """How many new places, and what they should make best."""

    new = forms.IntegerField(
        label=_("Combien de lieux nouveaux"), min_value=1, max_value=8, initial=1
    )
    goal = forms.ChoiceField(
        label=_("Pour que"),
        required=False,
        choices=[
            ("covering", _("le plus d’habitants aient un lieu à portée")),
            ("median", _("le trajet moyen soit le plus court")),
            ("centre", _("le plus long trajet soit le plus court")),
        ],
    )

    def asked(self) -> dict[str, Any]:
        found = self.cleaned_data
        return {"new": found["new"], "goal": found["goal"] or "covering"}
