"""What the agency types of a meeting: when, agenda, sheet, votes, minutes, decisions."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _, gettext_lazy

from maillage.core.form_fields import FIRST_DAY, LAST_DAY, DayField, rows_of
from maillage.directory.forms import StructureChoice
from maillage.plan.committee_choices import (
    Audience,
    Choice,
    DecisionState,
    Presence,
    Rule,
)
from maillage.plan.models import (
    AgendaItem,
    Attendance,
    Mandate,
    Meeting,
)
from maillage.plan.services.tally import Tally

LONG = forms.Textarea(attrs={"rows": 6})
MOST_NUMBER = 100_000


class MomentField(forms.DateTimeField):
    """A day and an hour, with the calendar of the browser."""

    def __init__(self, **kwargs: Any) -> None:
        box = forms.DateTimeInput(
            format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}
        )
        super().__init__(**{"widget": box, **kwargs})

    def clean(self, value: Any) -> Any:
        moment = super().clean(value)
        if moment and not FIRST_DAY < moment.date() < LAST_DAY:
            raise ValidationError(_("Choisissez une date entre 1900 et 2200."))
        return moment


class VersionForm(forms.Form):
    """A form that tells which version it was filled in from."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)


class MeetingForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    title = forms.CharField(label=gettext_lazy("Titre"), max_length=160)
    starts_at = MomentField(label=gettext_lazy("Début"))
    ends_at = MomentField(label=gettext_lazy("Fin"))
    venue = forms.CharField(label=gettext_lazy("Lieu"), max_length=240, required=False)
    online_url = forms.URLField(
        label=gettext_lazy("Adresse de la visioconférence"),
        max_length=400,
        required=False,
        assume_scheme="https",
        help_text=gettext_lazy("Montrée aux membres seulement."),
    )
    notice = forms.CharField(
        label=gettext_lazy("Mot de la convocation"),
        max_length=4000,
        required=False,
        widget=LONG,
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        start, end = data.get("starts_at"), data.get("ends_at")
        if start and end and not start < end <= start + dt.timedelta(3):
            self.add_error("ends_at", _("La séance finit après son début, et dure trois jours au plus."))  # fmt: skip
        if not data.get("venue") and not data.get("online_url") and not self.errors:
            self.add_error("venue", _("Dites où a lieu la séance, ou à quelle adresse en ligne."))  # fmt: skip
        return data


class ItemForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("Point"), max_length=240)
    text = forms.CharField(
        label=gettext_lazy("Présentation"), max_length=4000, required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    is_voted = forms.BooleanField(label=gettext_lazy("Soumis au vote"), required=False)


class DocumentForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("Titre du document"), max_length=160)
    item = forms.ModelChoiceField(
        AgendaItem.objects.none(), label=gettext_lazy("Point de l’ordre du jour"),
        required=False, empty_label=gettext_lazy("toute la séance"),
    )  # fmt: skip
    audience = forms.ChoiceField(
        label=gettext_lazy("Qui peut le lire"),
        choices=Audience.choices,
        initial=Audience.MEMBERS,
    )
    file = forms.FileField(
        label=gettext_lazy("Fichier"),
        help_text=gettext_lazy(
            "Un PDF de 20 Mo au plus. Un document de traitement de texte, avec ou sans "
            "macros, s’enregistre d’abord au format PDF."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,application/pdf"}),
    )

    def __init__(self, *args: Any, meeting: Meeting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows_of(self, "item").queryset = meeting.items.order_by("rank", "pk")


class AudienceForm(forms.Form):
    audience = forms.ChoiceField(choices=Audience.choices)


class SheetForm(VersionForm):
    """A line for each member: how they took part, and to whom a proxy went."""

    def __init__(
        self, *args: Any, members: Iterable[Mandate], known: Iterable[Attendance], **kwargs: Any
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        self.members = list(members)
        there = {row.mandate_id: row for row in known}
        holders = [(str(m.pk), m.person_name) for m in self.members if m.seat.has_vote]
        for member in self.members:
            row = there.get(member.pk)
            words = {"name": member.person_name}
            self.fields[f"presence_{member.pk}"] = forms.ChoiceField(
                label=_("Présence de %(name)s") % words,
                choices=[("", "—"), *Presence.choices],
                initial=row.presence if row else "",
            )
            self.fields[f"proxy_{member.pk}"] = forms.ChoiceField(
                label=_("Pouvoir de %(name)s donné à") % words,
                required=False,
                choices=[("", "—"), *(one for one in holders if one[0] != str(member.pk))],
                initial=str(row.proxy_to_id) if row and row.proxy_to_id else "",
            )  # fmt: skip

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Members with the two boxes of each."""
        return [
            {"member": m, "presence": self[f"presence_{m.pk}"], "proxy": self[f"proxy_{m.pk}"]}
            for m in self.members
        ]  # fmt: skip

    @property
    def sheet(self) -> dict[int, tuple[str, int | None]]:
        """As services take it."""
        data = self.cleaned_data
        return {
            m.pk: (data[f"presence_{m.pk}"], int(to) if (to := data[f"proxy_{m.pk}"]) else None)
            for m in self.members
        }  # fmt: skip


class QuestionForm(forms.Form):
    question = forms.CharField(
        label=gettext_lazy("Question mise aux voix"), max_length=240
    )
    rule = forms.ChoiceField(label=gettext_lazy("Règle"), choices=Rule.choices)


def number(label: Any, **given: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=0, max_value=MOST_NUMBER, **given)


class CountForm(QuestionForm):
    """The six numbers of a vote."""

    present = number(gettext_lazy("Présents"))
    proxies = number(gettext_lazy("Pouvoirs"), initial=0)
    apart = number(gettext_lazy("Ne prenant pas part au vote"), initial=0)
    votes_for = number(gettext_lazy("Pour"))
    against = number(gettext_lazy("Contre"), initial=0)
    abstained = number(gettext_lazy("Abstentions"), initial=0)

    @property
    def tally(self) -> Tally:
        names = ("present", "proxies", "apart", "votes_for", "against", "abstained")
        return Tally(**{name: self.cleaned_data[name] for name in names})


class BallotForm(QuestionForm):
    """How each member voted."""

    def __init__(
        self, *args: Any, rows: Iterable[Attendance], apart: set[int], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.rows = list(rows)
        for row in self.rows:
            away = row.mandate_id in apart
            label = row.mandate.person_name
            if row.proxy_to:
                words = {"who": label, "to": row.proxy_to.person_name}
                label = _("%(who)s (par %(to)s)") % words
            self.fields[f"vote_{row.mandate_id}"] = forms.ChoiceField(
                label=label,
                choices=[(Choice.APART, Choice.APART.label)] if away else Choice.choices,
                initial=Choice.APART if away else None,
                widget=forms.RadioSelect,
            )  # fmt: skip

    @property
    def choices(self) -> dict[int, str]:
        return {r.mandate_id: self.cleaned_data[f"vote_{r.mandate_id}"] for r in self.rows}  # fmt: skip


class RecusalForm(forms.Form):
    mandate = forms.ModelChoiceField(Mandate.objects.none(), label=gettext_lazy("Membre"))  # fmt: skip
    reason = forms.CharField(
        label=gettext_lazy("Motif"), max_length=240,
        help_text=gettext_lazy("Par exemple : dirige la structure qui demande l’aide."),
    )  # fmt: skip

    def __init__(self, *args: Any, members: Iterable[Mandate], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pks = [member.pk for member in members]
        rows_of(self, "mandate").queryset = Mandate.objects.filter(pk__in=pks)


class MinutesForm(VersionForm):
    intro = forms.CharField(
        label=gettext_lazy("Introduction"),
        max_length=20_000,
        required=False,
        widget=LONG,
    )

    def __init__(self, *args: Any, items: Iterable[AgendaItem], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.items = list(items)
        for item in self.items:
            self.fields[f"said_{item.pk}"] = forms.CharField(
                label=f"{item.rank}. {item.title}", max_length=20_000, required=False,
                initial=item.said, widget=LONG,
            )  # fmt: skip

    @property
    def said(self) -> dict[int, str]:
        return {item.pk: self.cleaned_data[f"said_{item.pk}"] for item in self.items}


class ApprovalForm(forms.Form):
    at = forms.ModelChoiceField(
        Meeting.objects.none(), label=gettext_lazy("Approuvé en séance du")
    )

    def __init__(self, *args: Any, meeting: Meeting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        later = meeting.committee.meetings.filter(starts_at__gt=meeting.starts_at)
        rows_of(self, "at").queryset = Meeting.objects.all().held().filter(pk__in=later)


class DecisionForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    item = forms.ModelChoiceField(
        AgendaItem.objects.none(), label=gettext_lazy("Point de l’ordre du jour"),
        required=False, empty_label="—",
    )  # fmt: skip
    text = forms.CharField(
        label=gettext_lazy("Décision"), max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    owner = StructureChoice(
        label=gettext_lazy("Structure chargée du suivi"), required=False
    )
    owner_words = forms.CharField(
        label=gettext_lazy("Ou, en toutes lettres"), max_length=160, required=False
    )
    due_on = DayField(label=gettext_lazy("Pour le"), required=False)

    def __init__(self, *args: Any, meeting: Meeting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows_of(self, "item").queryset = meeting.items.order_by("rank", "pk")


class FollowForm(VersionForm):
    state = forms.ChoiceField(
        label=gettext_lazy("Où en est-elle"), choices=DecisionState.choices
    )
    note = forms.CharField(
        label=gettext_lazy("Ce qui a été fait"), max_length=2000, required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
