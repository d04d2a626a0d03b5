"""The readable model on Mesa: one tick is one business hour, in four phases."""

import secrets
from collections import defaultdict
from collections.abc import Mapping
from heapq import heappop, heappush
from typing import Any, ClassVar

import mesa
import numpy as np
from mesa.datacollection import DataCollector

from simulation import calendar, chance, codes, learning, structure
from simulation import case as cases
from simulation.agents import Customer, Manager, Rep
from simulation.faults import Fault, InputError
from simulation.inputs import Given, scenario_and_regime, seed_of
from simulation.record import LOG, WEEKLY, Record
from simulation.rules import issues, market, people, timing
from simulation.settings import BEYOND_ALL_HOURS, flatten
from simulation.tables import Tables, blank_tables, fill_tables

COLUMNS = WEEKLY.names or ()


class SellingModel(mesa.Model):
    """A firm that sells to its market for `scenario.horizon.horizon_weeks` weeks of 40 hours.

    scenario: default the reference firm. regime: a Regime or the name of a preset; default the blended one. seed: a whole number;
    the same seed gives the same customers under every regime; None, as Mesa has it, is one by lot, kept in `root`. All draws are
    keyed (`simulation.chance`), so Mesa's own generator is never used. rep_class, manager_class, customer_class: people with
    rules of your own (docs/own_rules.md).
    """

    model_reporters: ClassVar[Mapping[str, Any]] = dict.fromkeys(COLUMNS)  # own ones, by name: a function of the model
    agent_reporters: ClassVar[Mapping[str, Any]] = {}  # a function or the name of an attribute of customers, reps, managers

    def __init__(
        self,
        scenario: Given = None,
        regime: Given = None,
        seed: int | None = 0,
        rep_class: type[Rep] = Rep,
        manager_class: type[Manager] = Manager,
        customer_class: type[Customer] = Customer,
    ) -> None:
        self.root = secrets.randbits(53) if seed is None else seed_of("SellingModel", seed)
        super().__init__(rng=self.root)
        self.settings = flatten(*scenario_and_regime("SellingModel", scenario, regime))
        _demand_people({"rep_class": rep_class, "manager_class": manager_class, "customer_class": customer_class})
        self.customer_class = customer_class
        self.clock = 0  # ticks done
        self.standard = self.playbook = self.first_playbook = 0
        blank = blank_tables(self.settings)
        fill_tables(self.settings, blank)
        self.tables = Tables(*(table.tolist() for table in blank))
        self.for_one = [0.0] * self.settings.issues  # the pool of evidence since the issue was last reviewed
        self.for_zero = [0.0] * self.settings.issues
        self.flip_at = [0.0] * self.settings.issues
        self.n_flips = [0] * self.settings.issues
        self.n_cases = 0
        self.log_rows: list[tuple[Any, ...]] = []
        self.replies: defaultdict[int, list[Customer]] = defaultdict(list)
        self.leaves: defaultdict[int, list[Customer]] = defaultdict(list)
        self.structure = structure.build(self.settings, self.root)
        self.reps = [rep_class(self, number) for number in range(self.settings.reps)]
        self.managers = [manager_class(self, number) for number in range(len(self.structure.level))]
        for manager in self.managers:
            manager.inbox = self.managers[manager.desk].inbox
        for rep in self.reps:
            self._draw_arrival(rep)
            self._draw_turnover(rep)
        for issue in range(self.settings.issues):
            self._draw_flip(issue)
        self.weeks: list[tuple[float, ...]] = []
        reporters = {name: reporter or getattr(self, name) for name, reporter in self.model_reporters.items()}
        self.datacollector = DataCollector(model_reporters=reporters, agent_reporters=self.agent_reporters or None)
        self.datacollector.collect(self)

    # --- the tick ---

    def step(self) -> None:
        """One business hour."""
        for phase in calendar.TICK_ORDER:
            getattr(self, f"{phase}_hour")(self.clock)
        self.clock += 1
        if self.clock % calendar.HOURS_PER_WEEK == 0:
            self.weeks.append(tuple(float(getattr(self, name)()) for name in COLUMNS))
        self.datacollector.collect(self)  # before the first hour and after each: Mesa's tools count on one row a step
        self.running = self.clock < self.settings.n_ticks

    def market_hour(self, t: int) -> None:
        """Standards flip, seats change hands, the playbook is reviewed."""
        for issue in range(self.settings.issues):
            while self.flip_at[issue] < t + 1:
                self.standard ^= 1 << issue
                self._log_firm(codes.SHIFT, t, level=issue)
                self._draw_flip(issue)
        for rep in self.reps:
            while rep.next_turnover < t + 1:
                rep.hand_over()
                self._log_firm(codes.TURNOVER, t, resource=rep.number)
                self._draw_turnover(rep)
        if timing.playbook_review_due(t, self.settings.review_every):
            changed = learning.review_playbook(self.settings, self)
            self._log_firm(codes.PLAYBOOK_REVIEW, t, deviations=issues.size(changed))

    def customers_hour(self, t: int) -> None:
        """Customers arrive, answer the offers that are due, leave."""
        arriving = [rep for rep in self.reps if int(rep.next_arrival) == t]
        for rep in sorted(arriving, key=lambda rep: self._arrival_turn(t, rep)):
            while int(rep.next_arrival) == t:
                self.arrive(rep, t)
        for customer in self._in_order(self.replies.pop(t, [])):
            customer.answer(timing.instant(t))
        for customer in self._in_order(self.leaves.pop(t, [])):
            customer.leave(timing.instant(t))

    def reps_hour(self, t: int) -> None:
        """Who is free takes up the oldest matter; whoever is done within the hour finishes, and goes on to the next."""
        by_lot = self.settings.forgotten_per_minute > 0.0  # there, taking up may show that a peer's answer is not to come
        self._one_hour(self.reps, t, self.settings.selling_minutes_per_day, by_lot)

    def managers_hour(self, t: int) -> None:
        """The same, in the time of the day kept for sign-offs."""
        by_lot = bool(self.settings.shared_desk)  # there, who takes up first has a say in who gets what
        self._one_hour(self.managers, t, self.settings.review_minutes_per_day, by_lot)

    def _one_hour(self, workers: Any, t: int, per_day: int, by_lot: bool) -> None:
        """Whoever finishes first acts first; in the same minute, the lot decides. per_day: working minutes."""
        hour, end = timing.instant(t), timing.instant(t + 1)
        if not timing.works_now(t, per_day):
            return
        for worker in sorted(workers, key=lambda worker: worker.turn(t)) if by_lot else workers:
            worker.take_up(hour, hour)
        last = dict.fromkeys(workers, hour)  # when each last finished something
        due: list[tuple[int, int, Any]] = []

        def enter(worker: Any) -> None:
            if worker.busy() and (ends := timing.work_ends(last[worker], worker.left(), per_day)) <= end:
                heappush(due, (ends, worker.turn(t), worker))

        for worker in workers:
            enter(worker)
        while due:
            now, _, worker = heappop(due)
            worker.finish(now)
            last[worker] = now
            if now < end and timing.at_work(now, per_day):
                worker.take_up(hour, now)
            enter(worker)
        for worker in workers:
            worker.spend(timing.worked_between(last[worker], end, per_day))

    def _in_order(self, customers: list[Customer]) -> list[Customer]:
        return sorted((c for c in customers if not c.gone()), key=Customer.turn)

    def work_turn(self, t: int, name: int, number: int) -> int:
        """A person's place in the order of an hour among reps, or among managers, by lot."""
        return chance.turn(chance.child(chance.grandchild(self.root, chance.WORK_ORDER, t), name), number)

    def _arrival_turn(self, t: int, rep: Rep) -> int:
        lot = chance.child(chance.grandchild(self.root, chance.ARRIVAL_ORDER, t), rep.number)
        return chance.turn(lot, rep.number)

    # --- customers ---

    def arrive(self, rep: Rep, t: int) -> None:
        """A customer reaches a rep and is dispatched."""
        patch = chance.grandchild(self.root, chance.ARRIVED_CUSTOMER, rep.number)
        key = chance.child(patch, rep.n_arrivals - 1)
        chosen = rep if self.settings.direct else self.least_loaded(rep, key)
        self.open_case(key, chosen, timing.instant(t), codes.ARRIVED)
        self._draw_arrival(rep)

    def least_loaded(self, rep: Rep, key: int) -> Rep:
        """The rep of the territory's team with the fewest matters at hand; ties by lot."""
        team = [r for r in self.reps if r.team == rep.team]
        ties = chance.child(key, chance.DISPATCH_TIE)
        return min(team, key=lambda r: (r.matters_at_hand(), chance.child(ties, r.number)))

    def open_case(self, key: int, rep: Rep, at: int, origin: int) -> None:
        """A customer opens an opportunity with a rep."""
        case = self.customer_class(self, self.n_cases, key, rep, at)
        self.n_cases += 1
        s = self.settings
        self.log(
            codes.OPEN, case=case.number, resource=rep.number, queued=at, start=at, end=at, outcome=origin,
            amount=cases.value(s, key),
        )
        self.leaves[cases.leaving_hour(s, key, at)].append(case)
        rep.receive(case, codes.DISCOVER, at)

    def cluster_of(self, rep: Rep) -> list[Rep]:
        """The members of a rep's cluster in their seats, the rep among them."""
        cluster = self.structure.cluster[rep.number]
        first, last = self.structure.first_seat[cluster], self.structure.first_seat[cluster + 1]
        return [self.reps[r] for r in self.structure.seat[first:last]]

    # --- draws of the world ---

    def _draw_arrival(self, rep: Rep) -> None:
        rate = self.settings.arrivals_per_hour
        if rate <= 0.0:
            rep.next_arrival = BEYOND_ALL_HOURS
            return
        rep.next_arrival += timing.gap(rate, chance.draw_of(self.root, chance.ARRIVAL_GAP, rep.number, rep.n_arrivals))
        rep.n_arrivals += 1

    def _draw_turnover(self, rep: Rep) -> None:
        rate = self.settings.turnover_per_hour
        if rate <= 0.0:
            rep.next_turnover = BEYOND_ALL_HOURS
            return
        u = chance.draw_of(self.root, chance.SEAT_TURNOVER, rep.number, rep.n_turnovers)
        rep.next_turnover += timing.gap(rate, u)
        rep.n_turnovers += 1

    def _draw_flip(self, issue: int) -> None:
        rate = self.settings.flips_per_hour
        if rate <= 0.0:
            self.flip_at[issue] = BEYOND_ALL_HOURS
            return
        u = chance.draw_of(self.root, chance.STANDARD_FLIP, issue, self.n_flips[issue])
        self.flip_at[issue] += timing.gap(rate, u)
        self.n_flips[issue] += 1

    # --- the record ---

    def log(
        self, activity: int, *, case: int = codes.NO_CASE, resource: int = codes.THE_FIRM, queued: int, start: int, end: int,
        minutes: int = 0, path: int = codes.NO_PATH, outcome: int = codes.DONE, stage: int = codes.NO_STAGE, deviations: int = 0,
        forced_fits: int = 0, level: int = 0, answers: int = 0, readings: int = 0, heard: int = 0, amount: float = 0.0,
    ) -> None:
        """Append one row to the event log."""
        row = locals()
        self.log_rows.append(tuple(row[name] for name in LOG.names or ()))

    def _log_firm(
        self, activity: int, t: int, resource: int = codes.THE_FIRM, deviations: int = 0, level: int = 0
    ) -> None:
        at = timing.instant(t)
        self.log(activity, resource=resource, queued=at, start=at, end=at, deviations=deviations, level=level)

    def hour(self) -> int:
        """Hours since the start."""
        return self.clock

    def playbook_accuracy(self) -> float:
        """Share of issues on which the playbook agrees with the market's standard."""
        return market.market_match(self.playbook, self.standard, self.settings.issues)

    def memory_accuracy(self) -> float:
        """The same for the reps' templates, mean over reps."""
        s = self.settings
        total = 0.0
        for rep in self.reps:
            template = people.memory_template(self.first_playbook, rep.memory, s.memory_bar, s.issues)
            total += market.market_match(template, self.standard, s.issues)
        return total / s.reps

    def willingness(self) -> float:
        """Willingness to leave the process, mean over reps."""
        total = 0.0
        for rep in self.reps:
            total += rep.willingness
        return total / self.settings.reps

    def open_cases(self) -> int:
        """Opportunities that are neither won nor lost nor gone."""
        return len(self.agents_by_type.get(self.customer_class, []))

    def rep_inboxes(self) -> int:
        """Matters waiting at reps."""
        return sum(len(rep.own_work) + len(rep.requests) for rep in self.reps)

    def manager_inboxes(self) -> int:
        """Matters waiting at managers."""
        return sum(len(manager.inbox) for manager in self.managers if manager.desk == manager.number)

    def run_to_horizon(self) -> Record:
        """Step to the horizon, close the books and return the record."""
        while self.clock < self.settings.n_ticks:
            self.step()
        return self.close_books()

    def close_books(self) -> Record:
        """The record so far, with what is in hand, waiting or still open at this instant (censored)."""
        done, now = len(self.log_rows), timing.instant(self.clock)
        for rep in self.reps:
            rep.close_books(now)
        for manager in self.managers:
            manager.close_books(now)
        for case in sorted(self.agents_by_type.get(self.customer_class, []), key=lambda case: case.number):
            self.log(
                codes.STILL_OPEN, case=case.number, resource=codes.THE_CUSTOMER, queued=case.since, start=case.since, end=now,
                path=case.path, stage=case.stage,
            )
        log = np.array(self.log_rows, dtype=LOG)
        del self.log_rows[done:]
        return Record(log, np.array(self.weeks, dtype=WEEKLY))


def _demand_people(classes: Mapping[str, object]) -> None:
    faults = [
        Fault(name, f"must be a class that extends {base.__name__}, not {given!r}")
        for (name, given), base in zip(classes.items(), (Rep, Manager, Customer), strict=True)
        if not (isinstance(given, type) and issubclass(given, base))
    ]
    if faults:
        raise InputError("SellingModel", faults)
