"""From beliefs to an offer: readings, what to propose, who must agree. Used by every phase that moves a case on."""

from typing import Any

from simulation import chance, codes
from simulation.compiled import kernel
from simulation.kernel.queues import post_to_manager
from simulation.rules import belief, market, path, people


@kernel
def add_readings(w: Any, c: int, r: int) -> None:
    """Rep r reads every issue of case c: the tallies move and r takes part in the case."""
    p = w.settings[0]
    case = w.cases[c]
    expertise = w.reps[r].expertise
    error_plain, error_expert = p.error_plain, p.error_expert
    key = chance.grandchild(case.key, chance.REP_READING, r)
    for k in range(p.issues):
        expert = expertise >> k & 1
        error = belief.error_on(k, expertise, error_plain, error_expert)
        read = belief.reading(case.need >> k & 1, error, chance.uniform(key, k))
        case.expert[k] = belief.tallied(case.expert[k], read, expert)
        case.plain[k] = belief.tallied(case.plain[k], read, 1 - expert)
    case.able |= expertise


@kernel
def fit_of_playbook(w: Any, c: int) -> float:
    """The predicted fit of the playbook as it stands."""
    return belief.predicted_fit(
        w.agreement, w.firm[0].playbook, w.cases[c].plain, w.cases[c].expert, w.settings[0].issues
    )


@kernel
def confidence(w: Any, c: int) -> float:
    """How certain the rep is of the case by now."""
    return belief.confidence(
        w.certainty, w.cases[c].template, w.cases[c].plain, w.cases[c].expert, w.settings[0].issues
    )


@kernel
def settle_offer(w: Any, c: int, at: int) -> bool:
    """The rep decides what to offer at instant `at`. True if a manager has to agree first (and now has the case)."""
    p, firm, case = w.settings[0], w.firm[0], w.cases[c]
    if case.path == codes.PROCESS:
        case.template = firm.playbook
    wanted = belief.wanted_offer(
        case.template, w.cases[c].plain, w.cases[c].expert, p.prior, p.weight_plain, p.weight_expert, case.revealed, case.need,
        p.issues,
    )  # fmt: skip
    if case.path == codes.CLUSTER:
        case.offer = path.implementable(case.template, wanted, case.able, case.revealed)
        over = p.guardrail_over
    else:
        case.offer = wanted
        over = p.sign_off_over
    if not path.needs_sign_off(market.size(case.offer ^ firm.playbook), over):
        return False
    case.granted = 0
    post_to_manager(w, c, w.reps[case.rep].team, at)
    return True


@kernel
def learn(w: Any, c: int, issues: int, answers: int) -> None:
    """Evidence on some issues: the memories of those who took part move, and so does the firm's pool."""
    p, case = w.settings[0], w.cases[c]
    for k in range(p.issues):
        if issues >> k & 1:
            answer = answers >> k & 1
            if answer:
                w.firm[0].for_one[k] += 1
            else:
                w.firm[0].for_zero[k] += 1
            if p.memory_rate > 0.0:
                w.memory[case.rep, k] = people.moved_memory(w.memory[case.rep, k], p.memory_rate, answer)
                for j in range(case.answers):
                    r = w.helpers[c, j]
                    w.memory[r, k] = people.moved_memory(w.memory[r, k], p.memory_rate, answer)
