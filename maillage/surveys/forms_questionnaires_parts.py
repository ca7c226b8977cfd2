"""Forms of the builder: a page or group, a repeated group, a question."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.utils.translation import gettext as _, gettext_lazy

from maillage.core import facts
from maillage.core.form_fields import choices_of
from maillage.directory.models import Structure
from maillage.surveys.checks import SORTS, UPDATES
from maillage.surveys.choices import QuestionKind
from maillage.surveys.conditions import (
    COMPARISONS,
    WITHOUT_VALUE,
    as_text,
    meant,
    simple,
    value_words,
)
from maillage.surveys.definition import (
    Definition,
    Part,
    QuestionSpec,
    Repeat,
    Section,
    Step,
)
from maillage.surveys.names import code_from, good_code


def lines(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


@dataclass(frozen=True)
class Group:
    """Boxes that stand together; folded while they say nothing."""

    legend: str
    boxes: tuple[Any, ...]
    #: Kinds of question that have them; empty: all.
    kinds: str = ""
    is_hidden: bool = False
    is_open: bool = True
    is_folding: bool = False


class PartForm(forms.Form):
    """What every part has: words, a code, a condition."""

    label = forms.CharField(
        label=gettext_lazy("Intitulé"), max_length=4_000, widget=lines(2)
    )
    hint = forms.CharField(
        label=gettext_lazy("Aide, en petit dessous"),
        max_length=4_000,
        required=False,
        widget=lines(2),
    )
    when_question = forms.ChoiceField(
        label=gettext_lazy("Seulement si la réponse à"), required=False
    )
    when_is = forms.ChoiceField(
        label=gettext_lazy("Comparaison"), required=False, choices=COMPARISONS.items()
    )
    when_value = forms.CharField(
        label=gettext_lazy("Valeur"),
        help_text=gettext_lazy("Le texte du choix, ou un nombre."),
        max_length=200,
        required=False,
    )
    relevant = forms.CharField(
        label=gettext_lazy("Ou écrivez la condition"),
        help_text=gettext_lazy(
            "Par exemple : ${salaries} > 3 and selected(${themes}, 'astronomy')"
        ),
        max_length=2_000,
        required=False,
        widget=lines(2),
    )
    code = forms.CharField(
        label=gettext_lazy("Code"),
        help_text=gettext_lazy(
            "Il relie les réponses d’une édition à l’autre : ne le changez que si la "
            "question n’est plus la même."
        ),
        max_length=60,
        required=False,
    )
    #: Fields of the part that are other languages' words.
    translated: tuple[str, ...] = ("label", "hint")

    def __init__(
        self, data: Any = None, *, definition: Definition, step: Step, **kwargs: Any
    ) -> None:
        self.definition, self.step = definition, step
        self.part: Any = step.part
        super().__init__(data, initial=self.first_values(), **kwargs)
        choices_of(self, "when_question").choices = question_choices(definition, step)
        for code in definition.languages:
            for name in self.translated:
                self.fields[f"{name}_{code}"] = forms.CharField(
                    label=f"{self.fields[name].label} ({code})",
                    max_length=4_000,
                    required=False,
                    widget=lines(2),
                    initial=self.part.languages.get(code, {}).get(name, ""),
                )

    def first_values(self) -> dict[str, Any]:
        found = {name: getattr(self.part, name, "") for name in self.base_fields}
        said = simple(self.part.relevant)
        spec = self.definition.questions().get(said.code) if said else None
        if said and spec:
            found |= {
                "when_question": said.code,
                "when_is": said.comparison,
                "when_value": value_words(self.definition, spec, said.value),
                "relevant": "",
            }
        return found

    def box(self, *names: str) -> tuple[Any, ...]:
        return tuple(self[name] for name in names if name in self.fields)

    def folded(self, legend: Any, *names: str, kinds: str = "") -> Group:
        boxes = self.box(*names)
        full = any(box.errors or box.value() not in ("", None, []) for box in boxes)
        kind = str(self["kind"].value()) if "kind" in self.fields else ""
        hidden = bool(kinds) and kind not in kinds.split()
        return Group(str(legend), boxes, kinds, hidden, full, True)

    def when(self) -> Group:
        names = ("when_question", "when_is", "when_value", "relevant")
        group = self.folded(_("Quand la poser"), *names)
        is_open = bool(self["when_question"].value() or self["relevant"].value())
        wrong = any(self[name].errors for name in names)
        return replace(group, is_open=is_open or wrong)

    def languages_group(self) -> list[Group]:
        names = [
            f"{name}_{code}"
            for code in self.definition.languages
            for name in self.translated
        ]
        return [self.folded(_("Autres langues"), *names)] if names else []

    def groups(self) -> list[Group]:
        return [
            Group("", self.box("label", "hint")),
            self.when(),
            *self.languages_group(),
            replace(self.folded(_("Code"), "code"), is_open=bool(self["code"].errors)),
        ]

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"]).strip()
        if not code:
            taken = set(self.definition.steps()) - {self.part.code}
            return code_from(self.cleaned_data.get("label", ""), taken)
        if not good_code(code):
            message = _(
                "Un code commence par une lettre et ne contient que lettres sans "
                "accent, chiffres et « _ »."
            )
            raise forms.ValidationError(message)
        return code

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        for name, value in data.items():
            if isinstance(value, str):
                data[name] = value.replace("\r\n", "\n").strip()
        if not data.get("relevant"):
            data["relevant"] = self.composed(data)
        return data

    def composed(self, data: Mapping[str, Any]) -> str:
        spec = self.definition.questions().get(data.get("when_question") or "")
        if spec is None:
            return ""
        comparison = data.get("when_is") or "is"
        if comparison in WITHOUT_VALUE:
            return as_text(spec, comparison, "")
        value = meant(self.definition, spec, data.get("when_value", ""))
        if value is None:
            self.add_error("when_value", self.wanted(spec))
            return ""
        return as_text(spec, comparison, value)

    def wanted(self, spec: QuestionSpec) -> str:
        if spec.is_number:
            return _("Écrivez un nombre.")
        labels = [choice.label for choice in self.definition.choices_of(spec)[:8]]
        if spec.kind == QuestionKind.YES_NO:
            labels = [_("Oui"), _("Non")]
        if labels:
            return _("Écrivez un des choix : %s.") % ", ".join(labels)
        return _("Écrivez la valeur attendue.")

    def languages(self) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {
            code: dict(said)
            for code, said in self.part.languages.items()
            if code not in self.definition.languages
        }
        for code in self.definition.languages:
            said = {
                name: text
                for name in self.translated
                if (text := self.cleaned_data.get(f"{name}_{code}"))
            }
            if said:
                found[code] = said
        return found

    def result(self) -> Part:
        data = self.cleaned_data
        common = ("code", "label", "hint", "relevant")
        said = {name: data[name] for name in common}
        made: Part = replace(self.part, **said, languages=self.languages())
        return made


class SectionForm(PartForm):
    """A page, or a group inside one."""

    def result(self) -> Section:
        made = super().result()
        assert isinstance(made, Section)  # noqa: S101 -- for mypy
        return made


class RepeatForm(PartForm):
    """Questions asked once for each thing."""

    item_label = forms.CharField(
        label=gettext_lazy("Le nom d’une ligne"),
        help_text=gettext_lazy("Au singulier : « Exposition »."),
        max_length=100,
        required=False,
    )
    at_least = forms.IntegerField(
        label=gettext_lazy("Lignes au moins"), min_value=0, max_value=200
    )
    at_most = forms.IntegerField(
        label=gettext_lazy("Lignes au plus"), min_value=1, max_value=200
    )
    prefill = forms.ChoiceField(
        label=gettext_lazy("Lignes que la plateforme connaît"),
        help_text=gettext_lazy("Elles seront déjà là : il restera à les compléter."),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices_of(self, "prefill").choices = [("", _("Aucune")), *facts_of({"number"})]

    def groups(self) -> list[Group]:
        first, when, *rest = super().groups()
        return [
            replace(first, boxes=self.box("label", "item_label", "hint")),
            Group(_("Lignes"), self.box("at_least", "at_most", "prefill")),
            when,
            *rest,
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if (data.get("at_least") or 0) > (data.get("at_most") or 200):
            self.add_error("at_most", _("Le plus est plus petit que le moins."))
        return data

    def result(self) -> Repeat:
        data = self.cleaned_data
        made = super().result()
        assert isinstance(made, Repeat)  # noqa: S101 -- for mypy
        names = ("item_label", "at_least", "at_most", "prefill")
        return replace(made, **{name: data[name] for name in names})


def question_choices(definition: Definition, step: Step) -> list[Any]:
    """Questions on which a condition may bear, page by page."""
    pages: dict[str, list[tuple[str, str]]] = {}
    for one in definition.walk():
        part = one.part
        if not isinstance(part, QuestionSpec) or part.kind == QuestionKind.NOTE:
            continue
        inside = one.repeat
        if part.code == step.part.code or (inside and inside != step.repeat):
            continue
        label = part.label or part.code
        page = one.page.label or one.page.code
        pages.setdefault(page, []).append((part.code, shortened(label)))
    by_hand = bool(step.part.relevant) and simple(step.part.relevant) is None
    none = _("(condition écrite plus bas)") if by_hand else _("Toujours")
    return [("", none), *pages.items()]


def shortened(text: str, most: int = 70) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def facts_of(sorts: set[str]) -> list[tuple[str, str]]:
    return [
        (code, str(fact.label))
        for code, fact in facts.known().items()
        if fact.sort in sorts
    ]


def field_labels() -> list[tuple[str, str]]:
    """Fields of a structure that answers may update."""
    names = {field.name: field.verbose_name for field in Structure._meta.fields}
    return [(name, str(names[name])) for name in UPDATES if name in names]


def prefill_choices(step: Step) -> list[tuple[str, str]]:
    """Facts of the platform, or the columns of the rows of a pre-filled group."""
    group = step.repeat
    if group is None:
        return [("", _("Rien")), *facts_of(set(SORTS))]
    columns = {
        "name": _("nom"),
        "kind": _("sorte"),
        "year": _("année"),
        "themes": _("thèmes"),
    }
    known = [("", _("Rien")), *columns.items()] if group.prefill else [("", _("Rien"))]
    held = getattr(step.part, "prefill", "")
    return known if held in dict(known) else [*known, (held, held)]
