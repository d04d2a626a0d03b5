"""Readings of a customer's need and what a rep believes after them.

A belief on one issue is kept as two tallies, the net number of readings "1" by readers without and with expertise. Its
log-odds are prior + tally x weight, so they do not depend on the order in which answers came in.
"""

import math
from collections.abc import MutableSequence, Sequence
from typing import Final

from simulation.compiled import rule

SURE_PRIOR: Final = 1e-9  # a uniform market (v = 0) still leaves this much doubt ...
SURE_READING: Final = 1e-18  # ... so that a reading that cannot be wrong (a = 0) outweighs it
MOST_READINGS: Final = 21  # of an issue: the rep's own and those of 20 peers
BELIEFS: Final = (2 * MOST_READINGS + 1) ** 2  # places in a table of beliefs


@rule
def reading_error(ambiguity: float, relief: float, expert: bool) -> float:
    """Probability of reading an issue wrongly: e = (a/2)(1 - relief x expertise). Source: MODEL rule 3."""
    return ambiguity / 2.0 * (1.0 - relief) if expert else ambiguity / 2.0


@rule
def error_on(issue: int, expertise: int, plain: float, expert: float) -> float:
    """The reading error of somebody with this expertise on an issue: `expert` if it covers it, else `plain`."""
    return expert if expertise >> issue & 1 else plain


@rule
def reading(need: int, error: float, u: float) -> int:
    """What a reader takes the need (0 or 1) on an issue to be: wrong with probability `error`. Source: MODEL rule 3."""
    return need ^ int(u < error)


@rule
def reading_weight(error: float) -> float:
    """Log-odds that one reading is worth: ln((1 - e) / e). Source: MODEL rule 4; Nitzan & Paroush 1982."""
    e = max(error, SURE_READING)
    return math.log((1.0 - e) / e)


@rule
def prior_weight(variety: float) -> float:
    """Log-odds that the template is worth: ln((1 - v/2) / (v/2)). Source: MODEL rule 4."""
    p = max(variety / 2.0, SURE_PRIOR)
    return math.log((1.0 - p) / p)


@rule
def tallied(tally: int, read: int, counts: int) -> int:
    """A tally after one more reading (0 or 1) by a reader whose kind it counts (1) or does not (0)."""
    return tally + counts * (2 * read - 1)


@rule
def log_odds(
    template: int, issue: int, prior: float, plain: int, expert: int, weight_plain: float, weight_expert: float
) -> float:
    """Log-odds that the need agrees with the template on an issue. Source: MODEL rule 4.

    plain, expert: net tallies of readings "1" on the issue by readers without and with expertise.
    """
    side = 2 * (template >> issue & 1) - 1
    return prior + side * (plain * weight_plain + expert * weight_expert)


@rule
def probability(odds: float) -> float:
    """The probability that belongs to log-odds, without overflow."""
    if odds >= 0.0:
        return 1.0 / (1.0 + math.exp(-odds))
    grown = math.exp(odds)
    return grown / (1.0 + grown)


@rule
def place(side: int, plain: int, expert: int) -> int:
    """Where a table of beliefs has those after net tallies for (side = 1) or against (-1) the template."""
    return (side * plain + MOST_READINGS) * (2 * MOST_READINGS + 1) + side * expert + MOST_READINGS


@rule
def note_beliefs(
    agreement: MutableSequence[float],
    certainty: MutableSequence[float],
    most: int,
    prior: float,
    weight_plain: float,
    weight_expert: float,
) -> None:
    """Fill both tables (of BELIEFS places) for up to `most` readings of an issue, so that each is worked out only once.

    agreement: probability that the need agrees with the template; certainty: that of the likelier answer, 0.5 to 1.
    Source: MODEL rule 4.
    """
    for plain in range(-most, most + 1):
        for expert in range(-most, most + 1):
            odds = log_odds(1, 0, prior, plain, expert, weight_plain, weight_expert)
            agreement[place(1, plain, expert)] = probability(odds)
            certainty[place(1, plain, expert)] = probability(abs(odds))


@rule
def believed(table: Sequence[float], template: int, issue: int, plain: int, expert: int) -> float:
    """What a table of beliefs says on one issue. plain, expert: net tallies of readings "1" on it. Source: MODEL rule 4."""
    return table[place(2 * (template >> issue & 1) - 1, plain, expert)]


@rule
def mean_belief(
    table: Sequence[float], template: int, plain: Sequence[int], expert: Sequence[int], n_issues: int
) -> float:
    """Mean of a table of beliefs over the issues."""
    total = 0.0
    for k in range(n_issues):
        total += believed(table, template, k, plain[k], expert[k])
    return total / n_issues


@rule
def predicted_fit(
    agreement: Sequence[float], template: int, plain: Sequence[int], expert: Sequence[int], n_issues: int
) -> float:
    """Mean probability over the issues that the need agrees with the template. Source: MODEL rule 4."""
    return mean_belief(agreement, template, plain, expert, n_issues)


@rule
def confidence(
    certainty: Sequence[float], template: int, plain: Sequence[int], expert: Sequence[int], n_issues: int
) -> float:
    """Mean probability over the issues of the likelier answer. Source: MODEL rule 7 (the bar a rep may act at)."""
    return mean_belief(certainty, template, plain, expert, n_issues)


@rule
def wanted_offer(
    template: int,
    plain: Sequence[int],
    expert: Sequence[int],
    prior: float,
    weight_plain: float,
    weight_expert: float,
    revealed: int,
    need: int,
    n_issues: int,
) -> int:
    """The answer believed likelier on each issue; the template's where undecided; the need where it was revealed.

    revealed: the issues the customer has revealed; only on these is `need` looked at. Source: MODEL rules 4 and 9.
    """
    offer = template
    for k in range(n_issues):
        against = log_odds(template, k, prior, plain[k], expert[k], weight_plain, weight_expert) < 0.0
        offer ^= int(against) << k
    return offer & ~revealed | need & revealed
