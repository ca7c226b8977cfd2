"""What people type about where a loan is set up."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _, gettext_lazy

from maillage.circulation.models import Host
from maillage.circulation.services.hosts import own_places, own_structures
from maillage.core.form_fields import rows_of
from maillage.directory.fields import CommuneField, PhoneField, readable_data

UAI = re.compile(r"^\d{7}[A-Z]$")


class HostForm(forms.ModelForm[Host]):
    """A host; what its place in the directory says need not be typed again."""

    commune = CommuneField(
        label=gettext_lazy("Commune"),
        required=False,
        help_text=gettext_lazy("Son nom, son code postal ou son code INSEE."),
    )
    contact_phone = PhoneField(label=gettext_lazy("Téléphone"), required=False)
    host_is_level = forms.TypedChoiceField(
        label=gettext_lazy("De plain-pied ou avec monte-charge"),
        required=False,
        choices=[
            ("", gettext_lazy("Je ne sais pas")),
            ("true", gettext_lazy("Oui")),
            ("false", gettext_lazy("Non")),
        ],
        coerce=lambda value: value == "true",
        empty_value=None,
    )

    class Meta:
        model = Host
        fields = (
            "place", "name", "kind", "commune", "address", "structure", "uai",
            "contact_name", "contact_email", "contact_phone",
            "host_surface_m2", "host_height_cm", "host_door_width_cm", "host_power",
            "host_staff", "host_is_level",
        )  # fmt: skip
        help_texts = {
            "place": gettext_lazy(
                "La fiche de l’annuaire donne l’adresse et la salle."
            ),
            "uai": gettext_lazy("Facultatif : sept chiffres et une lettre."),
        }

    def __init__(self, data: Any = None, *, user: Any, **kwargs: Any) -> None:
        kwargs["initial"] = in_boxes(kwargs.get("instance")) | kwargs.get("initial", {})
        super().__init__(readable_data(data), **kwargs)
        host = self.instance if self.instance.pk else None
        self.pick("place", own_places(user, host=host))
        self.pick("structure", own_structures(user, host=host))
        self.fields["name"].required = False

    def pick(self, name: str, rows: Any) -> None:
        """Offer some rows to choose from; no box where there is nothing to choose."""
        if not rows.exists():
            del self.fields[name]
            return
        field = rows_of(self, name)
        field.queryset = rows

    def clean_uai(self) -> str:
        uai = str(self.cleaned_data["uai"]).replace(" ", "").upper()
        if uai and not UAI.match(uai):
            raise ValidationError(
                _("Un code UAI a sept chiffres et une lettre, comme 0590123A."), "uai"
            )
        return uai

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        place = data.get("place")
        if not data.get("name") and place is None:
            self.add_error("name", _("Donnez un nom au lieu d’accueil."))
        has_town = place is not None and place.commune_id
        if not data.get("commune") and not has_town and "commune" not in self.errors:
            self.add_error("commune", _("Dites dans quelle commune il se trouve."))
        return data

    @property
    def main_fields(self) -> list[Any]:
        names = ("place", "name", "kind", "commune", "address", "structure", "uai")
        return [self[name] for name in names if name in self.fields]

    @property
    def contact_fields(self) -> list[Any]:
        return [self[f"contact_{name}"] for name in ("name", "email", "phone")]

    @property
    def room_fields(self) -> list[Any]:
        return [self[name] for name in self.fields if name.startswith("host_")]

    @property
    def sections(self) -> list[tuple[str, list[Any]]]:
        return [
            (_("Le lieu"), self.main_fields),
            (_("La salle"), self.room_fields),
            (_("Sur place"), self.contact_fields),
        ]

    def draft(self) -> Host | None:
        """The host as far as it is typed, for an estimate; nothing is written."""
        self.full_clean()
        data = getattr(self, "cleaned_data", {})
        place, commune = data.get("place"), data.get("commune")
        commune = commune or (place.commune if place else None)
        if commune is None:
            return None
        known = {name: value for name, value in data.items() if value is not None}
        return Host(**{**known, "commune": commune})


def in_boxes(host: Host | None) -> dict[str, Any]:
    if host is None or host.pk is None:
        return {}
    level = "" if host.host_is_level is None else str(host.host_is_level).lower()
    return {"commune": host.commune, "host_is_level": level}
