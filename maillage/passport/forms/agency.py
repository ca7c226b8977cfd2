"""What the agency sets: who issues, for which seasons, on what conditions."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _, gettext_lazy

from maillage.core import vocab
from maillage.core.form_fields import DayField, rows_of
from maillage.core.money import EurosField
from maillage.directory.models import Structure
from maillage.passport.choices import AgeBand, PassKind
from maillage.passport.models import Issuer, Offer, PassSeason
from maillage.passport.tokens import CODE
from maillage.territories.models import Commune, Department

#: A season is a school year, or a little more.
LONGEST = 550


class IssuerForm(forms.Form):
    """A structure that may issue passes."""

    structure = forms.ModelChoiceField(
        Structure.objects.none(), label=gettext_lazy("Structure")
    )
    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=12,
        help_text=gettext_lazy(
            "De 1 à 12 petites lettres ou chiffres. Il est écrit dans chaque passeport "
            "et ne change plus."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        free = Structure.objects.published().filter(pass_issuers=None)
        rows_of(self, "structure").queryset = free.order_by("name")

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"])
        if not CODE.fullmatch(code):
            raise ValidationError(_("Seulement des petites lettres, chiffres, tirets."))
        return code


class PassSeasonForm(forms.ModelForm[PassSeason]):
    class Meta:
        model = PassSeason
        fields = ("name", "slug", "starts_on", "ends_on", "is_open", "about")
        field_classes = dict.fromkeys(("starts_on", "ends_on"), DayField)
        help_texts = {
            "slug": gettext_lazy("En minuscules, comme 2026-2027."),
            "ends_on": gettext_lazy(
                "Tous les passeports de la saison expirent ce jour-là à minuit."
            ),
            "about": gettext_lazy("Paraît en tête de la page du passeport."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        season = self.instance
        if season.pk and season.offers.filter(passes__isnull=False).exists():
            # Passes are signed with these days.
            for name in ("slug", "starts_on", "ends_on"):
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        start, end = data.get("starts_on"), data.get("ends_on")
        if start and end and end <= start:
            self.add_error("ends_on", _("La fin vient après le premier jour."))
        elif start and end and (end - start).days > LONGEST:
            self.add_error("ends_on", _("Une saison dure au plus un an et demi."))
        return data


class CodesField(forms.CharField):
    """Codes of communes, separated by spaces or commas; kept as a list."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": 3}))
        super().__init__(required=False, max_length=20_000, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return " ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        codes = sorted({*re.split(r"[\s,;]+", str(super().clean(value) or ""))} - {""})
        known = Commune.objects.filter(insee__in=codes).values_list("insee", flat=True)
        if missing := sorted({*codes} - {*known}):
            raise ValidationError(
                _("Ces codes INSEE ne sont pas ceux de communes : %(codes)s."),
                "unknown",
                {"codes": ", ".join(missing[:10])},
            )
        return codes

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.prepare_value(initial) != data)


class OfferForm(forms.ModelForm[Offer]):
    """A way to get a pass; changing it changes nothing to passes already given."""

    age_bands = forms.MultipleChoiceField(
        label=gettext_lazy("Réservée à ces âges"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(band, label) for band, label in AgeBand.choices if band],
        help_text=gettext_lazy("Aucun coché : tous les âges."),
    )
    levels = forms.MultipleChoiceField(
        label=gettext_lazy("Réservée à ces niveaux scolaires"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=lambda: vocab.choices("school_levels"),
        help_text=gettext_lazy("Aucun coché : le niveau n’est pas demandé."),
    )
    departments = forms.MultipleChoiceField(
        label=gettext_lazy("Réservée à ces départements"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=lambda: list(Department.objects.values_list("code", "name")),
    )
    communes = CodesField(
        label=gettext_lazy("Et à ces communes"),
        help_text=gettext_lazy(
            "Codes INSEE, séparés par des espaces. Sans département ni commune : "
            "ouverte à qui habite n’importe où."
        ),
    )
    price_cents = EurosField(
        label=gettext_lazy("Prix"),
        required=False,
        help_text=gettext_lazy(
            "Vide ou zéro : gratuit, et délivré en ligne. Sinon, seule l’équipe de "
            "l’émetteur le délivre."
        ),
    )

    class Meta:
        model = Offer
        fields = (
            "name", "kind", "issuer", "is_open", "price_cents", "most_members",
            "age_bands", "levels", "departments", "communes", "proof", "about",
        )  # fmt: skip
        help_texts = {
            "most_members": gettext_lazy("Membres du foyer, ou élèves de la classe."),
            "proof": gettext_lazy("Par exemple : carte d’étudiant. Vide : aucun."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        issuers = Issuer.objects.select_related("structure").filter(is_active=True)
        rows_of(self, "issuer").queryset = issuers
        if self.instance.pk and self.instance.passes.exists():
            # Passes say them.
            for name in ("kind", "issuer"):
                del self.fields[name]

    def clean_price_cents(self) -> int:
        return self.cleaned_data["price_cents"] or 0

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        alone = data.get("kind") in {PassKind.PERSON, PassKind.CARER}
        if alone and (data.get("most_members") or 1) != 1:
            self.add_error(
                "most_members",
                _("Ce passeport est pour une seule personne : écrivez 1."),
            )
        return data


class RevokeForm(forms.Form):
    """Why the agency withdraws a pass; nobody is named."""

    why = forms.CharField(
        label=gettext_lazy("Pourquoi"),
        max_length=200,
        help_text=gettext_lazy("En quelques mots, sans nommer personne."),
    )
