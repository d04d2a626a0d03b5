"""What the shipped experiments have in common: axes about the reference firm, so that they follow it when it is fitted anew."""

from pathlib import Path

import pytest

from experiments.design.config import outline
from experiments.design.factors import Factor, Range
from simulation.parameters import PARAMETERS

SHIPPED = sorted((Path(__file__).parents[2] / "experiments" / "configs").glob("*.toml"))
FITTED = {name for name, parameter in PARAMETERS.items() if parameter.grade == "calibrated"} | {
    "market.opportunities_per_rep_week", "organisation.hearsay", "organisation.turnover_per_year", "market.turbulence_per_year",
    "organisation.conferring_hours", "organisation.acquaintance_across", "organisation.prospecting_hours",
}


def holds_the_reference(factor: Factor) -> bool:
    """Whether the reference firm's value is among a factor's, or within its range."""
    default = PARAMETERS[factor.name].default
    if isinstance(factor.given, Range) and not factor.values:
        return bool(factor.low <= default <= factor.high)
    return default in factor.values


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_axes_of_fitted_and_judged_numbers_go_through_the_reference_firm(path: Path) -> None:
    factors = {factor.name: factor for factor in outline(path).factors if factor.name in FITTED}
    assert [name for name, factor in factors.items() if not holds_the_reference(factor)] == []


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_config_says_how_many_runs_it_makes(path: Path) -> None:
    experiment = outline(path)
    runs = experiment.count * len(experiment.regimes) * experiment.design.size
    text = path.read_text(encoding="utf-8")
    assert experiment.precision or experiment.design.size == 1 or f"{runs:,} runs" in text


def test_there_are_no_more_than_fifteen() -> None:
    assert 12 <= len(SHIPPED) <= 15
