"""Works made together: the project, partners, budget, tasks, the journal."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from maillage.accounts.models import User
from maillage.catalogue.models import Resource
from maillage.core.form_fields import DayField, rows_of
from maillage.core.money import EurosField
from maillage.directory.models import Structure
from maillage.studio.models import BudgetLine, Partner, Project, Task
from maillage.studio.services.evaluating import structures_of


class ProjectForm(forms.ModelForm[Project]):
    class Meta:
        model = Project
        fields = ("title", "lead", "summary", "resource")
        widgets = {"summary": forms.Textarea(attrs={"rows": 5})}

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        structures = structures_of(by)
        rows_of(self, "lead").queryset = structures
        if len(few := list(structures[:2])) == 1:
            rows_of(self, "lead").initial = few[0]
        kept = Resource.objects.filter(projects=self.instance.pk or 0)
        own = Resource.objects.all().editable_by(by)
        rows_of(self, "resource").queryset = (own | kept).distinct().order_by("name")


class PartForm(forms.ModelForm[Any]):
    """A part of a project; its structure is one of the partners."""

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        partners = project.partners.values("structure")
        rows = Structure.objects.filter(pk__in=partners)
        rows_of(self, "structure").queryset = rows.order_by("name", "pk")


class PartnerForm(PartForm):
    percent = forms.DecimalField(
        label=gettext_lazy("Part des recettes (%)"),
        min_value=Decimal(0),
        max_value=Decimal(100),
        max_digits=5,
        decimal_places=2,
        required=False,
    )

    class Meta:
        model = Partner
        fields = ("structure", "roles", "credit")

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, project=project, **kwargs)
        kept = Structure.objects.filter(pk=self.instance.structure_id)
        rows = Structure.objects.published() | kept
        rows_of(self, "structure").queryset = rows.order_by("name", "pk")
        if self.instance.pk:
            self.initial["percent"] = Decimal(self.instance.revenue_bps) / 100

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        self.instance.revenue_bps = int((data.get("percent") or Decimal(0)) * 100)
        return data


class BudgetLineForm(PartForm):
    cents = EurosField(label=gettext_lazy("Montant"))

    class Meta:
        model = BudgetLine
        fields = ("structure", "side", "label", "cents")


class TaskForm(PartForm):
    due_on = DayField(label=gettext_lazy("Pour le"))

    class Meta:
        model = Task
        fields = ("label", "structure", "due_on", "state")


class NoteForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


#: Parts of a project by the word that stands in their address.
PARTS: dict[str, tuple[type[Any], type[PartForm], Any]] = {
    "partenaires": (Partner, PartnerForm, gettext_lazy("Partenaire")),
    "budget": (BudgetLine, BudgetLineForm, gettext_lazy("Ligne de budget")),
    "taches": (Task, TaskForm, gettext_lazy("Tâche")),
}
