"""People of the readable model in a situation made by hand, so that one deed can be looked at alone."""

from typing import Any

from simulation import Customer, Regime, Rep, SellingModel, codes
from simulation.record import LOG
from tests.helpers.scenarios import BUSY, CONTESTED, changed


def firm(regime: Regime = CONTESTED, regime_values: dict[str, Any] | None = None, **values: Any) -> SellingModel:
    """A firm of 15 reps in three teams at instant 0, with some values of scenario and regime changed."""
    return SellingModel(changed(BUSY, **values), Regime.model_validate({**dict(regime), **(regime_values or {})}), seed=1)


def customer_of(rep: Rep, key: int = 1, path: int = codes.PROCESS) -> Customer:
    """A customer in this rep's hands, on a path; the key is the customer's luck."""
    rep.model.open_case(key, rep, rep.model.clock, codes.ARRIVED)
    customer = rep.own_work.pop()
    assert isinstance(customer, Customer)
    customer.stage, customer.path = codes.REP_HANDS, path
    return customer


def all_issues(model: SellingModel) -> int:
    """The set of all issues."""
    return int((1 << model.settings.issues) - 1)


def last_row(model: SellingModel) -> dict[str, Any]:
    """The latest row of the event log by column."""
    return dict(zip(LOG.names, model.log_rows[-1], strict=True))
