"""What callers may give for a scenario, a regime and a seed, and how they are told what is wrong with it."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np

from simulation.faults import Fault, InputError, nearest
from simulation.parameters import Regime, Scenario, checked
from simulation.presets import DEFAULT, PRESETS

MOST_SEED: Final = 2**64 - 1
Given = Scenario | Regime | str | None


def scenario_and_regime(source: str, first: object, second: object) -> tuple[Scenario, Regime]:
    """A scenario and a regime (or a preset by its name), told apart by their types; the defaults where none is given.

    source: what was called, for the message of an InputError.
    """
    found, rest = _split(source, first, second)
    regime = PRESETS[DEFAULT] if rest is None else rest
    if not _is_regime(regime):
        raise InputError(source, [_no_regime("regime", regime)])
    return checked(found), checked(_regime(regime))


def scenario_and_regimes(source: str, first: object, second: object) -> tuple[Scenario, dict[str, Regime]]:
    """A scenario and regimes by name: all presets, one preset or regime, names of presets, or a table of regimes or names."""
    found, rest = _split(source, first, second)
    if rest is None:
        named: Mapping[Any, object] = PRESETS
    elif isinstance(rest, Regime):
        named = {"regime": rest}
    elif isinstance(rest, Mapping):
        named = rest
    else:
        named = {name: name for name in ([rest] if isinstance(rest, str) or not isinstance(rest, Iterable) else rest)}
    faults = [_no_regime(f"regimes.{name}", regime) for name, regime in named.items() if not _is_regime(regime)]
    if not named:
        faults.append(Fault("regimes", f"none is given; the presets are {', '.join(PRESETS)}"))
    if faults:
        raise InputError(source, faults)
    return checked(found), {str(name): checked(_regime(regime)) for name, regime in named.items()}


def seed_of(source: str, seed: object) -> int:
    """A seed as a plain whole number."""
    return seeds_of(source, [seed], "seed")[0]


def seeds_of(source: str, seeds: object, key: str = "seeds") -> list[int]:
    """Seeds as plain whole numbers."""
    if isinstance(seeds, str) or not isinstance(seeds, Iterable):
        hint = f"; range({seeds}) are {seeds} of them" if _is_whole(seeds) else ""
        raise InputError(source, [Fault(key, f"must be several whole numbers, not {seeds!r}{hint}")])
    given = list(seeds)
    wrong = [seed for seed in given if not _is_whole(seed) or not 0 <= seed <= MOST_SEED]
    if wrong or not given:
        told = f"{wrong[0]!r} is not allowed here" if wrong else "none is given"
        raise InputError(source, [Fault(key, f"{told}; allowed is a whole number from 0 to 2**64 - 1")])
    return [int(seed) for seed in given]


def _split(source: str, first: object, second: object) -> tuple[Scenario, object]:
    """What is a scenario of the two, and the other."""
    given = [one for one in (first, second) if one is not None]
    scenarios = [one for one in given if isinstance(one, Scenario)]
    rest = [one for one in given if not isinstance(one, Scenario)]
    if len(scenarios) > 1:
        raise InputError(source, [Fault("scenario", "is given twice")])
    if len(rest) > 1:
        wrong = first if not _is_regime(first) else second
        raise InputError(source, [Fault("scenario", f"must be a Scenario, not {wrong!r}")])
    return scenarios[0] if scenarios else Scenario(), rest[0] if rest else None


def _is_regime(value: object) -> bool:
    return isinstance(value, Regime) or (isinstance(value, str) and value in PRESETS)


def _regime(value: object) -> Regime:
    return PRESETS[value] if isinstance(value, str) else value  # type: ignore[return-value]  # _is_regime


def _no_regime(key: str, value: object) -> Fault:
    if isinstance(value, str):
        return Fault(key, f"{value!r} is not a preset{nearest(value, PRESETS)}")
    return Fault(key, f"must be a Regime or the name of a preset, not {value!r}")


def _is_whole(value: object) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)
