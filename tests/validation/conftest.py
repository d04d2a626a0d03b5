"""Runs that several tests of theory look at."""

import pytest

from simulation import PRESETS, Run, simulate
from tests.helpers.scenarios import BUSY, changed


@pytest.fixture(scope="session")
def busy_runs() -> dict[str, Run]:
    """One run of the busy firm under every preset, with cases of every end: won, lost, left, still open."""
    scenario = changed(BUSY, warmup_weeks=2, window_weeks=22, horizon_weeks=24, reply_lag_hours=40.0)
    return {name: simulate(scenario, regime, 11) for name, regime in PRESETS.items()}
