"""Tables of what follows from the settings alone, worked out once and looked up by both engines."""

from typing import Any, NamedTuple

import numpy as np

from simulation.compiled import rule
from simulation.rules import belief, offer, timing


class Tables(NamedTuple):
    """What is looked up again and again. The kernel has the same arrays among its own."""

    error: Any  # float64[2 * SHADES]: reading error without (first half) and with expertise, by the issue's shade
    agreement: Any  # float64[places]: beliefs, see `rules.belief`
    drafting_units: Any  # float64[issues + 1]: mean units of drafting, by deviations from the template used
    drafting_further: Any  # float64[issues + 1]: log-probability of a further unit
    acceptance: Any  # float64[blocks + 1]: probability of accepting, by blocks that match


def blank_tables(p: Any) -> Tables:
    """Tables of the sizes that settings p need."""
    return Tables(
        error=np.zeros(2 * belief.SHADES),
        agreement=np.zeros(belief.places(p.most_readings)),
        drafting_units=np.zeros(p.issues + 1),
        drafting_further=np.zeros(p.issues + 1),
        acceptance=np.zeros(p.n_blocks + 1),
    )


@rule
def fill_tables(p: Any, tables: Any) -> None:
    """Work the tables out. tables: anything with the fields of `Tables`."""
    for shade in range(belief.SHADES):
        ambiguity = belief.issue_ambiguity(p.ambiguity, p.ambiguity_spread, shade)
        plain = belief.reading_error(ambiguity, p.relief, False)
        expert = belief.reading_error(ambiguity, p.relief, True)
        tables.error[shade] = plain
        tables.error[belief.SHADES + shade] = expert
        belief.note_beliefs(
            tables.agreement, p.most_readings, shade, p.prior, belief.reading_weight(plain), belief.reading_weight(expert)
        )
    for deviations in range(p.issues + 1):
        hours = offer.drafting_mean(p.drafting_hours, p.customising_hours, deviations)
        tables.drafting_units[deviations] = timing.in_units(hours, p.work_unit_minutes)
        tables.drafting_further[deviations] = timing.going_on(timing.in_units(hours, p.work_unit_minutes))
    for matching in range(p.n_blocks + 1):
        fit = offer.fit(matching, p.n_blocks)
        tables.acceptance[matching] = offer.acceptance(fit, p.coin_fit, p.selectivity)
