r"""Patterns of ``regex()``: a small language, read in time that grows with the text.

Letters, ``.``, ``[a-z]``, ``\d \w \s`` (and their capitals), ``( )``, ``|``, ``* + ?``
and ``{2,5}``. The whole text must match; ``^`` and ``$`` at the ends say nothing more.
The pattern becomes a set of states that all advance together (Thompson 1968), so that no
pattern can make a page wait, and the browser and the server read it alike.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

MAX_PATTERN = 200
MAX_STATES = 600
MAX_TEXT = 5_000

CLASSES: dict[str, tuple[tuple[str, str], ...]] = {
    "d": (("0", "9"),),
    "w": (("a", "z"), ("A", "Z"), ("0", "9"), ("_", "_")),
    "s": ((" ", " "), ("\t", "\r")),
}


class BadPattern(ValueError):  # noqa: N818 -- an answer, not an accident
    """The text is no pattern that we read; ``at`` is a position, from 1."""

    def __init__(self, at: int, message: str) -> None:
        super().__init__(
            _("%(message)s (caractère %(at)d du modèle)")
            % {"message": message, "at": at}
        )
        self.at = at


@dataclass(frozen=True)
class Letters:
    """One character: within one of ``ranges``, or in none of them."""

    ranges: tuple[tuple[str, str], ...]
    negative: bool = False

    def takes(self, letter: str) -> bool:
        inside = any(low <= letter <= high for low, high in self.ranges)
        return inside != self.negative


ANY = Letters((("\n", "\n"), ("\r", "\r")), negative=True)

#: Builds the states of a piece given the state that follows; returns its first state.
Piece = Callable[["Machine", int], int]


class Machine:
    """States: ``(letters, next)``, or the states to which it leads without a letter."""

    def __init__(self) -> None:
        self.letters: list[Letters | None] = [None]
        self.nexts: list[tuple[int, ...]] = [()]  # state 0: the end

    def add(self, letters: Letters | None, *nexts: int) -> int:
        if len(self.letters) >= MAX_STATES:
            raise BadPattern(1, _("Le modèle est trop long."))
        self.letters.append(letters)
        self.nexts.append(nexts)
        return len(self.letters) - 1

    def spread(self, states: set[int]) -> set[int]:
        """The states and all those that need no letter more."""
        found, left = set(states), list(states)
        while left:
            state = left.pop()
            if self.letters[state] is None:
                fresh = set(self.nexts[state]) - found
                found |= fresh
                left.extend(fresh)
        return found


class Reader:
    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.place = 0
        self.depth = 0

    @property
    def here(self) -> str:
        return self.pattern[self.place : self.place + 1]

    def bad(self, message: str) -> BadPattern:
        return BadPattern(self.place + 1, message)

    def choice(self) -> Piece:
        branches = [self.sequence()]
        while self.here == "|":
            self.place += 1
            branches.append(self.sequence())
        if len(branches) == 1:
            return branches[0]
        return lambda machine, end: machine.add(
            None, *[branch(machine, end) for branch in branches]
        )

    def sequence(self) -> Piece:
        pieces: list[Piece] = []
        while self.here and self.here not in "|)":
            if (self.here == "^" and self.place == 0) or (
                self.here == "$" and self.place == len(self.pattern) - 1
            ):
                self.place += 1
            else:
                pieces.append(self.counted(self.single()))

        def build(machine: Machine, end: int) -> int:
            for piece in reversed(pieces):
                end = piece(machine, end)
            return end

        return build

    def counted(self, piece: Piece) -> Piece:
        sign = self.here
        if not sign or sign not in "*+?{":
            return piece
        least, most = {"*": (0, -1), "+": (1, -1), "?": (0, 1)}.get(sign, (0, 0))
        self.place += 1
        if sign == "{":
            least, most = self.bounds()
        if self.here and self.here in "*+?{":
            raise self.bad(_("Deux répétitions se suivent."))
        return lambda machine, end: repeat(machine, end, piece, least, most)

    def bounds(self) -> tuple[int, int]:
        close = self.pattern.find("}", self.place)
        low, comma, high = self.pattern[self.place : max(close, self.place)].partition(
            ","
        )
        if close < 0 or not low.isdecimal() or (high and not high.isdecimal()):
            raise self.bad(_("Une répétition s’écrit {2} ou {2,5}."))
        least = int(low)
        most = int(high) if high else (-1 if comma else least)
        if least > 100 or most > 100 or (0 <= most < least):
            raise self.bad(_("Une répétition va de 0 à 100, dans cet ordre."))
        self.place = close + 1
        return least, most

    def single(self) -> Piece:
        letter = self.here
        if letter in "*+?{":
            raise self.bad(_("Une répétition ne suit rien."))
        if letter == "(":
            return self.group()
        self.place += 1
        if letter == "[":
            letters = self.bracket()
        elif letter == ".":
            letters = ANY
        elif letter == "\\":
            letters = self.escape()
        else:
            letters = Letters(((letter, letter),))
        return lambda machine, end: machine.add(letters, end)

    def group(self) -> Piece:
        self.place += 1
        self.depth += 1
        if self.here == "?" and self.pattern[self.place : self.place + 2] != "?:":
            raise self.bad(_("Ce genre de parenthèse n’est pas lu."))
        if self.depth > 10:
            raise self.bad(_("Trop de parenthèses."))
        if self.here == "?":
            self.place += 2
        piece = self.choice()
        if self.here != ")":
            raise self.bad(_("Une parenthèse n’est pas fermée."))
        self.place += 1
        self.depth -= 1
        return piece

    def escape(self) -> Letters:
        letter = self.here
        self.place += 1
        if letter.lower() in CLASSES and letter:
            return Letters(CLASSES[letter.lower()], letter.isupper())
        if not letter or letter.isalnum():
            raise self.bad(_("« \\%s » n’est pas lu.") % letter)
        return Letters(((letter, letter),))

    def bracket(self) -> Letters:
        negative = self.here == "^"
        self.place += negative
        ranges: list[tuple[str, str]] = []
        while self.here and (self.here != "]" or not ranges):
            letter = self.here
            self.place += 1
            if letter == "\\":
                inside = self.escape()
                if inside.negative:
                    raise self.bad(_("Une classe contraire n’est pas lue ici."))
                ranges.extend(inside.ranges)
                continue
            rest = self.pattern[self.place : self.place + 2]
            if len(rest) == 2 and rest[0] == "-" and rest[1] not in "]\\":
                if rest[1] < letter:
                    raise self.bad(_("Un intervalle est à l’envers."))
                ranges.append((letter, rest[1]))
                self.place += 2
            else:
                ranges.append((letter, letter))
        if self.here != "]":
            raise self.bad(_("Un crochet n’est pas fermé."))
        self.place += 1
        return Letters(tuple(ranges), negative)


def repeat(machine: Machine, end: int, piece: Piece, least: int, most: int) -> int:
    if most < 0:
        loop = machine.add(None)
        machine.nexts[loop] = (piece(machine, loop), end)
        start = loop
    else:
        start = end
        for _time in range(most - least):
            start = machine.add(None, piece(machine, start), end)
    for _time in range(least):
        start = piece(machine, start)
    return start


@functools.lru_cache(maxsize=256)
def machine_of(pattern: str) -> tuple[Machine, int]:
    """Read a pattern. Raises ``BadPattern``."""
    if len(pattern) > MAX_PATTERN:
        raise BadPattern(MAX_PATTERN, _("Le modèle est trop long."))
    reader = Reader(pattern)
    piece = reader.choice()
    if reader.place < len(pattern):
        raise reader.bad(_("Une parenthèse se ferme sans être ouverte."))
    machine = Machine()
    return machine, piece(machine, 0)


def matches(pattern: str, text: str) -> bool:
    """Whether the whole text is as the pattern says; a bad pattern matches nothing."""
    try:
        machine, start = machine_of(pattern)
    except BadPattern:
        return False
    states = machine.spread({start})
    for letter in text[:MAX_TEXT]:
        after: set[int] = set()
        for state in states:
            letters = machine.letters[state]
            if letters is not None and letters.takes(letter):
                after.update(machine.nexts[state])
        if not after:
            return False
        states = machine.spread(after)
    return 0 in states and len(text) <= MAX_TEXT
