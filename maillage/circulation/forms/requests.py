"""What people type to ask for a loan, and to answer."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _, gettext_lazy

from maillage.catalogue.models import Resource
from maillage.circulation.choices import RequestState
from maillage.circulation.forms.hosts import HostForm
from maillage.circulation.models import Copy, Host, Season
from maillage.circulation.services.answers import Choice
from maillage.circulation.services.requests import MOST_WINDOWS, Wish
from maillage.core import vocab
from maillage.core.errors import Refused
from maillage.core.form_fields import FIRST_DAY, LAST_DAY, DayField, choices_of, rows_of

MOST_PEOPLE = 1_000_000
LONGEST = 366
TEXT = 4000
DAY = dt.timedelta(1)
#: Where a refusal of the rules is shown.
FIELD_OF = {
    "duration": "duration_days",
    "quota": "host",
    "forbidden": "host",
    "modules": "modules",
    **dict.fromkeys(
        ("window", "past", "far", "order", "too_short", "school_closed", "notice"),
        "start_1",
    ),
}


def text_box(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class AskForm(forms.Form):
    """A request; an empty ``host`` means the one that is described below it."""

    token = forms.CharField(widget=forms.HiddenInput, max_length=43, min_length=20)
    host = forms.ModelChoiceField(
        Host.objects.none(),
        label=gettext_lazy("Où l’accueillir ?"),
        required=False,
        empty_label=gettext_lazy("Un nouveau lieu d’accueil, décrit ci-dessous"),
    )
    theme = forms.ChoiceField(label=gettext_lazy("Thème"))
    duration_days = forms.IntegerField(
        label=gettext_lazy("Durée de l’emprunt (jours)"), min_value=1, max_value=LONGEST
    )
    modules = forms.ModelMultipleChoiceField(
        Resource.objects.none(),
        label=gettext_lazy("Modules"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Aucun n’est coché : vous demandez l’ensemble."),
    )
    expected_pupils = forms.IntegerField(
        label=gettext_lazy("Élèves attendus"),
        required=False,
        min_value=0,
        max_value=MOST_PEOPLE,
    )
    expected_public = forms.IntegerField(
        label=gettext_lazy("Autres visiteurs attendus"),
        required=False,
        min_value=0,
        max_value=MOST_PEOPLE,
    )
    needs_transport = forms.BooleanField(
        label=gettext_lazy("Le transport est à organiser par le prêteur"),
        required=False,
    )
    accepts_similar = forms.BooleanField(
        label=gettext_lazy("Une ressource du même thème conviendrait aussi"),
        required=False,
    )
    message = forms.CharField(
        label=gettext_lazy("Message au propriétaire"),
        required=False,
        max_length=TEXT,
        widget=text_box(4),
        help_text=gettext_lazy("Votre projet en quelques mots : il aide à choisir."),
    )

    def __init__(
        self,
        data: Any = None,
        *,
        user: Any,
        resource: Resource | None = None,
        modules: Sequence[Resource] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(data, **kwargs)
        self.user, self.resource = user, resource
        for rank in range(1, MOST_WINDOWS + 1):
            for name, label in (("start", _("À partir du")), ("end", _("Jusqu’au"))):
                self.fields[f"{name}_{rank}"] = DayField(
                    label=label, required=rank == 1
                )
        self.offer_hosts()
        if resource is not None:
            del self.fields["theme"]
        else:
            del self.fields["accepts_similar"]
            choices_of(self, "theme").choices = [("", "—"), *vocab.choices("themes")]
        if len(modules) > 1:
            field = rows_of(self, "modules")
            pks = [module.pk for module in modules]
            field.queryset = Resource.objects.filter(pk__in=pks).order_by("name", "pk")
        else:
            del self.fields["modules"]

    def offer_hosts(self) -> None:
        rows = Host.objects.all().spoken_for_by(self.user)
        rows = rows.select_related("commune__department", "place__commune")
        field = rows_of(self, "host")
        field.queryset = rows
        self.has_hosts = rows.exists()
        data = self.data if self.is_bound and not self.data.get("host") else None
        self.new_host = HostForm(
            data, user=self.user, prefix="lieu", use_required_attribute=False
        )

    @property
    def adds_host(self) -> bool:
        return self.is_bound and not self.data.get("host")

    def is_valid(self) -> bool:
        valid = super().is_valid()
        return (not self.adds_host or self.new_host.is_valid()) and valid

    @property
    def windows_boxes(self) -> list[tuple[Any, Any]]:
        ranks = range(1, MOST_WINDOWS + 1)
        return [(self[f"start_{n}"], self[f"end_{n}"]) for n in ranks]

    @property
    def more_windows_filled(self) -> bool:
        boxes = [box for pair in self.windows_boxes[1:] for box in pair]
        return any(box.value() or box.errors for box in boxes)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for rank in range(1, MOST_WINDOWS + 1):
            start, end = data.get(f"start_{rank}"), data.get(f"end_{rank}")
            if start and not end and f"end_{rank}" not in self.errors:
                self.add_error(f"end_{rank}", _("Donnez aussi la fin de la période."))
            if end and not start and f"start_{rank}" not in self.errors:
                text = _("Donnez aussi le début de la période.")
                self.add_error(f"start_{rank}", text)
            if start and end and end < start:
                text = _("La fin de la période vient après son début.")
                self.add_error(f"end_{rank}", ValidationError(text, "order"))
        return data

    def windows(self) -> list[tuple[dt.date, dt.date]]:
        """The windows that are complete; the day that people type is the last one."""
        data = self.cleaned_data
        pairs = [
            (data.get(f"start_{n}"), data.get(f"end_{n}"))
            for n in range(1, MOST_WINDOWS + 1)
        ]
        return [(start, end + DAY) for start, end in pairs if start and end]

    def chosen_host(self) -> Host | None:
        """The host that was chosen, else the new one as far as it is typed."""
        if self.adds_host:
            return self.new_host.draft()
        host: Host | None = self.cleaned_data.get("host")
        return host

    def wish(self, host: Host) -> Wish:
        data = self.cleaned_data
        return Wish(
            host=host,
            resource=self.resource,
            theme=data.get("theme", ""),
            duration_days=data.get("duration_days") or 0,
            windows=self.windows(),
            modules=list(data.get("modules") or ()),
            accepts_similar=data.get("accepts_similar", False),
            expected_pupils=data.get("expected_pupils") or 0,
            expected_public=data.get("expected_public") or 0,
            needs_transport=data.get("needs_transport", False),
            message=data.get("message", ""),
        )

    def refuse(self, no: Refused) -> None:
        """Show a refusal beside the field that it is about."""
        name = FIELD_OF.get(no.code)
        self.add_error(name if name in self.fields else None, no.message)


def read_slot(value: str, *, copies: Sequence[Copy]) -> Choice:
    """The copies and the day that a slot of the page stands for."""
    known = {str(copy.pk): copy for copy in copies}
    pks, _colon, day = value.partition(":")
    try:
        start = dt.date.fromisoformat(day)
    except ValueError as error:
        raise Refused("slot", _("Choisissez un exemplaire et une date.")) from error
    chosen = [known[pk] for pk in pks.split("-") if pk in known]
    if (
        not FIRST_DAY <= start <= LAST_DAY
        or not chosen
        or len(chosen) != len(pks.split("-"))
    ):
        raise Refused("slot", _("Choisissez un exemplaire et une date."))
    return Choice(chosen, start)


class AnswerForm(forms.Form):
    """What an owner chooses and writes; which button was pressed says the rest."""

    slot = forms.CharField(required=False, max_length=200)
    copy = forms.ChoiceField(label=gettext_lazy("Exemplaire"), required=False)
    starts_on = DayField(label=gettext_lazy("Ouverture au public le"), required=False)
    answer = forms.CharField(
        label=gettext_lazy("Un mot au lieu d’accueil"),
        required=False,
        max_length=TEXT,
        widget=text_box(3),
    )
    season = forms.ModelChoiceField(
        Season.objects.none(), label=gettext_lazy("Saison"), required=False,
        empty_label=None,
    )  # fmt: skip

    def __init__(
        self,
        data: Any = None,
        *,
        copies: Sequence[Copy],
        seasons: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(data, **kwargs)
        self.copies = copies
        choice = choices_of(self, "copy")
        season = rows_of(self, "season")
        choice.choices = [
            (str(copy.pk), f"{copy.label} – {copy.resource.name}") for copy in copies
        ]
        season.queryset = seasons

    def choices(self) -> list[Choice]:
        """The days that were ticked, and those that were typed.

        Refuses with ``slot``.
        """
        values = self.data.getlist("slot") if hasattr(self.data, "getlist") else []
        found = [read_slot(value, copies=self.copies) for value in values if value]
        day, pk = self.cleaned_data.get("starts_on"), self.cleaned_data.get("copy")
        if day and pk:
            found.append(read_slot(f"{pk}:{day.isoformat()}", copies=self.copies))
        if not found:
            raise Refused("slot", _("Choisissez un exemplaire et une date."))
        return found


class MessageForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Votre message"), max_length=TEXT, widget=text_box(3)
    )


class RequestFilterForm(forms.Form):
    """The filters of the list of requests; what is not understood filters nothing."""

    onglet = forms.ChoiceField(
        required=False,
        choices=[("mine", ""), ("answer", ""), ("all", "")],
        widget=forms.HiddenInput,
    )
    state = forms.ChoiceField(
        label=gettext_lazy("État"),
        required=False,
        choices=[
            ("", gettext_lazy("tous")),
            ("open", gettext_lazy("en cours")),
            *RequestState.choices,
        ],
    )
    q = forms.CharField(
        label=gettext_lazy("Ressource ou lieu d’accueil"),
        required=False,
        max_length=100,
    )

    def chosen(self) -> dict[str, str]:
        self.is_valid()
        found = getattr(self, "cleaned_data", {})
        return {name: found.get(name, "") for name in self.fields}
