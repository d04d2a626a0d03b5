"""What is looked up again and again is what the rules say it is. (Errors by shade: test_shades; beliefs: test_rules_belief.)"""

import math

import pytest

from simulation import PRESETS
from simulation.settings import flatten
from simulation.tables import Tables, blank_tables, fill_tables
from tests.helpers.scenarios import changed


def tables_of(**values: float) -> Tables:
    """What follows from the settings of a firm."""
    settings = flatten(changed(**values), PRESETS["blended"])
    tables = blank_tables(settings)
    fill_tables(settings, tables)
    return tables


@pytest.mark.parametrize(("minutes", "units"), [(60, 1.0), (15, 4.0), (1, 60.0)])
def test_drafting_takes_longer_by_every_deviation(minutes: int, units: float) -> None:
    """Two hours and three quarters for each of six deviations, in units of work; and the chance of a further unit."""
    tables = tables_of(drafting_hours=2.0, customising_hours=0.75, work_unit_minutes=minutes)
    means = [units * (2.0 + 0.75 * deviations) for deviations in range(7)]
    assert tables.drafting_units == pytest.approx(means, abs=1e-12)
    assert tables.drafting_further == pytest.approx([math.log(1 - 1 / mean) for mean in means], rel=1e-12)


@pytest.mark.parametrize(("block", "coin"), [(1, 1 / 2), (2, 1 / 4), (3, 1 / 8), (4, (1 / 16 + 1 / 4) / 2), (6, 1 / 64)])
def test_the_more_blocks_match_the_likelier_is_a_yes(block: int, coin: float) -> None:
    """Nothing where no more match than a coin would give, certainty where all do; in between to the power of selectivity."""
    acceptance = tables_of(interdependence=block, selectivity=2.5).acceptance
    blocks = math.ceil(6 / block)
    expected = [max((matching / blocks - coin) / (1 - coin), 0.0) ** 2.5 for matching in range(blocks + 1)]
    assert acceptance == pytest.approx(expected, abs=1e-12)
    assert (acceptance[0], acceptance[-1]) == (0.0, 1.0)
