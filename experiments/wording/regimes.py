"""How regimes are called and how they look, in the figures of results and on the lab's page alike."""

from collections.abc import Iterable
from itertools import chain, cycle
from typing import Final, NamedTuple


class Look(NamedTuple):
    """How a regime appears: told apart by colour, and without colour by line and marker."""

    colour: str
    dashes: tuple[float, ...]  # lengths of strokes and gaps by turns, in widths of the line; () = drawn through
    marker: str  # its shape


class Called(NamedTuple):
    """What people read instead of a preset's name."""

    label: str
    subject: str  # within a sentence
    plural: bool
    look: Look


SOLID: Final = ()
LONG_DASHES: Final = (6.0, 1.5)
SHORT_DASHES: Final = (2.5, 1.2)
DOTS: Final = (1.2, 1.2)
DASH_DOT: Final = (6.0, 1.5, 1.2, 1.5)
DASH_DOT_DOT: Final = (6.0, 1.5, 1.2, 1.5, 1.2, 1.5)

# Okabe & Ito (2008), "Color universal design", without the yellow (too pale on white), the black a dark grey.
# The presets look the same in every experiment; their lightness differs too, for print in grey.
PRESET_NAMES: Final = {
    "strict": Called("Strict process", "the strict process", False, Look("#3B3B3B", SHORT_DASHES, "circle")),
    "cluster": Called("Clusters", "clusters", True, Look("#E69F00", LONG_DASHES, "square")),
    "blended": Called("Blend", "the blend", False, Look("#0072B2", SOLID, "diamond")),
    "lean": Called("Lean process", "the lean process", False, Look("#CC79A7", DASH_DOT, "triangle")),
    "solo": Called("Everyone alone", "reps alone", True, Look("#D55E00", DOTS, "down")),
}
SPARE_COLOURS: Final = ("#009E73", "#56B4E9")
LINES: Final = (SOLID, DOTS, SHORT_DASHES, DASH_DOT, LONG_DASHES, DASH_DOT_DOT)
MARKERS: Final = (
    "plus", "cross", "left", "right", "hexagon", "pentagon", "down", "diamond", "circle", "triangle", "square",
)
"""In an order in which no two of fifty regimes look alike, whichever presets are among them."""


def looks(names: Iterable[str]) -> dict[str, Look]:
    """A look for each regime, no two alike (up to 50).

    Presets keep theirs in every experiment. Others get the spare colours first, then those of absent presets,
    then all again with other lines and markers. Lines that no preset here is drawn in come first.
    """
    names = list(names)
    taken = {name: PRESET_NAMES[name].look for name in names if name in PRESET_NAMES}
    absent = [called.look.colour for name, called in PRESET_NAMES.items() if name not in names]
    every = [*SPARE_COLOURS, *(called.look.colour for called in PRESET_NAMES.values())]
    colours = chain(SPARE_COLOURS, absent, cycle(every))
    drawn = {look.dashes for look in taken.values()}
    lines = chain((line for line in LINES if line not in drawn), cycle(LINES))
    candidates = map(Look, colours, lines, cycle(MARKERS))
    for name in names:
        if name not in taken:
            taken[name] = next(look for look in candidates if look not in taken.values())
    return taken
