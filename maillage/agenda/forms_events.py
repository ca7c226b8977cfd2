"""What people type about an event, and when it happens the first time."""

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy
from django.utils.translation import gettext as _, gettext_lazy

from maillage.agenda.choices import Booking, Mode
from maillage.agenda.forms_dates import WHEN, add_when_fields, clean_when
from maillage.agenda.models import Event
from maillage.agenda.services.resources import resources_named
from maillage.catalogue.fields import StructuresField
from maillage.catalogue.forms import owners
from maillage.catalogue.models import Resource
from maillage.catalogue.services import hosts_named
from maillage.core.form_fields import rows_of
from maillage.core.money import EurosField
from maillage.core.values import typed
from maillage.directory.fields import CommuneField, WebField
from maillage.directory.forms import PICTURE, FicheForm, lines
from maillage.directory.models import Place


def small(most: int) -> dict[str, Any]:
    return {"min_value": 0, "max_value": most, "required": False}


class SuggestedField(forms.CharField):
    """A thing by its name, as a box of suggestions writes it."""

    def __init__(self, *, suggest: str, words: tuple[Any, Any, Any], **kwargs: Any):
        super().__init__(max_length=300, required=False, **kwargs)
        self.widget.attrs |= {
            "data-suggest": reverse_lazy(suggest),
            "data-suggest-label": words[0],
            "data-suggest-some": words[1],
            "data-suggest-none": words[2],
            "autocomplete": "off",
        }


class PlaceField(SuggestedField):
    """A place of the directory: « Musée des sciences (Lille) »."""

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, Place):
            return value
        return f"{value.name} ({value.commune.name})" if value.commune else value.name

    def clean(self, value: Any) -> Place | None:
        text = str(super().clean(value))
        if not text:
            return None
        found = hosts_named(text, limit=4)
        exact = [place for place in found if self.prepare_value(place) == text]
        found = exact or found
        if len(found) == 1 or exact:
            return found[0]
        if found:
            names = ", ".join(f"« {self.prepare_value(place)} »" for place in found)
            raise ValidationError(
                _("Plusieurs lieux conviennent : précisez %(names)s."),
                "ambiguous",
                {"names": names},
            )
        raise ValidationError(
            _(
                "Aucun lieu ne s’appelle « %(text)s » : choisissez-le dans les "
                "suggestions, ou écrivez l’adresse et la commune ci-dessous."
            ),
            "unknown",
            {"text": text},
        )


class ResourceField(SuggestedField):
    """A resource of the catalogue, by its name."""

    def prepare_value(self, value: Any) -> Any:
        return value.name if isinstance(value, Resource) else value

    def clean(self, value: Any) -> Resource | None:
        text = str(super().clean(value))
        if not text:
            return None
        found = resources_named(text, limit=1)
        if found and found[0].name.casefold() == text.casefold():
            return found[0]
        raise ValidationError(
            _(
                "Aucune ressource ne s’appelle « %(text)s » : choisissez-la dans les "
                "suggestions."
            ),
            "unknown",
            {"text": text},
        )


class EventForm(FicheForm):
    """An event, in parts; a new one also says when it happens."""

    owner = forms.ModelChoiceField(
        Event.objects.none(), empty_label="—", label=gettext_lazy("Organisateur")
    )
    co_organisers = StructuresField(
        label=gettext_lazy("Avec"),
        required=False,
        help_text=gettext_lazy("Les structures co-organisatrices, par leur nom."),
    )
    place = PlaceField(
        suggest="catalogue:host_suggest",
        words=(
            gettext_lazy("Lieux"),
            gettext_lazy("{n} lieux. Flèche vers le bas pour choisir."),
            gettext_lazy("Aucun lieu de ce nom."),
        ),
        label=gettext_lazy("Lieu"),
        help_text=gettext_lazy("S’il est dans l’annuaire, par son nom."),
    )
    commune = CommuneField(
        label=gettext_lazy("Commune"),
        required=False,
        help_text=gettext_lazy("Seulement si le lieu n’est pas dans l’annuaire."),
    )
    resource = ResourceField(
        suggest="agenda:resource_suggest",
        words=(
            gettext_lazy("Ressources"),
            gettext_lazy("{n} ressources. Flèche vers le bas pour choisir."),
            gettext_lazy("Aucune ressource de ce nom."),
        ),
        label=gettext_lazy("Ressource présentée"),
        help_text=gettext_lazy("Une exposition ou une malle du catalogue commun."),
    )
    online_url = WebField(
        label=gettext_lazy("Lien pour suivre en ligne"), required=False
    )
    min_age = forms.IntegerField(label=gettext_lazy("Dès (ans)"), **small(99))
    max_age = forms.IntegerField(label=gettext_lazy("Jusqu’à (ans)"), **small(120))
    is_free = forms.TypedChoiceField(
        label=gettext_lazy("Prix"),
        choices=[
            ("", gettext_lazy("Je ne sais pas encore")),
            ("true", gettext_lazy("Gratuit")),
            ("false", gettext_lazy("Payant")),
        ],
        coerce=lambda value: value == "true",
        empty_value=None,
        required=False,
    )
    price_cents = EurosField(label=gettext_lazy("Plein tarif (€)"), required=False)
    booking_url = WebField(
        label=gettext_lazy("Lien pour s’inscrire"), required=False, max_length=500
    )
    capacity = forms.IntegerField(
        label=gettext_lazy("Places par séance"),
        min_value=1,
        max_value=100_000,
        required=False,
        help_text=gettext_lazy("Pour l’inscription sur ce site ; vide : sans limite."),
    )

    parts = (
        (
            gettext_lazy("Quoi"),
            "",
            ("name", "kind", "owner", "co_organisers", "summary", "description",
             "themes", "resource"),
        ),
        (
            gettext_lazy("Quand"),
            gettext_lazy("D’autres dates s’ajoutent ensuite, depuis la fiche."),
            WHEN,
        ),
        (gettext_lazy("Où"), "", ("mode", "place", "venue", "commune", "online_url")),
        (
            gettext_lazy("Pour qui"),
            "",
            ("audiences", "min_age", "max_age", "levels", "languages", "access"),
        ),
        (
            gettext_lazy("Prix et inscription"),
            "",
            ("is_free", "price_cents", "price_note", "booking", "booking_url",
             "booking_contact", "capacity"),
        ),
        (gettext_lazy("Image"), "", PICTURE),
        (gettext_lazy("Envoi"), "", ("note",)),
    )  # fmt: skip

    class Meta:
        model = Event
        fields = tuple(name for name in Event.editable if name not in {"lon", "lat"})
        widgets = {"summary": lines(2)}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        thing = kwargs.get("instance")
        saved = thing if thing is not None and thing.pk is not None else None
        own: dict[str, Any] = {}
        if saved:
            own = {
                "co_organisers": list(saved.co_organisers.all()),
                "is_free": {True: "true", False: "false", None: ""}[saved.is_free],
                "place": saved.place,
                "resource": saved.resource,
            }
        kwargs["initial"] = own | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        owner = rows_of(self, "owner")
        cast("StructuresField", self.fields["co_organisers"]).user = self.user
        owner.queryset = owners(self.user, thing)
        if not saved and not self.initial.get("owner") and owner.queryset.count() == 1:
            self.initial["owner"] = owner.queryset.get()
        if not saved:
            add_when_fields(self)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        least, most = data.get("min_age"), data.get("max_age")
        if least is not None and most is not None and most < least:
            self.add_error("max_age", _("Le plus grand nombre vient en second."))
        online = data.get("mode") != Mode.ON_SITE
        somewhere = data.get("place") or data.get("commune")
        told = somewhere or {"place", "commune"} & {*self.errors}
        if data.get("mode") != Mode.ONLINE and not told:
            self.add_error("place", _("Dites où : un lieu, ou une commune."))
        if data.get("mode") == Mode.ONLINE and not data.get("online_url"):
            self.add_error("online_url", _("Donnez le lien pour suivre en ligne."))
        if not online:
            data["online_url"] = ""
        reach = data.get("booking_url") or data.get("booking_contact")
        if data.get("booking") == Booking.LINK and not reach:
            self.add_error(
                "booking_url", _("Donnez le lien, ou un téléphone, pour s’inscrire.")
            )
        if data.get("is_free") and data.get("price_cents"):
            self.add_error("price_cents", _("Gratuit ou payant : choisissez."))
        if "first_day" in self.fields:
            clean_when(self, data)
        return data

    def check_position(self, data: dict[str, Any]) -> None:
        """An event is where its place or its commune is."""

    def values(self) -> dict[str, Any]:
        related = {"co_organisers": self.cleaned_data["co_organisers"]}
        return typed(self.instance, fields=self.instance.editable, related=related)
