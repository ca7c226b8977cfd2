"""The charter of a programme: rules that an event keeps or breaks, each in a sentence.

A programme keeps its rules in order, as ``[{"code": "free", "is_required": true,
"parameters": {}}, …]``. Nothing here reads or writes the database but ``facts_of``.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _, gettext_lazy, ngettext

from maillage.agenda.choices import Booking, Mode, OccurrenceState
from maillage.agenda.models import Event, Programme
from maillage.core import vocab
from maillage.core.dates import day_words


@dataclass(frozen=True)
class Facts:
    """What the rules read of an event; ``days`` are its half-open local days."""

    event: Event
    programme: Programme
    days: Sequence[tuple[dt.date, dt.date]] = ()


@dataclass(frozen=True)
class Parameter:
    """A number that a programme may set for a rule."""

    code: str
    label: str | Promise
    default: int
    low: int = 0
    high: int = 10_000


Said = Callable[[Programme, Mapping[str, int]], str]
Broken = Callable[[Facts, Mapping[str, int]], str]


@dataclass(frozen=True)
class Rule:
    """``sentence`` says what is asked; ``broken`` what to do, empty when it is kept."""

    code: str
    label: str | Promise
    sentence: Said
    broken: Broken
    #: The box of the event's form where it is put right.
    box: str
    parameters: tuple[Parameter, ...] = ()
    #: Required in a new programme, unless its agency says otherwise.
    is_required: bool = True

    def values(self, given: Mapping[str, Any]) -> dict[str, int]:
        return {p.code: int(given.get(p.code, p.default)) for p in self.parameters}


@dataclass(frozen=True)
class Finding:
    """One rule of a programme, and whether an event keeps it."""

    rule: Rule
    sentence: str
    is_required: bool
    #: What is missing and what to do; empty when the rule is kept.
    message: str
    #: Why the coordination lets it be; empty when it does not.
    waived: str = ""

    @property
    def is_kept(self) -> bool:
        return not self.message

    @property
    def blocks(self) -> bool:
        return bool(self.message) and self.is_required and not self.waived


@dataclass(frozen=True)
class Check:
    """The charter read against an event, in the order of the programme."""

    findings: Sequence[Finding] = field(default_factory=tuple)

    @property
    def blocking(self) -> list[Finding]:
        return [one for one in self.findings if one.blocks]

    @property
    def advice(self) -> list[Finding]:
        return [f for f in self.findings if not f.is_kept and not f.is_required]

    @property
    def kept(self) -> list[Finding]:
        return [one for one in self.findings if one.is_kept]

    @property
    def passes(self) -> bool:
        return not self.blocking

    @property
    def broken(self) -> dict[str, str]:
        """Messages of the required rules that are not kept, waived or not."""
        return {
            one.rule.code: one.message
            for one in self.findings
            if one.is_required and not one.is_kept
        }


def facts_of(event: Event, programme: Programme) -> Facts:
    """The facts of a saved event; cancelled occurrences do not count.

    No query where the occurrences were fetched with the event.
    """
    days = (
        (one.starts_on, one.ends_on)
        for one in event.occurrences.all()
        if one.state != OccurrenceState.CANCELLED
    )
    return Facts(event, programme, tuple(sorted(days)))


def check(facts: Facts, *, waived: Mapping[str, str] | None = None) -> Check:
    """Read the programme's charter against the facts of an event."""
    found = []
    for line in facts.programme.charter:
        rule = RULES.get(line.get("code", ""))
        if rule is None:  # a rule of a version to come
            continue
        values = rule.values(line.get("parameters", {}))
        found.append(
            Finding(
                rule,
                rule.sentence(facts.programme, values),
                bool(line.get("is_required", rule.is_required)),
                rule.broken(facts, values),
                (waived or {}).get(rule.code, ""),
            )
        )
    return Check(tuple(found))


def charter_of(programme: Programme) -> list[tuple[str, bool]]:
    """The sentences of the charter, each with whether it is required."""
    return [
        (
            rule.sentence(programme, rule.values(line.get("parameters", {}))),
            bool(line.get("is_required", rule.is_required)),
        )
        for line in programme.charter
        if (rule := RULES.get(line.get("code", "")))
    ]


def charter_lines(codes: Iterable[str] = ()) -> list[dict[str, Any]]:
    """The charter that a new programme starts with, or some rules of it."""
    wanted = [*codes] or [code for code in RULES if code not in RARE]
    return [
        {
            "code": code,
            "is_required": RULES[code].is_required,
            "parameters": RULES[code].values({}),
        }
        for code in wanted
    ]


def period(programme: Programme) -> str:
    """« du 2 au 12 octobre 2026 », as sentences say it."""
    first, last = programme.starts_on, programme.last_on
    if first == last:
        return _("le %(day)s") % {"day": day_words(first)}
    if (first.year, first.month) == (last.year, last.month):
        start = day_words(first, "j F").partition(" ")[0]
    else:
        start = day_words(first, "j F" if first.year == last.year else "j F Y")
    return _("du %(first)s au %(last)s") % {"first": start, "last": day_words(last)}


# The rules --------------------------------------------------------------------------


def inside(facts: Facts) -> list[tuple[dt.date, dt.date]]:
    programme = facts.programme
    return [
        (start, end)
        for start, end in facts.days
        if start < programme.ends_on and end > programme.starts_on
    ]


def inside_dates(facts: Facts, values: Mapping[str, int]) -> str:
    if inside(facts):
        return ""
    if not facts.days:
        return _("Aucune séance n’est indiquée : ajoutez-en une %(period)s.") % {
            "period": period(facts.programme)
        }
    return _("Aucune séance n’a lieu %(period)s : ajoutez-en une ou changez les dates.") % {
        "period": period(facts.programme)
    }  # fmt: skip


def only_inside(facts: Facts, values: Mapping[str, int]) -> str:
    margin = dt.timedelta(values["days"])
    first, end = facts.programme.starts_on - margin, facts.programme.ends_on + margin
    out = [start for start, stop in facts.days if start < first or stop > end]
    if not out:
        return ""
    day = day_words(out[0])
    return ngettext(
        "La séance du %(day)s est hors des dates : faites-en un autre événement.",
        "%(n)s séances sont hors des dates, dont celle du %(day)s : faites-en un autre événement.",
        len(out),
    ) % {"n": len(out), "day": day}


def free(facts: Facts, values: Mapping[str, int]) -> str:
    if facts.event.is_free:
        return ""
    if facts.event.is_free is None:
        return _("Le tarif n’est pas indiqué : cochez « gratuit ».")
    return _("L’événement est payant : seules les actions gratuites sont retenues.")


def contact(facts: Facts, values: Mapping[str, int]) -> str:
    event = facts.event
    owner = event.owner if event.owner_id else None
    found = (
        event.booking_contact
        or event.booking_url
        or event.booking == Booking.HERE
        or (owner and (owner.email or owner.phone))
    )
    return (
        "" if found else _("Donnez un téléphone, une adresse e-mail ou un lien d’inscription.")
    )  # fmt: skip


def accessibility(facts: Facts, values: Mapping[str, int]) -> str:
    if facts.event.access or facts.event.mode == Mode.ONLINE:
        return ""
    return _(
        "Dites à qui l’événement est accessible : fauteuil, boucle magnétique, LSF…"
    )


def description(facts: Facts, values: Mapping[str, int]) -> str:
    missing = values["letters"] - len(facts.event.description.strip())
    if missing <= 0:
        return ""
    return ngettext(
        "La description est trop courte : il manque %(n)s caractère.",
        "La description est trop courte : il manque %(n)s caractères.",
        missing,
    ) % {"n": missing}


def summary(facts: Facts, values: Mapping[str, int]) -> str:
    if facts.event.summary.strip():
        return ""
    return _("Écrivez une ou deux phrases de résumé : on les lit dans le programme.")


def audience(facts: Facts, values: Mapping[str, int]) -> str:
    return "" if facts.event.audiences else _("Indiquez au moins un public.")


def ages(facts: Facts, values: Mapping[str, int]) -> str:
    return (
        "" if facts.event.min_age is not None else _("Indiquez dès quel âge on vient.")
    )


def place(facts: Facts, values: Mapping[str, int]) -> str:
    event = facts.event
    if event.place_id or event.commune_id:
        return ""
    if event.mode == Mode.ONLINE:
        return "" if event.online_url else _("Donnez le lien pour suivre en ligne.")
    return _("Indiquez un lieu de l’annuaire, ou au moins la commune.")


def picture(facts: Facts, values: Mapping[str, int]) -> str:
    if not facts.event.picture:
        return _("Ajoutez une image libre de droits, avec sa description.")
    if not facts.event.picture_alt:
        return _("Décrivez l’image en une phrase, pour qui ne la voit pas.")
    return ""


def science(facts: Facts, values: Mapping[str, int]) -> str:
    known = vocab.terms("themes")
    if any(slug in known for slug in facts.event.themes):
        return ""
    return _("Choisissez au moins un thème scientifique ou technique.")


def school(facts: Facts, values: Mapping[str, int]) -> str:
    event = facts.event
    if "school_groups" not in event.audiences or event.levels:
        return ""
    return _("Des classes sont attendues : indiquez les niveaux scolaires.")


def seats(facts: Facts, values: Mapping[str, int]) -> str:
    event = facts.event
    if event.booking == Booking.NONE or event.capacity:
        return ""
    return _("L’inscription est demandée : indiquez le nombre de places.")


def credit(facts: Facts, values: Mapping[str, int]) -> str:
    if not facts.event.picture or facts.event.picture_credit:
        return ""
    return _("Indiquez le crédit de l’image : le programme imprimé le reprend.")


def ends_in(facts: Facts, values: Mapping[str, int]) -> str:
    dates = len({start for start, _end in inside(facts)})
    if dates <= values["dates"]:
        return ""
    return _("Plus de %(n)s dates : regroupez-les, le programme en liste au plus %(n)s.") % {
        "n": values["dates"]
    }  # fmt: skip


def says(text: str | Promise) -> Said:
    """A sentence with the programme's dates and the rule's numbers."""
    return lambda programme, values: str(text) % {"period": period(programme), **values}


#: Rules that a programme adds on purpose.
RARE = {"only_inside", "few_dates"}
LETTERS = Parameter("letters", gettext_lazy("caractères"), 200, low=20, high=5000)
MARGIN = Parameter("days", gettext_lazy("jours de marge"), 0, high=60)
DATES = Parameter("dates", gettext_lazy("dates au plus"), 11, low=1, high=100)
RULES: dict[str, Rule] = {
    rule.code: rule
    for rule in (
        Rule("inside_dates", gettext_lazy("Dates"), says(gettext_lazy("Au moins une séance a lieu %(period)s.")), inside_dates, "occurrences"),
        Rule("free", gettext_lazy("Gratuité"), says(gettext_lazy("L’événement est gratuit.")), free, "is_free"),
        Rule("place", gettext_lazy("Lieu"), says(gettext_lazy("Le lieu ou la commune est indiqué.")), place, "place"),
        Rule("science", gettext_lazy("Thème"), says(gettext_lazy("Il porte sur un thème scientifique ou technique.")), science, "themes"),
        Rule("audience", gettext_lazy("Public"), says(gettext_lazy("Le public est indiqué.")), audience, "audiences"),
        Rule("contact", gettext_lazy("Contact"), says(gettext_lazy("On sait à qui s’adresser.")), contact, "booking_contact"),
        Rule("summary", gettext_lazy("Résumé"), says(gettext_lazy("Un résumé d’une ou deux phrases est écrit.")), summary, "summary"),
        Rule("description", gettext_lazy("Description"), says(gettext_lazy("La description a au moins %(letters)s caractères.")), description, "description", (LETTERS,)),
        Rule("accessibility", gettext_lazy("Accessibilité"), says(gettext_lazy("L’accessibilité est précisée.")), accessibility, "access"),
        Rule("picture", gettext_lazy("Image"), says(gettext_lazy("Une image illustre l’événement.")), picture, "picture", is_required=False),
        Rule("credit", gettext_lazy("Crédit"), says(gettext_lazy("Le crédit de l’image est indiqué.")), credit, "picture_credit", is_required=False),
        Rule("ages", gettext_lazy("Âge"), says(gettext_lazy("L’âge minimal est indiqué.")), ages, "min_age", is_required=False),
        Rule("school", gettext_lazy("Classes"), says(gettext_lazy("Si des classes viennent, les niveaux sont indiqués.")), school, "levels", is_required=False),
        Rule("seats", gettext_lazy("Places"), says(gettext_lazy("Si l’on s’inscrit, le nombre de places est indiqué.")), seats, "capacity", is_required=False),
        Rule("only_inside", gettext_lazy("Dates seulement"), says(gettext_lazy("Aucune séance n’est à plus de %(days)s jours des dates.")), only_inside, "occurrences", (MARGIN,), is_required=False),
        Rule("few_dates", gettext_lazy("Nombre de dates"), says(gettext_lazy("Il a au plus %(dates)s dates.")), ends_in, "occurrences", (DATES,), is_required=False),
    )
}  # fmt: skip
