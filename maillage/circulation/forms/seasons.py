"""What the agency types to open a season, to weigh it, to decide by hand."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _, gettext_lazy

from maillage.circulation.choices import LockKind
from maillage.circulation.forms.picking import copy_choices, loan_choices, offer
from maillage.circulation.models import Copy, LoanRequest, Scenario, Season
from maillage.circulation.problem.scores import DEFAULTS, PRESETS, WEIGHTS
from maillage.circulation.services.season_replan import confirmed_loans
from maillage.core.form_fields import DayField, choices_of, rows_of

MOST_SECONDS = 900
#: A season is a school year, or two.
LONGEST = 800
PRESET_LABELS: dict[str, Any] = {
    "balance": gettext_lazy("Équilibre"),
    "underserved": gettext_lazy("Territoires peu desservis d’abord"),
    "public": gettext_lazy("Le plus de public"),
    "km": gettext_lazy("Moins de kilomètres"),
}
WEIGHT_LABELS: dict[str, tuple[Any, Any]] = {
    "public": (
        gettext_lazy("Public touché"),
        gettext_lazy(
            "Préférer les demandes qui attendent le plus d’élèves et de visiteurs."
        ),
    ),
    "underserved": (
        gettext_lazy("Territoires peu desservis"),
        gettext_lazy(
            "Préférer les communes loin des lieux de science et des prêts passés."
        ),
    ),
    "hosts": (
        gettext_lazy("Équité entre lieux d’accueil"),
        gettext_lazy("Préférer ceux qui n’ont rien eu depuis longtemps."),
    ),
    "owners": (
        gettext_lazy("Équité entre propriétaires"),
        gettext_lazy("Préférer les ressources de ceux qui prêtent encore peu."),
    ),
    "income": (
        gettext_lazy("Recettes"),
        gettext_lazy("Préférer les prêts qui rapportent une location."),
    ),
    "km": (
        gettext_lazy("Kilomètres et CO₂"),
        gettext_lazy("Plus c’est haut, plus un trajet doit apporter pour être fait."),
    ),
    "stability": (
        gettext_lazy("Stabilité"),
        gettext_lazy(
            "En replanifiant : plus c’est haut, moins on déplace ce qui est proposé."
        ),
    ),
}


class SeasonForm(forms.ModelForm[Season]):
    """The frame of a season."""

    class Meta:
        model = Season
        fields = (
            "name", "slug", "starts_on", "ends_on", "asks_until", "loans_per_host",
            "km_budget", "seed",
        )  # fmt: skip
        field_classes = dict.fromkeys(("starts_on", "ends_on", "asks_until"), DayField)
        help_texts = {
            "slug": gettext_lazy("En minuscules, comme 2026-2027."),
            "km_budget": gettext_lazy("Vide : pas de limite."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and self.instance.scenarios.exists():
            # Scenarios were computed with these: another season has other ones.
            for name in ("slug", "starts_on", "ends_on", "seed"):
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        start, end = data.get("starts_on"), data.get("ends_on")
        if start and end and end <= start:
            self.add_error("ends_on", _("La fin vient après le premier jour."))
        elif start and end and (end - start).days > LONGEST:
            self.add_error("ends_on", _("Une saison dure au plus deux ans."))
        return data


class SliderInput(forms.NumberInput):
    """A range from 0 to 100; the number beside it is written by ``sliders.js``."""

    input_type = "range"


class ScenarioForm(forms.Form):
    """Weights, hypotheses and effort of one scenario."""

    name = forms.CharField(label=gettext_lazy("Nom du scénario"), max_length=120)
    with_waiting = forms.BooleanField(
        label=gettext_lazy(
            "Compter aussi les demandes qui attendent leur propriétaire"
        ),
        required=False,
    )
    broken = forms.ModelMultipleChoiceField(
        Copy.objects.none(),
        label=gettext_lazy("Et si ces exemplaires n’étaient pas disponibles ?"),
        required=False,
    )
    extra = forms.ChoiceField(
        label=gettext_lazy("Et si l’on avait un exemplaire de plus de… ?"),
        required=False,
    )
    km_budget = forms.IntegerField(
        label=gettext_lazy("Kilomètres au plus"), required=False, min_value=0,
        max_value=10_000_000, help_text=gettext_lazy("Vide : ceux de la saison."),
    )  # fmt: skip
    loans_per_host = forms.IntegerField(
        label=gettext_lazy("Prêts par lieu d’accueil au plus"), required=False,
        min_value=1, max_value=1000, help_text=gettext_lazy("Vide : ceux de la saison."),
    )  # fmt: skip
    effort = forms.IntegerField(
        label=gettext_lazy("Temps de calcul (secondes)"), min_value=1,
        max_value=MOST_SECONDS, initial=60,
        help_text=gettext_lazy(
            "Un bon plan vient en quelques secondes ; plus de temps prouve qu’il est bon."
        ),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        copies = Copy.objects.all().lendable().select_related("resource", "depot")
        broken = rows_of(self, "broken")
        extra = choices_of(self, "extra")
        broken.queryset = copies
        offer(broken, copy_choices(copies))
        names = {copy.resource.slug: copy.resource.name for copy in copies}
        pairs = sorted(names.items(), key=lambda pair: pair[1])
        extra.choices = [("", _("aucun")), *pairs]
        for name in WEIGHTS:
            label, about = WEIGHT_LABELS[name]
            self.fields[f"weight_{name}"] = forms.IntegerField(
                label=label, help_text=about, min_value=0, max_value=100,
                initial=DEFAULTS[name], widget=SliderInput(attrs={"step": 5}),
            )  # fmt: skip

    @property
    def weight_boxes(self) -> list[Any]:
        return [self[f"weight_{name}"] for name in WEIGHTS]

    @property
    def hypothesis_boxes(self) -> list[Any]:
        names = ("broken", "extra", "km_budget", "loans_per_host", "with_waiting")
        return [self[name] for name in names]

    @property
    def has_hypothesis(self) -> bool:
        """Whether something is filled in, or wrong, among what may be left alone."""
        boxes = self.hypothesis_boxes
        return any(box.value() for box in boxes) or any(
            box.errors for box in [*boxes, self["effort"]]
        )

    @property
    def weights(self) -> dict[str, int]:
        return {name: self.cleaned_data[f"weight_{name}"] for name in WEIGHTS}

    @property
    def what_if(self) -> dict[str, Any]:
        data = self.cleaned_data
        found: dict[str, Any] = {
            "broken": sorted(copy.pk for copy in data["broken"]),
            "extra": {data["extra"]: 1} if data["extra"] else {},
            "with_waiting": data["with_waiting"],
        }
        for name in ("km_budget", "loans_per_host"):
            if data[name] is not None:
                found[name] = data[name]
        return found


def initial_of(
    *, preset: str = "", base: Scenario | None = None, extra: str = ""
) -> dict[str, Any]:
    """What the boxes of a new scenario hold: a preset, or another scenario."""
    weights = PRESETS.get(preset, DEFAULTS)
    found: dict[str, Any] = {}
    if base is not None:
        weights = {**DEFAULTS, **base.weights}
        found = {
            "effort": base.effort,
            "broken": base.what_if.get("broken", []),
            "km_budget": base.what_if.get("km_budget"),
            "loans_per_host": base.what_if.get("loans_per_host"),
            "with_waiting": base.what_if.get("with_waiting", False),
            "extra": next(iter(base.what_if.get("extra", {})), ""),
            "name": _("%(name)s (variante)") % {"name": base.name[:100]},
        }
    elif preset in PRESET_LABELS:
        found["name"] = str(PRESET_LABELS[preset])
    if extra:
        found["extra"] = extra
    return {**found, **{f"weight_{name}": weights[name] for name in WEIGHTS}}


class LockForm(forms.Form):
    """One decision by hand: place a request here, or leave it out."""

    request = forms.ModelChoiceField(
        LoanRequest.objects.none(), label=gettext_lazy("Demande")
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Décision"), choices=LockKind, widget=forms.RadioSelect,
        initial=LockKind.PLACED,
    )  # fmt: skip
    copy = forms.ModelChoiceField(
        Copy.objects.none(), label=gettext_lazy("Exemplaire"), required=False
    )
    starts_on = DayField(label=gettext_lazy("Ouverture au public"), required=False)

    def __init__(self, *args: Any, scenario: Scenario, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        request = rows_of(self, "request")
        copy = rows_of(self, "copy")
        rows = LoanRequest.objects.filter(season=scenario.season)
        request.queryset = rows.select_related("host").order_by("pk")
        copies = Copy.objects.all().lendable().select_related("resource")
        copy.queryset = copies

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("kind") == LockKind.PLACED:
            for name in ("copy", "starts_on"):
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, _("À remplir pour placer la demande."))
        return data


class ReplanForm(forms.Form):
    """What may move when a published plan is planned again."""

    name = forms.CharField(label=gettext_lazy("Nom du nouveau plan"), max_length=120)
    broken = forms.ModelMultipleChoiceField(
        Copy.objects.none(), required=False,
        label=gettext_lazy("Exemplaires qui ne peuvent plus sortir"),
        help_text=gettext_lazy("Ceux qui sont déjà notés en panne sont comptés d’office."),
    )  # fmt: skip
    freed = forms.MultipleChoiceField(
        required=False,
        label=gettext_lazy("Prêts confirmés que le calcul peut déplacer"),
        help_text=gettext_lazy("Sans choix de votre part, un prêt confirmé reste."),
    )
    with_waiting = forms.BooleanField(
        label=gettext_lazy("Ajouter les demandes arrivées depuis"), required=False
    )
    stability = forms.IntegerField(
        label=WEIGHT_LABELS["stability"][0], help_text=WEIGHT_LABELS["stability"][1],
        min_value=0, max_value=100, initial=80, widget=SliderInput(attrs={"step": 5}),
    )  # fmt: skip

    def __init__(self, *args: Any, season: Season, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        broken = rows_of(self, "broken")
        freed = choices_of(self, "freed")
        copies = Copy.objects.all().lendable().select_related("resource", "depot")
        broken.queryset = copies
        offer(broken, copy_choices(copies))
        groups = loan_choices(confirmed_loans(season))
        freed.choices = groups
        offer(freed, groups)
        if not groups:
            del self.fields["freed"]

    def clean_freed(self) -> list[int]:
        return [int(pk) for pk in self.cleaned_data["freed"]]
