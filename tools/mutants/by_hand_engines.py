"""Mistakes in who acts when on what: made in both engines alike (which twins cannot see), or in one of them."""

from typing import Final

from tools.mutants.mutant import Edit, Mistakes, Mutant, one_place

# tests asked first: (kind, meaning, (file, old, new) per place)
ALIKE: Final[dict[tuple[str, ...], list[tuple[str, str, tuple[tuple[str, str, str], ...]]]]] = {
    ("sign_off",): [
        ("wrong agent", "requests for sign-off go straight to the top manager", (
            ("agents.py", "return managers[self.team]", "return managers[-1]"),
            ("kernel/queues.py", "w.reps[w.cases[c].rep].team, at)", "len(w.managers) - 1, at)"),
            ("kernel/reps.py", "w.reps[r].team, now)", "len(w.managers) - 1, now)"))),
        ("wrong agent", "too many deviations go on to the next manager in the list", (
            ("agents.py", "model.managers[self.superior]", "model.managers[self.number + 1]"),
            ("kernel/managers.py", "manager.superior, now)", "m + 1, now)"))),
    ],
    ("learning",): [
        ("wrong agent", "everybody goes by the first rep's memory", (
            ("agents.py", "self.model, case, self.memory,", "self.model, case, self.model.reps[0].memory,"),
            ("kernel/reps.py", "w.cases[c], w.memory[r]", "w.cases[c], w.memory[0]"))),
        ("wrong agent", "only the case's rep learns from it", (
            ("agents.py", "for rep in (self.owner, *self.helpers):", "for rep in (self.owner,):"),
            ("kernel/customers.py", "for j in range(case.answers):", "for j in range(0):"))),
        ("wrong tally", "a won deal shows the firm the need, not only what was accepted", (
            ("agents.py", "(s, model, self, every, self.offer)", "(s, model, self, every, self.need)"),
            ("kernel/customers.py", "case, every, case.offer)", "case, every, case.need)"))),
        ("wrong tally", "a won deal shows the rep the need, not only what was accepted", (
            ("agents.py", "self.teach(every, self.offer)", "self.teach(every, self.need)"),
            ("kernel/customers.py", "remember(w, c, every, case.offer)", "remember(w, c, every, case.need)"))),
        ("logic", "who says nothing gets no other offer", (
            ("agents.py", "model, self), self.need)\n", "model, self), self.need)\n        else:\n            return\n"),
            ("kernel/customers.py", "case), case.need)\n", "case), case.need)\n    else:\n        return\n"))),
        ("logic", "a deal won on the process path raises willingness too", (
            ("agents.py", "if self.path == codes.CLUSTER:\n                self.owner", "if True:\n                self.owner"),
            ("kernel/customers.py", "if case.path == codes.CLUSTER:\n", "if True:\n"))),
        ("forgotten step", "a newcomer has the leaver's memory", (
            ("agents.py", 'without memory."""\n        self.memory = [0.0] * self.settings.issues\n', 'without memory."""\n'),
            ("kernel/firm.py", "w.memory[r, k] = 0.0", "w.memory[r, k] += 0.0"))),
        ("forgotten step", "a newcomer has the leaver's willingness", (
            ("agents.py", "issues\n        self.willingness = self.settings.willingness\n", "issues\n"),
            ("kernel/firm.py", "w.reps[r].willingness = p.willingness", "w.reps[r].willingness += 0.0"))),
        ("wrong time", "prospecting goes by the first playbook, not by today's", (
            ("agents.py", "people.memory_template(model.playbook,", "people.memory_template(model.first_playbook,"),
            ("kernel/reps.py", "people.memory_template(firm.playbook,", "people.memory_template(firm.first_playbook,"))),
    ],
    ("doubt", "measures_independent"): [
        ("forgotten step", "who is punished dares as much as before", (
            ("agents.py", "self.willingness = people.willingness_after_sanction(self.willingness, s.sanction_step)", "pass"),
            ("kernel/reps.py", "rep.willingness = people.willingness_after_sanction(rep.willingness, p.sanction_step)",
             "pass"))),
    ],
    ("order_of_events", "conservation"): [
        ("forgotten step", "cases of customers who have gone are taken up from the inbox", (
            ("agents.py", "case, case.gone(), chance.FORGOTTEN_CASE", "case, False, chance.FORGOTTEN_CASE"),
            ("kernel/reps.py", "case, case.stage == codes.GONE, chance", "case, False, chance"))),
        ("forgotten step", "managers review for customers who have gone", (
            ("agents.py", "case, case.gone(), chance.FORGOTTEN_SIGN_OFF", "case, False, chance.FORGOTTEN_SIGN_OFF"),
            ("kernel/managers.py", "gone = case.stage == codes.GONE", "gone = False"))),
        ("forgotten step", "requests that came too late are taken up all the same", (
            ("agents.py", "s, in_vain = self.settings, not case.awaits(asked_at)", "s, in_vain = self.settings, False"),
            ("kernel/reps.py", "in_vain = case.stage != codes.PEERS or case.since != asked_at", "in_vain = False"))),
        ("wrong time", "a case back in the rep's inbox has waited since it left it", (
            ("agents.py", "case.next_task = task\n        case.since = at\n", "case.next_task = task\n"),
            ("kernel/queues.py", "case.next_task = task\n    case.since = at\n", "case.next_task = task\n"))),
        ("swapped phase", "a customer whose patience ends in the hour of the answer leaves", (
            ("model.py", "self._in_order(self.replies.pop(t, [])):\n            customer.answer(timing.instant(t))\n"
             "        for customer in self._in_order(self.leaves.pop(t, [])):\n            customer.leave(timing.instant(t))",
             "self._in_order(self.leaves.pop(t, [])):\n            customer.leave(timing.instant(t))\n"
             "        for customer in self._in_order(self.replies.pop(t, [])):\n            customer.answer(timing.instant(t))"),
            ("kernel/customers.py", "due(w, t, False)):\n        answer(w, w.order[i], timing.instant(t))\n"
             "    for i in range(due(w, t, True)):\n        leave(w, w.order[i], timing.instant(t))",
             "due(w, t, True)):\n        leave(w, w.order[i], timing.instant(t))\n"
             "    for i in range(due(w, t, False)):\n        answer(w, w.order[i], timing.instant(t))"))),
        ("swapped phase", "answers come in before the hour's arrivals", (
            ("model.py", "        for rep in sorted(arriving, key=lambda rep: self._arrival_turn(t, rep)):\n"
             "            while int(rep.next_arrival) == t:\n                self.arrive(rep, t)\n"
             "        for customer in self._in_order(self.replies.pop(t, [])):\n            customer.answer(timing.instant(t))\n",
             "        for customer in self._in_order(self.replies.pop(t, [])):\n            customer.answer(timing.instant(t))\n"
             "        for rep in sorted(arriving, key=lambda rep: self._arrival_turn(t, rep)):\n"
             "            while int(rep.next_arrival) == t:\n                self.arrive(rep, t)\n"),
            ("kernel/customers.py",
             "    arrive(w, t)\n    for i in range(due(w, t, False)):\n        answer(w, w.order[i], timing.instant(t))\n",
             "    for i in range(due(w, t, False)):\n        answer(w, w.order[i], timing.instant(t))\n    arrive(w, t)\n"))),
        ("wrong tally", "the work of the last who answered is booked as waiting", (
            ("agents.py", "act_on_answers(case, now, self.minutes)", "act_on_answers(case, now, 0)"),
            ("kernel/peers.py", "act_on_answers(w, c, now, peer.minutes)", "act_on_answers(w, c, now, 0)"))),
    ],
    ("minutes",): [
        ("comparison", "reps take up own cases that came within the hour", (
            ("agents.py", "self.own_work[0].since <= hour", "self.own_work[0].since <= now"),
            ("kernel/reps.py", "w.cases[rep.first_case].since <= hour", "w.cases[rep.first_case].since <= now"))),
        ("comparison", "peers take up requests that came within the hour", (
            ("agents.py", "self.requests[0][1] <= hour", "self.requests[0][1] <= now"),
            ("kernel/reps.py", "w.requests[rep.first_request].asked_at <= hour",
             "w.requests[rep.first_request].asked_at <= now"))),
        ("comparison", "managers take up what came in within the hour", (
            ("agents.py", "self.inbox[0].since <= hour", "self.inbox[0].since <= now"),
            ("kernel/managers.py", "since <= timing.instant(t):", "since <= now:"))),
        ("forgotten step", "who is done within the hour takes up nothing before the next", (
            ("model.py", "if now < end and timing.at_work(now, per_day):", "if False:"),
            ("kernel/reps.py", "if now < end and timing.at_work(now, w.settings[0].selling_minutes_per_day):", "if False:"),
            ("kernel/managers.py", "if now < end and timing.at_work(now, w.settings[0].review_minutes_per_day):", "if False:"))),
        ("off-by-one", "customers count the hour in which the offer came", (
            ("agents.py", "timing.hour_from(now) + cases.reply_lag", "timing.hour_from(now) - 1 + cases.reply_lag"),
            ("kernel/reps.py", "timing.hour_from(now) + cases.reply_lag", "timing.hour_from(now) - 1 + cases.reply_lag"))),
        ("wrong tally", "who prospects is taken for busy when customers are dispatched", (
            ("agents.py", "+ (not self.free())", "+ (self.doing != codes.NOTHING)"),
            ("kernel/customers.py", "w.diary[r].waiting if has_no_task(w, r) else",
             "w.diary[r].waiting if w.diary[r].doing == codes.NOTHING else"))),
    ],
    ("selling_hours",): [
        ("dropped term", "who is done after the day's working time takes up another matter", (
            ("model.py", "if now < end and timing.at_work(now, per_day):", "if now < end:"),
            ("kernel/reps.py", "if now < end and timing.at_work(now, w.settings[0].selling_minutes_per_day):", "if now < end:"),
            ("kernel/managers.py", "if now < end and timing.at_work(now, w.settings[0].review_minutes_per_day):",
             "if now < end:"))),
    ],
    ("neutrality", "order_of_events"): [
        ("wrong agent", "of equally busy reps the first in the list gets the customer", (
            ("model.py", "(r.matters_at_hand(), chance.child(ties, r.number)))", "(r.matters_at_hand(), r.number))"),
            ("kernel/customers.py", "chance.child(chance.child(key, chance.DISPATCH_TIE), member)", "chance.word(member)"))),
        ("wrong time", "who acts first in one hour acts first in all", (
            ("model.py", "chance.grandchild(self.root, chance.WORK_ORDER, t)",
             "chance.grandchild(self.root, chance.WORK_ORDER, 0)"),
            ("kernel/reps.py", "    n = due_in(w, minute)\n    draw_order(w, n, chance.WORK_ORDER, t)",
             "    n = due_in(w, minute)\n    draw_order(w, n, chance.WORK_ORDER, 0)"),
            ("kernel/reps.py", "is not to come\n        draw_order(w, n, chance.WORK_ORDER, t)",
             "is not to come\n        draw_order(w, n, chance.WORK_ORDER, 0)"),
            ("kernel/managers.py", "    n = due_in(w, minute)\n    draw_manager_order(w, n, chance.WORK_ORDER, t)",
             "    n = due_in(w, minute)\n    draw_manager_order(w, n, chance.WORK_ORDER, 0)"),
            ("kernel/managers.py", "n += 1\n    draw_manager_order(w, n, chance.WORK_ORDER, t)",
             "n += 1\n    draw_manager_order(w, n, chance.WORK_ORDER, 0)"))),
    ],
    ("acquaintance", "neutrality"): [
        ("wrong agent", "of equally useful peers the first in the list is asked", (
            ("agents.py", "chance.draw(case.key, chance.PEER_TIE, peer.number)", "float(peer.number)"),
            ("kernel/peers.py", "chance.draw(w.cases[c].key, chance.PEER_TIE, w.seats[place].rep)",
             "float(w.seats[place].rep)"))),
        ("wrong agent", "a rep is among the peers it asks", (
            ("agents.py", "(peer for peer in members if peer is not self)", "members"),
            ("kernel/peers.py", "useful if seat.rep != r else -1.0", "useful"))),
        ("sign", "the least useful peers are asked first", (
            ("agents.py", "(-useful, chance.draw", "(useful, chance.draw"),
            ("kernel/peers.py", "firm.usefulness[j] = useful if", "firm.usefulness[j] = 1000.0 - useful if"))),
    ],
    ("forgotten",): [
        ("forgotten step", "an owner waits for answers that were forgotten", (
            ("agents.py", "case.asked -= 1", "case.asked -= 0"), ("kernel/reps.py", "case.asked -= 1", "case.asked -= 0"))),
        ("off-by-one", "an owner hears at once that a request was forgotten", (
            ("agents.py", "act_on_answers(case, now + 1, 0)", "act_on_answers(case, now, 0)"),
            ("kernel/reps.py", "act_on_answers(w, c, now + 1, 0)", "act_on_answers(w, c, now, 0)"))),
        ("forgotten step", "no own case is ever forgotten", (
            ("agents.py", "task, now - case.since)", "task, 0)"), ("kernel/reps.py", "task, now - case.since)", "task, 0)"))),
        ("forgotten step", "no peer's request is ever forgotten", (
            ("agents.py", "self.number, now - asked_at)", "self.number, 0)"), ("kernel/reps.py", "r, now - asked_at)", "r, 0)"))),
        ("forgotten step", "no request for sign-off is ever forgotten", (
            ("agents.py", "self.level, now - case.since)", "self.level, 0)"),
            ("kernel/managers.py", "manager.level, now - case.since)", "manager.level, 0)"))),
        ("dropped term", "where matters are forgotten, the first in the list looks first", (
            ("model.py", "by_lot = self.settings.forgotten_per_minute > 0.0", "by_lot = False"),
            ("kernel/reps.py", "if w.settings[0].forgotten_per_minute > 0.0:", "if False:"))),
    ],
    ("shared_desk",): [
        ("dropped term", "at a shared desk the first in the list takes up first", (
            ("model.py", "by_lot = bool(self.settings.shared_desk)", "by_lot = False"),
            ("kernel/managers.py", "    if p.shared_desk:\n", "    if False:\n"))),
    ],
    ("conferring",): [
        ("forgotten step", "answers are never taken in", (
            ("agents.py", "if s.conferring_units > 0.0 and case.answers > 0:", "if False:"),
            ("kernel/peers.py", "if p.conferring_units > 0.0 and case.answers > 0:", "if False:"))),
        ("wrong time", "it is decided before answers are taken in", (
            ("agents.py", "            else:\n                self.draft_or_sign_off(case, now)",
             "            else:\n                self._go_on(case, codes.DRAFT, now)"),
            ("kernel/reps.py", "codes.DONE, now)\n        draft_or_sign_off(w, r, c, now)",
             "codes.DONE, now)\n        go_on(w, r, c, codes.DRAFT, now)"))),
    ],
    ("documents",): [
        ("forgotten step", "no document is ever finished", (
            ("agents.py", "case.documented = 1", "case.documented = 0"), ("kernel/reps.py", ".documented = 1",
             ".documented = 0"))),
        ("forgotten step", "a newcomer goes on with what came before", (
            ("agents.py", "            cases.lose_readings(self.settings, case, self.holder())", "            pass"),
            ("kernel/reps.py", "        cases.lose_readings(p, case, holder_of(w, r))", "        pass"))),
        ("off-by-one", "the first change of hands is none", (
            ("agents.py", "max(self.n_turnovers - 1, 0)", "max(self.n_turnovers - 2, 0)"),
            ("kernel/customers.py", "max(w.reps[r].n_turnovers - 1, 0)", "max(w.reps[r].n_turnovers - 2, 0)"))),
        ("forgotten step", "answers to what was asked before all was lost are taken for new ones", (
            ("agents.py", "self.stage == codes.PEERS and self.since == asked_at", "self.stage == codes.PEERS"),
            ("kernel/reps.py", "case.stage != codes.PEERS or case.since != asked_at", "case.stage != codes.PEERS"),
            ("kernel/peers.py", "case.stage != codes.PEERS or case.since != peer.queued", "case.stage != codes.PEERS"))),
    ],
    ("hearsay",): [
        ("wrong tally", "what peers repeat is not written down", (
            ("agents.py", "readings=s.issues, heard=heard)", "readings=s.issues, heard=0)"),
            ("kernel/peers.py", "now, p.issues, heard)", "now, p.issues, 0)"))),
    ],
}

# file: (kind, meaning, old, new)
IN_ONE: Final[Mistakes] = {
    "kernel/queues.py": [
        ("comparison", "the last by lot acts first", "int(w.lots[j] < w.lots[i])", "int(w.lots[j] > w.lots[i])"),
        ("forgotten step", "many act bin by bin, within a bin in the order of the list", "w.dealt[j - 1] > lot:", "False:"),
        ("off-by-one", "who is woken on the hour comes an hour late", "timing.hour_from(at), w.settings",
         "timing.hour_from(at + 1), w.settings"),
        ("wrong agent", "a new case passes those who wait", "w.cases[rep.last_case].next_waiting = c",
         "case.next_waiting = rep.first_case\n        rep.first_case = c"),
        ("wrong agent", "only the first of those who share a desk looks into it", "        reader += 1",
         "        reader += len(w.managers)"),
    ],
    "kernel/reps.py": [
        ("off-by-one", "who is done on the hour is visited in the next", "timing.hour_from(at) - 1",
         "timing.hour_from(at + 1) - 1"),
        ("forgotten step", "an interrupted spell of prospecting is begun afresh",
         "    if w.diary[r].doing == codes.PROSPECT:\n        rep",
         "    if False:\n        rep"),
        ("forgotten step", "what came within the hour is not looked at in the next", "    if w.diary[r].waiting > 0:  #",
         "    if False:  #"),
    ],
    "kernel/peers.py": [
        ("forgotten step", "the most useful peer is asked again and again", "firm.usefulness[best] = -1.0",
         "firm.usefulness[best] += 0.0"),
        ("wrong agent", "the rep learns in the helper's place", "w.helpers[c, case.answers] = r",
         "w.helpers[c, case.answers] = case.rep"),
    ],
    "kernel/customers.py": [
        ("forgotten step", "who has gone is still counted as open", "w.firm[0].open_cases -= 1", "w.firm[0].open_cases -= 0"),
        ("off-by-one", "offers are counted to 126", "min(case.offers, MOST_COUNTED)", "min(case.offers, MOST_COUNTED - 1)"),
        ("forgotten step", "who has gone answers and leaves again", "if w.cases[w.order[i]].stage != codes.GONE:", "if True:"),
    ],
    "kernel/managers.py": [
        ("wrong agent", "on appeal the request comes back to the desk that refused it", "manager.superior, now)", "m, now)"),
        ("wrong time", "a review is done when the minutes are over, days or not",
         "timing.work_ends(now, manager.minutes, p.review_minutes_per_day)", "now + manager.minutes"),
        ("forgotten step", "a review in vain is written down with the readings of the last",
         "manager.deviations = manager.forced_fits = manager.readings = manager.heard = 0", "manager.deviations = 0"),
    ],
    "kernel/run.py": [
        ("wrong tally", "the weekly record has all cases ever opened", "row.open_cases = firm.open_cases",
         "row.open_cases = firm.n_cases"),
        ("forgotten step", "memories of the run before linger", "w.memory[r, k] = 0.0", "w.memory[r, k] += 0.0"),
        ("forgotten step", "evidence of the run before lingers", "firm.for_one[k] = firm.for_zero[k] = 0.0",
         "firm.for_zero[k] = 0.0"),
        ("forgotten step", "spells of the run before go on", "rep.spell_left = rep.n_arrivals", "rep.n_arrivals"),
    ],
    "kernel/firm.py": [
        ("comparison", "a leaver stays for the tick", "w.reps[r].next_turnover < t + 1", "w.reps[r].next_turnover < t"),
    ],
    "agents.py": [
        ("forgotten step", "every idle hour begins a new spell of prospecting", "if self.spell_left == 0:", "if True:"),
        ("forgotten step", "who helped with what was lost learns from what came after", "        case.helpers.clear()\n", ""),
    ],
    "model.py": [
        ("dropped term", "customers act in the order of their cases", "key=Customer.turn)", "key=lambda c: c.number)"),
        ("sign", "of those who finish in the same minute the last by lot acts first", "(ends, worker.turn(t), worker)",
         "(ends, -worker.turn(t), worker)"),
        ("off-by-one", "the week is recorded an hour early", "self.clock % calendar.HOURS_PER_WEEK == 0",
         "(self.clock + 1) % calendar.HOURS_PER_WEEK == 0"),
    ],
}


def mutants() -> list[Mutant]:
    """All of them, those alike in both engines first."""
    both = [
        Mutant("both", kind, meaning, tuple(Edit(*edit) for edit in edits), near=near)
        for near, rows in ALIKE.items()
        for kind, meaning, edits in rows
    ]
    return both + one_place(IN_ONE)
