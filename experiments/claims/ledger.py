"""Claims and their tests, as the file has them, with all faults at once."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple, get_type_hints

import numpy as np

from experiments.design.bounded import read_config
from experiments.design.config import outline
from experiments.design.factors import Factor, Value, written
from simulation.loading import Fault, InputError, nearest
from simulation.measures import MEASURES

LEDGER: Final = Path(__file__).parents[1] / "claims.toml"
CONFIGS: Final = Path(__file__).parents[1] / "configs"
COMBINATIONS: Final = ("all", "any", "each")
UNITS: Final = {measure.name: measure.unit for measure in MEASURES}


class Standard(NamedTuple):
    """What holds for all tests."""

    false_discoveries: float  # share of false ones to be expected among the cells decided
    most: float  # supported: for in at least this share of the cells ...
    few: float  # ... and against in at most this share; contradicted: the other way round


class Test(NamedTuple):
    """One decision rule. What is claimed of the effect is that it lies above (or below) a threshold."""

    says: str  # the sentence that is supported or contradicted
    experiment: str
    measure: str
    regime: str
    minus: tuple[str, ...]  # other regimes, each of which the regime is compared with; () = the regime's own mean
    beside: str  # another measure that is taken off: the other regimes', or (no minus) the regime's own; "" = the same measure
    relative: bool  # as a share of the other regime's mean
    trend: str  # the effect is its change over this factor, from the lowest value to the highest; "" = none
    best_over: str  # a lever that the firm may set as it likes: one of its values is enough; "" = none
    threshold: float  # in units of the measure; if relative, a share
    above: bool  # the side claimed
    where: Mapping[str, tuple[float, float]]  # values of factors, both ends included


class Claim(NamedTuple):
    """One claim with the tests that decide it."""

    name: str
    claim: str
    hypothesis: str
    combine: str  # all: every test must hold; any: one is enough; each: the tests are parts of the claim
    counter_evidence: tuple[str, ...]  # published
    supporting_evidence: tuple[str, ...]
    tests: tuple[Test, ...]


class Ledger(NamedTuple):
    """All claims, and what holds for all tests."""

    standard: Standard
    claims: tuple[Claim, ...]


class Offer(NamedTuple):
    """What a config offers to test."""

    regimes: tuple[str, ...]
    contrasts: frozenset[tuple[str, str]]
    outcomes: tuple[str, ...]
    factors: Mapping[str, tuple[Value, ...]]  # the values of each; of a range to sample from: its ends and middle


def load_ledger(path: Path = LEDGER, configs: Path = CONFIGS) -> Ledger:
    """The ledger in a TOML file, checked against the configs. Raises InputError with all faults at once."""
    data = dict(read_config(path))
    faults: list[Fault] = []
    standard: Standard = _record(Standard, data.pop("standard", {}), "standard", faults)
    claims = tuple(_claim(name, table, faults) for name, table in data.items())
    for key, test in _tests_of(claims):
        faults += _mismatches(test, key, configs)
    if not all(0 < share < 1 for share in standard) or standard.few >= standard.most:
        faults.append(Fault("standard", "needs shares between 0 and 1, and few below most"))
    if faults:
        raise InputError(str(path), faults)
    return Ledger(standard, claims)


def offered(config: Path) -> Offer:
    """What the config offers to test. Raises InputError if it has faults."""
    experiment = outline(config)
    factors = {factor.name: tuple(written(factor.name, value) for value in _values(factor)) for factor in experiment.factors}
    return Offer(tuple(experiment.regimes), frozenset(experiment.pairs), experiment.outcomes, factors)


def _values(factor: Factor) -> tuple[Value, ...]:
    return factor.values or (factor.low, (factor.low + factor.high) / 2, factor.high)


def _claim(name: str, table: Any, faults: list[Fault]) -> Claim:
    table = dict(table) if isinstance(table, Mapping) else {}
    tests = table.pop("tests", [])
    claim: Claim = _record(Claim, {"name": name, "tests": (), **table}, name, faults)
    if claim.combine not in COMBINATIONS:
        hint = nearest(claim.combine, COMBINATIONS)
        faults.append(Fault(f"{name}.combine", f"{claim.combine!r} is not a combination{hint}"))
    if not isinstance(tests, list) or not tests:
        faults.append(Fault(f"{name}.tests", "is missing; a claim without a test decides nothing"))
        tests = []
    return claim._replace(
        tests=tuple(_test(test, f"{name}.tests.{n}", faults) for n, test in enumerate(tests, 1))
    )


def _test(table: Any, key: str, faults: list[Fault]) -> Test:
    table = dict(table) if isinstance(table, Mapping) else {}
    sides = [side for side in ("above", "below") if side in table]
    if len(sides) != 1:
        faults.append(Fault(key, f"needs either above or below, and has {' and '.join(sides) or 'neither'}"))
    thresholds = {side: table.pop(side) for side in sides}
    defaults = {"minus": [], "beside": "", "relative": False, "trend": "", "best_over": "", "where": {}}
    given = {"threshold": next(iter(thresholds.values()), 0.0), "above": "above" in thresholds}
    test: Test = _record(Test, {**defaults, **table, **given}, key, faults)
    return test._replace(where=_ranges(test.where, f"{key}.where", faults))


def _ranges(where: Mapping[str, Any], key: str, faults: list[Fault]) -> dict[str, tuple[float, float]]:
    ranges = {}
    for factor, ends in where.items():
        match ends:
            case [int() | float() as low, int() | float() as high] if low <= high:
                ranges[factor] = (float(low), float(high))
            case _:
                faults.append(Fault(f"{key}.{factor}", f"{ends!r} is not a range; write [lowest, highest]"))
    return ranges


_KINDS: Final[dict[Any, tuple[Any, str]]] = {
    str: (str, "a text"),
    bool: (bool, "true or false"),
    float: ((int, float), "a number"),
    Mapping[str, tuple[float, float]]: (Mapping, "a table of ranges"),
}


def _record(kind: Any, table: Any, key: str, faults: list[Fault]) -> Any:
    """A record from plain data. What is faulty is noted, and has an empty value of its kind."""
    values = dict(table) if isinstance(table, Mapping) else {}
    fields = get_type_hints(kind)
    faults += [Fault(f"{key}.{name}", f"unknown key{nearest(name, fields)}") for name in values.keys() - fields]
    read = {}
    for name, hint in fields.items():
        accepted, meaning = _KINDS.get(hint, ((list, tuple), "a list of texts"))
        value = values.get(name)
        if name not in values:
            faults.append(Fault(f"{key}.{name}", f"is missing; it must be {meaning}"))
        elif not isinstance(value, accepted) or (hint is float and isinstance(value, bool)):
            faults.append(Fault(f"{key}.{name}", f"must be {meaning}, not {value!r}"))
            value = None
        read[name] = _empty(accepted) if value is None else tuple(value) if isinstance(value, list) else value
    return kind(**read)


def _empty(accepted: Any) -> Any:
    first = accepted[0] if isinstance(accepted, tuple) else accepted
    return {} if first is Mapping else () if first is list else first()


def _tests_of(claims: tuple[Claim, ...]) -> Iterator[tuple[str, Test]]:
    for claim in claims:
        for n, test in enumerate(claim.tests, 1):
            yield f"{claim.name}.tests.{n}", test


def _mismatches(test: Test, key: str, configs: Path) -> list[Fault]:
    """What a test asks for and its experiment does not offer."""
    config = configs / f"{test.experiment}.toml"
    if not config.is_file():
        known = tuple(sorted(path.stem for path in configs.glob("*.toml")))
        return [Fault(f"{key}.experiment", f"there is no experiment {test.experiment!r}{nearest(test.experiment, known)}")]
    offer = offered(config)
    faults = [
        Fault(f"{key}.{name}", f"{test.experiment} has no regime {regime!r}{nearest(regime, offer.regimes)}")
        for name, regime in [("regime", test.regime), *(("minus", other) for other in test.minus)]
        if regime not in offer.regimes
    ]
    for name, measure in (("measure", test.measure), ("beside", test.beside or test.measure)):
        if measure not in offer.outcomes:
            hint = nearest(measure, offer.outcomes)
            faults.append(Fault(f"{key}.{name}", f"{measure!r} is not among the outcomes of {test.experiment}{hint}"))
    for other in test.minus if not faults else ():
        if not test.beside and not offer.contrasts & {(test.regime, other), (other, test.regime)}:
            pair = f"{test.regime} minus {other}"
            faults.append(Fault(f"{key}.minus", f"{pair} is not among the contrasts of {test.experiment}; add it there"))
    if test.beside and UNITS.get(test.beside) != UNITS.get(test.measure):
        faults.append(Fault(f"{key}.beside", f"{test.beside!r} has another unit than {test.measure!r}"))
    return list(dict.fromkeys(faults)) + _factor_mismatches(test, key, offer)


def _factor_mismatches(test: Test, key: str, offer: Offer) -> list[Fault]:
    faults = []
    along = [(f"{key}.{use}", name) for use, name in (("trend", test.trend), ("best_over", test.best_over)) if name]
    for place, name in [*((f"{key}.where", name) for name in test.where), *along]:
        values = offer.factors.get(name, ())
        low, high = test.where.get(name, (-np.inf, np.inf))
        within = {value for value in values if not isinstance(value, str) and low <= value <= high}
        if name not in offer.factors:
            hint = nearest(name, tuple(offer.factors))
            faults.append(Fault(place, f"{name!r} is not a factor of {test.experiment}{hint}"))
        elif not within:
            faults.append(Fault(place, f"{test.experiment} has no cell with {name} from {low:g} to {high:g}"))
        elif (place, name) in along and len(within) < 2:
            faults.append(Fault(place, f"needs at least two values of {name} that are numbers"))
        elif place == f"{key}.trend" and any(isinstance(value, str) for value in values):
            faults.append(Fault(place, f"needs values of {name} that are all numbers"))
    if test.relative and bool(test.trend) == bool(test.minus):
        faults.append(Fault(f"{key}.relative", "goes with either minus or trend: what else should it be a share of?"))
    if test.trend and test.best_over:
        faults.append(Fault(f"{key}.best_over", "does not go with a trend"))
    return faults
