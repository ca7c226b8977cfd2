"""What people type about a structure or a place."""

from collections.abc import Iterable
from copy import copy
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy
from django.utils.translation import gettext as _, gettext_lazy

from maillage.core.publishing import PublishedQuerySet
from maillage.core.values import typed
from maillage.directory.access import sections
from maillage.directory.choices import PositionQuality
from maillage.directory.fields import (
    CommuneField,
    DegreesField,
    PhoneField,
    PictureField,
    SiretField,
    WebField,
    readable_data,
)
from maillage.directory.form_parts import Part, field_of, in_form, sent_values
from maillage.directory.models import Place, Structure
from maillage.directory.services import is_near_commune

LONG = 20_000  # letters of a description
SHORT = 2_000  # letters of a note
ACCESS = "access_"
ACCESS_AFTER = 5  # parts of the form of a place that come first


def lines(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class FicheForm(forms.ModelForm[Any]):
    """What the forms of all published things have in common.

    ``version`` is the one that the person saw; ``confirm`` says that the thing is
    not one of the duplicates that were shown.
    """

    parts: Any = ()

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    confirm = forms.BooleanField(widget=forms.HiddenInput, required=False)
    commune = CommuneField(
        label=gettext_lazy("Commune"),
        help_text=gettext_lazy("Son nom, son code postal ou son code INSEE."),
    )
    description = forms.CharField(
        label=gettext_lazy("Description"),
        required=False,
        max_length=LONG,
        widget=lines(8),
        help_text=gettext_lazy(
            "Ce que le public y trouve. Une ligne vide sépare les paragraphes ; "
            "un tiret en début de ligne fait une liste."
        ),
    )
    picture = PictureField(
        label=gettext_lazy("Image"),
        required=False,
        help_text=gettext_lazy(
            "JPEG, PNG ou WebP, 12 Mo au plus. Les informations cachées dans la photo "
            "(lieu, appareil) sont retirées."
        ),
    )
    note = forms.CharField(
        label=gettext_lazy("Un mot pour l’agence"),
        required=False,
        max_length=SHORT,
        widget=lines(3),
        help_text=gettext_lazy("Facultatif : d’où vient l’information, par exemple."),
    )

    def __init__(self, data: Any = None, files: Any = None, *, user: Any, **kw: Any):
        thing = kw.get("instance")
        kw["initial"] = {
            "commune": thing.commune if thing else None,
            **kw.get("initial", {}),
        }
        super().__init__(readable_data(data), files, **kw)
        self.user = user
        self.initial["version"] = self.instance.version
        if user.is_agency or self.may_write:
            del self.fields["note"]

    @property
    def may_write(self) -> bool:
        """The change is made at once; else the agency is asked."""
        if self.instance.pk is None:
            return bool(self.user.is_agency)
        rows: PublishedQuerySet = type(self.instance).objects.all()
        return rows.editable_by(self.user).filter(pk=self.instance.pk).exists()

    def clean_version(self) -> int:
        return int(self.cleaned_data["version"] or self.instance.version)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        picture = data.get("picture")
        if "picture" in self.changed_data and picture and not data.get("picture_alt"):
            self.add_error(
                "picture_alt",
                _("Décrivez l’image en une phrase, pour qui ne la voit pas."),
            )
        if self.errors and self.files.get("picture") and "picture" not in self.errors:
            self.add_error(
                "picture",
                _("Choisissez de nouveau l’image : le navigateur ne la garde pas."),
            )
        return data

    def values(self) -> dict[str, Any]:
        """What the thing would be, as proposals and the history keep it."""
        return typed(self.instance, fields=self.instance.editable)

    def keep_up(self, now: Any, *, touched: Iterable[str]) -> None:
        """Take what others have changed since into the boxes that were left alone.

        ``now`` is the thing as it is, ``touched`` the fields that the person has
        changed: what they typed stays, beside the newest version's number.
        """
        fresh = type(self)(user=self.user, instance=now)
        data: Any = copy(self.data)
        for name in self.fields:
            field = ACCESS.rstrip("_") if name.startswith(ACCESS) else name
            if field in now.editable and field not in touched:
                data.setlist(name, sent_values(fresh[name].value()))
        data["version"] = str(now.version)
        self.data = data

    def sections(self) -> list[Part]:
        found = [Part(self, title, names, hint) for title, hint, names in self.parts]
        return [part for part in found if part.fields]


IDENTITY = ("name", "kind", "structure", "summary")
STORY = ("description", "themes", "audiences", "networks")
CONTACT = ("website", "email", "phone")
WHERE = ("commune", "street", "postcode", "lon", "lat")
PICTURE = ("picture", "picture_alt", "picture_credit")


class ActorForm(FicheForm):
    """A structure or a place: reached by itself, and somewhere."""

    lon = DegreesField(most=180, label=gettext_lazy("Longitude"), required=False)
    lat = DegreesField(
        most=90,
        label=gettext_lazy("Latitude"),
        required=False,
        help_text=gettext_lazy("Facultatif. Sans elles, le point est à la commune."),
    )
    website = WebField(label=gettext_lazy("Site web"), required=False)
    email = forms.EmailField(label=gettext_lazy("E-mail public"), required=False)
    phone = PhoneField(label=gettext_lazy("Téléphone"), required=False)
    street = forms.CharField(
        label=gettext_lazy("Numéro et rue"), required=False, max_length=200
    )
    postcode = forms.RegexField(
        r"^\d{5}$",
        label=gettext_lazy("Code postal"),
        required=False,
        error_messages={"invalid": gettext_lazy("Un code postal a cinq chiffres.")},
        widget=forms.TextInput(attrs={"size": "6", "inputmode": "numeric"}),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        self.check_position(data)
        return data

    def check_position(self, data: dict[str, Any]) -> None:
        lon, lat, commune = (data.get(name) for name in ("lon", "lat", "commune"))
        if "lon" in self.errors or "lat" in self.errors:
            return
        if (lon is None) != (lat is None):
            missing = "lon" if lon is None else "lat"
            self.add_error(missing, _("Donnez les deux coordonnées, ou aucune."))
        elif lon is not None and commune and lat is not None:
            if is_near_commune(commune, lon=lon, lat=lat):
                return
            turned = abs(lon) <= 90 and is_near_commune(commune, lon=lat, lat=lon)
            text = (
                _("Longitude et latitude semblent échangées.")
                if turned
                else _(
                    "Ce point est loin de %(commune)s : vérifiez-le, ou laissez vide."
                )
            )
            self.add_error(
                "lon", ValidationError(text, "far", {"commune": commune.name})
            )


class StructureForm(ActorForm):
    siret = SiretField(
        label=gettext_lazy("SIRET"),
        required=False,
        help_text=gettext_lazy(
            "14 chiffres. Il évite d’inscrire deux fois la structure."
        ),
    )
    parts = (
        (gettext_lazy("Identité"), "", (*IDENTITY, "siret", "is_active")),
        (gettext_lazy("Localisation"), "", WHERE),
        (gettext_lazy("Présentation"), "", STORY),
        (
            gettext_lazy("Ce que vous savez faire"),
            gettext_lazy("Pour trouver des partenaires et partager les outils."),
            ("chain_roles", "production_tools", "know_how"),
        ),
        (gettext_lazy("Contact"), gettext_lazy("Visible de tous."), CONTACT),
        (gettext_lazy("Image"), "", PICTURE),
        (gettext_lazy("Envoi"), "", ("note",)),
    )

    class Meta:
        model = Structure
        fields = Structure.editable
        widgets = {"summary": lines(2)}


class StructureChoice(forms.CharField):
    """A structure by its name, as the suggestions write it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=200, **kwargs)
        self.user: Any = None
        self.widget.attrs |= {
            "data-suggest": reverse_lazy("directory:structure_suggest"),
            "data-suggest-label": gettext_lazy("Structures"),
            "data-suggest-some": gettext_lazy(
                "{n} structures. Flèche vers le bas pour choisir."
            ),
            "data-suggest-none": gettext_lazy("Aucune structure de ce nom."),
            "autocomplete": "off",
        }

    def prepare_value(self, value: Any) -> Any:
        return value.name if isinstance(value, Structure) else value

    def clean(self, value: Any) -> Structure | None:
        text = str(super().clean(value))
        if not text:
            return None
        rows = Structure.objects.all().visible_to(self.user).filter(name__iexact=text)
        found: list[Structure] = list(rows.order_by("-verified_on", "pk")[:2])
        if not found:
            raise ValidationError(
                _(
                    "Aucune structure ne s’appelle « %(text)s » : choisissez-la dans les "
                    "suggestions, proposez-la d’abord, ou laissez vide."
                ),
                "unknown",
                {"text": text},
            )
        return found[0]


class PlaceForm(ActorForm):
    structure = StructureChoice(
        label=gettext_lazy("Structure"),
        required=False,
        help_text=gettext_lazy("Celle qui fait vivre le lieu, par son nom."),
    )
    opening = forms.CharField(
        label=gettext_lazy("Jours et heures d’ouverture"),
        required=False,
        max_length=SHORT,
        widget=lines(4),
    )
    prices = forms.CharField(
        label=gettext_lazy("Tarifs"), required=False, max_length=SHORT, widget=lines(3)
    )
    host_notes = forms.CharField(
        label=gettext_lazy("À savoir pour le montage"),
        required=False,
        max_length=SHORT,
        widget=lines(3),
    )
    parts = (
        (gettext_lazy("Identité"), "", IDENTITY),
        (gettext_lazy("Localisation"), "", WHERE),
        (gettext_lazy("Présentation"), "", STORY),
        (gettext_lazy("Contact"), gettext_lazy("Visible de tous."), CONTACT),
        (
            gettext_lazy("Ouverture, tarifs et fréquentation"),
            "",
            ("opening", "prices", "is_free", "yearly_visitors"),
        ),
        (
            gettext_lazy("Accueillir une exposition"),
            gettext_lazy("Pour que les prêteurs sachent ce qui tient chez vous."),
            (
                "can_host",
                "host_surface_m2",
                "host_height_cm",
                "host_door_width_cm",
                "host_power",
                "host_staff",
                "host_is_level",
                "host_is_secured",
                "host_notes",
            ),
        ),
        (gettext_lazy("Image"), "", PICTURE),
        (gettext_lazy("Envoi"), "", ("note",)),
    )

    class Meta:
        model = Place
        fields = tuple(
            name
            for name in Place.editable
            if name not in {"access", "position_quality"}
        )
        widgets = {"summary": lines(2)}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        thing = kwargs.get("instance")
        own = {"structure": thing.structure} if thing else {}
        kwargs["initial"] = own | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        structure = self.fields["structure"]
        assert isinstance(structure, StructureChoice)  # noqa: S101 -- for mypy
        structure.user = self.user
        known = thing.access if thing else {}
        for section in sections():
            for question in section.questions:
                name = f"{ACCESS}{question.name}"
                self.fields[name] = field_of(question)
                self.initial.setdefault(name, in_form(known.get(question.name)))

    def clean_structure(self) -> Structure | None:
        """Keep a place from being given away, or to people who did not ask."""
        found: Structure | None = self.cleaned_data["structure"]
        if found is None or found.pk == self.instance.structure_id:
            return found
        own = Structure.objects.all().editable_by(self.user).filter(pk=found.pk)
        if self.instance.pk and self.may_write and not own.exists():
            raise ValidationError(
                _(
                    "Vous n’êtes pas membre de « %(name)s » : l’agence peut faire ce lien."
                ),
                "not_yours",
                {"name": found.name},
            )
        return found

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        self.instance.access = {
            name.removeprefix(ACCESS): answer
            for name, answer in data.items()
            if name.startswith(ACCESS) and answer not in (None, "", [])
        }
        if {"lon", "lat"} & {*self.changed_data}:
            known = data.get("lon") is not None
            self.instance.position_quality = (
                PositionQuality.EXACT if known else PositionQuality.COMMUNE
            )
        return data

    def sections(self) -> list[Part]:
        """The parts of the form; accessibility has the key questions, then all."""
        found = super().sections()
        keys = [q for section in sections() for q in section.questions if q.is_key]
        access = Part(
            self,
            _("Accessibilité"),
            (f"{ACCESS}{question.name}" for question in keys),
            _("Les mêmes questions qu’Acceslibre. Laissez vide ce que vous ignorez."),
        )
        for section in sections():
            rest = (f"{ACCESS}{q.name}" for q in section.questions if not q.is_key)
            access.more.append(Part(self, section.label, rest))
        access.more = [part for part in access.more if part.fields]
        access.in_rows = found[ACCESS_AFTER].in_rows = True
        return [*found[:ACCESS_AFTER], access, *found[ACCESS_AFTER:]]
