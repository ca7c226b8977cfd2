"""The arithmetic of a vote: six numbers that must agree, and what they decide."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import NamedTuple, Self

from django.utils.translation import gettext as _

from maillage.plan.committee_choices import Choice, Rule


class Fault(NamedTuple):
    """The number that is wrong, by its field, and why."""

    field: str
    message: str


@dataclass(frozen=True)
class Tally:
    """Members present, proxies that they hold, votes that stay apart, votes cast."""

    present: int
    proxies: int
    apart: int
    votes_for: int
    against: int
    abstained: int

    @property
    def voting(self) -> int:
        """Votes to be expected: those in the room and their proxies, less who stays apart."""
        return self.present + self.proxies - self.apart

    @property
    def cast(self) -> int:
        return self.votes_for + self.against + self.abstained

    @property
    def adds_up(self) -> bool:
        return self.voting == self.cast

    @property
    def sum_words(self) -> str:
        """« 127 + 42 − 6 = 163 = 162 + 0 + 1 »."""
        return (
            f"{self.present} + {self.proxies} − {self.apart} = {self.voting} = "
            f"{self.votes_for} + {self.against} + {self.abstained}"
        )

    def is_adopted(self, rule: str) -> bool:
        """Whether the rule is met; an equal number of votes does not adopt."""
        if rule == Rule.TWO_THIRDS:
            decided = self.votes_for + self.against
            return decided > 0 and 3 * self.votes_for >= 2 * decided
        return self.votes_for > self.against

    @classmethod
    def of(cls, row: object) -> Self:
        """The numbers of a row that has them."""
        return cls(**{each.name: getattr(row, each.name) for each in fields(cls)})

    @classmethod
    def by_name(cls, choices: dict[int, str], *, proxies: int) -> Self:
        """Count ballots, one for each member present or represented."""
        found = list(choices.values())
        return cls(
            present=len(found) - proxies,
            proxies=proxies,
            apart=found.count(Choice.APART),
            votes_for=found.count(Choice.FOR),
            against=found.count(Choice.AGAINST),
            abstained=found.count(Choice.ABSTAINED),
        )


def faults(tally: Tally, *, most_proxies: int | None = None) -> Iterator[Fault]:
    """What does not hold among the numbers themselves, the plainest fault first.

    ``most_proxies`` is how many one member may hold; ``None`` where no rule says.
    """
    for each in fields(tally):
        if getattr(tally, each.name) < 0:
            yield Fault(each.name, _("Un nombre de voix n’est jamais négatif."))
            return
    if tally.proxies and not tally.present:
        yield Fault("proxies", _("Des pouvoirs sans aucun présent pour les porter."))
        return
    if most_proxies is not None and tally.proxies > tally.present * most_proxies:
        yield Fault(
            "proxies",
            _("%(proxies)s pouvoirs pour %(present)s présents : chacun en porte %(most)s au plus.")
            % {"proxies": tally.proxies, "present": tally.present, "most": most_proxies},
        )  # fmt: skip
        return
    if tally.voting < 0:
        yield Fault(
            "apart",
            _("%(apart)s ne prennent pas part, mais il n’y a que %(all)s voix dans la salle.")
            % {"apart": tally.apart, "all": tally.present + tally.proxies},
        )  # fmt: skip
        return
    if not tally.adds_up:
        yield gap(tally)


def gap(tally: Tally) -> Fault:
    """Votes that are missing, or too many: the number nearest to the mistake is named.

    A number that is larger than all votes together is wrong by itself; else the sum of
    the three is told beside the sum that attendance gives.
    """
    numbers = {
        "votes_for": (_("Pour"), tally.votes_for),
        "against": (_("Contre"), tally.against),
        "abstained": (_("Abstentions"), tally.abstained),
    }
    for field, (label, number) in numbers.items():
        if number > tally.voting:
            said = _(
                "%(label)s : %(number)s dépasse les %(voting)s voix possibles (%(sum)s)."
            )
            words = {"label": label, "number": number, "voting": tally.voting, "sum": left(tally)}  # fmt: skip
            return Fault(field, said % words)
    missing = tally.voting - tally.cast
    told = tally.votes_for + missing
    words = {
        "cast": tally.cast, "voting": tally.voting, "sum": left(tally),
        "missing": abs(missing), "for": told,
    }  # fmt: skip
    said = _("Pour, contre et abstentions font %(cast)s, alors que %(sum)s font %(voting)s voix : ")  # fmt: skip
    if missing > 0:
        said += _("il en manque %(missing)s.")
    else:
        said += _("il y en a %(missing)s de trop.")
    if told >= 0:
        said += " " + _("Si le reste est juste, « pour » vaut %(for)s.")
    return Fault("votes_for", said % words)


def left(tally: Tally) -> str:
    return _("%(present)s présents + %(proxies)s pouvoirs − %(apart)s ne prenant pas part") % {
        "present": tally.present, "proxies": tally.proxies, "apart": tally.apart,
    }  # fmt: skip


def against_sheet(tally: Tally, *, present: int, proxies: int) -> Iterator[Fault]:
    """What the attendance sheet contradicts."""
    said = _("%(label)s : %(number)s, mais la feuille de présence en compte %(sheet)s.")
    for field, label, number, sheet in (
        ("present", _("Présents"), tally.present, present),
        ("proxies", _("Pouvoirs"), tally.proxies, proxies),
    ):
        if number > sheet:
            yield Fault(
                field, said % {"label": label, "number": number, "sheet": sheet}
            )
