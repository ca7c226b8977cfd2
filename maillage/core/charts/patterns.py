"""Lines and dots over a colour, so that no chart is read by its colours alone."""

import zlib
from collections.abc import Sequence

from maillage.core.charts.drawing import Mark, mark

#: Side of a tile, in the units of the drawing.
TILE = 8
#: What is drawn on a tile, in the order of the colours; the first stays plain.
TILES = (
    "",
    "M-1,1L1,-1M0,8L8,0M7,9L9,7",  # rising
    "M3,4h2",  # dots
    "M0,4H8",  # lying
    "M-1,7L1,9M0,0L8,8M7,-1L9,1",  # falling
    "M4,0V8",  # standing
    "M0,4H8M4,0V8",  # grid
)


def name_of(*words: object) -> str:
    """A name for the patterns of a chart: the same words, the same name."""
    told = "\n".join(map(str, words))
    return f"p{zlib.crc32(told.encode()):08x}"


def tiled(name: str, rank: int, *, colour: str = "paper") -> Mark | None:
    """The pattern of a rank; none for those that stay plain."""
    drawn = TILES[rank % len(TILES)]
    if not drawn:
        return None
    line = mark("path", d=drawn, stroke_=colour, stroke_width=2.0, fill="none")
    return mark(
        "pattern", id=f"{name}-{rank}", width=TILE, height=TILE,
        patternUnits="userSpaceOnUse", inside=(line,),
    )  # fmt: skip


def patterns(name: str, ranks: Sequence[int], *, colour: str = "paper") -> list[Mark]:
    """The patterns that a drawing needs, before what they cover."""
    found = [tiled(name, rank, colour=colour) for rank in ranks]
    return [each for each in found if each is not None]


def paint(name: str, rank: int) -> str:
    """What fills a mark that lies over a colour."""
    return f"url(#{name}-{rank})" if TILES[rank % len(TILES)] else ""
