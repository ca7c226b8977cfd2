"""What people type about trails and their stops."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.urls import reverse_lazy
from django.utils.translation import gettext as _, gettext_lazy

from maillage.agenda.models import Trail
from maillage.agenda.models.trails import LINKS, LONGEST, MOST_STOPS
from maillage.agenda.services.trails import (
    Estimate,
    estimate_steps,
    label_of,
    meant,
    moved_rows,
    named_things,
    new_key,
)
from maillage.core.form_fields import rows_of
from maillage.directory.fields import CommuneField
from maillage.directory.forms import PICTURE, FicheForm, lines
from maillage.directory.models import Structure

#: The boxes of one stop, as the form sends them.
BOXES = ("key", "ref", "thing", "title", "text", "question", "minutes", "lon", "lat")
BLANK = dict.fromkeys(BOXES, "")
FIRST_STOPS = 2


def decimal(text: str) -> float:
    return float(text.replace(",", "."))


def read_rows(data: Any, name: str) -> list[dict[str, str]]:
    """The rows that a form has sent, boxes side by side."""
    columns = [data.getlist(f"{name}-{box}") for box in BOXES]
    size = max(map(len, columns))
    padded = [[*column, *[""] * (size - len(column))] for column in columns]
    return [
        {box: value.strip() for box, value in zip(BOXES, row, strict=True)}
        for row in zip(*padded, strict=True)
    ]


def write_rows(data: QueryDict, name: str, rows: Iterable[dict[str, str]]) -> None:
    rows = list(rows)
    for box in BOXES:
        data.setlist(f"{name}-{box}", [row[box] for row in rows])


def after_action(data: QueryDict, action: str) -> QueryDict:
    """The form as it was sent, its stops moved, added or taken away."""
    copy = data.copy()
    rows = moved_rows(read_rows(data, "steps"), action)
    write_rows(copy, "steps", [row or dict(BLANK) for row in rows])
    return copy


class StepsWidget(forms.Widget):
    """A card for each stop, with buttons that move and remove it."""

    template_name = "agenda/trail_steps.html"
    use_fieldset = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return read_rows(data, name) if hasattr(data, "getlist") else data.get(name, [])

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return f"{name}-title" not in data and name not in data

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        rows = as_typed(value or [])
        context["widget"] |= {
            "rows": rows or [dict(BLANK) for _n in range(FIRST_STOPS)],
            "suggest": reverse_lazy("agenda:stop_suggest"),
            "label": gettext_lazy("Lieux, événements et ressources"),
            "some": gettext_lazy("{n} fiches. Flèche vers le bas pour choisir."),
            "none": gettext_lazy("Aucune fiche de ce nom."),
            "most": MOST_STOPS,
        }
        return context


def as_typed(steps: Any) -> list[dict[str, str]]:
    """Steps as their boxes show them: as typed, or as kept."""
    if not steps or "ref" in steps[0]:
        return list(steps)
    things = named_things(steps)
    rows = []
    for step in steps:
        thing = things.get((step["kind"], step["slug"]))
        row = {
            box: "" if step.get(box) is None else str(step.get(box)) for box in BOXES
        }
        if thing is not None:
            row["ref"] = f"{step['kind']}:{step['slug']}"
            row["thing"] = label_of(thing.name, thing.commune_name)
        row["ref"] = row["ref"] if thing is not None else ""
        row["thing"] = row["thing"] if thing is not None else ""
        rows.append(row)
    return rows


class StepsField(forms.Field):
    """The stops of a trail, kept as ``Trail.steps``."""

    widget = StepsWidget

    def prepare_value(self, value: Any) -> Any:
        return value

    def clean(self, value: Any) -> list[dict[str, Any]]:
        rows = [row for row in value or [] if is_filled(row)]
        if len(rows) > MOST_STOPS:
            text = _("Un parcours a au plus %(most)s étapes.")
            raise ValidationError(text, "many", {"most": MOST_STOPS})
        errors: list[ValidationError] = []
        steps: list[dict[str, Any]] = []
        for number, row in enumerate(rows, 1):
            try:
                step = read_step(row, taken=[one["key"] for one in steps])
            except ValidationError as no:
                text = _("Étape %(number)s : %(error)s")
                values = {"number": number, "error": " ".join(no.messages)}
                errors.append(ValidationError(text, "step", values))
            else:
                steps.append(step)
        if errors:
            raise ValidationError(errors)
        if not steps:
            raise ValidationError(_("Un parcours a au moins une étape."), "required")
        return steps

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return self.clean(data) != (initial or [])
        except ValidationError:
            return True


def is_filled(row: dict[str, str]) -> bool:
    return any(value for box, value in row.items() if box not in {"key", "ref"})


def read_step(row: dict[str, str], *, taken: Iterable[str]) -> dict[str, Any]:
    """One step of its boxes. Raises ``ValidationError`` with what to do."""
    kind, slug, name = linked(row)
    title = row["title"] or name
    if not title:
        raise ValidationError(_("donnez un titre, ou choisissez une fiche."))
    for box, most in LONGEST.items():
        if len(row.get(box, "")) > most:
            raise ValidationError(
                _("un texte est trop long (%d signes au plus).") % most
            )
    taken = [*taken]
    key = row["key"]
    return {
        "key": key if key.isalnum() and key not in taken else new_key(taken),
        "kind": kind,
        "slug": slug,
        "title": title[:200],
        "text": row["text"],
        "question": row["question"],
        "minutes": read_minutes(row["minutes"]),
        **read_point(row["lon"], row["lat"]),
    }


def linked(row: dict[str, str]) -> tuple[str, str, str]:
    """Kind, address and name of what a step leads to; empty for a point of its own."""
    if not row["thing"]:
        return "", "", ""
    kind, _colon, slug = row["ref"].partition(":")
    if kind in LINKS:
        known = LINKS[kind].objects.filter(slug=slug).first()
        if known and label_of(known.name, known.commune_name) == row["thing"]:
            return kind, slug, known.name
    entry = meant(row["thing"])
    return entry.kind, entry.slug, entry.name


def read_minutes(text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or int(text) > 1440:
        raise ValidationError(_("écrivez la durée en minutes, comme 20."))
    return int(text)


def read_point(lon: str, lat: str) -> dict[str, float | None]:
    if not lon and not lat:
        return {"lon": None, "lat": None}
    try:
        point = {"lon": round(decimal(lon), 6), "lat": round(decimal(lat), 6)}
    except ValueError as no:
        raise ValidationError(_("donnez longitude et latitude, ou aucune.")) from no
    if not (abs(point["lon"]) <= 180 and abs(point["lat"]) <= 90):
        raise ValidationError(_("longitude ou latitude hors du globe."))
    return {**point}


class TrailForm(FicheForm):
    """A trail and its stops."""

    owner = forms.ModelChoiceField(
        Structure.objects.none(), empty_label="—", label=gettext_lazy("Proposé par")
    )
    steps = StepsField(
        label=gettext_lazy("Étapes"),
        help_text=gettext_lazy(
            "Dans l’ordre. Une étape est une fiche du site (lieu, événement, ressource) "
            "ou un point que vous situez vous-même."
        ),
    )
    minutes = forms.IntegerField(
        label=gettext_lazy("Durée totale (minutes)"),
        min_value=0,
        max_value=100_000,
        required=False,
        help_text=gettext_lazy("Laissez vide : elle est calculée d’après les étapes."),
    )
    distance_km = forms.FloatField(
        label=gettext_lazy("Longueur (km)"),
        min_value=0,
        max_value=2_000,
        required=False,
        localize=True,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        help_text=gettext_lazy("Laissez vide : elle est calculée d’après les étapes."),
    )
    min_age = forms.IntegerField(
        label=gettext_lazy("Dès (ans)"), min_value=0, max_value=99, required=False
    )
    commune = CommuneField(
        label=gettext_lazy("Commune de départ"),
        required=False,
        help_text=gettext_lazy("Laissez vide : c’est celle de la première étape."),
    )
    parts = (
        (
            gettext_lazy("Identité"),
            "",
            ("name", "kind", "owner", "summary", "description", "themes"),
        ),
        (gettext_lazy("Étapes"), "", ("steps",)),
        (
            gettext_lazy("Pratique"),
            "",
            ("mode", "minutes", "distance_km", "commune", "audiences", "min_age", "access"),
        ),
        (gettext_lazy("Image"), "", PICTURE),
        (gettext_lazy("Envoi"), "", ("note",)),
    )  # fmt: skip

    class Meta:
        model = Trail
        fields = tuple(n for n in Trail.editable if n not in {"lon", "lat"})
        widgets = {"summary": lines(2)}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner = rows_of(self, "owner")
        owner.queryset = owners(self.user, self.instance)
        is_new = self.instance.pk is None and not self.initial.get("owner")
        if is_new and owner.queryset.count() == 1:
            self.initial["owner"] = owner.queryset.get()

    def check_position(self, data: dict[str, Any]) -> None:
        """A trail is where its stops are."""

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        steps = data.get("steps")
        if steps:
            found = estimate_steps(steps, mode=data.get("mode") or "free")
            if data.get("minutes") is None:
                data["minutes"] = found.minutes
            if data.get("distance_km") is None:
                data["distance_km"] = found.km
            if data.get("commune") is None:
                data["commune"] = first_commune(steps)
        return data

    def untouched(self) -> None:
        """Show what was typed without a word about it: a stop was only moved."""
        self._errors = ErrorDict()
        self.cleaned_data = {}

    @property
    def estimate(self) -> Estimate:
        """What the saved stops say, to compare with what was typed."""
        return estimate_steps(self.instance.steps, mode=self.instance.mode)

    def keep_up(self, now: Any, *, touched: Iterable[str]) -> None:
        super().keep_up(now, touched=touched)
        if "steps" not in touched:
            data: Any = self.data
            write_rows(data, "steps", as_typed(now.steps))


def first_commune(steps: list[dict[str, Any]]) -> Any:
    """The commune of the first step that has one."""
    things = named_things(steps)
    for step in steps:
        thing = things.get((step["kind"], step["slug"]))
        if thing is None:
            continue
        place = getattr(thing, "place", None)
        if home := thing.commune or (place.commune if place else None):
            return home
    return None


def owners(user: Any, trail: Trail | None) -> Any:
    """Structures in whose name a person may propose a trail; the owner of now stays."""
    rows = Structure.objects.all().editable_by(user)
    if trail is not None and trail.owner_id:
        rows = rows | Structure.objects.filter(pk=trail.owner_id)
    return rows.distinct().order_by("name", "pk")
