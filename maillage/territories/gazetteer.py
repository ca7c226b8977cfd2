"""Which commune is meant by what people typed."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from maillage.territories.models import Commune
from maillage.territories.names import fold_place

CLOSE = 84  # similarity, in 0…100, from which a misspelled name is understood
CERTAIN = 90  # the same where no postal code confirms it


@dataclass(frozen=True)
class Gazetteer:
    """All communes in memory, for whoever looks up many of them (an import).

    Built from the database when wanted, never kept: it cannot grow old.
    """

    by_insee: dict[str, Commune]
    by_name: dict[str, list[Commune]] = field(repr=False)
    by_postal_code: dict[str, list[Commune]] = field(repr=False)
    by_department: dict[str, list[Commune]] = field(repr=False)

    @classmethod
    def of(cls, communes: Iterable[Commune]) -> "Gazetteer":
        found = cls({}, defaultdict(list), defaultdict(list), defaultdict(list))
        for commune in communes:
            found.by_insee[commune.insee] = commune
            found.by_name[commune.search_name].append(commune)
            found.by_department[commune.department_id].append(commune)
            for code in commune.postal_codes.split():
                found.by_postal_code[code].append(commune)
        return found

    def match(
        self, name: str = "", *, postal_code: str = "", insee: str = ""
    ) -> Commune | None:
        """Return the one commune that fits, or None when none or several do.

        The INSEE code decides alone if it is known; then the name, the postal code
        (or its department) telling namesakes apart; then a name with a typing
        error among the communes of the postal code.
        """
        if commune := self.by_insee.get(insee.strip().upper()):
            return commune
        digits = postal_code.strip().replace(" ", "")
        if digits.isdigit() and len(digits) == 4:
            digits = f"0{digits}"  # a spreadsheet took the first zero away
        folded = fold_place(name.partition("(")[0])
        same_post = self.by_postal_code.get(digits, [])
        if namesakes := self.by_name.get(folded, []):
            return _one(namesakes, digits=digits)
        if same_post:
            close = _closest(folded, same_post, least=CLOSE)
            return close or (same_post[0] if len(same_post) == 1 else None)
        if not folded:
            return None
        return _closest(folded, self._around(digits), least=CERTAIN)

    def _around(self, digits: str) -> list[Commune]:
        near = self.by_department.get(digits[:3]) or self.by_department.get(digits[:2])
        return near or list(self.by_insee.values())


def closest(text: str, names: Sequence[str], *, limit: int) -> list[int]:
    """Return the places in ``names`` of those most like ``text``, best first.

    What counts is the beginning of the name, as far as the person has typed;
    two letters in the wrong order are one mistake. Ties keep the order of ``names``.
    """
    typed = fold_place(text)
    beginnings = [name[: len(typed)] for name in names]
    found = process.extract(
        typed,
        beginnings,
        scorer=OSA.normalized_similarity,
        limit=None,
        score_cutoff=0.7,
    )
    best = sorted(found, key=lambda hit: (-hit[1], hit[2]))[:limit]
    return [place for _, _, place in best]


def _one(namesakes: list[Commune], *, digits: str) -> Commune | None:
    """Return the namesake that the postal code points at."""
    if len(namesakes) == 1:
        return namesakes[0]
    for fits in (
        [c for c in namesakes if digits and digits in c.postal_codes.split()],
        [c for c in namesakes if digits and digits.startswith(c.department_id)],
    ):
        if len(fits) == 1:
            return fits[0]
    return None


def _closest(folded: str, communes: list[Commune], *, least: float) -> Commune | None:
    """Return the commune whose name is nearest, unless two are as near."""
    if not folded:
        return None
    names = [commune.search_name for commune in communes]
    hits = process.extract(
        folded, names, scorer=fuzz.ratio, limit=2, score_cutoff=least
    )
    if not hits or (len(hits) == 2 and hits[0][1] == hits[1][1]):
        return None
    return communes[hits[0][2]]
