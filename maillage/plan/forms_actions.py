"""What people write of an action: itself, its steps, who pays what each year."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _, gettext_lazy

from maillage.catalogue.fields import StructuresField
from maillage.core.dates import day_words
from maillage.core.form_fields import DayField, choices_of, rows_of
from maillage.core.money import EurosField
from maillage.directory.fields import CommuneField, readable_data
from maillage.directory.forms import StructureChoice
from maillage.directory.models import Structure
from maillage.observatory.models import Indicator
from maillage.plan.action_choices import SCOPE_FIELDS, Scope, Status
from maillage.plan.models import Action, Declination, Node, Plan
from maillage.plan.services.actions import asked_on
from maillage.territories.models import Department, Epci

FIRST_YEAR, LAST_YEAR = 2000, 2100
MOST = 40


def leads() -> Any:
    """What actions hang under, in the order of the plan in force."""
    plan = Plan.objects.all().current()
    return Node.objects.in_force().workable().of_plan(plan).order_by("path")


class ActionForm(forms.Form):
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    node = forms.ModelChoiceField(
        Node.objects.none(), label=gettext_lazy("Piste du plan")
    )
    title = forms.CharField(label=gettext_lazy("Titre"), max_length=200)
    summary = forms.CharField(
        label=gettext_lazy("Description"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("Ce qui est fait, pour qui, et ce que l’on en attend."),
    )
    owner = StructureChoice(label=gettext_lazy("Porteur"))
    partners = StructuresField(
        label=gettext_lazy("Partenaires"),
        required=False,
        help_text=gettext_lazy("Une structure par case."),
    )
    scope = forms.ChoiceField(label=gettext_lazy("Territoire"), choices=Scope.choices)
    department = forms.ModelChoiceField(
        Department.objects.none(), label=gettext_lazy("Département"), required=False
    )
    epci = forms.ModelChoiceField(
        Epci.objects.none(), label=gettext_lazy("Intercommunalité"), required=False
    )
    commune = CommuneField(label=gettext_lazy("Commune"), required=False)
    establishment = StructureChoice(label=gettext_lazy("Établissement"), required=False)
    starts_on = DayField(label=gettext_lazy("Premier jour"))
    last_on = DayField(
        label=gettext_lazy("Dernier jour"),
        required=False,
        help_text=gettext_lazy("Vide : l’action n’a pas de fin prévue."),
    )
    status = forms.ChoiceField(
        label=gettext_lazy("Avancement déclaré"), choices=Status.choices
    )
    status_note = forms.CharField(
        label=gettext_lazy("Précision"), required=False, max_length=300
    )
    cost_cents = EurosField(
        label=gettext_lazy("Coût total"),
        required=False,
        help_text=gettext_lazy("Comparé à la somme de ce que donnent les financeurs."),
    )
    indicators = forms.ModelMultipleChoiceField(
        Indicator.objects.none(),
        label=gettext_lazy("Indicateurs de l’observatoire"),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 8}),
    )
    declination = forms.ModelChoiceField(
        Declination.objects.none(),
        label=gettext_lazy("Déclinaison"),
        required=False,
        help_text=gettext_lazy(
            "Si l’action appartient à la déclinaison d’un territoire."
        ),
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows_of(self, "node").queryset = leads()
        rows_of(self, "department").queryset = Department.objects.order_by("code")
        rows_of(self, "epci").queryset = Epci.objects.order_by("name")
        rows_of(self, "indicators").queryset = Indicator.objects.published()
        theirs = Declination.objects.all().editable_by(user).order_by("name")
        rows_of(self, "declination").queryset = theirs
        for name in ("owner", "partners", "establishment"):
            field: Any = self.fields[name]
            field.user = user

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        start, last = data.get("starts_on"), data.get("last_on")
        if start and last and last < start:
            self.add_error("last_on", _("Le dernier jour vient après le premier."))
        name = SCOPE_FIELDS.get(Scope(data.get("scope", Scope.REGION)))
        if name and name not in self.errors and not data.get(name):
            self.add_error(name, _("Dites lequel."))
        return data

    @property
    def values(self) -> dict[str, Any]:
        """As the service takes them."""
        data = dict(self.cleaned_data)
        data["ends_on"] = asked_on(data.pop("last_on"))
        return {
            name: value
            for name, value in data.items()
            if name not in {"partners", "indicators", "version"}
        }


class MilestoneForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("Jalon"), max_length=200, required=False)
    due_on = DayField(label=gettext_lazy("Prévu le"), required=False)
    done_on = DayField(label=gettext_lazy("Fait le"), required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if (data.get("due_on") or data.get("done_on")) and not data.get("title"):
            self.add_error("title", _("Nommez ce jalon."))
        return data


class BudgetForm(forms.Form):
    year = forms.IntegerField(
        label=gettext_lazy("Année"), required=False, min_value=FIRST_YEAR,
        max_value=LAST_YEAR,
    )  # fmt: skip
    funder = forms.CharField(
        label=gettext_lazy("Financeur"), max_length=160, required=False
    )
    forecast_cents = EurosField(label=gettext_lazy("Prévu"), required=False)
    spent_cents = EurosField(label=gettext_lazy("Dépensé"), required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        has_money = data.get("forecast_cents") or data.get("spent_cents")
        if data.get("funder") or has_money:
            for name in ("year", "funder"):
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, _("Dites l’année et le financeur."))
        return data


MILESTONES = forms.formset_factory(
    MilestoneForm, extra=3, max_num=MOST, absolute_max=MOST
)
BUDGET = forms.formset_factory(BudgetForm, extra=3, max_num=MOST, absolute_max=MOST)


class ActionSheet:
    """The three forms of an action as one page sends them."""

    def __init__(
        self, action: Action | None, *, user: Any, data: Any = None, first: Any = None
    ) -> None:
        data = readable_data(data)
        saved = (
            first_values(action) if action else {"scope": Scope.REGION, **(first or {})}
        )
        self.form = ActionForm(data, user=user, initial=saved)
        steps = (
            list(action.milestones.values("title", "due_on", "done_on"))
            if action
            else []
        )
        lines = (
            list(
                action.budget.values("year", "funder", "forecast_cents", "spent_cents")
            )
            if action
            else []
        )
        self.milestones = MILESTONES(data, initial=steps, prefix="steps")
        self.budget = BUDGET(data, initial=lines, prefix="budget")
        for rows in (self.milestones, self.budget):
            for number, row in enumerate(rows.forms, 1):
                for field in row.fields.values():
                    said = _("%(what)s, ligne %(number)d")
                    field.widget.attrs["aria-label"] = said % {
                        "what": field.label, "number": number,
                    }  # fmt: skip

    def is_valid(self) -> bool:
        good = [one.is_valid() for one in (self.form, self.milestones, self.budget)]
        return all(good)

    @property
    def has_errors(self) -> bool:
        parts: tuple[Any, ...] = (self.form, self.milestones, self.budget)
        return any(part.is_bound and not part.is_valid() for part in parts)

    @property
    def line_errors(self) -> list[str]:
        """What is wrong in the lines, said with the number of the line."""
        if not self.form.is_bound:
            return []
        found = []
        for title, rows in (
            (_("Jalons"), self.milestones),
            (_("Budget"), self.budget),
        ):
            found += [str(error) for error in rows.non_form_errors()]
            for number, row in enumerate(rows.forms, 1):
                for errors in row.errors.values():
                    for error in errors:
                        said = _("%(part)s, ligne %(number)d : %(error)s")
                        found.append(said % {"part": title, "number": number, "error": error})  # fmt: skip
        return found

    def asked(self) -> dict[str, Any]:
        """What the service is asked to write."""
        data = self.form.cleaned_data
        return {
            "values": self.form.values,
            "partners": data["partners"],
            "indicators": data["indicators"],
            "version": data["version"],
            "milestones": [
                row for row in self.milestones.cleaned_data if row.get("title")
            ],
            "budget": [row for row in self.budget.cleaned_data if row.get("funder")],
        }


def first_values(action: Action) -> dict[str, Any]:
    names = (
        "version", "node", "title", "summary", "owner", "scope", "department", "epci",
        "commune", "establishment", "starts_on", "status", "status_note", "cost_cents",
        "declination",
    )  # fmt: skip
    found = {name: getattr(action, name) for name in names}
    found["last_on"] = action.last_day
    found["partners"] = list(action.partners.all())
    found["indicators"] = [row.pk for row in action.indicators.all()]
    return found


class ActionFilter(forms.Form):
    """What a list of actions is narrowed to; unknown values are left aside."""

    q = forms.CharField(label=gettext_lazy("Mots"), required=False, max_length=100)
    axe = forms.ChoiceField(label=gettext_lazy("Partie du plan"), required=False)
    etat = forms.ChoiceField(label=gettext_lazy("Avancement déclaré"), required=False)
    territoire = forms.ChoiceField(label=gettext_lazy("Territoire"), required=False)
    porteur = forms.ChoiceField(label=gettext_lazy("Porteur"), required=False)
    motif = forms.ChoiceField(label=gettext_lazy("Écart"), required=False)

    def offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        choices_of(self, name).choices = [("", _("tous")), *choices]

    def value(self, name: str) -> str:
        return str(self.cleaned_data.get(name) or "") if self.is_valid() or name not in self.errors else ""  # fmt: skip


def day_range(action: Action) -> str:
    """« du 1er mars 2026 au 2 mai 2027 », « depuis le 1er mars 2026 »."""
    start = day_words(action.starts_on)
    if action.last_day is None:
        return _("à partir du %s") % start
    return _("du %(start)s au %(end)s") % {
        "start": start, "end": day_words(action.last_day),
    }  # fmt: skip


def own_structures(user: Any) -> list[Structure]:
    """Structures under whose name the person may write, to begin with the first."""
    if not user.is_authenticated:
        return []
    return list(Structure.objects.all().owned_by(user).order_by("name")[:2])
