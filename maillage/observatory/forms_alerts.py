"""What people type about alerts: a rule, an answer."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _, gettext_lazy

from maillage.core.form_fields import choices_of
from maillage.observatory.choices import Level, RuleKind
from maillage.observatory.models import AlertRule, Indicator
from maillage.observatory.services.aggregating import levels_from
from maillage.observatory.services.perimeters import find_territory


class RuleForm(forms.ModelForm[AlertRule]):
    class Meta:
        model = AlertRule
        fields = ("kind", "level", "code", "below", "above", "tolerance", "is_active")
        labels = {"code": gettext_lazy("Code du territoire")}
        help_texts = {
            "code": gettext_lazy("Vide : tous ceux de ce niveau."),
            "tolerance": gettext_lazy(
                "Rupture : combien d’écarts habituels (3 d’ordinaire). Donnée manquante : "
                "combien de jours après la période (90 d’ordinaire)."
            ),
        }

    def __init__(self, *args: Any, indicator: Indicator, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.indicator = indicator
        levels = levels_from(indicator.finest)
        choices_of(self, "level").choices = [
            (code, Level(code).label) for code in reversed(levels)
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        code, level = data.get("code"), data.get("level")
        if code and level and find_territory(level, code) is None:
            self.add_error("code", _("Aucun territoire de ce niveau n’a ce code."))
        bounds = [data.get("below"), data.get("above")]
        if data.get("kind") == RuleKind.THRESHOLD and bounds == [None, None]:
            self.add_error("below", _("Écrivez au moins une des deux bornes."))
        if data.get("tolerance") is not None and data["tolerance"] < 0:
            self.add_error("tolerance", _("Écrivez un nombre positif."))
        return data


class AnswerForm(forms.Form):
    explanation = forms.CharField(
        label=gettext_lazy("Explication"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Vide : l’alerte est seulement notée comme vue."),
    )
