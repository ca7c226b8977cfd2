"""What the agency types about a questionnaire and its versions."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from maillage.surveys.definition import Definition
from maillage.surveys.models import Questionnaire
from maillage.surveys.xlsform_sheets import MAX_BYTES

LANGUAGES = (
    ("en", gettext_lazy("anglais")),
    ("nl", gettext_lazy("néerlandais")),
    ("de", gettext_lazy("allemand")),
    ("es", gettext_lazy("espagnol")),
    ("pl", gettext_lazy("polonais")),
    ("ar", gettext_lazy("arabe")),
    ("uk", gettext_lazy("ukrainien")),
)


class QuestionnaireForm(forms.ModelForm[Questionnaire]):
    class Meta:
        model = Questionnaire
        fields = ("name", "about")
        widgets = {"about": forms.Textarea(attrs={"rows": 3})}
        help_texts = {
            "name": gettext_lazy(
                "Le nom qui dure, sans l’année : l’année est celle de l’édition."
            ),
            "about": gettext_lazy("Une ou deux phrases, pour s’y retrouver."),
        }


class NoteForm(forms.Form):
    """What a version changes, when it is frozen."""

    note = forms.CharField(
        label=gettext_lazy("Ce qui change dans cette version"),
        help_text=gettext_lazy("Une phrase, pour ceux qui liront les résultats."),
        max_length=2_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class BreakForm(forms.Form):
    """A series that starts again."""

    question = forms.ChoiceField(label=gettext_lazy("Question"))
    reason = forms.CharField(
        label=gettext_lazy("Pourquoi les réponses ne se comparent plus"),
        help_text=gettext_lazy("Cette phrase est écrite sous chaque courbe concernée."),
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kw: Any) -> None:
        super().__init__(*args, **kw)
        field = self.fields["question"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 -- for mypy
        field.choices = [("", gettext_lazy("Choisir…")), *choices]


class FormFileForm(forms.Form):
    """An XLSForm, or the JSON of another site."""

    file = forms.FileField(
        label=gettext_lazy("Fichier XLSForm (.xlsx) ou JSON"),
        help_text=gettext_lazy(
            "Rien n’est changé avant que vous ayez vu et accepté ce qui change."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.json"}),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            message = gettext_lazy("Ce fichier est trop gros pour un questionnaire.")
            raise forms.ValidationError(message)
        return file


class WholeForm(forms.Form):
    """The words around the questions."""

    title = forms.CharField(
        label=gettext_lazy("Titre que voient les personnes interrogées"), max_length=300
    )
    intro = forms.CharField(
        label=gettext_lazy("Mot d’accueil"),
        help_text=gettext_lazy("À quoi sert l’enquête, combien de temps elle prend."),
        max_length=4_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    thanks = forms.CharField(
        label=gettext_lazy("Mot de la fin"),
        max_length=4_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    languages = forms.MultipleChoiceField(
        label=gettext_lazy("Autres langues"),
        help_text=gettext_lazy("Chaque question aura une case de plus par langue."),
        choices=LANGUAGES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    @classmethod
    def of(cls, definition: Definition, data: Any = None) -> "WholeForm":
        initial = {
            "title": definition.title,
            "intro": definition.intro,
            "thanks": definition.thanks,
            "languages": list(definition.languages),
        }
        form = cls(data, initial=initial)
        field = form.fields["languages"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 -- for mypy
        known = dict(LANGUAGES)
        more = [(code, code) for code in definition.languages if code not in known]
        field.choices = [*LANGUAGES, *more]
        return form

    def definition(self) -> Definition:
        data = self.cleaned_data
        return Definition(
            title=data["title"],
            intro=data["intro"].replace("\r\n", "\n"),
            thanks=data["thanks"].replace("\r\n", "\n"),
            languages=tuple(data["languages"]),
        )
