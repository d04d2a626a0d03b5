"""Every draw has an address of its own, used for one purpose and by one person; renaming alike people renames the run.

The Mesa model runs with `chance.child` watched. A key that comes out of it is remembered with the path that led to it from
the seed, so every draw is known by its address, such as (ARRIVED_CUSTOMER, rep 4, customer 17, REP_READING, rep 4, issue 2).
"""

import sys
from collections import Counter, defaultdict
from typing import Any

import numpy as np
import pytest

from simulation import PRESETS, Regime, Scenario, SellingModel, case, chance, codes, simulate, structure
from simulation.record import LOG
from tests.helpers.scenarios import BUSY, CONTESTED, changed, drawn

BRIEF = changed(BUSY, horizon_weeks=4, window_weeks=1, warmup_weeks=1)
CUSTOMERS = (chance.ARRIVED_CUSTOMER, chance.LATENT_CUSTOMER)
Path = tuple[int, ...]
Purpose = tuple[str, int]


def purpose_of(path: Path) -> Purpose:
    """What a draw decides: ("seed", purpose), or ("customer", purpose) beyond a customer's key."""
    return ("customer", path[3]) if path[0] in CUSTOMERS and len(path) > 3 else ("seed", path[0])


class Ledger:
    """Every address that a Mesa run asks for: whence, how often, and by whom."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, scenario: Scenario, regime: Regime, seed: int) -> None:
        self.paths: dict[int, Path] = {chance.word(seed): ()}
        self.clashes: set[tuple[Path, Path]] = set()
        self.askers: dict[Path, Counter[tuple[str, Any]]] = defaultdict(Counter)  # (place in the code, who acts)
        self.numbers: set[Path] = set()  # addresses that were asked for a number in [0, 1)
        self._child, self._uniform = chance.child, chance.uniform
        with monkeypatch.context() as patch:
            patch.setattr(chance, "child", self.child)
            patch.setattr(chance, "uniform", self.uniform)
            self.log = np.array(SellingModel(scenario, regime, seed).run_to_horizon().log, LOG)

    def renamed(self, path: Path) -> Path:
        """The address whose luck is given out under `path`: its own."""
        return path

    def child(self, key: int, n: int) -> int:
        """As `chance.child`, written down."""
        path = (*self.paths[key], int(n))  # a KeyError here: a key that does not come from the seed
        word = self._child(key, self.renamed(path)[-1])
        if self.paths.setdefault(word, path) != path:
            self.clashes.add((self.paths[word], path))
        self.askers[path][asker()] += 1
        return word

    def uniform(self, key: int, n: int) -> float:
        """As `chance.uniform`, written down."""
        self.numbers.add((*self.paths[key], int(n)))
        return self._uniform(key, n)

    def keys(self) -> set[Path]:
        """Addresses from which further ones were derived."""
        return {path[:length] for path in self.askers for length in range(1, len(path))}

    def decisions(self) -> dict[Path, Counter[tuple[str, Any]]]:
        """Addresses that decided something: as numbers, or as lots (the ends of paths without numbers)."""
        keys, numeric = self.keys(), {purpose_of(path) for path in self.numbers}
        lots = {path for path in self.askers if path not in keys and purpose_of(path) not in numeric}
        return {path: self.askers[path] for path in sorted(self.numbers | lots)}


def asker() -> tuple[str, Any]:
    """The line that asked, outside of `chance`, `case` and this file, and the person or case on whose behalf."""
    frame = sys._getframe(2)
    while frame.f_code.co_filename in (chance.__file__, case.__file__, __file__):
        assert frame.f_back is not None
        frame = frame.f_back
    known = frame.f_locals
    who = known.get("self", known.get("r", known.get("person", known.get("worker"))))
    name = getattr(who, "number", who if isinstance(who, int) else None)
    return f"{frame.f_code.co_name}, line {frame.f_lineno}", (type(who).__name__, name)


# Asked more than once, and meant to be: a manager reads a customer again on a revision, a customer has one lot for answering
# and for leaving, a team has one common draw of expertise on an issue, a manager at a shared desk has one lot an hour for taking
# up and for finishing. Where readings are lost, the newcomer's reading, the same peers and their work are the same again.
# Who reads a case again after a change of hands adds to the address who holds the seat.
LONGER: set[Purpose] = {("customer", chance.REP_READING)}
AGAIN: set[Purpose] = {
    ("customer", chance.MANAGER_READING), ("customer", chance.LOT), ("seed", chance.GROUP_EXPERTISE), ("seed", chance.WORK_ORDER),
    *(("customer", purpose) for purpose in (
        chance.MANAGER_HEARSAY, chance.REP_READING, chance.PEER_HEARSAY, chance.PEER_TIE, chance.CONSULT_EFFORT,
        chance.TAKE_IN_EFFORT, chance.REVIEW_EFFORT, chance.AMBIGUITY,
    )),
}
# Asked for at more than one place: reps read customers of their own and, for a peer, others'; a change of hands is noticed when
# the case is taken up or the customer answers.
PLACES: dict[Purpose, int] = {("customer", chance.REP_READING): 2, ("customer", chance.HANDOVER): 2}
# The team's; and that of a request at its level, which another manager of a shared desk may take up when it is made again.
SHARED: set[Purpose] = {
    ("seed", chance.GROUP_EXPERTISE), ("customer", chance.REVIEW_EFFORT), ("customer", chance.FORGOTTEN_SIGN_OFF)
}
TWO_DECISIONS: Purpose = ("seed", chance.CLUSTER_SEAT)  # 0: whether to move, 1: where to


def faults(ledger: Ledger) -> list[str]:
    """In what a run's draws are not each for one thing."""
    found = [f"two addresses are one: {clash}" for clash in ledger.clashes]
    found += [f"both a number and a key: {path}" for path in ledger.numbers & ledger.keys()]
    lines: dict[Purpose, set[str]] = defaultdict(set)
    lengths: dict[Purpose, set[int]] = defaultdict(set)
    for path, askers in ledger.decisions().items():
        purpose = purpose_of(path)
        key = (*purpose, path[-1]) if purpose == TWO_DECISIONS else purpose
        lines[key] |= {line for line, _ in askers}
        lengths[purpose] |= {len(path)} if path in ledger.numbers else set()
        if askers.total() > 1 and purpose not in AGAIN:
            found.append(f"asked again: {path} by {dict(askers)}")
        if len({who for _, who in askers}) > 1 and purpose not in SHARED:
            found.append(f"two people share {path}: {dict(askers)}")
    for asked_for, places in lines.items():
        if len(places) > PLACES.get(asked_for[:2], 1):
            found.append(f"{asked_for} is asked for at {places}")
    uneven = [(purpose, n) for purpose, n in lengths.items() if len(n) > 1 + (purpose in LONGER)]
    return found + [f"{purpose} has addresses of lengths {n}" for purpose, n in uneven]


# Where seats change hands all the time and nothing lasts, readings are lost at every turn; desks are shared.
FLEETING = changed(BRIEF, turnover_per_year=20.0, undocumented_share=0.0, conferring_hours=1.0, forgotten_per_week=5.0)
ALL_CHANGE = CONTESTED.model_copy(update={"desk": "shared", "sign_off_over": -1.0})
INPUTS: dict[str, tuple[Scenario, Regime, int]] = {
    "all change": (FLEETING, ALL_CHANGE, 6), "contested": (BRIEF, CONTESTED, 3), "cluster": (BRIEF, PRESETS["cluster"], 4),
    "strict": (BRIEF, PRESETS["strict"], 5),
} | {f"drawn {n}": drawn(n, size=0.3) for n in range(6000, 6012)}


@pytest.mark.parametrize("name", INPUTS)
def test_no_draw_is_used_for_two_purposes_or_by_two_people(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Ledger(monkeypatch, *INPUTS[name])
    assert faults(ledger) == []


def test_every_purpose_is_put_to_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: set[Purpose] = set()
    again: set[Purpose] = set()
    for inputs in INPUTS.values():
        decisions = Ledger(monkeypatch, *inputs).decisions()
        seen |= {purpose_of(path) for path in decisions}
        again |= {purpose_of(path) for path, askers in decisions.items() if askers.total() > 1}
    last_of_seed, last_of_customer = chance.ACQUAINTANCE, chance.FORGOTTEN_SIGN_OFF
    every = {("seed", n) for n in range(last_of_seed + 1)} | {("customer", n) for n in range(last_of_customer + 1)}
    assert every - seen <= {("seed", n) for n in CUSTOMERS}  # these are keys of customers, not decisions
    assert again == AGAIN


def one_name_for_all_levels(level: int, place: int) -> int:
    """Managers named by their place alone, as reps are."""
    return place


BROKEN: dict[str, tuple[Any, str, Any, str]] = {
    "punished by the draw that diverted": (chance, "PUNISHMENT", chance.DIVERSION, "asked again"),
    "as rich as patient": (chance, "VALUE", chance.PATIENCE, "asked again"),
    "second chances for those who nearly accepted": (chance, "SECOND_CHANCE", chance.ACCEPTANCE, "asked again"),
    "flips come with turnover": (chance, "STANDARD_FLIP", chance.SEAT_TURNOVER, "asked again"),
    "managers read as reps of their number do": (chance, "MANAGER_READING", chance.REP_READING, "is asked for at"),
    "managers share names across levels": (structure, "manager_name", one_name_for_all_levels, "asked again"),
    "efforts are keyed by readings": (chance, "DISCOVERY_EFFORT", chance.REP_READING, "addresses of lengths"),
    "the key of a customer is a draw": (chance, "PROSPECT_SPELL", chance.LATENT_CUSTOMER, "both a number and a key"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_draw_used_for_two_purposes_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module, constant, value, complaint = BROKEN[name]
    monkeypatch.setattr(module, constant, value)
    found = faults(Ledger(monkeypatch, BRIEF, CONTESTED, 3))
    assert any(complaint in fault for fault in found), found[:5]


# --- Alike people renamed ---

# Where in an address a rep stands. Managers and hours have other places, or numbers beyond all reps.
PLACES_OF_REP: dict[Purpose, tuple[int, ...]] = {
    **{("seed", purpose): (1,) for purpose in (
        chance.ARRIVAL_GAP, chance.ARRIVED_CUSTOMER, chance.LATENT_CUSTOMER, chance.OWN_EXPERTISE, chance.SPECIALISED,
        chance.SEAT_TURNOVER, chance.PROSPECT_SPELL, chance.CLUSTER_SEAT,
    )},
    **{("seed", purpose): (2,) for purpose in (chance.ARRIVAL_ORDER, chance.WORK_ORDER)},
    ("seed", chance.ACQUAINTANCE): (1, 2),  # who knows whom
    **{("customer", purpose): (4,) for purpose in (
        chance.REP_READING, chance.CONSULT_EFFORT, chance.DISPATCH_TIE, chance.PEER_TIE, chance.PEER_HEARSAY,
        chance.FORGOTTEN_REQUEST,
    )},
}
# In teams of 5, each a cluster of its own: whoever stands first in a team gets the luck of the third, and so on.
NEW_NAMES = [2, 4, 0, 1, 3, 8, 7, 6, 5, 9, 11, 12, 13, 14, 10]


class Renamed(Ledger):
    """A run in which every rep has the luck of another of the same team: the same firm, listed in another order."""

    left_out: Purpose | None = None

    def renamed(self, path: Path) -> Path:
        purpose, n = purpose_of(path), path[-1]
        places = PLACES_OF_REP.get(purpose, ()) if purpose != self.left_out else ()
        return (*path[:-1], NEW_NAMES[n]) if len(path) - 1 in places and n < len(NEW_NAMES) else path


def rows_in_order(log: Any, names: list[int]) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """A log with reps renamed: its rows in order of writing, and, sorted, those whose order within an hour is that of the list
    of reps and means nothing (changes of hands, matters dropped or forgotten, the books at the horizon)."""
    rows = [(case, names[who] if 0 <= who < len(names) else who, *rest) for case, who, *rest in log.tolist()]
    unordered = (codes.DROPPED, codes.FORGOTTEN, codes.WAITING, codes.UNFINISHED)
    listed = [row for row in rows if row[8] in unordered or row[6] == codes.TURNOVER]
    ordered = [row for row in rows if row[8] not in unordered and row[6] != codes.TURNOVER]
    return ordered, sorted(listed)


OFTEN_TIED = changed(BRIEF, ambiguity_spread=0.0, expertise_share=0.15)  # peers are equally useful now and then


def listed_otherwise(monkeypatch: pytest.MonkeyPatch, regime: Regime, left_out: Purpose | None = None) -> bool:
    """Whether a run with reps listed in another order is the same but for their names."""
    monkeypatch.setattr(Renamed, "left_out", left_out)
    regime = regime.model_copy(update={"cross_team_share": 0.0})
    plain = simulate(OFTEN_TIED, regime, 8, engine="mesa").record.log
    other = Renamed(monkeypatch, OFTEN_TIED, regime, 8).log
    assert plain.tobytes() != other.tobytes()
    return rows_in_order(other, NEW_NAMES) == rows_in_order(plain, list(range(len(NEW_NAMES))))


@pytest.mark.parametrize("name", [*PRESETS, "contested"])
def test_alike_reps_listed_in_another_order_change_nothing_but_names(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert listed_otherwise(monkeypatch, {**PRESETS, "contested": CONTESTED}[name])


@pytest.mark.parametrize("left_out", PLACES_OF_REP)
def test_luck_that_does_not_move_with_the_name_is_noticed(left_out: Purpose, monkeypatch: pytest.MonkeyPatch) -> None:
    noticed = not listed_otherwise(monkeypatch, CONTESTED, left_out)
    assert noticed == (left_out != ("seed", chance.CLUSTER_SEAT))  # nobody moves here
