"""Luck belongs to what it decides: regimes, further reps and a rep's place in the list change nobody else's."""

from collections import defaultdict
from typing import Any

import numpy as np
import pandas as pd
import pytest

from simulation import PRESETS, Regime, Scenario, SellingModel, agents, chance, codes, ensemble, simulate, structure
from simulation import case as cases
from simulation.measures import NAMES
from simulation.rules import timing
from simulation.settings import flatten
from tests.helpers.scenarios import BUSY, CONTESTED, changed, seeds

# Of what a reader repeats from the owner, the owner's luck is part.
OWN_READINGS = changed(hearsay=0.0)


def log_table(scenario: Scenario, regime: Regime, seed: int) -> pd.DataFrame:
    """A run's event log with codes, plus each row's customer as (instant, value) of opening."""
    log = simulate(scenario, regime, seed).record.log
    table = pd.DataFrame({name: log[name] for name in log.dtype.names})
    opens = table[table.activity == codes.OPEN].set_index("case")
    table["opened"], table["value"] = table.case.map(opens.end), table.case.map(opens.amount)
    return table


def arrivals(table: pd.DataFrame) -> list[tuple[int, float]]:
    """Instant and deal value of all who arrived, in order of opening."""
    rows = table[table.outcome == codes.ARRIVED]
    return list(zip(rows.end, rows.amount, strict=True))


# --- The same customers under every regime ---


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_same_customers_come_at_the_same_time_under_every_regime(seed: int) -> None:
    logs = {name: simulate(BUSY, regime, seed).log for name, regime in PRESETS.items()}
    opens = {name: log[(log.activity == "open") & (log.outcome == "arrived")] for name, log in logs.items()}
    first = opens["strict"][["customer", "end", "amount"]].reset_index(drop=True)
    assert list(first.customer) == [f"A{n}" for n in range(len(first))]
    assert len(first) > 100
    for others in opens.values():
        assert others[["customer", "end", "amount"]].reset_index(drop=True).equals(first)


class Watched:
    """What a Mesa run draws for the customers who arrive, by key (which is the customer, whatever the regime)."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, scenario: Scenario, regime: Regime, seed: int) -> None:
        self.customers: dict[int, tuple[Any, ...]] = {}  # key -> need, shades, opened, age in hours at which patience ends
        self.readings: dict[tuple[int, int], tuple[int, ...]] = {}  # key, rep -> what the rep read
        with monkeypatch.context() as patch:
            self._watch(patch)
            self.run = SellingModel(scenario, regime, seed).run_to_horizon()

    def _watch(self, patch: pytest.MonkeyPatch) -> None:
        open_case, discover, answer_peer = SellingModel.open_case, cases.discover, cases.answer_peer

        def opened(model: SellingModel, key: int, rep: agents.Rep, at: int, origin: int) -> None:
            open_case(model, key, rep, at, origin)
            case = rep.own_work[-1]
            if origin == codes.ARRIVED:
                age = cases.leaving_hour(model.settings, key, at) - timing.hour_from(at)
                self.customers[key] = (case.need, tuple(case.shade), at, age)

        def by_owner(p: Any, tables: Any, case: Any, holder: int, expertise: int) -> None:
            before = [*case.plain, *case.expert]
            discover(p, tables, case, holder, expertise)
            if case.discoveries == 1:  # a newcomer's readings, where those of the first have been lost, are other ones
                self.note(case, case.rep, before)

        def by_peer(p: Any, tables: Any, case: Any, peer: int, expertise: int) -> int:
            before = [*case.plain, *case.expert]
            heard = answer_peer(p, tables, case, peer, expertise)
            self.note(case, peer, before)
            return int(heard)

        patch.setattr(SellingModel, "open_case", opened)
        patch.setattr(cases, "discover", by_owner)
        patch.setattr(cases, "answer_peer", by_peer)

    def note(self, case: agents.Customer, rep: int, before: list[int]) -> None:
        """What a rep has just read of a customer who arrived."""
        if case.key in self.customers:
            after = [*case.plain, *case.expert]
            self.readings[case.key, rep] = tuple(b - a for a, b in zip(before, after, strict=True))


def test_need_patience_and_readings_are_the_same_under_every_regime(monkeypatch: pytest.MonkeyPatch) -> None:
    watched = {name: Watched(monkeypatch, OWN_READINGS, regime, 4) for name, regime in PRESETS.items()}
    strict, cluster = watched["strict"], watched["cluster"]
    for other in watched.values():
        assert other.customers == strict.customers
        both = other.readings.keys() & cluster.readings.keys()
        assert len(both) > 50
        assert {pair: other.readings[pair] for pair in both} == {pair: cluster.readings[pair] for pair in both}
    assert len({patience for *_, patience in strict.customers.values()}) > 50
    assert len(set(cluster.readings.values())) > 20


def test_a_regime_against_itself_differs_by_exactly_nothing() -> None:
    twice = {"a": CONTESTED, "b": Regime.model_validate(dict(CONTESTED)), "c": PRESETS["strict"]}
    table = ensemble(BUSY, twice, seeds(20))
    runs = {name: rows[list(NAMES)].to_numpy() for name, rows in table.groupby("regime", observed=True)}
    same, other = runs["a"] - runs["b"], runs["a"] - runs["c"]
    assert np.array_equal(np.isnan(same), np.isnan(runs["a"]))
    assert (same[~np.isnan(same)] == 0.0).all()
    assert (other[~np.isnan(other)] != 0.0).mean() > 0.5


# --- A further rep at the end of the list ---


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("reps", [15, 17])
def test_a_further_rep_changes_neither_arrivals_nor_deal_values(name: str, reps: int) -> None:
    before = arrivals(log_table(changed(BUSY, reps=reps), PRESETS[name], 5))
    after = arrivals(log_table(changed(BUSY, reps=reps + 1), PRESETS[name], 5))
    added = set(after) - set(before)
    assert len(set(before)) == len(before) > 100
    assert [customer for customer in after if customer not in added] == before
    assert 0 < len(added) < len(before) / 5


def test_a_further_rep_changes_no_customers_need_or_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    before = Watched(monkeypatch, OWN_READINGS, PRESETS["cluster"], 6)
    after = Watched(monkeypatch, changed(OWN_READINGS, reps=16), PRESETS["cluster"], 6)
    assert before.customers.items() <= after.customers.items()
    both = before.readings.keys() & after.readings.keys()
    assert len(both) > 300
    assert {pair: before.readings[pair] for pair in both} == {pair: after.readings[pair] for pair in both}


def built(seed: int, **values: Any) -> structure.Structure:
    """The firm of a seed."""
    return structure.build(flatten(changed(BUSY, **values), PRESETS["blended"]), chance.word(seed))


@pytest.mark.parametrize("reps", [11, 13, 15, 25])  # the next rep joins the last team, or opens one, or a level
def test_a_further_rep_changes_nobodys_expertise(reps: int) -> None:
    for seed in range(20):
        before = built(seed, reps=reps)
        after = built(seed, reps=reps + 1)
        assert list(after.rep_expertise[:reps]) == list(before.rep_expertise)
        assert list(after.team[:reps]) == list(before.team)
        assert manager_expertise(before).items() <= manager_expertise(after).items()
        known = acquaintances(after)
        assert {pair: issues for pair, issues in acquaintances(before).items() if pair in known}.items() <= known.items()


def manager_expertise(firm: structure.Structure) -> dict[tuple[int, int], int]:
    """What each manager knows, by level and place within the level."""
    level = list(firm.level)
    places = [level[:m].count(level[m]) for m in range(len(level))]
    return {(level[m], places[m]): int(firm.manager_expertise[m]) for m in range(len(level))}


def acquaintances(firm: structure.Structure) -> dict[tuple[int, int], int]:
    """On which issues a rep knows the expertise of a member of the cluster, by rep and member."""
    known = {}
    for rep, cluster in enumerate(firm.cluster):
        members = firm.seat[firm.first_seat[cluster] : firm.first_seat[cluster + 1]]
        known |= {(rep, int(member)): int(firm.known[rep, place]) for place, member in enumerate(members)}
    return known


def history(table: pd.DataFrame) -> dict[tuple[float, float], list[tuple[Any, ...]]]:
    """What happened to each customer, (instant, value) of opening, row by row; without the number of the case."""
    columns = [name for name in table.columns if name not in ("case", "opened", "value")]
    rows = defaultdict(list)
    of_cases = table[table.case >= 0]
    for opened, value, *row in of_cases[["opened", "value", *columns]].itertuples(index=False):
        rows[opened, value].append(tuple(row))
    return rows


ISOLATED = Regime(
    dispatch="direct", divert_below=0.9, sign_off_over=float("inf"), guardrail_over=float("inf"), cross_team_share=0.0,
    review_weeks=float("inf"), memory_rate=0.2, sanction=0.3, documentation_hours=1.0,
)


@pytest.mark.parametrize("dispatch", ["direct", "manager"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_further_isolated_team_changes_no_other_customers_history(dispatch: str, seed: int) -> None:
    regime = ISOLATED.model_copy(update={"dispatch": dispatch})
    before = history(log_table(BUSY, regime, seed))
    after = history(log_table(changed(BUSY, reps=20), regime, seed))
    assert len(before) > 200
    assert len(after) > len(before) * 1.2
    for customer, rows in before.items():
        assert after[customer] == rows


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_further_isolated_team_with_its_own_manager_changes_no_other_customers_history(seed: int) -> None:
    signed = ISOLATED.model_copy(update={"sign_off_over": 0.0, "guardrail_over": 1.0, "authority_per_level": 20.0})
    before, after = log_table(BUSY, signed, seed), log_table(changed(BUSY, reps=20), signed, seed)
    for table, reps in ((before, 15), (after, 20)):
        table["resource"] = [f"manager {r - reps}" if r >= reps else r for r in table.resource]
    assert {"manager 0", "manager 1", "manager 2"} <= set(before.resource)
    histories = history(after)
    for customer, rows in history(before).items():
        assert histories[customer] == rows


# --- A rep's place in the list ---

ALIKE = changed(reps=24, span=6.0, expertise_share=1.0, opportunities_per_rep_week=3.0, patience_mean_weeks=3.0,
                turnover_per_year=2.0, warmup_weeks=0, window_weeks=6, horizon_weeks=8)
COUNTS = ("openings", "wins", "minutes", "own minutes", "dropped", "consulted", "wait")
N_SEEDS = len(seeds(300))


def tallies(scenario: Scenario, regime: Regime, seed: int) -> Any:
    """What every rep experienced in one run: float64[len(COUNTS), reps]."""
    log, reps = simulate(scenario, regime, seed).record.log, scenario.organisation.reps

    def per_rep(rows: Any, weights: Any = None) -> Any:
        resource = log["resource"][rows]
        return np.bincount(resource, None if weights is None else weights[rows], minlength=reps)[:reps]

    of_rep = (log["resource"] >= 0) & (log["resource"] < reps)
    done = of_rep & (log["outcome"] == codes.DONE) & (log["minutes"] > 0)
    opens = log[log["activity"] == codes.OPEN]
    won = log["case"][(log["activity"] == codes.REPLY) & (log["outcome"] == codes.WON)]
    consults = done & (log["activity"] == codes.CONSULT)
    return np.array([
        np.bincount(opens["resource"], minlength=reps),
        np.bincount(opens["resource"][won], minlength=reps),
        per_rep(done, log["minutes"]),
        per_rep(done & (log["activity"] == codes.DRAFT), log["minutes"]),
        per_rep(of_rep & (log["outcome"] == codes.DROPPED)),
        per_rep(consults),
        per_rep(done & ~consults, log["start"] - log["queued"]),
    ])


def t_statistics(runs: Any) -> Any:
    """Per count and rep: how far the rep is from the mean of all reps, in standard errors over seeds.

    runs: float64[seeds, counts, reps]. Where all are equal in every run, 0.
    """
    apart = runs - runs.mean(axis=2, keepdims=True)
    error = apart.std(axis=0, ddof=1) / np.sqrt(len(runs))
    return np.divide(apart.mean(axis=0), error, out=np.zeros_like(error), where=error > 0)


def of_seeds(scenario: Scenario, regime: Regime, n_seeds: int = N_SEEDS) -> Any:
    """float64[seeds, counts, reps]"""
    return np.array([tallies(scenario, regime, seed) for seed in range(n_seeds)], float)


# With 300 seeds a t beyond 6.5 has probability 3e-10; there are 24 reps, 7 counts and 5 regimes: 3e-7 for a false alarm.
FAR = 6.5


@pytest.mark.parametrize("name", [*PRESETS, "contested"])
def test_identical_reps_fare_alike_wherever_they_stand(name: str) -> None:
    regime = {**PRESETS, "contested": CONTESTED}[name].model_copy(update={"peers_asked": 2, "quorum": 2})
    runs = of_seeds(ALIKE, regime)
    assert runs[:, COUNTS.index("wins")].sum() > 60 * N_SEEDS
    t = t_statistics(runs)
    assert np.abs(t).max() < FAR, np.argwhere(np.abs(t) >= FAR)


def test_the_statistic_sees_reps_who_are_not_alike() -> None:
    """Teams of 7 make clusters of 4 and 3; where everybody is asked, three ask for an answer or two."""
    everybody = {"cluster_size": 6, "cross_team_share": 0.0, "peers_asked": 5, "quorum": 5, "confidence": 1.0}
    regime = PRESETS["cluster"].model_copy(update=everybody)
    t = t_statistics(of_seeds(changed(ALIKE, reps=28, span=7.0), regime, min(60, N_SEEDS)))[COUNTS.index("consulted")]
    assert np.abs(t).max() > FAR
    assert (t.reshape(4, 7)[:, :4] > 0).all()
    assert (t.reshape(4, 7)[:, 4:] < 0).all()


def share_of_first(pairs: Any) -> tuple[float, float]:
    """Share of pairs whose first is the lower, and its standard error if it were a coin's."""
    return float((pairs[:, 0] < pairs[:, 1]).mean()), 0.5 / np.sqrt(len(pairs))


@pytest.mark.parametrize(
    ("activities", "column"),
    [((codes.OPEN,), "resource"), ((codes.DISCOVER, codes.DOCUMENT, codes.DRAFT, codes.CONSULT, codes.TAKE_IN), "resource"),
     ((codes.REVIEW,), "resource"), ((codes.REPLY,), "case"), ((codes.LEAVE,), "case")],
)
def test_who_acts_first_in_an_hour_is_drawn_by_lot(activities: tuple[int, ...], column: str) -> None:
    """Neighbours in the log who act in one minute are as often in falling as in rising order (in whole hours there are many)."""
    regime = CONTESTED.model_copy(update={"dispatch": "direct"})
    pairs = []
    for seed in seeds(80):
        log = simulate(changed(ALIKE, work_unit_minutes=60), regime, seed).record.log
        log = log[np.isin(log["activity"], activities) & ~np.isin(log["outcome"], (codes.CREATED, *UNWORKED))]
        same = (log["end"][1:] == log["end"][:-1]) & (log[column][1:] != log[column][:-1])
        pairs.append(np.stack([log[column][:-1][same], log[column][1:][same]], axis=1))
    share, error = share_of_first(np.concatenate(pairs))
    assert error < 0.02 * np.sqrt(80 / len(seeds(80)))  # enough pairs
    assert abs(share - 0.5) < 5 * error


UNWORKED = (codes.DROPPED, codes.FORGOTTEN, codes.WAITING, codes.UNFINISHED)
