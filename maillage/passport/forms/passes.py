"""What people say to get a pass: as little as the rules of the offer need."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _, gettext_lazy

from maillage.core import vocab
from maillage.core.form_fields import choices_of, rows_of
from maillage.directory.fields import CommuneField
from maillage.directory.models import Structure
from maillage.passport.choices import AgeBand, PassKind
from maillage.passport.models import Offer, Pass
from maillage.passport.services.issuing import MOST_EACH, Wish

ONE, EACH = "one", "each"
#: Where a refusal of the rules is shown; the others are for the whole form.
FIELD_OF = {
    "age": "age_band",
    "commune": "commune",
    "commune_needed": "commune",
    "level": "level",
    "too_many_people": "people",
    "not_yours": "group",
}


class PassForm(forms.Form):
    """One form for all kinds of passes; fields that an offer does not need are left out."""

    age_band = forms.ChoiceField(
        label=gettext_lazy("Âge"), required=False, widget=forms.RadioSelect
    )
    how = forms.ChoiceField(
        label=gettext_lazy("Combien de passeports ?"),
        widget=forms.RadioSelect,
        initial=ONE,
        choices=[
            (ONE, gettext_lazy("un passeport pour toute la classe")),
            (EACH, gettext_lazy("un passeport par élève, sur une planche à imprimer")),
        ],
    )
    people = forms.IntegerField(
        label=gettext_lazy("Nombre d’élèves"), min_value=1, max_value=999
    )
    level = forms.ChoiceField(
        label=gettext_lazy("Niveau scolaire"),
        help_text=gettext_lazy("Sert à vérifier la règle ; n’est pas gardé."),
    )
    commune = CommuneField(
        label=gettext_lazy("Commune"),
        help_text=gettext_lazy(
            "Celle où vous habitez. Elle sert à savoir d’où vient le public, jamais "
            "qui vous êtes."
        ),
    )
    group = forms.ModelChoiceField(
        Structure.objects.none(),
        label=gettext_lazy("Structure"),
        required=False,
        empty_label=gettext_lazy("aucune"),
    )
    nickname = forms.CharField(
        label=gettext_lazy("Petit nom"),
        required=False,
        max_length=40,
        help_text=gettext_lazy(
            "Facultatif, pour vous y retrouver : il ne s’affiche que sur votre page. "
            "N’y mettez pas de nom de famille."
        ),
    )
    keeps_stamps = forms.BooleanField(
        label=gettext_lazy("Garder mes tampons de parcours sur ce passeport"),
        required=False,
    )

    def __init__(self, *args: Any, offer: Offer, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer, self.user = offer, user
        self.counts: dict[str, str] = {}
        for name in self.without():
            del self.fields[name]
        if "age_band" in self.fields:
            self.offer_ages()
        if "level" in self.fields:
            labels = [
                (slug, vocab.label("school_levels", slug)) for slug in offer.levels
            ]
            choices_of(self, "level").choices = [("", "—"), *labels]
        if "group" in self.fields:
            rows_of(self, "group").queryset = structures_of(user)
        if offer.kind == PassKind.HOUSEHOLD:
            self.ask_members()
        self.fields["commune"].required = bool(offer.communes or offer.departments)
        last = ["commune", "group", "nickname", "keeps_stamps"]
        self.order_fields([name for name in self.fields if name not in last] + last)

    def without(self) -> list[str]:
        """Fields that this offer does not need."""
        kind = self.offer.kind
        found = [] if self.offer.levels else ["level"]
        if kind != PassKind.CLASS:
            found += ["how", "people", "group"]
        elif not structures_of(self.user).exists():
            found += ["group"]
        if kind in {PassKind.HOUSEHOLD, PassKind.CARER}:
            found += ["age_band"]
        if kind == PassKind.CLASS:
            found += ["keeps_stamps"]
        return found

    def offer_ages(self) -> None:
        wanted = self.offer.age_bands
        needed = bool(wanted) and self.offer.kind == PassKind.PERSON
        bands = [
            (band, label)
            for band, label in AgeBand.choices
            if not needed or band in wanted
        ]
        choices_of(self, "age_band").choices = bands
        self.fields["age_band"].required = needed

    def ask_members(self) -> None:
        """How many people of each age: a household says no more of its members."""
        for band, label in AgeBand.choices:
            if band:
                name = f"count_{band.replace('-', '_')}"
                self.counts[name] = band
                self.fields[name] = forms.IntegerField(
                    label=str(label),
                    required=False,
                    min_value=0,
                    max_value=self.offer.most_members,
                )

    @property
    def boxes_of_members(self) -> list[Any]:
        return [self[name] for name in self.counts]

    @property
    def other_boxes(self) -> list[Any]:
        return [self[name] for name in self.fields if name not in self.counts]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.counts and not self.errors and not self.members:
            self.add_error(
                next(iter(self.counts)), _("Dites au moins une personne du foyer.")
            )
        if data.get("how") == EACH and (data.get("people") or 0) > MOST_EACH:
            message = _("%(most)s passeports au plus à la fois.") % {"most": MOST_EACH}
            self.add_error("people", message)
        return data

    @property
    def members(self) -> list[str]:
        data = self.cleaned_data
        return [
            band
            for name, band in self.counts.items()
            for _rank in range(data.get(name) or 0)
        ]

    @property
    def is_for_each(self) -> bool:
        return bool(self.cleaned_data.get("how") == EACH)

    def wish(self) -> Wish:
        data = self.cleaned_data
        return Wish(
            age_band=data.get("age_band", ""),
            commune=data["commune"],
            level=data.get("level", ""),
            members=self.members,
            people=1 if self.is_for_each else data.get("people") or 1,
            nickname=data["nickname"],
            keeps_stamps=data.get("keeps_stamps", False),
            group=data.get("group"),
        )

    def refuse(self, code: str, message: str) -> None:
        field = FIELD_OF.get(code)
        self.add_error(field if field in self.fields else None, message)


def structures_of(user: Any) -> Any:
    """The structures in whose name a person may ask for a class."""
    if not user.is_authenticated:
        return Structure.objects.none()
    return Structure.objects.filter(memberships__user=user.pk).order_by("name")


class HolderForm(forms.ModelForm[Pass]):
    """What holders may change by themselves."""

    class Meta:
        model = Pass
        fields = ("nickname", "keeps_stamps")
        help_texts = {
            "nickname": gettext_lazy(
                "Facultatif : il ne s’affiche que sur votre page. N’y mettez pas de nom "
                "de famille."
            ),
        }
