"""What the page of components shows: one sample of each part, in each of its states."""

import datetime as dt
from typing import Any

from django import forms
from django.urls import reverse

from maillage.core.lists import Card
from maillage.core.models import Badge

ICONS = (
    "search menu close near map list filter info warn done error file download person"
    " arrow edit print plus"
).split()
FAMILIES = (
    ("sciences", "Forum départemental des Sciences", "Centre de sciences"),
    ("patrimoine", "La Manufacture", "Musée technique"),
    ("nature", "Relais Nature du parc de la Deûle", "Maison de la nature"),
    ("recherche", "ONERA, centre de Lille", "Organisme de recherche"),
    ("bibliotheque", "LILLIAD Learning center Innovation", "Bibliothèque"),
    ("exposition", "Les Pop’up de l’Histoire naturelle", "Exposition itinérante"),
    ("malle", "Les petits ponts", "Malle pédagogique"),
    ("fabrique", "La Machinerie", "Tiers-lieu"),
    ("musee", "Musée de la radio", "Musée"),
    ("culture", "La Faïencerie", "Équipement culturel"),
    ("numerique", "Ciels d’Artois", "Œuvre numérique"),
    ("reseau", "Ombelliscience", "Association"),
)


class SampleForm(forms.Form):
    """Every sort of field, half of them left empty on purpose."""

    name = forms.CharField(
        label="Nom de la structure", help_text="Tel qu’il figure sur vos documents."
    )
    commune = forms.CharField(label="Commune")
    kind = forms.ChoiceField(
        label="Genre",
        choices=[("a", "Association"), ("m", "Musée"), ("l", "Laboratoire")],
        widget=forms.RadioSelect,
    )
    themes = forms.MultipleChoiceField(
        label="Thèmes",
        required=False,
        choices=[("a", "Astronomie"), ("b", "Biodiversité"), ("n", "Numérique")],
        widget=forms.CheckboxSelectMultiple,
        help_text="Trois au plus.",
    )
    audience = forms.ChoiceField(
        label="Public", choices=[("", "Choisir…"), ("s", "Scolaires")]
    )
    description = forms.CharField(
        label="Présentation", required=False, widget=forms.Textarea
    )
    picture = forms.FileField(label="Image", required=False)
    agreed = forms.BooleanField(label="J’accepte que ces renseignements soient publiés")


def sample_cards() -> list[Card]:
    return [
        Card(
            title=title,
            url=f"{reverse('portal:components')}#fiches",
            kind="place",
            slug=family,
            kind_label=label,
            summary="Ce que l’on y découvre, en une ou deux phrases, comme dans les listes.",
            commune_name="Villeneuve-d’Ascq",
            owner_name="",
            picture_url="",
            family=family,
            badges=[Badge("unverified", "à vérifier")] if i % 3 == 0 else [],
            distance="3,2 km" if i % 4 == 1 else "",
            lon=None,
            lat=None,
        )
        for i, (family, title, label) in enumerate(FAMILIES)
    ]


def samples() -> dict[str, Any]:
    """The context of ``styleguide.html``."""
    cards = sample_cards()
    return {
        "icons": ICONS,
        "samples": cards,
        "rows_samples": cards[:3],
        "form": SampleForm({"name": "Les Petits Débrouillards"}, prefix="guide"),
        "tags": [
            {"label": "Astronomie", "url": "#etiquettes"},
            {"label": "Biodiversité", "url": "#etiquettes"},
            {"label": "Patrimoine industriel"},
        ],
        **figures(),
        **follow_up(),
    }


def figures() -> dict[str, Any]:
    return {
        "stats": [
            {"value": "127", "label": "lieux", "url": "#faits"},
            {"value": "47", "label": "structures"},
        ],
        "facts": [
            {"label": "Surface", "value": "40 m²"},
            {"label": "Accès en fauteuil", "value": ""},
            {"label": "Site", "value": "ombelliscience.fr", "url": "#faits"},
        ],
        "caption": "Lieux pour 10 000 habitants",
        "columns": [
            {"label": "Département", "url": "#faits", "sorted": "ascending"},
            {"label": "Lieux", "number": True},
            {"label": "Taux", "unit": "pour 10 000 habitants", "number": True},
        ],
        "rows": [
            [{"value": "Aisne"}, number("9"), number("0,17")],
            [{"value": "Nord"}, number("58"), number("0,22")],
        ],
        "compare_label": "Comparaison de trois ressources",
        "things": sample_cards()[5:8],
        "compare_rows": [
            {"label": "Surface", "cells": ["40 m²", "40 m²", "60 m²"], "differs": True},
            {"label": "Âge", "cells": ["dès 8 ans", "dès 8 ans", "dès 8 ans"]},
        ],
        "files": [
            {
                "label": "Fiche technique",
                "url": "#faits",
                "format": "PDF",
                "size": 240_000,
            }
        ],
    }


def number(value: str) -> dict[str, Any]:
    return {"value": value, "number": True}


def follow_up() -> dict[str, Any]:
    return {
        "steps": [
            {"label": "Fichier", "state": "done"},
            {"label": "Contrôle", "state": "current"},
            {"label": "Publication", "state": ""},
        ],
        "progress_label": "Contrôle des lignes du fichier",
        "done": 42,
        "total": 100,
        "changes": [
            {
                "label": "Ouverture",
                "before": "mercredi, 14 h à 18 h",
                "after": "mercredi et dimanche, 14 h à 18 h",
            },
            {"label": "Téléphone", "before": "", "after": "03 20 00 00 00"},
        ],
        "history": [
            {
                "title": "Publiée",
                "who": "l’agence",
                "at": dt.datetime(2026, 3, 14, 9, tzinfo=dt.UTC),
            },
            {
                "title": "Proposée",
                "who": "Camille",
                "at": dt.datetime(2026, 3, 12, 8, tzinfo=dt.UTC),
                "note": "Nouveaux horaires.",
            },
        ],
    }
