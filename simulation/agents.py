"""The people: customers, reps and managers of the readable model. Their methods are verbs that call `simulation.case`.

Follow one opportunity: `SellingModel.open_case` -> `Rep.take_up` -> `Rep.finish_discovery` (-> `Rep.ask_peers` ->
`Rep.finish_consulting` of peers) -> `Rep.draft_or_sign_off` (-> `Manager.finish`) -> `Rep.send_offer` -> `Customer.answer`. What
happens to the case in each step is `simulation.case`; here is who acts when. All are written down by `model.log`. The compiled
twin of this file is `simulation.kernel`.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import mesa

from simulation import case as cases
from simulation import chance, codes, learning
from simulation.record import MOST_COUNTED
from simulation.rules import issues, market, people, timing
from simulation.settings import BEYOND_ALL_HOURS
from simulation.structure import desk_of

if TYPE_CHECKING:
    from simulation.model import SellingModel


class Customer(mesa.Agent):
    """One opportunity: a customer with a need, who waits, answers offers and may leave. Fields as in `simulation.case`."""

    def __init__(self, model: SellingModel, number: int, key: int, owner: Rep, opened: int) -> None:
        super().__init__(model)
        self.settings = model.settings
        self.number = number
        self.owner = owner
        self.stage = codes.NO_STAGE
        self.next_task = codes.DISCOVER
        self.shade = [0] * self.settings.issues
        self.plain = [0] * self.settings.issues
        self.expert = [0] * self.settings.issues
        self.helpers: list[Rep] = []  # peers who answered
        cases.begin(self.settings, model, self, key, owner.number, opened)

    def turn(self) -> int:
        """Place among those who act in the same hour, by lot."""
        return chance.turn(chance.child(chance.child(self.key, chance.LOT), 0), self.number)

    def gone(self) -> bool:
        """Whether the case is over."""
        return self.stage == codes.GONE

    def awaits(self, asked_at: int) -> bool:
        """Whether an answer to what peers were asked then is still of use."""
        return self.stage == codes.PEERS and self.since == asked_at

    def answer(self, now: int) -> None:
        """Answer the offer: buy, stay for a better one, or be lost."""
        s, model = self.settings, self.model
        outcome = cases.response(s, model.tables, self)
        model.log(
            codes.REPLY, case=self.number, resource=codes.THE_CUSTOMER, queued=self.since, start=self.since, end=now,
            path=self.path, outcome=outcome, answers=min(self.offers, MOST_COUNTED), amount=cases.fit_of_offer(s, self),
        )
        if outcome == codes.STAYS:
            self.stay(now)
            return
        if outcome == codes.WON:
            every = (1 << s.issues) - 1
            learning.pool_evidence(s, model, self, every, self.offer)
            self.teach(every, self.offer)
            if self.path == codes.CLUSTER:
                self.owner.celebrate()
        self.close()

    def stay(self, now: int) -> None:
        """Who is candid says what is needed on one wrong issue; the rep revises the offer by the same path either way."""
        s, model = self.settings, self.model
        if cases.speaks(s, self):
            self.teach(cases.reveal(s, model, self), self.need)
        self.owner.pass_on(self, cases.next_stop(s, model.tables, model, self, self.owner.holder()), now)

    def teach(self, issues: int, answers: int) -> None:
        """Evidence on some issues moves the memories of those who took part."""
        for k in range(self.settings.issues):
            if issues >> k & 1:
                for rep in (self.owner, *self.helpers):
                    rep.remember(k, answers >> k & 1)

    def leave(self, now: int) -> None:
        """Go without a decision."""
        self.model.log(
            codes.LEAVE, case=self.number, resource=codes.THE_CUSTOMER, queued=self.since, start=self.since, end=now,
            path=self.path, stage=self.stage,
        )
        self.close()

    def close(self) -> None:
        """The case is over. What lies in inboxes for it is dropped when it comes to the top."""
        self.stage = codes.GONE
        self.remove()


class Rep(mesa.Agent):
    """A sales rep: an inbox, one task in hand at a time, some expertise, a memory, a willingness to leave the process."""

    def __init__(self, model: SellingModel, number: int) -> None:
        super().__init__(model)
        self.settings = model.settings
        self.number = number
        self.expertise = int(model.structure.rep_expertise[number])
        self.team = int(model.structure.team[number])
        self.willingness = self.settings.willingness
        self.memory = [0.0] * self.settings.issues
        self.own_work: deque[Customer] = deque()
        self.requests: deque[tuple[Customer, int]] = deque()  # whose case, and when asked
        self.doing = codes.NOTHING
        self.subject: Customer | None = None
        self.queued = self.start = self.minutes = self.minutes_left = 0
        self.n_spells = self.spell_minutes = self.spell_left = self.spell_start = 0
        self.n_arrivals = self.n_turnovers = 0
        self.next_arrival = self.next_turnover = 0.0

    # --- the hour ---

    def free(self) -> bool:
        """Nothing in hand; prospecting gives way to everything else."""
        return self.doing in (codes.NOTHING, codes.PROSPECT)

    def take_up(self, hour: int, now: int) -> None:
        """If free: take the oldest matter of before this hour (both instants) that is still of use, else prospect."""
        if not self.free():
            return
        while True:
            own = bool(self.own_work) and self.own_work[0].since <= hour
            asked = bool(self.requests) and self.requests[0][1] <= hour
            if not own and not asked:
                break
            if own and (not asked or self.own_work_first()):
                if self._take_own(self.own_work.popleft(), now):
                    return
            elif self._take_request(*self.requests.popleft(), now):
                return
        self._prospect(now)

    def busy(self) -> bool:
        """Whether anything is in hand, prospecting included."""
        return self.doing != codes.NOTHING

    def left(self) -> int:
        """Minutes of work left on what is in hand."""
        return self.spell_left if self.doing == codes.PROSPECT else self.minutes_left

    def spend(self, minutes: int) -> None:
        """Work on what is in hand."""
        if self.doing == codes.PROSPECT:
            self.spell_left -= minutes
        elif self.doing != codes.NOTHING:
            self.minutes_left -= minutes

    def turn(self, t: int) -> int:
        """Place in the order of this hour, by lot."""
        return self.model.work_turn(t, self.number, self.number)

    def finish(self, now: int) -> None:
        """The task in hand ends at instant `now`."""
        doing, case = self.doing, self.subject
        self.doing = codes.NOTHING
        if doing == codes.PROSPECT:
            self.finish_prospecting(now)
            return
        assert case is not None
        if doing == codes.CONSULT:
            self.finish_consulting(case, now)
        elif case.gone():
            self._log_work(doing, codes.WASTED, now)
        elif doing == codes.DISCOVER:
            self.finish_discovery(case, now)
        elif doing == codes.DRAFT:
            self.send_offer(case, now)
        else:
            self._log_work(doing, codes.DONE, now)
            if doing == codes.DOCUMENT:
                case.documented = 1
                self.follow_path(case, now)
            else:
                self.draft_or_sign_off(case, now)

    # --- inbox and hands ---

    def pass_on(self, case: Customer, stop: int, at: int) -> None:
        """A case goes to the manager, or into the own inbox for its next task."""
        if stop == codes.REVIEW:
            self.manager().receive(case, at)
        else:
            self.receive(case, stop, at)

    def receive(self, case: Customer, task: int, at: int) -> None:
        """An own case joins the inbox for its next task."""
        case.stage = codes.REP_INBOX
        case.next_task = task
        case.since = at
        self.own_work.append(case)

    def matters_at_hand(self) -> int:
        """Matters in the inbox and in hand, without prospecting."""
        return len(self.own_work) + len(self.requests) + (not self.free())

    def own_work_first(self) -> bool:
        """Whether the oldest own case comes before the oldest request of a peer, where both wait."""
        own, asked = self.own_work[0].since, self.requests[0][1]
        return people.own_work_first(own, asked, self.settings.head_start_minutes)

    def _take_own(self, case: Customer, now: int) -> bool:
        """Start on an own case, unless the customer has gone or it has been forgotten."""
        task = case.next_task
        outcome = cases.fate(self.settings, case, case.gone(), chance.FORGOTTEN_CASE, task, now - case.since)
        if outcome != codes.DONE:
            self._log_unworked(task, case, case.since, case.path, outcome, now)
            return False
        if task != codes.DISCOVER:
            cases.lose_readings(self.settings, case, self.holder())
        self._begin_own(case, case.since, now)
        return True

    def _take_request(self, case: Customer, asked_at: int, now: int) -> bool:
        """Start on a peer's request, unless it came to nothing or has been forgotten."""
        s, in_vain = self.settings, not case.awaits(asked_at)
        outcome = cases.fate(s, case, in_vain, chance.FORGOTTEN_REQUEST, self.number, now - asked_at)
        if outcome != codes.DONE:
            self._log_unworked(codes.CONSULT, case, asked_at, codes.CLUSTER, outcome, now)
            if outcome == codes.FORGOTTEN:
                case.asked -= 1
                case.owner.act_on_answers(case, now + 1, 0)
            return False
        self._begin(codes.CONSULT, case, asked_at, now, cases.consulting(s, case.key, self.number))
        return True

    def _begin(self, doing: int, case: Customer, queued: int, start: int, minutes: int) -> None:
        self.doing, self.subject = doing, case
        self.queued, self.start = queued, start
        self.minutes = self.minutes_left = minutes

    def _begin_own(self, case: Customer, queued: int, start: int) -> None:
        case.stage = codes.REP_HANDS
        case.since = start
        self._begin(case.next_task, case, queued, start, cases.own_work(self.settings, self.model.tables, case))

    def _go_on(self, case: Customer, task: int, at: int) -> None:
        """Keep the case in hand and go straight on to its next task."""
        case.next_task = task
        self._begin_own(case, at, at)

    # --- discovery, path, offer ---

    def finish_discovery(self, case: Customer, now: int) -> None:
        """Having read the customer, see what the case promises and choose the path."""
        s, model = self.settings, self.model
        case.helpers.clear()
        cases.discover(s, model.tables, case, self.holder(), self.expertise)
        promising = cases.promise(s, model.tables, model, case)
        outcome = codes.DONE
        if cases.choose_path(s, case, promising, self.willingness):
            outcome = codes.SANCTIONED
            self.willingness = people.willingness_after_sanction(self.willingness, s.sanction_step)
        self._log_work(codes.DISCOVER, outcome, now, amount=promising)
        if cases.is_documented(s, case):
            self._go_on(case, codes.DOCUMENT, now)
        else:
            self.follow_path(case, now)

    def follow_path(self, case: Customer, now: int) -> None:
        """To the cluster, unless confident already (or alone); else decide on the offer."""
        members = self.model.cluster_of(self)
        if case.path == codes.CLUSTER and cases.may_ask(
            self.settings, self.model.tables, self.model, case, self.memory, len(members) - 1
        ):
            self.ask_peers(case, members, now)
        else:
            self.draft_or_sign_off(case, now)

    def draft_or_sign_off(self, case: Customer, now: int) -> None:
        """Decide on the offer and, unless a manager must agree, go straight on to draft it."""
        if cases.propose(self.settings, self.model.tables, self.model, case):
            self.manager().receive(case, now)
        else:
            self._go_on(case, codes.DRAFT, now)

    def send_offer(self, case: Customer, now: int) -> None:
        """The offer goes out: this is the action. The customer will answer after a lag."""
        s = self.settings
        deviations = issues.size(case.offer ^ case.template)
        self._log_work(codes.DRAFT, codes.DONE, now, deviations=deviations, amount=cases.fit_of_offer(s, case))
        case.offers += 1
        case.stage = codes.CUSTOMER
        case.since = now
        self.model.replies[timing.hour_from(now) + cases.reply_lag(s, case)].append(case)

    # --- the cluster ---

    def ask_peers(self, case: Customer, members: list[Rep], now: int) -> None:
        """Ask those members of the cluster who seem most useful."""
        case.stage = codes.PEERS
        case.since = now
        for peer in self.most_useful_first(members, case)[: case.asked]:
            peer.requests.append((case, now))

    def most_useful_first(self, members: list[Rep], case: Customer) -> list[Rep]:
        """The other members of the cluster, in the order in which they are asked."""
        s, known = self.settings, self.model.structure.known[self.number]
        doubt = [0.0] * s.issues
        cases.note_doubts(s, self.model.tables, case, doubt)
        rank = {}
        for place, peer in enumerate(members):
            useful = people.usefulness(peer.expertise, int(known[place]), s.average_peer, doubt, s.issues)
            rank[peer] = (-useful, chance.draw(case.key, chance.PEER_TIE, peer.number))
        return sorted((peer for peer in members if peer is not self), key=rank.__getitem__)

    def finish_consulting(self, case: Customer, now: int) -> None:
        """Answer a peer, who acts on it if it was the last answer needed."""
        s, model = self.settings, self.model
        if not case.awaits(self.queued):
            self._log_work(codes.CONSULT, codes.WASTED, now)
            return
        case.helpers.append(self)
        heard = cases.answer_peer(s, model.tables, case, self.number, self.expertise)
        self._log_work(codes.CONSULT, codes.DONE, now, readings=s.issues, heard=heard)
        case.owner.act_on_answers(case, now, self.minutes)

    def act_on_answers(self, case: Customer, now: int, minutes: int) -> None:
        """Act if the answers so far are enough. minutes: the work of the last who answered."""
        s, model = self.settings, self.model
        sure = cases.assurance(s, model.tables, case)
        if not cases.may_act(s, case, sure):
            return
        model.log(
            codes.CONFER, case=case.number, resource=self.number, queued=case.since, start=case.since, end=now,
            minutes=minutes, path=codes.CLUSTER, answers=case.answers, amount=sure,
        )
        if s.conferring_units > 0.0 and case.answers > 0:
            self.receive(case, codes.TAKE_IN, now)
        else:
            self.pass_on(case, codes.REVIEW if cases.propose(s, model.tables, model, case) else codes.DRAFT, now)

    # --- superior, memory and willingness ---

    def manager(self) -> Manager:
        """The manager of the team."""
        managers: list[Manager] = self.model.managers
        return managers[self.team]

    def holder(self) -> int:
        """Who has this seat now, counted from 0."""
        return max(self.n_turnovers - 1, 0)

    def remember(self, issue: int, answer: int) -> None:
        """Move the memory on an issue toward a piece of evidence."""
        self.memory[issue] = people.moved_memory(self.memory[issue], self.settings.memory_rate, answer)

    def celebrate(self) -> None:
        """A diverted deal was won: leaving the process paid off."""
        self.willingness = people.willingness_after_success(self.willingness, self.settings.reward_step)

    def hand_over(self) -> None:
        """The rep leaves; a newcomer takes the seat and its open work, without memory."""
        self.memory = [0.0] * self.settings.issues
        self.willingness = self.settings.willingness

    # --- prospecting ---

    def _prospect(self, now: int) -> None:
        s = self.settings
        if s.prospecting_hours >= BEYOND_ALL_HOURS:
            return
        if self.spell_left == 0:
            u = chance.draw_of(self.model.root, chance.PROSPECT_SPELL, self.number, self.n_spells)
            self.spell_minutes = self.spell_left = cases.work(s, s.prospecting_units, s.prospecting_further, u)
            self.spell_start = now
            self.n_spells += 1
        self.doing = codes.PROSPECT

    def finish_prospecting(self, now: int) -> None:
        """A latent customer is reached, and opens an opportunity if the rep's template suits the market."""
        s, model = self.settings, self.model
        self.spell_left = 0
        key = chance.child(chance.grandchild(model.root, chance.LATENT_CUSTOMER, self.number), self.n_spells - 1)
        template = people.memory_template(model.playbook, self.memory, s.memory_bar, s.issues)
        match = market.market_match(template, model.standard, s.issues)
        u = chance.draw(key, chance.OPENING, 0)
        opens = now < timing.instant(s.n_ticks) and market.opens_opportunity(s.prospect_conversion, match, u)
        model.log(
            codes.PROSPECT, case=model.n_cases if opens else codes.NO_CASE, resource=self.number, queued=self.spell_start,
            start=self.spell_start, end=now, minutes=self.spell_minutes,
            outcome=codes.OPENED if opens else codes.NOT_OPENED,
        )
        if opens:
            model.open_case(key, self, now, codes.CREATED)

    # --- the record ---

    def _log_work(
        self, doing: int, outcome: int, end: int, minutes: int | None = None, deviations: int = 0, readings: int = 0,
        heard: int = 0, amount: float = 0.0,
    ) -> None:
        assert self.subject is not None
        self.model.log(
            doing, case=self.subject.number, resource=self.number, queued=self.queued, start=self.start, end=end,
            minutes=self.minutes if minutes is None else minutes,
            path=codes.CLUSTER if doing == codes.CONSULT else self.subject.path, outcome=outcome, deviations=deviations,
            readings=readings, heard=heard, amount=amount,
        )

    def _log_unworked(self, task: int, case: Customer, queued: int, path: int, outcome: int, at: int) -> None:
        self.model.log(
            task, case=case.number, resource=self.number, queued=queued, start=at, end=at, path=path, outcome=outcome
        )

    def close_books(self, end: int) -> None:
        """At the horizon, log what is in hand and what is waiting."""
        if not self.free():
            worked = timing.worked_between(self.start, end, self.settings.selling_minutes_per_day)
            self._log_work(self.doing, codes.UNFINISHED, end, minutes=worked)
        if self.spell_left > 0:
            self.model.log(
                codes.PROSPECT, resource=self.number, queued=self.spell_start, start=self.spell_start, end=end,
                minutes=self.spell_minutes - self.spell_left, outcome=codes.UNFINISHED,
            )
        for case in self.own_work:
            self._log_unworked(case.next_task, case, case.since, case.path, codes.WAITING, end)
        for case, asked_at in self.requests:
            self._log_unworked(codes.CONSULT, case, asked_at, codes.CLUSTER, codes.WAITING, end)


class Manager(mesa.Agent):
    """A manager: an inbox of requests for sign-off, worked off in the review hours of each day."""

    def __init__(self, model: SellingModel, number: int) -> None:
        super().__init__(model)
        self.settings = model.settings
        self.number = number
        self.resource = self.settings.reps + number
        self.level = int(model.structure.level[number])
        self.name = int(model.structure.manager_name[number])  # keys this manager's draws
        self.superior = int(model.structure.superior[number])  # number of the next higher manager, -1 at the top
        self.expertise = int(model.structure.manager_expertise[number])
        self.desk = desk_of(number, model.structure.level, self.settings.shared_desk)  # whose inbox this one works off
        self.inbox: deque[Customer] = deque()
        self.subject: Customer | None = None
        self.queued = self.start = self.minutes = self.minutes_left = 0
        self.deviations = self.forced_fits = self.readings = self.heard = 0  # of the review just done

    def receive(self, case: Customer, at: int) -> None:
        """A request for sign-off joins the inbox."""
        case.stage = codes.MANAGER_INBOX
        case.since = at
        self.inbox.append(case)

    def take_up(self, hour: int, now: int) -> None:
        """If free: take the oldest request of before this hour that is still of use."""
        s = self.settings
        while self.subject is None and self.inbox and self.inbox[0].since <= hour:
            case = self.inbox.popleft()
            outcome = cases.fate(s, case, case.gone(), chance.FORGOTTEN_SIGN_OFF, self.level, now - case.since)
            if outcome != codes.DONE:
                self._log_unworked(case, outcome, now)
            else:
                self.subject, self.queued, self.start = case, case.since, now
                self.minutes = self.minutes_left = cases.reviewing(s, case, self.level)
                case.stage = codes.MANAGER_HANDS
                case.since = now

    def busy(self) -> bool:
        """Whether a review is in hand."""
        return self.subject is not None

    def left(self) -> int:
        """Minutes of work left on the review in hand."""
        return self.minutes_left

    def spend(self, minutes: int) -> None:
        """Work on the review in hand."""
        self.minutes_left -= minutes

    def turn(self, t: int) -> int:
        """Place in the order of this hour, by lot."""
        return self.model.work_turn(t, self.name, self.number)

    def finish(self, now: int) -> None:
        """The case has been read; the request goes back to the rep, or up to the next level."""
        case, model = self.subject, self.model
        assert case is not None
        self.subject = None
        if case.gone():
            self.deviations = self.forced_fits = self.readings = self.heard = 0
            self._log_review(case, codes.WASTED, now, self.minutes)
            return
        goes_up = cases.review(self.settings, model.tables, model, case, self)
        self._log_review(case, codes.DONE, now, self.minutes)
        if goes_up:
            model.managers[self.superior].receive(case, now)
        else:
            case.owner.receive(case, codes.DRAFT, now)

    def _log_review(self, case: Customer, outcome: int, end: int, minutes: int) -> None:
        self.model.log(
            codes.REVIEW, case=case.number, resource=self.resource, queued=self.queued, start=self.start, end=end,
            minutes=minutes, path=case.path, outcome=outcome, deviations=self.deviations, forced_fits=self.forced_fits,
            level=self.level, readings=self.readings, heard=self.heard,
        )

    def _log_unworked(self, case: Customer, outcome: int, at: int) -> None:
        self.model.log(
            codes.REVIEW, case=case.number, resource=self.resource, queued=case.since, start=at, end=at, path=case.path,
            outcome=outcome, level=self.level,
        )

    def close_books(self, end: int) -> None:
        """At the horizon, log the review in hand and what is waiting."""
        if self.subject is not None:
            self.deviations = self.forced_fits = self.readings = self.heard = 0
            minutes = timing.worked_between(self.start, end, self.settings.review_minutes_per_day)
            self._log_review(self.subject, codes.UNFINISHED, end, minutes)
        if self.desk == self.number:
            for case in self.inbox:
                self._log_unworked(case, codes.WAITING, end)
