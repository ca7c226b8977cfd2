"""Form fields that understand what people type, and say how to put it right."""

import re
import unicodedata
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.http import QueryDict
from django.urls import reverse_lazy
from django.utils.translation import gettext as _, gettext_lazy

from maillage.core.uploads import clean_picture
from maillage.territories.models import Commune
from maillage.territories.names import fold_place
from maillage.territories.services import fits_hint, split_hint, suggest_communes

LA_POSTE = "356000000"


def readable(text: str) -> str:
    """Text without control characters; line breaks, emoji and any script stay."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = text.replace("\t", " ")
    return "".join(
        sign for sign in text if sign == "\n" or unicodedata.category(sign) != "Cc"
    )


def readable_data(data: Any) -> Any:
    """What a form has sent, each text made readable."""
    if not isinstance(data, QueryDict):
        return data
    clean = QueryDict(mutable=True)
    for name, values in data.lists():
        clean.setlist(name, [readable(value) for value in values])
    return clean


# Communes -----------------------------------------------------------------------


def communes_meant(text: str) -> list[Commune]:
    """The communes that a typed text names, most often one: see ``CommuneField``."""
    name, hint = split_hint(text)
    code = name.replace(" ", "")
    if code[:2].upper() in {"2A", "2B"} or code.isdigit():
        rows = Commune.objects.select_related("department")
        by_insee = list(rows.filter(insee=code.upper()))
        by_post = list(rows.with_postal_code(code)) if len(code) == 5 else []
        return list({row.pk: row for row in [*by_insee, *by_post]}.values())
    found = suggest_communes(name, limit=50)
    digits = next((word for word in name.split() if word.isdigit()), "")
    bare = fold_place(name.replace(digits, " ") if digits else name)
    same = [row for row in found if row.search_name == bare] or (
        found if digits and not bare else []
    )
    if hint:
        same = [row for row in same if fits_hint(row, hint)]
    return same


def label_of(commune: Commune) -> str:
    """How a commune is written in the box, and understood again."""
    return f"{commune.name} ({commune.department.name})"


def named(communes: list[Commune]) -> str:
    names = [f"{row.name} ({row.insee})" for row in communes[:5]]
    return ", ".join(_("« %(name)s »") % {"name": name} for name in names)


class CommuneField(forms.CharField):
    """A commune as people write it: « Lille », « 59000 Lille », « 59350 »."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 120)
        super().__init__(**kwargs)
        self.widget.attrs |= {
            "data-suggest": reverse_lazy("territories:commune_suggest"),
            "data-suggest-label": gettext_lazy("Communes"),
            "data-suggest-some": gettext_lazy(
                "{n} communes. Flèche vers le bas pour choisir."
            ),
            "data-suggest-none": gettext_lazy("Aucune commune de ce nom."),
            "autocomplete": "off",
        }

    def prepare_value(self, value: Any) -> Any:
        return label_of(value) if isinstance(value, Commune) else value

    def clean(self, value: Any) -> Commune | None:
        text = str(super().clean(value))
        if not text:
            return None
        found = communes_meant(text)
        if len(found) == 1:
            return found[0]
        if found:
            raise ValidationError(
                _("Plusieurs communes conviennent : précisez %(names)s."),
                "ambiguous",
                {"names": named(found)},
            )
        near = suggest_communes(text, limit=5)
        if near:
            raise ValidationError(
                _("Nous ne connaissons pas « %(text)s ». Est-ce %(names)s ?"),
                "unknown",
                {"text": text, "names": named(near)},
            )
        raise ValidationError(
            _(
                "Nous ne connaissons pas la commune « %(text)s » : écrivez son nom "
                "entier ou son code postal."
            ),
            "unknown",
            {"text": text},
        )


# Codes and contacts -------------------------------------------------------------


def is_siret(digits: str) -> bool:
    """Tell whether 14 digits are a SIRET: key of Luhn, or the sum of La Poste."""
    if len(digits) != 14 or not digits.isascii() or not digits.isdigit():
        return False
    if digits.startswith(LA_POSTE) and sum(map(int, digits)) % 5 == 0:
        return True
    doubled = [int(d) * (2 if place % 2 == 0 else 1) for place, d in enumerate(digits)]
    return sum(n - 9 if n > 9 else n for n in doubled) % 10 == 0


class SiretField(forms.CharField):
    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 30)
        super().__init__(**kwargs)
        self.widget.attrs |= {"inputmode": "numeric", "autocomplete": "off"}

    def clean(self, value: Any) -> str:
        digits = re.sub(r"[\s.\-\u00a0\u202f]", "", str(super().clean(value)))
        if digits and not is_siret(digits):
            raise ValidationError(
                _(
                    "Ce n’est pas un SIRET : il a 14 chiffres, et le dernier vérifie "
                    "les autres. Relisez-le, ou laissez vide."
                ),
                "siret",
            )
        return digits


class WebField(forms.CharField):
    """A web address; https:// is added where nothing is said."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 300)
        super().__init__(**kwargs)
        self.widget.attrs |= {"inputmode": "url", "autocomplete": "url"}

    def clean(self, value: Any) -> str:
        text = str(super().clean(value))
        if not text:
            return ""
        if "://" not in text and not re.match(r"[a-z]+:", text, re.I):
            text = f"https://{text}"
        try:
            URLValidator(schemes=["http", "https"])(text)
            parts = urlsplit(text)
        except (ValidationError, ValueError) as error:
            raise ValidationError(
                _(
                    "Cette adresse n’est pas lisible : écrivez par exemple www.musee.fr."
                ),
                "url",
            ) from error
        return parts._replace(
            scheme=parts.scheme.lower(), netloc=parts.netloc.lower()
        ).geturl()


class PhoneField(forms.CharField):
    """A telephone number, written the French way when it is French."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 40)
        super().__init__(**kwargs)
        self.widget.attrs |= {"inputmode": "tel", "autocomplete": "tel"}

    def clean(self, value: Any) -> str:
        text = super().clean(value).replace("(0)", "")
        if not text:
            return ""
        digits = re.sub(r"[\s.\-()/\u00a0\u202f]", "", text)
        digits = re.sub(r"^(?:\+|00)33", "0", digits)
        digits = re.sub(r"^00", "+", digits)
        if re.fullmatch(r"0[1-9]\d{8}", digits):
            return " ".join(digits[i : i + 2] for i in range(0, 10, 2))
        if re.fullmatch(r"\+[1-9]\d{6,14}|3\d{3}|1\d{1,5}", digits):
            return digits
        raise ValidationError(
            _("Ce numéro n’est pas lisible : écrivez par exemple 03 20 00 00 00."),
            "phone",
        )


class DegreesField(forms.FloatField):
    """A coordinate; a comma is as good as a point."""

    widget = forms.TextInput

    def __init__(self, *, most: float, **kwargs: Any) -> None:
        super().__init__(min_value=-most, max_value=most, **kwargs)
        self.widget.attrs |= {"inputmode": "decimal", "size": "12"}

    def to_python(self, value: Any) -> Any:
        text = str(value).replace(",", ".") if value is not None else value
        return super().to_python(text)


class PictureField(forms.FileField):
    """A picture, checked by its content and cleaned of what it tells besides."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.widget.attrs |= {"accept": "image/jpeg,image/png,image/webp"}

    widget = forms.ClearableFileInput

    def clean(self, data: Any, initial: Any = None) -> Any:
        given = super().clean(data, initial)
        if given and given is not initial:
            return clean_picture(given)
        return given
