"""People of the readable model in a situation made by hand, so that one deed can be looked at alone."""

from typing import Any

from simulation import Customer, Manager, Regime, Rep, SellingModel, codes
from simulation import case as cases
from simulation.record import LOG
from simulation.rules import timing
from tests.helpers.scenarios import CONTESTED, PLAIN, changed


def firm(regime: Regime = CONTESTED, regime_values: dict[str, Any] | None = None, **values: Any) -> SellingModel:
    """A firm of 15 reps in three teams at instant 0, with some values of scenario and regime changed.

    Unless they are said, the rules of the second version are at their neutral values and managers have a veto, so that each can
    be looked at alone.
    """
    numbers = {**dict(regime), "advice": "veto", **(regime_values or {})}
    return SellingModel(changed(PLAIN, **values), Regime.model_validate(numbers), seed=1)


def customer_of(rep: Rep, key: int = 1, path: int = codes.PROCESS) -> Customer:
    """A case in this rep's hands, on a path; the key is the customer's luck."""
    rep.model.open_case(key, rep, timing.instant(rep.model.clock), codes.ARRIVED)
    case = rep.own_work.pop()
    assert isinstance(case, Customer)
    case.stage, case.path = codes.REP_HANDS, path
    return case


def discovered(rep: Rep, case: Customer) -> Customer:
    """The case, read by the rep, who has not yet decided anything."""
    cases.discover(rep.settings, rep.model.tables, case, rep.holder(), rep.expertise)
    return case


def asks_for_sign_off(case: Customer) -> bool:
    """The owner decides what to offer; whether a manager has to agree first."""
    return bool(cases.propose(case.settings, case.model.tables, case.model, case))


def answer_of(peer: Rep, case: Customer) -> int:
    """A peer's answer is in; how many of its readings repeat the owner's."""
    case.helpers.append(peer)
    return int(cases.answer_peer(case.settings, case.model.tables, case, peer.number, peer.expertise))


def reviewed(manager: Manager, case: Customer) -> bool:
    """The manager reviews the request now; whether it goes up to the next level."""
    return bool(cases.review(case.settings, case.model.tables, case.model, case, manager))


def all_issues(model: SellingModel) -> int:
    """The set of all issues."""
    return int((1 << model.settings.issues) - 1)


def last_row(model: SellingModel) -> dict[str, Any]:
    """The latest row of the event log by column."""
    return dict(zip(LOG.names, model.log_rows[-1], strict=True))
