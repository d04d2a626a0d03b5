"""What happens to one case (an opportunity), from opening to the customer's last answer: one text for both engines.

A case is anything with the fields below: a `Customer` of the Mesa model, or a row of the kernel's `CASE`. The engines say who
acts when and where things are stored; what then happens to the case is said here, by calling the rules. p: settings; tables:
anything with the fields of `simulation.tables.Tables`; firm: anything with the fields `playbook`, `first_playbook`, `standard`.

| field | meaning |
|---|---|
| key | all of this customer's luck hangs on it |
| need, template, offer | answers to the issues, as sets |
| shade[k] | how ambiguous issue k is, see `rules.belief` |
| plain[k], expert[k] | net readings "1" of issue k by readers without, and with, expertise |
| account | what the owner read, and tells others |
| able | issues on which somebody who took part is expert |
| revealed | issues on which the customer has said what is needed |
| granted | issues of the present request that nobody reads again |
| forced | issues that a manager ever put back to the playbook |
| advised | levels of managers whose readings are in the tally |
| documented | 1 if documented |
| discoveries | how often discovered; more than once where readings were lost |
| read_by | which holder of the owner's seat read it, counted from 0 |
| rep | number of its owner |
| stage, since | where it is (`codes`), and since which instant |
| next_task | what the owner does next |
| path | `codes.PROCESS`, `CLUSTER`, or none yet |
| asked, answers | peers asked, and answers so far |
| offers | offers made so far |
"""

from typing import Any

from simulation import chance, codes, learning
from simulation.compiled import step
from simulation.rules import belief, issues, market, offer, path, people, sign_off, timing

# --- opening ---


@step
def begin(p: Any, firm: Any, case: Any, key: int, rep: int, opened: int) -> None:
    """A customer opens an opportunity with a rep."""
    case.key = key
    case.rep = rep
    case.since = opened
    case.path = codes.NO_PATH
    case.template = case.offer = case.revealed = case.granted = case.forced = 0
    case.documented = case.discoveries = case.read_by = case.asked = case.answers = case.offers = 0
    needs, shades = chance.child(key, chance.NEED), chance.child(key, chance.AMBIGUITY)
    need = firm.standard
    for k in range(p.issues):
        need ^= int(market.deviates(p.variety, chance.uniform(needs, k))) << k
        case.shade[k] = belief.shade(chance.child(shades, k // belief.SHADES_IN_A_WORD), k % belief.SHADES_IN_A_WORD)
    case.need = need
    forget_readings(p, case)


@step
def forget_readings(p: Any, case: Any) -> None:
    """Nothing has been read, or nobody knows any more what was."""
    case.account = case.able = case.advised = 0
    for k in range(p.issues):
        case.plain[k] = 0
        case.expert[k] = 0


@step
def value(p: Any, key: int) -> float:
    """Deal value in 1,000 USD."""
    return market.deal_value(p.deal_value_kusd, p.deal_spread, chance.draw(key, chance.VALUE, 0))


@step
def leaving_hour(p: Any, key: int, opened: int) -> int:
    """The tick in which the customer's patience is over. opened: instant."""
    u = chance.draw(key, chance.PATIENCE, 0)
    return timing.hour_from(opened) + timing.patience(p.patience_scale, p.patience_inverse_shape, p.expiry_hours, u)


# --- work ---


@step
def work(p: Any, units: float, further: float, u: float) -> int:
    """Minutes of a task of so many units on average."""
    return timing.whole_units(units, further, u, p.fixed_efforts) * p.work_unit_minutes


@step
def own_work(p: Any, tables: Any, case: Any) -> int:
    """Minutes of the owner's next task."""
    task = case.next_task
    if task == codes.DISCOVER:
        u = chance.draw(case.key, chance.DISCOVERY_EFFORT, case.discoveries)
        return work(p, p.discovery_units, p.discovery_further, u)
    if task == codes.DOCUMENT:
        u = chance.draw(case.key, chance.DOCUMENT_EFFORT, case.discoveries - 1)
        if case.path == codes.CLUSTER:
            return work(p, p.cluster_documentation_units, p.cluster_documentation_further, u)
        return work(p, p.documentation_units, p.documentation_further, u)
    if task == codes.TAKE_IN:
        units = p.conferring_units * case.answers
        return work(p, units, timing.going_on(units), chance.draw(case.key, chance.TAKE_IN_EFFORT, case.offers))
    deviations = issues.size(case.offer ^ case.template)
    u = chance.draw(case.key, chance.DRAFT_EFFORT, case.offers)
    return work(p, tables.drafting_units[deviations], tables.drafting_further[deviations], u)


@step
def consulting(p: Any, key: int, peer: int) -> int:
    """Minutes of a peer's work to answer a request."""
    return work(p, p.consult_units, p.consult_further, chance.draw(key, chance.CONSULT_EFFORT, peer))


@step
def reviewing(p: Any, case: Any, level: int) -> int:
    """Minutes of a manager's work to review a request."""
    return work(p, p.sign_off_units, p.sign_off_further, chance.draw_of(case.key, chance.REVIEW_EFFORT, level, case.offers))


# --- what is lost ---


@step
def fate(p: Any, case: Any, in_vain: bool, purpose: int, who: int, waited: int) -> int:
    """What has become of a matter that comes to the top of an inbox: `codes.DROPPED`, `FORGOTTEN`, or DONE if it can be taken up.

    in_vain: whether nobody needs it any more. purpose, who: what the draw is keyed by (the task, the peer, the level).
    """
    if in_vain:
        return codes.DROPPED
    if p.forgotten_per_minute > 0.0:
        key = chance.child(chance.grandchild(case.key, purpose, who), case.discoveries)
        if timing.forgotten(p.forgotten_per_minute, waited, chance.uniform(key, case.offers)):
            return codes.FORGOTTEN
    return codes.DONE


@step
def lose_readings(p: Any, case: Any, holder: int) -> bool:
    """If the seat has changed hands since an undocumented case was read, readings may be lost: then it is to be discovered again.

    holder: who has the owner's seat now, counted from 0.
    """
    lost = False
    if not case.documented and case.discoveries > 0:
        for n in range(case.read_by, holder):
            lost = lost or not chance.happens(p.undocumented_share, chance.draw(case.key, chance.HANDOVER, n))
        case.read_by = holder
    if lost:
        forget_readings(p, case)
        case.path = codes.NO_PATH
        case.next_task = codes.DISCOVER
    return lost


# --- readings ---


@step
def tally(case: Any, k: int, read: int, expert: int) -> None:
    """A reading of issue k joins the tally."""
    case.expert[k] = belief.tallied(case.expert[k], read, expert)
    case.plain[k] = belief.tallied(case.plain[k], read, 1 - expert)


@step
def read_issue(tables: Any, case: Any, k: int, expert: int, u: float) -> int:
    """What a reader takes the need on issue k to be."""
    return belief.reading(case.need >> k & 1, tables.error[expert * belief.SHADES + case.shade[k]], u)


@step
def discover(p: Any, tables: Any, case: Any, holder: int, expertise: int) -> None:
    """The owner meets the customer and reads every issue."""
    draws = chance.grandchild(case.key, chance.REP_READING, case.rep)
    if case.discoveries > 0:  # a newcomer reads with luck of his own
        draws = chance.child(draws, chance.TURNS + int(holder))
    account = 0
    for k in range(p.issues):
        expert = expertise >> k & 1
        read = read_issue(tables, case, k, expert, chance.uniform(draws, k))
        account |= read << k
        tally(case, k, read, expert)
    case.account = account
    case.able |= expertise
    case.read_by = holder
    case.discoveries += 1
    case.asked = case.answers = 0


@step
def hear(p: Any, tables: Any, case: Any, k: int, expert: int, own: int, hearsay: int) -> int:
    """What somebody who knows the case from its owner takes issue k to be; own, hearsay: keys of the reader's draws.

    Gives 2 x (whether the owner's reading is repeated) + the reading.
    """
    repeats = p.hearsay > 0.0 and chance.happens(p.hearsay, chance.uniform(hearsay, k))
    read = read_issue(tables, case, k, expert, chance.uniform(own, k))
    return 2 * int(repeats) + belief.told(read, case.account >> k & 1, repeats)


@step
def add_readings(p: Any, tables: Any, case: Any, expertise: int, own: int, hearsay: int) -> int:
    """Who knows the case from its owner reads every issue, and the readings join the tally; how many repeat the owner's."""
    heard = 0
    for k in range(p.issues):
        expert = expertise >> k & 1
        told = hear(p, tables, case, k, expert, own, hearsay)
        heard += told >> 1
        tally(case, k, told & 1, expert)
    return heard


@step
def answer_peer(p: Any, tables: Any, case: Any, peer: int, expertise: int) -> int:
    """A peer's answer is in; how many of its readings repeat the owner's."""
    own = chance.grandchild(case.key, chance.REP_READING, peer)
    heard = add_readings(p, tables, case, expertise, own, chance.grandchild(case.key, chance.PEER_HEARSAY, peer))
    case.able |= expertise
    case.answers += 1
    return heard


# --- beliefs ---


@step
def agreement(p: Any, tables: Any, case: Any, template: int, k: int) -> float:
    """The probability that the need agrees with a template on issue k, as the owner sees it; certain if the customer said so."""
    if case.revealed >> k & 1:
        return float(1 - ((template ^ case.need) >> k & 1))
    return belief.agrees(tables.agreement, p.most_readings, case.shade[k], template, k, case.plain[k], case.expert[k])


@step
def predicted_fit(p: Any, tables: Any, case: Any, template: int) -> float:
    """Mean probability over the issues that the need agrees with a template. Source: MODEL rule 4."""
    total = 0.0
    for k in range(p.issues):
        total += agreement(p, tables, case, template, k)
    return total / p.issues


@step
def confidence(p: Any, tables: Any, case: Any, template: int) -> float:
    """Mean probability over the issues of the likelier answer. Source: MODEL rule 7 (the bar a rep may act at)."""
    total = 0.0
    for k in range(p.issues):
        total += belief.certainty(agreement(p, tables, case, template, k))
    return total / p.issues


@step
def assurance(p: Any, tables: Any, case: Any) -> float:
    """How sure the owner is of what the bar is held against: the offer that could be sent now, or what the customer needs."""
    if not p.confident_of_offer:
        return confidence(p, tables, case, case.template)
    offer = implementable(p, case, wanted(p, tables, case), 0)
    total = 0.0
    for k in range(p.issues):
        total += meets(p, tables, case, offer, k)
    return total / p.issues


@step
def note_doubts(p: Any, tables: Any, case: Any, doubt: Any) -> None:
    """What is left to settle on each issue, into doubt[k]: a reading, or somebody who can do what has been read."""
    if p.confident_of_offer:
        offer = implementable(p, case, wanted(p, tables, case), 0)
        for k in range(p.issues):
            doubt[k] = people.doubt_on(meets(p, tables, case, offer, k))
    else:
        for k in range(p.issues):
            doubt[k] = people.doubt_on(belief.certainty(agreement(p, tables, case, case.template, k)))


@step
def meets(p: Any, tables: Any, case: Any, offer: int, k: int) -> float:
    """The probability that an offer meets the need on issue k, as the owner sees it."""
    agrees = agreement(p, tables, case, case.template, k)
    return 1.0 - agrees if (offer ^ case.template) >> k & 1 else agrees


@step
def wanted(p: Any, tables: Any, case: Any) -> int:
    """The answer believed likelier on each issue, the template's where undecided."""
    answers = case.template
    for k in range(p.issues):
        answers ^= int(belief.speaks_against(agreement(p, tables, case, case.template, k))) << k
    return answers


# --- path, peers and offer ---


@step
def promise(p: Any, tables: Any, firm: Any, case: Any) -> float:
    """What the way of a case is chosen by: how well the playbook is predicted to fit, or how certain the rep is."""
    if p.by_doubt:
        return confidence(p, tables, case, firm.playbook)
    return predicted_fit(p, tables, case, firm.playbook)


@step
def choose_path(p: Any, case: Any, promising: float, willingness: float) -> bool:
    """Process or cluster. True if leaving the process is punished. promising: see `promise`."""
    case.path = codes.PROCESS
    n = case.discoveries - 1
    if path.follows_process(promising, p.divert_below):
        return False
    if not path.diverts(willingness, chance.draw(case.key, chance.DIVERSION, n)):
        return False
    case.path = codes.CLUSTER
    return chance.happens(p.sanction, chance.draw(case.key, chance.PUNISHMENT, n))


@step
def is_documented(p: Any, case: Any) -> bool:
    """Whether the path that was chosen has the owner document the case."""
    return (p.cluster_documentation_units if case.path == codes.CLUSTER else p.documentation_units) > 0.0


@step
def may_ask(p: Any, tables: Any, firm: Any, case: Any, memory: Any, others: int) -> bool:
    """On the cluster path: the template is the owner's memory. True if peers are to be asked; False if the owner is confident.

    others: how many members the cluster has besides the owner.
    """
    case.template = people.memory_template(firm.first_playbook, memory, p.memory_bar, p.issues)
    case.asked = path.peers_to_ask(p.peers_asked, others)
    return not may_act(p, case, assurance(p, tables, case))


@step
def may_act(p: Any, case: Any, sure: float) -> bool:
    """Whether the owner, being so sure, acts on the answers so far. Source: MODEL rule 7."""
    return path.ready_to_act(case.answers, case.asked, p.quorum, sure, p.confidence)


@step
def propose(p: Any, tables: Any, firm: Any, case: Any) -> bool:
    """The owner decides what to offer. True if a manager has to agree first.

    On the process path whatever the owner wants beyond the playbook is asked for, on the cluster path a guardrail looks at the
    offer as it could be sent. Where managers who review take part, they may be the experts that a deviation needs: then all
    that is wanted is put to them, and what is implementable is seen when the request comes back.
    """
    process = case.path == codes.PROCESS
    if process:
        case.template = firm.playbook
    desired = wanted(p, tables, case)
    case.offer = implementable(p, case, desired, 0)
    asked_for = desired if process else case.offer
    over = p.sign_off_over if process else p.guardrail_over
    if not sign_off.needs_sign_off(issues.size(asked_for ^ firm.playbook), over):
        return False
    case.granted = 0
    if p.managers_take_part:
        case.offer = desired
    return True


@step
def implementable(p: Any, case: Any, desired: int, put_back: int) -> int:
    """What remains of an offer where deviations need somebody expert, or the customer's word. Source: MODEL rules 4 and 7.

    put_back: issues that a manager put back to the playbook, for which nobody need be expert.
    """
    if p.process_needs_expert if case.path == codes.PROCESS else p.cluster_needs_expert:
        return offer.implementable(case.template, desired, case.able | put_back, case.revealed)
    return desired


@step
def next_stop(p: Any, tables: Any, firm: Any, case: Any, holder: int) -> int:
    """Where a case goes whose owner is free to decide: to be discovered again, to a manager, or to be drafted.

    holder: who has the owner's seat now. Gives `codes.DISCOVER`, `REVIEW` or `DRAFT`.
    """
    if lose_readings(p, case, holder):
        return codes.DISCOVER
    return codes.REVIEW if propose(p, tables, firm, case) else codes.DRAFT


# --- sign-off ---


@step
def review(p: Any, tables: Any, firm: Any, case: Any, manager: Any) -> bool:
    """A manager reviews the request. True if it goes up to the next level.

    manager: anything with the fields `name`, `level`, `expertise`, `superior` (-1 at the top), and `deviations` (asked for),
    `forced_fits`, `readings` and `heard`, in which the review is noted for the log.
    """
    proposed, top = case.offer ^ firm.playbook, manager.superior < 0
    disputed = 0
    manager.deviations = issues.size(proposed)
    manager.forced_fits = manager.readings = manager.heard = 0
    if p.managers_take_part:
        case.able |= manager.expertise
    if p.advice == codes.VETO:
        disputed = veto(p, tables, firm, case, manager)
    elif p.advice == codes.ADDS:
        advise(p, tables, case, manager)
    else:
        widen(p, tables, firm, case, manager)
    if p.managers_take_part and case.path == codes.PROCESS:
        case.template = firm.playbook
    kept = case.offer
    if p.managers_take_part or p.advice != codes.VETO:
        kept = implementable(p, case, case.offer, case.forced & ~(case.offer ^ firm.playbook))
    left = issues.size(kept ^ firm.playbook)
    may_grant = sign_off.may_grant(left, p.authority_per_level, manager.level, top)
    if sign_off.goes_up(disputed, p.appealed, top, may_grant):
        return True
    case.offer = kept
    return False


@step
def veto(p: Any, tables: Any, firm: Any, case: Any, manager: Any) -> int:
    """The manager reads the deviations; what he disputes falls back to the playbook. The issues disputed."""
    to_read = sign_off.to_read(case.offer ^ firm.playbook, case.revealed, case.granted)
    disputed = to_read & (read_for_review(p, tables, case, manager, to_read) ^ case.offer)
    dropped = sign_off.put_back(disputed, p.appealed, manager.superior < 0)
    case.offer ^= dropped
    case.granted |= sign_off.agreed_to(to_read, disputed, p.appealed)
    manager.forced_fits = issues.size(dropped & ~case.forced)
    case.forced |= dropped
    return disputed


@step
def read_for_review(p: Any, tables: Any, case: Any, manager: Any, to_read: int) -> int:
    """What the manager takes the need to be on the issues to read, as a set."""
    own = chance.grandchild(case.key, chance.MANAGER_READING, manager.name)
    hearsay = chance.grandchild(case.key, chance.MANAGER_HEARSAY, manager.name)
    read, heard = 0, 0
    for k in range(p.issues):
        if to_read >> k & 1:
            told = hear(p, tables, case, k, manager.expertise >> k & 1, own, hearsay)
            heard += told >> 1
            read |= (told & 1) << k
    manager.readings = issues.size(to_read)
    manager.heard = heard
    return read


@step
def advise(p: Any, tables: Any, case: Any, manager: Any) -> None:
    """The manager's readings of all issues join the tally (once a level), and the offer is decided anew."""
    level = 1 << manager.level
    if not case.advised & level:
        own = chance.grandchild(case.key, chance.MANAGER_READING, manager.name)
        hearsay = chance.grandchild(case.key, chance.MANAGER_HEARSAY, manager.name)
        manager.heard = add_readings(p, tables, case, manager.expertise, own, hearsay)
        manager.readings = p.issues
        case.advised |= level
    case.offer = wanted(p, tables, case)


@step
def widen(p: Any, tables: Any, firm: Any, case: Any, manager: Any) -> None:
    """What any one reader would change stands: the manager's deviations join the offer's, but for what the customer revealed."""
    every = (1 << p.issues) - 1
    read = read_for_review(p, tables, case, manager, every)
    case.offer ^= (read ^ firm.playbook) & ~(case.offer ^ firm.playbook) & every & ~case.revealed


# --- the customer ---


@step
def fit_of_offer(p: Any, case: Any) -> float:
    """How well the offer fits the need."""
    return offer.fit(offer.matching_blocks(case.offer, case.need, p.interdependence, p.issues), p.n_blocks)


@step
def reply_lag(p: Any, case: Any) -> int:
    """Hours until the customer answers the latest offer."""
    u = chance.draw(case.key, chance.REPLY_LAG, case.offers)
    return timing.whole_units(p.reply_lag_hours, p.reply_further, u, p.fixed_lags)


@step
def response(p: Any, tables: Any, case: Any) -> int:
    """The customer's answer to the offer: won, stays for a better one, or lost."""
    matching = offer.matching_blocks(case.offer, case.need, p.interdependence, p.issues)
    if chance.happens(tables.acceptance[matching], chance.draw(case.key, chance.ACCEPTANCE, case.offers)):
        return codes.WON
    if chance.happens(p.second_chance, chance.draw(case.key, chance.SECOND_CHANCE, case.offers)):
        return codes.STAYS
    return codes.LOST


@step
def speaks(p: Any, case: Any) -> bool:
    """Whether a customer who stays says what is needed on one wrong issue."""
    return chance.happens(p.candour, chance.draw(case.key, chance.CANDOUR, case.offers))


@step
def reveal(p: Any, firm: Any, case: Any) -> int:
    """The customer says what is needed on one wrong issue, which is evidence; the issue, as a set."""
    wrong = case.offer ^ case.need
    u = chance.draw(case.key, chance.REVEALED_ISSUE, case.offers)
    issue = 1 << issues.member(wrong, chance.pick(issues.size(wrong), u))
    case.revealed |= issue
    learning.pool_evidence(p, firm, case, issue, case.need)
    return issue
