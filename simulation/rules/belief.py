"""Readings of a customer's need and what a rep believes after them.

A belief on one issue is kept as two tallies, the net number of readings "1" by readers without and with expertise. Its
log-odds are prior + tally x weight, so they do not depend on the order in which answers came in. Weights and probabilities
are kept on a grid (`numbers.on_grid`): sums of them are exact, so that equal ones are equal and no decision hangs on how a
sum was rounded.
"""

from collections.abc import MutableSequence, Sequence
from typing import Final

from simulation import chance, numbers
from simulation.compiled import rule

SURE_PRIOR: Final = 1e-9  # a uniform market (v = 0) still leaves this much doubt ...
SURE_READING: Final = 1e-18  # ... so that a reading that cannot be wrong (a = 0) outweighs it
SHADES: Final = 32  # how ambiguous an issue is, in so many steps
SHADE_BITS: Final = 5
SHADES_IN_A_WORD: Final = 64 // SHADE_BITS


@rule
def shade(bits: int, place: int) -> int:
    """A shade, each equally likely, from the bits in this place of a random word. Source: MODEL rule 23."""
    return int(chance.word(bits) >> chance.word(SHADE_BITS * place)) & (SHADES - 1)


@rule
def issue_ambiguity(mean: float, spread: float, shade: int) -> float:
    """Ambiguity of an issue of this shade: evenly spaced about the market's, mean ± spread x min(mean, 1 - mean).

    shade: 0 to SHADES - 1, each equally likely, so that the mean over issues is the market's. Source: MODEL rule 23.
    """
    return mean + spread * min(mean, 1.0 - mean) * ((2 * shade + 1) / SHADES - 1.0)


@rule
def reading_error(ambiguity: float, relief: float, expert: bool) -> float:
    """Probability of reading an issue wrongly: e = (a/2)(1 - relief x expertise). Source: MODEL rule 3."""
    return ambiguity / 2.0 * (1.0 - relief) if expert else ambiguity / 2.0


@rule
def reading(need: int, error: float, u: float) -> int:
    """What a reader takes the need (0 or 1) on an issue to be: wrong with probability `error`. Source: MODEL rule 3."""
    return need ^ int(u < error)


@rule
def told(own: int, account: int, repeats: bool) -> int:
    """What a reader who has not met the customer takes the need to be: the owner's reading or an own. Source: MODEL rule 15."""
    return account if repeats else own


@rule
def reading_weight(error: float) -> float:
    """Log-odds that one reading is worth: ln((1 - e) / e). Source: MODEL rule 4; Nitzan & Paroush 1982."""
    e = max(error, SURE_READING)
    return numbers.on_grid(numbers.ln((1.0 - e) / e))


@rule
def prior_weight(variety: float) -> float:
    """Log-odds that the template is worth: ln((1 - v/2) / (v/2)). Source: MODEL rule 4."""
    p = max(variety / 2.0, SURE_PRIOR)
    return numbers.on_grid(numbers.ln((1.0 - p) / p))


@rule
def tallied(tally: int, read: int, counts: int) -> int:
    """A tally after one more reading (0 or 1) by a reader whose kind it counts (1) or does not (0)."""
    return tally + counts * (2 * read - 1)


@rule
def probability(odds: float) -> float:
    """The probability that belongs to log-odds, without overflow, on the grid."""
    grown = numbers.exp(-abs(odds))
    likelier = numbers.on_grid(1.0 / (1.0 + grown))
    return likelier if odds >= 0.0 else 1.0 - likelier


@rule
def places(most: int) -> int:
    """Places in a table of beliefs after up to `most` readings of an issue."""
    return SHADES * (2 * most + 1) * (2 * most + 1)


@rule
def place(most: int, shade: int, side: int, plain: int, expert: int) -> int:
    """Where a table of beliefs has those after net tallies for (side = 1) or against (-1) the template."""
    wide = 2 * most + 1
    return (shade * wide + side * plain + most) * wide + side * expert + most


@rule
def note_beliefs(
    agreement: MutableSequence[float], most: int, shade: int, prior: float, weight_plain: float, weight_expert: float
) -> None:
    """Fill the part of a table (of `places` places) for issues of one shade, so that each belief is worked out only once.

    agreement: probability that the need agrees with the template, log-odds prior + tally x weight. Source: MODEL rule 4.
    """
    for plain in range(-most, most + 1):
        for expert in range(-most, most + 1):
            odds = prior + (plain * weight_plain + expert * weight_expert)
            agreement[place(most, shade, 1, plain, expert)] = probability(odds)


@rule
def agrees(
    agreement: Sequence[float], most: int, shade: int, template: int, issue: int, plain: int, expert: int
) -> float:
    """Probability that the need agrees with the template on an issue. plain, expert: net tallies of readings "1" on it.

    Source: MODEL rule 4.
    """
    return agreement[place(most, shade, 2 * (template >> issue & 1) - 1, plain, expert)]


@rule
def certainty(agreement: float) -> float:
    """Probability of the likelier answer, 0.5 to 1. Source: MODEL rule 7."""
    return max(agreement, 1.0 - agreement)


@rule
def speaks_against(agreement: float) -> bool:
    """Whether the other answer is thought likelier than the template's; where they are equally likely, the template's stays.

    Source: MODEL rule 4.
    """
    return agreement < 0.5
