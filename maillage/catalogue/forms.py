"""What people type about a resource, and the files that go with it."""

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _, gettext_lazy

from maillage.catalogue.choices import AttachmentKind
from maillage.catalogue.fields import FeesField, StructuresField, as_typed
from maillage.catalogue.models import Resource
from maillage.core.form_fields import rows_of
from maillage.core.money import EurosField
from maillage.core.values import typed
from maillage.directory.fields import CommuneField
from maillage.directory.form_parts import Part
from maillage.directory.forms import PICTURE, FicheForm, lines
from maillage.directory.models import Structure

CRATE = r"^\s*\d{1,4}(\s*[x×X*]\s*\d{1,4}){1,2}\s*(cm)?\s*$"
TECHNICAL = 2  # place of the technical sheet among the parts
FIRST_YEAR, LAST_YEAR = 1950, 2100


def small(most: int) -> dict[str, Any]:
    return {"min_value": 0, "max_value": most, "required": False}


class ResourceForm(FicheForm):
    """A resource, in six parts."""

    owner = forms.ModelChoiceField(
        Structure.objects.none(),
        empty_label="—",
        label=gettext_lazy("Propriétaire"),
        help_text=gettext_lazy("La structure qui prête la ressource."),
    )
    producers = StructuresField(
        label=gettext_lazy("Producteurs"),
        required=False,
        help_text=gettext_lazy(
            "Ceux qui l’ont conçue, par leur nom : plusieurs pour une coproduction."
        ),
    )
    commune = CommuneField(
        label=gettext_lazy("Commune où elle est rangée"),
        required=False,
        help_text=gettext_lazy("Seulement si ce n’est pas celle du propriétaire."),
    )
    year = forms.IntegerField(
        label=gettext_lazy("Année de création"),
        min_value=FIRST_YEAR,
        max_value=LAST_YEAR,
        required=False,
    )
    min_age = forms.IntegerField(label=gettext_lazy("Dès (ans)"), **small(99))
    max_age = forms.IntegerField(label=gettext_lazy("Jusqu’à (ans)"), **small(120))
    visit_minutes = forms.IntegerField(
        label=gettext_lazy("Durée de la visite (minutes)"), **small(10_000)
    )
    surface_m2 = forms.IntegerField(
        label=gettext_lazy("Surface (m²)"), **small(100_000)
    )
    height_cm = forms.IntegerField(
        label=gettext_lazy("Hauteur nécessaire (cm)"), **small(3000)
    )
    volume_m3 = forms.DecimalField(
        label=gettext_lazy("Volume emballé (m³)"),
        max_digits=7,
        decimal_places=2,
        localize=True,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        **small(10_000),
    )
    weight_kg = forms.IntegerField(label=gettext_lazy("Poids (kg)"), **small(100_000))
    crates = forms.IntegerField(label=gettext_lazy("Nombre de caisses"), **small(1000))
    largest_crate = forms.RegexField(
        CRATE,
        label=gettext_lazy("Plus grande caisse (cm)"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("Longueur × largeur × hauteur, comme 120 × 80 × 60."),
        error_messages={
            "invalid": gettext_lazy("Écrivez les côtés en cm, comme 120 × 80 × 60.")
        },
    )
    setup_minutes = forms.IntegerField(
        label=gettext_lazy("Montage (minutes)"), **small(20_000)
    )
    takedown_minutes = forms.IntegerField(
        label=gettext_lazy("Démontage (minutes)"), **small(20_000)
    )
    setup_people = forms.IntegerField(
        label=gettext_lazy("Personnes au montage"), **small(100)
    )
    loan_days_min = forms.IntegerField(
        label=gettext_lazy("Durée du prêt : jours au moins"), **small(3650)
    )
    loan_days_max = forms.IntegerField(
        label=gettext_lazy("Durée du prêt : jours au plus"), **small(3650)
    )
    insurance_value_cents = EurosField(
        label=gettext_lazy("Valeur d’assurance (€)"), required=False
    )
    deposit_cents = EurosField(label=gettext_lazy("Caution (€)"), required=False)
    fees = FeesField(
        label=gettext_lazy("Barème"),
        required=False,
        help_text=gettext_lazy(
            "Une ligne par emprunteur et durée ; les lignes vides ne comptent pas."
        ),
    )

    parts = (
        (
            gettext_lazy("Identité"),
            "",
            (
                "name",
                "kind",
                "owner",
                "producers",
                "summary",
                "description",
                "themes",
                "year",
                "condition",
                "commune",
            ),
        ),
        (
            gettext_lazy("Publics"),
            "",
            ("audiences", "levels", "min_age", "max_age", "visit_minutes", "languages"),
        ),
        (
            gettext_lazy("Fiche technique"),
            gettext_lazy(
                "Ce que le lieu d’accueil doit prévoir. Laissez vide ce que vous ignorez."
            ),
            (
                "surface_m2",
                "height_cm",
                "power",
                "setup_minutes",
                "takedown_minutes",
                "setup_people",
                "vehicle",
                "volume_m3",
                "weight_kg",
                "crates",
                "largest_crate",
            ),
        ),
        (
            gettext_lazy("Emprunt et tarifs"),
            "",
            (
                "loan_days_min",
                "loan_days_max",
                "fees",
                "free_for",
                "fee_note",
                "deposit_cents",
                "insurance_value_cents",
                "booking_contact",
            ),
        ),
        (gettext_lazy("Accessibilité"), "", ("access",)),
        (
            gettext_lazy("Image"),
            gettext_lazy(
                "D’autres images et les documents s’ajoutent depuis la fiche."
            ),
            PICTURE,
        ),
        (gettext_lazy("Envoi"), "", ("note",)),
    )

    class Meta:
        model = Resource
        fields = tuple(
            name for name in Resource.editable if name not in {"parent", "lon", "lat"}
        )
        widgets = {"summary": lines(2)}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        thing = kwargs.get("instance")
        saved = thing if thing is not None and thing.pk is not None else None
        own = {"producers": list(saved.producers.all())} if saved else {}
        kwargs["initial"] = own | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        owner = rows_of(self, "owner")
        producers = cast("StructuresField", self.fields["producers"])
        owner.queryset = owners(self.user, thing)
        producers.user = self.user
        if not saved and not self.initial.get("owner") and owner.queryset.count() == 1:
            self.initial["owner"] = owner.queryset.get()

    def sections(self) -> list[Part]:
        """The parts of the form; questions of the technical sheet stand in rows."""
        found = super().sections()
        found[TECHNICAL].in_rows = True
        return found

    def clean_largest_crate(self) -> str:
        """« 120 x 80x60 cm » as « 120 × 80 × 60 »."""
        text = self.cleaned_data["largest_crate"].lower().removesuffix("cm")
        sides = [
            side.strip() for side in text.replace("x", "×").replace("*", "×").split("×")
        ]
        return " × ".join(sides) if text else ""

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        for low, high in (("min_age", "max_age"), ("loan_days_min", "loan_days_max")):
            least, most = data.get(low), data.get(high)
            if least is not None and most is not None and most < least:
                self.add_error(high, _("Le plus grand nombre vient en second."))
        return data

    def check_position(self, data: dict[str, Any]) -> None:
        """A resource is where its commune or its owner is."""

    def keep_up(self, now: Any, *, touched: Iterable[str]) -> None:
        super().keep_up(now, touched=touched)
        if "fees" not in touched:
            rows = [as_typed(fee) for fee in now.fees]
            data: Any = self.data
            for part in ("borrower", "days", "euros"):
                data.setlist(f"fees-{part}", [row[part] for row in rows])

    def values(self) -> dict[str, Any]:
        related = {"producers": self.cleaned_data["producers"]}
        return typed(self.instance, fields=self.instance.editable, related=related)


def owners(user: Any, resource: Resource | None) -> Any:
    """Structures in whose name a person may write; the owner of now stays."""
    rows = Structure.objects.all().editable_by(user)
    if resource is not None and resource.owner_id:
        rows = rows | Structure.objects.filter(pk=resource.owner_id)
    return rows.distinct().order_by("name", "pk")


class AttachmentForm(forms.Form):
    """One picture or document to add; its content is checked when it is attached."""

    kind = forms.ChoiceField(label=gettext_lazy("Nature"), choices=AttachmentKind)
    file = forms.FileField(
        label=gettext_lazy("Fichier"),
        help_text=gettext_lazy(
            "Image JPEG, PNG ou WebP (12 Mo), ou document PDF (20 Mo). Ce que le fichier "
            "cache (lieu, auteur, programmes) est retiré."
        ),
        widget=forms.FileInput(
            attrs={"accept": "image/jpeg,image/png,image/webp,application/pdf"}
        ),
    )
    title = forms.CharField(
        label=gettext_lazy("Titre"),
        max_length=200,
        help_text=gettext_lazy("Pour une image : ce que l’on y voit."),
    )
    credit = forms.CharField(
        label=gettext_lazy("Crédit"), max_length=200, required=False
    )

    def clean_title(self) -> str:
        title = " ".join(self.cleaned_data["title"].split())
        if not title:
            raise ValidationError(_("Donnez un titre."), "required")
        return title
