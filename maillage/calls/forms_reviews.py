"""What readers write, and what the agency sets for them and for the committee."""

import secrets
from typing import Any

from django import forms
from django.utils.translation import gettext as _, gettext_lazy

from maillage.calls.models import Application, Criterion, Review, Reviewer
from maillage.calls.review_choices import Lock, Opinion, PartKind, Weighing
from maillage.calls.services.reviewing import Written
from maillage.core import vocab
from maillage.core.form_fields import DayField, choices_of, rows_of
from maillage.core.money import EurosField
from maillage.directory.forms import StructureChoice
from maillage.directory.models import Structure
from maillage.territories.models import Department

#: Boxes for the structures that a reader is linked to, and for minimums of an envelope.
LINKS, MINIMUMS = 4, 8
LONG = forms.Textarea(attrs={"rows": 4})


def departments() -> list[tuple[str, str]]:
    return list(Department.objects.order_by("code").values_list("code", "name"))


class InviteReviewerForm(forms.Form):
    email = forms.EmailField(label=gettext_lazy("Adresse e-mail"))
    about = forms.CharField(
        label=gettext_lazy("Fonction"), max_length=200, required=False
    )


class ReviewerForm(forms.Form):
    """What a reader knows, and with whom they have a link."""

    about = forms.CharField(
        label=gettext_lazy("Fonction"), max_length=200, required=False
    )
    themes = forms.MultipleChoiceField(
        label=gettext_lazy("Thèmes connus"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    departments = forms.MultipleChoiceField(
        label=gettext_lazy("Départements connus"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    most = forms.IntegerField(
        label=gettext_lazy("Dossiers au plus"), min_value=1, max_value=200
    )

    def __init__(
        self, *args: Any, reviewer: Reviewer, user: Any, **kwargs: Any
    ) -> None:
        first = {
            name: getattr(reviewer, name)
            for name in ("about", "themes", "departments", "most")
        }
        linked = list(reviewer.structures.order_by("name")) if reviewer.pk else []
        first |= {f"link_{rank}": row for rank, row in enumerate(linked)}
        super().__init__(*args, **{"initial": first, **kwargs})
        choices_of(self, "themes").choices = vocab.choices("themes")
        choices_of(self, "departments").choices = departments()
        for rank in range(max(LINKS, len(linked) + 1)):
            box = StructureChoice(required=False)
            box.label = _("Structure liée %(n)s") % {"n": rank + 1}
            if not rank:
                box.help_text = _(
                    "Employeur, conseil d’administration, proche… Vous ne lirez aucun "
                    "projet de ces structures ni de leurs partenaires."
                )
            box.user = user
            self.fields[f"link_{rank}"] = box

    @property
    def structures(self) -> list[Structure]:
        found = [
            value
            for name, value in self.cleaned_data.items()
            if name.startswith("link_") and value is not None
        ]
        return list({one.pk: one for one in found}.values())

    @property
    def known(self) -> dict[str, Any]:
        """As the service is asked."""
        names = ("about", "themes", "departments", "most")
        return {name: self.cleaned_data[name] for name in names} | {
            "structures": self.structures
        }


class ReviewForm(forms.Form):
    """A score and a word for each criterion; nothing is obligatory until returned."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    page = forms.CharField(widget=forms.HiddenInput, max_length=32)
    opinion = forms.ChoiceField(
        label=gettext_lazy("Votre avis"),
        choices=Opinion.choices,
        widget=forms.RadioSelect,
        required=False,
    )
    comment = forms.CharField(
        label=gettext_lazy("Commentaire d’ensemble"), widget=LONG, required=False
    )
    private_comment = forms.CharField(
        label=gettext_lazy("Pour le comité seulement"), widget=LONG, required=False
    )

    def __init__(
        self, *args: Any, review: Review, criteria: list[Criterion], **kwargs: Any
    ) -> None:
        given = {one.criterion_id: one for one in review.scores.all()}
        first: dict[str, Any] = {
            "seen": review.revision,
            "page": secrets.token_hex(8),
            "opinion": review.opinion,
            "comment": review.comment,
            "private_comment": review.private_comment,
        }
        for one in criteria:
            if score := given.get(one.pk):
                first[f"score_{one.pk}"] = score.value
                first[f"why_{one.pk}"] = score.comment
        super().__init__(*args, **{"initial": first, **kwargs})
        self.criteria = criteria
        for one in criteria:
            self.fields[f"score_{one.pk}"] = forms.IntegerField(
                label=_("Note de 0 à %(most)s") % {"most": one.max_score},
                min_value=0,
                max_value=one.max_score,
                required=False,
            )
            self.fields[f"why_{one.pk}"] = forms.CharField(
                label=_("Pourquoi cette note"),
                widget=forms.Textarea(attrs={"rows": 2}),
                required=False,
            )

    def rows(self) -> list[dict[str, Any]]:
        """Each criterion with its two fields."""
        return [
            {
                "criterion": one,
                "score": self[f"score_{one.pk}"],
                "why": self[f"why_{one.pk}"],
            }
            for one in self.criteria
        ]

    @property
    def written(self) -> Written:
        data = self.cleaned_data
        return Written(
            scores={one.pk: data[f"score_{one.pk}"] for one in self.criteria},
            comments={one.pk: data[f"why_{one.pk}"] for one in self.criteria},
            opinion=data["opinion"],
            comment=data["comment"],
            private_comment=data["private_comment"],
        )


class ConflictForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("De quel lien s’agit-il ?"), max_length=300
    )


class RoundForm(forms.Form):
    """A phase of reading."""

    name = forms.CharField(label=gettext_lazy("Nom"), max_length=80)
    each = forms.IntegerField(
        label=gettext_lazy("Lecteurs par candidature"), min_value=1, max_value=9
    )
    due_on = DayField(label=gettext_lazy("À rendre le"))


class RoundReadersForm(RoundForm):
    reviewers = forms.ModelMultipleChoiceField(
        Reviewer.objects.none(),
        label=gettext_lazy("Lecteurs"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows_of(self, "reviewers").queryset = (
            Reviewer.objects.all().active().select_related("user")
        )


class GiveForm(forms.Form):
    """A dossier to a reader, by hand."""

    application = forms.ModelChoiceField(
        Application.objects.none(), label=gettext_lazy("Candidature")
    )
    reviewer = forms.ModelChoiceField(
        Reviewer.objects.none(), label=gettext_lazy("Lecteur")
    )

    def __init__(self, *args: Any, call: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows_of(self, "application").queryset = (
            call.applications.all().eligible().order_by("title", "pk")
        )
        rows_of(self, "reviewer").queryset = (
            Reviewer.objects.all().active().select_related("user")
        )


class EnvelopeRulesForm(forms.Form):
    """Budget, what to seek, and least shares."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    budget_cents = EurosField(label=gettext_lazy("Budget"))
    weighing = forms.ChoiceField(
        label=gettext_lazy("Chercher à augmenter"),
        choices=Weighing.choices,
        widget=forms.RadioSelect,
    )
    uses_raw = forms.BooleanField(
        label=gettext_lazy("Compter les notes brutes, sans correction"), required=False
    )
    least_percent = forms.IntegerField(
        label=gettext_lazy("Note minimale sur 100"), min_value=0, max_value=100
    )

    def __init__(self, *args: Any, plan: Any, **kwargs: Any) -> None:
        names = ("budget_cents", "weighing", "uses_raw", "least_percent")
        first: dict[str, Any] = {name: getattr(plan, name) for name in names}
        first["seen"] = plan.revision
        kept = list(plan.minimums.all())
        for rank, one in enumerate(kept):
            first[f"part_{rank}"] = f"{one.kind}:{one.code}"
            first[f"percent_{rank}"] = one.percent
        super().__init__(*args, **{"initial": first, **kwargs})
        self.ranks = range(max(3, min(MINIMUMS, len(kept) + 1)))
        for rank in self.ranks:
            self.fields[f"part_{rank}"] = forms.ChoiceField(
                label=_("Part minimale %(n)s, pour") % {"n": rank + 1},
                choices=[("", "–"), *part_choices()],
                required=False,
            )
            self.fields[f"percent_{rank}"] = forms.IntegerField(
                label=_("Part %(n)s, en %% du budget") % {"n": rank + 1},
                min_value=1,
                max_value=100,
                required=False,
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        seen: set[str] = set()
        for rank in self.ranks:
            part, percent = data.get(f"part_{rank}"), data.get(f"percent_{rank}")
            if part and not percent:
                self.add_error(f"percent_{rank}", _("Écrivez la part en %."))
            elif percent and not part:
                self.add_error(f"part_{rank}", _("Dites pour quoi est cette part."))
            elif part and part in seen:
                self.add_error(f"part_{rank}", _("Cette part est déjà dans la liste."))
            seen.add(part or "")
        return data

    @property
    def minimums(self) -> list[tuple[str, str, int]]:
        found = []
        for rank in self.ranks:
            if part := self.cleaned_data[f"part_{rank}"]:
                kind, code = part.split(":", 1)
                found.append((kind, code, self.cleaned_data[f"percent_{rank}"]))
        return found

    @property
    def choices(self) -> dict[str, Any]:
        """As the service is asked."""
        names = ("budget_cents", "weighing", "uses_raw", "least_percent", "seen")
        found = {name: self.cleaned_data[name] for name in names}
        return found | {"minimums": self.minimums}


def part_choices() -> list[tuple[str, str]]:
    return [
        (f"{PartKind.RURAL}:", str(PartKind.RURAL.label)),
        *((f"{PartKind.DEPARTMENT}:{code}", name) for code, name in departments()),
        *(
            (f"{PartKind.THEME}:{slug}", label)
            for slug, label in vocab.choices("themes")
        ),
    ]


class LineForm(forms.Form):
    """One line of a proposal."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    lock = forms.TypedChoiceField(
        label=gettext_lazy("Décision"), choices=Lock.choices, coerce=int
    )
    cents = EurosField(label=gettext_lazy("Montant"))
    note = forms.CharField(label=gettext_lazy("Motif"), max_length=300, required=False)
