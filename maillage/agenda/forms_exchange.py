"""What people type about the agendas that they want followed."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _, gettext_lazy

from maillage.agenda.choices import FeedKind
from maillage.agenda.models import Feed
from maillage.core import vocab
from maillage.core.form_fields import rows_of
from maillage.directory.fields import WebField, readable_data
from maillage.directory.models import Place, Structure

MOST_BYTES = 30 * 1024 * 1024


class FeedForm(forms.ModelForm[Feed]):
    url = WebField(
        label=gettext_lazy("Adresse de l’agenda"),
        required=False,
        help_text=gettext_lazy(
            "L’adresse d’un fichier .ics ou d’un export JSON d’OpenAgenda, lue chaque "
            "nuit. Laissez vide pour envoyer les fichiers vous-même."
        ),
    )

    class Meta:
        model = Feed
        fields = ("name", "kind", "url", "owner", "place", "event_kind", "is_trusted")
        help_texts = {
            "name": gettext_lazy("Pour vous y retrouver, comme « Agenda du Forum »."),
            "owner": gettext_lazy("La structure qui organise ces événements."),
            "place": gettext_lazy("Quand le fichier ne dit pas la commune."),
            "is_trusted": gettext_lazy(
                "Les événements de cet agenda paraissent sans passer par la modération."
            ),
        }

    def __init__(self, data: Any = None, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(readable_data(data), *args, **kwargs)
        owners = Structure.objects.published()
        if not user.is_agency:
            owners = owners.filter(memberships__user=user).distinct()
            del self.fields["is_trusted"]
        rows_of(self, "owner").queryset = owners.order_by("name")
        places = Place.objects.published().filter(structure__in=owners)
        rows_of(self, "place").queryset = places.order_by("name")
        self.fields["event_kind"] = forms.ChoiceField(
            label=gettext_lazy("Nature des événements"),
            choices=lambda: vocab.choices("event_kinds"),
            help_text=gettext_lazy("Le fichier ne la dit pas ; vous pourrez la changer ensuite."),
        )  # fmt: skip


class FeedFileForm(forms.Form):
    """A file of the feed, sent by hand."""

    file = forms.FileField(
        label=gettext_lazy("Fichier"),
        widget=forms.FileInput(attrs={"accept": ".ics,.json,text/calendar"}),
    )

    def __init__(self, *args: Any, feed: Feed, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        json = feed.kind == FeedKind.OPENAGENDA
        self.fields["file"].help_text = (
            _("Un export JSON d’OpenAgenda, de 30 Mo au plus.")
            if json
            else _("Un fichier .ics, de 10 Mo au plus.")
        )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise ValidationError(
                _("Le fichier dépasse 30 Mo : exportez une période plus courte."),
                "too_large",
            )
        return file
