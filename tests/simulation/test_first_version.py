"""At their neutral values the rules of the second version (MODEL rules 15 to 23) do nothing: the first version's event logs.

`first_version.json` has firms and regimes as the first version had them, and a digest of each log that its code wrote with
seed 1 (commit 8c930b3, with two things exchanged that differ from machine to machine: logarithms and powers for those of
`simulation.numbers`, and sums of beliefs put on its grid). That version counted whole hours.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulation import Regime, Scenario, codes, simulate
from tests.helpers.scenarios import NEUTRAL

FIRST = json.loads(Path(__file__).with_name("first_version.json").read_text(encoding="utf-8"))
TIMES = ("queued", "start", "end", "minutes")
WHOLE = (
    "case", "resource", *TIMES, "activity", "path", "outcome", "stage", "deviations", "forced_fits", "level", "answers",
)


def at_neutral_values(firm: str) -> Scenario:
    """A firm of the first version, and everything that the second one added at its neutral value."""
    groups = {name: dict(values) for name, values in FIRST["firms"][firm].items()}
    for name, value in NEUTRAL.items():
        groups["market" if name in type(Scenario().market).model_fields else "organisation"][name] = value
    return Scenario.model_validate(groups)


def digest(log: Any) -> str:
    """SHA-256 of a log as the first version kept it: whole hours, and no fit beside a draft."""
    whole = hashlib.sha256()
    for name in WHOLE:
        column = log[name].astype("<i4")
        if name in TIMES:
            assert not (column[column >= 0] % 60).any()
            column = np.where(column < 0, column, column // 60)
        whole.update(column.astype("<i4").tobytes())
    whole.update(np.where(log["activity"] == codes.DRAFT, 0.0, log["amount"]).astype("<f8").tobytes())
    return whole.hexdigest()


@pytest.mark.parametrize("regime", FIRST["regimes"])
@pytest.mark.parametrize("firm", FIRST["firms"])
def test_at_neutral_values_the_log_is_the_first_versions(firm: str, regime: str) -> None:
    run = simulate(at_neutral_values(firm), Regime.model_validate(FIRST["regimes"][regime]), 1)
    assert digest(run.record.log) == FIRST["digests"][firm][regime]


@pytest.mark.parametrize("name", NEUTRAL)
def test_every_rule_has_a_say_at_another_value(name: str) -> None:
    """Otherwise the digests would hold whatever the rule did."""
    other = {
        "ambiguity_spread": 0.8, "hearsay": 0.5, "needs_expert": "neither path", "acquaintance": 0.2,
        "acquaintance_across": 0.2, "conferring_hours": 1.0, "undocumented_share": 0.2, "work_unit_minutes": 1,
        "selling_hours_per_day": 5.0, "forgotten_per_week": 1.0, "confident_of": "the offer",
    }
    regime = Regime.model_validate(FIRST["regimes"]["contested"])
    groups = {group: dict(values) for group, values in at_neutral_values("busy")}
    next(values for values in groups.values() if name in values)[name] = other[name]
    log = simulate(Scenario.model_validate(groups), regime, 1).record.log
    assert not np.array_equal(log, simulate(at_neutral_values("busy"), regime, 1).record.log)
