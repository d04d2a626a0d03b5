"""Mistakes in who acts when on what: made in both engines alike (which twins cannot see), or in one of them."""

from typing import Final

from tools.mutants.mutant import Edit, Mutant

# kind, meaning, (file, old, new) per place
ALIKE: Final[tuple[tuple[str, str, tuple[tuple[str, str, str], ...]], ...]] = (
    ("wrong agent", "requests for sign-off go straight to the top manager", (
        ("agents.py", "self.model.managers[self.manager_number]", "self.model.managers[-1]"),
        ("kernel/offers.py", "w.reps[case.rep].team, at)", "len(w.managers) - 1, at)"))),
    ("wrong agent", "too many deviations go on to the next manager in the list", (
        ("agents.py", "self.model.managers[self.superior_number]", "self.model.managers[self.number + 1]"),
        ("kernel/managers.py", "w.managers[m].superior, now)", "m + 1, now)"))),
    ("wrong agent", "everybody goes by the first rep's memory", (
        ("agents.py", "self.model.first_playbook, self.memory,", "self.model.first_playbook, self.model.reps[0].memory,"),
        ("kernel/reps.py", "w.firm[0].first_playbook, w.memory[r]", "w.firm[0].first_playbook, w.memory[0]"))),
    ("wrong agent", "only the case's rep learns from it", (
        ("model.py", "for rep in (customer.rep, *customer.helpers):", "for rep in (customer.rep,):"),
        ("kernel/offers.py", "for j in range(case.answers):", "for j in range(0):"))),
    ("wrong time", "in a cluster who remembers nothing goes by today's playbook, not the first", (
        ("agents.py", "self.model.first_playbook, self.memory,", "self.model.playbook, self.memory,"),
        ("kernel/reps.py", "w.firm[0].first_playbook, w.memory[r]", "w.firm[0].playbook, w.memory[r]"))),
    ("forgotten step", "a manager reads what need not be read", (
        ("agents.py", "if to_read >> k & 1:", "if (customer.offer ^ self.model.playbook) >> k & 1:"),
        ("kernel/managers.py", "if to_read >> k & 1:", "if (case.offer ^ w.firm[0].playbook) >> k & 1:"))),
    ("forgotten step", "what managers agreed to in the last request is not read in the next", (
        ("agents.py", "customer.granted = 0\n        self.model", "self.model"),
        ("kernel/offers.py", "case.granted = 0\n    post_to_manager", "post_to_manager"))),
    ("wrong term", "what the next level agrees to takes the place of what the last did", (
        ("agents.py", "customer.granted |= path.agreed_to(", "customer.granted = path.agreed_to("),
        ("kernel/managers.py", "case.granted |= path.agreed_to(", "case.granted = path.agreed_to("))),
    ("logic", "who says nothing gets no other offer", (
        ("agents.py", "            self.reveal()\n        if not self.rep.settle_offer",
         "            self.reveal()\n        else:\n            return\n        if not self.rep.settle_offer"),
        ("kernel/customers.py", "        reveal(w, c)\n    if not settle",
         "        reveal(w, c)\n    else:\n        return\n    if not settle"))),
    ("sign", "the candid are silent and the silent speak", (
        ("agents.py", "if offer.happens(self.settings.candour", "if not offer.happens(self.settings.candour"),
        ("kernel/customers.py", "if offer.happens(w.settings[0].candour",
         "if not offer.happens(w.settings[0].candour"))),
    ("wrong term", "who is silent once is silent always", (
        ("agents.py", "chance.CANDOUR, self.offers)", "chance.CANDOUR, 1)"),
        ("kernel/customers.py", "chance.CANDOUR, case.offers)", "chance.CANDOUR, 1)"))),
    ("wrong term", "whether a customer speaks hangs on the draw by which it stayed", (
        ("agents.py", "chance.CANDOUR, self.offers)", "chance.SECOND_CHANCE, self.offers)"),
        ("kernel/customers.py", "chance.CANDOUR, case.offers)", "chance.SECOND_CHANCE, case.offers)"))),
    ("forgotten step", "cases of customers who have gone are taken up from the inbox", (
        ("agents.py", "if not customer.gone():\n                    self._begin", "if True:\n                    self._begin"),
        ("kernel/reps.py", "if case.stage == codes.GONE:\n                log", "if False:\n                log"))),
    ("forgotten step", "requests that came too late are taken up all the same", (
        ("agents.py", "if customer.stage == codes.PEERS:\n                    self._begin",
         "if True:\n                    self._begin"),
        ("kernel/reps.py", "if w.cases[c].stage != codes.PEERS:\n            log", "if False:\n            log"))),
    ("wrong time", "a case back in the rep's inbox has waited since it left it", (
        ("agents.py", "customer.since = at\n        self.own_work", "self.own_work"),
        ("kernel/queues.py", "case.next_task = task\n    case.since = at\n", "case.next_task = task\n"))),
    ("wrong agent", "of equally busy reps the first in the list gets the customer", (
        ("model.py", "chance.child(ties, r.number)))", "r.number))"),
        ("kernel/customers.py", "chance.child(chance.child(key, chance.DISPATCH_TIE), member)", "chance.word(member)"))),
    ("wrong tally", "who prospects is taken for busy when customers are dispatched", (
        ("agents.py", "+ (not self.free())", "+ (self.doing != codes.NOTHING)"),
        ("kernel/customers.py", "w.diary[r].waiting if has_no_task(w, r) else",
         "w.diary[r].waiting if w.diary[r].doing == codes.NOTHING else"))),
    ("wrong agent", "of equally useful peers the first in the list is asked", (
        ("agents.py", "chance.draw(customer.key, chance.PEER_TIE, peer.number)", "float(peer.number)"),
        ("kernel/reps.py", "chance.draw(w.cases[c].key, chance.PEER_TIE, w.seats[place].rep)",
         "float(w.seats[place].rep)"))),
    ("wrong agent", "a rep is among the peers it asks", (
        ("model.py", "[first:last] if r != rep.number]", "[first:last]]"),
        ("kernel/reps.py", "w.first_seat[home] - 1)", "w.first_seat[home])"),
        ("kernel/reps.py", "useful if seat.rep != r else -1.0", "useful"))),
    ("logic", "a deal won on the process path raises willingness too", (
        ("agents.py", "if self.path == codes.CLUSTER:\n                self.rep.celebrate",
         "if True:\n                self.rep.celebrate"),
        ("kernel/customers.py", "if case.path == codes.CLUSTER:", "if True:"))),
    ("forgotten step", "a newcomer has the leaver's memory", (
        ("agents.py", 'without memory."""\n        self.memory = [0.0] * self.settings.issues\n', 'without memory."""\n'),
        ("kernel/firm.py", "w.memory[r, k] = 0.0", "w.memory[r, k] += 0.0"))),
    ("forgotten step", "a newcomer has the leaver's willingness", (
        ("agents.py", "issues\n        self.willingness = self.settings.willingness\n\n    # --- pros",
         "issues\n\n    # --- pros"),
        ("kernel/firm.py", "w.reps[r].willingness = p.willingness", "w.reps[r].willingness += 0.0"))),
    ("forgotten step", "evidence stays in the pool after a review", (
        ("model.py", "self.for_one[k] = self.for_zero[k] = 0", "self.for_one[k] += 0"),
        ("kernel/firm.py", "firm.for_one[k] = 0\n            firm.for_zero[k] = 0", "firm.for_one[k] += 0"))),
    ("sign", "evidence for 1 goes into the pool for 0 and the reverse", (
        ("model.py", "self.for_one if answer else self.for_zero", "self.for_zero if answer else self.for_one"),
        ("kernel/offers.py", "if answer:", "if not answer:"))),
    ("wrong tally", "one issue revealed is evidence on all of them", (
        ("agents.py", "self.model.learn(self, issue, self.need)", "self.model.learn(self, -1, self.need)"),
        ("kernel/customers.py", "learn(w, c, issue, case.need)", "learn(w, c, -1, case.need)"))),
    ("wrong tally", "a won deal shows the need, not only what was accepted", (
        ("agents.py", "(1 << s.issues) - 1, self.offer)", "(1 << s.issues) - 1, self.need)"),
        ("kernel/customers.py", "(1 << p.issues) - 1, case.offer)", "(1 << p.issues) - 1, case.need)"))),
    ("wrong tally", "a deviation put back twice is counted as two forced fits", (
        ("agents.py", "market.size(dropped & ~customer.forced)", "market.size(dropped)"),
        ("kernel/managers.py", "market.size(dropped & ~case.forced)", "market.size(dropped)"))),
    ("wrong time", "prospecting goes by the first playbook, not by today's", (
        ("agents.py", "people.memory_template(model.playbook,", "people.memory_template(model.first_playbook,"),
        ("kernel/reps.py", "people.memory_template(firm.playbook,", "people.memory_template(firm.first_playbook,"))),
    ("wrong agent", "a manager's expertise does not help in reading", (
        ("agents.py", "error = belief.error_on(k, self.expertise, s.error_plain, s.error_expert)\n"
         "                read = belief.reading(customer.need >> k & 1, error, chance.uniform(key, k))\n                if",
         "error = s.error_plain\n"
         "                read = belief.reading(customer.need >> k & 1, error, chance.uniform(key, k))\n                if"),
        ("kernel/managers.py", "belief.error_on(k, w.managers[m].expertise, p.error_plain, p.error_expert)",
         "p.error_plain"))),
    ("wrong agent", "a manager's luck in reading is that of a rep", (
        ("agents.py", "chance.MANAGER_READING, self.name)", "chance.REP_READING, customer.rep.number)"),
        ("kernel/managers.py", "chance.MANAGER_READING, w.managers[m].name)", "chance.REP_READING, case.rep)"))),
    ("off-by-one", "customers leave an hour late", (
        ("agents.py", "return self.opened + timing.patience(", "return self.opened + 1 + timing.patience("),
        ("kernel/customers.py", "leaves = at + timing.patience(", "leaves = at + 1 + timing.patience("))),
    ("swapped phase", "a customer whose patience ends in the hour of the answer leaves", (
        ("model.py", "self._in_order(self.replies.pop(t, [])):\n            customer.answer(t)\n"
         "        for customer in self._in_order(self.leaves.pop(t, [])):\n            customer.leave(t)",
         "self._in_order(self.leaves.pop(t, [])):\n            customer.leave(t)\n"
         "        for customer in self._in_order(self.replies.pop(t, [])):\n            customer.answer(t)"),
        ("kernel/customers.py", "due(w, t, False)):\n        answer(w, w.order[i], t)\n"
         "    for i in range(due(w, t, True)):\n        leave(w, w.order[i], t)",
         "due(w, t, True)):\n        leave(w, w.order[i], t)\n"
         "    for i in range(due(w, t, False)):\n        answer(w, w.order[i], t)"))),
    ("swapped phase", "answers come in before the hour's arrivals", (
        ("model.py", "        for rep in sorted(arriving, key=lambda rep: self._arrival_turn(t, rep)):\n"
         "            while int(rep.next_arrival) == t:\n                self.arrive(rep, t)\n"
         "        for customer in self._in_order(self.replies.pop(t, [])):\n            customer.answer(t)\n",
         "        for customer in self._in_order(self.replies.pop(t, [])):\n            customer.answer(t)\n"
         "        for rep in sorted(arriving, key=lambda rep: self._arrival_turn(t, rep)):\n"
         "            while int(rep.next_arrival) == t:\n                self.arrive(rep, t)\n"),
        ("kernel/customers.py", "    arrive(w, t)\n    for i in range(due(w, t, False)):\n        answer(w, w.order[i], t)\n",
         "    for i in range(due(w, t, False)):\n        answer(w, w.order[i], t)\n    arrive(w, t)\n"))),
    ("wrong agent", "only the rep's own expertise makes a deviation implementable", (
        ("agents.py", "customer.able |= self.expertise",
         "customer.able |= self.expertise if self is customer.rep else 0"),
        ("kernel/offers.py", "case.able |= expertise", "case.able |= expertise if r == case.rep else 0"))),
    ("wrong term", "the process path has the cluster's guardrail", (
        ("agents.py", "over = s.sign_off_over", "over = s.guardrail_over"),
        ("kernel/offers.py", "over = p.sign_off_over", "over = p.guardrail_over"))),
    ("wrong term", "an answer to a revised offer hangs on the draw for the first", (
        ("agents.py", "chance.draw(self.key, chance.ACCEPTANCE, self.offers)",
         "chance.draw(self.key, chance.ACCEPTANCE, 1)"),
        ("kernel/customers.py", "chance.draw(case.key, chance.ACCEPTANCE, case.offers)",
         "chance.draw(case.key, chance.ACCEPTANCE, 1)"))),
    ("forgotten step", "nobody documents on the process path", (
        ("agents.py", "elif s.documentation_hours > 0.0:", "elif s.documentation_hours < 0.0:"),
        ("kernel/reps.py", "elif p.documentation_hours > 0.0:", "elif p.documentation_hours < 0.0:"))),
)

# file: (kind, meaning, old, new)
IN_ONE: Final[dict[str, list[tuple[str, str, str, str]]]] = {
    "kernel/queues.py": [
        ("comparison", "the last by lot acts first", "int(w.lots[j] < w.lots[i])", "int(w.lots[j] > w.lots[i])"),
        ("forgotten step", "many act bin by bin, within a bin in the order of the list", "w.dealt[j - 1] > lot:", "False:"),
        ("off-by-one", "who is woken comes an hour late", "w.diary[r].visit = at\n", "w.diary[r].visit = at + 1\n"),
        ("wrong agent", "a new case passes those who wait", "w.cases[rep.last_case].next_waiting = c",
         "case.next_waiting = rep.first_case\n        rep.first_case = c"),
    ],
    "kernel/reps.py": [
        ("off-by-one", "tasks take an hour longer", "start + hours - 1", "start + hours"),
        ("forgotten step", "an interrupted spell of prospecting is begun afresh",
         "rep.spell_left -= start - rep.idle_since", "rep.spell_left -= 0"),
        ("forgotten step", "the most useful peer is asked again and again", "firm.usefulness[best] = -1.0",
         "firm.usefulness[best] += 0.0"),
        ("wrong agent", "the rep learns in the helper's place", "w.helpers[c, case.answers] = r",
         "w.helpers[c, case.answers] = case.rep"),
    ],
    "kernel/customers.py": [
        ("forgotten step", "who has gone is still counted as open", "w.firm[0].open_cases -= 1",
         "w.firm[0].open_cases -= 0"),
        ("off-by-one", "offers are counted to 126", "min(case.offers, MOST_COUNTED)", "min(case.offers, MOST_COUNTED - 1)"),
        ("wrong time", "a need goes by the first standard", "need = w.firm[0].standard", "need = w.firm[0].first_playbook"),
    ],
    "kernel/managers.py": [
        ("wrong agent", "on appeal the request comes back to the desk that refused it",
         "w.managers[m].superior, now)", "m, now)"),
        ("forgotten step", "forced fits are not remembered", "case.forced |= dropped", "case.forced |= 0"),
        ("wrong time", "a review is done when the hours are, days or not",
         "timing.review_ends(t, manager.hours, p.review_hours_per_day)", "t + manager.hours - 1"),
    ],
    "kernel/run.py": [
        ("wrong tally", "the weekly record has all cases ever opened", "row[4] = firm.open_cases", "row[4] = firm.n_cases"),
        ("forgotten step", "memories of the run before linger", "w.memory[r, k] = 0.0", "w.memory[r, k] += 0.0"),
        ("forgotten step", "evidence of the run before lingers", "firm.for_one[k] = firm.for_zero[k] = 0",
         "firm.for_zero[k] = 0"),
    ],
    "kernel/firm.py": [
        ("comparison", "a leaver stays for the tick", "w.reps[r].next_turnover < t + 1", "w.reps[r].next_turnover < t"),
    ],
    "agents.py": [
        ("forgotten step", "every idle hour begins a new spell of prospecting", "if self.spell_left == 0:", "if True:"),
        ("comparison", "managers take up what came in within the hour", " and self.inbox[0].since <= t", ""),
        ("wrong time", "a peer's request has the age of the case",
         "own, asked = self.own_work[0].since, self.requests[0].asked_at",
         "own, asked = self.own_work[0].since, self.requests[0].opened"),
    ],
    "model.py": [
        ("dropped term", "customers act in the order of their cases", "(c for c in customers if not c.gone()), key=Customer.turn",
         "(c for c in customers if not c.gone()), key=lambda c: c.case"),
        ("off-by-one", "the week is recorded an hour early", "self.clock % calendar.HOURS_PER_WEEK == 0",
         "(self.clock + 1) % calendar.HOURS_PER_WEEK == 0"),
    ],
}


def mutants() -> list[Mutant]:
    """All of them, those alike in both engines first."""
    both = [Mutant("both", kind, meaning, tuple(Edit(*edit) for edit in edits)) for kind, meaning, edits in ALIKE]
    one = [
        Mutant(file.removesuffix(".py"), kind, meaning, (Edit(file, old, new),))
        for file, rows in IN_ONE.items()
        for kind, meaning, old, new in rows
    ]
    return both + one
