"""The people: customers, reps and managers of the readable model. Their methods are verbs that call the rules.

Follow one opportunity: `SellingModel.open_case` -> `Rep.take_up` -> `Rep.finish_discovery` (-> `Rep.turn_to_cluster` ->
`Rep.finish_consulting` of peers) -> `Rep.settle_offer` (-> `Manager.finish`) -> `Rep.send_offer` -> `Customer.answer`. All
are written down by `model.log`. The compiled twin of this file is `simulation.kernel`.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import mesa

from simulation import chance, codes
from simulation.record import MOST_COUNTED
from simulation.rules import belief, market, offer, path, people, timing
from simulation.structure import desk_of

if TYPE_CHECKING:
    from simulation.model import SellingModel


class Customer(mesa.Agent):
    """One opportunity: a customer with a need, who waits, answers offers and may leave."""

    def __init__(self, model: SellingModel, case: int, key: int, rep: Rep, opened: int) -> None:
        super().__init__(model)
        self.settings = model.settings
        self.case = case
        self.key = key  # all of this customer's luck hangs on it
        self.rep = rep
        self.opened = opened
        self.need = self._draw_need(model.standard)
        self.stage = codes.CUSTOMER
        self.since = opened  # the instant at which the present stage began
        self.asked_at = 0
        self.next_task = codes.DISCOVER
        self.path = codes.NO_PATH
        self.template = 0
        self.offer = 0
        self.offers = 0  # made so far
        self.revealed = 0  # issues on which the customer has said what is needed
        self.forced = 0  # issues that a manager ever put back to the playbook
        self.granted = 0  # issues of the present request that nobody reads again
        self.able = 0  # issues on which somebody taking part is expert
        self.asked = 0
        self.helpers: list[Rep] = []  # peers who answered
        self.plain = [0] * self.settings.issues  # net readings "1" by readers without expertise
        self.expert = [0] * self.settings.issues  # the same with expertise

    def _draw_need(self, standard: int) -> int:
        draws = chance.child(self.key, chance.NEED)
        need = standard
        for k in range(self.settings.issues):
            if market.deviates(self.settings.variety, chance.uniform(draws, k)):
                need ^= 1 << k
        return need

    def value(self) -> float:
        """Deal value in 1,000 USD."""
        u = chance.draw(self.key, chance.VALUE, 0)
        return market.deal_value(self.settings.deal_value_kusd, self.settings.deal_spread, u)

    def leaving_tick(self) -> int:
        """The tick in which patience is over."""
        s = self.settings
        u = chance.draw(self.key, chance.PATIENCE, 0)
        return self.opened + timing.patience(s.patience_scale, s.patience_inverse_shape, s.expiry_hours, u)

    def reply_lag(self) -> int:
        """Hours until the customer answers the latest offer."""
        u = chance.draw(self.key, chance.REPLY_LAG, self.offers)
        s = self.settings
        return timing.whole_hours(s.reply_lag_hours, s.reply_further, u, s.fixed_lags)

    def turn(self) -> int:
        """Place among those who act in the same hour, by lot."""
        return chance.turn(chance.child(chance.child(self.key, chance.LOT), 0), self.case)

    def gone(self) -> bool:
        """Whether the case is over."""
        return self.stage == codes.GONE

    def answer(self, now: int) -> None:
        """Answer the offer: buy, stay for a better one, or be lost."""
        s = self.settings
        fit = offer.fit(self.offer, self.need, s.interdependence, s.issues)
        chance_to_win = offer.acceptance(fit, s.coin_fit, s.selectivity)
        if offer.happens(chance_to_win, chance.draw(self.key, chance.ACCEPTANCE, self.offers)):
            outcome = codes.WON
        elif offer.happens(s.second_chance, chance.draw(self.key, chance.SECOND_CHANCE, self.offers)):
            outcome = codes.STAYS
        else:
            outcome = codes.LOST
        self.model.log(
            case=self.case, resource=codes.THE_CUSTOMER, queued=self.since, start=self.since, end=now,
            activity=codes.REPLY, path=self.path, outcome=outcome, answers=min(self.offers, MOST_COUNTED), amount=fit,
        )  # fmt: skip
        if outcome == codes.STAYS:
            self.stay(now)
            return
        if outcome == codes.WON:
            self.model.learn(self, (1 << s.issues) - 1, self.offer)
            if self.path == codes.CLUSTER:
                self.rep.celebrate()
        self.close()

    def stay(self, now: int) -> None:
        """Who is candid says what is needed on one wrong issue; the rep revises the offer by the same path either way."""
        if offer.happens(self.settings.candour, chance.draw(self.key, chance.CANDOUR, self.offers)):
            self.reveal()
        if not self.rep.settle_offer(self, now):
            self.rep.receive(self, codes.DRAFT, now)

    def reveal(self) -> None:
        """Say what is needed on one wrong issue."""
        wrong = self.offer ^ self.need
        u = chance.draw(self.key, chance.REVEALED_ISSUE, self.offers)
        issue = 1 << market.member(wrong, offer.pick(market.size(wrong), u))
        self.revealed |= issue
        self.model.learn(self, issue, self.need)

    def leave(self, now: int) -> None:
        """Go without a decision."""
        self.model.log(
            case=self.case, resource=codes.THE_CUSTOMER, queued=self.since, start=self.since, end=now,
            activity=codes.LEAVE, path=self.path, stage=self.stage,
        )  # fmt: skip
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
        self.manager_number = int(model.structure.team[number])
        self.willingness = self.settings.willingness
        self.memory = [0.0] * self.settings.issues
        self.own_work: deque[Customer] = deque()
        self.requests: deque[Customer] = deque()
        self.doing = codes.NOTHING
        self.subject: Customer | None = None
        self.queued = self.start = self.hours = self.hours_left = 0
        self.spells = self.spell_hours = self.spell_left = self.spell_start = 0
        self.n_arrivals = self.n_turnovers = 0
        self.next_arrival = self.next_turnover = 0.0

    # --- the hour ---

    def free(self) -> bool:
        """Nothing in hand; prospecting gives way to everything else."""
        return self.doing in (codes.NOTHING, codes.PROSPECT)

    def take_up(self, t: int) -> None:
        """If free: take the oldest matter in the inbox that is still of use, else prospect."""
        if not self.free():
            return
        while self.own_work or self.requests:
            if self._own_work_first():
                customer = self.own_work.popleft()
                if not customer.gone():
                    self._begin_own(customer, customer.since, t)
                    return
                self._log_unworked(customer, customer.next_task, customer.since, codes.DROPPED, t)
            else:
                customer = self.requests.popleft()
                if customer.stage == codes.PEERS:
                    self._begin_consulting(customer, t)
                    return
                self._log_unworked(customer, codes.CONSULT, customer.asked_at, codes.DROPPED, t)
        self._prospect(t)

    def work_an_hour(self) -> bool:
        """True if a task ends with this hour."""
        if self.doing == codes.NOTHING:
            return False
        if self.doing == codes.PROSPECT:
            self.spell_left -= 1
            return self.spell_left == 0
        self.hours_left -= 1
        return self.hours_left == 0

    def turn(self, t: int) -> int:
        """Place in the order of this hour, by lot."""
        return self.model.work_turn(t, self.number, self.number)

    def finish(self, now: int) -> None:
        """The task in hand ends at instant `now`."""
        doing, customer = self.doing, self.subject
        self.doing = codes.NOTHING
        if doing == codes.PROSPECT:
            self.finish_prospecting(now)
            return
        assert customer is not None
        if doing == codes.CONSULT:
            self.finish_consulting(customer, now)
        elif customer.gone():
            self._log_work(doing, codes.WASTED, now)
        elif doing == codes.DISCOVER:
            self.finish_discovery(customer, now)
        elif doing == codes.DOCUMENT:
            self._log_work(doing, codes.DONE, now)
            self.draft_or_sign_off(customer, now)
        else:
            self.send_offer(customer, now)

    # --- inbox and hands ---

    def receive(self, customer: Customer, task: int, at: int) -> None:
        """An own case joins the inbox for its next task."""
        customer.stage = codes.REP_INBOX
        customer.next_task = task
        customer.since = at
        self.own_work.append(customer)

    def matters_at_hand(self) -> int:
        """Matters in the inbox and in hand, without prospecting."""
        return len(self.own_work) + len(self.requests) + (not self.free())

    def _own_work_first(self) -> bool:
        if not self.own_work or not self.requests:
            return not self.requests
        own, asked = self.own_work[0].since, self.requests[0].asked_at
        return people.own_work_first(own, asked, self.settings.peer_head_start_hours)

    def _begin(self, doing: int, customer: Customer, queued: int, start: int, hours: int) -> None:
        self.doing, self.subject = doing, customer
        self.queued, self.start = queued, start
        self.hours = self.hours_left = hours

    def _begin_own(self, customer: Customer, queued: int, start: int) -> None:
        s = self.settings
        customer.stage = codes.REP_HANDS
        customer.since = start
        task = customer.next_task
        if task == codes.DISCOVER:
            mean, further = s.discovery_hours, s.discovery_further
            u = chance.draw(customer.key, chance.DISCOVERY_EFFORT, 0)
        elif task == codes.DOCUMENT:
            mean, further = s.documentation_hours, s.documentation_further
            u = chance.draw(customer.key, chance.DOCUMENT_EFFORT, 0)
        else:
            deviations = market.size(customer.offer ^ customer.template)
            mean = offer.drafting_mean(s.drafting_hours, s.customising_hours, deviations)
            further = timing.going_on(mean)
            u = chance.draw(customer.key, chance.DRAFT_EFFORT, customer.offers)
        self._begin(task, customer, queued, start, timing.whole_hours(mean, further, u, s.fixed_efforts))

    def _begin_consulting(self, customer: Customer, t: int) -> None:
        s = self.settings
        u = chance.draw(customer.key, chance.CONSULT_EFFORT, self.number)
        hours = timing.whole_hours(s.consult_hours, s.consult_further, u, s.fixed_efforts)
        self._begin(codes.CONSULT, customer, customer.asked_at, t, hours)

    def _go_on(self, customer: Customer, task: int, at: int) -> None:
        """Keep the case in hand and go straight on to its next task."""
        customer.next_task = task
        self._begin_own(customer, at, at)

    # --- discovery, path, offer ---

    def finish_discovery(self, customer: Customer, now: int) -> None:
        """Read the customer, predict how well the playbook fits, choose the path."""
        s = self.settings
        self.add_readings(customer)
        fit = belief.predicted_fit(
            self.model.agreement, self.model.playbook, customer.plain, customer.expert, s.issues
        )
        outcome = codes.DONE
        customer.path = codes.PROCESS
        u = chance.draw(customer.key, chance.DIVERSION, 0)
        if not path.follows_process(fit, s.divert_below) and path.diverts(self.willingness, u):
            customer.path = codes.CLUSTER
            if offer.happens(s.sanction, chance.draw(customer.key, chance.PUNISHMENT, 0)):
                outcome = codes.SANCTIONED
                self.willingness = people.willingness_after_sanction(self.willingness, s.sanction_step)
        self._log_work(codes.DISCOVER, outcome, now, amount=fit)
        if customer.path == codes.CLUSTER:
            self.turn_to_cluster(customer, now)
        elif s.documentation_hours > 0.0:
            self._go_on(customer, codes.DOCUMENT, now)
        else:
            self.draft_or_sign_off(customer, now)

    def add_readings(self, customer: Customer) -> None:
        """Read every issue of the customer and take part in the case."""
        s = self.settings
        key = chance.grandchild(customer.key, chance.REP_READING, self.number)
        for k in range(s.issues):
            expert = self.expertise >> k & 1
            error = belief.error_on(k, self.expertise, s.error_plain, s.error_expert)
            read = belief.reading(customer.need >> k & 1, error, chance.uniform(key, k))
            customer.expert[k] = belief.tallied(customer.expert[k], read, expert)
            customer.plain[k] = belief.tallied(customer.plain[k], read, 1 - expert)
        customer.able |= self.expertise

    def draft_or_sign_off(self, customer: Customer, now: int) -> None:
        """Decide on the offer and, unless a manager must agree, go straight on to draft it."""
        if not self.settle_offer(customer, now):
            self._go_on(customer, codes.DRAFT, now)

    def settle_offer(self, customer: Customer, at: int) -> bool:
        """Decide what to offer. True if a manager has to agree first (and now has the case)."""
        s, playbook = self.settings, self.model.playbook
        if customer.path == codes.PROCESS:
            customer.template = playbook
        wanted = belief.wanted_offer(
            customer.template, customer.plain, customer.expert, s.prior, s.weight_plain, s.weight_expert,
            customer.revealed, customer.need, s.issues,
        )  # fmt: skip
        if customer.path == codes.CLUSTER:
            customer.offer = path.implementable(customer.template, wanted, customer.able, customer.revealed)
            over = s.guardrail_over
        else:
            customer.offer = wanted
            over = s.sign_off_over
        if not path.needs_sign_off(market.size(customer.offer ^ playbook), over):
            return False
        customer.granted = 0
        self.model.managers[self.manager_number].receive(customer, at)
        return True

    def send_offer(self, customer: Customer, now: int) -> None:
        """The offer goes out: this is the action. The customer will answer after a lag."""
        self._log_work(codes.DRAFT, codes.DONE, now, deviations=market.size(customer.offer ^ customer.template))
        customer.offers += 1
        customer.stage = codes.CUSTOMER
        customer.since = now
        self.model.replies[now + customer.reply_lag()].append(customer)

    # --- the cluster ---

    def turn_to_cluster(self, customer: Customer, now: int) -> None:
        """Ask peers, or act at once when confident already (or alone)."""
        s = self.settings
        customer.template = people.memory_template(self.model.first_playbook, self.memory, s.memory_bar, s.issues)
        peers = self.model.peers_of(self)
        asked = path.peers_to_ask(s.peers_asked, len(peers))
        if path.ready_to_act(0, asked, s.quorum, self._confidence(customer), s.confidence):
            self.draft_or_sign_off(customer, now)
            return
        customer.stage = codes.PEERS
        customer.since = customer.asked_at = now
        customer.asked = asked
        for peer in self._most_useful_first(peers, customer)[:asked]:
            peer.requests.append(customer)

    def _most_useful_first(self, peers: list[Rep], customer: Customer) -> list[Rep]:
        s = self.settings
        doubt = [
            people.doubt_on(
                belief.believed(self.model.certainty, customer.template, k, customer.plain[k], customer.expert[k])
            )
            for k in range(s.issues)
        ]

        def rank(peer: Rep) -> tuple[float, float]:
            lot = chance.draw(customer.key, chance.PEER_TIE, peer.number)
            return -people.usefulness(peer.expertise, doubt, s.issues), lot

        return sorted(peers, key=rank)

    def _confidence(self, customer: Customer) -> float:
        return belief.confidence(
            self.model.certainty, customer.template, customer.plain, customer.expert, self.settings.issues
        )

    def finish_consulting(self, customer: Customer, now: int) -> None:
        """Answer a peer, who acts on it if it was the last answer needed."""
        s = self.settings
        if customer.stage != codes.PEERS:
            self._log_work(codes.CONSULT, codes.WASTED, now)
            return
        self._log_work(codes.CONSULT, codes.DONE, now)
        self.add_readings(customer)
        customer.helpers.append(self)
        sure = self._confidence(customer)
        if not path.ready_to_act(len(customer.helpers), customer.asked, s.quorum, sure, s.confidence):
            return
        self.model.log(
            case=customer.case, resource=customer.rep.number, queued=customer.since, start=customer.since, end=now,
            hours=self.hours, activity=codes.CONFER, path=codes.CLUSTER, answers=len(customer.helpers), amount=sure,
        )  # fmt: skip
        if not customer.rep.settle_offer(customer, now):
            customer.rep.receive(customer, codes.DRAFT, now)

    # --- memory and willingness ---

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

    def _prospect(self, t: int) -> None:
        s = self.settings
        if s.prospecting_hours >= self.model.NEVER:
            return
        if self.spell_left == 0:
            u = chance.draw_of(self.model.root, chance.PROSPECT_SPELL, self.number, self.spells)
            self.spell_hours = self.spell_left = timing.whole_hours(
                s.prospecting_hours, s.prospecting_further, u, s.fixed_efforts
            )
            self.spell_start = t
            self.spells += 1
        self.doing = codes.PROSPECT

    def finish_prospecting(self, now: int) -> None:
        """A latent customer is reached, and opens an opportunity if the rep's template suits the market."""
        s, model = self.settings, self.model
        key = chance.child(chance.grandchild(model.root, chance.LATENT_CUSTOMER, self.number), self.spells - 1)
        template = people.memory_template(model.playbook, self.memory, s.memory_bar, s.issues)
        match = market.market_match(template, model.standard, s.issues)
        u = chance.draw(key, chance.OPENING, 0)
        opens = now < s.n_ticks and market.opens_opportunity(s.prospect_conversion, match, u)
        model.log(
            case=model.n_cases if opens else codes.NO_CASE, resource=self.number, queued=self.spell_start,
            start=self.spell_start, end=now, hours=self.spell_hours, activity=codes.PROSPECT,
            outcome=codes.OPENED if opens else codes.NOT_OPENED,
        )  # fmt: skip
        if opens:
            model.open_case(key, self, now, codes.CREATED)

    # --- the record ---

    def _log_work(
        self, doing: int, outcome: int, end: int, hours: int | None = None, deviations: int = 0, amount: float = 0.0
    ) -> None:
        assert self.subject is not None
        self.model.log(
            case=self.subject.case, resource=self.number, queued=self.queued, start=self.start, end=end,
            hours=self.hours if hours is None else hours, activity=doing, path=self.subject.path, outcome=outcome,
            deviations=deviations, amount=amount,
        )  # fmt: skip

    def _log_unworked(self, customer: Customer, task: int, queued: int, outcome: int, at: int) -> None:
        self.model.log(
            case=customer.case, resource=self.number, queued=queued, start=at, end=at, activity=task,
            path=customer.path, outcome=outcome,
        )  # fmt: skip

    def close_books(self, end: int) -> None:
        """At the horizon, log what is in hand and what is waiting."""
        if not self.free():
            self._log_work(self.doing, codes.UNFINISHED, end, hours=end - self.start)
        if self.spell_left > 0:
            self.model.log(
                resource=self.number, queued=self.spell_start, start=self.spell_start, end=end,
                hours=self.spell_hours - self.spell_left, activity=codes.PROSPECT, outcome=codes.UNFINISHED,
            )  # fmt: skip
        for customer in self.own_work:
            self._log_unworked(customer, customer.next_task, customer.since, codes.WAITING, end)
        for customer in self.requests:
            self._log_unworked(customer, codes.CONSULT, customer.asked_at, codes.WAITING, end)


class Manager(mesa.Agent):
    """A manager: an inbox of requests for sign-off, worked off in the review hours of each day."""

    def __init__(self, model: SellingModel, number: int) -> None:
        super().__init__(model)
        self.settings = model.settings
        self.number = number
        self.resource = self.settings.reps + number
        self.level = int(model.structure.level[number])
        self.name = int(model.structure.manager_name[number])  # keys this manager's draws
        self.superior_number = int(model.structure.superior[number])
        self.expertise = int(model.structure.manager_expertise[number])
        self.desk = desk_of(number, model.structure.level, self.settings.shared_desk)  # whose inbox this one works off
        self.inbox: deque[Customer] = deque()
        self.subject: Customer | None = None
        self.queued = self.start = self.hours = self.hours_left = 0

    def receive(self, customer: Customer, at: int) -> None:
        """A request for sign-off joins the inbox."""
        customer.stage = codes.MANAGER_INBOX
        customer.since = at
        self.inbox.append(customer)

    def take_up(self, t: int) -> None:
        """If free: take the oldest request whose customer is still there; what came in during this hour waits."""
        while self.subject is None and self.inbox and self.inbox[0].since <= t:
            customer = self.inbox.popleft()
            if customer.gone():
                self._log_unworked(customer, codes.DROPPED, t)
                continue
            s = self.settings
            u = chance.draw_of(customer.key, chance.REVIEW_EFFORT, self.level, customer.offers)
            self.subject, self.queued, self.start = customer, customer.since, t
            self.hours = self.hours_left = timing.whole_hours(
                s.sign_off_hours, s.sign_off_further, u, s.fixed_efforts
            )
            customer.stage = codes.MANAGER_HANDS
            customer.since = t

    def work_an_hour(self) -> bool:
        """True if a review ends with this hour."""
        if self.subject is None:
            return False
        self.hours_left -= 1
        return self.hours_left == 0

    def turn(self, t: int) -> int:
        """Place in the order of this hour, by lot."""
        return self.model.work_turn(t, self.name, self.number)

    def finish(self, now: int) -> None:
        """Every deviation is read that has to be; then the request goes back to the rep, or up to the next level."""
        customer, playbook = self.subject, self.model.playbook
        assert customer is not None
        if customer.gone():
            self._log_review(customer, codes.WASTED, now, hours=self.hours)
        else:
            appealed, top = self.settings.appealed, self.superior_number < 0
            proposed = customer.offer ^ playbook
            to_read = path.to_read(proposed, customer.revealed, customer.granted)
            disputed = self.disputes(customer, to_read)
            dropped = path.put_back(disputed, appealed, top)
            customer.offer ^= dropped
            customer.granted |= path.agreed_to(to_read, disputed, appealed)
            self._log_review(
                customer, codes.DONE, now, hours=self.hours, deviations=market.size(proposed),
                forced_fits=market.size(dropped & ~customer.forced),
            )  # fmt: skip
            customer.forced |= dropped
            left = market.size(proposed ^ dropped)
            may_grant = path.may_grant(left, self.settings.authority_per_level, self.level, top)
            if path.goes_up(disputed, appealed, top, may_grant):
                self.model.managers[self.superior_number].receive(customer, now)
            else:
                customer.rep.receive(customer, codes.DRAFT, now)
        self.subject = None

    def disputes(self, customer: Customer, to_read: int) -> int:
        """The issues of those to read on which the manager's own reading contradicts the offer."""
        s = self.settings
        disputed = 0
        key = chance.grandchild(customer.key, chance.MANAGER_READING, self.name)
        for k in range(s.issues):
            if to_read >> k & 1:
                error = belief.error_on(k, self.expertise, s.error_plain, s.error_expert)
                read = belief.reading(customer.need >> k & 1, error, chance.uniform(key, k))
                if read != customer.offer >> k & 1:
                    disputed |= 1 << k
        return disputed

    def _log_review(
        self, customer: Customer, outcome: int, end: int, hours: int, deviations: int = 0, forced_fits: int = 0
    ) -> None:
        self.model.log(
            case=customer.case, resource=self.resource, queued=self.queued, start=self.start, end=end, hours=hours,
            activity=codes.REVIEW, path=customer.path, outcome=outcome, deviations=deviations,
            forced_fits=forced_fits, level=self.level,
        )  # fmt: skip

    def _log_unworked(self, customer: Customer, outcome: int, at: int) -> None:
        self.model.log(
            case=customer.case, resource=self.resource, queued=customer.since, start=at, end=at,
            activity=codes.REVIEW, path=customer.path, outcome=outcome, level=self.level,
        )  # fmt: skip

    def close_books(self, end: int) -> None:
        """At the horizon, log the review in hand and what is waiting."""
        if self.subject is not None:
            hours = timing.review_hours_until(self.start, end, self.settings.review_hours_per_day)
            self._log_review(self.subject, codes.UNFINISHED, end, hours=hours)
        if self.desk == self.number:
            for customer in self.inbox:
                self._log_unworked(customer, codes.WAITING, end)
