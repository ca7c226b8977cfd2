"""Self-assessment: what is looked at, then one standard at a time."""

import secrets
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext as _, gettext_lazy

from maillage.accounts.models import User
from maillage.core.form_fields import rows_of
from maillage.studio.assessment_choices import GridLevel
from maillage.studio.models import GridAnswer, SelfAssessment
from maillage.studio.services.assessing import MOST_EVIDENCE, Written, teams_of

is_url = URLValidator(schemes=["http", "https"])
LONGEST_LABEL, LONGEST_URL = 120, 500


class AssessmentForm(forms.ModelForm[SelfAssessment]):
    class Meta:
        model = SelfAssessment
        fields = ("structure", "subject")

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        structures = teams_of(by)
        rows_of(self, "structure").queryset = structures
        if len(few := list(structures[:2])) == 1:
            rows_of(self, "structure").initial = few[0]


class GridAnswerForm(forms.Form):
    """A level and words for one standard; ``asks_level`` is false for the summary."""

    level = forms.TypedChoiceField(
        choices=[("", gettext_lazy("Pas encore de niveau")), *GridLevel.choices],
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
    )
    comment = forms.CharField(
        label=gettext_lazy("Pourquoi ce niveau"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    seen = forms.IntegerField(min_value=0, required=False, widget=forms.HiddenInput)
    page = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, answer: GridAnswer, asks_level: bool, **kwargs: Any
    ) -> None:
        first = {"level": answer.level or "", "comment": answer.comment}
        first |= {"page": secrets.token_hex(8), **kwargs.get("initial", {})}
        kwargs["initial"] = first
        super().__init__(*args, **kwargs)
        self.answer = answer
        if not asks_level:
            del self.fields["level"]
            self.fields["comment"].label = _("En résumé")
            self.fields["comment"].widget.attrs["rows"] = 10

    @property
    def written(self) -> Written:
        data = self.cleaned_data
        return Written(
            standard=self.answer.standard,
            level=data.get("level"),
            comment=data["comment"].replace("\r\n", "\n"),
            evidence=data.get("evidence", []) + data.get("known", []),
            seen=data["seen"] or 0,
            page=data["page"],
        )


class AssessmentAnswerForm(GridAnswerForm):
    """With evidence: links that one types, and what the site knows already."""

    evidence = forms.CharField(
        label=gettext_lazy("Preuves"),
        required=False,
        max_length=12_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy(
            "Une par ligne : un nom, puis son adresse web s’il y en a une. "
            "« Rapport d’activité 2025 https://… »"
        ),
    )
    known = forms.MultipleChoiceField(
        label=gettext_lazy("Ce que Maillage montre déjà de vous"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, known: list[tuple[str, str]], **kwargs: Any) -> None:
        answer = kwargs["answer"]
        here = dict(known)
        typed = [one for one in answer.evidence if one.get("url") not in here]
        kwargs["initial"] = {
            "evidence": "\n".join(line_of(one) for one in typed),
            "known": [one["url"] for one in answer.evidence if one.get("url") in here],
        }
        super().__init__(*args, **kwargs)
        self.labels = here
        field = self.fields["known"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 -- for mypy
        field.choices = known
        if not known:
            del self.fields["known"]

    def clean_evidence(self) -> list[dict[str, str]]:
        lines = self.cleaned_data["evidence"].splitlines()
        found = [one for line in lines if (one := evidence_of(line))]
        if len(found) > MOST_EVIDENCE:
            raise ValidationError(_("Vingt preuves suffisent : gardez les meilleures."))
        return found

    def clean_known(self) -> list[dict[str, str]]:
        return [{"label": self.labels[url], "url": url} for url in self.cleaned_data["known"]]  # fmt: skip


def line_of(evidence: dict[str, str]) -> str:
    label, url = evidence.get("label", ""), evidence.get("url", "")
    return url if label == url else f"{label} {url}".strip()


def evidence_of(line: str) -> dict[str, str] | None:
    """« A name https://… » as a name and its address; either may be missing."""
    words = line.split()
    if not words:
        return None
    url = words[-1] if words[-1].lower().startswith(("http://", "https://")) else ""
    label = " ".join(words[:-1] if url else words).removesuffix(":").strip()
    if url:
        try:
            is_url(url)
        except ValidationError:
            raise ValidationError(_("« %(url)s » n’est pas une adresse web.") % {"url": url[:80]}) from None  # fmt: skip
        if len(url) > LONGEST_URL:
            raise ValidationError(_("Une adresse est trop longue."))
    return {"label": label[:LONGEST_LABEL] or url, "url": url}
